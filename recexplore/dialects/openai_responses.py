"""OpenAI Responses, streamed and whole, of every server that speaks it.

Takes the stream's events (``response.output_text.delta`` and so on) or a whole response, gives events of choice 0; the
output item an event belongs to is in ``block``. Source of the fields:
https://platform.openai.com/docs/api-reference/responses-streaming

A stream tells everything twice: in deltas, and again whole in ``….done``, ``output_item.done`` and
``response.completed``. The deltas are the answer; what repeats them is an ``annotation`` with its JSON, so that the two
can be compared. The exception are tools of the server's own (web search, file search, computers …), whose calls have no
deltas: theirs is the finished item.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from recexplore.columns import Columns
from recexplore.decoding import to_json_text
from recexplore.dialect_rows import (
    UsageFields,
    describe,
    objects,
    odd,
    read_usage,
    rest_of,
    say,
    share,
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

_ENDPOINT: Final = "/responses"
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
_ENDED: Final = frozenset(["completed", "incomplete", "failed", "cancelled"])
_STATUS: Final = (
    ".in_progress",
    ".completed",
    ".searching",
    ".interpreting",
    ".generating",
    ".failed",
    ".queued",
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
    belonging = share(exchange.chunks, _belongs)
    if belonging:
        return belonging
    asked = (exchange.endpoint or "").endswith(_ENDPOINT)
    return 0.6 if asked and share(exchange.chunks, lambda chunk: "error" in chunk) else 0.0


def _belongs(chunk: dict[str, Json]) -> bool:
    kind = chunk.get("type")
    if type(kind) is str and kind.startswith("response."):
        return True
    return chunk.get("object") == "response" or (kind == "error" and "sequence_number" in chunk)


def extract(chunks: Sequence[Json], rows: Sequence[int], columns: Columns) -> None:
    for row, chunk in objects(chunks, rows, columns):
        kind = chunk.get("type")
        if chunk.get("object") == "response":
            _whole(chunk, row, columns)
        elif type(kind) is str:
            reader = READERS.get(kind)
            if reader is None:
                reader = _repeated if kind.endswith(".done") else _status if kind.endswith(_STATUS) else _unknown
            reader(chunk, row, columns)
        elif chunk.get("error"):
            describe(columns, row, n_choices=0)
            say(columns, "error", row, to_json_text(chunk["error"]), choice=None)
        else:
            _unknown(chunk, row, columns)


def _describe(chunk: dict[str, Json], row: int, columns: Columns, known: frozenset[str] = _DELTA) -> None:
    describe(
        columns,
        row,
        n_choices=int("output_index" in chunk),
        extra=rest_of(chunk, known),
        object=chunk.get("type"),
        obfuscation=chunk.get("obfuscation"),
    )


def _lifecycle(chunk: dict[str, Json], row: int, columns: Columns) -> None:
    """``response.created`` to ``response.completed``: facts, and at the end how it ended and what it cost."""
    response = chunk.get("response")
    if type(response) is not dict:
        _describe(chunk, row, columns)
        odd(columns, row, f"`response` of {chunk['type']}", "an object", response)
        return
    _response_facts(response, row, columns, kind=chunk["type"], beside=rest_of(chunk, {"type", "response"}))
    status = response.get("status") or chunk["type"].rpartition(".")[2]
    if status in _ENDED:
        _ending(response, status, row, columns)
    else:
        say(columns, "empty", row, choice=None)


def _response_facts(
    response: dict[str, Json], row: int, columns: Columns, *, kind: Json, beside: dict[str, Json]
) -> None:
    rest = rest_of(response, _FACTS)
    # What is told in deltas is told here again: kept beside the chunk, not as the answer.
    if beside and response.get("output"):
        rest["output"] = response["output"]
    created = response.get("created_at")
    describe(
        columns,
        row,
        n_choices=int(not beside),
        extra={**beside, "response": rest} if beside else rest,
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
    if response.get("error"):
        say(columns, "error", row, to_json_text(response["error"]), choice=None)
    read_usage(columns, [row], [response.get("usage")], USAGE, "usage")


def _whole(response: dict[str, Json], row: int, columns: Columns) -> None:
    """An answer that was not streamed."""
    _response_facts(response, row, columns, kind=response.get("object"), beside={})
    output = response.get("output") or []
    if type(output) is list:
        for number, item in enumerate(output):
            _whole_item(item, number, row, columns)
    else:
        odd(columns, row, "`output`", "a list", output, 0)
    _ending(response, str(response.get("status") or "completed"), row, columns)


def _whole_item(item: Json, number: int, row: int, columns: Columns) -> None:
    if type(item) is not dict:
        odd(columns, row, "an output item", "an object", item, 0)
        return
    kind = item.get("type")
    if kind == "message":
        if item.get("role"):
            say(columns, "role", row, text_in(columns, row, item["role"], "`role`"), block=number)
        for part in item.get("content") or []:
            _part(part, number, row, columns)
    elif kind == "reasoning":
        for part in (*(item.get("summary") or []), *(item.get("content") or [])):
            _part(part, number, row, columns)
        if item.get("encrypted_content"):
            say(
                columns, "annotation", row, to_json_text({"encrypted_content": item["encrypted_content"]}), block=number
            )
    elif str(kind).endswith("_call"):
        _call(item, number, row, columns, is_whole=True)
    else:
        say(columns, "annotation", row, to_json_text(item), block=number)


def _item_added(chunk: dict[str, Json], row: int, columns: Columns) -> None:
    _describe(chunk, row, columns, _DELTA | {"item"})
    item, number = chunk.get("item"), chunk.get("output_index")
    if type(item) is not dict:
        odd(columns, row, "`item`", "an object", item, 0)
    elif item.get("type") == "message":
        if item.get("role"):
            say(columns, "role", row, text_in(columns, row, item["role"], "`role`"), block=number)
        for part in item.get("content") or []:
            _part(part, number, row, columns)
    elif str(item.get("type")).endswith("_call"):
        _call(item, number, row, columns, is_whole=False)
    else:
        say(columns, "annotation", row, to_json_text(item), block=number)


def _item_done(chunk: dict[str, Json], row: int, columns: Columns) -> None:
    _describe(chunk, row, columns, _DELTA | {"item"})
    item, number = chunk.get("item"), chunk.get("output_index")
    kind = str(item.get("type")) if type(item) is dict else ""
    if type(item) is dict and kind.endswith("_call") and kind not in _STREAMED_CALLS:
        _call(item, number, row, columns, is_whole=True)
    else:
        say(columns, "annotation", row, to_json_text(item), block=number)


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
        text, rest = to_json_text(said) if is_whole else "", {}
    if kind != "function_call":
        rest["type"] = kind
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


def _part(part: Json, number: Json, row: int, columns: Columns) -> None:
    """A content part, whole or at its beginning."""
    if type(part) is not dict:
        odd(columns, row, "a content part", "an object", part, 0)
        return
    kind, field = _PART_KINDS.get(str(part.get("type")), ("annotation", ""))
    if not field:
        say(columns, kind, row, to_json_text(part), block=number)
        return
    logprobs = part.get("logprobs")
    if text := text_in(columns, row, part.get(field), f"`{field}`"):
        say(columns, kind, row, text, block=number, logprob=_joint_logprob(logprobs))
    for note in part.get("annotations") or []:
        _annotate(note, number, row, columns)
    if logprobs:
        say(columns, "logprobs", row, to_json_text(logprobs), block=number)


def _part_added(chunk: dict[str, Json], row: int, columns: Columns) -> None:
    _describe(chunk, row, columns, _DELTA | {"part"})
    _part(chunk.get("part"), chunk.get("output_index"), row, columns)


def _delta(kind: str) -> _Reader:
    def read(chunk: dict[str, Json], row: int, columns: Columns) -> None:
        _describe(chunk, row, columns)
        number, delta = chunk.get("output_index"), chunk.get("delta")
        if type(delta) is dict and type(delta.get("text")) is str:
            delta = delta["text"]
        logprobs = chunk.get("logprobs")
        if text := text_in(columns, row, delta, "`delta`"):
            say(columns, kind, row, text, block=number, logprob=_joint_logprob(logprobs))
        if logprobs:
            say(columns, "logprobs", row, to_json_text(logprobs), block=number)

    return read


def _joint_logprob(logprobs: Json) -> float | None:
    """Log probability of the text: the sum over its tokens."""
    if not logprobs or type(logprobs) is not list:
        return None
    values = [token.get("logprob") if type(token) is dict else None for token in logprobs]
    numbers = [float(value) for value in values if isinstance(value, int | float)]
    return sum(numbers) if len(numbers) == len(values) else None


def _annotation_added(chunk: dict[str, Json], row: int, columns: Columns) -> None:
    _describe(chunk, row, columns, _DELTA | {"annotation", "annotation_index"})
    _annotate(chunk.get("annotation"), chunk.get("output_index"), row, columns)


def _annotate(note: Json, number: Json, row: int, columns: Columns) -> None:
    is_citation = type(note) is dict and "citation" in str(note.get("type"))
    say(columns, "citation" if is_citation else "annotation", row, to_json_text(note), block=number)


def _aside(chunk: dict[str, Json], row: int, columns: Columns) -> None:
    """Images and sound in the making: data, no text of the answer."""
    _describe(chunk, row, columns, frozenset(chunk))
    say(columns, "annotation", row, to_json_text(rest_of(chunk, {"type"})), block=chunk.get("output_index"))


def _repeated(chunk: dict[str, Json], row: int, columns: Columns) -> None:
    """What deltas said already, whole."""
    where = {"type", "item_id", "output_index", "content_index", "summary_index", "sequence_number"}
    _describe(chunk, row, columns, frozenset(chunk))
    said = rest_of(chunk, where)
    if said:
        say(columns, "annotation", row, to_json_text(said), block=chunk.get("output_index"))
    else:
        say(columns, "empty", row, choice=None, block=chunk.get("output_index"))


def _status(chunk: dict[str, Json], row: int, columns: Columns) -> None:
    _describe(chunk, row, columns)
    say(columns, "empty", row, choice=None, block=chunk.get("output_index"))


def _error(chunk: dict[str, Json], row: int, columns: Columns) -> None:
    _describe(chunk, row, columns, frozenset(chunk))
    say(columns, "error", row, to_json_text(rest_of(chunk, {"type", "sequence_number"})), choice=None)


def _unknown(chunk: dict[str, Json], row: int, columns: Columns) -> None:
    kind = chunk.get("type")
    describe(columns, row, n_choices=0, object=kind if type(kind) is str else None)
    say(columns, "unknown", row, to_json_text(chunk), choice=None)


_Reader: TypeAlias = Callable[[dict[str, Json], int, Columns], None]

_DELTAS: Final = {
    "content": ("output_text", "audio.transcript"),
    "refusal": ("refusal",),
    "reasoning": ("reasoning_text", "reasoning_summary_text", "reasoning", "reasoning_summary"),
    "tool_call": (
        "function_call_arguments",
        "custom_tool_call_input",
        "mcp_call_arguments",
        "mcp_call.arguments",
        "code_interpreter_call_code",
        "code_interpreter_call.code",
    ),
}

READERS: Final[dict[str, Any]] = {
    **{f"response.{state}": _lifecycle for state in ("created", "queued", "in_progress", *sorted(_ENDED))},
    **{f"response.{name}.delta": _delta(kind) for kind, names in _DELTAS.items() for name in names},
    "response.output_item.added": _item_added,
    "response.output_item.done": _item_done,
    "response.content_part.added": _part_added,
    "response.reasoning_summary_part.added": _part_added,
    "response.output_text.annotation.added": _annotation_added,
    "response.output_text_annotation.added": _annotation_added,
    "response.audio.delta": _aside,
    "response.image_generation_call.partial_image": _aside,
    "error": _error,
}
