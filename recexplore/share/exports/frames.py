"""The frames of an export one by one, for the formats that have a file for each.

Takes a `Selection` and what makes a file of tables that follow each other, gives the files. Never reads a recording again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import BinaryIO, TypeAlias

import pyarrow as pa

from recexplore.share.exports.options import Options
from recexplore.share.exports.outcome import Outcome
from recexplore.share.exports.selection import Selection
from recexplore.share.exports.target import File
from recexplore.share.exports.unmasked import note_unmasked_frames

__all__ = ["Write", "chosen_frames", "frame_files"]

Write: TypeAlias = Callable[[Iterator[pa.Table], BinaryIO], None]
"""Writes the pieces of a frame, of which there is one at least, into a file."""


def frame_files(selection: Selection, options: Options, outcome: Outcome, suffix: str, write: Write) -> Iterator[File]:
    """A file a frame; its tables are made while it is written. Raises as `chosen_frames` does."""
    names = chosen_frames(selection, options)
    note_unmasked_frames(selection, names, outcome)
    for name in names:
        yield File(name + suffix, partial(_write, selection, name, write))


def chosen_frames(selection: Selection, options: Options) -> tuple[str, ...]:
    """The frames that are wanted, each once.

    Raises
    ------
    ValueError
        There is no such frame.
    """
    names = selection.frame_names if options.frames is None else options.frames
    if strange := [name for name in names if name not in selection.frame_names]:
        raise ValueError(f"there is no frame {strange[0]!r}: expected one of {', '.join(selection.frame_names)}")
    return tuple(dict.fromkeys(names))


def _write(selection: Selection, name: str, write: Write, file: BinaryIO) -> None:
    write(selection.pieces(name), file)
