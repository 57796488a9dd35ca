"""The use of tools: an ending as it calls, calls of what was declared, and no more than were allowed."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from recexplore.testing.defects.planting import blank_chunk, declared_tool
from recexplore.testing.defects.positions import call_fragments, finishes, opening_fragments, slots
from recexplore.testing.defects.tapes import CHAT, Cases, Legal, Mutant, Tape

__all__ = ["CASES"]


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
    if end.choice not in called and end.holder[end.key] in ("stop", "end_turn") and rng.random() < 0.5:
        made.request["tools"], made.request["tool_choice"] = [declared_tool("f")], rng.choice(_FORCED[made.dialect])
        return Mutant(made, (end.chunk,), end.choice, "warning") if _says_something(made, end.choice) else None
    end.holder[end.key] = ("stop" if made.dialect == CHAT else "end_turn") if end.choice in called else calling
    return Mutant(made, (end.chunk,), end.choice, "warning")


_FORCED: dict[str, tuple[Any, ...]] = {
    CHAT: ("required", {"type": "function", "function": {"name": "f"}}),
    "anthropic": ({"type": "any"}, {"type": "tool", "name": "f"}),
}


def _says_something(tape: Tape, choice: int) -> bool:
    return any(slot.text.strip() for slot in slots(tape, "content", choice=choice))


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
        name = call["function"]["name"]
        call["function"]["name"] = rng.choice(["make_it_up", f"my_{name}", f"{name}json"])
        if call["function"]["name"] == f"{name}json" and f'"{name}"' in json.dumps(made.request["tools"]):
            return Mutant(made, (at,), choice, "error")
    else:
        call["function"]["name"] += "<|channel|>json"
        return Mutant(made, (at,), choice, "error")
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


def tool_parallel(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    several = _several_calls(made)
    if not several:
        return _one_call_more(made) if rng.random() < 0.5 else None
    made.request["parallel_tool_calls"] = False
    at, choice, _ = several[rng.randrange(1, len(several))]
    return Mutant(made, (at,), choice, "warning", exact=False)


def _one_call_more(made: Tape) -> Mutant | None:
    """A second call behind the only one, which it repeats under an id and a number of its own."""
    opened = opening_fragments(made)
    if len(opened) != 1:
        return None
    _, choice, first = opened[0]
    mine = [call for _, _, call in call_fragments(made)]
    last = call_fragments(made)[-1][0]
    arguments = "".join((call.get("function") or {}).get("arguments") or "" for call in mine)
    again = {
        "index": (first.get("index") or 0) + 1,
        "id": "call_one_more",
        "type": "function",
        "function": {"name": (first.get("function") or {}).get("name"), "arguments": arguments},
    }
    delta = {"index": choice, "delta": {"tool_calls": [again]}, "finish_reason": None}
    made.request["parallel_tool_calls"] = False
    made.insert(last + 1, {**blank_chunk(made), "choices": [delta]})
    return Mutant(made, (last + 1,), choice, "warning", exact=False)


def several_allowed(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    if not _several_calls(made):
        return None
    made.request.pop("parallel_tool_calls", None)
    if rng.random() < 0.5:
        made.request["parallel_tool_calls"] = True
    return Legal(made)


def one_call_alone(tape: Tape, rng: Random) -> Legal | None:
    """However many fragments it has, and in however many choices."""
    made = tape.copy()
    opened = opening_fragments(made)
    if not opened or len({choice for _, choice, _ in opened}) != len(opened):
        return None
    made.request["parallel_tool_calls"] = False
    return Legal(made)


def _several_calls(tape: Tape) -> list[tuple[int, int, dict[str, Any]]]:
    """The first fragments of the calls of one choice that makes several."""
    opened = opening_fragments(tape)
    of_first = [each for each in opened if each[1] == opened[0][1]]
    return of_first if len(of_first) > 1 else []


CASES = {
    "tool-finish": Cases(tool_finish, (forced_tool,)),
    "tool-unknown": Cases(tool_unknown, (no_tools_declared,)),
    "tool-parallel": Cases(tool_parallel, (several_allowed, one_call_alone)),
}
