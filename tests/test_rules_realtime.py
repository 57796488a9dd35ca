"""Sessions of Realtime: what is told twice, what was never created or added, and what began before the recording did."""

from __future__ import annotations

from typing import Any

import pytest
from lifecycle_kit import places_told

Chunk = dict[str, Any]
SESSION: Chunk = {"type": "session.created", "session": {"model": "m"}}


def created(name: str = "r1") -> Chunk:
    return {
        "type": "response.created",
        "response": {"object": "realtime.response", "id": name, "status": "in_progress"},
    }


def item(*parts: Chunk, name: str = "i1", **fields: Any) -> Chunk:
    return {"id": name, "type": "message", "role": "assistant", "content": list(parts), **fields}


def heard(transcript: str) -> Chunk:
    return {"type": "output_audio", "transcript": transcript}


def added(name: str = "i1", response: str = "r1", **fields: Any) -> Chunk:
    return {
        "type": "response.output_item.added",
        "response_id": response,
        "output_index": 0,
        "item": item(name=name, **fields),
    }


def event(kind: str, name: str = "i1", response: str = "r1", **said: Any) -> Chunk:
    where = {"response_id": response, "item_id": name, "output_index": 0}
    return {"type": f"response.{kind}", **where, **({} if "arguments" in kind else {"content_index": 0}), **said}


def whole(said: Chunk, response: str = "r1") -> Chunk:
    return {"type": "response.output_item.done", "response_id": response, "output_index": 0, "item": said}


def ends(*output: Chunk, name: str = "r1", status: str = "completed") -> Chunk:
    response = {"object": "realtime.response", "id": name, "status": status, "output": list(output)}
    return {"type": "response.done", "response": response}


def call(arguments: str) -> Chunk:
    return {"id": "i1", "type": "function_call", "name": "f", "call_id": "c", "arguments": arguments}


SPOKEN = (SESSION, created(), added(), event("output_audio_transcript.delta", delta="Coots"))
HEARD = event("output_audio_transcript.done", transcript="Coots")
CALLED = (
    SESSION,
    created(),
    {"type": "response.output_item.added", "response_id": "r1", "output_index": 0, "item": call("")},
    event("function_call_arguments.delta", delta='{"n":1}'),
)
BROKEN: dict[str, tuple[list[Chunk], list[tuple[Any, ...]]]] = {
    "a transcript": ([*SPOKEN, event("output_audio_transcript.done", transcript="Ducks"), ends()], [("error", 3, 4)]),
    "a part": ([*SPOKEN, HEARD, event("content_part.done", part=heard("Ducks")), ends()], [("error", 4, 5)]),
    "an item": ([*SPOKEN, HEARD, whole(item(heard("Ducks"))), ends(item(heard("Ducks")))], [("error", 4, 5)]),
    "a response": ([*SPOKEN, HEARD, whole(item(heard("Coots"))), ends(item(heard("Ducks")))], [("error", 5, 6)]),
    "a call": ([*CALLED, whole(call('{"n":2}')), ends(call('{"n":2}'))], [("error", 3, 4)]),
    "text, in the beta's names": (
        [*SPOKEN[:3], event("text.delta", delta="Coots"), event("text.done", text="Ducks"), ends()],
        [("error", 3, 4)],
    ),
    "an item that was never added": (
        [*SPOKEN, event("output_audio_transcript.delta", "i2", delta="Ducks"), HEARD, ends()],
        [("error", 4, 4)],
    ),
    "a response that was never created": ([*SPOKEN, HEARD, ends(), ends(name="r2")], [("error", 6, 6)]),
}
LEGAL: dict[str, list[Chunk]] = {
    "all agrees": [*SPOKEN, HEARD, whole(item(heard("Coots"))), ends(item(heard("Coots")))],
    "the recording begins within a response": [
        event("output_audio_transcript.delta", delta="ots"),
        event("output_audio_transcript.done", transcript="ots"),
        ends(),
        created("r2"),
        added("i2", "r2"),
        ends(name="r2"),
    ],
    "an item that the conversation was told of": [
        *SPOKEN,
        {"type": "conversation.item.created", "item": item(name="i2")},
        event("output_audio_transcript.delta", "i2", delta="Ducks"),
        ends(),
    ],
    "a log without the beginnings of items": [
        SESSION,
        created(),
        event("output_audio_transcript.delta", delta="Coots"),
        ends(),
    ],
    "what is interrupted": [
        *SPOKEN,
        event("output_audio_transcript.delta", delta=" swim."),
        HEARD,
        whole(item(heard("Coots"), status="incomplete")),
        ends(item(heard("Coots")), status="cancelled"),
    ],
    "the same JSON": [*CALLED, whole(call('{"n": 1}')), ends(call('{ "n": 1 }'))],
    "two responses at once, numbered alike": [
        SESSION,
        created("r1"),
        created("r2"),
        added("i1", "r1"),
        added("i2", "r2"),
        event("output_text.delta", "i1", "r1", delta="Coots"),
        event("output_text.delta", "i2", "r2", delta="Ducks"),
        event("output_text.done", "i2", "r2", text="Ducks"),
        event("output_text.done", "i1", "r1", text="Coots"),
        ends(name="r2"),
        ends(name="r1"),
    ],
    "only the end is told": [SESSION, created(), ends(item(heard("Coots")))],
}


def found(chunks: list[Chunk]) -> list[tuple[Any, ...]]:
    chunks = [{"event_id": f"event_{n}", **chunk} for n, chunk in enumerate(chunks)]
    return places_told("realtime-lifecycle", chunks, "http://localhost/v1/realtime", "openai_realtime")


@pytest.mark.parametrize("name", BROKEN)
def test_what_does_not_agree_is_told_once(name: str) -> None:
    chunks, expected = BROKEN[name]
    assert found(chunks) == expected


@pytest.mark.parametrize("name", LEGAL)
def test_what_only_looks_like_it_is_let_pass(name: str) -> None:
    assert found(LEGAL[name]) == []


@pytest.mark.parametrize("output", [None, []])
@pytest.mark.parametrize("told", [SPOKEN[2:], CALLED[2:]])
def test_a_response_that_is_done_without_its_items(told: tuple[Chunk, ...], output: Any) -> None:
    begun, done = created(), ends()
    done["response"]["output"] = output
    assert found([SESSION, begun, *told, done]) == []  # its beginning lists none either: a server that never does
    begun["response"]["output"] = []
    assert found([SESSION, begun, *told, done]) == [("error", 4, 4)]
    assert found([SESSION, begun, *told, ends(status="cancelled")]) == []
    assert found([SESSION, begun, done]) == []
