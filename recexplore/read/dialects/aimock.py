"""The answers in fixtures of aimock, whoever they were recorded from: aimock keeps them in a form of its own.

Takes responses of fixtures (`recexplore.read.envelopes.aimock`), gives events of choice 0: ``content``, ``reasoning``,
``toolCalls``, or ``blocks`` where their order matters. A stream is kept as what it adds up to, and its frames as empty
objects, which say nothing. Why an answer ended is missing where a fixture does not say: it ended, for only whole answers are
recorded. Source of the fields: ``FixtureFileResponse`` in
https://github.com/CopilotKit/aimock/blob/main/src/types.ts
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from recexplore.model.exchange import Exchange, Json
from recexplore.model.json_text import to_json_text
from recexplore.model.request_fields import RequestFields
from recexplore.model.traits import Trait
from recexplore.read.extract import emit
from recexplore.read.extract.dialect import Dialect
from recexplore.read.extract.emit import UsageFields, items_in, objects, other_fields, text_in
from recexplore.tables.builders import Columns

__all__ = ["DIALECT"]

USAGE: Final = UsageFields(
    prompt_includes_cached=True,
    completion_includes_reasoning=True,
    paths={
        "prompt": ((("prompt_tokens",),), (("input_tokens",),), (("promptTokenCount",),)),
        "completion": ((("completion_tokens",),), (("output_tokens",),), (("candidatesTokenCount",),)),
        "total": ((("total_tokens",),), (("totalTokenCount",),)),
        "cached": ((("prompt_tokens_details", "cached_tokens"),),),
        "cache_write": ((("prompt_tokens_details", "cache_write_tokens"),),),
        "reasoning": ((("completion_tokens_details", "reasoning_tokens"),),),
    },
)
"""Counts go by the names of the API that a fixture is made for."""

_RECORDER: Final = "aimock"
_SAID: Final = ("content", "toolCalls")
_ANSWER: Final = frozenset([*_SAID, "blocks", "reasoning"])
_BESIDE: Final = (
    "reasoningSignature",
    "redactedThinking",
    "webSearches",
    "embedding",
    "image",
    "images",
    "audio",
    "transcription",
    "video",
    "json",
    "live",
)
"""What no text of the answer is: seals of its reasoning, searches, and answers that are no text."""
_FACTS: Final = frozenset(["id", "model", "created", "systemFingerprint", "role", "finishReason", "usage", "error"])
_READ: Final = _ANSWER | _FACTS | frozenset(_BESIDE)
_CUSTOM: Final = ("custom", "customToolCall")
_CALLS: Final = (None, "function", "toolCall", *_CUSTOM)


def sniff(exchange: Exchange) -> float:
    """A response may hold nothing but ``content``: its recorder tells. Events, of which it keeps some too, have a type."""
    last = exchange.chunks[-1] if exchange.chunks else None
    return 1.0 if exchange.envelope == _RECORDER and isinstance(last, dict) and "type" not in last else 0.0


def extract(chunks: Sequence[Json], rows: Sequence[int], columns: Columns) -> None:
    for row, chunk in objects(chunks, rows, columns):
        is_answer = not _ANSWER.isdisjoint(chunk)
        known = _READ | {"status"} if type(chunk.get("status")) is int else _READ
        emit.chunk(
            columns,
            row,
            n_choices=int(is_answer),
            extra=other_fields(chunk, known),
            id=chunk.get("id"),
            model=chunk.get("model"),
            created=chunk.get("created"),
            fingerprint=chunk.get("systemFingerprint"),
        )
        if is_answer:
            _answer(chunk, row, columns)
        for name in _BESIDE:
            if chunk.get(name) is not None:
                text = to_json_text({name: chunk[name]})
                emit.event(columns, "annotation", row, text, choice=0 if is_answer else None)
        if chunk.get("error"):
            emit.event(columns, "error", row, to_json_text(chunk["error"]), choice=None)
        if is_answer or chunk.get("finishReason"):
            reason = text_in(columns, row, chunk.get("finishReason"), "`finishReason`")
            emit.event(columns, "finish", row, finish_reason=reason or None)
        emit.usage(columns, [row], [chunk.get("usage")], USAGE, "usage")


def _answer(chunk: dict[str, Json], row: int, columns: Columns) -> None:
    if role := text_in(columns, row, chunk.get("role"), "`role`"):
        emit.event(columns, "role", row, role)
    if text := text_in(columns, row, chunk.get("reasoning"), "`reasoning`"):
        emit.event(columns, "reasoning", row, text)
    if blocks := items_in(columns, row, chunk.get("blocks"), "`blocks`"):
        for block in blocks:
            _block(block, row, columns)
        # The blocks are what is sent; beside them the same stands once more, without their order.
        if again := {name: chunk[name] for name in _SAID if chunk.get(name)}:
            emit.event(columns, "empty", row, to_json_text(again))
        return
    content = chunk.get("content")
    # What has to be JSON may be written as the value itself.
    said = to_json_text(content) if type(content) in (dict, list) else text_in(columns, row, content, "`content`")
    if said:
        emit.event(columns, "content", row, said)
    for call in items_in(columns, row, chunk.get("toolCalls"), "`toolCalls`"):
        _call(call, row, columns, "`toolCalls`")


def _block(block: Json, row: int, columns: Columns) -> None:
    kind = block.get("type") if type(block) is dict else None
    if kind == "text":
        emit.text(columns, "content", row, block, "text")
    elif kind is None or kind in _CALLS:
        _call(block, row, columns, "`blocks`")
    else:
        emit.event(columns, "annotation", row, to_json_text(block))


def _call(call: Json, row: int, columns: Columns, what: str) -> None:
    if type(call) is not dict:
        emit.malformed(columns, row, what, "an object", call, 0)
        return
    kind = call.get("type")
    is_custom = kind in _CUSTOM
    field = "input" if is_custom else "arguments"
    given = call.get(field)
    rest = other_fields(call, {"name", "id", field} | ({"type"} if kind in _CALLS else set()))
    emit.event(
        columns,
        "tool_call",
        row,
        given if type(given) is str else "" if given is None else to_json_text(given),
        tool_call_id=call.get("id"),
        tool_name=call.get("name"),
        tool_type="custom" if is_custom else None,
        extra=to_json_text(rest) if rest else None,
    )


DIALECT: Final = Dialect(
    "aimock",
    "aimock's fixtures",
    sniff,
    extract,
    traits=frozenset({Trait.GENERATES, Trait.REPORTS_USAGE}),
    finish_reasons={
        "stop": "stop",
        "length": "length",
        "tool_calls": "tool",
        "function_call": "tool",
        "content_filter": "filter",
    },
    usage=USAGE,
    request=RequestFields(messages=("userMessage", "inputText"), model=("model",)),
)
