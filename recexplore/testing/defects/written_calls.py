"""Tool calls that are text."""

from __future__ import annotations

from random import Random

from recexplore.testing.defects.planting import declared_tool, rewrite_lane, some_lane
from recexplore.testing.defects.positions import call_fragments, slots
from recexplore.testing.defects.tapes import CHAT, Cases, Legal, Mutant, Tape

__all__ = ["CASES"]


def tool_as_text(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    if made.dialect != CHAT or call_fragments(made):
        return None
    lane = some_lane(made, rng, "content")
    if lane is None or slots(made, "reasoning", choice=lane[0].choice):
        return None
    one, other = _declared(made)
    for name in ("tool_choice", "response_format"):
        made.request.pop(name, None)
    text = rng.choice(
        [
            '{"name": "get_weather", "parameters": {"city": "Oslo"}}',
            '{"type": "function", "function": {"name": "add", "arguments": {"a": 1}}}',
            '[{"name": "add", "arguments": "{}"}]',
            '<tool_call>\n{"name": "add", "arguments": {}}\n</tool_call>',
            "<|python_tag|>add.call(a=1)",
            "[get_weather(city='Oslo')]",
            'add(a=1, b="two")',
            '[TOOL_CALLS][{"name": "add", "arguments": {}}]',
            "I will look. <function=add>{}</function>",
            '{"name":"get_weather","parameters {"city":"Oslo"}}',
            '{"name","add","parameters": {"a": 1}}',
            '["{\\"name\\": \\"add\\", \\"parameters\\": {}}", "{\\"name\\": \\"add\\", \\"parameters\\": {}}"]',
            "<tool_call>\n<function=get_weather>\n<parameter=city>\nOslo\n</parameter>\n</function>\n</tool_call>",
            "<|tool_calls_section_begin|><|tool_call_begin|>functions.add:0<|tool_call_argument_begin|>{}<|tool_call_end|>",
            '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>add\n{"a": 1}<｜tool▁call▁end｜>',
        ]
    )
    text = text.replace("get_weather", one).replace("add", other)
    begin = max(1, text.find("<function"))
    places = rewrite_lane(rng, lane, rng.choice(["", "\n"]) + text, begin + 1, len(text))
    return Mutant(made, places, lane[0].choice, "error", exact=False)


def _declared(made: Tape) -> tuple[str, str]:
    """The names of two tools that the request declares; it declares some where it did not."""
    tools = made.request.get("tools") or []
    names = [each["function"]["name"] for each in tools if isinstance(each.get("function"), dict)]
    if not names:
        made.request["tools"] = [declared_tool("get_weather"), declared_tool("add")]
        return "get_weather", "add"
    return names[0], names[-1]


def talks_of_tools(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    lane = some_lane(made, rng, "content")
    if made.dialect != CHAT or lane is None or call_fragments(made):
        return None
    made.request["tools"] = [declared_tool("get_weather"), declared_tool("add")]
    call = '{"name": "add", "parameters": {"a": 1}}'
    if rng.random() < 0.4:
        made.request["response_format"] = {"type": "json_object"}
        rewrite_lane(rng, lane, call)
        return Legal(made)
    said = (
        f"```json\n{call}\n```",
        f"You could call add like this: {call}",
        "I would use get_weather for that.",
        '{"city": "Oslo", "degrees": 4}',
        '{"name": "Anna", "parameters": {}}',
        '[{"name": "add", "description": "Adds", "parameters": {"type": "object", "properties": {}}}]',
        '{"name": "linear model", "parameters": {"alpha": 0.1, "beta": 3}}',
        f"For example, this is how it is called:\n{call}",
        "It writes <tool_call>" + call + "</tool_call> and waits for what comes back.",
        "`<tool_call>" + call + "</tool_call>`",
        "<|python_tag|>",
        "[1, 2, 3]",
        "add (two numbers)",
        "x = add(a=1), they say",
    )
    rewrite_lane(rng, lane, rng.choice(said))
    return Legal(made)


def call_marker_in_quotes(tape: Tape, rng: Random) -> Legal | None:
    """The answer explains how models call tools; the request asked for it."""
    made = tape.copy()
    lane = some_lane(made, rng, "content")
    if made.dialect != CHAT or lane is None or call_fragments(made):
        return None
    made.request["tools"] = [declared_tool("add")]
    made.request.setdefault("messages", []).append({"role": "user", "content": "What does <tool_call> mean?"})
    rewrite_lane(rng, lane, "Such models write <tool_call> before a call.")
    return Legal(made)


CASES = {"tool-as-text": Cases(tool_as_text, (talks_of_tools, call_marker_in_quotes))}
