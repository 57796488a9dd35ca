"""AG-UI, the events that an agent sends to its user interface: https://docs.ag-ui.com/concepts/events

Takes events with a ``type`` such as ``TEXT_MESSAGE_CONTENT``, their fields in camelCase or, as the Python SDK names them,
in snake_case; gives events of choice 0. Messages and tool calls are told apart by their ids, and numbered in ``block``. Read
are also the ``THINKING_…`` events of earlier versions, and what TanStack's servers add to the end of a run
(https://tanstack.com/ai/latest/docs/protocol/chunk-definitions).

A ``MESSAGES_SNAPSHOT`` repeats the whole conversation: an ``empty`` event with its JSON. Only where a run streamed nothing
of its answer, the messages with which the last snapshot ends are the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import Any, Final, TypeAlias

from recexplore.model.exchange import Exchange, Json
from recexplore.model.json_text import to_json_text
from recexplore.model.request_fields import RequestFields
from recexplore.model.traits import Trait
from recexplore.read.extract import emit
from recexplore.read.extract.dialect import Dialect
from recexplore.read.extract.emit import UsageFields, items_in, other_fields, share, text_in
from recexplore.read.extract.parts import Parts, by_stream
from recexplore.tables.builders import Columns

__all__ = ["DIALECT"]

USAGE: Final = UsageFields(
    prompt_includes_cached=True,
    completion_includes_reasoning=True,
    paths={
        "prompt": ((("inputTokens",),), (("input_tokens",),), (("promptTokens",),)),
        "completion": ((("outputTokens",),), (("output_tokens",),), (("completionTokens",),)),
        "total": ((("totalTokens",),), (("total_tokens",),)),
        "cached": ((("cachedInputTokens",),), (("cached_input_tokens",),)),
        "cache_write": ((("cacheWriteInputTokens",),), (("cache_write_input_tokens",),)),
        "reasoning": ((("reasoningTokens",),), (("reasoning_tokens",),)),
    },
)

_FIELDS: Final = (
    "messageId",
    "parentMessageId",
    "toolCallId",
    "toolCallName",
    "toolCalls",
    "threadId",
    "runId",
    "finishReason",
)
_SNAKE: Final = {"".join(f"_{c.lower()}" if c.isupper() else c for c in name): name for name in _FIELDS}


_ANSWERING: Final = ("assistant", "reasoning")
"""Roles of messages that a run makes; the others' are the conversation before it, or results of tools."""


class _Run:
    """What of its answer a stream has told."""

    def __init__(self) -> None:
        self.parts = Parts()
        self.open: dict[str, Json] = {}
        """Ids of the message, the thought and the call that were spoken of last: those that a chunk without one goes on."""
        self.foreign: set[Json] = set()
        """Messages of somebody else than the assistant."""
        self.told: set[str] = set()
        """Kinds of events that told something."""
        self.snapshots: list[tuple[int, dict[str, Json]]] = []

    def current(self, lane: str, name: Json) -> Json:
        """The id that an event is about."""
        if name is not None:
            self.open[lane] = name
        return self.open.get(lane)

    def place(self, name: Json, said: dict[str, Json]) -> int | None:
        """The number of the part of this id."""
        return (self.parts.begin if said["type"].endswith("_START") else self.parts.number)(name)


def sniff(exchange: Exchange) -> float:
    return share(exchange.chunks, _belongs)


def _belongs(chunk: dict[str, Json]) -> bool:
    kind = chunk.get("type")
    return type(kind) is str and kind in READERS


def extract(chunks: Sequence[Json], rows: Sequence[int], columns: Columns) -> None:
    runs: list[_Run] = []

    def begin() -> _Run:
        runs.append(_Run())
        return runs[-1]

    for row, chunk, run in by_stream(chunks, rows, columns, begin):
        if _belongs(chunk):
            READERS[chunk["type"]](_camel(chunk), row, columns, run)
        else:
            kind = chunk.get("type")
            emit.chunk(columns, row, n_choices=0, object=kind if type(kind) is str else None)
            emit.event(columns, "unknown", row, to_json_text(chunk), choice=None)
    for run in runs:
        _tell_snapshots(run, columns)


def _camel(said: dict[str, Json]) -> dict[str, Json]:
    """The fields under the names of the protocol."""
    names = {name: _SNAKE[name] for name in _SNAKE.keys() & said.keys() if _SNAKE[name] not in said}
    return {names.get(name, name): value for name, value in said.items()} if names else said


def _describe(
    said: dict[str, Json], row: int, columns: Columns, read: set[str], *, n_choices: int = 0, block: int | None = None
) -> None:
    item = "toolCallId" if "toolCallId" in said else "messageId"
    emit.chunk(
        columns,
        row,
        n_choices=n_choices,
        extra=other_fields(said, read | {"type", "runId", "model", item}),
        id=said.get("runId"),
        model=said.get("model", _model_asked(said.get("usage"))),
        object=said["type"],
        item_id=said.get(item),
        block=block,
    )


def _model_asked(reports: Json) -> Json:
    """The model of the first report of usage."""
    first = reports[0] if type(reports) is list and reports else None
    return first.get("model") if type(first) is dict else None


def _text(said: dict[str, Json], row: int, columns: Columns, run: _Run) -> None:
    """A message: its start, a piece of it, or its end. One that is not the assistant's is no text of the answer."""
    name = run.current("text", said.get("messageId"))
    role, block = said.get("role"), run.place(name, said)
    is_named = type(name) is str
    if is_named and type(role) is str and role not in _ANSWERING:
        run.foreign.add(name)
    if is_named and name in run.foreign:
        _describe(said, row, columns, set(said), block=block)
        emit.event(columns, "annotation", row, to_json_text(other_fields(said, {"type"})), choice=None, block=block)
        return
    _describe(said, row, columns, {"role", "delta"}, n_choices=1, block=block)
    if role := text_in(columns, row, role, "`role`"):
        emit.event(columns, "role", row, role, block=block)
    _piece("content", said, row, columns, run, block)


def _thought(said: dict[str, Json], row: int, columns: Columns, run: _Run) -> None:
    block = run.place(run.current("thought", said.get("messageId")), said)
    _describe(said, row, columns, {"delta"}, n_choices=1, block=block)
    _piece("reasoning", said, row, columns, run, block)


def _piece(
    kind: str, said: dict[str, Json], row: int, columns: Columns, run: _Run, block: int | None, **cells: Any
) -> None:
    text = text_in(columns, row, said.get("delta"), "`delta`")
    if text or cells.get("tool_name") is not None:
        run.told.add(kind)
        emit.event(columns, kind, row, text, block=block, **cells)


def _call(said: dict[str, Json], row: int, columns: Columns, run: _Run) -> None:
    block = run.place(run.current("call", said.get("toolCallId")), said)
    _describe(said, row, columns, {"toolCallName", "delta"}, n_choices=1, block=block)
    names = {"tool_call_id": said.get("toolCallId"), "tool_name": said.get("toolCallName")}
    _piece("tool_call", said, row, columns, run, block, **names)


def _aside(choice: int | None, kind: str = "annotation") -> _Reader:
    """What stands beside the answer, with all its fields."""

    def read(said: dict[str, Json], row: int, columns: Columns, run: _Run) -> None:
        block = run.parts.number(said.get("toolCallId"))
        _describe(said, row, columns, set(said), block=block)
        rest = other_fields(said, {"type"})
        emit.event(columns, kind, row, to_json_text(rest), choice=choice, block=block)

    return read


def _state(said: dict[str, Json], row: int, columns: Columns, run: _Run) -> None:
    """How far something is."""
    _describe(said, row, columns, set(), block=run.parts.number(said.get("messageId")))


def _finished(said: dict[str, Json], row: int, columns: Columns, run: _Run) -> None:
    outcome, reason = said.get("outcome"), _reason(said)
    kind = outcome.get("type") if type(outcome) is dict else outcome
    is_said = reason is None and outcome in (kind, {"type": kind})
    beside = other_fields({"result": said.get("result"), "outcome": None if is_said else outcome}, set())
    _describe(said, row, columns, {"finishReason", "outcome", "result", "usage"}, n_choices=1)
    emit.event(
        columns,
        "finish",
        row,
        finish_reason=text_in(columns, row, kind if reason is None else reason, "how it ended") or None,
        extra=to_json_text(beside) if beside else None,
    )
    _usage(said.get("usage"), row, columns)


def _reason(said: dict[str, Json]) -> Json:
    """Why the model stopped, which TanStack's servers say beside the outcome of the run."""
    metadata = said.get("metadata")
    vendor = metadata.get("tanstack") if type(metadata) is dict else None
    return said.get("finishReason", vendor.get("finishReason") if type(vendor) is dict else None)


def _failed(said: dict[str, Json], row: int, columns: Columns, run: _Run) -> None:
    _describe(said, row, columns, {"message", "code", "error", "usage"})
    error = {name: said[name] for name in ("message", "code", "error") if said.get(name) is not None}
    emit.event(columns, "error", row, to_json_text(error), choice=None)
    _usage(said.get("usage"), row, columns)


def _usage(reports: Json, row: int, columns: Columns) -> None:
    """One report for each model that a run asked."""
    several = reports if type(reports) is list else [reports]
    emit.usage(columns, [row] * len(several), several, USAGE, "usage")


def _snapshot(said: dict[str, Json], row: int, columns: Columns, run: _Run) -> None:
    run.snapshots.append((row, said))


def _tell_snapshots(run: _Run, columns: Columns) -> None:
    """What snapshots say, once it is known whether the stream said it too."""
    for number, (row, said) in enumerate(run.snapshots, 1):
        messages = items_in(columns, row, said.get("messages"), "`messages`", None)
        answer = _last_messages(messages) if number == len(run.snapshots) else []
        is_told = not run.told.isdisjoint({"content", "tool_call"})
        _describe(said, row, columns, {"messages"}, n_choices=int(bool(answer) and not is_told))
        emit.event(columns, "empty", row, to_json_text({"messages": messages}), choice=None)
        for message in [] if is_told else answer:
            _message(message, row, columns, run)


def _last_messages(messages: list[Json]) -> list[dict[str, Json]]:
    """The messages of the assistant with which a conversation ends."""
    last = takewhile(lambda each: type(each) is dict and each.get("role") in _ANSWERING, reversed(messages))
    return list(last)[::-1]


def _message(message: dict[str, Json], row: int, columns: Columns, run: _Run) -> None:
    """A message of a snapshot; what has the wrong type stands in the repetition beside it."""
    kind = "reasoning" if message["role"] == "reasoning" else "content"
    content, calls = message.get("content"), _camel(message).get("toolCalls")
    block = run.parts.number(message.get("id"))
    if type(content) is str and content and kind not in run.told:
        emit.event(columns, kind, row, content, block=block)
    for call in calls if type(calls) is list else []:
        function = call.get("function") if type(call) is dict else None
        if type(function) is dict and type(function.get("arguments")) is str:
            block = run.parts.number(call.get("id"))
            names = {"tool_call_id": call.get("id"), "tool_name": function.get("name")}
            emit.event(columns, "tool_call", row, function["arguments"], block=block, **names)


_Reader: TypeAlias = Callable[[dict[str, Json], int, Columns, _Run], None]

_EVENTS: Final[tuple[tuple[_Reader, str, str], ...]] = (
    (_text, "TEXT_MESSAGE", "START CONTENT END CHUNK"),
    (_thought, "REASONING_MESSAGE", "START CONTENT END CHUNK"),
    (_thought, "THINKING_TEXT_MESSAGE", "START CONTENT END"),
    (_state, "REASONING", "START END"),
    (_state, "THINKING", "START END"),
    (_aside(0), "REASONING", "ENCRYPTED_VALUE"),
    (_call, "TOOL_CALL", "START ARGS END CHUNK"),
    (_aside(0), "TOOL_CALL", "RESULT"),
    (_aside(0), "STATE", "SNAPSHOT DELTA"),
    (_aside(0), "ACTIVITY", "SNAPSHOT DELTA"),
    (_snapshot, "MESSAGES", "SNAPSHOT"),
    (_state, "RUN", "STARTED"),
    (_finished, "RUN", "FINISHED"),
    (_failed, "RUN", "ERROR"),
    (_aside(None), "STEP", "STARTED FINISHED"),
    (_aside(None), "SUBAGENT", "STARTED FINISHED"),
    (_aside(None, "error"), "SUBAGENT", "ERROR"),
)

READERS: Final[dict[str, _Reader]] = {
    **{f"{what}_{state}": reader for reader, what, states in _EVENTS for state in states.split()},
    "CUSTOM": _aside(0),
    "RAW": _aside(None),
    "META": _aside(None),
}


def _ends_answer(chunk: dict[str, Json]) -> bool:
    return chunk.get("type") in ("RUN_FINISHED", "RUN_ERROR")


DIALECT: Final = Dialect(
    "ag_ui",
    "AG-UI",
    sniff,
    extract,
    traits=frozenset(
        {Trait.GENERATES, Trait.REPORTS_USAGE, Trait.CALL_IDS, Trait.OWN_TOOLS, Trait.LAST_MESSAGE_ANSWERS}
    ),
    finish_reasons={
        "success": "stop",
        "interrupt": "other",
        "cancelled": "other",
        "stop": "stop",
        "length": "length",
        "content_filter": "filter",
        "tool_calls": "tool",
    },
    usage=USAGE,
    request=RequestFields(
        message_parts=(("toolCalls", "tool_call"),),
        messages=("messages",),
        tools=(("tools",),),
        tool_schemas=("parameters",),
        conversation_ids=(
            "id",
            "threadId",
            "runId",
            "parentRunId",
            "parentMessageId",
            "toolCallId",
            "thread_id",
            "run_id",
            "parent_run_id",
            "parent_message_id",
            "tool_call_id",
        ),
        seals=(("encryptedValue",),),
    ),
    answer_fields=(
        "type threadId runId",
        "type thread_id run_id",
        "type messageId delta",
        "type messageId role",
        "type message_id delta",
        "type message_id role",
        "type toolCallId",
    ),
    ends_answer=_ends_answer,
    end_fields=frozenset(["type"]),
)
