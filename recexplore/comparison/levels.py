"""At which level runs can differ, and what a comparison comes to: words and colours of both, once.

Takes nothing, gives tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from recexplore.model.colours import AMBER, BLUE, GREEN, SKY, VERMILION, Colour

__all__ = [
    "COMPARED",
    "LEVELS",
    "LEVEL_MEANINGS",
    "OF_LEVEL",
    "TABLE",
    "VERDICTS",
    "ComparedLevel",
    "Level",
    "Outcome",
    "Verdict",
    "outcome_of",
]

Level: TypeAlias = Literal["structure", "text", "wire", "incidental"]
LEVELS: Final[tuple[Level, ...]] = ("structure", "text", "wire", "incidental")
"""From what matters most to what differs every time: ``incidental`` never makes runs differ."""

ComparedLevel: TypeAlias = Literal["structure", "text", "wire"]
COMPARED: Final[tuple[ComparedLevel, ...]] = ("structure", "text", "wire")
"""The levels at which runs can be said to differ, the weightiest first."""

LEVEL_MEANINGS: Final[Mapping[ComparedLevel, str]] = {
    "structure": "what a program acts on",
    "text": "the words",
    "wire": "how they were sent",
}
"""What belongs to a level, in words."""

Verdict: TypeAlias = Literal["broken", "other structure", "other words", "other wire", "identical"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One verdict.

    Attributes
    ----------
    verdict
        Its name.
    meaning
        What it says of several runs.
    one, several
        What is said of one run, and of several.
    colour
        In every view.
    level
        The level that differs; None where it is no matter of a level.
    """

    verdict: Verdict
    meaning: str
    one: str
    several: str
    colour: Colour
    level: ComparedLevel | None = None


TABLE: Final = (
    Outcome(
        "broken",
        "A run failed, was cut off or did not finish, and another did not.",
        "is broken",
        "are broken",
        VERMILION,
    ),
    Outcome(
        "other structure",
        "The runs differ in what a program acts on: finish reasons, choices, tool calls, refusals, errors.",
        "has another structure",
        "have another structure",
        AMBER,
        "structure",
    ),
    Outcome("other words", "The same structure in other words.", "says other words", "say other words", BLUE, "text"),
    Outcome(
        "other wire",
        "The same text, sent otherwise: cut elsewhere, choices in another order, other usage.",
        "was sent otherwise",
        "were sent otherwise",
        SKY,
        "wire",
    ),
    Outcome(
        "identical",
        "Nothing differs but what differs every time: ids, times of arrival, log probabilities.",
        "is alike",
        "are alike",
        GREEN,
    ),
)
"""What a comparison can come to, the worst first."""

VERDICTS: Final[Mapping[Verdict, str]] = {each.verdict: each.meaning for each in TABLE}
"""What a comparison comes to, the worst first, and what it means."""
OF_LEVEL: Final[Mapping[Level, Verdict]] = {
    **{each.level: each.verdict for each in TABLE if each.level is not None},
    "incidental": "identical",
}
"""The verdict of a run whose weightiest difference is at a level."""


def outcome_of(verdict: Verdict) -> Outcome:
    """All that is said of a verdict."""
    return next(each for each in TABLE if each.verdict == verdict)
