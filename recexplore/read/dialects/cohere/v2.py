"""Cohere's chat, version 2, streamed and whole, of Cohere and of the servers that speak it.

Takes the stream's events (``content-delta``, ``tool-call-start`` and so on) or a whole answer, gives events of choice 0.
Source of the fields: https://docs.cohere.com/reference/chat and https://docs.cohere.com/reference/chat-stream.

An event brings a part of the answer's message, wrapped in its ``delta``; the whole message is read by the same functions.
The content block an event belongs to is in ``block``, the number of a tool call in ``tool_index``. The tool plan is
reasoning.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from recexplore.model.exchange import Exchange, Json
from recexplore.model.json_text import to_json_text
from recexplore.model.notes import Note
from recexplore.model.request_fields import RequestFields
from recexplore.model.traits import Trait
from recexplore.read.dialects.cohere.errors import is_error, read_error, refusal_confidence, tell_error
from recexplore.read.dialects.cohere.usage import USAGE, read_usage
from recexplore.read.extract import emit
from recexplore.read.extract.dialect import Dialect
from recexplore.read.extract.emit import confidence, is_index, joint_logprob, objects, other_fields, text_in
from recexplore.tables.builders import Columns

__all__ = ["DIALECT"]

_ENDPOINTS: Final = ("/v2/chat",)
_CONTENT: Final = frozenset(["content-start", "content-delta", "content-end"])
_CALLS: Final = frozenset(["tool-call-start", "tool-call-delta"])
_EVENTS: Final = (
    _CONTENT | _CALLS | {"message-start", "tool-plan-delta", "tool-call-end", "citation-start", "citation-end"}
)
_CHUNK: Final = frozenset(["type", "id", "index", "delta", "logprobs", "prompt"])
_ANSWER: Final = frozenset(["message", "tool_call", "finish_reason", "usage", "error"])
"""What stands in the ``delta`` of an event, and in a whole answer; ``tool_call`` is where early streams had a call."""
_MESSAGE: Final = frozenset(["role", "content", "tool_plan", "tool_calls", "citations"])
_TEXTS: Final = frozenset(["text", "thinking"])


def sniff(exchange: Exchange) -> float:
    return confidence(exchange, _belongs, _ENDPOINTS) or refusal_confidence(exchange, _ENDPOINTS)


def _belongs(chunk: dict[str, Json]) -> bool:
    kind = chunk.get("type")
    if type(kind) is str:
        return (
            kind in _EVENTS or (kind == "message-end" and "delta" in chunk) or (kind == "debug" and "prompt" in chunk)
        )
    return _is_whole(chunk)


def _is_whole(chunk: dict[str, Json]) -> bool:
    # A choice of OpenAI's has a message and a finish reason, too, and a number.
    return chunk.keys() >= {"id", "message", "finish_reason"} and chunk.keys().isdisjoint(["type", "index"])


def extract(chunks: Sequence[Json], rows: Sequence[int], columns: Columns) -> None:
    for row, chunk in objects(chunks, rows, columns):
        if _belongs(chunk):
            _read(chunk, row, columns)
        elif is_error(chunk):
            read_error(chunk, row, columns)
        else:
            kind = chunk.get("type")
            emit.chunk(columns, row, n_choices=0, object=kind if type(kind) is str else None)
            emit.event(columns, "unknown", row, to_json_text(chunk), choice=None)


def _read(chunk: dict[str, Json], row: int, columns: Columns) -> None:
    """An event, or a whole answer: what an event says stands in its ``delta``."""
    kind, index, delta = chunk.get("type"), chunk.get("index"), chunk.get("delta")
    said = chunk if _is_whole(chunk) else delta if type(delta) is dict else {}
    if delta is not None and type(delta) is not dict:
        emit.malformed(columns, row, "`delta`", "an object", delta, 0)
    extra = other_fields(chunk, _CHUNK | (_ANSWER if said is chunk else frozenset()))
    if said is delta and (rest := other_fields(said, _ANSWER)):
        extra["delta"] = rest
    is_block = kind in _CONTENT and is_index(index)
    if index is not None and not is_block and kind not in _CALLS:
        extra["index"] = index
    emit.chunk(
        columns,
        row,
        n_choices=int(bool(said)),
        extra=extra,
        id=chunk.get("id"),
        object=kind,
        block=index if is_block else None,
    )
    _message(said, row, columns, index, chunk.get("logprobs"))
    if said.get("finish_reason"):
        reason = text_in(columns, row, said["finish_reason"], "`finish_reason`")
        emit.event(columns, "finish", row, finish_reason=reason)
    tell_error(said.get("error"), row, columns)
    read_usage(said.get("usage"), row, columns, "usage")
    if chunk.get("prompt"):
        emit.event(columns, "annotation", row, to_json_text({"prompt": chunk["prompt"]}), choice=None)


def _message(said: dict[str, Json], row: int, columns: Columns, index: Json, logprobs: Json) -> None:
    """The answer's message, or the part of it that an event brings."""
    message = said.get("message")
    if message is not None and type(message) is not dict:
        emit.malformed(columns, row, "`message`", "an object", message, 0)
    fields = message if type(message) is dict else {}
    if role := text_in(columns, row, fields.get("role"), "`role`"):
        emit.event(columns, "role", row, role)
    if plan := text_in(columns, row, fields.get("tool_plan"), "`tool_plan`"):
        emit.event(columns, "reasoning", row, plan)
    for number, part in _numbered(fields.get("content"), index):
        _part(part, number, row, columns, _logprob_of_chunk(logprobs))
    for field, holder in (("tool_calls", fields), ("tool_call", said)):
        for number, call in _numbered(holder.get(field), index):
            _call(call, number, row, columns)
    for _, citation in _numbered(fields.get("citations"), index):
        emit.event(columns, "citation", row, to_json_text(citation))
    if logprobs:
        emit.event(columns, "logprobs", row, to_json_text(logprobs))
    if rest := other_fields(fields, _MESSAGE):
        emit.event(columns, "annotation", row, to_json_text(rest))


def _numbered(value: Json, index: Json) -> Iterable[tuple[Json, Json]]:
    """An answer lists its parts; an event brings one, and says its number."""
    return enumerate(value) if type(value) is list else [] if value is None else [(index, value)]


def _logprob_of_chunk(logprobs: Json) -> float | None:
    """Of an event; a whole answer lists what all its pieces have."""
    values = logprobs.get("logprobs") if type(logprobs) is dict else None
    return joint_logprob([{"logprob": value} for value in values] if type(values) is list else None)


def _part(part: Json, number: Json, row: int, columns: Columns, logprob: float | None) -> None:
    if type(part) is not dict:
        emit.malformed(columns, row, "`content`", "an object", part, 0)
    elif "text" in part or "thinking" in part:
        for field, kind in (("thinking", "reasoning"), ("text", "content")):
            if field in part:
                emit.text(columns, kind, row, part, field, _TEXTS, block=number, logprob=logprob)
    elif other_fields(part, {"type"}):
        emit.event(columns, "annotation", row, to_json_text(part), block=number)


def _call(call: Json, number: Json, row: int, columns: Columns) -> None:
    function = call.get("function") if type(call) is dict else None
    if type(function) is not dict:
        emit.malformed(columns, row, "`tool_calls`", "an object with `function`", call, 0)
        return
    given, kind = function.get("arguments"), call.get("type")
    rest = other_fields(call, {"id", "type", "function"}) | other_fields(function, {"name", "arguments"})
    note = None if is_index(number) else Note.MISSING_CALL_INDEX if number is None else Note.ODD_CALL_INDEX
    if note is Note.ODD_CALL_INDEX:
        rest["index"] = number
    emit.event(
        columns,
        "tool_call",
        row,
        given if type(given) is str else "" if given is None else to_json_text(given),
        tool_index=number if note is None else None,
        tool_call_id=call.get("id"),
        tool_name=function.get("name"),
        tool_type=None if kind == "function" else kind,
        notes=note,
        extra=to_json_text(rest) if rest else None,
    )


def _ends_answer(chunk: dict[str, Json]) -> bool:
    return chunk.get("type") == "message-end" or _is_whole(chunk)


DIALECT: Final = Dialect(
    "cohere_v2",
    "Cohere chat v2",
    sniff,
    extract,
    endpoints=_ENDPOINTS,
    traits=frozenset(
        {
            Trait.GENERATES,
            Trait.ONE_ID,
            Trait.REPORTS_USAGE,
            Trait.CALL_IDS,
            Trait.CALL_INDICES,
            Trait.CALLS_FINISH,
            Trait.NAMED_EVENTS,
        }
    ),
    finish_reasons={
        "COMPLETE": "stop",
        "STOP_SEQUENCE": "sequence",
        "MAX_TOKENS": "length",
        "TOOL_CALL": "tool",
        "ERROR": "failed",
        "TIMEOUT": "failed",
    },
    usage=USAGE,
    request=RequestFields(
        max_tokens=("max_tokens",),
        stop=("stop_sequences",),
        logprobs=("logprobs",),
        stream=(("stream",),),
        tool_choice=(("tool_choice",),),
        response_format=(("response_format",),),
        json_schema=(("response_format", "json_schema"), ("response_format", "schema")),
        tools=(("tools",),),
        tool_wrappings=("function",),
        tool_schemas=("parameters",),
        parts=(("text", "text"), ("thinking", "reasoning"), ("image_url", "image"), ("document", "tool_result")),
        message_parts=(("tool_plan", "reasoning"), ("tool_calls", "tool_call")),
        messages=("messages",),
        model=("model",),
        conversation_ids=("id", "tool_call_id"),
    ),
    answer_fields=(
        "type delta.message",
        "type index delta",
        "id message.content finish_reason",
        "id message.tool_calls finish_reason",
    ),
    ends_answer=_ends_answer,
    end_fields=frozenset(["finish_reason", "type"]),
)
