"""A table in a terminal: columns that are as wide as they are told to be, and behind them lines of a picture.

Takes cells, gives a rich renderable that writes them as they are: thousands of rows cost little, and nothing wraps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import repeat
from typing import Final, TypeVar

from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment

from recexplore.views.terminal.cells import Cell, cut, width_of
from recexplore.views.terminal.columns import GAP

__all__ = ["Drawn", "Pictures", "Table"]

T = TypeVar("T")
_HEADING: Final = "bright_black"


@dataclass(frozen=True, slots=True)
class Drawn:
    """A column: its width, its heading, whether it holds numbers, which stand at the right, and a cell a row."""

    width: int
    heading: str
    is_number: bool
    cells: Sequence[Cell]

    def fitted(self) -> list[Cell]:
        """The heading and the cells, as wide as the column; of thousands few are different."""
        return list(map(cache(self._fitted), [_cell(self.heading), *self.cells]))

    def _fitted(self, cell: Cell) -> Cell:
        if (size := width_of(cell)) > self.width:
            size = width_of(cell := cut(cell, self.width))
        padding = (" " * (self.width - size), "")
        return (padding, *cell) if self.is_number else (*cell, padding)


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
            yield Segment("".join([f"{''.join(line)}\n" for line in self._lines(_plain)]))
            return

        def styled(cell: Cell) -> list[Segment]:
            return [Segment(text, console.get_style(style)) for text, style in cell]

        for line in self._lines(styled):
            for segments in line:
                yield from segments
            yield Segment.line()

    def _lines(self, made: Callable[[Cell], T]) -> Iterator[Sequence[T]]:
        """The lines, each as what is made of its cells: those of a row beside each other, then its picture, the other lines
        of which stand below the first."""
        made = cache(made)
        gap, indent = made(_cell(" " * GAP, "")), made(_cell(" " * self._indent, ""))
        columns = [list(map(made, column.fitted())) for column in self.columns]
        with_gaps = [each for column in columns for each in (repeat(gap), column)][1:]
        for at, (row, picture) in enumerate(zip(zip(*with_gaps, strict=False), self._pictures, strict=False)):
            first, *others = map(made, picture or [()])
            yield (*row, gap, first) if first else row
            for line in others:
                yield indent, line
            if at == 0 and self.is_ruled:
                yield (made(_cell("─" * self._width)),)

    @property
    def _pictures(self) -> Iterable[Sequence[Cell]]:
        """The lines of the heading's picture, and of each row's."""
        return repeat(()) if self.pictures is None else [[_cell(self.pictures.heading)], *self.pictures.lines]

    @property
    def _indent(self) -> int:
        """Where the pictures begin."""
        return sum(column.width + GAP for column in self.columns)

    @property
    def _width(self) -> int:
        """How many columns of the terminal the longest line takes."""
        if self.pictures is None:
            return self._indent - GAP
        return self._indent + max(width_of(line) for lines in self._pictures for line in lines)


def _cell(text: str, style: str = _HEADING) -> Cell:
    return ((text, style),)


def _plain(cell: Cell) -> str:
    return "".join([text for text, _ in cell])
