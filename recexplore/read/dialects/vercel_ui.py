"""The UI message stream of Vercel's AI SDK from version 5 on: https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol

Takes events with a ``type`` such as ``text-delta``, gives events of choice 0. Texts, thoughts and tool calls are told apart
by their ids, and numbered in ``block``. Version 4 had lines of another form, the dialect ``vercel_data``.

A call is told in deltas of its input, and again whole when that is available: what deltas told already is an ``empty`` event
with its JSON. What servers say of a message in ``messageMetadata`` is theirs to name; usage is read where it has the SDK's
own fields.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from recexplore.model.exchange import Exchange, Json
from recexplore.model.json_text import to_json_text
from recexplore.model.request_fields import RequestFields
from recexplore.model.traits import Trait
from recexplore.read.extract import emit
from recexplore.read.extract.dialect import Dialect
from recexplore.read.extract.emit import UsageFields, other_fields, share, text_in
from recexplore.read.extract.parts import Parts, by_stream
from recexplore.tables.builders import Columns

__all__ = ["DIALECT"]

USAGE: Final = UsageFields(
    prompt_includes_cached=True,
    completion_includes_reasoning=True,
    paths={
        "prompt": ((("inputTokens",),),),
        "completion": ((("outputTokens",),),),
        "total": ((("totalTokens",),),),
        "cached": ((("inputTokenDetails", "cacheReadTokens"),), (("cachedInputTokens",),)),
        "cache_write": ((("inputTokenDetails", "cacheWriteTokens"),),),
        "reasoning": ((("outputTokenDetails", "reasoningTokens"),), (("reasoningTokens",),)),
    },
)

_DATA: Final = "data-"
_COUNTS: Final = frozenset(path[0] for alternatives in USAGE.paths.values() for (path,) in alternatives)
_REPORTS: Final = ("usage", "totalUsage")
_NEEDED: Final = {"error": "errorText", "file": "mediaType", "custom": "kind"}
"""A field that these events have and that others' of the same type lack."""
_BARE: Final = frozenset(["type", "messageId", "messageMetadata", "finishReason", "reason"])
"""All that an event may have whose type says little."""


class _Message:
    """What a stream has told of its message."""

    def __init__(self) -> None:
        self.parts = Parts()
        self.told: set[Json] = set()
        """Calls whose input came in deltas."""


def sniff(exchange: Exchange) -> float:
    return share(exchange.chunks, _belongs)


def _belongs(chunk: dict[str, Json]) -> bool:
    kind = chunk.get("type")
    if type(kind) is not str:
        return False
    if kind.startswith(_DATA):
        return "data" in chunk
    if kind in ("start", "finish", "abort"):
        return chunk.keys() <= _BARE
    return kind in READERS and _NEEDED.get(kind, "type") in chunk


def extract(chunks: Sequence[Json], rows: Sequence[int], columns: Columns) -> None:
    for row, chunk, message in by_stream(chunks, rows, columns, _Message):
        kind = chunk.get("type")
        if type(kind) is str and (kind in READERS or kind.startswith(_DATA)):
            READERS.get(kind, _aside(0))(chunk, row, columns, message)
        else:
            emit.chunk(columns, row, n_choices=0, object=kind if type(kind) is str else None)
            emit.event(columns, "unknown", row, to_json_text(chunk), choice=None)


def _describe(
    chunk: dict[str, Json], row: int, columns: Columns, read: set[str], *, n_choices: int = 0, **cells: Any
) -> None:
    rest = other_fields(chunk, read | {"type"})
    emit.chunk(columns, row, n_choices=n_choices, extra=rest, object=chunk["type"], **cells)


def _text(kind: str) -> _Reader:
    """A part of text: its start, a piece of it, or its end."""

    def read(chunk: dict[str, Json], row: int, columns: Columns, message: _Message) -> None:
        name = chunk.get("id")
        block = (message.parts.begin if chunk["type"].endswith("-start") else message.parts.number)(name)
        _describe(chunk, row, columns, {"id", "delta"}, n_choices=1, item_id=name, block=block)
        if text := text_in(columns, row, chunk.get("delta"), "`delta`"):
            emit.event(columns, kind, row, text, block=block)

    return read


def _call(chunk: dict[str, Json], row: int, columns: Columns, message: _Message) -> None:
    """A call: its name, a piece of its input, or all of it."""
    name, given = chunk.get("toolCallId"), chunk.get("input")
    block = message.parts.number(name)
    _describe(chunk, row, columns, set(chunk), n_choices=1, item_id=name, block=block)
    rest = other_fields(chunk, {"type", "toolCallId", "toolName", "inputTextDelta", "input", "errorText"})
    text = text_in(columns, row, chunk.get("inputTextDelta"), "`inputTextDelta`")
    is_told = type(name) is str and name in message.told
    if text and type(name) is str:
        message.told.add(name)
    if is_told and "input" in chunk:
        emit.event(columns, "empty", row, to_json_text(other_fields(chunk, {"type", "toolCallId"})), block=block)
    else:
        emit.event(
            columns,
            "tool_call",
            row,
            text or (given if type(given) is str else "" if given is None else to_json_text(given)),
            block=block,
            tool_call_id=name,
            tool_name=chunk.get("toolName"),
            tool_type=_call_type(chunk),
            extra=to_json_text(rest) if rest else None,
        )
    if chunk.get("errorText") is not None:
        emit.event(columns, "annotation", row, to_json_text({"errorText": chunk["errorText"]}), block=block)


def _call_type(chunk: dict[str, Json]) -> str | None:
    """The provider's own tools are run by it; the input of a custom tool is text."""
    if chunk.get("providerExecuted") is True:
        return "providerExecuted"
    return "custom" if chunk.get("inputEncoding") == "text" else None


def _aside(choice: int | None, kind: str = "annotation") -> _Reader:
    """What stands beside the answer, with all its fields."""

    def read(chunk: dict[str, Json], row: int, columns: Columns, message: _Message) -> None:
        name = chunk.get("toolCallId")
        block = message.parts.number(name)
        _describe(chunk, row, columns, set(chunk), item_id=name, block=block)
        # The type of an application's own data is its name.
        rest = chunk if chunk["type"].startswith(_DATA) else other_fields(chunk, {"type"})
        emit.event(columns, kind, row, to_json_text(rest), choice=choice, block=block)

    return read


def _state(chunk: dict[str, Json], row: int, columns: Columns, message: _Message) -> None:
    """Where a message or a step begins or ends, and what its server says of it."""
    said = chunk.get("messageMetadata")
    model = said.get("model") if type(said) is dict else None
    is_end = chunk["type"] in ("finish", "abort")
    _describe(
        chunk,
        row,
        columns,
        {"messageId", "messageMetadata"} | ({"finishReason", "reason"} if is_end else set()),
        n_choices=int(is_end),
        id=chunk.get("messageId"),
        model=model if type(model) is str else None,
    )
    if is_end:
        reason = text_in(columns, row, chunk.get("finishReason"), "`finishReason`")
        # A message that was aborted has no finish reason, but may say why it was.
        beside = other_fields({"reason": chunk.get("reason")}, set())
        extra = to_json_text(beside) if beside else None
        emit.event(columns, "finish", row, finish_reason=reason or None, extra=extra)
    _metadata(said, row, columns)


def _metadata(said: Json, row: int, columns: Columns) -> None:
    if type(said) is dict:
        name = next((name for name in _REPORTS if type(said.get(name)) is dict), "")
        report = said[name] if name else {key: said[key] for key in _COUNTS & said.keys()}
        emit.usage(columns, [row], [report], USAGE, f"messageMetadata.{name}".rstrip("."))
        said = other_fields(said, {name} if name else report.keys())
    if said:
        emit.event(columns, "annotation", row, to_json_text({"messageMetadata": said}), choice=None)


_Reader: TypeAlias = Callable[[dict[str, Json], int, Columns, _Message], None]

READERS: Final[dict[str, _Reader]] = {
    **{f"text-{state}": _text("content") for state in ("start", "delta", "end")},
    **{f"reasoning-{state}": _text("reasoning") for state in ("start", "delta", "end")},
    **{f"tool-input-{state}": _call for state in ("start", "delta", "available", "error")},
    **{f"tool-output-{state}": _aside(0) for state in ("available", "error", "denied")},
    **{f"tool-approval-{state}": _aside(0) for state in ("request", "response")},
    **{f"source-{what}": _aside(0, "citation") for what in ("url", "document")},
    **dict.fromkeys(("file", "reasoning-file", "custom"), _aside(0)),
    **dict.fromkeys(
        ("start", "start-step", "finish-step", "reset-step", "message-metadata", "finish", "abort"), _state
    ),
    "steering-message": _aside(None),
    "error": _aside(None, "error"),
}


DIALECT: Final = Dialect(
    "vercel_ui",
    "AI SDK UI message stream",
    sniff,
    extract,
    traits=frozenset({Trait.GENERATES, Trait.REPORTS_USAGE, Trait.CALL_IDS, Trait.DONE_MARK, Trait.OWN_TOOLS}),
    finish_reasons={
        "stop": "stop",
        "length": "length",
        "content-filter": "filter",
        "tool-calls": "tool",
        "error": "failed",
        "interrupted": "other",
        "other": "other",
        "unknown": "other",
    },
    usage=USAGE,
    request=RequestFields(
        parts=(("text", "text"), ("reasoning", "reasoning"), ("file", "file")),
        messages=("messages",),
        conversation_ids=("id", "messageId", "toolCallId", "approvalId"),
        seals=(("signature",),),
    ),
    answer_fields=("type toolCallId", "type delta id", "type messageId"),
)
