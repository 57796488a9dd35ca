"""The events of APIs that tell items in deltas and again whole: Responses, Realtime.

Takes the chunks and events of one recording, gives what each event tells with what its chunk says of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import pandas as pd

from recexplore.rules.streams import object_in
from recexplore.rules.whole_and_deltas import Contradiction

__all__ = ["CREATED", "Event", "Repeat", "events_of", "is_call", "object_of", "output_of"]

CREATED: Final = "response.created"


class Event(NamedTuple):
    """An event with what its chunk says of it; ``row`` is its position among the events of the recording."""

    row: int
    chunk: int
    kind: str
    text: Any
    choice: Any
    key: Any
    block: Any
    name: Any
    item_id: Any
    extra: Any


class Repeat(NamedTuple):
    """A text that an event tells again: of which item, whether as JSON, and what it contradicts."""

    number: int
    is_json: bool
    contradiction: Contradiction | None


def events_of(chunks: pd.DataFrame, events: pd.DataFrame) -> Iterator[Event]:
    """The events of one recording whose chunks have a name."""
    columns = (chunks[name].tolist() for name in ("chunk", "object", "item_id", "extra"))
    facts = {chunk: said for chunk, *said in zip(*columns, strict=True)}
    nothing = (None, None, None)
    own = (events[name].tolist() for name in ("chunk", "kind", "text", "choice", "key", "block"))
    for row, (chunk, *cells) in enumerate(zip(*own, strict=True)):
        event = Event(row, chunk, *cells, *facts.get(chunk, nothing))
        if isinstance(event.name, str):
            yield event


def object_of(extra: Any) -> dict[str, Any]:
    """The object that a cell of ``chunks.extra`` holds; an empty one where it is missing."""
    return object_in(extra) if isinstance(extra, str) else {}


def output_of(extra: Any) -> Any:
    """The items of the response that a chunk holds; None where it holds none."""
    response = object_of(extra).get("response")
    return response.get("output") if isinstance(response, dict) else None


def is_call(item: Any) -> bool:
    """Whether an item calls a tool, the client's or the provider's own."""
    return isinstance(item, dict) and str(item.get("type")).endswith("_call")
