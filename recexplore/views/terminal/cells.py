"""The cells of a table in a terminal: pieces of text with their styles, as wide as a terminal shows them.

Takes text that is safe to show, gives cells, cut where there is no room for them. Counts columns of the terminal, not
characters: some take two, some none.
"""

from __future__ import annotations

from typing import Final, TypeAlias

from rich.cells import cell_len, set_cell_size

__all__ = ["CUT", "Cell", "cut", "width_of"]

Cell: TypeAlias = tuple[tuple[str, str], ...]
"""Pieces of text, each with the name of a style as rich has it."""

CUT: Final = "…"
"""What stands where something was left out."""


def width_of(cell: Cell) -> int:
    """How many columns of a terminal it takes."""
    # Nearly every text is ASCII, and what is safe to show of that takes a column a character.
    return sum([len(text) if text.isascii() else cell_len(text) for text, _ in cell])


def cut(cell: Cell, room: int) -> Cell:
    """The beginning of a cell that is wider than ``room``, and the sign that it was cut."""
    if width_of(cell) <= room:
        return cell
    kept: list[tuple[str, str]] = []
    left = room - 1
    for text, style in cell:
        size = cell_len(text)
        if size > left:
            # Where half of a wide character is left, rich puts a space.
            return (*kept, (f"{set_cell_size(text, left).rstrip()}{CUT}", style)) if room > 0 else ()
        kept.append((text, style))
        left -= size
    return tuple(kept)
