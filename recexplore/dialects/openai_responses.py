"""OpenAI Responses, streamed and whole, of every server that speaks it.

Takes the stream's events (``response.output_text.delta`` and so on) or a whole response, gives events of choice 0; the
output item an event belongs to is in ``block``. Source of the fields:
https://platform.openai.com/docs/api-reference/responses-streaming

A stream tells everything twice: in deltas, and again whole in ``….done``, ``output_item.done`` and
``response.completed``. The deltas are the answer; what repeats them is an ``empty`` event with its JSON, so that the two can
be compared. What no delta told, as with servers that send only the end, and with calls of the server's own tools (web
search, file search, computers …), is taken from where it is told first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from recexplore.columns import Columns
from recexplore.decoding import to_json_text
from recexplore.dialect_rows import (
    UsageFields,
    describe,
    how_sure,
    items_in,
    joint_logprob,
    objects,
    odd,
    read_usage,
    rest_of,
    say,
    say_text,
    text_in,
)
from recexplore.model import Exchange, Json

__all__ = ["NAME", "USAGE", "extract", "sniff"]

NAME: Final = "openai_responses"

USAGE: Final = UsageFields(
    prompt_includes_cached=True,
    completion_includes_reasoning=True,
    paths={
        "prompt": ((("input_tokens",),),),
        "completion": ((("output_tokens",),),),
        "total": ((("total_tokens",),),),
        "cached": ((("input_tokens_details", "cached_tokens"),),),
        "cache_write": ((("input_tokens_details", "cache_write_tokens"),),),
        "reasoning": ((("output_tokens_details", "reasoning_tokens"),),),
    },
)

_ENDPOINTS: Final = ("/responses",)
_FACTS: Final = frozenset(["id", "object", "model", "usage", "output", "error", "service_tier", "created_at"])
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
_STREAMED_CALLS: Final = {
    "function_call": "arguments",
    "custom_tool_call": "input",
    "mcp_call": "arguments",
    "code_interpreter_call": "code",
}
"""Items that are calls whose text comes in deltas, and the field that holds it in the whole item."""
_CALL_FIELDS: Final = frozenset(["id", "call_id", "name", "status", "type"])


def sniff(exchange: Exchange) -> float:
    return how_sure(exchange, _belongs, _ENDPOINTS)


def _belongs(chunk: dict[str, Json]) -> bool:
    kind = chunk.get("type")
    if type(kind) is str and kind.startswith("response."):
        return True
    return chunk.get("object") == "response" or (kind == "error" and "sequence_number" in chunk)


class _Told:
    """What of the answer the deltas of the current stream have told."""

    def __init__(self) -> None:
        self._said: set[tuple[int | None, str]] = set()
        self._items: set[int | None] = set()

    def forget(self) -> None:
        """Another stream begins."""
        self._said.clear()
        self._items.clear()

    def add(self, number: Json, kind: str) -> None:
        self._said.add((_place(number), kind))
        self.add_item(number)

    def add_item(self, number: Json) -> None:
        self._items.add(_place(number))

    def has(self, number: Json, kind: str) -> bool:
        return (_place(number), kind) in self._said

    def has_item(self, number: Json) -> bool:
        return _place(number) in self._items


def _place(number: Json) -> int | None:
    return number if type(number) is int else None


def extract(chunks: Sequence[Json], rows: Sequence[int], columns: Columns) -> None:
    told, owner = _Told(), None
    for row, chunk in objects(chunks, rows, columns):
        if columns.owner(row) != owner:
            owner = columns.owner(row)
            told.forget()
        kind = chunk.get("type")
        if chunk.get("object") == "response":
            _whole(chunk, row, columns)
        elif type(kind) is str:
            reader = READERS.get(kind)
            if reader is None:
                reader = _repeated if kind.endswith(".done") else _status if kind.endswith(_STATUS) else _unknown
            reader(chunk, row, columns, told)
        elif chunk.get("error"):
            describe(columns, row, n_choices=0)
            say(columns, "error", row, to_json_text(chunk["error"]), choice=None)
        else:
            _unknown(chunk, row, columns, told)


def _describe(chunk: dict[str, Json], row: int, columns: Columns, known: frozenset[str] = _DELTA) -> None:
    describe(
        columns,
        row,
        n_choices=int("output_index" in chunk),
        extra=rest_of(chunk, known),
        object=chunk.get("type"),
        obfuscation=chunk.get("obfuscation"),
    )


def _lifecycle(chunk: dict[str, Json], row: int, columns: Columns, told: _Told) -> None:
    """``response.created`` to ``response.completed``: facts, and at the end how it ended and what it cost."""
    response = chunk.get("response")
    if type(response) is not dict:
        _describe(chunk, row, columns)
        odd(columns, row, f"`response` of {chunk['type']}", "an object", response)
        return
    _response_facts(response, row, columns, kind=chunk["type"], beside=rest_of(chunk, {"type", "response"}))
    state = chunk["type"].rpartition(".")[2]
    if state in _ENDED:
        _untold_items(response.get("output"), row, columns, told)
        _ending(response, str(response.get("status") or state), row, columns)
    else:
        say(columns, "empty", row, choice=None)
        _cost_and_error(response, row, columns)
    if state == "created":
        told.forget()


def _untold_items(output: Json, row: int, columns: Columns, told: _Told) -> None:
    """Items of which the stream never spoke: some servers send nothing but the end."""
    for number, item in enumerate(output if type(output) is list else ()):
        if not told.has_item(number):
            _whole_item(item, number, row, columns)


def _response_facts(
    response: dict[str, Json], row: int, columns: Columns, *, kind: Json, beside: dict[str, Json] | None
) -> None:
    """Facts of a response: a whole one, or one inside an event that says something ``beside`` it."""
    rest = rest_of(response, _FACTS)
    # What is told in deltas is told here again: kept beside the chunk, not as the answer.
    if beside is not None and response.get("output"):
        rest["output"] = response["output"]
    created = response.get("created_at")
    if created is not None and not isinstance(created, int | float):
        rest["created_at"] = created
    describe(
        columns,
        row,
        n_choices=int(beside is None),
        extra=rest if beside is None else {**beside, "response": rest},
        id=response.get("id"),
        model=response.get("model"),
        object=kind,
        service_tier=response.get("service_tier"),
        created=int(created) if isinstance(created, int | float) else None,
    )


def _ending(response: dict[str, Json], status: str, row: int, columns: Columns) -> None:
    details = response.get("incomplete_details")
    reason = details.get("reason") if type(details) is dict else None
    extra = to_json_text({"status": status}) if reason else None
    say(columns, "finish", row, finish_reason=str(reason or status), extra=extra)
    _cost_and_error(response, row, columns)


def _cost_and_error(response: dict[str, Json], row: int, columns: Columns) -> None:
    if response.get("error"):
        say(columns, "error", row, to_json_text(response["error"]), choice=None)
    read_usage(columns, [row], [response.get("usage")], USAGE, "usage")


def _whole(response: dict[str, Json], row: int, columns: Columns) -> None:
    """An answer that was not streamed."""
    _response_facts(response, row, columns, kind=response.get("object"), beside=None)
    output = response.get("output") or []
    if type(output) is list:
        for number, item in enumerate(output):
            _whole_item(item, number, row, columns)
    else:
        odd(columns, row, "`output`", "a list", output, 0)
    _ending(response, str(response.get("status") or "completed"), row, columns)


def _item_kinds(kind: str) -> tuple[str, ...]:
    """What the deltas of an item are."""
    if kind == "message":
        return "content", "refusal"
    return ("tool_call",) if kind.endswith("_call") else (kind,)


def _whole_item(item: Json, number: Json, row: int, columns: Columns, *, is_new: bool = True) -> None:
    """An item that no delta told of; one that is not new has said its role already."""
    if type(item) is not dict:
        odd(columns, row, "an output item", "an object", item, 0)
        return
    kind = item.get("type")
    if kind == "message":
        if is_new:
            say_text(columns, "role", row, item, "role", {"content", "status"}, block=number)
        for part in items_in(columns, row, item.get("content"), "`content` of a message"):
            _part(part, number, row, columns)
    elif kind == "reasoning":
        for field in ("summary", "content"):
            for part in items_in(columns, row, item.get(field), f"`{field}` of reasoning"):
                _part(part, number, row, columns)
        if rest := rest_of(item, {"type", "summary", "content", "status"}):
            say(columns, "annotation", row, to_json_text(rest), block=number)
    elif str(kind).endswith("_call"):
        _call(item, number, row, columns, is_whole=True)
    else:
        say(columns, "annotation", row, to_json_text(item), block=number)


def _item_added(chunk: dict[str, Json], row: int, columns: Columns, told: _Told) -> None:
    _describe(chunk, row, columns, _DELTA | {"item"})
    item, number = chunk.get("item"), chunk.get("output_index")
    told.add_item(number)
    if type(item) is not dict:
        odd(columns, row, "`item`", "an object", item, 0)
    elif item.get("type") == "message":
        say_text(columns, "role", row, item, "role", {"content", "status"}, block=number)
        for part in items_in(columns, row, item.get("content"), "`content` of a message"):
            _part(part, number, row, columns, told)
    elif str(item.get("type")).endswith("_call"):
        _call(item, number, row, columns, is_whole=False)
        if item.get(_STREAMED_CALLS.get(str(item.get("type")), "")):
            told.add(number, "tool_call")
    else:
        say(columns, "empty", row, to_json_text(item), block=number)


def _item_done(chunk: dict[str, Json], row: int, columns: Columns, told: _Told) -> None:
    _describe(chunk, row, columns, _DELTA | {"item"})
    item, number = chunk.get("item"), chunk.get("output_index")
    kind = str(item.get("type")) if type(item) is dict else ""
    if type(item) is not dict:
        odd(columns, row, "`item`", "an object", item, 0)
    elif any(told.has(number, each) for each in _item_kinds(kind)):
        news = {"encrypted_content": item["encrypted_content"]} if item.get("encrypted_content") else None
        say(columns, "annotation" if news else "empty", row, to_json_text(news or item), block=number)
    else:
        _whole_item(item, number, row, columns, is_new=not told.has_item(number))
    told.add_item(number)


def _late(said: dict[str, Json], kind: str, text: Json, number: Json, row: int, columns: Columns, told: _Told) -> None:
    """What is told whole at the end: the answer where no delta told it, else a repetition."""
    if type(text) is not str or not text or told.has(number, kind):
        say(columns, "empty", row, to_json_text(said), block=number)
        return
    told.add(number, kind)
    logprobs, name = said.get("logprobs"), said.get("name")
    rest = {key: value for key, value in said.items() if value is not text and key not in ("logprobs", "name")}
    say(
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
        say(columns, "logprobs", row, to_json_text(logprobs), block=number)


def _call(item: dict[str, Json], number: Json, row: int, columns: Columns, *, is_whole: bool) -> None:
    """A tool call; of one whose text comes in deltas, only what stands in it at the beginning."""
    kind = str(item.get("type"))
    field = _STREAMED_CALLS.get(kind)
    if field is not None:
        given = item.get(field)
        text = given if type(given) is str else "" if given is None else to_json_text(given)
        rest = rest_of(item, _CALL_FIELDS | {field})
    else:
        said = rest_of(item, _CALL_FIELDS)
        text, rest = (to_json_text(said), {}) if is_whole else ("", said)
    if kind != "function_call":
        rest["type"] = kind
    if item.get("call_id") and item.get("id") and (is_whole or field is None):
        rest["id"] = item["id"]
    say(
        columns,
        "tool_call",
        row,
        text,
        block=number,
        tool_call_id=item.get("call_id") or item.get("id"),
        tool_name=item.get("name") or kind.removesuffix("_call"),
        extra=to_json_text(rest) if rest else None,
    )


_PART_KINDS: Final = {
    "output_text": ("content", "text"),
    "text": ("content", "text"),
    "refusal": ("refusal", "refusal"),
    "summary_text": ("reasoning", "text"),
    "reasoning_text": ("reasoning", "text"),
}


def _part(part: Json, number: Json, row: int, columns: Columns, told: _Told | None = None) -> None:
    """A content part, whole or at its beginning."""
    if type(part) is not dict:
        odd(columns, row, "a content part", "an object", part, 0)
        return
    kind, field = _PART_KINDS.get(str(part.get("type")), ("annotation", ""))
    if not field:
        say(columns, kind, row, to_json_text(part), block=number)
        return
    logprobs, known = part.get("logprobs"), {"annotations", "logprobs"}
    has_text = say_text(columns, kind, row, part, field, known, block=number, logprob=joint_logprob(logprobs))
    if has_text and told is not None:
        told.add(number, kind)
    for note in items_in(columns, row, part.get("annotations"), "`annotations`"):
        _annotate(note, number, row, columns)
    if logprobs:
        say(columns, "logprobs", row, to_json_text(logprobs), block=number)


def _part_added(chunk: dict[str, Json], row: int, columns: Columns, told: _Told) -> None:
    _describe(chunk, row, columns, _DELTA | {"part"})
    _part(chunk.get("part"), chunk.get("output_index"), row, columns, told)


def _delta(kind: str) -> _Reader:
    def read(chunk: dict[str, Json], row: int, columns: Columns, told: _Told) -> None:
        _describe(chunk, row, columns)
        number, delta = chunk.get("output_index"), chunk.get("delta")
        if type(delta) is dict and type(delta.get("text")) is str:
            delta = delta["text"]
        logprobs = chunk.get("logprobs")
        if text := text_in(columns, row, delta, "`delta`"):
            say(columns, kind, row, text, block=number, logprob=joint_logprob(logprobs))
            told.add(number, kind)
        if logprobs:
            say(columns, "logprobs", row, to_json_text(logprobs), block=number)

    return read


def _text_done(kind: str, field: str) -> _Reader:
    def read(chunk: dict[str, Json], row: int, columns: Columns, told: _Told) -> None:
        _describe(chunk, row, columns, frozenset(chunk))
        _late(rest_of(chunk, _WHERE), kind, chunk.get(field), chunk.get("output_index"), row, columns, told)

    return read


def _part_done(chunk: dict[str, Json], row: int, columns: Columns, told: _Told) -> None:
    part = chunk.get("part")
    kind, _ = _PART_KINDS.get(str(part.get("type")) if type(part) is dict else "", ("", ""))
    if not kind or told.has(chunk.get("output_index"), kind):
        _repeated(chunk, row, columns, told)
    else:
        _part_added(chunk, row, columns, told)


def _annotation_added(chunk: dict[str, Json], row: int, columns: Columns, told: _Told) -> None:
    _describe(chunk, row, columns, _DELTA | {"annotation", "annotation_index"})
    _annotate(chunk.get("annotation"), chunk.get("output_index"), row, columns)


def _annotate(note: Json, number: Json, row: int, columns: Columns) -> None:
    is_citation = type(note) is dict and "citation" in str(note.get("type"))
    say(columns, "citation" if is_citation else "annotation", row, to_json_text(note), block=number)


def _aside(chunk: dict[str, Json], row: int, columns: Columns, told: _Told) -> None:
    """Images and sound in the making: data, no text of the answer."""
    _describe(chunk, row, columns, frozenset(chunk))
    say(columns, "annotation", row, to_json_text(rest_of(chunk, {"type"})), block=chunk.get("output_index"))


def _repeated(chunk: dict[str, Json], row: int, columns: Columns, told: _Told) -> None:
    """What deltas said already, whole."""
    _describe(chunk, row, columns, frozenset(chunk))
    said = rest_of(chunk, _WHERE)
    say(columns, "empty", row, to_json_text(said) if said else None, block=chunk.get("output_index"))


def _status(chunk: dict[str, Json], row: int, columns: Columns, told: _Told) -> None:
    _describe(chunk, row, columns)
    say(columns, "empty", row, choice=None, block=chunk.get("output_index"))


def _error(chunk: dict[str, Json], row: int, columns: Columns, told: _Told) -> None:
    _describe(chunk, row, columns, frozenset(chunk))
    say(columns, "error", row, to_json_text(rest_of(chunk, {"type", "sequence_number"})), choice=None)


def _unknown(chunk: dict[str, Json], row: int, columns: Columns, told: _Told) -> None:
    kind = chunk.get("type")
    describe(columns, row, n_choices=0, object=kind if type(kind) is str else None)
    say(columns, "unknown", row, to_json_text(chunk), choice=None)


_Reader: TypeAlias = Callable[[dict[str, Json], int, Columns, _Told], None]

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
