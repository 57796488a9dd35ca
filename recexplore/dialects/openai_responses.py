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

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, TypeAlias

from recexplore.columns import Columns
from recexplore.decoding import to_json_text
from recexplore.dialect_rows import (
    UsageFields,
    describe,
    how_sure,
    is_index,
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


_TextKey: TypeAlias = tuple[int | None, str, Json]
"""The number of an item, the name of a list of its parts, and the place in that."""


class _Told:
    """What of the answer the current stream has told: which parts of which items, by their numbers."""

    def __init__(self) -> None:
        self._said: set[tuple[int, str, int]] = set()
        self._numbers: dict[str, int] = {}
        self._items: set[int] = set()

    def forget(self) -> None:
        """Another stream begins."""
        self.__init__()  # type: ignore[misc]

    def number(self, index: Json, item_id: Json) -> int | None:
        """The number of an item: as the server says, else by its id, as some servers leave the number out."""
        name = item_id if type(item_id) is str else None
        if is_index(index):
            number = int(index)
        elif name is None:
            return None
        else:
            number = self._numbers.get(name, len(self._numbers))
        if name is not None:
            self._numbers.setdefault(name, number)
        return number

    def knows(self, item_id: Json) -> bool:
        """Whether the stream has spoken of an item by this id."""
        return type(item_id) is str and item_id in self._numbers

    def add(self, number: int | None, part: str, place: Json = 0) -> None:
        if number is not None:
            self._said.add((number, part, place if type(place) is int else 0))
            self._items.add(number)

    def add_item(self, number: int | None) -> None:
        if number is not None:
            self._items.add(number)

    def has(self, number: int | None, part: str, place: Json = 0) -> bool:
        return (number, part, place if type(place) is int else 0) in self._said

    def has_item(self, number: int | None) -> bool:
        return number in self._items


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
    for place, item in enumerate(output if type(output) is list else ()):
        item_id = item.get("id") if type(item) is dict else None
        number = told.number(None, item_id) if told.knows(item_id) else place
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


_ITEM_PARTS: Final = {"message": ("content",), "reasoning": ("summary", "content")}
"""The lists of parts that an item has."""


def _whole_item(item: Json, number: int | None, row: int, columns: Columns) -> None:
    """An item of which nothing was told before."""
    if type(item) is not dict:
        odd(columns, row, "an output item", "an object", item, 0)
        return
    kind = str(item.get("type"))
    if kind in _ITEM_PARTS:
        _item_itself(item, number, row, columns)
        for field, place, part in _parts_of(item, row, columns):
            _part(part, number, row, columns, _Told(), field, place)
    elif kind.endswith("_call"):
        _call(item, number, row, columns, is_whole=True)
    else:
        say(columns, "annotation", row, to_json_text(item), block=number)


def _item_itself(item: dict[str, Json], number: int | None, row: int, columns: Columns) -> None:
    """What an item says beside its parts."""
    if item["type"] == "message":
        say_text(columns, "role", row, item, "role", {"content", "status"}, block=number)
    elif rest := rest_of(item, {"type", "summary", "content", "status"}):
        say(columns, "annotation", row, to_json_text(rest), block=number)


def _parts_of(item: dict[str, Json], row: int, columns: Columns) -> Iterator[tuple[str, int, Json]]:
    for field in _ITEM_PARTS[item["type"]]:
        for place, part in enumerate(items_in(columns, row, item.get(field), f"`{field}` of an item")):
            yield field, place, part


def _number(chunk: dict[str, Json], told: _Told) -> int | None:
    """The number of the item that an event is about."""
    item = chunk.get("item")
    item_id = item.get("id") if type(item) is dict else chunk.get("item_id")
    return told.number(chunk.get("output_index"), item_id)


def _item_added(chunk: dict[str, Json], row: int, columns: Columns, told: _Told) -> None:
    _describe(chunk, row, columns, _DELTA | {"item"})
    item, number = chunk.get("item"), _number(chunk, told)
    told.add_item(number)
    if type(item) is not dict:
        odd(columns, row, "`item`", "an object", item, 0)
        return
    kind = str(item.get("type"))
    if kind == "message":
        _item_itself(item, number, row, columns)
        for field, place, part in _parts_of(item, row, columns):
            _part(part, number, row, columns, told, field, place)
    elif kind.endswith("_call"):
        _call(item, number, row, columns, is_whole=False)
        if item.get(_STREAMED_CALLS.get(kind, "")):
            told.add(number, "tool_call")
    else:
        say(columns, "empty", row, to_json_text(item), block=number)


def _item_done(chunk: dict[str, Json], row: int, columns: Columns, told: _Told) -> None:
    """An item, whole: what deltas told of it is a repetition, what they did not is told now."""
    _describe(chunk, row, columns, _DELTA | {"item"})
    item, number = chunk.get("item"), _number(chunk, told)
    kind = str(item.get("type")) if type(item) is dict else ""
    if type(item) is not dict:
        odd(columns, row, "`item`", "an object", item, 0)
    elif kind in _ITEM_PARTS:
        _untold_parts(item, number, row, columns, told)
    elif told.has(number, "tool_call"):
        say(columns, "empty", row, to_json_text(item), block=number)
    else:
        _whole_item(item, number, row, columns)
    told.add_item(number)


def _untold_parts(item: dict[str, Json], number: int | None, row: int, columns: Columns, told: _Told) -> None:
    is_new = not told.has_item(number)
    if is_new or item.get("encrypted_content"):
        _item_itself(item, number, row, columns)
    untold = [
        (field, place, part)
        for field, place, part in _parts_of(item, row, columns)
        if not told.has(number, _part_name(part, field), place)
    ]
    for field, place, part in untold:
        _part(part, number, row, columns, told, field, place)
    if not is_new:
        say(columns, "empty", row, to_json_text(item), block=number)


def _late(
    said: dict[str, Json],
    kind: str,
    text: Json,
    told_as: _TextKey,
    row: int,
    columns: Columns,
    told: _Told,
) -> None:
    """What is told whole at the end: the answer where no delta told it, else a repetition."""
    number = told_as[0]
    if type(text) is not str or not text or told.has(*told_as):
        say(columns, "empty", row, to_json_text(said), block=number)
        return
    told.add(*told_as)
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


def _call(item: dict[str, Json], number: int | None, row: int, columns: Columns, *, is_whole: bool) -> None:
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


def _part_name(part: Json, field: str) -> str:
    """Under which name a part is told: text and refusal are counted together, a summary apart."""
    kind = _PART_KINDS.get(str(part.get("type")) if type(part) is dict else "", ("", ""))[0]
    return f"{kind} in {field}" if kind else ""


def _place_in(chunk: dict[str, Json]) -> tuple[str, Json]:
    """In which list of its item an event's part is, and where."""
    if "summary_index" in chunk:
        return "summary", chunk["summary_index"]
    return "content", chunk.get("content_index")


def _part(part: Json, number: int | None, row: int, columns: Columns, told: _Told, field: str, place: Json) -> None:
    """A content part, whole or at its beginning."""
    if type(part) is not dict:
        odd(columns, row, "a content part", "an object", part, 0)
        return
    kind, holder = _PART_KINDS.get(str(part.get("type")), ("annotation", ""))
    if not holder:
        say(columns, kind, row, to_json_text(part), block=number)
        return
    logprobs, known = part.get("logprobs"), {"annotations", "logprobs"}
    if say_text(columns, kind, row, part, holder, known, block=number, logprob=joint_logprob(logprobs)):
        told.add(number, _part_name(part, field), place)
    for note in items_in(columns, row, part.get("annotations"), "`annotations`"):
        _annotate(note, number, row, columns)
    if logprobs:
        say(columns, "logprobs", row, to_json_text(logprobs), block=number)


def _part_added(chunk: dict[str, Json], row: int, columns: Columns, told: _Told) -> None:
    _describe(chunk, row, columns, _DELTA | {"part"})
    _part(chunk.get("part"), _number(chunk, told), row, columns, told, *_place_in(chunk))


def _told_as(chunk: dict[str, Json], kind: str, told: _Told) -> _TextKey:
    """Under which key the text of an event is told."""
    if kind == "tool_call":
        return _number(chunk, told), kind, 0
    field, place = _place_in(chunk)
    return _number(chunk, told), f"{kind} in {field}", place


def _delta(kind: str) -> _Reader:
    def read(chunk: dict[str, Json], row: int, columns: Columns, told: _Told) -> None:
        _describe(chunk, row, columns)
        told_as, delta = _told_as(chunk, kind, told), chunk.get("delta")
        if type(delta) is dict and type(delta.get("text")) is str:
            delta = delta["text"]
        logprobs = chunk.get("logprobs")
        if text := text_in(columns, row, delta, "`delta`"):
            say(columns, kind, row, text, block=told_as[0], logprob=joint_logprob(logprobs))
            told.add(*told_as)
        if logprobs:
            say(columns, "logprobs", row, to_json_text(logprobs), block=told_as[0])

    return read


def _text_done(kind: str, field: str) -> _Reader:
    def read(chunk: dict[str, Json], row: int, columns: Columns, told: _Told) -> None:
        _describe(chunk, row, columns, frozenset(chunk))
        _late(rest_of(chunk, _WHERE), kind, chunk.get(field), _told_as(chunk, kind, told), row, columns, told)

    return read


def _part_done(chunk: dict[str, Json], row: int, columns: Columns, told: _Told) -> None:
    field, place = _place_in(chunk)
    name = _part_name(chunk.get("part"), field)
    if not name or told.has(_number(chunk, told), name, place):
        _repeated(chunk, row, columns, told)
    else:
        _part_added(chunk, row, columns, told)


def _annotation_added(chunk: dict[str, Json], row: int, columns: Columns, told: _Told) -> None:
    _describe(chunk, row, columns, _DELTA | {"annotation", "annotation_index"})
    _annotate(chunk.get("annotation"), _number(chunk, told), row, columns)


def _annotate(note: Json, number: int | None, row: int, columns: Columns) -> None:
    is_citation = type(note) is dict and "citation" in str(note.get("type"))
    say(columns, "citation" if is_citation else "annotation", row, to_json_text(note), block=number)


def _aside(chunk: dict[str, Json], row: int, columns: Columns, told: _Told) -> None:
    """Images and sound in the making: data, no text of the answer."""
    _describe(chunk, row, columns, frozenset(chunk))
    say(columns, "annotation", row, to_json_text(rest_of(chunk, {"type"})), block=_number(chunk, told))


def _repeated(chunk: dict[str, Json], row: int, columns: Columns, told: _Told) -> None:
    """What deltas said already, whole."""
    _describe(chunk, row, columns, frozenset(chunk))
    said = rest_of(chunk, _WHERE)
    say(columns, "empty", row, to_json_text(said) if said else None, block=_number(chunk, told))


def _status(chunk: dict[str, Json], row: int, columns: Columns, told: _Told) -> None:
    _describe(chunk, row, columns)
    say(columns, "empty", row, choice=None, block=_number(chunk, told))


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
