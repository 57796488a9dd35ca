"""Where a corpus has its frames from: the tables that were just read (`BatchTables`), or what else keeps them.

Gives a frame, its Arrow table, or the rows of some recordings (`SomeTables` has these as frames of their own). Frames keep
recordings together, in their order.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Protocol, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa

from recexplore.model.schema import FRAMES
from recexplore.tables.assembly import Tables
from recexplore.tables.pandas_frames import joined_table, row_ordinals, table_dataframe, to_dataframe

__all__ = ["BatchTables", "FrameTables", "SomeTables"]

Bounds: TypeAlias = Sequence[tuple[int, int]]
"""Rows from the first to before the second position of each pair."""


class FrameTables(Protocol):
    """The frames of a corpus, as far as they were read from files.

    Attributes
    ----------
    is_parted
        Whether rows of some recordings are had without reading those of all.
    """

    @property
    def is_parted(self) -> bool: ...

    def n_rows(self, name: str) -> int:
        """How many rows a frame has."""

    def bounds(self, name: str) -> np.ndarray:
        """For each recording, the position of its first row in a frame; behind them how many rows there are."""

    def table(self, name: str, bounds: Bounds | None = None) -> pa.Table:
        """A frame, or some of its rows, as an Arrow table, categories as small integers."""

    def frame(self, name: str) -> pd.DataFrame:
        """A frame."""

    def rows(self, name: str, bounds: Bounds, columns: Sequence[str] | None = None) -> pd.DataFrame | None:
        """Some rows, index from zero, in all columns or some; None where the whole frame costs no more."""

    def column(self, name: str, column: str) -> pd.Series[Any] | None:
        """One column of a frame; None where the whole frame costs no more."""


class BatchTables:
    """The tables of what was read, in memory."""

    is_parted = False

    def __init__(self, batches: Sequence[Tables], ids: Sequence[str]) -> None:
        self._batches = batches
        self._ids = ids
        self.bounds = cache(self._find_bounds)
        self._joined = cache(self._join)

    def n_rows(self, name: str) -> int:
        return sum(batch.tables[name].num_rows for batch in self._batches)

    def _find_bounds(self, name: str) -> np.ndarray:
        bounds: np.ndarray = np.searchsorted(row_ordinals(name, self._batches), np.arange(len(self._ids) + 1))
        return bounds

    def table(self, name: str, bounds: Bounds | None = None) -> pa.Table:
        whole = self._joined(name)
        return whole if bounds is None else _between(whole, bounds)

    def _join(self, name: str) -> pa.Table:
        """All batches' rows, which share what they hold: who asks for some rows asks again."""
        return joined_table(name, self._batches, self._ids)

    def frame(self, name: str) -> pd.DataFrame:
        """The frame, which shares the texts of the tables."""
        return to_dataframe(name, self._batches, self._ids)

    def rows(self, name: str, bounds: Bounds, columns: Sequence[str] | None = None) -> pd.DataFrame | None:
        return None

    def column(self, name: str, column: str) -> pd.Series[Any] | None:
        return None


class SomeTables:
    """The frames of some recordings of other tables, without the rows of the others.

    Parameters
    ----------
    tables
        What has the frames of all.
    positions
        Of the recordings, ascending.
    """

    is_parted = False

    def __init__(self, tables: FrameTables, positions: Sequence[int]) -> None:
        self._tables = tables
        self._positions = np.asarray(positions, dtype=np.int64)
        self.bounds = cache(self._find_bounds)

    def n_rows(self, name: str) -> int:
        return int(self.bounds(name)[-1])

    def _find_bounds(self, name: str) -> np.ndarray:
        return np.concatenate([[0], np.cumsum(np.diff(self._tables.bounds(name))[self._positions])])

    def table(self, name: str, bounds: Bounds | None = None) -> pa.Table:
        whole = self._tables.table(name, self._of_all(name))
        return whole if bounds is None else _between(whole, bounds)

    def _of_all(self, name: str) -> Bounds:
        """The rows of recordings that follow each other, together."""
        starts = np.flatnonzero(np.diff(self._positions, prepend=-2) != 1)
        ends = [*starts[1:].tolist(), len(self._positions)]
        bounds, positions = self._tables.bounds(name), self._positions
        return [
            (int(bounds[positions[start]]), int(bounds[positions[end - 1] + 1]))
            for start, end in zip(starts.tolist(), ends, strict=False)
        ]

    def frame(self, name: str) -> pd.DataFrame:
        return table_dataframe(FRAMES[name], self.table(name))

    def rows(self, name: str, bounds: Bounds, columns: Sequence[str] | None = None) -> pd.DataFrame | None:
        return None

    def column(self, name: str, column: str) -> pd.Series[Any] | None:
        return None


def _between(whole: pa.Table, bounds: Bounds) -> pa.Table:
    """Some rows of a table; those of many places are copied, for a column of many pieces is slow."""
    pieces = [whole.slice(start, stop - start) for start, stop in bounds] or [whole.slice(0, 0)]
    return pieces[0] if len(pieces) == 1 else pa.concat_tables(pieces).combine_chunks()
