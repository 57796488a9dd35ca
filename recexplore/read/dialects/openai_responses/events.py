"""What each event of Responses says: one reader an event type.

Takes an event (or a whole response) and what deltas said before it, gives events of choice 0. Never looks at another answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from recexplore.model.exchange import Json
from recexplore.model.json_text import to_json_text
from recexplore.model.notes import Note, joined_notes
from recexplore.read.dialects.openai_responses.items import (
    ITEM_PARTS,
    STREAMED_CALLS,
    annotate,
    call,
    item_itself,
    part_name,
    part_text,
    parts_of,
    read_part,
    whole_item,
)
from recexplore.read.dialects.openai_responses.response import cost_and_error, ending, event_place, response_facts
from recexplore.read.dialects.openai_responses.streamed import Streamed, TextKey
from recexplore.read.extract import emit
from recexplore.read.extract.emit import joint_logprob, other_fields, text_in
from recexplore.tables.builders import Columns

__all__ = ["TEXT_KINDS", "number_of", "place_in", "read_event", "told_as"]

_DELTA: Final = frozenset(
    [
        "type",
        "delta",
        "item_id",
        "output_index",
        "content_index",
        "summary_index",
        "sequence_number",
        "obfuscation",
        "logprobs",
    ]
)
_WHERE: Final = frozenset(
    ["type", "item_id", "output_index", "content_index", "summary_index", "sequence_number", "obfuscation"]
)
_WITHIN: Final = ("content_index", "summary_index")
"""Where it belongs inside its item: kept beside its chunk, for no column holds it."""
_ENDED: Final = frozenset(["completed", "incomplete", "failed", "cancelled"])
_STATUS: Final = (
    ".in_progress",
    ".completed",
    ".searching",
    ".interpreting",
    ".generating",
    ".failed",
    ".queued",
    ".compacting",
    ".incomplete",
    ".added",
)
"""Endings of events that only say how far something is."""


def read_event(chunk: dict[str, Json], row: int, columns: Columns, streamed: Streamed) -> None:
    """One event, whatever its type."""
    kind = chunk.get("type")
    if type(kind) is str:
        reader = READERS.get(kind)
        if reader is None:
            reader = _repeated if kind.endswith(".done") else _status if kind.endswith(_STATUS) else _unknown
        reader(chunk, row, columns, streamed)
    elif chunk.get("error"):
        emit.chunk(columns, row, n_choices=0)
        emit.event(columns, "error", row, to_json_text(chunk["error"]), choice=None)
    else:
        _unknown(chunk, row, columns, streamed)


def _describe(chunk: dict[str, Json], row: int, columns: Columns, known: frozenset[str] = _DELTA) -> None:
    cells, odd_places = event_place(chunk)
    within = {name: chunk[name] for name in _WITHIN if chunk.get(name) is not None}
    emit.chunk(
        columns,
        row,
        n_choices=int("output_index" in chunk),
        extra=odd_places | within | other_fields(chunk, known),
        object=chunk.get("type"),
        **cells,
        obfuscation=chunk.get("obfuscation"),
    )


def _lifecycle(chunk: dict[str, Json], row: int, columns: Columns, streamed: Streamed) -> None:
    """``response.created`` to ``response.completed``: facts, and at the end how it ended and what it cost."""
    response = chunk.get("response")
    if type(response) is not dict:
        _describe(chunk, row, columns)
        emit.malformed(columns, row, f"`response` of {chunk['type']}", "an object", response)
        return
    response_facts(response, row, columns, kind=chunk["type"], beside=other_fields(chunk, {"type", "response"}))
    state, output = chunk["type"].rpartition(".")[2], response.get("output")
    if state in _ENDED:
        _untold_items(output, row, columns, streamed)
        ending(response, str(response.get("status") or state), row, columns, _without_items(response, streamed))
    else:
        emit.event(columns, "empty", row, choice=None)
        cost_and_error(response, row, columns)
    if state == "created":
        streamed.forget()
    streamed.tells_output |= type(output) is list


def _without_items(response: dict[str, Json], streamed: Streamed) -> Note | None:
    """What a response at its end lacks; of one that is told in part only, such as its id and status, nobody knows."""
    output = response.get("output")
    if output:
        return None
    if type(output) is list or streamed.tells_output:
        return Note.EMPTY_OUTPUT
    return Note.NO_OUTPUT if response.get("object") else None


def _untold_items(output: Json, row: int, columns: Columns, streamed: Streamed) -> None:
    """Items of which the stream never spoke: some servers send nothing but the end."""
    for place, item in enumerate(output if type(output) is list else ()):
        item_id = item.get("id") if type(item) is dict else None
        number = streamed.number(None, item_id) if streamed.knows(item_id) else place
        if not streamed.has_item(number) and not _is_told_elsewhere(item, streamed):
            whole_item(item, number, row, columns)


def _is_told_elsewhere(item: Json, streamed: Streamed) -> bool:
    """Whether all that an item says was said under another number."""
    kind = str(item.get("type")) if type(item) is dict else ""
    if kind in ITEM_PARTS:
        lists = ((field, item.get(field)) for field in ITEM_PARTS[kind])
        parts = [(field, part) for field, parts in lists if type(parts) is list for part in parts]
        return bool(parts) and all(
            streamed.has_anywhere(part_name(part, field), part_text(part)) for field, part in parts
        )
    text = item.get(STREAMED_CALLS[kind]) if kind in STREAMED_CALLS else None
    return type(text) is str and streamed.has_anywhere("tool_call", text)


def number_of(chunk: dict[str, Json], streamed: Streamed) -> int | None:
    """The number of the item that an event is about."""
    item = chunk.get("item")
    item_id = item.get("id") if type(item) is dict else chunk.get("item_id")
    return streamed.number(chunk.get("output_index"), item_id)


def _item_added(chunk: dict[str, Json], row: int, columns: Columns, streamed: Streamed) -> None:
    _describe(chunk, row, columns, _DELTA | {"item"})
    item, number = chunk.get("item"), number_of(chunk, streamed)
    streamed.add_item(number)
    if type(item) is not dict:
        emit.malformed(columns, row, "`item`", "an object", item, 0)
        return
    kind = str(item.get("type"))
    if kind == "message":
        item_itself(item, number, row, columns)
        parts = list(parts_of(item, row, columns))
        streamed.open_message(number, has_parts=bool(parts) or item.get("content") is None)
        for field, place, part in parts:
            _begin_part(part, number, row, columns, streamed, field, place)
    elif kind.endswith("_call"):
        field = STREAMED_CALLS.get(kind, "")
        if (row, (number, "tool_call", 0)) in streamed.retold:
            call({**item, field: ""}, number, row, columns, is_whole=False)
            _retold({field: item[field]}, number, row, columns)
            return
        call(item, number, row, columns, is_whole=False)
        if item.get(field):
            streamed.add(number, "tool_call", text=str(item[field]))
    else:
        emit.event(columns, "empty", row, to_json_text(item), block=number)


def _item_done(chunk: dict[str, Json], row: int, columns: Columns, streamed: Streamed) -> None:
    """An item, whole: what deltas told of it is a repetition, what they did not is told now."""
    _describe(chunk, row, columns, _DELTA | {"item"})
    item, number = chunk.get("item"), number_of(chunk, streamed)
    kind = str(item.get("type")) if type(item) is dict else ""
    if type(item) is not dict:
        emit.malformed(columns, row, "`item`", "an object", item, 0)
    elif kind in ITEM_PARTS:
        _untold_parts(item, number, row, columns, streamed)
    elif streamed.has(number, "tool_call"):
        emit.event(columns, "empty", row, to_json_text(item), block=number)
    else:
        whole_item(item, number, row, columns)
    streamed.add_item(number)


def _untold_parts(item: dict[str, Json], number: int | None, row: int, columns: Columns, streamed: Streamed) -> None:
    is_new = not streamed.has_item(number)
    if is_new or item.get("encrypted_content"):
        item_itself(item, number, row, columns)
    parts = list(parts_of(item, row, columns))
    n_parts = Counter(part_name(part, field) for field, _, part in parts)
    untold = [
        (field, place, part)
        for field, place, part in parts
        if not streamed.has(number, name := part_name(part, field), place, part_text(part))
        and streamed.n_told(number, name) < n_parts[name]
    ]
    for field, place, part in untold:
        read_part(part, number, row, columns, streamed, field, place)
    if not is_new:
        emit.event(columns, "empty", row, to_json_text(item), block=number)


def _late(
    said: dict[str, Json],
    kind: str,
    text: Json,
    told_as: TextKey,
    row: int,
    columns: Columns,
    streamed: Streamed,
) -> None:
    """What is told whole at the end: the answer where no delta told it, else a repetition."""
    number = told_as[0]
    if type(text) is not str or not text or streamed.has(*told_as, text):
        emit.event(columns, "empty", row, to_json_text(said), block=number)
        return
    streamed.add(*told_as, text)
    logprobs, name = said.get("logprobs"), said.get("name")
    rest = {key: value for key, value in said.items() if value is not text and key not in ("logprobs", "name")}
    emit.event(
        columns,
        kind,
        row,
        text,
        block=number,
        tool_name=name,
        logprob=joint_logprob(logprobs),
        extra=to_json_text(rest) if rest else None,
    )
    if logprobs:
        emit.event(columns, "logprobs", row, to_json_text(logprobs), block=number)


def place_in(chunk: dict[str, Json]) -> tuple[str, int]:
    """In which list of its item an event's part is, and where."""
    name = "summary" if "summary_index" in chunk else "content"
    place = chunk.get(f"{name}_index")
    return name, place if type(place) is int else 0


def _part_added(chunk: dict[str, Json], row: int, columns: Columns, streamed: Streamed) -> None:
    _describe(chunk, row, columns, _DELTA | {"part"})
    number = number_of(chunk, streamed)
    streamed.open_part(number)
    _begin_part(chunk.get("part"), number, row, columns, streamed, *place_in(chunk))


def _begin_part(
    part: Json, number: int | None, row: int, columns: Columns, streamed: Streamed, field: str, place: Json
) -> None:
    if (row, (number, part_name(part, field), place)) in streamed.retold:
        _retold(part, number, row, columns)
    else:
        read_part(part, number, row, columns, streamed, field, place)


def _retold(said: Json, number: int | None, row: int, columns: Columns) -> None:
    """A text at a beginning that deltas tell again."""
    emit.event(columns, "empty", row, to_json_text(said), block=number, notes=Note.RETOLD)


def told_as(chunk: dict[str, Json], kind: str, streamed: Streamed) -> TextKey:
    """Under which key the text of an event is streamed."""
    if kind == "tool_call":
        return number_of(chunk, streamed), kind, 0
    field, place = place_in(chunk)
    return number_of(chunk, streamed), f"{kind} in {field}", place


def _delta(kind: str) -> _Reader:
    def read(chunk: dict[str, Json], row: int, columns: Columns, streamed: Streamed) -> None:
        _describe(chunk, row, columns)
        key, delta = told_as(chunk, kind, streamed), chunk.get("delta")
        notes: str | None = Note.UNADDED_PART if kind in _NEED_PARTS and streamed.lacks_parts(key[0]) else None
        if type(delta) is dict and type(delta.get("text")) is str:
            delta = delta["text"]
            notes = joined_notes(notes, None if chunk["type"] in _OBJECTS else Note.TEXT_IN_OBJECT)
        logprobs = chunk.get("logprobs")
        if text := text_in(columns, row, delta, "`delta`"):
            emit.event(columns, kind, row, text, block=key[0], logprob=joint_logprob(logprobs), notes=notes)
            streamed.add(*key, text)
        if logprobs:
            emit.event(columns, "logprobs", row, to_json_text(logprobs), block=key[0])

    return read


def _text_done(kind: str, field: str) -> _Reader:
    def read(chunk: dict[str, Json], row: int, columns: Columns, streamed: Streamed) -> None:
        _describe(chunk, row, columns, frozenset(chunk))
        _late(
            other_fields(chunk, _WHERE), kind, chunk.get(field), told_as(chunk, kind, streamed), row, columns, streamed
        )

    return read


def _part_done(chunk: dict[str, Json], row: int, columns: Columns, streamed: Streamed) -> None:
    field, place = place_in(chunk)
    part = chunk.get("part")
    name = part_name(part, field)
    if not name or streamed.has(number_of(chunk, streamed), name, place, part_text(part)):
        _repeated(chunk, row, columns, streamed)
    else:
        _part_added(chunk, row, columns, streamed)


def _annotation_added(chunk: dict[str, Json], row: int, columns: Columns, streamed: Streamed) -> None:
    _describe(chunk, row, columns, _DELTA | {"annotation", "annotation_index"})
    annotate(chunk.get("annotation"), number_of(chunk, streamed), row, columns)


def _aside(chunk: dict[str, Json], row: int, columns: Columns, streamed: Streamed) -> None:
    """Images and sound in the making: data, no text of the answer."""
    _describe(chunk, row, columns, frozenset(chunk))
    emit.event(
        columns, "annotation", row, to_json_text(other_fields(chunk, {"type"})), block=number_of(chunk, streamed)
    )


def _repeated(chunk: dict[str, Json], row: int, columns: Columns, streamed: Streamed) -> None:
    """What deltas said already, whole."""
    _describe(chunk, row, columns, frozenset(chunk))
    said = other_fields(chunk, _WHERE)
    emit.event(columns, "empty", row, to_json_text(said) if said else None, block=number_of(chunk, streamed))


def _status(chunk: dict[str, Json], row: int, columns: Columns, streamed: Streamed) -> None:
    _describe(chunk, row, columns)
    emit.event(columns, "empty", row, choice=None, block=number_of(chunk, streamed))


def _error(chunk: dict[str, Json], row: int, columns: Columns, streamed: Streamed) -> None:
    _describe(chunk, row, columns, frozenset(chunk))
    emit.event(columns, "error", row, to_json_text(other_fields(chunk, {"type", "sequence_number"})), choice=None)


def _unknown(chunk: dict[str, Json], row: int, columns: Columns, streamed: Streamed) -> None:
    kind = chunk.get("type")
    emit.chunk(columns, row, n_choices=0, object=kind if type(kind) is str else None)
    emit.event(columns, "unknown", row, to_json_text(chunk), choice=None)


_NEED_PARTS: Final = frozenset(["content", "refusal"])
"""What belongs into a part of its message."""
_OBJECTS: Final = frozenset(["response.reasoning.delta", "response.reasoning_summary.delta"])
"""Deltas that are documented as objects."""

_Reader: TypeAlias = Callable[[dict[str, Json], int, Columns, Streamed], None]

_STREAMED: Final = (
    ("output_text", "content", "text"),
    ("audio.transcript", "content", "transcript"),
    ("refusal", "refusal", "refusal"),
    ("reasoning_text", "reasoning", "text"),
    ("reasoning_summary_text", "reasoning", "text"),
    ("reasoning", "reasoning", "text"),
    ("reasoning_summary", "reasoning", "text"),
    ("function_call_arguments", "tool_call", "arguments"),
    ("custom_tool_call_input", "tool_call", "input"),
    ("mcp_call_arguments", "tool_call", "arguments"),
    ("mcp_call.arguments", "tool_call", "arguments"),
    ("code_interpreter_call_code", "tool_call", "code"),
    ("code_interpreter_call.code", "tool_call", "code"),
    ("shell_call_command", "tool_call", "command"),
)
"""What comes in deltas: its name in the events' types, its kind, and the field that holds it whole when it is done."""

TEXT_KINDS: Final = {f"response.{name}": (kind, field) for name, kind, field in _STREAMED}
"""The same by the types of the events, without their last word."""

READERS: Final[dict[str, Any]] = {
    **{f"response.{state}": _lifecycle for state in ("created", "queued", "in_progress", *sorted(_ENDED))},
    **{f"response.{name}.delta": _delta(kind) for name, kind, _ in _STREAMED},
    **{f"response.{name}.done": _text_done(kind, field) for name, kind, field in _STREAMED},
    "response.output_item.added": _item_added,
    "response.output_item.done": _item_done,
    "response.content_part.added": _part_added,
    "response.content_part.done": _part_done,
    "response.reasoning_summary_part.added": _part_added,
    "response.reasoning_summary_part.done": _part_done,
    "response.output_text.annotation.added": _annotation_added,
    "response.output_text_annotation.added": _annotation_added,
    "response.audio.delta": _aside,
    "response.shell_call_output_content.delta": _aside,
    "response.image_generation_call.partial_image": _aside,
    "error": _error,
}
