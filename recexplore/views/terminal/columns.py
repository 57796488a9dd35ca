"""Which columns of a table a terminal has room for, and how wide each is.

Takes what each column needs, gives widths. Never looks at what a column holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

__all__ = ["GAP", "Need", "widths"]

GAP = 2
"""Columns of the terminal between two columns of the table."""


@dataclass(frozen=True, slots=True)
class Need:
    """How much room a column needs.

    Attributes
    ----------
    name
        What it is called.
    rank
        How important it is: the least important gives way first, 0 last.
    steps
        Widths: the least with which it says something, then those with which it says more, in order.
    """

    name: str
    rank: int
    steps: tuple[int, ...]


def widths(needs: Sequence[Need], room: int | None) -> dict[str, int]:
    """The width of each column that is shown, in the order of ``needs``.

    Parameters
    ----------
    needs
        In the order of the table.
    room
        Columns of the terminal; None: any number.

    Returns
    -------
    dict
        Columns in the order of their importance have their least width where it fits; what is left over is given away step
        by step. The most important one is always there, cut where it has to be.
    """
    ranked = sorted(needs, key=lambda need: need.rank)
    if room is None:
        return {need.name: need.steps[-1] for need in needs}
    left = room
    given: dict[str, int] = {}
    for need in ranked:
        gap = GAP if given else 0
        size = need.steps[0] if given else min(need.steps[0], room)
        if size + gap <= left:
            given[need.name] = size
            left -= size + gap
    for row in zip_longest(*(need.steps[1:] for need in ranked)):
        for need, step in zip(ranked, row, strict=True):
            if step is not None and need.name in given:
                more = min(max(step - given[need.name], 0), left)
                given[need.name] += more
                left -= more
    return {need.name: given[need.name] for need in needs if need.name in given}
