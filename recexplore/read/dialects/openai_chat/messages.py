"""Which counts where a choice has a message: the message, or the deltas that say the same.

Takes chunks and one choice at a time, gives the choice that is to be read. A whole answer has messages alone. In a stream
Perplexity sends the message so far beside each delta (https://docs.perplexity.ai/guides/streaming-responses), and MiniMax
ends with the whole message in the place of a delta. What is repeated stays beside the delta. Never reads a field.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Final, TypeAlias

from recexplore.model.exchange import Json
from recexplore.read.dialects.openai_chat.deltas import SAYS_NOTHING
from recexplore.read.extract.emit import is_index
from recexplore.tables.builders import Columns

__all__ = ["Messages"]

_Key: TypeAlias = tuple[int | None, int]

_REASONING: Final = ("reasoning_content", "reasoning")
_CALLS: Final = ("tool_calls", "function_call")


@dataclass
class _Choice:
    """What one choice says in all chunks of an exchange, added before anything is asked."""

    deltas: list[tuple[str, str]] = field(default_factory=list)
    has_calls: bool = False
    objects: set[str] = field(default_factory=set)
    messages: list[dict[str, Json]] = field(default_factory=list)

    def add(self, delta: dict[str, Json], kind: Json) -> None:
        self.deltas.append((_text(delta, "content"), _text(delta, *_REASONING)))
        self.has_calls = self.has_calls or any(delta.get(name) for name in _CALLS)
        if type(kind) is str:
            self.objects.add(kind)

    def repeats(self, message: dict[str, Json], kind: Json) -> bool:
        """Whether a message says again what deltas say, or what a later message does."""
        content, reasoning = self._texts
        if not (content or reasoning or self.has_calls):
            return self._is_so_far and message is not self.messages[-1]
        if kind == "chat.completion" and self.objects == {"chat.completion.chunk"}:
            return True
        return (
            content.startswith(_text(message, "content").strip())
            and reasoning.startswith(_text(message, *_REASONING).strip())
            and (self.has_calls or not any(message.get(name) for name in _CALLS))
        )

    @cached_property
    def _texts(self) -> tuple[str, str]:
        """Content and reasoning of all deltas, without the spaces around them."""
        contents, reasonings = zip(*self.deltas, strict=True) if self.deltas else ((), ())
        return "".join(contents).strip(), "".join(reasonings).strip()

    @cached_property
    def _is_so_far(self) -> bool:
        """Whether each message goes on with the one before it, from its beginning."""
        return all(
            _begins(later.get(name), value)
            for message, later in pairwise(self.messages)
            for name, value in message.items()
            if value not in SAYS_NOTHING
        )


class Messages:
    """The messages of some chunks. What all chunks say together is found out when first asked."""

    def __init__(self, chunks: Sequence[dict[str, Json]], rows: Sequence[int], columns: Columns) -> None:
        self._chunks, self._rows, self._columns = chunks, rows, columns

    def settled(self, row: int, place: int, choice: dict[str, Json]) -> dict[str, Json]:
        """A choice with a message, the one at a place of the chunk at a row: with the message alone where that counts, else
        with a delta beside it, which may be empty."""
        message, delta = choice["message"], choice.get("delta") or {}
        if type(message) is not dict or type(delta) is not dict:
            return choice
        if row in self._sole:
            adds = any(
                not _begins(message.get(name), value) for name, value in delta.items() if value not in SAYS_NOTHING
            )
            return choice if adds else _without_delta(choice)
        if any(value not in SAYS_NOTHING for name, value in delta.items() if name != "role"):
            return choice
        said = self._choices[self._columns.owner(row), _number(choice, place)]
        return {**choice, "delta": delta} if said.repeats(message, self._kinds[row]) else _without_delta(choice)

    @cached_property
    def _sole(self) -> frozenset[int]:
        """The rows of chunks that are the only ones with choices in their exchange."""
        speaking = [row for row, chunk in zip(self._rows, self._chunks, strict=True) if chunk.get("choices")]
        n_of_owner = Counter(map(self._columns.owner, speaking))
        return frozenset(row for row in speaking if n_of_owner[self._columns.owner(row)] == 1)

    @cached_property
    def _kinds(self) -> dict[int, Json]:
        return {row: chunk.get("object") for row, chunk in zip(self._rows, self._chunks, strict=True)}

    @cached_property
    def _choices(self) -> dict[_Key, _Choice]:
        found: defaultdict[_Key, _Choice] = defaultdict(_Choice)
        for row, chunk in zip(self._rows, self._chunks, strict=True):
            choices = chunk.get("choices")
            for place, choice in enumerate(choices if type(choices) is list else ()):
                if type(choice) is not dict:
                    continue
                said = found[self._columns.owner(row), _number(choice, place)]
                if type(delta := choice.get("delta")) is dict:
                    said.add(delta, chunk.get("object"))
                if type(message := choice.get("message")) is dict:
                    said.messages.append(message)
        return found


def _number(choice: dict[str, Json], place: int) -> int:
    index: Json = choice.get("index")
    return int(index) if is_index(index) else place


def _text(said: dict[str, Json], *names: str) -> str:
    return next((value for name in names if type(value := said.get(name)) is str and value), "")


def _without_delta(choice: dict[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in choice.items() if name != "delta"}


def _begins(whole: Json, value: Json) -> bool:
    return bool(whole == value) or (type(whole) is str and type(value) is str and whole.startswith(value))
