"""Frames as JSON lines: an object a row.

Takes tables, gives a file a frame. Every object has all columns in their order; what is missing is null, times are ISO 8601
(UTC), columns of JSON stay the text that they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from typing import Any, BinaryIO, Final

import orjson
import pyarrow as pa

from recexplore.share.exports.frames import frame_files
from recexplore.share.exports.options import Options
from recexplore.share.exports.outcome import Outcome
from recexplore.share.exports.selection import Selection
from recexplore.share.exports.target import File

__all__ = ["files"]

_ROWS_AT_ONCE: Final = 10_000


def files(selection: Selection, options: Options, outcome: Outcome) -> Iterator[File]:
    """A file of JSON lines a frame."""
    return frame_files(selection, options, outcome, ".jsonl", _write)


def _write(pieces: Iterator[pa.Table], file: BinaryIO) -> None:
    for batch in chain.from_iterable(piece.to_batches(_ROWS_AT_ONCE) for piece in pieces):
        file.writelines(orjson.dumps(row, option=_OPTIONS, default=_as_text) for row in batch.to_pylist())


_OPTIONS: Final = orjson.OPT_APPEND_NEWLINE | orjson.OPT_PASSTHROUGH_DATETIME


def _as_text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    raise TypeError(f"no cell is {type(value).__name__}")
