"""What is said of a response: how it begins and ends, and what comes in between.

Takes events that name a response or an item of one, gives events of that response. Source of the fields:
https://platform.openai.com/docs/api-reference/realtime-server-events/response
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from recexplore.model.exchange import Json
from recexplore.model.json_text import to_json_text
from recexplore.read.dialects.openai_realtime.items import read_item, read_part
from recexplore.read.dialects.openai_realtime.session import Place, Session
from recexplore.read.extract import emit
from recexplore.read.extract.emit import UsageFields, is_index, other_fields, text_in
from recexplore.tables.builders import Columns

__all__ = [
    "USAGE",
    "Reader",
    "delta",
    "read_content_part",
    "read_created",
    "read_done",
    "read_output_item",
    "read_sound",
    "whole",
]

Reader: TypeAlias = Callable[[dict[str, Json], int, Columns, Session], None]
"""Reads one event: the event, the row of its chunk, the builders, the session so far."""

USAGE: Final = UsageFields(
    prompt_includes_cached=True,
    completion_includes_reasoning=True,
    paths={
        "prompt": ((("input_tokens",),),),
        "completion": ((("output_tokens",),),),
        "total": ((("total_tokens",),),),
        "cached": ((("input_token_details", "cached_tokens"),),),
        "reasoning": ((("output_token_details", "reasoning_tokens"),),),
        "audio": ((("input_token_details", "audio_tokens"), ("output_token_details", "audio_tokens")),),
    },
)

_WHERE: Final = frozenset(["type", "response_id", "item_id", "output_index", "call_id", "obfuscation"])


def _response_of(chunk: dict[str, Json], row: int, columns: Columns) -> dict[str, Json]:
    response = chunk.get("response")
    if type(response) is dict:
        return response
    if response is not None:
        emit.malformed(columns, row, f"`response` of {chunk['type']}", "an object", response)
    return {}


def _response_facts(
    chunk: dict[str, Json], response: dict[str, Json], row: int, columns: Columns, known: set[str]
) -> None:
    beside, rest = other_fields(chunk, {"type", "response"}), other_fields(response, {"id", "object", *known})
    extra = {**beside, "response": rest} if rest else beside
    emit.chunk(columns, row, n_choices=1, extra=extra, id=response.get("id"), object=chunk["type"])


def read_created(chunk: dict[str, Json], row: int, columns: Columns, session: Session) -> None:
    """The beginning of a response."""
    response = _response_of(chunk, row, columns)
    _response_facts(chunk, response, row, columns, set())
    emit.event(columns, "empty", row, choice=session.begin(response.get("id")))


def read_done(chunk: dict[str, Json], row: int, columns: Columns, session: Session) -> None:
    """The end of a response: what nobody told of it before, how it ended and what it cost."""
    response = _response_of(chunk, row, columns)
    _response_facts(chunk, response, row, columns, {"usage"})
    choice, output = session.response(response.get("id")), response.get("output")
    for index, item in enumerate(output if type(output) is list else ()):
        place = _place({"response_id": response.get("id"), "output_index": index, "item": item}, session)
        read_item(item, place, row, columns, session)
    details, status = response.get("status_details"), response.get("status")
    reason = details.get("reason") if type(details) is dict else None
    # As with Responses: why it is incomplete is how it ended; who cancelled it stands beside.
    end = reason if reason and status == "incomplete" else status
    beside = {"status": status} if end == reason else {"reason": reason}
    emit.event(columns, "finish", row, choice=choice, finish_reason=end, extra=to_json_text(beside) if reason else None)
    if type(details) is dict and details.get("error"):
        emit.event(columns, "error", row, to_json_text(details["error"]), choice=None)
    emit.usage(columns, [row], [response.get("usage")], USAGE, "usage", choices=[choice])
    session.end(choice)


def read_output_item(chunk: dict[str, Json], row: int, columns: Columns, session: Session) -> None:
    """An output item, at its beginning or whole; what was told of it is repeated in an event of its own."""
    place = _place(chunk, session)
    _describe(chunk, row, columns, place, {"item"})
    if read_item(chunk.get("item"), place, row, columns, session):
        _again({"item": chunk.get("item")}, place, row, columns)


def read_content_part(chunk: dict[str, Json], row: int, columns: Columns, session: Session) -> None:
    """A content part, at its beginning or whole."""
    place = _place(chunk, session)
    _describe(chunk, row, columns, place, {"part"})
    if session.has(place, "content", chunk.get("content_index")):
        _again({"part": chunk.get("part")}, place, row, columns)
    else:
        read_part(chunk.get("part"), chunk.get("content_index"), place, row, columns, session)


def delta(kind: str) -> Reader:
    """What is new of a text, or of a call's arguments."""

    def read(chunk: dict[str, Json], row: int, columns: Columns, session: Session) -> None:
        place = _place(chunk, session)
        _describe(chunk, row, columns, place, {"delta"})
        if text := text_in(columns, row, chunk.get("delta"), "`delta`", place.choice):
            _tell(kind, text, chunk, place, row, columns)
            session.add(place, kind, chunk.get("content_index"))

    return read


def whole(kind: str, field: str) -> Reader:
    """What deltas said, whole; where none did, it is told now."""

    def read(chunk: dict[str, Json], row: int, columns: Columns, session: Session) -> None:
        place = _place(chunk, session)
        _describe(chunk, row, columns, place, {field, "name"})
        if session.has(place, kind, chunk.get("content_index")):
            _again({name: chunk.get(name) for name in (field, "name", "call_id")}, place, row, columns)
        elif text := text_in(columns, row, chunk.get(field), f"`{field}`", place.choice):
            _tell(kind, text, chunk, place, row, columns)
            session.add(place, kind, chunk.get("content_index"))

    return read


def _tell(kind: str, text: str, chunk: dict[str, Json], place: Place, row: int, columns: Columns) -> None:
    cells = {"tool_call_id": chunk.get("call_id"), "tool_name": chunk.get("name")} if kind == "tool_call" else {}
    emit.event(columns, kind, row, text, choice=place.choice, block=place.block, **cells)


def _again(said: dict[str, Json], place: Place, row: int, columns: Columns) -> None:
    """What deltas said already, whole."""
    emit.event(columns, "empty", row, to_json_text(other_fields(said, set())), choice=place.choice, block=place.block)


def read_sound(chunk: dict[str, Json], row: int, columns: Columns, session: Session) -> None:
    """Sound, and what goes with it: data, no text of the answer."""
    place = _place(chunk, session)
    _describe(chunk, row, columns, place, set(chunk))
    said = other_fields(chunk, _WHERE)
    emit.event(columns, "annotation", row, to_json_text(said), choice=place.choice, block=place.block)


def _place(chunk: dict[str, Json], session: Session) -> Place:
    """Where an event about an output item belongs."""
    item = chunk.get("item")
    ids = (item.get("id"), item.get("call_id")) if type(item) is dict else (chunk.get("item_id"), chunk.get("call_id"))
    return session.place(chunk.get("response_id"), chunk.get("output_index"), *ids)


def _describe(chunk: dict[str, Json], row: int, columns: Columns, place: Place, known: set[str]) -> None:
    """The row of an event about an output item."""
    index, item = chunk.get("output_index"), chunk.get("item")
    odd = {} if index is None or is_index(index) else {"output_index": index}
    item_id = chunk.get("item_id") or (item.get("id") if type(item) is dict else None)
    emit.chunk(
        columns,
        row,
        n_choices=1,
        extra=odd | other_fields(chunk, _WHERE | known),
        id=chunk.get("response_id"),
        object=chunk["type"],
        block=place.block,
        item_id=item_id,
        obfuscation=chunk.get("obfuscation"),
    )
