"""The words that kernel and page share, so that the page has no table of its own.

Takes nothing, gives plain values for what the page opens with (the kinds, how legends name them, the letters of small
pictures, the severities) and the colours as a style sheet: of kinds, of what a comparison can come to, of equal runs.
"""

from __future__ import annotations

from typing import Final, TypedDict

from recexplore.comparison.levels import TABLE as VERDICTS
from recexplore.model.colours import AMBER, BLUE, GREEN, GREY, PINK, SKY, VERMILION, YELLOW
from recexplore.model.kinds import LEGEND, LETTERS, TABLE, Look
from recexplore.model.severities import SEVERITIES, Severity

__all__ = ["LegendEntry", "ShownKind", "Vocabulary", "colours", "legend_code", "vocabulary"]

_OTHER: Final = "other"
_CLASSES: Final = dict(zip("bcdefg", (AMBER, SKY, VERMILION, GREEN, PINK, YELLOW), strict=True))
"""Classes of equal runs, by their letter: that of the reference, a, has the colour of what stands beside it."""
_HIGHLIGHTS: Final = {"cut-off": (GREY, 30), "under": (BLUE, 34)}
"""Colours and their per cent behind stretches of compared texts: not every browser lets a highlight read a property."""


class ShownKind(TypedDict):
    """A kind of event; ``look`` is None where its text is not among what is read."""

    name: str
    label: str
    look: Look | None
    is_sized: bool


class LegendEntry(TypedDict):
    """What a chunk share is drawn as."""

    name: str
    label: str


class Vocabulary(TypedDict):
    """The words that kernel and page share.

    ``kinds`` stand in the order of their codes, of the ``legend`` "other" is the first; ``small_letters`` are those of
    pictures that are drawn small; the most severe of ``severities`` is the first.
    """

    kinds: list[ShownKind]
    legend: list[LegendEntry]
    small_letters: str
    severities: list[Severity]


def vocabulary() -> Vocabulary:
    """The vocabulary as the page gets it."""
    kinds: list[ShownKind] = [
        {
            "name": kind.name,
            "label": kind.label,
            "look": kind.look if kind.is_read else None,
            "is_sized": kind.is_sized,
        }
        for kind in TABLE
    ]
    named: list[LegendEntry] = [{"name": kind.name, "label": kind.label} for kind in LEGEND]
    legend: list[LegendEntry] = [{"name": _OTHER, "label": "role, finish, other"}, *named]
    small = "".join(each.letter for each in LETTERS if each.is_small)
    return {"kinds": kinds, "legend": legend, "small_letters": small, "severities": list(SEVERITIES)}


def legend_code(kind: str | None) -> int:
    """The place in the page's ``legend`` of a kind that a chunk share is drawn as; 0, "other", where there is none."""
    return next((code for code, each in enumerate(LEGEND, 1) if each.name == kind), 0)


def colours() -> str:
    """A custom property for each kind's colour, each letter's and each class of equal runs', and the classes that fill an
    element with a kind's colour (``rx-is-…``), give it to a transcript's looks (``rx-kind-…``) or to what stands for runs
    (``rx-class-…``, ``rx-verdict-…``), and what lies behind stretches of compared texts."""
    kinds = {kind.name: kind.colour for kind in TABLE} | {_OTHER: GREY}
    letters = {f"letter-{each.letter}": each.colour for each in LETTERS}
    classes = {f"class-{letter}": colour for letter, colour in _CLASSES.items()}
    properties = "".join(f"  --rx-{name}: {colour.hex};\n" for name, colour in (kinds | letters | classes).items())
    rules = [
        *(f".rx-is-{name} {{ background: var(--rx-{name}); }}" for name in kinds),
        *(f".rx-kind-{name} {{ --rx-hue: var(--rx-{name}); }}" for name in kinds),
        *(f".rx-{name} {{ --rx-class-hue: var(--rx-{name}); }}" for name in classes),
        *(
            f".rx-verdict-{each.verdict.replace(' ', '-')} {{ --rx-verdict-hue: {each.colour.hex}; }}"
            for each in VERDICTS
        ),
        *(
            f"::highlight(rx-{name}) {{ background-color: color-mix(in srgb, {colour.hex} {share}%, transparent); }}"
            for name, (colour, share) in _HIGHLIGHTS.items()
        ),
    ]
    return f".rx {{\n{properties}}}\n" + "".join(f"{rule}\n" for rule in rules)
