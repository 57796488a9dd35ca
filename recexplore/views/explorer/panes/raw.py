"""The wire itself: the request as recorded, one chunk as recorded, and the events that were made of it."""

from __future__ import annotations

from typing import Any, Final, TypedDict

import pandas as pd

from recexplore.corpus import Recording
from recexplore.model.errors import SourceChanged
from recexplore.model.plain_values import records
from recexplore.views.explorer.panes.json_text import readable_json
from recexplore.views.explorer.unreadable import why_unreadable
from recexplore.views.text.without_credentials import shown_chunk, shown_request

__all__ = ["ChunkEvent", "ChunkView", "RawPane", "chunk_view", "chunk_views", "raw_pane"]


class RawPane(TypedDict):
    """The request as JSON, or why it cannot be shown."""

    request: str | None
    why: str | None


class ChunkEvent(TypedDict):
    """An event, and in ``more`` all else that is known of it."""

    kind: str
    choice: int | None
    text: str | None
    more: str


class ChunkView(TypedDict):
    """A chunk as JSON, or why it cannot be shown, and what was made of it."""

    raw: str | None
    why: str | None
    events: list[ChunkEvent]


_SAID_ABOVE: Final = ("recording", "chunk")


def raw_pane(recording: Recording) -> RawPane:
    try:
        return {"request": readable_json(shown_request(recording)), "why": None}
    except (SourceChanged, RecursionError) as error:
        return {"request": None, "why": why_unreadable("The request", recording, error)}


def chunk_view(recording: Recording, chunk: int) -> ChunkView:
    """One chunk as recorded, and the events that were made of it."""
    events = recording.events
    return _view(recording, chunk, list(map(_event, records(events[events["chunk"] == chunk]))))


def chunk_views(recording: Recording) -> list[ChunkView]:
    """All chunks as recorded, and the events that were made of each."""
    made: list[list[ChunkEvent]] = [[] for _ in range(int(recording.facts["n_chunks"]))]
    rows = recording.derive(_chunk_events, "events")
    for chunk, event in zip(rows["chunk"].tolist(), rows["event"].tolist(), strict=True):
        made[chunk].append(event)
    return [_view(recording, chunk, events) for chunk, events in enumerate(made)]


def _chunk_events(events: pd.DataFrame) -> pd.DataFrame:
    """What is shown of each event, with its chunk."""
    shown = pd.Series(list(map(_event, records(events))), index=events.index, dtype=object)
    return events[["recording", "chunk"]].assign(event=shown)


def _view(recording: Recording, chunk: int, events: list[ChunkEvent]) -> ChunkView:
    try:
        raw, why = readable_json(shown_chunk(recording, chunk)), None
    except (SourceChanged, RecursionError) as error:
        raw, why = None, why_unreadable("This chunk", recording, error)
    return {"raw": raw, "why": why, "events": events}


def _event(row: dict[str, Any]) -> ChunkEvent:
    kind, choice, text = (row.pop(name, None) for name in ("kind", "choice", "text"))
    more = ", ".join(f"{name} {value}" for name, value in row.items() if value is not None and name not in _SAID_ABOVE)
    return {"kind": kind, "choice": choice, "text": text, "more": more}
