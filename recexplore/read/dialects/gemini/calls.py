"""The function calls of each answer: their numbers, and those that grow from part to part.

Takes what parts say of calls, in the order of the stream, keeps what is open until it ends or the stream does. Never reads a
part.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from recexplore.read.dialects.gemini.partial_args import PartialArgs
from recexplore.tables.builders import Columns

__all__ = ["Calls", "GrowingCall"]


@dataclass(slots=True)
class GrowingCall:
    """A call that goes on: its number, its arguments so far, and its events."""

    number: int
    args: PartialArgs = field(default_factory=PartialArgs)
    events: list[int] = field(default_factory=list)


class Calls:
    """The function calls of each answer: how many there are, and which one still grows."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._n: Counter[tuple[int | None, int]] = Counter()
        self._open: dict[tuple[int | None, int], GrowingCall] = {}

    def number(self, row: int, choice: int) -> int:
        """The number of the next call of a choice."""
        answer = self._columns.owner(row), choice
        self._n[answer] += 1
        return self._n[answer] - 1

    def open(self, row: int, choice: int) -> GrowingCall | None:
        """The call of a choice that still grows."""
        return self._open.get((self._columns.owner(row), choice))

    def begin(self, row: int, choice: int) -> GrowingCall:
        """A call that may go on; the one before it has ended, whatever it said."""
        self.end(row, choice)
        answer = self._columns.owner(row), choice
        self._open[answer] = call = GrowingCall(self.number(row, choice))
        return call

    def end(self, row: int, choice: int) -> None:
        if call := self._open.pop((self._columns.owner(row), choice), None):
            self._tell(call)

    def end_all(self) -> None:
        """Nothing follows: what still grows has broken off."""
        for call in self._open.values():
            self._tell(call)
        self._open.clear()

    def _tell(self, call: GrowingCall) -> None:
        """Where the pieces of its arguments do not make a text, the last one gets them whole."""
        if not call.args.is_appendable:
            texts = self._columns.events.column("text")
            for at in call.events:
                texts[at] = ""
            texts[call.events[-1]] = call.args.whole()
