"""The use of tools: an ending as it calls, calls of what was declared, calls that are text."""

from __future__ import annotations

import json
from random import Random

from rule_cases.planting import declared_tool, rewrite_lane, some_lane
from rule_cases.positions import call_fragments, finishes, opening_fragments, slots
from rule_cases.tapes import CHAT, Cases, Legal, Mutant, Tape


def tool_finish(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    if made.dialect not in (CHAT, "anthropic"):
        return None
    calling = "tool_calls" if made.dialect == CHAT else "tool_use"
    ends = finishes(made)
    called = {choice for _, choice, _ in call_fragments(made)}
    if made.dialect == "anthropic" and any('"tool_use"' in json.dumps(chunk) for chunk in made.chunks[:-3]):
        called = {0}
    end = rng.choice(ends) if ends else None
    if end is None or (end.choice in called and end.holder[end.key] != calling):
        return None
    if "tool_choice" in made.request or "server_tool_use" in json.dumps(made.chunks):
        return None
    end.holder[end.key] = ("stop" if made.dialect == CHAT else "end_turn") if end.choice in called else calling
    return Mutant(made, (end.chunk,), end.choice, "warning")


def forced_tool(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    opened = opening_fragments(made)
    if not opened:
        return None
    name = opened[0][2]["function"]["name"]
    made.request["tool_choice"] = rng.choice(["required", {"type": "function", "function": {"name": name}}])
    for end in finishes(made):
        end.holder[end.key] = "stop"
    return Legal(made)


def tool_unknown(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    opened = opening_fragments(made)
    if not opened:
        return None
    at, choice, call = rng.choice(opened)
    how = rng.random()
    if how < 0.4:
        made.request["tools"] = [declared_tool("something_else"), declared_tool("another")]
    elif how < 0.7 and made.request.get("tools"):
        call["function"]["name"] = rng.choice(
            ["make_it_up", call["function"]["name"] + "_", call["function"]["name"].upper()]
        )
    else:
        call["function"]["name"] += "<|channel|>json"
    return Mutant(made, (at,), choice, "warning")


def no_tools_declared(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    if not opening_fragments(made):
        return None
    if rng.random() < 0.5:
        made.request["tools"] = []
    else:
        made.request.pop("tools", None)
    opening_fragments(made)[0][2]["function"]["name"] = "whatever"
    return Legal(made)


def tool_as_text(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    if made.dialect != CHAT or call_fragments(made):
        return None
    lane = some_lane(made, rng, "content")
    if lane is None or slots(made, "reasoning", choice=lane[0].choice):
        return None
    made.request["tools"] = [declared_tool("get_weather"), declared_tool("add")]
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
        ]
    )
    places = rewrite_lane(rng, lane, rng.choice(["", "\n"]) + text, 1, len(text))
    return Mutant(made, places, lane[0].choice, "error", exact=False)


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


CASES = {
    "tool-finish": Cases(tool_finish, (forced_tool,)),
    "tool-unknown": Cases(tool_unknown, (no_tools_declared,)),
    "tool-as-text": Cases(tool_as_text, (talks_of_tools, call_marker_in_quotes)),
}
