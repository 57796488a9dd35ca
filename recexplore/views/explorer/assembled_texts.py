"""The assembled texts of a recording, numbered, and where a finding's spans stand in them.

Takes events, gives for each the text that it is a part of, and places that the page looks up. Offsets of spans are counted
in characters, those of the page as JavaScript counts (UTF-16 units).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cache
from typing import Final, NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from recexplore.model.span import Span

__all__ = ["AssembledTexts", "Place", "text_numbers"]

_TWO_UNITS: Final = re.compile("[\U00010000-\U0010ffff]")


class Place(NamedTuple):
    """A stretch of an assembled text: the text's number, and offsets in UTF-16 units."""

    text: int
    start: int
    end: int


_Key: TypeAlias = tuple[int, str, int]


def text_numbers(events: pd.DataFrame) -> np.ndarray:
    """For each event the number of the text that its own is a part of, counted in each recording; -1 where of none.

    Parameters
    ----------
    events
        The ``events`` frame of one or more recordings.
    """
    is_part = events["start"].notna().to_numpy(dtype=bool)
    mine = events.loc[is_part, ["recording", "choice", "kind", "tool_index"]]
    mine["tool_index"] = mine["tool_index"].fillna(-1)
    number = mine.groupby(["recording", "choice", "kind", "tool_index"], sort=False, observed=True).ngroup()
    numbers = np.full(len(events), -1, dtype=np.int32)
    numbers[is_part] = number - number.groupby(mine["recording"], sort=False).transform("min")
    return numbers


class AssembledTexts:
    """The contents, reasonings, refusals and arguments of one recording, in the order in which they begin."""

    def __init__(self, events: pd.DataFrame) -> None:
        mine = events[events["start"].notna()]
        by = mine["choice"].astype("int64"), mine["kind"].astype("str"), mine["tool_index"].fillna(-1).astype("int64")
        self._groups = mine["text"].groupby(list(by), sort=False)
        self._number: dict[_Key, int] = {key: number for number, key in enumerate(dict.fromkeys(zip(*by, strict=True)))}
        self._measured = cache(self._measure)

    def place(self, span: Span) -> Place | None:
        """Where a span stands, as far as its text reaches; None where there is nothing."""
        key = span.choice, span.kind, -1 if span.tool_index is None else span.tool_index
        if key not in self._number:
            return None
        length, pairs = self._measured(key)
        start, end = (min(at, length) for at in (span.start, span.end))
        if start >= end:
            return None
        return Place(self._number[key], start + bisect_left(pairs, start), end + bisect_left(pairs, end))

    def _measure(self, key: _Key) -> tuple[int, list[int]]:
        """How long a text is, and which of its characters take two units."""
        text = "".join(self._groups.get_group(key).fillna(""))
        return len(text), [] if text.isascii() else [found.start() for found in _TWO_UNITS.finditer(text)]
