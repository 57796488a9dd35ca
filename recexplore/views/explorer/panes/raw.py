"""The wire itself: the request as recorded, one chunk as recorded, and the events that were made of it."""

from __future__ import annotations

from typing import Any

from recexplore.corpus import Recording
from recexplore.model.errors import SourceChanged
from recexplore.model.plain_values import records
from recexplore.views.explorer.panes.json_text import readable_json

__all__ = ["chunk_view", "raw_pane"]


def raw_pane(recording: Recording) -> dict[str, Any]:
    try:
        return {"request": readable_json(recording.request), "why": None}
    except (SourceChanged, RecursionError) as error:
        return {"request": None, "why": f"The request cannot be shown: {error}"}


def chunk_view(recording: Recording, chunk: int) -> dict[str, Any]:
    """One chunk as recorded, and the events that were made of it."""
    try:
        raw, why = readable_json(recording.raw(chunk)), None
    except (SourceChanged, RecursionError) as error:
        raw, why = None, f"This chunk cannot be shown: {error}"
    events = recording.events
    made = events[events["chunk"] == chunk].dropna(axis="columns", how="all").drop(columns=["recording", "chunk"])
    shown = records(made)
    return {"raw": raw, "why": why, "events": [_event(row) for row in shown]}


def _event(row: dict[Any, Any]) -> dict[str, Any]:
    named = {name: row.pop(name, None) for name in ("kind", "choice", "text")}
    row = {name: value for name, value in row.items() if value is not None}
    return {**named, "more": ", ".join(f"{name} {value}" for name, value in row.items())}
