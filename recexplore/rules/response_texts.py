"""What a response says of its texts: in deltas, whole at the end of each part and item, and once more at its own end.

Takes the chunks and events of one recording of Responses, gives a hit for each text that contradicts one before.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pandas as pd

from recexplore.model.kinds import PAYLOAD_KINDS
from recexplore.rules.item_events import CREATED, Event, Repeat, events_of, is_call, object_of, output_of
from recexplore.rules.rule import Hit
from recexplore.rules.streams import object_in
from recexplore.rules.whole_and_deltas import Contradiction, Place, Texts, hit_of, texts_in

__all__ = ["text_contradictions"]

_LISTS: Final = {"message": ("content",), "reasoning": ("summary", "content")}
"""The lists of parts in which an item has its texts."""


class _Response:
    """What was told of one response so far."""

    def __init__(self) -> None:
        self.added: set[int] = set()
        self._texts = Texts()
        self._numbers: dict[str, int] = {}
        self._places: dict[tuple[str, Any], Place] = {}

    def take(self, event: Event) -> Iterator[Repeat]:
        """Take what an event tells; gives the texts that it tells again."""
        if event.kind == "finish":
            yield from self._at_its_end(event)
        elif not pd.isna(event.block):
            block = int(event.block)
            if isinstance(event.item_id, str):
                self._numbers.setdefault(event.item_id, block)
            if event.name == "response.output_item.added":
                self.added.add(block)
            if event.kind in PAYLOAD_KINDS and isinstance(event.text, str) and event.text:
                self._say(block, event)
            elif event.kind == "empty" and isinstance(event.text, str) and event.name.endswith(".done"):
                yield self._done(block, event)

    def _say(self, block: int, event: Event) -> None:
        if event.name.endswith(".delta"):
            self._texts.delta(block, self._place(event), event.text, event.chunk, event.row)
        else:
            # What a part begins with, its deltas go on from; a text of another event is a part by itself.
            place = self._place(event) if event.name.endswith("part.added") else Place(2, event.row)
            self._texts.begin(block, place, event.text, event.chunk)

    def _done(self, block: int, event: Event) -> Repeat:
        whole = object_in(event.text)
        if event.name == "response.output_item.done":
            return Repeat(block, is_call(whole), _whole_item(self._texts, block, whole, event.name, event.chunk))
        place = self._place(event)
        found = _whole_part(self._texts, block, place, whole, event.name, event.chunk)
        return Repeat(block, not place.name.startswith("reasoning"), found)

    def _at_its_end(self, event: Event) -> Iterator[Repeat]:
        output = output_of(event.extra)
        for n, item in enumerate(output if isinstance(output, list) else ()):
            number = self._numbers.get(str(item.get("id")), n) if isinstance(item, dict) else n
            yield Repeat(number, is_call(item), _whole_item(self._texts, number, item, event.name, event.chunk))

    def _place(self, event: Event) -> Place:
        key = (event.name, event.extra)
        if key not in self._places:
            self._places[key] = _place(event.name, event.extra)
        return self._places[key]


def text_contradictions(
    of: int, chunks: pd.DataFrame, events: pd.DataFrame, *, is_whole: bool, only_added: bool
) -> Iterator[Hit]:
    """What the events that repeat a text make of it: those of its part, of its item, and of the response."""
    told = _Response()
    for event in events_of(chunks, events):
        if event.name == CREATED:
            told = _Response()
            continue
        for number, is_json, found in list(told.take(event)):
            if found is None or (found.is_cut and not is_whole) or (only_added and number not in told.added):
                continue
            if hit := hit_of(of, 0, f"output item {number}", found, events, is_json=is_json):
                yield hit


def _place(name: str, extra: Any) -> Place:
    """Where the part stands that an event is about."""
    beside, base = object_of(extra), name.removeprefix("response.").rpartition(".")[0]
    in_summary = "summary_index" in beside or "summary" in base
    number = beside.get("summary_index" if in_summary else "content_index")
    return Place(
        0 if in_summary else 1, number if isinstance(number, int) else 0, "" if base.endswith("_part") else base
    )


def _whole_part(
    told: Texts, block: int, place: Place, whole: dict[str, Any], name: str, at: int
) -> Contradiction | None:
    texts = texts_in(whole.get("part", whole))
    # Servers that hide what was thought leave the whole empty.
    if not texts or (not texts[0] and "reasoning" in name):
        return None
    return told.part(block, place, texts[0], name, at)


def _whole_item(told: Texts, number: int, item: Any, name: str, at: int) -> Contradiction | None:
    if not isinstance(item, dict):
        return None
    kind = str(item.get("type"))
    if not (is_call(item) or kind in _LISTS):
        return None
    texts = texts_in(item, *_LISTS.get(kind, ()))
    if kind == "reasoning" and not "".join(texts):
        return None
    found = told.item(number, texts, name, at)
    is_cut_short = item.get("status") in ("incomplete", "in_progress")
    return None if found is not None and found.is_cut and is_cut_short else found
