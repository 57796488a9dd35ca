"""Ollama's own ``/api/chat`` and ``/api/generate``, streamed and whole.

Takes responses with ``done`` and a ``message`` or a ``response``, gives events of choice 0. Source of the fields:
https://docs.ollama.com/api. The stamp that Ollama puts on every chunk is the recording's clock
(`recexplore.read.exchange.server_clock`); durations, which the last chunk reports in nanoseconds, go with its usage.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from recexplore.model.exchange import Exchange, Json
from recexplore.model.json_text import to_json_text
from recexplore.model.notes import Note
from recexplore.model.request_fields import RequestFields
from recexplore.model.traits import Trait
from recexplore.read.extract import emit
from recexplore.read.extract.dialect import Dialect
from recexplore.read.extract.emit import (
    UsageFields,
    confidence,
    is_index,
    is_stamp,
    items_in,
    joint_logprob,
    objects,
    other_fields,
    text_in,
)
from recexplore.tables.builders import Columns

__all__ = ["DIALECT"]

USAGE: Final = UsageFields(
    prompt_includes_cached=True,
    completion_includes_reasoning=True,
    paths={"prompt": ((("prompt_eval_count",),),), "completion": ((("eval_count",),),)},
)

_ENDPOINTS: Final = ("/api/chat", "/api/generate")
_REPORT: Final = frozenset(
    [
        "prompt_eval_count",
        "eval_count",
        "total_duration",
        "load_duration",
        "prompt_eval_duration",
        "eval_duration",
        "prompt_eval_rate",
        "eval_rate",
    ]
)
_CHUNK: Final = _REPORT | {
    "model",
    "created_at",
    "done",
    "done_reason",
    "logprobs",
    "message",
    "response",
    "thinking",
    "tool_calls",
    "error",
}
_MESSAGE: Final = frozenset(["role", "content", "thinking", "tool_calls"])


def sniff(exchange: Exchange) -> float:
    return confidence(exchange, _belongs, _ENDPOINTS)


def _belongs(chunk: dict[str, Json]) -> bool:
    # Google's operations are `done` too, with a `response` that is an object.
    return "done" in chunk and ("message" in chunk or ("response" in chunk and type(chunk["response"]) is not dict))


def extract(chunks: Sequence[Json], rows: Sequence[int], columns: Columns) -> None:
    for row, chunk in objects(chunks, rows, columns):
        extra = other_fields(chunk, _CHUNK)
        if not is_stamp(chunk.get("created_at")):
            extra |= other_fields({"created_at": chunk.get("created_at")}, set())
        emit.chunk(columns, row, n_choices=int(_belongs(chunk)), extra=extra, model=chunk.get("model"))
        message = chunk.get("message")
        if type(message) is dict:
            _message(message, "content", row, columns, chunk.get("logprobs"))
        elif message is not None:
            emit.malformed(columns, row, "`message`", "an object", message, 0)
        if "response" in chunk or "thinking" in chunk:
            said = {key: chunk.get(key) for key in ("response", "thinking", "tool_calls")}
            _message(said, "response", row, columns, chunk.get("logprobs"))
        if chunk.get("logprobs"):
            emit.event(columns, "logprobs", row, to_json_text(chunk["logprobs"]))
        if chunk.get("error"):
            emit.event(columns, "error", row, to_json_text(chunk["error"]), choice=None)
        reason = chunk.get("done_reason")
        if chunk.get("done"):
            emit.event(columns, "finish", row, finish_reason=reason if reason is None else str(reason))
        elif reason:
            # Only `done` says that an answer is done: without it clients wait on, or raise.
            emit.event(columns, "annotation", row, to_json_text({"done_reason": reason}), notes=Note.NOT_DONE)
        report = {key: value for key in sorted(_REPORT) if (value := chunk.get(key)) is not None}
        if "prompt_eval_count" in report or "eval_count" in report:
            emit.usage(columns, [row], [report], USAGE, "eval_count")
        elif report:
            emit.event(columns, "annotation", row, to_json_text(report), choice=None)


def _message(message: dict[str, Json], field: str, row: int, columns: Columns, logprobs: Json) -> None:
    if message.get("role"):
        emit.event(columns, "role", row, text_in(columns, row, message["role"], "`role`"))
    if text := text_in(columns, row, message.get("thinking"), "`thinking`"):
        emit.event(columns, "reasoning", row, text)
    if text := text_in(columns, row, message.get(field), f"`{field}`"):
        emit.event(columns, "content", row, text, logprob=joint_logprob(logprobs))
    for call in items_in(columns, row, message.get("tool_calls"), "`tool_calls`"):
        _call(call, row, columns)
    if rest := other_fields(message, _MESSAGE | {field}):
        emit.event(columns, "annotation", row, to_json_text(rest))


def _call(call: Json, row: int, columns: Columns) -> None:
    """A call comes whole; newer servers number it inside ``function``."""
    function = call.get("function") if type(call) is dict else None
    if type(function) is not dict:
        emit.malformed(columns, row, "`tool_calls`", "an object with `function`", call, 0)
        return
    given, index = function.get("arguments"), function.get("index")
    rest = other_fields(call, {"function", "id"}) | other_fields(function, {"name", "arguments", "index"})
    kind = rest.pop("type") if type(rest.get("type")) is str else "function"
    emit.event(
        columns,
        "tool_call",
        row,
        given if type(given) is str else to_json_text({} if given is None else given),
        tool_index=index if is_index(index) else None,
        tool_call_id=call.get("id"),
        tool_name=function.get("name"),
        tool_type=None if kind == "function" else kind,
        extra=to_json_text(rest) if rest else None,
    )


def _ends_answer(chunk: dict[str, Json]) -> bool:
    return chunk.get("done") is True


DIALECT: Final = Dialect(
    "ollama",
    "Ollama",
    sniff,
    extract,
    endpoints=_ENDPOINTS,
    traits=frozenset({Trait.GENERATES, Trait.LINES, Trait.REPORTS_USAGE, Trait.OPEN_FINISH, Trait.PROMPT_LESS_CACHE}),
    finish_reasons={"stop": "stop", "length": "length", "load": "other", "unload": "other"},
    usage=USAGE,
    request=RequestFields(
        settings=("options",),
        max_tokens=("num_predict",),
        stream=(("stream",),),
        json_format=(("format",),),
        json_schema=(("format",),),
        stop=("stop",),
        tools=(("tools",),),
        tool_wrappings=("function",),
        tool_schemas=("parameters",),
        reasoning=(("think",),),
        instructions=(("system",),),
        message_parts=(("thinking", "reasoning"), ("images", "image"), ("tool_calls", "tool_call")),
        images=("images",),
        messages=("messages", "prompt"),
        model=("model",),
        labels=("keep_alive",),
        conversation_ids=("id", "tool_call_id"),
    ),
    answer_fields=("done message model", "done response model", "done message created_at", "done response created_at"),
    ends_answer=_ends_answer,
    end_fields=frozenset(["done"]),
    stamps=("created_at",),
    local_ports={11434: "ollama"},
    local_paths=("/api/", "/v1/"),
)
