"""OpenAI's Assistants: https://platform.openai.com/docs/api-reference/assistants-streaming/events"""

from __future__ import annotations

from typing import Any, Final

from independent_samples.bodies import Body, named_events, whole
from independent_samples.sample import Sample, choice, said

__all__ = ["SAMPLES"]

_COUNTED: Final = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
_FIGURES: Final = {"prompt": 7, "completion": 3, "total": 10}


def _run(status: str, **more: Any) -> dict[str, Any]:
    return {
        "id": "run_1",
        "object": "thread.run",
        "created_at": 1700000000,
        "assistant_id": "asst_1",
        "thread_id": "thread_1",
        "status": status,
        "required_action": None,
        "last_error": None,
        "model": "m-1",
        "instructions": "Name birds.",
        "tools": [],
        "metadata": {},
        "usage": None,
        "incomplete_details": None,
        **more,
    }


def _step(status: str, kind: str, details: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "id": "step_1",
        "object": "thread.run.step",
        "created_at": 1700000001,
        "run_id": "run_1",
        "type": kind,
        "status": status,
        "step_details": {"type": kind, **details},
        "usage": None,
        **more,
    }


def _message(status: str, *content: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": "msg_1",
        "object": "thread.message",
        "created_at": 1700000001,
        "thread_id": "thread_1",
        "run_id": "run_1",
        "status": status,
        "role": "assistant",
        "content": list(content),
        "attachments": [],
        "metadata": {},
    }


def _text(value: str, index: int = 0, **more: Any) -> dict[str, Any]:
    return {
        "id": "msg_1",
        "object": "thread.message.delta",
        "delta": {"content": [{"index": index, "type": "text", "text": {"value": value, **more}}]},
    }


def _calls(*calls: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": "step_1",
        "object": "thread.run.step.delta",
        "delta": {"step_details": {"type": "tool_calls", "tool_calls": list(calls)}},
    }


def _function(index: int, **function: Any) -> dict[str, Any]:
    return {"index": index, "type": "function", "function": function}


_WHOLE_CALLS: Final = [
    {"id": "call_1", "type": "function", "function": {"name": "find_bird", "arguments": '{"place":"old wall"}'}},
    {"id": "call_2", "type": "function", "function": {"name": "now", "arguments": "{}"}},
]
_ASKING: Final = {
    "required_action": {"type": "submit_tool_outputs", "submit_tool_outputs": {"tool_calls": _WHOLE_CALLS}}
}


def _assistants(name: str, body: Body, meant: dict[str, Any], *, url: str = "", **more: Any) -> Sample:
    asked = {"assistant_id": "asst_1", "stream": body.is_streamed}
    url = url or "https://api.openai.com/v1/threads/thread_1/runs"
    return Sample("openai_assistants", name, body, meant, url, asked, **more)


def _told(*pairs: tuple[str, Any]) -> Body:
    return named_events([*pairs, ("done", "[DONE]")])


SAMPLES: Final = (
    _assistants(
        "text, with a source",
        _told(
            ("thread.run.created", _run("queued")),
            ("thread.run.queued", _run("queued")),
            ("thread.run.in_progress", _run("in_progress")),
            (
                "thread.run.step.created",
                _step("in_progress", "message_creation", {"message_creation": {"message_id": "msg_1"}}),
            ),
            ("thread.message.created", _message("in_progress")),
            ("thread.message.in_progress", _message("in_progress")),
            ("thread.message.delta", _text("A wr", annotations=[])),
            (
                "thread.message.delta",
                _text(
                    "en【1】.",
                    annotations=[
                        {
                            "index": 0,
                            "type": "file_citation",
                            "text": "【1】",
                            "start_index": 6,
                            "end_index": 9,
                            "file_citation": {"file_id": "file_1", "quote": "wren"},
                        }
                    ],
                ),
            ),
            (
                "thread.message.completed",
                _message("completed", {"type": "text", "text": {"value": "A wren【1】.", "annotations": []}}),
            ),
            (
                "thread.run.step.completed",
                _step("completed", "message_creation", {"message_creation": {"message_id": "msg_1"}}, usage=_COUNTED),
            ),
            ("thread.run.completed", _run("completed", usage=_COUNTED)),
        ),
        said(choice("A wren【1】.", "completed"), **_FIGURES),
    ),
    _assistants(
        "a thread and a run in one request, an image beside the text",
        _told(
            ("thread.created", {"id": "thread_1", "object": "thread", "created_at": 1700000000, "metadata": {}}),
            ("thread.run.created", _run("queued")),
            (
                "thread.message.delta",
                {
                    "id": "msg_1",
                    "object": "thread.message.delta",
                    "delta": {
                        "role": "assistant",
                        "content": [{"index": 0, "type": "image_file", "image_file": {"file_id": "file_1"}}],
                    },
                },
            ),
            ("thread.message.delta", _text("A wren.", index=1)),
            ("thread.run.completed", _run("completed", usage=_COUNTED)),
        ),
        said(choice("A wren.", "completed"), **_FIGURES),
        url="https://api.openai.com/v1/threads/runs",
    ),
    _assistants(
        "two functions that the client is to call, repeated whole",
        _told(
            ("thread.run.created", _run("queued")),
            ("thread.run.step.created", _step("in_progress", "tool_calls", {"tool_calls": []})),
            (
                "thread.run.step.delta",
                _calls({"id": "call_1", **_function(0, name="find_bird", arguments="", output=None)}),
            ),
            ("thread.run.step.delta", _calls(_function(0, arguments='{"place":'))),
            ("thread.run.step.delta", _calls(_function(0, arguments='"old wall"}'))),
            (
                "thread.run.step.delta",
                _calls({"id": "call_2", **_function(1, name="now", arguments="", output=None)}),
            ),
            ("thread.run.step.delta", _calls(_function(1, arguments="{}"))),
            ("thread.run.requires_action", _run("requires_action", **_ASKING)),
        ),
        said(choice(finish="requires_action"), tools=[("find_bird", {"place": "old wall"}), ("now", {})]),
    ),
    _assistants(
        "code that the server runs",
        _told(
            ("thread.run.created", _run("queued")),
            (
                "thread.run.step.delta",
                _calls(
                    {
                        "index": 0,
                        "id": "call_1",
                        "type": "code_interpreter",
                        "code_interpreter": {"input": "", "outputs": []},
                    }
                ),
            ),
            (
                "thread.run.step.delta",
                _calls({"index": 0, "type": "code_interpreter", "code_interpreter": {"input": "print('wr"}}),
            ),
            (
                "thread.run.step.delta",
                _calls({"index": 0, "type": "code_interpreter", "code_interpreter": {"input": "en')"}}),
            ),
            (
                "thread.run.step.delta",
                _calls(
                    {
                        "index": 0,
                        "type": "code_interpreter",
                        "code_interpreter": {"outputs": [{"index": 0, "type": "logs", "logs": "wren"}]},
                    }
                ),
            ),
            ("thread.message.delta", _text("A wren.")),
            ("thread.run.completed", _run("completed", usage=_COUNTED)),
        ),
        said(choice("A wren.", "completed"), tools=[("code_interpreter", "print('wren')")], **_FIGURES),
    ),
    _assistants(
        "a refusal",
        _told(
            ("thread.run.created", _run("queued")),
            (
                "thread.message.delta",
                {
                    "id": "msg_1",
                    "object": "thread.message.delta",
                    "delta": {"content": [{"index": 0, "type": "refusal", "refusal": "I'd rather not."}]},
                },
            ),
            ("thread.run.completed", _run("completed", usage=_COUNTED)),
        ),
        said(choice(finish="completed", refusal="I'd rather not."), **_FIGURES),
    ),
    _assistants(
        "cut by the limit",
        _told(
            ("thread.run.created", _run("queued")),
            ("thread.message.delta", _text("A wr")),
            ("thread.message.incomplete", _message("incomplete")),
            (
                "thread.run.incomplete",
                _run("incomplete", incomplete_details={"reason": "max_completion_tokens"}, usage=_COUNTED),
            ),
        ),
        said(choice("A wr", "max_completion_tokens"), **_FIGURES),
    ),
    _assistants(
        "a run that fails",
        _told(
            ("thread.run.created", _run("queued")),
            (
                "thread.run.failed",
                _run("failed", last_error={"code": "rate_limit_exceeded", "message": "Too many."}, usage=_COUNTED),
            ),
        ),
        said(choice(finish="failed"), **_FIGURES),
        is_failing=True,
    ),
    _assistants(
        "an error event",
        named_events(
            [
                ("thread.run.created", _run("queued")),
                ("thread.message.delta", _text("A wr")),
                ("error", {"error": {"message": "The server is gone.", "type": "server_error", "code": None}}),
                ("done", "[DONE]"),
            ]
        ),
        said(choice("A wr")),
        is_failing=True,
    ),
    _assistants(
        "whole: a run that asks for a function",
        whole(_run("requires_action", **_ASKING)),
        said(choice(finish="requires_action"), tools=[("find_bird", {"place": "old wall"}), ("now", {})]),
        url="https://api.openai.com/v1/threads/thread_1/runs/run_1",
    ),
)
