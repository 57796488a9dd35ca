"""Small recordings made by hand, for what no real recording shows. Plain JSON values, nothing of recexplore."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

URL = "https://api.openai.com/v1/chat/completions"


def choice(delta: Any = None, index: Any = 0, finish_reason: Any = None, **fields: Any) -> dict[str, Any]:
    return {"index": index, "delta": {} if delta is None else delta, "finish_reason": finish_reason, **fields}


def chunk(*choices: Any, **fields: Any) -> dict[str, Any]:
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 0, "model": "m"}
    return {**head, "choices": list(choices), **fields}


def says(content: Any, index: int = 0, **delta: Any) -> dict[str, Any]:
    """A chunk with one delta that holds content."""
    return chunk(choice({"content": content, **delta}, index))


def thinks(field: str, text: Any, **delta: Any) -> dict[str, Any]:
    """A chunk with one delta that holds reasoning in a field of its own."""
    return chunk(choice({field: text, **delta}))


def calls(*fragments: Any, index: int = 0) -> dict[str, Any]:
    return chunk(choice({"tool_calls": list(fragments)}, index))


def fragment(arguments: Any, index: Any = 0, **fields: Any) -> dict[str, Any]:
    name = {"name": fields.pop("name")} if "name" in fields else {}
    return {"index": index, "function": {"arguments": arguments, **name}, **fields}


def recording(body: Any, *, streaming: bool = True, request: dict[str, Any] | None = None, **top: Any) -> Any:
    asked = {"model": "m", "messages": [], "stream": streaming} if request is None else request
    return {
        "test_id": None,
        "request": {"method": "POST", "url": URL, "endpoint": "/v1/chat/completions", "model": "m", "body": asked},
        "response": {"body": body, "is_streaming": streaming},
        **top,
    }


def stream(*chunks: Any, **top: Any) -> Any:
    return recording([wrapped(each) for each in chunks], **top)


def wrapped(data: Any, label: Any = "openai.types.chat.chat_completion_chunk.ChatCompletionChunk") -> dict[str, Any]:
    return {"__type__": label, "__data__": data}


def foreign(n: int, **top: Any) -> Any:
    """A stream of chunks that no dialect knows."""
    return recording([{"strange": number} for number in range(n)], **top)


def whole(message: dict[str, Any], **fields: Any) -> Any:
    answer = {"index": 0, "message": message, "finish_reason": fields.pop("finish_reason", "stop")}
    body = {"id": "chatcmpl-1", "object": "chat.completion", "created": 0, "model": "m", "choices": [answer], **fields}
    return recording(wrapped(body), streaming=False)


def pieces(text: str, cuts: Iterable[int]) -> list[str]:
    """The text, cut at the places; places beyond its end cut nothing off, places twice give empty pieces."""
    places: Sequence[int] = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    return [text[start:end] for start, end in pairwise(places)]
