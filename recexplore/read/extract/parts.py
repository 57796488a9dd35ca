"""The parts of an answer to which a stream gives ids of its own: messages, texts, tool calls.

Takes ids in the order in which they come, gives numbers from 0: what ``block`` says of their events. Each stream has its
own. Never looks at a text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from recexplore.model.exchange import Json
from recexplore.read.extract.emit import objects
from recexplore.tables.builders import Columns

__all__ = ["Parts", "by_stream"]

S = TypeVar("S")


class Parts:
    """The parts of one stream."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._n = 0

    def begin(self, name: Json) -> int | None:
        """The number of a part that begins, though an earlier one may have had the same id; None where it has no id."""
        if type(name) is not str:
            return None
        self._numbers[name] = self._n
        self._n += 1
        return self._numbers[name]

    def number(self, name: Json) -> int | None:
        """The number of a part, which begins here where nobody spoke of it before; None where it has no id."""
        return self._numbers[name] if type(name) is str and name in self._numbers else self.begin(name)


def by_stream(
    chunks: Sequence[Json], rows: Sequence[int], columns: Columns, begin: Callable[[], S]
) -> Iterator[tuple[int, dict[str, Json], S]]:
    """The chunks that are objects, with their rows and with what ``begin`` made for the stream that they belong to."""
    states: dict[int | None, S] = {}
    for row, chunk in objects(chunks, rows, columns):
        owner = columns.owner(row)
        if owner not in states:
            states[owner] = begin()
        yield row, chunk, states[owner]
