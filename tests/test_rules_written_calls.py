"""tool-as-text: calls that models write in their own ways, texts that only speak of calls, and what they cost."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pandas as pd
import pytest
from synthetic import calls, choice, chunk, fragment

import recexplore
from recexplore.rules.call_syntax import RESEMBLES, Offered, marked_call, rest_of_call, unmarked_call

PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}, "celsius": {"type": "boolean"}}}
TOOLS = [{"type": "function", "function": {"name": name, "parameters": PARAMETERS}} for name in ("get_weather", "add")]
CALL = '{"name": "get_weather", "parameters": {"city": "Oslo"}}'
URL = "https://api.example.com/v1/chat/completions"
MINE = ["tool-as-text", "special-token", "tool-finish"]


def found(
    text: str, *, cut: int = 9, field: str = "content", called: str | None = None, index: int = 0, **request: Any
) -> pd.DataFrame:
    pieces = [text[at : at + cut] for at in range(0, len(text), cut)]
    real = [calls(fragment("{}", id="c1", type="function", name=called), index=index)] if called else []
    stream = [
        chunk(choice({"role": "assistant", "content": ""}, index)),
        *(chunk(choice({field: piece}, index)) for piece in pieces),
        *real,
        chunk(choice({}, index, "tool_calls" if called else "stop")),
    ]
    asked = {
        "model": "m",
        "messages": [{"role": "user", "content": "Weather?"}],
        "stream": True,
        "tools": TOOLS,
        **request,
    }
    said = recexplore.check(recexplore.from_chunks(stream, request=asked, url=URL), select=MINE)
    assert "failed" not in said.attrs, said.attrs
    return said


CERTAIN = {
    "a key without its end": '{"name":"get_weather","parameters {"city":"Tokyo"}}',
    "a comma for a colon": '{"name","get_weather","parameters": {"city":"Oslo"}}',
    "as Python writes it": "{'name': 'get_weather', 'parameters': {'city': 'Oslo'}}",
    "strings that hold JSON": json.dumps([CALL, CALL]),
    "a list": f"[{CALL}, {CALL}]",
    "the wire's own form": '{"tool_calls": [{"function": {"name": "add", "arguments": "{}"}}]}',
    "Hermes": f"<tool_call>\n{CALL}\n</tool_call>",
    "behind a sentence": f"Let me look.\n<tool_call>\n{CALL}\n</tool_call>",
    "in Chinese": f"我来查一下。\n<tool_call>\n{CALL}\n</tool_call>",
    "the answer made up behind it": f"<tool_call>\n{CALL}\n</tool_call>\n<tool_response>\n3\n</tool_response>\nIt is 3.",
    "broken off": '<tool_call>{"name": "get_weather", "arguments": {"city": "Os',
    "Qwen's coder": "<tool_call>\n<function=add>\n<parameter=a>\n1\n</parameter>\n</function>\n</tool_call>",
    "GLM": "<tool_call>get_weather\n<arg_key>city</arg_key>\n<arg_value>Oslo</arg_value>\n</tool_call>",
    "Llama": "<function=get_weather>{}</function>",
    "Claude": '<function_calls>\n<invoke name="add">\n<parameter name="a">1</parameter>\n</invoke>\n</function_calls>',
    "MiniMax": '<minimax:tool_call>\n<invoke name="add">\n</invoke>\n</minimax:tool_call>',
    "Llama's tag": f"<|python_tag|>{CALL}",
    "Llama's tag and Python": '<|python_tag|>get_weather(city="Oslo")',
    "Mistral": '[TOOL_CALLS]get_weather[ARGS]{"city": "Oslo"}',
    "Mistral, older": f"[TOOL_CALLS] [{CALL}]",
    "Kimi": "<|tool_calls_section_begin|><|tool_call_begin|>functions.add:0<|tool_call_argument_begin|>{}<|tool_call_end|>",
    "DeepSeek": "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>add\n{}<｜tool▁call▁end｜>",
    "Harmony": "<|channel|>commentary to=functions.add <|constrain|>json<|message|>{}<|call|>",
    "Python": '[get_weather(city="Oslo"), add(a=1)]',
}


@pytest.mark.parametrize("name", CERTAIN)
@pytest.mark.parametrize("cut", [1, 9, 500])
def test_a_call_is_one_error(name: str, cut: int) -> None:
    said = found(CERTAIN[name], cut=cut)
    assert [(each.rule, str(each.severity)) for each in said.itertuples()] == [("tool-as-text", "error")]


PROBABLE = {
    "a name that nobody declared": '{"name": "perform", "parameters": {"city": "Oslo"}}',
    "nearly a declared name": '{"name": "get_wether", "arguments": {"town": "Oslo"}}',
    "announced": f"Here is the revised tool call:\n\n{CALL}",
    "announced in Chinese": f"以下是修改后的工具调用：\n{CALL}",
    "announced in German, over lines": f"Hier ist der Aufruf:\n\n{json.dumps(json.loads(CALL), indent=2)}",
    "marked, nobody declared it": '<tool_call>{"name": "lookup", "arguments": {"q": 1}}</tool_call>',
}


@pytest.mark.parametrize("name", PROBABLE)
def test_a_probable_call_is_one_warning(name: str) -> None:
    said = found(PROBABLE[name], index=1)
    assert [(each.rule, str(each.severity), each.choice) for each in said.itertuples()] == [
        ("tool-as-text", "warning", 1)
    ]


DECLARED = {"name": "get_weather", "description": "The weather", "parameters": PARAMETERS}
SPOKEN_OF = {
    "in a fence": f"```json\n{CALL}\n```",
    "in a sentence": f"You could call it like this: {CALL}",
    "an example": f"For example:\n{CALL}",
    "an example in Spanish": f"Por ejemplo, así:\n{CALL}",
    "a question": f"Shall I send this?\n{CALL}",
    "more follows": f"Send this:\n\n{CALL}\n\nand read what comes back.",
    "between backticks": f"`<tool_call>{CALL}</tool_call>` is a call.",
    "in quotes": f'It begins with "<tool_call>{CALL}</tool_call>" as ever.',
    "explained": f"Such models write <tool_call>{CALL}</tool_call> and the server reads it.",
    "a mark alone": "Such models write <tool_call> before a call, others [TOOL_CALLS] or function=.",
    "what describes something": '{"name": "linear model", "parameters": {"alpha": 0.1}}',
    "a person": '{"name": "Anna", "parameters": {}}',
    "a tool that is described": '{"name": "get_weather", "input": "name of a city", "output": "weather"}',
    "the tools": json.dumps([DECLARED, {**DECLARED, "name": "add"}]),
    "the tools as the request has them": json.dumps(TOOLS),
    "data": '{"city": "Oslo", "degrees": 4}',
    "a signature": "get_weather(city) returns the weather of a city.",
    "code": "def f():\n    return get_weather('Oslo')",
    "an error": 'The request failed:\n{"error": "x", "name": "get_weather"}',
}


@pytest.mark.parametrize("name", SPOKEN_OF)
def test_what_speaks_of_calls_is_left_alone(name: str) -> None:
    assert found(SPOKEN_OF[name]).empty


@pytest.mark.parametrize(
    "text", ["<|python_tag|>", '<|python_tag|>{"message": "Hi"}', "<|python_tag|>import os\n\nos.exit()"]
)
def test_a_lone_mark_calls_nothing(text: str) -> None:
    assert found(text)["rule"].tolist() == ["special-token"]


@pytest.mark.parametrize(
    "asked", [{"response_format": {"type": "json_object"}}, {"tools": []}, {"tool_choice": "none"}]
)
def test_json_that_calls_nothing(asked: dict[str, Any]) -> None:
    assert found(CALL, **asked).empty


ALONE = "<tool_call><function=web_search>\n<parameter=query>x</parameter></function></tool_call>"


def test_a_marked_call_where_no_tools_are_offered_is_a_warning() -> None:
    assert found(ALONE, tools=[])["severity"].tolist() == ["warning"]
    assert found(f"I said {ALONE} before.", tools=[]).empty
    prompted = [{"role": "system", "content": "Call tools by <tool_call>…</tool_call>."}]
    assert found(ALONE, tools=[], messages=prompted).empty


def test_a_mark_that_the_request_holds_is_a_note() -> None:
    asked = [{"role": "user", "content": "What does <tool_call> do?"}]
    assert found(CERTAIN["Hermes"], messages=asked)["severity"].tolist() == ["note"]


def test_a_bare_prompt_may_want_calls_as_text() -> None:
    body = {"id": "a", "object": "text_completion", "created": 0, "model": "m"}
    stream = [{**body, "choices": [{"index": 0, "text": CERTAIN["Hermes"], "finish_reason": "stop"}]}]
    asked = {"model": "m", "prompt": "x", "stream": True}
    said = recexplore.check(recexplore.from_chunks(stream, request=asked, url="https://api.example.com/v1/completions"))
    assert "tool-as-text" not in set(said["rule"])


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        (CERTAIN["Hermes"], "error"),
        ('<tool_call>{"name": "add", "arguments": {}}</tool_call>', "warning"),
        ('{"name": "add", "arguments": {}}', "warning"),
        ('", "parameters": {}}', "warning"),
        ("</tool_call>", "warning"),
        ("I add them up.", None),
        ('", "parameters": are what I need.' * 30, None),
    ],
)
def test_beside_a_real_call(text: str, severity: str | None) -> None:
    assert found(text, called="add")["severity"].tolist() == ([] if severity is None else [severity])


def test_in_the_reasoning_of_an_answer_that_says_nothing() -> None:
    said = found(f"I need it.\n{CERTAIN['Hermes']}", field="reasoning_content")
    assert said["severity"].tolist() == ["error"]
    assert '"kind":"reasoning","start":11' in said["spans"].iloc[0]
    assert found(f"{CERTAIN['Hermes']} would do it, but no.", field="reasoning_content").empty
    assert found(f"I need it.\n{CERTAIN['Hermes']}", field="reasoning_content", called="add").empty


@pytest.mark.parametrize(
    "text",
    [
        "<tool_call>" * 60_000,
        f"x {CERTAIN['Hermes']}" * 8_000 + " y",
        '<tool_call>{"name": "f", "arguments": {}} ' * 15_000 + "y",
        '<tool_call>{"name": "' * 30_000,
        "[" * 500_000,
        '{"a":' * 100_000,
        "`" * 500_000,
        "` a" * 200_000,
        "a:\n{" * 150_000,
        "<" * 500_000,
        "```\n" * 150_000,
        "to=functions." * 40_000,
        "get_weather(" + "(" * 9_000 + ")" * 900,
        f"[get_weather(), x{'.y' * 4_900}()]",
        "[" + "1," * 300_000 + "1]",
        "\n" * 500_000 + "{",
        ":\n" * 250_000,
        ":" + "\n" * 100_000,
        "get_weather()" + " " * 9_900 + "x",
    ],
    ids=lambda text: f"{text[:12]}…",
)
def test_a_hostile_text_costs_little(text: str) -> None:
    offered = Offered(frozenset(["get_weather"]), {})
    begin = time.perf_counter()
    re.search(RESEMBLES, text)
    marked_call(text, offered)
    unmarked_call(text, offered, is_json_asked=False)
    rest_of_call(text)
    assert time.perf_counter() - begin < 1


LIMA = '{"name": "get_weather", "arguments": {"city": "Lima"}}'


def beside(text: str, arguments: str) -> list[str]:
    made = fragment(arguments, id="c1", type="function", name="get_weather")
    begin = chunk(choice({"role": "assistant", "content": ""}))
    stream = [begin, calls(made), *(chunk(choice({"content": text[at : at + 9]})) for at in range(0, len(text), 9))]
    asked = {"model": "m", "messages": [{"role": "user", "content": "Weather?"}], "stream": True, "tools": TOOLS}
    stream.append(chunk(choice(finish_reason="tool_calls")))
    said = recexplore.check(recexplore.from_chunks(stream, request=asked, url=URL), select=["tool-as-text"])
    return said["severity"].astype(str).tolist()


@pytest.mark.parametrize(
    ("text", "arguments", "severity"),
    [
        (f"\n<tool_call>\n{LIMA}\n</tool_call>", '{"city": "Oslo"}', "error"),
        (LIMA, '{"city": "Oslo"}', "error"),
        (LIMA, '{"city": "Lima"}', "warning"),
        ("commentary to=functions.get_weather json" + '{"city":"Lima"}', '{"city": "Oslo"}', "error"),
        (f"<tool_call>{LIMA}</tool_call>", '{"city":"Lima"}', "warning"),
        (f"Lima, too.\n<tool_call>{LIMA}</tool_call>", '{"city":"Oslo"}', "warning"),
        ('<tool_call>{"name": "get_weather", "arguments": {"city": "Li', '{"city":"Oslo"}', "warning"),
    ],
)
def test_a_second_call_that_stayed_in_the_text(text: str, arguments: str, severity: str) -> None:
    assert beside(text, arguments) == [severity]


def test_the_channel_belongs_to_the_call() -> None:
    row = found('commentary to=functions.get_weather json{"city":"Oslo"}').iloc[0]
    assert (row["rule"], row["severity"], row["chunk"]) == ("tool-as-text", "error", 1)
    assert "“commentary to=functions.”" in row["message"]
