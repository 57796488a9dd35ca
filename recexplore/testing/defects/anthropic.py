"""The events of Anthropic's messages, out of order."""

from __future__ import annotations

from copy import deepcopy
from random import Random

from recexplore.testing.defects.tapes import Cases, Legal, Mutant, Tape

__all__ = ["CASES"]


def anthropic_lifecycle(tape: Tape, rng: Random) -> Mutant | None:
    made = tape.copy()
    if made.dialect != "anthropic" or not made.streaming:
        return None
    kinds = [chunk.get("type") for chunk in made.chunks]
    of_blocks = [at for at, kind in enumerate(kinds) if str(kind).startswith("content_block")]
    if "content_block_delta" not in kinds or "message_stop" not in kinds:
        return None
    how = rng.choice(["drop start", "drop stop", "drop end", "repeat start", "renumber", "swap", "late", "kind"])
    if how == "drop end":
        del made.chunks[kinds.index("message_stop")]
        return Mutant(made, (len(made.chunks) - 1,), 0, "error")
    if how == "late":
        at = rng.choice([at for at in of_blocks if kinds[at] == "content_block_delta"])
        made.chunks.append(made.chunks.pop(at))
        return Mutant(made, (len(made.chunks) - 1,), 0, "error")
    if how == "kind":
        return _another_kind(made, rng)
    name = {
        "drop start": "content_block_start",
        "drop stop": "content_block_stop",
        "repeat start": "content_block_start",
    }
    if how in name:
        at = rng.choice([at for at in of_blocks if kinds[at] == name[how]])
        if how.startswith("drop"):
            del made.chunks[at]
        else:
            made.chunks.insert(at + 1, deepcopy(made.chunks[at]))
            at += 1
        return Mutant(made, (_next_of_message(made, at),), 0, "error")
    if how == "renumber":
        at = rng.choice([at for at in of_blocks if kinds[at] == "content_block_delta"])
        made.chunks[at]["index"] += rng.randint(1, 3)
        return Mutant(made, (at,), 0, "error")
    # A block's first delta before its start.
    first = [at for at in of_blocks if kinds[at] == "content_block_delta" and kinds[at - 1] == "content_block_start"]
    if not first:
        return None
    at = rng.choice(first)
    made.chunks[at - 1], made.chunks[at] = made.chunks[at], made.chunks[at - 1]
    return Mutant(made, (at - 1,), 0, "error")


_TOLD_IN = {"text": "text_delta", "thinking": "thinking_delta", "tool_use": "input_json_delta"}


def _another_kind(made: Tape, rng: Random) -> Mutant | None:
    """A block is opened as something else than its deltas bring, or gets one of another kind."""
    starts = [
        at
        for at, chunk in enumerate(made.chunks)
        if chunk.get("type") == "content_block_start" and chunk["content_block"].get("type") in _TOLD_IN
    ]
    if not starts:
        return None
    at = rng.choice(starts)
    number, own = made.chunks[at]["index"], made.chunks[at]["content_block"]["type"]
    other = rng.choice([kind for kind in _TOLD_IN if kind != own])
    field = {"text": "text", "thinking": "thinking", "tool_use": "partial_json"}[other]
    if rng.random() < 0.5:
        delta = {"type": _TOLD_IN[other], field: "{}"}
    else:
        delta = (
            {"type": "signature_delta", "signature": "c2ln"}
            if own != "thinking"
            else {"type": "text_delta", "text": "So"}
        )
    made.insert(at + 1, {"type": "content_block_delta", "index": number, "delta": delta})
    return Mutant(made, (at + 1,), 0, "error")


def _next_of_message(tape: Tape, at: int) -> int:
    """The first event from a place on that a lost start or stop puts out of order."""
    return next(
        n
        for n in range(at, len(tape.chunks))
        if str(tape.chunks[n].get("type")).startswith("content_block") or tape.chunks[n].get("type") == "message_stop"
    )


def pings(tape: Tape, rng: Random) -> Legal | None:
    made = tape.copy()
    if made.dialect != "anthropic":
        return None
    for _ in range(rng.randint(1, 5)):
        made.chunks.insert(rng.randint(1, len(made.chunks) - 1), {"type": rng.choice(["ping", "something_new"])})
    if rng.random() < 0.3:
        made.keep(rng.randint(2, len(made.chunks) - 1))
        made.chunks.append({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})
    return Legal(made)


def other_blocks(tape: Tape, rng: Random) -> Legal | None:
    """Numbers that skip some; blocks and deltas that nobody knows yet."""
    made = tape.copy()
    if made.dialect != "anthropic" or not any(chunk.get("type") == "message_stop" for chunk in made.chunks):
        return None
    step = rng.randint(1, 3)
    for chunk in made.chunks:
        if isinstance(chunk.get("index"), int):
            chunk["index"] *= step
            if isinstance(chunk.get("delta"), dict) and rng.random() < 0.1:
                chunk["delta"] = {"type": "something_delta", "something": 1}
    at = next(n for n, chunk in enumerate(made.chunks) if chunk.get("type") == "message_delta")
    delta = rng.choice([{"type": "text_delta", "text": "So"}, {"type": "input_json_delta", "partial_json": "{}"}])
    made.chunks[at:at] = [
        {"type": "content_block_start", "index": 70, "content_block": {"type": "something_new"}},
        {"type": "content_block_delta", "index": 70, "delta": delta},
        {"type": "content_block_stop", "index": 70},
    ]
    return Legal(made)


CASES = {
    "anthropic-lifecycle": Cases(anthropic_lifecycle, (pings, other_blocks)),
}
