"""Which chunks of a changed stream are those that came, and beside which the others stand.

Takes two lists of chunks, gives an `Origin` for each of the second. Never changes one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from recexplore.model.exchange import Json

__all__ = ["Origin", "origins"]


class Origin(NamedTuple):
    """The chunk that came at this place, or, of one that was put in, the one before it; and whether it is still the same."""

    chunk: int
    is_same: bool


def origins(before: Sequence[Json], after: Sequence[Json]) -> list[Origin]:
    """Where each chunk of ``after`` comes from, in their order."""
    return list(_origins([*map(json.dumps, before)], [*map(json.dumps, after)]))


def _origins(before: list[str], after: list[str]) -> Iterator[Origin]:
    for change, first, last, begin, end in SequenceMatcher(None, before, after).get_opcodes():
        for place in range(end - begin):
            if change == "insert" or (change == "replace" and first + place >= last):
                yield Origin(max(last - 1, 0), False)
            else:
                yield Origin(first + place, change == "equal")
