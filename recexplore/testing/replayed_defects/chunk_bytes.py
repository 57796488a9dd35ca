"""The bytes of a chunk, written as another one of the same stream was.

Takes a chunk, another one and the bytes of that, gives bytes: an event with the same kind of lines, or a line of
JSON. JSON is spaced and escaped as there. Never copies a comment or an id: what was put in has none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from recexplore.model.exchange import Json
from recexplore.share.exports.wire_text import JSON_STYLES

__all__ = ["event_like", "line_like", "value_like"]

_COPIED: Final = (b"event", b"data")
"""The fields of events that a chunk brings with it."""


def event_like(chunk: Json, other: Json, event: bytes) -> bytes:
    """A server-sent event that brings a chunk, with a name where the other has one."""
    lines = event.splitlines(keepends=True)
    fields = {name: line for line in lines if (name := line.partition(b":")[0].strip()) in _COPIED}
    end = _line_end(lines)
    data = fields.get(b"data", b"data: ")
    prefix = b"data: " if data.startswith(b"data: ") else b"data:"
    told = [*_name(chunk, other, fields.get(b"event", b""), end), prefix + value_like(chunk, other, event) + end]
    return b"".join([*told, end])


def _name(chunk: Json, other: Json, line: bytes, end: bytes) -> Iterator[bytes]:
    """The line that names an event: by the type of what it brings, where the other's is."""
    if not line or not isinstance(chunk, dict):
        return
    name = line.partition(b":")[2].strip()
    if isinstance(other, dict) and str(other.get("type")).encode() == name:
        yield f"event: {chunk.get('type')}".encode() + end
    else:
        yield b"event: " + name + end


def line_like(chunk: Json, other: Json, line: bytes) -> bytes:
    """A line of JSON."""
    return value_like(chunk, other, line) + _line_end([line])


def value_like(chunk: Json, other: Json, written: bytes) -> bytes:
    """The JSON of a chunk, in the style in which the other is written; a text stands for itself."""
    if isinstance(chunk, str):
        return chunk.encode("utf-8", "surrogatepass")
    styles = (style for style in JSON_STYLES if _encoded(style(other)) in written)
    return _encoded(next(styles, JSON_STYLES[0])(chunk))


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _line_end(lines: list[bytes]) -> bytes:
    return b"\r\n" if lines and lines[0].endswith(b"\r\n") else b"\n"
