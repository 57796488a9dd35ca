"""A response as a whole: its facts, how it ended and what it cost, alone or inside an event.

Takes a response's JSON, gives what concerns its chunk and its choice; its items are read by
`recexplore.read.dialects.openai_responses.items`.
"""

from __future__ import annotations

import math
from typing import Any, Final

from recexplore.model.exchange import Json
from recexplore.model.json_text import to_json_text
from recexplore.read.dialects.openai_responses.items import whole_item
from recexplore.read.dialects.openai_responses.usage import USAGE
from recexplore.read.extract import emit
from recexplore.read.extract.emit import is_index, other_fields
from recexplore.tables.builders import Columns

__all__ = ["cost_and_error", "ending", "event_place", "read_whole", "response_facts"]

_FACTS: Final = frozenset(["id", "object", "model", "usage", "output", "error", "service_tier", "created_at"])
_PLACE: Final = {"sequence_number": "sequence", "output_index": "block", "item_id": "item_id"}
"""Where an event says that it belongs, and the column of ``chunks`` that holds it."""


def event_place(chunk: dict[str, Json]) -> tuple[dict[str, Any], dict[str, Json]]:
    """The cells that say where an event belongs; and what stands there but is no place, to be kept beside its chunk."""
    item = chunk.get("item")
    fields = {name: chunk.get(name) for name in _PLACE}
    if fields["item_id"] is None and type(item) is dict:
        fields["item_id"] = item.get("id")
    fits = {
        "sequence_number": type(fields["sequence_number"]) is int,
        "output_index": is_index(fields["output_index"]),
        "item_id": type(fields["item_id"]) is str,
    }
    cells = {_PLACE[name]: value for name, value in fields.items() if fits[name]}
    return cells, {name: value for name, value in fields.items() if value is not None and not fits[name]}


def response_facts(
    response: dict[str, Json], row: int, columns: Columns, *, kind: Json, beside: dict[str, Json] | None
) -> None:
    """Facts of a response: a whole one, or one inside an event that says something ``beside`` it."""
    rest = other_fields(response, _FACTS)
    # What is told in deltas is told here again: kept beside the chunk, not as the answer.
    if beside is not None and response.get("output"):
        rest["output"] = response["output"]
    created: Json = response.get("created_at")
    is_time = type(created) is int or (type(created) is float and math.isfinite(created))
    if created is not None and not is_time:
        rest["created_at"] = created
    cells: dict[str, Any] = {}
    if beside is not None:
        cells, odd_places = event_place(beside)
        beside = odd_places | other_fields(beside, _PLACE.keys())
    emit.chunk(
        columns,
        row,
        n_choices=int(beside is None),
        extra=rest if beside is None else {**beside, "response": rest},
        id=response.get("id"),
        model=response.get("model"),
        object=kind,
        service_tier=response.get("service_tier"),
        **cells,
        created=int(created) if is_time else None,
    )


def ending(response: dict[str, Json], status: str, row: int, columns: Columns, notes: str | None = None) -> None:
    """How a response ended: why it is incomplete, else its status."""
    details = response.get("incomplete_details")
    reason = details.get("reason") if type(details) is dict else None
    extra = to_json_text({"status": status}) if reason else None
    emit.event(columns, "finish", row, finish_reason=str(reason or status), extra=extra, notes=notes)
    cost_and_error(response, row, columns)


def cost_and_error(response: dict[str, Json], row: int, columns: Columns) -> None:
    """What it cost, and the error it failed with, where it says so."""
    if response.get("error"):
        emit.event(columns, "error", row, to_json_text(response["error"]), choice=None)
    emit.usage(columns, [row], [response.get("usage")], USAGE, "usage")


def read_whole(response: dict[str, Json], row: int, columns: Columns) -> None:
    """An answer that was not streamed."""
    response_facts(response, row, columns, kind=response.get("object"), beside=None)
    output = response.get("output") or []
    if type(output) is list:
        for number, item in enumerate(output):
            whole_item(item, number, row, columns)
    else:
        emit.malformed(columns, row, "`output`", "a list", output, 0)
    ending(response, str(response.get("status") or "completed"), row, columns)
