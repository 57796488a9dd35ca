"""Which recordings are looked at together, where all of them are too many.

Takes the file of each recording and how many events come before it, gives ranges of positions. Never parts recordings of one
file: what a recording is called says whether its file holds others.
"""

from __future__ import annotations

from typing import Final

import numpy as np

__all__ = ["EVENTS_A_PART", "neighbours"]

EVENTS_A_PART: Final = 1 << 17
"""As many as some 100 MB of recordings have; a part of them takes as much memory as a load of these."""


def neighbours(files: np.ndarray, bounds: np.ndarray) -> list[range]:
    """All positions, in ranges with at most `EVENTS_A_PART` events, or of one file.

    Parameters
    ----------
    files
        The file of each recording; those of one file follow each other.
    bounds
        The position of the first event of each recording; behind them how many events there are.
    """
    starts = np.flatnonzero(np.append(True, files[1:] != files[:-1])) if len(files) else np.empty(0, dtype=np.int64)
    ends = np.append(starts[1:], len(files))
    ranges, file = [], 0
    while file < len(starts):
        first = int(starts[file])
        fitting = int(np.searchsorted(bounds[ends], bounds[first] + EVENTS_A_PART, side="right"))
        file = max(fitting, file + 1)
        ranges.append(range(first, int(ends[file - 1])))
    return ranges
