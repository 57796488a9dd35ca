"""The body of an HTTP answer, as the chunks that came over the wire.

Takes the bytes of a body and what its headers say, gives its chunks: server-sent events, lines of JSON, the frames of
Amazon's event stream, or one whole body. Never raises for what the bytes hold, never looks at what a provider meant.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from recexplore.model.exchange import Problem
from recexplore.read.wire.aws_frames import MEDIA_TYPE, begins_frame
from recexplore.read.wire.body import Body, packed
from recexplore.read.wire.event_body import read_events
from recexplore.read.wire.frame_body import read_frames
from recexplore.read.wire.line_body import are_coded_lines, are_lines, read_lines
from recexplore.read.wire.packed_text import is_utf8
from recexplore.read.wire.sse import looks_like_events

__all__ = ["read_body"]

_LINE_TYPES: Final = (
    "application/x-ndjson",
    "application/ndjson",
    "application/jsonl",
    "application/x-jsonl",
    "application/json-seq",
)
_BINARY_TYPES: Final = (
    "image/",
    "audio/",
    "video/",
    "font/",
    "application/pdf",
    "application/protobuf",
    "application/x-protobuf",
    "application/vnd.google.protobuf",
    "application/grpc",
    "application/msgpack",
    "application/x-msgpack",
    "application/cbor",
    "application/wasm",
    "application/zip",
    "application/gzip",
    "application/x-tar",
)
"""How media types begin whose bodies are no text, even where their bytes could be."""
_TEXT_WORDS: Final = ("json", "+xml", "/xml", "javascript", "yaml", "event-stream", "form-urlencoded", "graphql")


def read_body(data: bytes, media_type: str = "", *, is_stream: bool = False, endpoint: str | None = None) -> Body:
    """The chunks of a body.

    Parameters
    ----------
    data
        The body, no longer compressed.
    media_type
        Its ``content-type``. Where that says nothing, or is contradicted by the body, the body decides.
    is_stream
        Whether a JSON array is a stream of its items (Google's ``streamGenerateContent`` without ``alt=sse``).
    endpoint
        The path that was asked: by it the frames of an agent's answer, which is text, are told from those of a model's.
    """
    kind = media_type.partition(";")[0].strip().lower()
    if kind == MEDIA_TYPE or begins_frame(data):
        return read_frames(data, endpoint)
    if kind == "text/event-stream" or (not kind.endswith("json") and looks_like_events(data)):
        events = read_events(data)
        if events.chunks or (kind == "text/event-stream" and looks_like_events(data)):
            return events
    if (
        kind in _LINE_TYPES
        or are_lines(data)
        or are_coded_lines(data)
        or (is_stream and data.lstrip()[:1] == b"{" and b"\n{" in data.strip())
    ):
        return read_lines(data)
    body = Body()
    if not data.strip():
        return body
    is_opaque = kind.startswith("application/octet-stream") and data.lstrip()[:1] != b"{"
    if is_opaque or kind.startswith(_BINARY_TYPES):
        return packed(data, kind)
    if not is_utf8(data) and (text := _in_declared_charset(data, media_type)) is not None:
        data = text.encode("utf-8", "surrogatepass")
    if not is_utf8(data):
        body = packed(data, kind)
        if _is_textual(kind):
            body.problems.append(Problem("the body is no text", "UTF-8", f"{data[:16]!r}", "kept as base64", chunk=0))
        return body
    value = body.decode(data, "the body", may_be_cut=True)
    if isinstance(value, str) and looks_like_events(data) and (events := read_events(data)).chunks:
        return events
    if is_stream and isinstance(value, list):
        body.streamed = body.is_list = True
        for item in value:
            body.add(item)
        body.problems = [replace(each, chunk=max(0, len(value) - 1)) for each in body.problems]
    else:
        body.add(value, size=len(data), at=len(data) - len(data.lstrip()))
    return body


def _in_declared_charset(data: bytes, media_type: str) -> str | None:
    """The text that bytes are in the charset that their media type names; None where it names none that is known."""
    charset = _CHARSET.search(media_type)
    try:
        return data.decode(charset[1]) if charset is not None else None
    except (LookupError, UnicodeError):
        return None


_CHARSET: Final = re.compile(r"charset=[\"']?([\w.:-]+)", re.IGNORECASE)


def _is_textual(kind: str) -> bool:
    """Whether a body of a media type is text; where none is declared it should be."""
    return not kind or kind.startswith("text/") or any(word in kind for word in _TEXT_WORDS)
