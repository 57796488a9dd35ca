"""Streams as providers send them, as bytes, for servers that are scripted."""

from __future__ import annotations

import json
from typing import Any

DONE = b"data: [DONE]\n\n"


def event(data: Any, name: str | None = None) -> bytes:
    """One server-sent event."""
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(data)}\n\n".encode()


def chat_chunk(delta: dict[str, Any], index: int = 0, finish: str | None = None) -> bytes:
    """A chunk of a chat completion."""
    choice = {"index": index, "delta": delta, "finish_reason": finish}
    return event(
        {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    )


def chat_text(words: list[str]) -> list[bytes]:
    """A chat completion, a word a chunk."""
    chunks = [chat_chunk({"role": "assistant", "content": ""}), *(chat_chunk({"content": word}) for word in words)]
    return [*chunks, chat_chunk({}, finish="stop"), DONE]


def chat_two_choices() -> list[bytes]:
    """Two choices in turn."""
    chunks = [chat_chunk({"role": "assistant", "content": f"{word} "}, index) for word in "abc" for index in (0, 1)]
    return [*chunks, chat_chunk({}, 0, "stop"), chat_chunk({}, 1, "stop"), DONE]


def chat_tool_calls() -> list[bytes]:
    """Two tool calls, their arguments in fragments."""
    calls = [
        {"index": number, **begun, "function": {**named, "arguments": part}}
        for number, place in enumerate(("Wien", "Zürich"))
        for begun, named, part in (
            ({"id": f"call_{number}", "type": "function"}, {"name": "get_weather"}, ""),
            *(({}, {}, part) for part in ('{"place": ', f'"{place}"', "}")),
        )
    ]
    deltas = [{"role": "assistant", "content": None}, *({"tool_calls": [call]} for call in calls)]
    return [*map(chat_chunk, deltas), chat_chunk({}, finish="tool_calls"), DONE]


def chat_error_midway() -> list[bytes]:
    """A chat completion whose server fails after two words."""
    error = {"error": {"message": "the model is overloaded", "type": "server_error", "code": 503}}
    return [*chat_text(["one", " two"])[:3], event(error)]


def message_text(words: list[str]) -> list[bytes]:
    """A message of Anthropic's API, a word a chunk."""
    message = {
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude", "content": [], "stop_reason": None,
        "stop_sequence": None, "usage": {"input_tokens": 3, "output_tokens": 1},
    }  # fmt: skip
    deltas = [{"type": "text_delta", "text": word} for word in words]
    return [
        event({"type": "message_start", "message": message}, "message_start"),
        event(
            {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
            "content_block_start",
        ),
        event({"type": "ping"}, "ping"),
        *(event({"type": "content_block_delta", "index": 0, "delta": each}, "content_block_delta") for each in deltas),
        event({"type": "content_block_stop", "index": 0}, "content_block_stop"),
        *_message_end("end_turn"),
    ]


def message_tool_use() -> list[bytes]:
    """A message that calls a tool."""
    start = message_text([])[0]
    block = {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {}}
    parts = [{"type": "input_json_delta", "partial_json": part} for part in ("", '{"place": ', '"Zürich"', "}")]
    return [
        start,
        event({"type": "content_block_start", "index": 0, "content_block": block}, "content_block_start"),
        *(event({"type": "content_block_delta", "index": 0, "delta": each}, "content_block_delta") for each in parts),
        event({"type": "content_block_stop", "index": 0}, "content_block_stop"),
        *_message_end("tool_use"),
    ]


def message_error_midway() -> list[bytes]:
    """A message whose server fails after two words."""
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    return [*message_text(["one", " two"])[:5], event(error, "error")]


def _message_end(reason: str) -> list[bytes]:
    delta = {
        "type": "message_delta",
        "delta": {"stop_reason": reason, "stop_sequence": None},
        "usage": {"output_tokens": 9},
    }
    return [event(delta, "message_delta"), event({"type": "message_stop"}, "message_stop")]
