"""What is put into a stream: other words in one of its texts, other cuts, a chunk, a declared tool.

A text is the list of `Slot` it stands in, from first chunk to last.
"""

from __future__ import annotations

import json
from itertools import accumulate
from random import Random
from typing import Any

from recexplore.testing.defects.positions import Slot, call_fragments, slots
from recexplore.testing.defects.tapes import Mutant, Tape

__all__ = [
    "STRAY_EVENTS",
    "STRAY_LINES",
    "blank_chunk",
    "declared_tool",
    "framed",
    "joined_text",
    "may_hold_tags",
    "planted",
    "recut",
    "rewrite_lane",
    "some_lane",
]


def some_lane(tape: Tape, rng: Random, *kinds: str, least: int = 1) -> list[Slot] | None:
    """The pieces of one choice's text of one kind."""
    lanes: dict[tuple[int, str], list[Slot]] = {}
    for slot in slots(tape, *kinds):
        lanes.setdefault((slot.choice, slot.kind), []).append(slot)
    fit = [lane for lane in lanes.values() if len(lane) >= least]
    return rng.choice(fit) if fit else None


def joined_text(lane: list[Slot]) -> str:
    return "".join(slot.text for slot in lane)


_MARKS = ("think", "reasoning", "thought", "<", "[")


def may_hold_tags(lane: list[Slot]) -> bool:
    """Whether a text may hold tags of its own: what is said of it is then said of its parts."""
    return any(mark in joined_text(lane).lower() for mark in _MARKS)


def rewrite_lane(rng: Random, lane: list[Slot], text: str, at: int = 0, end: int = 0) -> tuple[int, ...]:
    """Say the text in as many pieces, cut anywhere; gives the chunks that hold its characters from ``at`` to ``end``."""
    borders = sorted(rng.sample(range(len(text) + 1), min(len(lane) - 1, len(text) + 1)))
    borders += [len(text)] * (len(lane) - 1 - len(borders))
    for slot, start, stop in zip(lane, [0, *borders], [*borders, len(text)], strict=True):
        slot.text = text[start:stop]
    return _reached(lane, at, end)


def _reached(lane: list[Slot], start: int, end: int) -> tuple[int, ...]:
    ends = list(accumulate(len(slot.text) for slot in lane))
    touched = [
        slot.chunk
        for slot, stop in zip(lane, ends, strict=True)
        if stop - len(slot.text) < end and stop > start and slot.text
    ]
    return (touched[0], touched[-1]) if touched else ()


def planted(tape: Tape, rng: Random, what: str, *kinds: str) -> Mutant | None:
    """The stream with something in one of its texts, cut by chunks as chance will have it, or whole in one."""
    made = tape.copy()
    lane = some_lane(made, rng, *kinds)
    if lane is None:
        return None
    if rng.random() < 0.5:
        text = joined_text(lane)
        at = rng.randint(0, len(text))
        places = rewrite_lane(rng, lane, text[:at] + what + text[at:], at, at + len(what))
    else:
        slot = rng.choice(lane)
        at = rng.randint(0, len(slot.text))
        slot.text = slot.text[:at] + what + slot.text[at:]
        places = (slot.chunk,)
    return Mutant(made, places, lane[0].choice, exact=False)


def recut(tape: Tape, rng: Random) -> Tape:
    """The same texts and arguments, cut at other places."""
    made = tape.copy()
    lanes: dict[Any, list[Slot]] = {}
    for slot in slots(made, "content"):
        lanes.setdefault(slot.choice, []).append(slot)
    for at, choice, call in call_fragments(made):
        if (call.get("function") or {}).get("arguments"):
            own = Slot(at, choice, "tool_call", call["function"], "arguments")
            lanes.setdefault((choice, call.get("index")), []).append(own)
    for lane in lanes.values():
        rewrite_lane(rng, lane, joined_text(lane))
    return made


def blank_chunk(tape: Tape) -> dict[str, Any]:
    """What every chunk of a chat stream carries, and nothing else."""
    first = next(chunk for chunk in tape.chunks if isinstance(chunk, dict) and chunk.get("choices"))
    heads = ("id", "object", "created", "model", "service_tier", "system_fingerprint")
    return {name: first[name] for name in heads if name in first}


def framed(tape: Tape) -> bytes:
    """The chunks as a stream of server-sent events."""
    lines = (each if isinstance(each, str) else json.dumps(each) for each in tape.chunks)
    return "".join(f"data: {line}\n\n" for line in lines).encode()


STRAY_LINES = (
    b'error: {"code":500,"message":"it broke","type":"server_error"}\n\n',
    b"error: it broke\n\n",
    b"<html>\n<head><title>502 Bad Gateway</title></head>\n</html>\n",
)
STRAY_EVENTS = (
    b'event: error\ndata: {"reason":"it broke"}\n\n',
    b"data: upstream connect error or disconnect/reset before headers\n\n",
)
"""What servers and proxies write into a stream where they fail, as lines and as events: none of it is of the API."""


def declared_tool(name: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "parameters": {"type": "object", "properties": {}}}}
