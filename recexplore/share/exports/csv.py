"""Frames as CSV that no spreadsheet calculates with.

Takes tables, gives a file a frame: UTF-8, a header, lines that end with a line feed, every text in quotes, so that an empty
one (``""``) is told from what is missing (nothing). A text that begins with ``=``, ``+``, ``-``, ``@``, a tab, a carriage
return, a line feed, their wide forms, or with an apostrophe itself, gets one apostrophe in front: whoever takes one
apostrophe away from each text that begins with one has the texts as they were. Numbers are numbers, negative ones too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from recexplore.share.exports.frames import frame_files
from recexplore.share.exports.options import Options
from recexplore.share.exports.outcome import Outcome
from recexplore.share.exports.selection import Selection
from recexplore.share.exports.target import File

__all__ = ["files"]

_CALCULATED: Final = "^(['=+@\\t\\r\\n＝＋－＠-])"
"""How a cell begins that spreadsheets take for a formula (https://owasp.org/www-community/attacks/CSV_Injection), and the
apostrophe, so that it can be undone."""


def files(selection: Selection, options: Options, outcome: Outcome) -> Iterator[File]:
    """A CSV file a frame."""
    return frame_files(selection, options, outcome, ".csv", _write)


def _write(pieces: Iterator[pa.Table], file: BinaryIO) -> None:
    for number, table in enumerate(pieces):
        cells = [_harmless(column.combine_chunks()) for column in table.columns]
        wishes = pa.csv.WriteOptions(include_header=not number)
        pa.csv.write_csv(pa.table(cells, names=table.column_names), file, wishes)


def _harmless(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    if pa.types.is_dictionary(values.type):
        values = values.cast(pa.large_string())
    if pa.types.is_timestamp(values.type):
        return pc.strftime(values, format="%Y-%m-%dT%H:%M:%SZ")
    if not pa.types.is_large_string(values.type):
        return values
    return pc.replace_substring_regex(values, pattern=_CALCULATED, replacement="'\\1")
