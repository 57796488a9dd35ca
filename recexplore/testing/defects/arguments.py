"""The arguments of tool calls: what they are, and what they were declared to be."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from recexplore.testing.defects.positions import call_fragments, finishes, opening_fragments, slots
from recexplore.testing.defects.tapes import Cases, Legal, Mutant, Tape

__all__ = ["CASES"]


def tool_args(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    mine = [each for each in call_fragments(made) if (each[2].get("function") or {}).get("arguments")]
    if not mine:
        return None
    _, choice, call = rng.choice(mine)
    text = call["function"]["arguments"]
    how = rng.random()
    if how < 0.2:
        value = _as_json(text)
        if value is None or isinstance(value, str):
            return None
        call["function"]["arguments"] = value
        return Mutant(made, (_place(mine, call),), choice, "error", exact=False)
    if how < 0.4:
        call["function"]["arguments"] = ""
    elif how < 0.8:
        cut = rng.randint(0, len(text))
        call["function"]["arguments"] = text[:cut] + rng.choice(["}", "]", ",,", '"x" ', "None"]) + text[cut:]
    else:
        others = [each for each in mine if each[1] == choice and each[2].get("index") == call.get("index")]
        for _, _, other in others:
            other["function"]["arguments"] = ""
        others[0][2]["function"]["arguments"] = rng.choice(["[1]", '"text"', "5", "null", "true", '"{\\"a\\": 1}"'])
    every = [each for each in call_fragments(made) if each[1] == choice and each[2].get("index") == call.get("index")]
    joined = "".join((each[2].get("function") or {}).get("arguments") or "" for each in every)
    try:
        if not joined or isinstance(json.loads(joined), dict):
            return None
    except json.JSONDecodeError as error:
        if error.msg == "Extra data":
            return None  # that is another rule's
    return Mutant(made, (every[-1][0],), choice, "error", exact=False)


def _as_json(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return None


def _place(fragments: list[tuple[int, int, dict[str, Any]]], call: dict[str, Any]) -> int:
    return next(at for at, _, each in fragments if each is call)


def no_arguments(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    opened = opening_fragments(made)
    if not opened:
        return None
    _, choice, first = rng.choice(opened)
    for _, number, call in call_fragments(made):
        if number == choice and call.get("index") == first.get("index"):
            call["function"]["arguments"] = rng.choice(["", None])
    return Legal(made)


def custom_tool(tape: Tape, rng: Random) -> Legal | None:
    """A custom tool takes text."""
    made = tape.copy()
    opened = opening_fragments(made)
    if not opened:
        return None
    _, choice, first = rng.choice(opened)
    for _, number, call in call_fragments(made):
        if number == choice and call.get("index") == first.get("index"):
            function = call.pop("function", None) or {}
            text = "SELECT 1" if call is first else " + 1"
            call["type"], call["custom"] = "custom", {"name": function.get("name"), "input": text}
    return Legal(made)


def arguments_cut(tape: Tape, rng: Random) -> Legal | None:
    """The answer was cut, or broke off: that is told instead."""
    made = tape.copy()
    with_arguments = [
        (at, call) for at, _, call in call_fragments(made) if (call.get("function") or {}).get("arguments")
    ]
    if not with_arguments:
        return None
    at, _ = rng.choice(with_arguments)
    if rng.random() < 0.5:
        made.keep(at)
        return Legal(made) if slots(made) or call_fragments(made) else None
    for later, call in with_arguments:
        if later >= at:
            call["function"]["arguments"] = ""
    for end in finishes(made):
        end.holder[end.key] = "length"
    return Legal(made)


_SCHEMA = {
    "type": "object",
    "properties": {
        "city": {"type": "string"},
        "celsius": {"type": ["boolean", "null"]},
        "days": {"$ref": "#/$defs/days"},
    },
    "required": ["city"],
    "additionalProperties": False,
    "$defs": {"days": {"type": "array", "items": {"type": "integer"}}},
}
_FIT: tuple[dict[str, Any], ...] = (
    {"city": "Oslo"},
    {"city": "奥斯陆", "celsius": True, "days": [1, 2.0]},
    {"city": "", "celsius": None, "days": []},
)
_MISFIT: tuple[dict[str, Any], ...] = (
    {},
    {"city": "Oslo", "celsius": "true"},
    {"city": None},
    {"city": "Oslo", "days": "[1, 2]"},
    {"city": "Oslo", "days": [1, "2"]},
    {"city": {"name": "Oslo"}},
    {"city": "Oslo", "town": "Oslo"},
)


def _called_with(tape: Tape, rng: Random, arguments: dict[str, Any]) -> tuple[Tape, tuple[int, ...], int] | None:
    """The stream with other arguments of a call, cut as those before were; its chunks and its choice."""
    made = tape.copy()
    opened = opening_fragments(made)
    if not opened or not all(finish.holder[finish.key] in ("tool_calls", "stop") for finish in finishes(made)):
        return None
    _, choice, first = rng.choice(opened)
    name = first["function"]["name"]
    mine = [each for each in call_fragments(made) if each[1] == choice and each[2].get("index") == first.get("index")]
    text = json.dumps(arguments, ensure_ascii=rng.random() < 0.5)
    cuts = sorted(rng.randint(0, len(text)) for _ in mine[1:])
    for (_, _, call), start, end in zip(mine, [0, *cuts], [*cuts, len(text)], strict=True):
        call["function"]["arguments"] = text[start:end]
    declared = {"type": "function", "function": {"name": name, "parameters": _SCHEMA}}
    made.request["tools"] = [declared]
    if any(each[2]["function"]["name"] == name for each in opened if each[2] is not first):
        return None
    return made, (mine[0][0], mine[-1][0]), choice


def tool_schema(tape: Tape, rng: Random) -> Mutant | None:
    arguments = rng.choice(_MISFIT)
    made = _called_with(tape, rng, arguments)
    if made is None:
        return None
    stream, (first, last), choice = made
    # Without the one that is required nobody can make the call.
    severity = "warning" if "city" in arguments else "error"
    return Mutant(stream, (first,) if first == last else (), choice, severity, exact=False)


def fits_its_schema(tape: Tape, rng: Random) -> Legal | None:
    made = _called_with(tape, rng, rng.choice(_FIT))
    return None if made is None else Legal(made[0])


CASES = {
    "tool-args": Cases(tool_args, (no_arguments, custom_tool, arguments_cut)),
    "tool-schema": Cases(tool_schema, (fits_its_schema, custom_tool)),
}
