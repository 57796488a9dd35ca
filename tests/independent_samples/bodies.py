"""Bodies of answers, byte for byte as servers send them, beside the chunks that a reader is to find in them.

Nothing of recexplore: the frames of Amazon's event stream are packed here a second time.
"""

from __future__ import annotations

import base64
import json
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Body", "agent_frames", "events", "frames", "lines", "named_events", "text_events", "whole"]


@dataclass(frozen=True)
class Body:
    """``chunks`` is what the independent reader is given."""

    media_type: str
    data: bytes
    chunks: list[Any]
    is_streamed: bool = True


def _json(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def events(chunks: Sequence[Any], *, data: str = "data: ", end: str = "\n", before: str = "", after: str = "") -> Body:
    """Server-sent events without names; ``before`` and ``after`` are other lines of the stream."""
    written = "".join(f"{data}{_json(chunk)}{end}{end}" for chunk in chunks)
    return Body("text/event-stream", f"{before}{written}{after}".encode(), list(chunks))


def named_events(pairs: Sequence[tuple[str, Any]], *, numbered: bool = False, after: str = "") -> Body:
    """Server-sent events with names, and with ids where they are numbered."""
    written = "".join(
        (f"id: {number}\n" if numbered else "") + f"event: {name}\ndata: {_json(chunk)}\n\n"
        for number, (name, chunk) in enumerate(pairs, 1)
    )
    return Body("text/event-stream", (written + after).encode(), [chunk for _, chunk in pairs])


def text_events(pairs: Sequence[tuple[str, str]], *, before: str = "", after: str = "") -> Body:
    """Server-sent events of plain text; a text of several lines takes several fields of data."""
    written = "".join(
        f"event: {name}\nid: 1700000000:{number}\n" + "".join(f"data: {line}\n" for line in text.split("\n")) + "\n"
        for number, (name, text) in enumerate(pairs)
    )
    return Body("text/event-stream; charset=utf-8", f"{before}{written}{after}".encode(), list(pairs))


def lines(chunks: Sequence[Any], media_type: str = "application/x-ndjson") -> Body:
    """One chunk a line of JSON."""
    return Body(media_type, "".join(f"{_json(chunk)}\n" for chunk in chunks).encode(), list(chunks))


def whole(chunk: Any) -> Body:
    """An answer that was not streamed."""
    return Body("application/json", _json(chunk).encode(), [chunk], is_streamed=False)


def frames(chunks: Sequence[Any]) -> Body:
    """InvokeModelWithResponseStream: what a model says is packed into the ``bytes`` of a frame, beside some padding.

    A chunk that names an exception is a frame of its own.
    """
    packed = [
        _frame(next(iter(chunk)), next(iter(chunk.values())), "exception")
        if next(iter(chunk)).endswith("Exception")
        else _frame("chunk", {"bytes": base64.b64encode(_json(chunk).encode()).decode(), "p": "abcdefgh"[: 2 + at % 6]})
        for at, chunk in enumerate(chunks)
    ]
    return Body("application/vnd.amazon.eventstream", b"".join(packed), list(chunks))


def agent_frames(members: Sequence[dict[str, Any]]) -> Body:
    """One frame a member of the stream's union, named by its key."""
    packed = [
        _frame(name, said, "exception" if name.endswith("Exception") else "event")
        for member in members
        for name, said in member.items()
    ]
    return Body("application/vnd.amazon.eventstream", b"".join(packed), list(members))


def _frame(name: str, said: Any, kind: str = "event") -> bytes:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html"""
    fields = {f":{kind}-type": name, ":content-type": "application/json", ":message-type": kind}
    headers = b"".join(
        bytes([len(field)]) + field.encode() + b"\x07" + struct.pack(">H", len(value)) + value.encode()
        for field, value in fields.items()
    )
    payload = _json(said).encode()
    start = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    start += struct.pack(">I", zlib.crc32(start))
    message = start + headers + payload
    return message + struct.pack(">I", zlib.crc32(message))
