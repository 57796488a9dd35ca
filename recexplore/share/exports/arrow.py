"""Frames as Arrow IPC files (Feather, version 2), which pandas, Polars and every Arrow library read or map.

Takes tables, gives a file a frame: zstd, categories and ids as dictionaries.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Final

import pyarrow as pa

from recexplore.share.exports.frames import frame_files
from recexplore.share.exports.options import Options
from recexplore.share.exports.outcome import Outcome
from recexplore.share.exports.selection import Selection
from recexplore.share.exports.target import File

__all__ = ["files"]

_ROWS_A_BATCH: Final = 1 << 17


def files(selection: Selection, options: Options, outcome: Outcome) -> Iterator[File]:
    """An Arrow IPC file a frame."""
    return frame_files(selection, options, ".arrow", _write)


def _write(table: pa.Table, file: BinaryIO) -> None:
    with pa.ipc.new_file(file, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(table, max_chunksize=_ROWS_A_BATCH)
