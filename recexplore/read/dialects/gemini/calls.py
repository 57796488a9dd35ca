"""The function calls of each answer: their numbers, and those that grow from part to part.

Takes what parts say of calls, in the order of the stream, keeps what is open until it ends or the stream does. Never reads a
part.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TypeAlias

from recexplore.model.exchange import Json
from recexplore.read.dialects.gemini.partial_args import PartialArgs
from recexplore.tables.builders import Columns

__all__ = ["Calls", "GrowingCall"]

_Answer: TypeAlias = tuple[int | None, int]


@dataclass(slots=True, eq=False)
class GrowingCall:
    """A call that goes on: its number, what names it, its arguments so far, and its events."""

    number: int
    id: Json = None
    name: Json = None
    args: PartialArgs = field(default_factory=PartialArgs)
    events: list[int] = field(default_factory=list)

    def goes_on_with(self, call: dict[str, Json]) -> bool:
        """Whether what a part says is of this call: it has no other name and no other id."""
        own_id, own_name = call.get("id"), call.get("name")
        return (not own_id or not self.id or own_id == self.id) and (not own_name or own_name == self.name)


class Calls:
    """The function calls of each answer: how many there are, and which still grow."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._n: Counter[_Answer] = Counter()
        self._open: defaultdict[_Answer, list[GrowingCall]] = defaultdict(list)

    def number(self, row: int, choice: int) -> int:
        """The number of the next call of a choice."""
        answer = self._columns.owner(row), choice
        self._n[answer] += 1
        return self._n[answer] - 1

    def growing(self, row: int, choice: int, call: dict[str, Json]) -> GrowingCall | None:
        """The call of a choice that goes on with what a part says; the latest where several could."""
        opened = self._open[self._columns.owner(row), choice]
        return next((each for each in reversed(opened) if each.goes_on_with(call)), None)

    def begin(self, row: int, choice: int, call: dict[str, Json]) -> GrowingCall:
        """A call that may go on. One without an id has ended by now, whatever it said."""
        opened = self._open[self._columns.owner(row), choice]
        for each in [each for each in opened if not each.id or not call.get("id")]:
            self.end(row, choice, each)
        opened.append(GrowingCall(self.number(row, choice), call.get("id"), call.get("name")))
        return opened[-1]

    def end(self, row: int, choice: int, call: GrowingCall) -> None:
        self._open[self._columns.owner(row), choice].remove(call)
        self._give_whole(call)

    def end_all(self) -> None:
        """Nothing follows: what still grows has broken off."""
        for opened in self._open.values():
            for call in opened:
                self._give_whole(call)
        self._open.clear()

    def _give_whole(self, call: GrowingCall) -> None:
        """Where the pieces of its arguments do not make a text, the last one gets them whole."""
        if not call.args.is_appendable:
            texts = self._columns.events.column("text")
            for at in call.events:
                texts[at] = ""
            texts[call.events[-1]] = call.args.whole()
