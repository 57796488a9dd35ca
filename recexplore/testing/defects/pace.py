"""The pace of a stream: waits, and chunks that came at once."""

from __future__ import annotations

from random import Random

from recexplore.testing.defects.positions import n_answers, slots
from recexplore.testing.defects.tapes import CHAT, Cases, Legal, Mutant, Tape

__all__ = ["CASES"]


def timed(tape: Tape, rng: Random) -> Tape | None:
    """The stream as a server at its ease sends it."""
    if tape.dialect != CHAT or len(slots(tape)) < 14:
        return None
    made = tape.copy()
    step = rng.uniform(0.01, 0.06)
    now = rng.uniform(0.1, 0.6)
    made.times = []
    for _ in made.chunks:
        made.times.append(now)
        now += step * rng.uniform(0.7, 1.4)
    return made


def stall(tape: Tape, rng: Random) -> Mutant | None:
    made = timed(tape, rng)
    if made is None or made.times is None:
        return None
    said = sorted({slot.chunk for slot in slots(made)})
    wait = rng.uniform(1.5, 30)
    if n_answers(made) == 1 and rng.random() < 0.3:
        return _in_batches(made, said, rng.randint(4, (len(said) - 1) // 3), wait)
    at = rng.choice(said[1:])
    made.times[at:] = [time + wait for time in made.times[at:]]
    return Mutant(made, (at - 1, at), None, "warning", exact=False)


def _in_batches(made: Tape, said: list[int], size: int, wait: float) -> Mutant:
    """A wait before every few chunks: one habit, told once."""
    ends = said[size::size]
    for at in ends:
        made.times = [time + wait * (n >= at) for n, time in enumerate(made.times or [])]
    return Mutant(made, (ends[0] - 1, ends[-1]), None, "warning", exact=False)


def slow(tape: Tape, rng: Random) -> Legal | None:
    """A late beginning, a slow pace, or a wait that may be the network's."""
    made = timed(tape, rng)
    if made is None or made.times is None:
        return None
    said = sorted({slot.chunk for slot in slots(made)})
    how = rng.random()
    if how < 0.4:
        wait = rng.uniform(1, 30)
        made.times[said[0] :] = [time + wait for time in made.times[said[0] :]]
    elif how < 0.7:
        made.times = [time * 30 for time in made.times]
    else:
        at = rng.choice(said)
        made.times[at:] = [time + 0.18 for time in made.times[at:]]
    return Legal(made)


def burst(tape: Tape, rng: Random) -> Mutant | None:
    made = timed(tape, rng)
    if made is None or made.times is None or n_answers(made) != 1:
        return None
    said = sorted({slot.chunk for slot in slots(made)})
    first = rng.randint(1, len(said) - 9)
    last = rng.randint(first + 8, len(said) - 1)
    # All of them come when the last would have come, and not before the reader has waited.
    due = max(made.times[said[last]], made.times[said[first] - 1] + 0.4)
    late = due - made.times[said[last]]
    for at in range(said[first], len(made.times)):
        made.times[at] = due + (at - said[last]) * 1e-5 if at <= said[last] else made.times[at] + late + 0.01
    return Mutant(made, (said[first], said[last]), None, "warning", exact=False)


def a_few_together(tape: Tape, rng: Random) -> Legal | None:
    made = timed(tape, rng)
    if made is None or made.times is None:
        return None
    said = sorted({slot.chunk for slot in slots(made)})
    first = rng.randint(1, len(said) - 8)
    last = said[first + rng.randint(1, 6)]
    for at in range(said[first], last):
        made.times[at] = made.times[last]
    return Legal(made)


CASES = {
    "stall": Cases(stall, (slow,)),
    "burst": Cases(burst, (a_few_together,)),
}
