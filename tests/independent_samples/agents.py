"""What agents send to their user's interface: AG-UI, and the UI message streams of Vercel's AI SDK.

Shapes: https://docs.ag-ui.com/concepts/events (usage and outcomes: its Python SDK), https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol.
What servers send besides (empty deltas, names of events, text without a beginning, usage in the metadata): issues of agno,
CopilotKit and laravel/ai.
"""

from __future__ import annotations

from typing import Any, Final

from independent_samples.bodies import Body, events, named_events
from independent_samples.sample import Sample, choice, said

__all__ = ["SAMPLES"]


# --- AG-UI -----------------------------------------------------------------------------------------------------------


def _run(*inner: dict[str, Any], **finished: Any) -> list[dict[str, Any]]:
    of = {"threadId": "thread-1", "runId": "run-1"}
    return [{"type": "RUN_STARTED", **of}, *inner, {"type": "RUN_FINISHED", **of, **finished}]


def _message(number: int, *texts: str) -> list[dict[str, Any]]:
    own = {"messageId": f"msg-{number}"}
    return [
        {"type": "TEXT_MESSAGE_START", **own, "role": "assistant"},
        *({"type": "TEXT_MESSAGE_CONTENT", **own, "delta": text} for text in texts),
        {"type": "TEXT_MESSAGE_END", **own},
    ]


def _ag_ui(name: str, body: Body, meant: dict[str, Any], **more: Any) -> Sample:
    asked = {
        "threadId": "thread-1",
        "runId": "run-1",
        "messages": [{"id": "u1", "role": "user", "content": "Which bird?"}],
        "tools": [],
        "context": [],
        "state": {},
        "forwardedProps": {},
    }
    return Sample("ag_ui", name, body, meant, "http://localhost:8000/agent", asked, **more)


def _call(number: int, name: str) -> dict[str, Any]:
    return {
        "type": "TOOL_CALL_START",
        "toolCallId": f"call-{number}",
        "toolCallName": name,
        "parentMessageId": "msg-1",
    }


def _arguments(number: int, text: str) -> dict[str, Any]:
    return {"type": "TOOL_CALL_ARGS", "toolCallId": f"call-{number}", "delta": text}


def _call_end(number: int) -> dict[str, Any]:
    return {"type": "TOOL_CALL_END", "toolCallId": f"call-{number}"}


_AG_UI: Final = (
    _ag_ui("text", events(_run(*_message(1, "A", " wren."))), said(choice("A wren."))),
    _ag_ui(
        "text, with named events, time stamps and empty deltas",
        named_events(
            [
                (chunk["type"], {**chunk, "timestamp": 1700000000000 + at, "rawEvent": {"n": at}})
                for at, chunk in enumerate(_run(*_message(1, "", "A wren.", "")))
            ]
        ),
        said(choice("A wren.")),
    ),
    _ag_ui(
        "two calls at once, a result, and a message after it",
        events(
            _run(
                {"type": "STEP_STARTED", "stepName": "look"},
                _call(1, "find_bird"),
                _arguments(1, '{"place": "'),
                _call(2, "now"),
                _arguments(2, "{}"),
                _arguments(1, 'old wall"}'),
                _call_end(1),
                _call_end(2),
                {
                    "type": "TOOL_CALL_RESULT",
                    "messageId": "msg-2",
                    "toolCallId": "call-1",
                    "content": '{"bird": "wren"}',
                    "role": "tool",
                },
                {"type": "STEP_FINISHED", "stepName": "look"},
                *_message(3, "A wren."),
                {
                    "type": "MESSAGES_SNAPSHOT",
                    "messages": [
                        {"id": "u1", "role": "user", "content": "Which bird?"},
                        {"id": "msg-3", "role": "assistant", "content": "A wren."},
                    ],
                },
                outcome={"type": "success"},
            )
        ),
        said(choice("A wren.", "success"), tools=[("find_bird", {"place": "old wall"}), ("now", {})]),
    ),
    _ag_ui(
        "reasoning, state, activity and usage",
        events(
            _run(
                {"type": "REASONING_START", "messageId": "r1"},
                {"type": "REASONING_MESSAGE_START", "messageId": "r1", "role": "reasoning"},
                {"type": "REASONING_MESSAGE_CONTENT", "messageId": "r1", "delta": "Small,"},
                {"type": "REASONING_MESSAGE_CONTENT", "messageId": "r1", "delta": " brown."},
                {"type": "REASONING_MESSAGE_END", "messageId": "r1"},
                {
                    "type": "REASONING_ENCRYPTED_VALUE",
                    "subtype": "message",
                    "entityId": "r1",
                    "encryptedValue": "c2VhbGVk",
                },
                {"type": "REASONING_END", "messageId": "r1"},
                {"type": "STATE_SNAPSHOT", "snapshot": {"birds": 0}},
                {"type": "STATE_DELTA", "delta": [{"op": "replace", "path": "/birds", "value": 1}]},
                {"type": "ACTIVITY_SNAPSHOT", "messageId": "a1", "activityType": "SEARCH", "content": {"done": 0}},
                {
                    "type": "ACTIVITY_DELTA",
                    "messageId": "a1",
                    "activityType": "SEARCH",
                    "patch": [{"op": "replace", "path": "/done", "value": 1}],
                },
                {"type": "CUSTOM", "name": "house", "value": {"colour": "red"}},
                {"type": "RAW", "event": {"any": "thing"}, "source": "provider"},
                *_message(1, "A wren."),
                result={"bird": "wren"},
                usage=[
                    {
                        "provider": "openai",
                        "model": "m-1",
                        "inputTokens": 100,
                        "outputTokens": 20,
                        "totalTokens": 120,
                        "reasoningTokens": 8,
                        "cachedInputTokens": 64,
                    }
                ],
            )
        ),
        said(
            choice("A wren.", reasoning="Small, brown."),
            prompt=100,
            completion=20,
            total=120,
            cached=64,
            reasoning=8,
        ),
    ),
    _ag_ui(
        "thinking by its older name",
        events(
            _run(
                {"type": "THINKING_START", "title": "Looking"},
                {"type": "THINKING_TEXT_MESSAGE_START"},
                {"type": "THINKING_TEXT_MESSAGE_CONTENT", "delta": "Small."},
                {"type": "THINKING_TEXT_MESSAGE_END"},
                {"type": "THINKING_END"},
                *_message(1, "A wren."),
            )
        ),
        said(choice("A wren.", reasoning="Small.")),
    ),
    _ag_ui(
        "chunks: text, and a call whose later ones name it no more",
        events(
            _run(
                {"type": "TEXT_MESSAGE_CHUNK", "messageId": "msg-1", "role": "assistant", "delta": "A"},
                {"type": "TEXT_MESSAGE_CHUNK", "messageId": "msg-1", "delta": " wren."},
                {
                    "type": "TOOL_CALL_CHUNK",
                    "toolCallId": "call-1",
                    "toolCallName": "find_bird",
                    "parentMessageId": "msg-1",
                },
                {"type": "TOOL_CALL_CHUNK", "toolCallId": "call-1", "delta": '{"place": '},
                {"type": "TOOL_CALL_CHUNK", "delta": '"old wall"}'},
            )
        ),
        said(choice("A wren."), tools=[("find_bird", {"place": "old wall"})]),
    ),
    _ag_ui(
        "interrupted for the user's word on a call",
        events(
            _run(
                _call(1, "sell"),
                _arguments(1, '{"bird": "wren"}'),
                _call_end(1),
                outcome={
                    "type": "interrupt",
                    "interrupts": [
                        {"id": "i1", "reason": "tool_call", "message": "Sell the wren?", "toolCallId": "call-1"}
                    ],
                },
            )
        ),
        said(choice(finish="interrupt"), tools=[("sell", {"bird": "wren"})]),
    ),
    _ag_ui(
        "an error ends it",
        events(
            [
                {"type": "RUN_STARTED", "threadId": "thread-1", "runId": "run-1"},
                *_message(1, "A wr")[:2],
                {"type": "RUN_ERROR", "message": "The model is gone.", "code": "gone"},
            ]
        ),
        said(choice("A wr")),
        is_failing=True,
    ),
)


# --- the AI SDK ------------------------------------------------------------------------------------------------------


def _text(number: int, *texts: str) -> list[dict[str, Any]]:
    return _block("text", number, *texts)


def _block(kind: str, number: int, *texts: str) -> list[dict[str, Any]]:
    own = {"id": str(number)}
    return [
        {"type": f"{kind}-start", **own},
        *({"type": f"{kind}-delta", **own, "delta": text} for text in texts),
        {"type": f"{kind}-end", **own},
    ]


def _stream(*inner: dict[str, Any], **finish: Any) -> list[Any]:
    return [{"type": "start", "messageId": "msg-1"}, *inner, {"type": "finish", **finish}, "[DONE]"]


def _step(*inner: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"type": "start-step"}, *inner, {"type": "finish-step"}]


def _ai_sdk(name: str, chunks: list[Any], meant: dict[str, Any], **more: Any) -> Sample:
    asked = {
        "id": "chat-1",
        "messages": [{"id": "u1", "role": "user", "parts": [{"type": "text", "text": "Which bird?"}]}],
        "trigger": "submit-message",
    }
    return Sample("ai_sdk", name, events(chunks), meant, "http://localhost:3000/api/chat", asked, **more)


_FIND: Final = {"toolCallId": "call-1", "toolName": "find_bird"}

_AI_SDK: Final = (
    _ai_sdk("text, version 5", _stream(*_step(*_text(0, "A", " wren."))), said(choice("A wren."))),
    _ai_sdk(
        "text and why it ended, version 6",
        _stream(*_step(*_text(0, "A wren.")), finishReason="length", messageMetadata={"model": "m-1"}),
        said(choice("A wren.", "length")),
    ),
    _ai_sdk(
        "reasoning, sources, a file, data of the application's own",
        [
            {"type": "start", "messageId": "msg-1", "messageMetadata": {"createdAt": 1700000000000}},
            {"type": "data-weather", "id": "w1", "data": {"sky": "grey"}},
            {"type": "data-note", "data": "passing", "transient": True},
            *_step(
                *_block("reasoning", 0, "Small,", " brown."),
                {"type": "source-url", "sourceId": "s1", "url": "https://birds.example/wren", "title": "Wrens"},
                {"type": "source-document", "sourceId": "s2", "mediaType": "application/pdf", "title": "Walls"},
                {"type": "file", "url": "https://birds.example/wren.png", "mediaType": "image/png"},
                *_text(1, "A wren."),
            ),
            {"type": "message-metadata", "messageMetadata": {"seen": True}},
            {"type": "finish", "finishReason": "stop"},
            "[DONE]",
        ],
        said(choice("A wren.", "stop", reasoning="Small, brown.")),
    ),
    _ai_sdk(
        "a call, streamed and repeated whole, its result, and a second step",
        _stream(
            *_step(
                {"type": "tool-input-start", **_FIND},
                {"type": "tool-input-delta", "toolCallId": "call-1", "inputTextDelta": '{"place": '},
                {"type": "tool-input-delta", "toolCallId": "call-1", "inputTextDelta": '"old wall"}'},
                {"type": "tool-input-available", **_FIND, "input": {"place": "old wall"}},
                {"type": "tool-output-available", "toolCallId": "call-1", "output": {"bird": "wren"}},
            ),
            *_step(*_text(0, "A wren.")),
            finishReason="stop",
        ),
        said(choice("A wren.", "stop"), tools=[("find_bird", {"place": "old wall"})]),
    ),
    _ai_sdk(
        "a call that was not streamed, of a tool the provider runs, asking for approval",
        _stream(
            *_step(
                {
                    "type": "tool-input-available",
                    **_FIND,
                    "input": {"place": "old wall"},
                    "providerExecuted": True,
                    "dynamic": True,
                    "title": "Find a bird",
                },
                {"type": "tool-approval-request", "approvalId": "ok-1", "toolCallId": "call-1"},
                {"type": "tool-output-denied", "toolCallId": "call-1"},
            ),
            finishReason="tool-calls",
        ),
        said(choice(finish="tool-calls"), tools=[("find_bird", {"place": "old wall"})]),
    ),
    _ai_sdk(
        "a call whose input is not what the tool takes",
        _stream(
            *_step(
                {"type": "tool-input-start", **_FIND},
                {"type": "tool-input-delta", "toolCallId": "call-1", "inputTextDelta": '{"plaice": 1}'},
                {"type": "tool-input-error", **_FIND, "input": {"plaice": 1}, "errorText": "No such field: plaice"},
                {"type": "tool-output-error", "toolCallId": "call-1", "errorText": "No such field: plaice"},
            )
        ),
        said(choice(), tools=[("find_bird", {"plaice": 1})]),
    ),
    _ai_sdk(
        "text that nobody announced, with the usage in the metadata, of another server",
        [
            {"type": "start", "messageId": "msg-1"},
            {"type": "start-step"},
            {"type": "text-delta", "id": "msg_1", "delta": "A wren."},
            {"type": "finish-step"},
            {"type": "finish", "finishReason": "stop", "messageMetadata": {"usage": {"prompt_tokens": 10}}},
            "[DONE]",
        ],
        said(choice("A wren.", "stop")),
    ),
    _ai_sdk(
        "an answer that goes on after approval: a result of a call that another stream made",
        _stream(
            {"type": "tool-output-available", "toolCallId": "call-0", "output": {"bird": "wren"}},
            *_step(*_text(0, "A wren.")),
            finishReason="stop",
        ),
        said(choice("A wren.", "stop")),
    ),
    _ai_sdk(
        "stopped by its user",
        [
            {"type": "start"},
            {"type": "start-step"},
            *_text(0, "A wr")[:2],
            {"type": "abort", "reason": "the user left"},
            "[DONE]",
        ],
        said(choice("A wr")),
    ),
    _ai_sdk(
        "an error ends it",
        [
            {"type": "start"},
            {"type": "start-step"},
            *_text(0, "A wr")[:2],
            {"type": "error", "errorText": "An error occurred."},
            {"type": "finish-step"},
            {"type": "finish", "finishReason": "error"},
            "[DONE]",
        ],
        said(choice("A wr", "error")),
        is_failing=True,
    ),
)

SAMPLES: Final = (*_AG_UI, *_AI_SDK)
