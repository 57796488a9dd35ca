"""What is exported: a corpus or one recording, as Arrow tables that say what they hold.

Takes a `Corpus` or a `Recording`, gives its recordings and its frames. A table has the types of
`recexplore.model.schema`: categories as dictionaries, what is missing as null (NaN never is a value), each column with its
meaning, and what pandas needs to make the very same frame of it. A frame comes in pieces: only one has to be in memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from recexplore import __version__
from recexplore.corpus import Corpus, Recording
from recexplore.model.schema import FRAMES, SKIPPED, Column, Frame
from recexplore.read.workers import watched
from recexplore.tables.pandas_frames import rows_dataframe
from recexplore.tables.typed_rows import ARROW_TYPES

__all__ = ["ROWS_A_PIECE", "TABLES", "Selection", "made_table"]

TABLES: Final[dict[str, Frame]] = {**FRAMES, SKIPPED.name: SKIPPED}
"""Every frame that can be exported, in the order in which a reader meets them; a recording has no ``skipped``."""

ROWS_A_PIECE: Final = 1 << 17
"""What is in memory of a frame that is too large for it."""

_MADE: Final = frozenset({"findings", "problems", "skipped"})
"""Frames that are computed, and no table of what was read."""


class Selection:
    """A corpus, or one recording of it."""

    def __init__(self, chosen: Corpus | Recording) -> None:
        if not isinstance(chosen, Corpus | Recording):
            raise TypeError(f"export takes what recexplore.load gave, not {type(chosen).__name__}")
        self.chosen = chosen
        self.corpus = chosen if isinstance(chosen, Corpus) else chosen.corpus

    def __iter__(self) -> Iterator[Recording]:
        chosen = (self.chosen,) if isinstance(self.chosen, Recording) else self.chosen
        yield from watched(chosen, total=len(self), unit="recording", doing="exporting")

    def __len__(self) -> int:
        return 1 if isinstance(self.chosen, Recording) else len(self.chosen)

    def parts(self) -> Iterator[Corpus | Recording]:
        """What is chosen, as much of it at a time as has to be in memory."""
        if isinstance(self.chosen, Recording):
            yield self.chosen
            return
        ranges = self.chosen.ranges()
        yield from map(self.chosen.some, watched(ranges, total=len(ranges), unit="part", doing="exporting"))

    @cached_property
    def findings(self) -> Mapping[str, pd.DataFrame]:
        """The findings of each recording that has some, by id."""
        grouped = self.chosen.findings.groupby("recording", sort=False, observed=True)
        return {str(key): rows for key, rows in grouped}

    @property
    def frame_names(self) -> tuple[str, ...]:
        """The names of its frames."""
        return tuple(name for name in TABLES if name != SKIPPED.name or isinstance(self.chosen, Corpus))

    def rows_of(self, recording: Recording, name: str) -> pa.Table:
        """The rows of one of the frames that were read that belong to a recording, as they came from the files."""
        return self.corpus.table(name, range(*recording.bounds(name)))

    def pieces(self, name: str, recordings: range | None = None) -> Iterator[pa.Table]:
        """A frame as Arrow tables of so many rows, the last one of fewer; one at least.

        Parameters
        ----------
        recordings
            Of a frame that was read: the recordings of the corpus, by position, whose rows are wanted.
        """
        frame = TABLES[name]
        if name in _MADE:
            made = made_table(getattr(self.chosen, name), frame)
            yield from (made.slice(start, ROWS_A_PIECE) for start in range(0, max(made.num_rows, 1), ROWS_A_PIECE))
            return
        if recordings is None:
            first = self.chosen.position if isinstance(self.chosen, Recording) else 0
            recordings = range(first, first + len(self))
        start, end = (int(self.corpus.bounds(name)[each]) for each in (recordings.start, recordings.stop))
        for first in range(start, max(end, start + 1), ROWS_A_PIECE):
            yield _declared(self.corpus.table(name, range(first, min(first + ROWS_A_PIECE, end))), frame)


def made_table(made: pd.DataFrame, frame: Frame) -> pa.Table:
    """A computed frame as an Arrow table without pieces."""
    return _declared(_from_pandas(made, frame), frame)


def _declared(table: pa.Table, frame: Frame) -> pa.Table:
    cells = [_values(table[column.name].combine_chunks(), column) for column in frame.columns]
    return pa.table(cells, schema=_schema(frame, cells))


def _from_pandas(made: pd.DataFrame, frame: Frame) -> pa.Table:
    """A computed frame; categories as the codes that tables have."""
    return pa.table(
        {
            column.name: pa.array(made[column.name].cat.codes.to_numpy(), mask=made[column.name].isna().to_numpy())
            if column.dtype == "category"
            else pa.array(made[column.name], ARROW_TYPES[column.dtype], from_pandas=True)
            for column in frame.columns
        }
    )


def _values(values: pa.Array | pa.ChunkedArray, column: Column) -> pa.Array:
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks() if values.num_chunks != 1 else values.chunk(0)
    if column.dtype == "category":
        # Polars refuses an index that is none even where it is masked.
        codes = pc.fill_null(values, -1).to_numpy()
        indices = pa.array(np.maximum(codes, 0), mask=codes < 0)
        return pa.DictionaryArray.from_arrays(indices, pa.array(column.categories, pa.large_string()))
    if column.dtype == "float64":
        numbers = values.to_numpy(zero_copy_only=False)
        return pa.array(numbers, mask=np.isnan(numbers))
    return values


def _schema(frame: Frame, cells: list[pa.Array]) -> pa.Schema:
    fields = [
        pa.field(column.name, cell.type, metadata={"description": column.meaning})
        for column, cell in zip(frame.columns, cells, strict=True)
    ]
    empty = rows_dataframe(frame, {name: [] for name in frame.names})
    for_pandas = pa.Schema.from_pandas(empty, preserve_index=False).metadata[b"pandas"]
    about = {b"pandas": for_pandas, b"recexplore": __version__.encode(), b"frame": frame.name.encode()}
    return pa.schema(fields, metadata=about)
