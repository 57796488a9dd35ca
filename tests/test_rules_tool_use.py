"""tool-finish, tool-unknown and tool-parallel: what was demanded, declared and allowed."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from synthetic import calls, choice, chunk, fragment, says

import recexplore

URL = "https://api.example.com/v1/chat/completions"
MINE = ["tool-finish", "tool-unknown", "tool-parallel"]


def found(
    *chunks: Any, finish: str = "stop", tools: tuple[str, ...] = ("search", "auto"), **request: Any
) -> pd.DataFrame:
    stream = [chunk(choice({"role": "assistant", "content": None})), *chunks, chunk(choice({}, finish_reason=finish))]
    declared = [{"type": "function", "function": {"name": name, "parameters": {"type": "object"}}} for name in tools]
    asked = {"model": "m", "messages": [{"role": "user", "content": "x"}], "stream": True, "tools": declared, **request}
    said = recexplore.check(recexplore.from_chunks(stream, request=asked, url=URL))
    assert "failed" not in said.attrs, said.attrs
    return said[said["rule"].isin(MINE)]


def call(name: str, index: int = 0, **fields: Any) -> Any:
    return calls(fragment("{}", index, id=f"c{index}", type="function", name=name, **fields))


def forced(name: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name}}


@pytest.mark.parametrize(
    ("chunks", "options", "words"),
    [
        ([says("It is sunny.")], {"tool_choice": forced("search")}, "demanded a call of “search”"),
        ([says("It is sunny.")], {"tool_choice": "required"}, "demanded a tool call"),
        ([says("It is sunny.")], {"finish": "tool_calls"}, "calls no tool"),
        ([call("search")], {}, "calls “search” in chunk 1 but finishes with “stop”"),
    ],
)
def test_the_end_does_not_fit(chunks: list[Any], options: dict[str, Any], words: str) -> None:
    said = found(*chunks, **options)
    assert said["rule"].tolist() == ["tool-finish"]
    assert said["severity"].tolist() == ["warning"]
    assert said["chunk"].tolist() == [2]
    assert words in said["message"].iloc[0]


@pytest.mark.parametrize(
    ("chunks", "options"),
    [
        ([call("search")], {"tool_choice": forced("search")}),
        ([call("search")], {"tool_choice": "required"}),
        ([call("search")], {"finish": "tool_calls"}),
        ([says("It is sunny.")], {"tool_choice": "auto"}),
        ([says("It is sunny.")], {"tool_choice": forced("auto")}),
        ([says("It is sunny.")], {"tool_choice": "none"}),
        ([says("It is sunny.")], {"tool_choice": forced("elsewhere")}),
        ([says("It is")], {"tool_choice": forced("search"), "finish": "length"}),
        ([chunk(choice({"refusal": "No."}))], {"tool_choice": forced("search")}),
    ],
)
def test_the_end_fits(chunks: list[Any], options: dict[str, Any]) -> None:
    assert found(*chunks, **options).empty


def test_a_written_call_is_told_once() -> None:
    stream = [
        chunk(choice({"role": "assistant", "content": None})),
        says('{"name": "search", "parameters": {}}'),
        chunk(choice({}, finish_reason="stop")),
    ]
    tools = [{"type": "function", "function": {"name": "search", "parameters": {"type": "object"}}}]
    asked = {"model": "m", "messages": [{"role": "user", "content": "x"}], "tools": tools, "tool_choice": "required"}
    said = recexplore.check(recexplore.from_chunks(stream, request=asked, url=URL))
    assert said["rule"].tolist() == ["tool-as-text"]


def test_amazons_type_of_a_call_is_the_clients() -> None:
    use = {"toolUseId": "t1", "name": "find", "type": "tool_use", "input": {"q": 1}}
    answer = {
        "output": {"message": {"role": "assistant", "content": [{"toolUse": use}]}},
        "stopReason": "tool_use",
        "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2},
    }
    schema = {"type": "object", "properties": {"q": {"type": "string"}}}
    spec = {"toolSpec": {"name": "find", "inputSchema": {"json": schema}}}
    asked = {"messages": [{"role": "user", "content": [{"text": "x"}]}], "toolConfig": {"tools": [spec]}}
    url = "https://bedrock-runtime.eu-west-1.amazonaws.com/model/m/converse"
    said = recexplore.check(recexplore.from_chunks([answer], request=asked, url=url))
    assert said["rule"].tolist() == ["tool-schema"]


@pytest.mark.parametrize(
    ("name", "severity"),
    [
        ("search<|channel|>commentary", "error"),
        ("search<|", "error"),
        ("<｜tool▁sep｜>search", "error"),
        ("searchjson", "error"),
        ("find", "warning"),
        ("search_docs", "warning"),
        ("searchDocs", "warning"),
        ("sear", "warning"),
        ("search", None),
    ],
)
def test_a_broken_name_is_worse_than_another(name: str, severity: str | None) -> None:
    said = found(call(name), finish="tool_calls")
    assert said["severity"].tolist() == ([] if severity is None else [severity])


@pytest.mark.parametrize(
    ("calls_made", "allowed", "n"),
    [(2, False, 1), (3, False, 1), (1, False, 0), (2, True, 0), (2, None, 0)],
)
def test_one_call_at_a_time(calls_made: int, allowed: bool | None, n: int) -> None:
    request = {} if allowed is None else {"parallel_tool_calls": allowed}
    said = found(*(call("search", index) for index in range(calls_made)), finish="tool_calls", **request)
    assert said["rule"].tolist() == ["tool-parallel"] * n
    assert not n or (said["chunk"].iloc[0], said["last_chunk"].iloc[0]) == (2, calls_made)


def test_each_choice_may_call_once() -> None:
    stream = [
        *(chunk(choice({"role": "assistant", "content": None}, index)) for index in (0, 1)),
        *(calls(fragment("{}", id=f"c{index}", type="function", name="search"), index=index) for index in (0, 1)),
        *(chunk(choice({}, index, "tool_calls")) for index in (0, 1)),
    ]
    asked = {"model": "m", "messages": [{"role": "user", "content": "x"}], "n": 2, "parallel_tool_calls": False}
    said = recexplore.check(recexplore.from_chunks(stream, request=asked, url=URL))
    assert "tool-parallel" not in set(said["rule"])


@pytest.mark.parametrize(
    ("chunks", "request_fields", "words"),
    [
        ([says("I have no name.")], {"tool_choice": "required"}, "tool_choice “required”"),
        ([says("I have no name.")], {"tool_choice": forced("search")}, "demanded a call of “search”"),
        ([], {}, "calls no tool"),
    ],
)
def test_a_promised_call_that_was_demanded_or_is_all_there_is(
    chunks: list[Any], request_fields: dict[str, Any], words: str
) -> None:
    said = found(*chunks, finish="tool_calls", **request_fields)
    assert said["severity"].tolist() == ["error"]
    assert words in said["message"].iloc[0]


@pytest.mark.parametrize("reasons", [("tool_calls", "stop"), ("stop", "tool_calls")])
def test_two_ends_are_told_as_such(reasons: tuple[str, str]) -> None:
    assert found(call("search"), chunk(choice({}, finish_reason=reasons[0])), finish=reasons[1]).empty


WEATHER = {"type": "function", "name": "get_weather", "parameters": {"type": "object", "required": ["city"]}}


def responses_call(name: str, *items: Any, tools: Any) -> list[str]:
    call = {
        "type": "function_call",
        "id": "fc",
        "call_id": "c",
        "name": name,
        "arguments": '{"city":"Ulm"}',
        "status": "completed",
    }
    body = {"id": "r", "object": "response", "status": "completed", "model": "m", "output": [call]}
    asked = {"model": "m", "input": [{"role": "user", "content": "x"}, *items], "tools": tools}
    corpus = recexplore.from_chunks([body], request=asked, url="https://api.openai.com/v1/responses")
    return recexplore.check(corpus)["rule"].tolist()


@pytest.mark.parametrize(
    "item",
    [
        {"type": "tool_search_output", "call_id": "s", "execution": "client", "tools": [WEATHER]},
        {
            "type": "mcp_list_tools",
            "server_label": "s",
            "tools": [{"name": "get_weather", "input_schema": {"type": "object"}}],
        },
    ],
)
def test_tools_that_the_conversation_declares(item: Any) -> None:
    search = [{"type": "tool_search", "execution": "client"}]
    assert responses_call("get_weather", item, tools=search) == []
    assert responses_call("get_wether", item, tools=search) == ["tool-unknown"]
    assert responses_call("get_weather", tools=search) == ["tool-unknown"]


@pytest.mark.parametrize(
    "part",
    [
        {
            "type": "tool_result",
            "tool_use_id": "t",
            "content": [{"type": "tool_reference", "tool_name": "get_weather"}],
        },
        {
            "type": "tool_search_tool_result",
            "tool_use_id": "t",
            "content": {
                "type": "tool_search_tool_search_result",
                "tool_references": [{"type": "tool_reference", "tool_name": "get_weather"}],
            },
        },
    ],
)
def test_tools_that_a_result_refers_to(part: Any) -> None:
    call = {"type": "tool_use", "id": "t", "name": "get_weather", "input": {}}
    body = {
        "id": "m", "type": "message", "role": "assistant", "model": "m", "content": [call], "stop_reason": "tool_use",
        "usage": {"input_tokens": 1, "output_tokens": 1},
    }  # fmt: skip
    told = {}
    for content in ([part], [{"type": "text", "text": "x"}]):
        asked = {
            "model": "m",
            "messages": [{"role": "user", "content": content}],
            "tools": [{"name": "search", "input_schema": {}}],
        }
        corpus = recexplore.from_chunks([body], request=asked, url="https://api.anthropic.com/v1/messages")
        told[content[0]["type"]] = recexplore.check(corpus)["rule"].tolist()
    assert told == {part["type"]: [], "text": ["tool-unknown"]}
