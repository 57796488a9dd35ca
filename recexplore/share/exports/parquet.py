"""Frames as Parquet, which pandas, Polars, DuckDB and Spark read.

Takes tables, gives a file a frame: zstd, texts dictionary-encoded as Parquet does by itself, types and the meaning of every
column kept. `pandas.read_parquet` gives the very frame of the corpus.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Final

import pyarrow as pa
import pyarrow.parquet as pq

from recexplore.share.exports.frames import frame_files
from recexplore.share.exports.options import Options
from recexplore.share.exports.outcome import Outcome
from recexplore.share.exports.selection import Selection
from recexplore.share.exports.target import File

__all__ = ["files"]

_ROWS_A_GROUP: Final = 1 << 17


def files(selection: Selection, options: Options, outcome: Outcome) -> Iterator[File]:
    """A Parquet file a frame."""
    return frame_files(selection, options, ".parquet", _write)


def _write(table: pa.Table, file: BinaryIO) -> None:
    pq.write_table(table, file, compression="zstd", row_group_size=_ROWS_A_GROUP)
