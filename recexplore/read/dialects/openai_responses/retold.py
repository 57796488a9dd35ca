"""Texts that stand whole where their part or item begins, and that are told again: by deltas, or where the part begins.

Takes the chunks of streams before they are read, gives the beginnings that are no part of the answer: clients append the
deltas to what they find there. A beginning that the deltas go on from is none of these.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from recexplore.model.exchange import Json
from recexplore.read.dialects.openai_responses.events import TEXT_KINDS, number_of, place_in, told_as
from recexplore.read.dialects.openai_responses.items import ITEM_PARTS, STREAMED_CALLS, part_name, part_text
from recexplore.read.dialects.openai_responses.streamed import Streamed, TextKey
from recexplore.tables.builders import Columns

__all__ = ["retold"]


@dataclass(slots=True)
class _Text:
    """What is told of one text: the rows where it begins and what stands there, its deltas, and the whole of it."""

    begun: list[tuple[int, str]] = field(default_factory=list)
    deltas: list[str] = field(default_factory=list)
    whole: str | None = None

    def repeated(self) -> Iterator[int]:
        """The rows whose text the deltas tell again."""
        told = "".join(self.deltas)
        first = self.begun[0][1]
        if not told:  # an item and then its part may both begin with the text
            yield from (row for row, text in self.begun[1:] if text == first)
            return
        for row, text in self.begun:
            goes_on = self.whole == text + told
            if not goes_on and (self.whole == told or told.startswith(text) or text.startswith(told)):
                yield row


def retold(chunks: Sequence[Json], rows: Sequence[int], columns: Columns) -> frozenset[tuple[int, TextKey]]:
    """The rows that begin with a text that deltas tell again, each with the key of the text."""
    found: set[tuple[int, TextKey]] = set()
    texts: dict[TextKey, _Text] = {}
    streamed, owner = Streamed(), None
    for row, chunk in zip(rows, chunks, strict=True):
        kind = chunk.get("type") if type(chunk) is dict else None
        if type(chunk) is not dict or type(kind) is not str:
            continue
        if kind == "response.created" or columns.owner(row) != owner:
            owner = columns.owner(row)
            found |= _repeated(texts)
            texts.clear()
            streamed.forget()
        number = number_of(chunk, streamed)
        if kind.endswith(".added"):
            for key, text in _beginnings(chunk, kind, number):
                if key in texts and texts[key].deltas:
                    found |= _repeated({key: texts.pop(key)})
                texts.setdefault(key, _Text()).begun.append((row, text))
        elif texts:
            _go_on(chunk, kind, streamed, texts)
    return frozenset(found | _repeated(texts))


def _repeated(texts: dict[TextKey, _Text]) -> set[tuple[int, TextKey]]:
    return {(row, key) for key, text in texts.items() for row in text.repeated()}


def _beginnings(chunk: dict[str, Json], kind: str, number: int | None) -> Iterable[tuple[TextKey, str]]:
    """The texts that an event adds, with their keys."""
    item = chunk.get("item")
    if kind != "response.output_item.added":
        name, place = place_in(chunk)
        parts = [(name, place, chunk.get("part"))]
    elif type(item) is not dict:
        return
    elif item.get("type") == "message":
        lists = ((name, item.get(name)) for name in ITEM_PARTS["message"])
        parts = [(name, n, part) for name, each in lists if type(each) is list for n, part in enumerate(each)]
    else:
        text = item.get(STREAMED_CALLS.get(str(item.get("type")), ""))
        if type(text) is str and text:
            yield (number, "tool_call", 0), text
        return
    for name, place, part in parts:
        if text := part_text(part):
            yield (number, part_name(part, name), place), text


def _go_on(chunk: dict[str, Json], kind: str, streamed: Streamed, texts: dict[TextKey, _Text]) -> None:
    """What a delta, or the whole text at its end, says of a text that has begun."""
    name, _, state = kind.rpartition(".")
    if name not in TEXT_KINDS or state not in ("delta", "done"):
        return
    text_kind, holder = TEXT_KINDS[name]
    text = texts.get(told_as(chunk, text_kind, streamed))
    said = chunk.get("delta" if state == "delta" else holder)
    if text is None or type(said) is not str:
        return
    if state == "delta":
        text.deltas.append(said)
    elif text.whole is None:
        text.whole = said
