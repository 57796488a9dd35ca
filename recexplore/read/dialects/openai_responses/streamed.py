"""What of an answer a stream has told already, so that nothing is told twice.

Takes the numbers and ids of items and parts with their text, remembers them until another stream begins. A part is found
by its place, else by its text: some servers count the places of deltas otherwise than those of the whole item.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from recexplore.model.exchange import Json
from recexplore.read.extract.emit import is_index

__all__ = ["Streamed", "TextKey"]

TextKey: TypeAlias = tuple[int | None, str, Json]
"""The number of an item, the name of a list of its parts, and the place in that."""


class Streamed:
    """What of the answer the current stream has streamed: which parts of which items, by their numbers.

    Attributes
    ----------
    tells_output
        Whether the response has told a list of its items.
    retold
        The rows whose events hold a text, under its key, that deltas tell again: those of all streams.
    """

    def __init__(self) -> None:
        self._said: dict[tuple[int, str, int], list[str]] = {}
        self._numbers: dict[str, int] = {}
        self._items: set[int] = set()
        self._partless: set[int] = set()
        self.tells_output = False
        self.retold: frozenset[tuple[int, TextKey]] = frozenset()

    def forget(self) -> None:
        """Another stream begins."""
        self._said.clear()
        self._numbers.clear()
        self._items.clear()
        self._partless.clear()
        self.tells_output = False

    def number(self, index: Json, item_id: Json) -> int | None:
        """The number of an item: as the server says, else by its id, as some servers leave the number out."""
        name = item_id if type(item_id) is str else None
        if is_index(index):
            number = int(index)
        elif name is None:
            return None
        else:
            number = self._numbers.get(name, len(self._numbers))
        if name is not None:
            self._numbers.setdefault(name, number)
        return number

    def knows(self, item_id: Json) -> bool:
        """Whether the stream has spoken of an item by this id."""
        return type(item_id) is str and item_id in self._numbers

    def add(self, number: int | None, part: str, place: Json = 0, text: str = "") -> None:
        if number is not None:
            self._said.setdefault((number, part, place if type(place) is int else 0), []).append(text)
            self._items.add(number)

    def add_item(self, number: int | None) -> None:
        if number is not None:
            self._items.add(number)

    def open_message(self, number: int | None, *, has_parts: bool) -> None:
        """A message is added; its deltas need a part to belong to."""
        if number is not None and not has_parts:
            self._partless.add(number)

    def open_part(self, number: int | None) -> None:
        self._partless.discard(-1 if number is None else number)

    def lacks_parts(self, number: int | None) -> bool:
        """Whether a message was added, and no part of it since."""
        return number in self._partless

    def has(self, number: int | None, part: str, place: Json = 0, text: str = "") -> bool:
        """Whether a part was told: at its place, or at another one of its item in the same words."""
        return (number, part, place if type(place) is int else 0) in self._said or (
            bool(text) and any(own == number and text == said for own, said in self._texts(part))
        )

    def has_anywhere(self, part: str, text: str) -> bool:
        """Whether some item told a part in these words."""
        return bool(text) and any(text == said for _, said in self._texts(part))

    def n_told(self, number: int | None, part: str) -> int:
        """How many parts of a name an item told."""
        return sum((own, name) == (number, part) for own, name, _ in self._said)

    def _texts(self, part: str) -> Iterator[tuple[int, str]]:
        for (number, name, _), pieces in self._said.items():
            if name == part:
                pieces[:] = ["".join(pieces)]
                yield number, pieces[0]

    def has_item(self, number: int | None) -> bool:
        return number in self._items
