"""The events of Realtime sessions: deltas lost or repeated, items never added."""

from __future__ import annotations

from copy import deepcopy
from random import Random

from recexplore.testing.defects.retelling import as_realtime
from recexplore.testing.defects.tapes import Cases, Legal, Mutant, Tape

__all__ = ["CASES"]


def realtime_lifecycle(tape: Tape, rng: Random) -> Mutant | None:
    made = as_realtime(tape, rng)
    if made is None:
        return None
    kinds = [chunk["type"] for chunk in made.chunks]
    deltas = [at for at, kind in enumerate(kinds) if kind.endswith(".delta") and made.chunks[at]["delta"].strip()]
    how = rng.choice(["lose", "repeat", "alter", "item", "response"])
    at = rng.choice(deltas)
    if how == "lose":
        del made.chunks[at]
    elif how == "repeat":
        made.chunks.insert(at, deepcopy(made.chunks[at]))
    elif how == "alter":
        made.chunks[at]["delta"] += "☃"
    elif how == "item":
        made.chunks[-2]["item"]["content"][0]["transcript"] += "☃"
        return Mutant(made, (len(made.chunks) - 2,), 0, "error", exact=False)
    else:
        made.chunks[-1]["response"]["output"] = deepcopy(made.chunks[-1]["response"]["output"])
        made.chunks[-1]["response"]["output"][0]["content"][0]["transcript"] = "☃"
        return Mutant(made, (len(made.chunks) - 1,), 0, "error", exact=False)
    done = next(n for n, chunk in enumerate(made.chunks) if chunk["type"].endswith("transcript.done"))
    return Mutant(made, (done,), 0, "error", exact=False)


def interrupted(tape: Tape, rng: Random) -> Legal | None:
    """The user speaks: what was said so far is told whole, the rest came too late."""
    made = as_realtime(tape, rng)
    if made is None:
        return None
    deltas = [chunk["delta"] for chunk in made.chunks if chunk["type"].endswith(".delta")]
    cut = "".join(deltas[: rng.randint(1, len(deltas))])
    made.chunks[-3]["transcript"] = cut
    made.chunks[-2]["item"].update(status="incomplete", content=[{"type": "output_audio", "transcript": cut}])
    made.chunks[-1]["response"].update(status="cancelled", status_details={"reason": "turn_detected"})
    return Legal(made)


def begun_before(tape: Tape, rng: Random) -> Legal | None:
    """The recording begins within a response."""
    made = as_realtime(tape, rng)
    if made is None:
        return None
    del made.chunks[: rng.randint(1, 3)]
    return Legal(made)


CASES = {
    "realtime-lifecycle": Cases(realtime_lifecycle, (interrupted, begun_before)),
}
