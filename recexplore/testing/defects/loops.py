"""Texts that repeat themselves."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from recexplore.testing.defects.planting import joined_text, planted
from recexplore.testing.defects.positions import slots
from recexplore.testing.defects.tapes import Cases, Legal, Mutant, Tape

__all__ = ["CASES"]


def loop(tape: Tape, rng: Random) -> Mutant | None:
    unit = rng.choice(["ha", "\n", " ", "I am. ", "no no yes ", "的", "{}, ", "the end of the story is near, and so "])
    least = max(12, -(-32 // len(unit))) if unit.strip() else 200
    found = planted(tape, rng, unit * rng.randint(least, least + 20), "content", "reasoning")
    return found and replace(found, severity="warning")


def rulers(tape: Tape, rng: Random) -> Legal | None:
    what = (
        "-" * 80,
        "=" * 40,
        "|---" * 20,
        "_ " * 30,
        "*" * 50,
        "\n" + " " * 28,
        "ab" * 9,
        "· " * 40,
        "| --- | :---: " * 10,
    )
    found = planted(tape, rng, rng.choice(what), "content")
    return found and (None if "  " in joined_text(slots(found.tape)) else Legal(found.tape))


CASES = {
    "loop": Cases(loop, (rulers,)),
}
