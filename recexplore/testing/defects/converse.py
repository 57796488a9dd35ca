"""The events of Converse's messages: blocks left open, filled when closed, filled with what does not belong there."""

from __future__ import annotations

from random import Random
from typing import Any

from recexplore.testing.defects.retelling import as_converse
from recexplore.testing.defects.tapes import Cases, Legal, Mutant, Tape

__all__ = ["CASES"]


def converse_lifecycle(tape: Tape, rng: Random) -> Mutant | None:
    made = as_converse(tape, rng)
    if made is None:
        return None
    names = [next(iter(chunk)) for chunk in made.chunks]
    stops = [at for at, name in enumerate(names) if name == "contentBlockStop"]
    how = rng.choice(["open", "late", "twice", "unopened", "kind", "begin", "again"])
    if how == "open":
        del made.chunks[rng.choice(stops)]
        return Mutant(made, (len(made.chunks) - 2,), 0, "error")
    if how == "late":
        at = rng.choice(stops)
        made.chunks[at - 1], made.chunks[at] = made.chunks[at], made.chunks[at - 1]
        return Mutant(made, (at,), 0, "error")
    if how == "twice":
        at = rng.choice(stops)
        made.chunks.insert(at, made.chunks[at])
        return Mutant(made, (at + 1,), 0, "error")
    if how == "unopened":
        at = names.index("contentBlockStart")
        del made.chunks[at]
        return Mutant(made, (at,), 0, "error", exact=False)
    if how == "kind":
        at = names.index("contentBlockStart") + 1
        delta = rng.choice([{"text": "So"}, {"reasoningContent": {"text": "So"}}])
        made.chunks.insert(at, {"contentBlockDelta": {"delta": delta, "contentBlockIndex": 2}})
        return Mutant(made, (at,), 0, "error")
    if how == "begin":
        del made.chunks[0]
        return Mutant(made, (0,), 0, "error")
    at = rng.randint(1, stops[-1])
    made.chunks.insert(at, made.chunks[0])
    return Mutant(made, (at,), 0, "error")


def loose_blocks(tape: Tape, rng: Random) -> Legal | None:
    """Numbers that skip some, text that is opened with nothing, blocks that take turns, one that is closed untold."""
    made = as_converse(tape, rng)
    if made is None:
        return None
    step = rng.randint(1, 3)
    bodies: list[dict[str, Any]] = [next(iter(chunk.values())) for chunk in made.chunks]
    for body in bodies:
        if "contentBlockIndex" in body:
            body["contentBlockIndex"] *= step
    if rng.random() < 0.5:
        first = next(n for n, body in enumerate(bodies) if body.get("contentBlockIndex") == step)
        made.chunks.insert(first, {"contentBlockStart": {"start": {}, "contentBlockIndex": step}})
    if rng.random() < 0.5:
        closing = next(n for n, chunk in enumerate(made.chunks) if "contentBlockStop" in chunk)
        made.chunks[closing], made.chunks[closing + 1] = made.chunks[closing + 1], made.chunks[closing]
    if rng.random() < 0.5:
        made.chunks.insert(-2, {"contentBlockStop": {"contentBlockIndex": 40}})
    return Legal(made)


def cut_by_a_guardrail(tape: Tape, rng: Random) -> Legal | None:
    made = as_converse(tape, rng)
    if made is None:
        return None
    at = next(n for n, chunk in enumerate(made.chunks) if "contentBlockStop" in chunk)
    made.chunks[at:-2] = []
    made.chunks[-2]["messageStop"]["stopReason"] = rng.choice(["guardrail_intervened", "content_filtered"])
    return Legal(made)


CASES = {
    "converse-lifecycle": Cases(converse_lifecycle, (loose_blocks, cut_by_a_guardrail)),
}
