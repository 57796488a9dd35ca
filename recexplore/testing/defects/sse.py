"""The lines of a stream of events: no end, or what is no event."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from recexplore.testing.defects.positions import finishes
from recexplore.testing.defects.tapes import CHAT, COMPLETIONS, RESPONSES, Cases, Legal, Mutant, Tape

__all__ = ["CASES"]


def framed(chunks: list[Any], *, named: bool = False) -> bytes:
    """The bytes of a stream of events."""
    lines = []
    for chunk in chunks:
        data = chunk if isinstance(chunk, str) else json.dumps(chunk)
        name = f"event: {chunk['type']}\n" if named and isinstance(chunk, dict) and "type" in chunk else ""
        lines.append(f"{name}data: {data}\n\n")
    return "".join(lines).encode()


def as_wire(tape: Tape) -> Tape | None:
    """The same answer as the bytes of its stream; None where that is not how it came."""
    if tape.dialect not in (CHAT, COMPLETIONS, "anthropic", RESPONSES) or not tape.streaming:
        return None
    made = tape.copy()
    is_chat = made.dialect in (CHAT, COMPLETIONS)
    if is_chat and made.chunks[-1] != "[DONE]":
        made.chunks.append("[DONE]")
    made.framed, made.times = framed(made.chunks, named=not is_chat), None
    return made


def _misframed(made: Tape, rng: Random, *, named: bool) -> Mutant:
    """Data that was framed before, or never, or is joined to what follows."""
    blocks = [framed([chunk], named=named) for chunk in made.chunks]
    at = rng.randint(0, len(blocks) - 2)
    how = rng.choice(["twice", "bare", "joined"])
    if how == "twice":
        blocks[at] = blocks[at].replace(b"data: ", b"data: data: ", 1)
    elif how == "bare":
        blocks[at] = json.dumps(made.chunks[at]).encode() + b"\n\n"
    else:
        line = blocks[at].removesuffix(b"\n\n")
        follows = blocks[at + 1][blocks[at + 1].index(b"data: ") :]
        blocks[at : at + 2] = [line + follows]
    made.framed = b"".join(blocks)
    return Mutant(made, (at,), None, "error")


def sse_frame(tape: Tape, rng: Random) -> Mutant | None:
    made = as_wire(tape)
    if made is None or not finishes(made):
        return None
    is_chat = made.dialect in (CHAT, COMPLETIONS)
    if rng.random() < 0.25:
        return _misframed(made, rng, named=not is_chat)
    if rng.random() < 0.25:
        blocks = [framed([chunk], named=not is_chat) for chunk in made.chunks]
        at = rng.randint(0, len(blocks) - 2)
        blocks[at] = blocks[at].removesuffix(b"\n")
        made.framed = b"".join(blocks)
        return Mutant(made, (at,), None, "error")
    if is_chat and rng.random() < 0.4:
        is_missing = rng.random() < 0.5
        made.framed = framed(made.chunks[:-1] if is_missing else [*made.chunks, "[DONE]"])
        return Mutant(made, (len(made.chunks) - (2 if is_missing else 0),), None, "note")
    at = rng.randint(1, len(made.chunks) - 2)
    if is_chat or rng.random() < 0.5:
        text = rng.choice(["upstream connect error", "<html>502</html>", '{"id": "cut', "ok then"])
        blocks = [framed([chunk], named=not is_chat) for chunk in made.chunks]
        blocks.insert(at, f"data: {text}\n\n".encode())
        made.framed = b"".join(blocks)
        return Mutant(made, (at,), None, "error" if text.startswith("{") else "warning")
    blocks = [framed([chunk], named=True) for chunk in made.chunks]
    blocks[at] = b"event: other.event\ndata: " + json.dumps(made.chunks[at]).encode() + b"\n\n"
    made.framed = b"".join(blocks)
    return Mutant(made, (at,), None, "warning")


def comments(tape: Tape, rng: Random) -> Legal | None:
    made = as_wire(tape)
    if made is None:
        return None
    named = made.dialect not in (CHAT, COMPLETIONS)
    blocks = [framed([chunk], named=named) for chunk in made.chunks]
    for _ in range(rng.randint(1, 6)):
        words = (b": keep-alive\n\n", b":\n\n", b": OPENROUTER PROCESSING\n\n", b"retry: 3000\n\n", b"\n")
        blocks.insert(rng.randint(0, len(blocks)), rng.choice(words))
    if named and rng.random() < 0.5:
        blocks.append(b"data: [DONE]\n\n")
    made.framed = b"".join(blocks)
    return Legal(made)


def done_by_host(tape: Tape, rng: Random) -> Legal | None:
    """Lines of JSON have no mark of their end, whatever their file is called."""
    made = as_wire(tape)
    if made is None or made.dialect not in (CHAT, COMPLETIONS):
        return None
    made.framed = b"".join(json.dumps(chunk).encode() + b"\n" for chunk in made.chunks if chunk != "[DONE]")
    return Legal(made)


_FOREIGN = ({"status": "working"}, {"type": "heartbeat", "n": 3}, {"event": "metadata", "cost": {"usd": 0.1}})


def foreign_event(tape: Tape, rng: Random) -> Mutant | None:
    made = as_wire(tape)
    if made is None or made.dialect not in (CHAT, COMPLETIONS):
        return None
    at = rng.randint(0, len(made.chunks) - 1)
    name = rng.choice([b"", b"event: progress\n"])
    blocks = [framed([chunk]) for chunk in made.chunks]
    blocks.insert(at, name + framed([rng.choice(_FOREIGN)]))
    made.framed = b"".join(blocks)
    return Mutant(made, (at,), None, "warning")


def vendor_fields(tape: Tape, rng: Random) -> Legal | None:
    """What a server adds to chunks of the API, and names of events that Anthropic's and Responses' clients pass over."""
    made = as_wire(tape)
    if made is None:
        return None
    if made.dialect in (CHAT, COMPLETIONS):
        for chunk in made.chunks:
            if isinstance(chunk, dict):
                chunk |= {"x_vendor": {"took": 3}, "status": "working"}
        made.framed = framed(made.chunks)
        return Legal(made)
    blocks = [framed([chunk], named=True) for chunk in made.chunks]
    blocks.insert(rng.randint(1, len(blocks) - 1), b'event: new.kind\ndata: {"type": "new.kind"}\n\n')
    made.framed = b"".join(blocks)
    return Legal(made)


CASES = {
    "sse-frame": Cases(sse_frame, (comments, done_by_host)),
    "foreign-event": Cases(foreign_event, (comments, vendor_fields)),
}
