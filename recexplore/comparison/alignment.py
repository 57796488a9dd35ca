"""Several texts on one axis: what they have alike stands at the same positions.

Takes texts of which one is the reference, gives each character's position. Each text is aligned with the reference word by
word (`recexplore.comparison.words.stretches`); words in place of others stand where these do, and what is longer than what
it replaces gets room behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recexplore.comparison.words import Stretch, stretches

__all__ = ["Alignment", "aligned"]


@dataclass(frozen=True, slots=True)
class Alignment:
    """Texts on one axis.

    Attributes
    ----------
    width
        How long the axis is, in characters.
    positions
        For each text, where each of its characters stands (int64, increasing).
    differing
        For each text, the stretches that are not as in the reference: their start and end in its characters, equal where
        the reference has words that it lacks. The reference's own: what any text has not.
    """

    width: int
    positions: tuple[NDArray[np.int64], ...]
    differing: tuple[tuple[tuple[int, int], ...], ...]

    def extent(self, text: int, starts: ArrayLike, ends: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Where stretches of a text begin on the axis and where they end: from their first character to behind their last.

        A stretch without a character begins and ends where the next character stands.
        """
        first, behind = np.asarray(starts, dtype=np.int64), np.asarray(ends, dtype=np.int64)
        edges = np.append(self.positions[text], self.width)
        left = edges[first]
        return left, np.where(behind > first, edges[behind - 1] + 1, left)

    def chars_before(self, text: int, position: int) -> int:
        """How many characters of a text stand before a position of the axis."""
        return int(np.searchsorted(self.positions[text], position))


def aligned(texts: Sequence[str], reference: int = 0) -> Alignment:
    """Align texts with one of them.

    Parameters
    ----------
    texts
        One and more.
    reference
        Which of them the others are aligned with.

    Raises
    ------
    IndexError
        There is no such text.
    """
    expected = texts[reference]
    whole = [Stretch(True, 0, len(expected), 0, len(expected))]
    stretched = [whole if text == expected else stretches(expected, text) for text in texts]
    room = np.zeros(len(expected) + 1, dtype=np.int64)
    for mine in stretched:
        for each in mine:
            longer = (each.other_end - each.other_start) - (each.end - each.start)
            room[each.end] = max(room[each.end], longer)
    # Room stands before the character of its number.
    edges = np.arange(len(expected) + 1) + np.cumsum(room)
    before_room = edges - room
    positions, differing = [], []
    for mine in stretched:
        parts = [_positions(each, edges, before_room) for each in mine]
        positions.append(np.concatenate([np.empty(0, dtype=np.int64), *parts]))
        differing.append(tuple((each.other_start, each.other_end) for each in mine if not each.is_equal))
    differing[reference] = _merged([(each.start, each.end) for mine in stretched for each in mine if not each.is_equal])
    return Alignment(int(edges[-1]), tuple(positions), tuple(differing))


def _positions(stretch: Stretch, edges: NDArray[np.int64], before_room: NDArray[np.int64]) -> NDArray[np.int64]:
    own, replaced = stretch.other_end - stretch.other_start, stretch.end - stretch.start
    beside = edges[stretch.start : stretch.start + min(own, replaced)]
    return np.append(beside, before_room[stretch.end] + np.arange(max(own - replaced, 0)))


def _merged(parts: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Stretches in their order, those that touch or overlap as one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(parts):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], end)
        else:
            merged.append((start, end))
    return tuple(merged)
