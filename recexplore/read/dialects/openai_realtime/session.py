"""Which response of a session an event is about, and what of each was told already.

Takes ids and places, gives numbers; remembers them until another session begins. Never looks at a text.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from recexplore.model.exchange import Json
from recexplore.read.extract.emit import is_index

__all__ = ["Place", "Session"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where an event belongs: the number of its response, and of the output item in that."""

    choice: int
    block: int


class Session:
    """The responses of one session, numbered as they begin; several may be on the wire at once."""

    def __init__(self) -> None:
        self._responses: dict[str, int] = {}
        self._n_responses = 0
        self._latest: int | None = None
        self._is_named = False
        self._places: dict[str, Place] = {}
        self._last_blocks: dict[int, int] = {}
        self._told: defaultdict[tuple[Place, str], set[int]] = defaultdict(set)

    def begin(self, response_id: Json) -> int:
        """A response begins."""
        self._latest = None
        return self.response(response_id)

    def response(self, response_id: Json) -> int:
        """The number of a response: by its id, else of the one that began last and goes on."""
        name = response_id if type(response_id) is str else None
        if name is not None and name in self._responses:
            return self._responses[name]
        # A response that began without its id is called by the first that comes.
        if self._latest is None or (name is not None and self._is_named):
            self._latest, self._is_named = self._n_responses, False
            self._n_responses += 1
        if name is not None:
            self._responses[name], self._is_named = self._latest, True
        return self._latest

    def end(self, choice: int) -> None:
        """A response is over: what comes without an id belongs to another."""
        if choice == self._latest:
            self._latest = None

    def place(self, response_id: Json, index: Json, *ids: Json) -> Place:
        """Where an event belongs: by the ids of its response and its item, else by the number that the server says."""
        names = [each for each in ids if type(each) is str]
        known = next((self._places[name] for name in names if name in self._places), None)
        if known is not None and (type(response_id) is not str or self.response(response_id) == known.choice):
            place = known
        else:
            choice = self.response(response_id)
            # Of servers that leave numbers and ids out, everything is about one item.
            following = self._last_blocks.get(choice, -1) + 1 if names else self._last_blocks.get(choice, 0)
            place = Place(choice, int(index) if is_index(index) else following)
        self._last_blocks[place.choice] = max(place.block, self._last_blocks.get(place.choice, 0))
        for name in names:
            self._places.setdefault(name, place)
        return place

    def add(self, place: Place, what: str, part: Json = 0) -> None:
        """Something was told of an item, or of one of its parts."""
        self._told[place, what].add(part if type(part) is int else 0)

    def count(self, place: Place, what: str) -> int:
        """In how many parts of an item something was told."""
        return len(self._told[place, what]) if (place, what) in self._told else 0

    def has(self, place: Place, what: str, part: Json = 0) -> bool:
        """Whether it was told of that part."""
        return (place, what) in self._told and (part if type(part) is int else 0) in self._told[place, what]
