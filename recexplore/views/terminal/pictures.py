"""A stream as a picture of a few characters a choice, and what its marks mean.

Takes the letters of `recexplore.analysis.interleaving.thumbnails`, gives cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from typing import Final

from recexplore.model.counts import count
from recexplore.model.kinds import LETTERS
from recexplore.views.terminal.cells import Cell
from recexplore.views.text.safe_text import one_line

__all__ = ["MOST_CHOICES", "error_picture", "lane", "lanes", "legend"]

MOST_CHOICES: Final = 50
_MARKS: Final = {" ": (" ", ""), **{each.letter: (each.mark, each.colour.terminal) for each in LETTERS}}
_LEGEND: Final = "crtuxof"
"""All letters, in the order in which they are explained."""
_LABELS: Final = {each.letter: each.label for each in LETTERS}
_ERROR: Final = _MARKS["x"]
_MOST_OF_AN_ERROR: Final = 200


@lru_cache(maxsize=4_096)
def lane(letters: str) -> Cell:
    """One choice: letters of one kind are one piece."""
    runs = groupby(_MARKS[letter] for letter in letters)
    return tuple((mark * len(list(run)), style) for (mark, style), run in runs)


def lanes(drawn: Sequence[str]) -> list[Cell]:
    """A line a choice; of very many the first."""
    shown = [lane(letters) for letters in drawn[:MOST_CHOICES]]
    if n_more := len(drawn) - len(shown):
        shown.append(((f"and {count(n_more, 'more choice')}", "bright_black"),))
    return shown


def error_picture(error: str) -> Cell:
    """What stands where nothing came but an error, or behind what came before it."""
    mark, style = _ERROR
    return ((f"{mark} {one_line(error[:_MOST_OF_AN_ERROR])}", style),)


def legend() -> list[Cell]:
    """Every mark with its meaning."""
    return [(_MARKS[letter], (f" {_LABELS[letter]}", "bright_black")) for letter in _LEGEND]
