"""The data stream of Vercel's AI SDK up to version 4: https://v4.ai-sdk.dev/docs/ai-sdk-ui/stream-protocol

Takes objects with one key, the code of a part: what the wire makes of a line such as ``0:"text"``. Gives events of choice
0; a tool call's number is in ``block``. A call is told in deltas, and again whole: what deltas told already is an ``empty``
event with its JSON. Each step reports what it cost, the end reports all of it.
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
    paths={"prompt": ((("promptTokens",),),), "completion": ((("completionTokens",),),)},
)


class _Message:
    """What a stream has told of its message."""

    def __init__(self) -> None:
        self.parts = Parts()
        self.told: set[Json] = set()
        """Calls whose arguments came in deltas."""


def sniff(exchange: Exchange) -> float:
    return share(exchange.chunks, _belongs) if exchange.streaming is not False else 0.0


def _belongs(chunk: dict[str, Json]) -> bool:
    return len(chunk) == 1 and all(code in PARTS and type(said) is PARTS[code][1] for code, said in chunk.items())


def extract(chunks: Sequence[Json], rows: Sequence[int], columns: Columns) -> None:
    for row, chunk, message in by_stream(chunks, rows, columns, _Message):
        start = chunk.get("f")
        emit.chunk(
            columns,
            row,
            n_choices=int(not chunk.keys().isdisjoint(_ANSWERING)),
            id=start.get("messageId") if type(start) is dict else None,
            object=next((PARTS[code][0] for code in chunk if code in PARTS), None),
        )
        for code, said in chunk.items():
            if code not in PARTS:
                emit.event(columns, "unknown", row, to_json_text({code: said}), choice=None)
                continue
            name, kind, reader = PARTS[code]
            if type(said) is kind:
                reader(said, row, columns, message)
            else:
                emit.malformed(columns, row, f"`{name}`", _TYPES[kind], said, 0)


def _text(kind: str) -> _Reader:
    def read(said: str, row: int, columns: Columns, message: _Message) -> None:
        if said:
            emit.event(columns, kind, row, said)

    return read


def _call(said: dict[str, Json], row: int, columns: Columns, message: _Message) -> None:
    """A call: its name, a piece of its arguments, or all of them."""
    name, given = said.get("toolCallId"), said.get("args")
    block = message.parts.number(name)
    text = text_in(columns, row, said.get("argsTextDelta"), "`argsTextDelta`")
    rest = other_fields(said, {"toolCallId", "toolName", "argsTextDelta", "args"})
    is_named = type(name) is str
    if "args" in said and is_named and name in message.told:
        emit.event(columns, "empty", row, to_json_text(said), block=block)
        return
    if text and is_named:
        message.told.add(name)
    emit.event(
        columns,
        "tool_call",
        row,
        text or ("" if given is None else to_json_text(given)),
        block=block,
        tool_call_id=name,
        tool_name=said.get("toolName"),
        extra=to_json_text(rest) if rest else None,
    )


def _aside(name: str, kind: str = "annotation", choice: int | None = 0) -> _Reader:
    """What stands beside the answer, under the name of its part."""

    def read(said: Json, row: int, columns: Columns, message: _Message) -> None:
        block = message.parts.number(said.get("toolCallId")) if type(said) is dict else None
        emit.event(columns, kind, row, to_json_text({name: said}), choice=choice, block=block)

    return read


def _step(said: dict[str, Json], row: int, columns: Columns, message: _Message) -> None:
    """The end of a step; the message may go on."""
    if rest := other_fields(said, {"usage"}):
        emit.event(columns, "empty", row, to_json_text(rest), choice=None)
    emit.usage(columns, [row], [said.get("usage")], USAGE, "usage")


def _start(said: dict[str, Json], row: int, columns: Columns, message: _Message) -> None:
    if rest := other_fields(said, {"messageId"}):
        emit.event(columns, "annotation", row, to_json_text(rest), choice=None)


def _finish(said: dict[str, Json], row: int, columns: Columns, message: _Message) -> None:
    reason = text_in(columns, row, said.get("finishReason"), "`finishReason`")
    rest = other_fields(said, {"finishReason", "usage"})
    emit.event(columns, "finish", row, finish_reason=reason or None, extra=to_json_text(rest) if rest else None)
    emit.usage(columns, [row], [said.get("usage")], USAGE, "usage")


_Reader: TypeAlias = Callable[[Any, int, Columns, _Message], None]

PARTS: Final[dict[str, tuple[str, type, _Reader]]] = {
    "0": ("text", str, _text("content")),
    "2": ("data", list, _aside("data")),
    "3": ("error", str, _aside("error", "error", None)),
    "8": ("message_annotations", list, _aside("message_annotations")),
    "9": ("tool_call", dict, _call),
    "a": ("tool_result", dict, _aside("tool_result")),
    "b": ("tool_call_streaming_start", dict, _call),
    "c": ("tool_call_delta", dict, _call),
    "d": ("finish_message", dict, _finish),
    "e": ("finish_step", dict, _step),
    "f": ("start_step", dict, _start),
    "g": ("reasoning", str, _text("reasoning")),
    "h": ("source", dict, _aside("source", "citation")),
    "i": ("redacted_reasoning", dict, _aside("redacted_reasoning")),
    "j": ("reasoning_signature", dict, _aside("reasoning_signature")),
    "k": ("file", dict, _aside("file")),
}
"""The parts by their codes: the name that the SDK has for each, its type and its reader."""

_TYPES: Final[dict[type, str]] = {str: "a string", list: "a list", dict: "an object"}
_ANSWERING: Final = frozenset("09bcdg")


DIALECT: Final = Dialect(
    "vercel_data",
    "AI SDK data stream",
    sniff,
    extract,
    traits=frozenset({Trait.GENERATES, Trait.REPORTS_USAGE, Trait.CALL_IDS, Trait.OWN_TOOLS}),
    finish_reasons={
        "stop": "stop",
        "length": "length",
        "content-filter": "filter",
        "tool-calls": "tool",
        "error": "failed",
        "other": "other",
        "unknown": "other",
    },
    usage=USAGE,
    request=RequestFields(
        messages=("messages",),
        conversation_ids=("id", "toolCallId"),
    ),
)
