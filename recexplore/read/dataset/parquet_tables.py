"""The frames of a dataset, each read when it is asked for, and of some recordings only the rows.

Takes a folder and how many rows each recording has in each frame. A row group of Parquet is what is read at least; the last
few stay, for whoever looks at a recording looks at its frames again.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from recexplore.model.schema import FRAMES, SKIPPED, Column, Frame
from recexplore.read.dataset.layout import part_name
from recexplore.tables.pandas_frames import table_dataframe
from recexplore.tables.typed_rows import ARROW_TYPES

__all__ = ["ParquetTables", "read_frame"]

_GROUPS_KEPT: Final = 32
_FRAMES: Final = {**FRAMES, SKIPPED.name: SKIPPED}


class ParquetTables:
    """The frames of recordings of a dataset (`recexplore.corpus.frame_tables.FrameTables`).

    Parameters
    ----------
    folder
        Of the dataset.
    n_parts
        How many parts each frame has.
    n_rows
        For each frame, how many rows each recording has.
    """

    is_parted = True

    def __init__(self, folder: str, n_parts: int, n_rows: dict[str, np.ndarray]) -> None:
        self._folder = folder
        self._n_parts = n_parts
        self._bounds = {name: np.concatenate([[0], np.cumsum(n)]) for name, n in n_rows.items()}
        self._group = lru_cache(_GROUPS_KEPT)(self._read_group)
        self._starts = cache(self._find_starts)

    def n_rows(self, name: str) -> int:
        return int(self._bounds[name][-1])

    def bounds(self, name: str) -> np.ndarray:
        return self._bounds[name]

    def table(self, name: str, bounds: Sequence[tuple[int, int]] | None = None) -> pa.Table:
        if bounds is None:
            return read_frame(self._folder, name, self._n_parts)
        return self._some_rows(_FRAMES[name], bounds)

    def frame(self, name: str) -> pd.DataFrame:
        return table_dataframe(FRAMES[name], self.table(name))

    def rows(self, name: str, bounds: Sequence[tuple[int, int]], columns: Sequence[str] | None = None) -> pd.DataFrame:
        frame = _chosen(name, columns)
        return table_dataframe(frame, self._some_rows(frame, bounds))

    def column(self, name: str, column: str) -> pd.Series[Any]:
        frame = _chosen(name, [column])
        return table_dataframe(frame, _read(self._folder, frame, self._n_parts))[column]

    def _some_rows(self, frame: Frame, bounds: Sequence[tuple[int, int]]) -> pa.Table:
        starts, groups = self._starts(frame.name)
        pieces = []
        for number, ranges in groupby(_by_group(starts, bounds), key=itemgetter(0)):
            group = self._group(frame, *groups[number])
            begin = int(starts[number])
            pieces.append(_gathered(group, [(start - begin, stop - begin) for _, start, stop in ranges]))
        return pa.concat_tables(pieces or [_empty(frame)])

    def _find_starts(self, name: str) -> tuple[np.ndarray, list[tuple[int, int]]]:
        """The first row of every row group that has any, and its part and number there."""
        n_rows, groups = [], []
        for part in range(self._n_parts):
            about = pq.read_metadata(os.path.join(self._folder, part_name(name, part)))
            for group in range(about.num_row_groups):
                n_rows.append(about.row_group(group).num_rows)
                groups.append((part, group))
        kept = [each for each, n in enumerate(n_rows) if n]
        starts = np.concatenate([[0], np.cumsum([n_rows[each] for each in kept])])[:-1]
        return starts, [groups[each] for each in kept]

    def _read_group(self, frame: Frame, part: int, group: int) -> pa.Table:
        with pq.ParquetFile(os.path.join(self._folder, part_name(frame.name, part))) as file:
            return _as_tables_have_it(file.read_row_group(group, columns=list(frame.names)), frame)


def _by_group(starts: np.ndarray, bounds: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    """The rows of each pair that are in one group: the group's number, and from where to where they reach."""
    ends = np.append(starts[1:], np.iinfo(np.int64).max)
    for start, stop in bounds:
        while start < stop:
            number = int(np.searchsorted(starts, start, side="right")) - 1
            end = min(stop, int(ends[number]))
            yield number, start, end
            start = end


def _gathered(group: pa.Table, ranges: Sequence[tuple[int, int]]) -> pa.Table:
    """Some rows of a group; few are copied, for a slice keeps all of it in memory."""
    (start, *_), (*_, stop) = zip(*ranges, strict=True)
    if len(ranges) == 1 and 2 * (stop - start) > group.num_rows:
        return group.slice(start, stop - start)
    return group.take(np.concatenate([np.arange(*each) for each in ranges]))


def read_frame(folder: str, name: str, n_parts: int) -> pa.Table:
    """A whole frame, with the columns and types of an Arrow table of a corpus: categories are small integers."""
    return _read(folder, _FRAMES[name], n_parts)


def _chosen(name: str, columns: Sequence[str] | None) -> Frame:
    """A frame, or some of its columns, in the order that is wanted."""
    frame = _FRAMES[name]
    by_name = {each.name: each for each in frame.columns}
    return frame if columns is None else Frame(name, frame.row, tuple(by_name[each] for each in columns))


def _read(folder: str, frame: Frame, n_parts: int) -> pa.Table:
    parts = [
        pq.read_table(os.path.join(folder, part_name(frame.name, part)), columns=list(frame.names))
        for part in range(n_parts)
    ]
    return pa.concat_tables([_as_tables_have_it(each, frame) for each in parts] or [_empty(frame)])


def _empty(frame: Frame) -> pa.Table:
    return pa.table({column.name: pa.array([], ARROW_TYPES[column.dtype]) for column in frame.columns})


def _as_tables_have_it(table: pa.Table, frame: Frame) -> pa.Table:
    return pa.table({column.name: _values(table[column.name], column) for column in frame.columns})


def _values(values: pa.ChunkedArray, column: Column) -> pa.ChunkedArray:
    declared = ARROW_TYPES[column.dtype]
    if column.dtype == "category":
        # A file without rows has no categories, and another version may have had others.
        texts = values.cast(pa.large_string())
        return pc.index_in(texts, pa.array(column.categories, pa.large_string())).cast(declared)
    if column.dtype == "float64":
        return pc.fill_null(values.cast(declared), float("nan"))
    return values.cast(declared)
