"""What of a run its stream has told already, so that nothing is told twice.

Takes ids and places of messages, parts and calls, remembers them until another stream begins. Never looks at a text.
"""

from __future__ import annotations

from collections import defaultdict

from recexplore.model.exchange import Json
from recexplore.read.extract.emit import is_index

__all__ = ["Told"]


class Told:
    """What the current stream has told of its run, and the numbers it has given to the run's messages and calls."""

    def __init__(self) -> None:
        self.has_begun = False
        """Whether a chunk came before the current one."""
        self._numbers: dict[tuple[Json, ...], int] = {}
        self._calls: dict[str, int] = {}
        self._latest: dict[str | None, int] = {}
        self._places: defaultdict[tuple[int, str], set[int]] = defaultdict(set)

    def message(self, message_id: Json) -> int:
        """The number of a message among the messages and calls of the run."""
        return self._number("message", _name(message_id))

    def call(self, step_id: Json, index: Json, call_id: Json) -> int:
        """The number of a tool call: by its id where that was heard before, else by its place in its step."""
        step, name = _name(step_id), _name(call_id)
        if name is not None and name in self._calls:
            number = self._calls[name]
        elif is_index(index) or name is not None:
            number = self._number("call", step, index if is_index(index) else name)
        else:
            # Servers that leave the index out say the id with the first fragment of a call alone.
            number = self._latest[step] if step in self._latest else self._number("call", step, None)
        self._latest[step] = number
        if name is not None:
            self._calls[name] = number
        return number

    def add(self, number: int, what: str, place: Json = 0) -> None:
        """Something was told: of a message its ``role`` or, in one place of it, content of some type; of a call that there
        is a ``call``, its ``arguments`` or its ``results``."""
        self._places[number, what].add(place if type(place) is int else 0)

    def count(self, number: int, what: str) -> int:
        """In how many places it was told."""
        return len(self._places[number, what]) if (number, what) in self._places else 0

    def _number(self, *key: Json) -> int:
        return self._numbers.setdefault(key, len(self._numbers))


def _name(value: Json) -> str | None:
    return value if type(value) is str else None
