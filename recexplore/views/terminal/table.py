"""A table in a terminal: columns that are as wide as they are told to be, and behind them lines of a picture.

Takes cells, gives a rich renderable that writes them as they are: thousands of rows cost little, and nothing wraps.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.style import Style

from recexplore.views.terminal.cells import Cell, cut, width_of
from recexplore.views.terminal.columns import GAP

__all__ = ["Drawn", "Pictures", "Table"]

_HEADING: Final = "bright_black"
_GAP: Final = (" " * GAP, "")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A column: its width, its heading, whether it holds numbers, which stand at the right, and a cell a row."""

    width: int
    heading: str
    is_number: bool
    cells: Sequence[Cell]

    def fitted(self, cell: Cell) -> Cell:
        """The cell, as wide as the column."""
        if (size := width_of(cell)) > self.width:
            size = width_of(cell := cut(cell, self.width))
        padding = (" " * (self.width - size), "")
        return [padding, *cell] if self.is_number else [*cell, padding]


@dataclass(frozen=True, slots=True)
class Pictures:
    """What comes last in a row and may take several lines: its heading, and the lines of each row."""

    heading: str
    lines: Sequence[Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class Table:
    """Columns, at least one, perhaps pictures, and whether a rule stands below the headings."""

    columns: Sequence[Drawn]
    pictures: Pictures | None
    is_ruled: bool

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if console.color_system is None:
            # Without styles there is nothing to take apart: all of it at once costs a tenth.
            yield Segment("".join(f"{''.join([text for text, _ in line])}\n" for line in self._lines()))
            return
        styles = {"": Style.null()}
        for line in self._lines():
            for text, style in line:
                if style not in styles:
                    styles[style] = console.get_style(style)
                yield Segment(text, styles[style])
            yield Segment.line()

    def _lines(self) -> Iterator[Cell]:
        heading: list[Cell] = [] if self.pictures is None else [[(self.pictures.heading, _HEADING)]]
        yield from self._row([[(column.heading, _HEADING)] for column in self.columns], heading)
        if self.is_ruled:
            yield [("─" * self._width, _HEADING)]
        for at in range(len(self.columns[0].cells)):
            yield from self._row(
                [column.cells[at] for column in self.columns], [] if self.pictures is None else self.pictures.lines[at]
            )

    def _row(self, cells: Sequence[Cell], picture: Sequence[Cell]) -> Iterator[Cell]:
        """The lines of a row: its cells beside each other, then its picture, whose other lines stand below the first."""
        fitted = [column.fitted(cell) for column, cell in zip(self.columns, cells, strict=True)]
        first, *others = picture or [[]]
        yield [*(piece for cell in fitted for piece in (*cell, _GAP)), *first] if first else _joined(fitted)
        for line in others:
            yield [(" " * self._indent, ""), *line]

    @property
    def _indent(self) -> int:
        """Where the pictures begin."""
        return sum(column.width + GAP for column in self.columns)

    @property
    def _width(self) -> int:
        """How many columns of the terminal the longest line takes."""
        if self.pictures is None:
            return self._indent - GAP
        widest = max((width_of(line) for lines in self.pictures.lines for line in lines), default=0)
        return self._indent + max(widest, len(self.pictures.heading))


def _joined(cells: Sequence[Cell]) -> Cell:
    """Cells with a gap between them."""
    return [piece for cell in cells for piece in (_GAP, *cell)][1:]
