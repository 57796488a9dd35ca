"""Where a corpus has its frames from: the tables that were just read (`BatchTables`), or what else keeps them.

Gives a frame, its Arrow table, or the rows of some recordings. Frames keep recordings together, in their order.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Protocol

import numpy as np
import pandas as pd
import pyarrow as pa

from recexplore.tables.assembly import Tables
from recexplore.tables.pandas_frames import joined_table, row_ordinals, to_dataframe

__all__ = ["BatchTables", "FrameTables"]


class FrameTables(Protocol):
    """The frames of a corpus, as far as they were read from files."""

    def n_rows(self, name: str) -> int:
        """How many rows a frame has."""

    def bounds(self, name: str) -> np.ndarray:
        """For each recording, the position of its first row in a frame; behind them how many rows there are."""

    def table(self, name: str) -> pa.Table:
        """A frame as an Arrow table, categories as small integers."""

    def frame(self, name: str) -> pd.DataFrame:
        """A frame."""

    def rows(
        self, name: str, bounds: Sequence[tuple[int, int]], columns: Sequence[str] | None = None
    ) -> pd.DataFrame | None:
        """The rows from the first to before the second position of each pair, index from zero, in all columns or some; None
        where the whole frame costs no more."""

    def column(self, name: str, column: str) -> pd.Series[Any] | None:
        """One column of a frame; None where the whole frame costs no more."""


class BatchTables:
    """The tables of what was read, in memory."""

    def __init__(self, batches: Sequence[Tables], ids: Sequence[str]) -> None:
        self._batches = batches
        self._ids = ids
        self.bounds = cache(self._find_bounds)

    def n_rows(self, name: str) -> int:
        return sum(batch.tables[name].num_rows for batch in self._batches)

    def _find_bounds(self, name: str) -> np.ndarray:
        bounds: np.ndarray = np.searchsorted(row_ordinals(name, self._batches), np.arange(len(self._ids) + 1))
        return bounds

    def table(self, name: str) -> pa.Table:
        return joined_table(name, self._batches, self._ids)

    def frame(self, name: str) -> pd.DataFrame:
        """The frame, which shares the texts of the tables."""
        return to_dataframe(name, self._batches, self._ids)

    def rows(
        self, name: str, bounds: Sequence[tuple[int, int]], columns: Sequence[str] | None = None
    ) -> pd.DataFrame | None:
        return None

    def column(self, name: str, column: str) -> pd.Series[Any] | None:
        return None
