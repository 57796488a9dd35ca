"""The frames of an export one by one, for the formats that have a file for each.

Takes a `Selection` and what makes a file of a table, gives the files. Never reads a recording again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import BinaryIO

import pyarrow as pa

from recexplore.share.exports.options import Options
from recexplore.share.exports.selection import Selection
from recexplore.share.exports.target import File

__all__ = ["frame_files"]


def frame_files(
    selection: Selection, options: Options, suffix: str, write: Callable[[pa.Table, BinaryIO], None]
) -> Iterator[File]:
    """A file a frame; the table is made when its file is written.

    Raises
    ------
    ValueError
        A frame is wanted that there is not.
    """
    names = selection.frame_names if options.frames is None else options.frames
    if strange := [name for name in names if name not in selection.frame_names]:
        raise ValueError(f"there is no frame {strange[0]!r}: expected one of {', '.join(selection.frame_names)}")
    for name in dict.fromkeys(names):
        yield File(name + suffix, partial(_write, selection, name, write))


def _write(selection: Selection, name: str, write: Callable[[pa.Table, BinaryIO], None], file: BinaryIO) -> None:
    write(selection.table(name), file)
