"""What analyses make of the frames of recordings: of one alone, or of many at once.

Takes frames and functions of frames, gives frames. An analysis of a thousand recordings takes little longer than that of
one: who asks the same of many has it made of all, and each recording's rows cut out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import pandas as pd

__all__ = ["Analysis", "Derived", "cut", "rows_between"]

Analysis: TypeAlias = Callable[..., pd.DataFrame]
"""Takes frames by position, gives one with a column ``recording``, rows of one recording as if there were no other."""


class Derived:
    """The frames that analyses make, each made once.

    Parameters
    ----------
    frame
        Gives the rows of a frame, by its name.
    is_of_one
        Whether these are the rows of one recording.
    """

    def __init__(self, frame: Callable[[str], pd.DataFrame], *, is_of_one: bool) -> None:
        self._frame, self._is_of_one = cache(frame), is_of_one
        self._made = cache(self._make)
        self._places = cache(self._find_places)

    def rows(self, recording: str, analysis: Analysis, names: tuple[str, ...]) -> pd.DataFrame:
        """What an analysis of some frames says of one recording, index from zero."""
        made = self._made(analysis, names)
        if self._is_of_one:
            return made
        return cut(made, self._places(analysis, names).get(recording, slice(0, 0)))

    def _make(self, analysis: Analysis, names: tuple[str, ...]) -> pd.DataFrame:
        return analysis(*map(self._frame, names)).reset_index(drop=True)

    def _find_places(self, analysis: Analysis, names: tuple[str, ...]) -> dict[str, slice]:
        """Where the rows of each recording stand: analyses keep them together."""
        recordings = self._made(analysis, names)["recording"].to_numpy(dtype=object)
        ends = [*np.flatnonzero(recordings[1:] != recordings[:-1]) + 1, len(recordings)] if len(recordings) else []
        places = {recordings[end - 1]: slice(first, end) for first, end in pairwise([0, *ends])}
        if len(places) < len(ends):
            raise ValueError(f"{analysis.__name__} puts rows of one recording between those of others")
        return places


def cut(frame: pd.DataFrame, rows: slice) -> pd.DataFrame:
    """Some rows, index from zero."""
    own = frame.iloc[rows]
    # What is cut out is a frame of its own; to reset its index would copy it.
    own.index = pd.RangeIndex(len(own))
    return own


def rows_between(frame: pd.DataFrame, bounds: Sequence[tuple[int, int]]) -> pd.DataFrame:
    """The rows from the first to before the second position of each pair, one behind the other, index from zero."""
    ranges = np.array(bounds, dtype=np.int64).reshape(-1, 2)
    lengths = ranges[:, 1] - ranges[:, 0]
    # Each range, moved to where it stands in the result.
    begins = np.cumsum(lengths) - lengths
    positions = np.arange(int(lengths.sum())) + np.repeat(ranges[:, 0] - begins, lengths)
    rows: pd.DataFrame = frame.take(positions).reset_index(drop=True)
    return rows
