"""Answers of chat models as their servers send them, whole and broken, by what is special about each."""

from __future__ import annotations

import json
from typing import Any

from scripted_server import Script, events, sent

CHAT = "/v1/chat/completions"
MESSAGES = "/v1/messages"


def chat_chunk(index: int, delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
    choice = {"index": index, "delta": delta, "finish_reason": finish_reason}
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}


def _call(**fields: Any) -> dict[str, Any]:
    return {"tool_calls": [{"index": 0, **fields}]}


TWO_CHOICES = [
    chat_chunk(0, {"role": "assistant", "content": "A"}),
    chat_chunk(1, {"role": "assistant", "content": "One"}),
    chat_chunk(0, {"content": " wrén 🐦"}),
    chat_chunk(1, {"content": " bird"}),
    chat_chunk(1, {}, "stop"),
    chat_chunk(0, {}, "stop"),
]
TOOL_CALL = [
    chat_chunk(
        0, {"role": "assistant", **_call(id="call_1", type="function", function={"name": "look", "arguments": ""})}
    ),
    chat_chunk(0, _call(function={"arguments": '{"where": '})),
    chat_chunk(0, _call(function={"arguments": '"here"}'})),
    chat_chunk(0, {}, "tool_calls"),
]
CHAT_ERROR = {"error": {"message": "overloaded", "type": "server_error", "param": None, "code": None}}
WHOLE_CHAT = {
    "id": "c",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "A wren"}, "finish_reason": "stop"}],
}
_LIMITED = {"error": {"message": "slow down", "type": "rate_limit_error", "param": None, "code": None}}


def _json(document: Any, status: int = 200, **headers: str) -> Script:
    pieces = [(0, json.dumps(document).encode())]
    return Script(pieces, status=status, content_type="application/json", headers=headers, framing="length")


CHATS: dict[str, Script] = {
    "two choices": sent(events(*TWO_CHOICES)),
    "a tool call": sent(events(*TOOL_CALL)),
    "chunks that are cut anywhere": sent([b"".join(events(*TWO_CHOICES))[at : at + 61] for at in range(0, 1200, 61)]),
    "an error in the stream": sent(events(*TWO_CHOICES[:2], CHAT_ERROR, done=False)),
    "cut off": sent(events(*TWO_CHOICES[:3], done=False), end="cut"),
    "cut off in a character": sent(
        [b"".join(events(*TWO_CHOICES[:2], done=False)), b'data: {"id": "w\xf0\x9f'], end="cut"
    ),
    "torn down": sent(events(*TWO_CHOICES[:3], done=False), end="reset"),
    "nothing": Script(end="cut"),
    "a whole answer": _json(WHOLE_CHAT),
    "too many requests": _json(_LIMITED, 429, **{"retry-after": "1"}),
}


def _started(index: int, block: dict[str, Any]) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": block}


def _delta(index: int, **delta: Any) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": delta}


def _stopped(index: int) -> dict[str, Any]:
    return {"type": "content_block_stop", "index": index}


_MESSAGE = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [], "stop_reason": None}
_START = {
    "type": "message_start",
    "message": {**_MESSAGE, "stop_sequence": None, "usage": {"input_tokens": 3, "output_tokens": 1}},
}
_END = [
    {
        "type": "message_delta",
        "delta": {"stop_reason": "end_turn", "stop_sequence": None},
        "usage": {"output_tokens": 5},
    },
    {"type": "message_stop"},
]
TEXT_MESSAGE = [
    _START,
    _started(0, {"type": "text", "text": ""}),
    {"type": "ping"},
    _delta(0, type="text_delta", text="A wrén"),
    _delta(0, type="text_delta", text=" 🐦"),
    _stopped(0),
    *_END,
]
TOOL_MESSAGE = [
    _START,
    _started(0, {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {}}),
    _delta(0, type="input_json_delta", partial_json='{"where": '),
    _delta(0, type="input_json_delta", partial_json='"here"}'),
    _stopped(0),
    *_END,
]
_OVERLOADED = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}


def _messages(*chunks: Any, end: Any = "complete") -> Script:
    return sent(events(*chunks, done=False, names=True), end=end)


MESSAGE_STREAMS: dict[str, Script] = {
    "text": _messages(*TEXT_MESSAGE),
    "a tool": _messages(*TOOL_MESSAGE),
    "an error in the stream": _messages(*TEXT_MESSAGE[:4], _OVERLOADED),
    "cut off": _messages(*TEXT_MESSAGE[:4], end="cut"),
    "torn down": _messages(*TEXT_MESSAGE[:4], end="reset"),
    "overloaded": _json(_OVERLOADED, 529),
}
