"""Raw HTTP as it was written to the wire: a trace of httprr, or a request and its answer as text.

Takes a file's bytes, gives a holder of them as Latin-1 text. Lengths that the file tells of itself follow what was replaced.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from recexplore.read.wire.raw_exchange import REQUEST_LINE, STATUS_LINE
from recexplore.read.wire.raw_message import head_end, parse_message
from recexplore.share.redact.fields import Kind
from recexplore.share.redact.notations.bodies import inside
from recexplore.share.redact.notations.packing import unpacked_bytes
from recexplore.share.redact.notations.pieces import Holder, Slot, Spliced
from recexplore.share.redact.walk import Walk

__all__ = ["NotHttp", "http_text"]

_TRACE: Final = re.compile(rb"(?:\xef\xbb\xbf)?httprr trace v1\r?\n")
_LENGTHS: Final = re.compile(rb"(\d{1,12}) (\d{1,12})(\r?\n)")
_FIELD: Final = re.compile(r"(?m)^(?P<name>[^\s:]+):[ \t]*(?P<value>[^\r\n]*)")
_LENGTH: Final = re.compile(r"(?mi)^(content-length:[ \t]*)\d+")


class NotHttp(ValueError):
    """The file is no HTTP to its end."""


@dataclass(slots=True, eq=False)
class _Message:
    """A head and a body, both as Latin-1 text."""

    text: str
    head: Spliced
    body: Holder | None
    decoded: bytes
    is_chunked: bool

    def render(self) -> str:
        head = self.head.render()
        if self.body is None or self.body.render() == self.body.text:
            return head + self.text[len(self.head.text) :]
        body = self.body.render().encode("utf-8", "surrogateescape").decode("latin-1")
        if self.is_chunked:
            return f"{head}{len(body):x}\r\n{body}\r\n0\r\n\r\n"
        return _LENGTH.sub(rf"\g<1>{len(body)}", head) + body


@dataclass(slots=True, eq=False)
class _Compressed:
    """A compressed body, as UTF-8 with escapes for what is none."""

    text: str
    inside: Holder
    pack: object

    def render(self) -> str:
        new = self.inside.render()
        if new == self.inside.text:
            return self.text
        packed: str = self.pack(new)  # type: ignore[operator]
        return packed.encode("latin-1").decode("utf-8", "surrogateescape")


@dataclass(slots=True, eq=False)
class _Trace:
    """Messages one behind the other, pairs of them behind their lengths."""

    text: str
    steps: list[tuple[str, tuple[_Message, ...]]] = field(default_factory=list)

    def render(self) -> str:
        made = []
        for before, messages in self.steps:
            rendered = [message.render() for message in messages]
            lengths = _LENGTHS.fullmatch(before.encode("latin-1"))
            if lengths is not None:
                before = " ".join(str(len(each)) for each in rendered) + lengths[3].decode()
            made += [before, *rendered]
        return "".join(made)


def http_text(walk: Walk, data: bytes) -> Holder:
    """The messages of a file.

    Raises
    ------
    NotHttp
        There is something else in it.
    """
    trace = _TRACE.match(data)
    held = _Trace(data.decode("latin-1"))
    if trace is not None:
        held.steps.append((trace[0].decode("latin-1"), ()))
        at = trace.end()
        while (lengths := _LENGTHS.match(data, at)) is not None:
            middle = lengths.end() + int(lengths[1])
            end = middle + int(lengths[2])
            if end > len(data) or STATUS_LINE.match(data, middle) is None:
                raise NotHttp("the lengths in the trace do not fit")
            messages = (
                _message(walk, data[lengths.end() : middle], lengths.end()),
                _message(walk, data[middle:end], middle),
            )
            held.steps.append((lengths[0].decode(), messages))
            at = end
        if data[at:].strip():
            raise NotHttp("the trace does not go on as it began")
        held.steps.append((data[at:].decode("latin-1"), ()))
        return held
    begins = [0] if REQUEST_LINE.match(data) or STATUS_LINE.match(data) else []
    if not begins:
        raise NotHttp("no request and no answer")
    while (head := head_end(data, begins[-1], len(data))) < len(data) and STATUS_LINE.match(data, head):
        begins.append(head)
    for start, end in zip(begins, [*begins[1:], len(data)], strict=True):
        held.steps.append(("", (_message(walk, data[start:end], start),)))
    return held


def _message(walk: Walk, data: bytes, offset: int) -> _Message:
    """One message."""
    end = head_end(data, 0, len(data))
    text = data.decode("latin-1")
    head = Spliced(text[:end])
    slot: Slot = ("http", offset)
    line_end = text.find("\n") + 1
    first = text[:line_end].split(" ")
    if len(first) == 3 and not first[0].startswith("HTTP/"):
        start = len(first[0]) + 1
        head.parts.append((start, start + len(first[1]), walk.piece(first[1], Kind.URL, "url", slot, offset)))
    for found in _FIELD.finditer(text[:end], line_end):
        if found["value"]:
            piece = walk.header(found["name"], found["value"].rstrip(), slot, offset)
            head.parts.append((found.start("value"), found.start("value") + len(piece.text), piece))
    message = parse_message(data)
    body = message.body
    held = _body(walk, body, (*slot, "body"), offset) if body else None
    is_chunked = message.headers.get("transfer-encoding").lower().endswith("chunked") and message.misfit is None
    return _Message(text, head, held, body, is_chunked)


def _body(walk: Walk, body: bytes, slot: Slot, offset: int) -> Holder:
    packed = unpacked_bytes(body)
    if packed is not None and packed.is_text:
        inner = inside(walk, packed.text, "", frozenset(), slot, offset)
        inner = inner or walk.piece(packed.text, Kind.TEXT, "body", slot, offset)
        return _Compressed(body.decode("utf-8", "surrogateescape"), inner, packed.pack)
    text = body.decode("utf-8", "surrogateescape")
    held = inside(walk, text, "", frozenset(), slot, offset)
    return held or walk.piece(text, Kind.TEXT if packed is None else Kind.BINARY, "body", slot, offset)
