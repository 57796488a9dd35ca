"""Frames as Arrow IPC files (Feather, version 2), which pandas, Polars and every Arrow library read or map.

Takes tables, gives a file a frame: zstd, categories and ids as dictionaries.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO

import pyarrow as pa

from recexplore.share.exports.frames import frame_files
from recexplore.share.exports.options import Options
from recexplore.share.exports.outcome import Outcome
from recexplore.share.exports.selection import Selection
from recexplore.share.exports.target import File

__all__ = ["files"]


def files(selection: Selection, options: Options, outcome: Outcome) -> Iterator[File]:
    """An Arrow IPC file a frame."""
    return frame_files(selection, options, outcome, ".arrow", _write)


def _write(pieces: Iterator[pa.Table], file: BinaryIO) -> None:
    first = next(pieces)
    with pa.ipc.new_file(file, first.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        for piece in chain([first], pieces):
            writer.write_table(piece)
