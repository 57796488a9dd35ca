"""OpenAI's Assistants: runs, streamed and polled, of OpenAI, of Azure and of others that speak it.

Takes the objects of a stream's events (``thread.run``, ``thread.message.delta`` and so on), also as the SDK hands them on
with their ``event``, or whole objects, gives events of choice 0. Where the data of an event does not say what it is, the
event's name does. Source of the fields: https://platform.openai.com/docs/api-reference/assistants-streaming/events

A stream tells messages and calls twice: in deltas, and again whole. The deltas are the answer; what repeats them is an
``empty`` event with its JSON. What no delta streamed is told by the whole. Of bodies that are no stream, those are answers
that hold a part of one: the assistant's messages, alone or listed, and a run that waits for the outputs of its calls. A run
that has ended otherwise gives its usage and its error; all others are `recexplore.read.dialects.http`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import repeat
from typing import Final, TypeAlias

from recexplore.model.exchange import Exchange, Json
from recexplore.model.json_text import to_json_text
from recexplore.model.request_fields import RequestFields
from recexplore.model.traits import Trait
from recexplore.read.dialects.openai_assistants.facts import describe
from recexplore.read.dialects.openai_assistants.messages import (
    is_answer,
    read_message,
    read_message_delta,
    read_messages,
)
from recexplore.read.dialects.openai_assistants.runs import USAGE, calls_required, has_ended, read_run
from recexplore.read.dialects.openai_assistants.steps import read_step, read_step_delta
from recexplore.read.dialects.openai_assistants.told import Told
from recexplore.read.extract import emit
from recexplore.read.extract.dialect import Dialect
from recexplore.read.extract.emit import objects, other_fields
from recexplore.tables.builders import Columns

__all__ = ["DIALECT"]

_ENDPOINTS: Final = ("/runs", "/submit_tool_outputs", "/messages")


def _read_thread(thread: dict[str, Json], row: int, columns: Columns, told: Told) -> None:
    describe(thread, row, columns, {"id"}, n_choices=0, item_id=thread.get("id"))
    emit.event(columns, "empty", row, choice=None)


_Reader: TypeAlias = Callable[[dict[str, Json], int, Columns, Told], None]

_STREAMED: Final[dict[str, _Reader]] = {
    "thread": _read_thread,
    "thread.run": read_run,
    "thread.run.step": read_step,
    "thread.run.step.delta": read_step_delta,
    "thread.message": read_message,
    "thread.message.delta": read_message_delta,
}
"""What an object of a stream is, by its ``object``."""


def sniff(exchange: Exchange) -> float:
    names = exchange.wire.get("event") or repeat(None)
    chunks = [(chunk, name) for chunk, name in zip(exchange.chunks, names, strict=False) if type(chunk) is dict]
    # IBM's agents put chunks of chat completions behind the names of these events.
    said = [_unwrapped(chunk, name) for chunk, name in chunks if "choices" not in chunk]
    may_be_stream = exchange.streaming is not False
    if belonging := sum((may_be_stream and kind in _STREAMED) or _holds_answer(kind, each) for kind, each in said):
        return belonging / len(chunks)
    path = exchange.endpoint or ""
    asked = "/threads" in path and path.endswith(_ENDPOINTS)
    return 0.6 if asked and any(_is_error(*each) for each in said) else 0.0


def _unwrapped(chunk: dict[str, Json], name: str | None) -> tuple[str | None, dict[str, Json]]:
    """What a chunk is about, and what it says; the SDK hands it on with the name of its event around it."""
    if type(chunk.get("event")) is str and type(chunk.get("data")) is dict:
        name, chunk = chunk["event"], {**other_fields(chunk, {"data"}), **chunk["data"]}
    kind = chunk.get("object")
    if kind is None and name is not None:
        about, _, state = name.rpartition(".")
        kind = name if name in _STREAMED else about or name
        chunk = {"status": state, **chunk} if kind == "thread.run" else chunk
    return kind if type(kind) is str else None, chunk


def _holds_answer(kind: str | None, said: dict[str, Json]) -> bool:
    """Whether a whole body holds a part of an answer, or says what one has cost."""
    if kind == "thread.run":
        return has_ended(said) or bool(calls_required(said))
    listed = said.get("data") if kind == "list" else [said]
    return type(listed) is list and any(
        type(each) is dict and each.get("object") == "thread.message" and is_answer(each) for each in listed
    )


def _is_error(kind: str | None, said: dict[str, Json]) -> bool:
    return kind == "error" or (kind not in _STREAMED and ("error" in said or said.keys() >= {"code", "message"}))


def extract(chunks: Sequence[Json], rows: Sequence[int], columns: Columns) -> None:
    told, owner = Told(), None
    for row, chunk in objects(chunks, rows, columns):
        if columns.owner(row) != owner:
            told, owner = Told(), columns.owner(row)
        kind, said = _unwrapped(chunk, columns.event_name(row))
        reader = read_messages if kind == "list" else _STREAMED.get(kind or "")
        if reader is not None:
            reader(said, row, columns, told)
        elif _is_error(kind, said):
            error = said.get("error") or said
            emit.chunk(columns, row, n_choices=0, extra=other_fields(said, {"error"}) if error is not said else None)
            emit.event(columns, "error", row, to_json_text(error), choice=None)
        else:
            emit.chunk(columns, row, n_choices=0, object=said.get("object"))
            emit.event(columns, "unknown", row, to_json_text(chunk), choice=None)
        told.has_begun = True


def _ends_answer(chunk: dict[str, Json]) -> bool:
    kind, said = _unwrapped(chunk, None)
    return kind == "thread.run" and has_ended(said)


DIALECT: Final = Dialect(
    "openai_assistants",
    "Assistants",
    sniff,
    extract,
    endpoints=_ENDPOINTS,
    traits=frozenset(
        {
            Trait.GENERATES,
            Trait.PATH_TELLS_FORMAT,
            Trait.ONE_ID,
            Trait.DONE_MARK,
            Trait.REPORTS_USAGE,
            Trait.CALL_IDS,
            Trait.CALLS_FINISH,
            Trait.LAST_MESSAGE_ANSWERS,
            Trait.RUN_EVENTS,
        }
    ),
    finish_reasons={
        "completed": "stop",
        "incomplete": "length",
        "max_completion_tokens": "length",
        "max_prompt_tokens": "length",
        "max_tokens": "length",
        "content_filter": "filter",
        "failed": "failed",
        "run_failed": "failed",
        "requires_action": "tool",
        "submit_tool_approval": "other",
        "expired": "other",
        "run_expired": "other",
        "cancelled": "other",
        "run_cancelled": "other",
    },
    usage=USAGE,
    request=RequestFields(
        max_tokens=("max_completion_tokens",),
        stream=(("stream",),),
        tool_choice=(("tool_choice",),),
        response_format=(("response_format",),),
        tools=(("tools",),),
        tool_wrappings=("function",),
        tool_schemas=("parameters",),
        messages=("additional_messages", "content"),
        model=("model",),
        labels=("metadata", "user"),
        conversation_ids=("id", "tool_call_id", "thread_id", "assistant_id", "run_id"),
    ),
    answer_fields=(
        "object delta.content",
        "object delta.step_details",
        "object thread_id role content",
        "object thread_id assistant_id status",
    ),
    ends_answer=_ends_answer,
    end_fields=frozenset(["object", "event"]),
    hosts={"dashscope*.aliyuncs.com": "dashscope"},
)
