"""A stretch of a file as editors and reports count it, and a stretch of an event's text that is looked for in one.

Plain values: who finds them and who shows them need not know each other.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Piece", "Region"]


class Region(NamedTuple):
    """A stretch of a file, as it was written.

    Attributes
    ----------
    start_line, start_column
        Its first character; lines and columns are counted from one, columns in characters (Unicode code points). A byte
        order mark is none.
    end_line, end_column
        The place behind its last character.
    text
        What the file holds there, escaped as it is.
    """

    start_line: int
    start_column: int
    end_line: int
    end_column: int
    text: str


class Piece(NamedTuple):
    """The characters from ``start`` to ``end`` of a text that a chunk brought."""

    chunk: int
    text: str
    start: int
    end: int
