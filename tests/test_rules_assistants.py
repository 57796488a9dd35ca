"""Runs of Assistants: messages that are created, told and completed, and recordings that kept less."""

from __future__ import annotations

from typing import Any

import pytest
from lifecycle_kit import places_told

Chunk = dict[str, Any]


def run(status: str, **fields: Any) -> Chunk:
    return {"id": "run_1", "object": "thread.run", "thread_id": "t", "status": status, **fields}


def message(status: str, *texts: str, name: str = "msg_1") -> Chunk:
    content = [{"type": "text", "text": {"value": text, "annotations": []}} for text in texts]
    head = {"id": name, "object": "thread.message", "run_id": "run_1", "role": "assistant"}
    return {**head, "status": status, "content": content}


def delta(text: str, name: str = "msg_1", index: int = 0) -> Chunk:
    part = {"index": index, "type": "text", "text": {"value": text}}
    return {"id": name, "object": "thread.message.delta", "delta": {"content": [part]}}


def step(status: str, *calls: Chunk) -> Chunk:
    details = {"type": "tool_calls", "tool_calls": list(calls)}
    return {"id": "step_1", "object": "thread.run.step", "run_id": "run_1", "status": status, "step_details": details}


def calling(**call: Any) -> Chunk:
    details = {"type": "tool_calls", "tool_calls": [{"index": 0, **call}]}
    return {"id": "step_1", "object": "thread.run.step.delta", "delta": {"step_details": details}}


def function(arguments: str, **fields: Any) -> Chunk:
    return {"type": "function", "function": {"name": "f", "arguments": arguments}, **fields}


BEGUN = (run("queued"), run("in_progress"), message("in_progress"))
CALLED = (
    run("queued"),
    step("in_progress"),
    calling(**function("", id="call_1")),
    calling(type="function", function={"arguments": '{"n":1}'}),
)
BROKEN: dict[str, tuple[list[Chunk], list[tuple[Any, ...]]]] = {
    "the whole message": ([*BEGUN, delta("Jays"), message("completed", "Rooks"), run("completed")], [("error", 3, 4)]),
    "a message that is never completed": ([*BEGUN, delta("Jays"), run("completed")], [("error", 2, 4)]),
    "a message that is never created": (
        [*BEGUN, delta("Jays", "msg_2"), message("completed", "Jays"), run("completed")],
        [("error", 3, 3)],
    ),
    "the second message": (
        [
            *BEGUN,
            delta("Jays"),
            message("completed", "Jays"),
            message("in_progress", name="msg_2"),
            delta("Rooks", "msg_2"),
            message("completed", "Crows", name="msg_2"),
            run("completed"),
        ],
        [("error", 6, 7)],
    ),
    "a call": ([*CALLED, step("completed", function('{"n":2}', id="call_1")), run("completed")], [("error", 3, 4)]),
}
LEGAL: dict[str, list[Chunk]] = {
    "all agrees": [*BEGUN, delta("Jays"), message("completed", "Jays"), run("completed")],
    "deltas alone": [run("queued"), delta("Jays"), run("completed")],
    "two parts": [
        *BEGUN,
        delta("Jays"),
        delta("Rooks", index=1),
        message("completed", "Jays", "Rooks"),
        run("completed"),
    ],
    "a message that an incomplete run cuts": [
        *BEGUN,
        delta("Jays fly."),
        message("incomplete", "Jays"),
        run("incomplete", incomplete_details={"reason": "max_completion_tokens"}),
    ],
    "a run that fails within a message": [
        *BEGUN,
        delta("Jays"),
        run("failed", last_error={"code": "server_error", "message": "No"}),
    ],
    "the same JSON, with what came of it": [
        *CALLED,
        step(
            "completed",
            {**function('{"n": 1}', id="call_1"), "function": {"name": "f", "arguments": '{"n": 1}', "output": "2"}},
        ),
        run("completed"),
    ],
    "the recording ends early": [*BEGUN, delta("Jays")],
}


def found(chunks: list[Chunk]) -> list[tuple[Any, ...]]:
    return places_told("assistants-lifecycle", chunks, "http://localhost/v1/threads/t/runs", "openai_assistants")


@pytest.mark.parametrize("name", BROKEN)
def test_what_does_not_agree_is_told_once(name: str) -> None:
    chunks, expected = BROKEN[name]
    assert found(chunks) == expected


@pytest.mark.parametrize("name", LEGAL)
def test_what_only_looks_like_it_is_let_pass(name: str) -> None:
    assert found(LEGAL[name]) == []
