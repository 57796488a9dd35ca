"""The body of an HTTP answer, as the chunks that came over the wire.

Takes the bytes of a body and what its headers say, gives its chunks: server-sent events, lines of JSON, the frames of
Amazon's event stream, or one whole body. Never raises for what the bytes hold, never looks at what a provider meant.
"""

from __future__ import annotations

import base64
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, pairwise
from typing import Any, Final, Literal

import pyarrow as pa

from recexplore.model.exchange import CHUNK, DONE_MARK, Exchange, Json, Problem
from recexplore.model.json_text import to_json_text
from recexplore.read.wire.aws_frames import MEDIA_TYPE, begins_frame, beside, blob_in, frames, hold_text, texts_in
from recexplore.read.wire.json_text import decode_json
from recexplore.read.wire.sse import Event, looks_like_events, parse

__all__ = [
    "MAX_INFLATED_BYTES",
    "Body",
    "are_coded_lines",
    "inflate",
    "inflated_prefix",
    "packed",
    "read_body",
    "read_events",
    "read_lines",
    "text_names",
]

MAX_INFLATED_BYTES: Final = 256 * 1024 * 1024
"""What a compressed body may grow to."""

MAX_RATIO: Final = 200
"""How many times its compressed size a body may grow to."""

_SMALL: Final = 16 * 1024**2
_CODECS: Final = {"gzip": "gzip", "x-gzip": "gzip", "br": "brotli", "zstd": "zstd"}
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
_TEXT_WORDS: Final = ("json", "xml", "javascript", "yaml", "event-stream", "form-urlencoded", "graphql")
_LONGEST_LINE: Final = 1 << 20
_DONE: Final = DONE_MARK.encode()
_BOM: Final = b"\xef\xbb\xbf"
_CODED: Final = re.compile(rb'(?P<code>[0-9a-z]):(?P<json>["\[{].*)', re.DOTALL)


@dataclass(slots=True)
class Body:
    """The chunks of a body, and what stood around each; ``is_list`` where they are the items of one JSON list."""

    chunks: list[Json] = field(default_factory=list)
    streamed: bool = False
    is_list: bool = False
    names: list[str | None] = field(default_factory=list)
    framing: list[str | None] = field(default_factory=list)
    sizes: list[int | None] = field(default_factory=list)
    offsets: list[int | None] = field(default_factory=list)
    damage: Literal["cut", "unterminated"] | None = None
    lone_surrogates: bool = False
    problems: list[Problem] = field(default_factory=list)

    def add(
        self,
        chunk: Json,
        *,
        name: str | None = None,
        framing: str | None = None,
        size: int | None = None,
        at: int | None = None,
    ) -> None:
        self.chunks.append(chunk)
        self.names.append(name)
        self.framing.append(framing)
        self.sizes.append(size)
        self.offsets.append(at)

    def decode(self, data: bytes, at: str, *, may_be_cut: bool = False, may_be_text: bool = True) -> Json:
        """The JSON that ``data`` holds; the text itself where it holds none, which is told unless it may be text."""
        decoded = decode_json(data) if data.strip() else None
        if decoded is None or not decoded.readable or decoded.has_more or (decoded.is_cut and not may_be_cut):
            is_broken = data.lstrip()[:1] == b"{"
            if may_be_cut and is_broken:
                self.damage = "cut"
            if is_broken or not (may_be_text or data == _DONE):
                found = data[:80].decode("utf-8", "replace")
                self.problem(f"{at} is not JSON", "JSON", found, "kept as text")
            return data.decode("utf-8", "replace")
        self.lone_surrogates |= decoded.lone_surrogates
        if decoded.is_cut:
            self.damage = "cut"
        for problem in decoded.damage:
            self.problem(problem.what, problem.expected, problem.found, problem.hint)
        return decoded.value

    def problem(self, what: str, expected: str, found: str, hint: str) -> None:
        self.problems.append(Problem(what, expected, found, hint, chunk=len(self.chunks)))

    def cut(self, ends: Sequence[int]) -> list[Body]:
        """Several bodies, each up to and with one of the chunks at ``ends``; the last one takes what is left."""
        borders = [0, *(end + 1 for end in ends if end + 1 < len(self.chunks)), len(self.chunks)]
        parts = []
        for start, end in pairwise(borders):
            part = Body(self.chunks[start:end], self.streamed)
            part.names, part.framing = self.names[start:end], self.framing[start:end]
            part.sizes, part.lone_surrogates = self.sizes[start:end], self.lone_surrogates
            part.offsets = self.offsets[start:end]
            is_last = end == borders[-1]
            part.problems = [
                replace(each, chunk=(each.chunk or 0) - start)
                for each in self.problems
                if start <= (each.chunk or 0) and ((each.chunk or 0) < end or is_last)
            ]
            parts.append(part)
        parts[-1].damage = self.damage
        return parts

    def fill(self, exchange: Exchange) -> None:
        """Hand everything on to the exchange it is the answer of."""
        exchange.chunks = self.chunks
        known = [at for at in self.offsets if at is not None]
        exchange.offsets = known if len(known) == len(self.chunks) else None
        exchange.chunk_path += (CHUNK,) if self.is_list else ()
        exchange.lone_surrogates |= self.lone_surrogates
        for column, cells in (("event", self.names), ("framing", self.framing), ("bytes", self.sizes)):
            if any(cell is not None for cell in cells):
                exchange.wire[column] = cells
        if self.damage is not None and self.chunks:
            exchange.damaged_chunk, exchange.damage = len(self.chunks) - 1, self.damage
        exchange.problems += self.problems


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
        return _read_frames(data, endpoint)
    if kind == "text/event-stream" or (not kind.endswith("json") and looks_like_events(data)):
        events = read_events(data)
        if events.chunks or (kind == "text/event-stream" and looks_like_events(data)):
            return events
    if (
        kind in _LINE_TYPES
        or _are_lines(data)
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
    if not _is_utf8(data):
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


def _is_textual(kind: str) -> bool:
    """Whether a body of a media type is text; where none is declared it should be."""
    return not kind or kind.startswith("text/") or any(word in kind for word in _TEXT_WORDS)


def packed(data: bytes, kind: str) -> Body:
    """One chunk for what is no text: the bytes as base64."""
    body = Body()
    body.add({"media_type": kind, "base64": base64.b64encode(data).decode()}, size=len(data))
    return body


def read_events(data: bytes | Iterable[bytes]) -> Body:
    """One chunk for each server-sent event; its JSON, or its text where it is none or where its name brings text."""
    pieces = [data] if isinstance(data, bytes) else list(data)
    events, after = parse(pieces)
    body = Body(streamed=True)
    if not _is_utf8(b"".join(pieces)):
        hint = "what could not be read is U+FFFD; the file has the bytes"
        body.problem("bytes that are not UTF-8", "UTF-8, as a stream of events is", "other bytes", hint)
    texts = text_names((event.name, event.data) for event in events)
    for event in _documents(events):
        is_last = not event.is_whole
        if is_last:
            body.damage = "unterminated"
        chunk: Json = event.data
        if event.name not in texts:
            chunk = body.decode(event.data.encode("utf-8", "surrogatepass"), "an event's data", may_be_cut=is_last)
        body.add(chunk, name=event.name or None, framing=_framing(event), size=event.size, at=event.at)
    if after and not body.chunks:
        found = " / ".join(after)[:80]
        body.problem("the stream of events holds no event", "an event with data", found, "record it again")
    elif after:
        noted = {**_json(body.framing[-1]), "after": list(after)}
        body.framing[-1] = to_json_text(noted)
    return body


def text_names(events: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Names under which events bring plain text, of pairs of name and data: most of it does not begin as an object does.

    Text is kept as it came: a piece of it may look like JSON (``12``, ``"yes"``, ``[]``) and mean the characters. Events
    without a name, and `[DONE]`, tell nothing.
    """
    begins = Counter[str]()
    for name, data in events:
        if name and data != DONE_MARK:
            begins[name] += 1 if data.lstrip()[:1] == "{" else -1
    return frozenset(name for name, n in begins.items() if n < 0)


def _is_utf8(data: bytes) -> bool:
    """Whether it is text; the end may cut a character in two."""
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data"
    return True


def _are_lines(data: bytes) -> bool:
    """Whether a body is one JSON object a line, whatever its header says."""
    first, _, rest = data[:_LONGEST_LINE].lstrip().partition(b"\n")
    if first[:1] != b"{" or rest.lstrip()[:1] != b"{":
        return False
    return decode_json(first).damage == ()


@dataclass(slots=True)
class _Part(Event):
    """One of several documents that came as one event."""

    part: int = 0
    parts: int = 0


def _documents(events: Iterable[Event]) -> Iterator[Event]:
    """The events; one whose data lines are documents of their own, for want of blank lines between them, taken apart."""
    begin = 0
    for event in events:
        end = begin + event.size
        if event.lines and _are_documents(event):
            yield from _taken_apart(event, begin, end)
        else:
            yield event
        begin = end


def _are_documents(event: Event) -> bool:
    *others, last = (text for _, text, _ in event.lines)
    # The last one may be cut with the stream.
    return all(map(_is_document, others)) and (not event.is_whole or _is_document(last))


def _taken_apart(event: Event, begin: int, end: int) -> list[Event]:
    """One event for each data line of one that stands between two places of the stream."""
    n = len(event.lines)
    borders = [begin, *(at for _, _, at in event.lines[1:]), end]
    sizes = [after - before for before, after in pairwise(borders)]
    has_names = any(name for name, _, _ in event.lines)
    parts: list[Event] = [
        _Part(text, name if has_names else event.name, size=size, at=at, part=number, parts=n)
        for number, ((name, text, at), size) in enumerate(zip(event.lines, sizes, strict=True), 1)
    ]
    parts[0].before, parts[0].id, parts[0].retry = event.before, event.id, event.retry
    parts[-1].is_whole = event.is_whole
    return parts


def _is_document(text: str) -> bool:
    """Whether a data line is a JSON object, or the mark of the end, by itself."""
    if text == DONE_MARK:
        return True
    decoded = decode_json(text.encode("utf-8", "surrogatepass")) if text.startswith("{") else None
    return decoded is not None and decoded.readable and not (decoded.is_cut or decoded.has_more)


def _framing(event: Event) -> str | None:
    noted: dict[str, Json] = {"id": event.id, "retry": event.retry, "before": list(event.before) or None}
    if isinstance(event, _Part):
        noted |= {"part": event.part, "parts": event.parts}
    said = {name: value for name, value in noted.items() if value is not None}
    return to_json_text(said) if said else None


def _json(text: str | None) -> dict[str, Json]:
    return dict(decode_json(text.encode()).value) if text else {}


def are_coded_lines(data: bytes) -> bool:
    """Whether lines are JSON behind a code of one character and a colon: ``0:"text"``. The first two are looked at."""
    first, _, rest = data[:_LONGEST_LINE].lstrip().partition(b"\n")
    coded = _CODED.fullmatch(first.rstrip())
    if coded is None or (rest.strip() and _CODED.match(rest.lstrip()) is None):
        return False
    return decode_json(coded["json"]).damage == ()


def read_lines(data: bytes) -> Body:
    """One chunk a line of JSON; empty lines are none. What a line has under a code is an object with that key."""
    body = Body(streamed=True)
    start = len(_BOM) if data.startswith(_BOM) else 0
    all_lines = data[start:].splitlines(keepends=True)
    starts = accumulate(map(len, all_lines), initial=start)
    lines = [(n, at, line) for n, (at, line) in enumerate(zip(starts, all_lines, strict=False), 1) if line.strip()]
    for number, start, line in lines:
        # RFC 7464 begins each with a record separator.
        is_last = number == lines[-1][0] and not line.endswith((b"\n", b"\r"))
        text = _keyed(line.strip(b"\x1e \t\r\n"))
        chunk = body.decode(text, f"line {number}", may_be_cut=is_last, may_be_text=False)
        body.add(chunk, size=len(line), at=start)
    return body


def _keyed(line: bytes) -> bytes:
    """The JSON of a line; where it has a code, that of an object with this one key, as far as the line goes."""
    coded = _CODED.fullmatch(line)
    if coded is None:
        return line
    decoded = decode_json(coded["json"])
    end = b"}" if decoded.readable and not decoded.is_cut else b""
    return b'{"' + coded["code"] + b'":' + coded["json"] + end


def _read_frames(data: bytes, endpoint: str | None) -> Body:
    """One chunk for each frame of Amazon's event stream, under its name; of a ``chunk`` what it packs."""
    body = Body(streamed=True)
    found = list(frames(data))
    packs = {at: decode_json(frame.payload).value for at, frame in enumerate(found) if frame.name == "chunk"}
    blobs = {at: blob for at, pack in packs.items() if (blob := blob_in(pack)) is not None}
    is_text = hold_text(endpoint, [frame.name for frame in found], next(iter(blobs.values()), None))
    parts = dict(zip(blobs, texts_in(list(blobs.values())), strict=True)) if is_text else {}
    for at, frame in enumerate(found):
        framing = None
        if not frame.is_sound:
            body.problem("a frame is damaged", "the checksum it names", "another", "read as it stands")
        if at in parts:
            if "\ufffd" in parts[at] and b"\xef\xbf\xbd" not in blobs[at]:
                body.problem("bytes that are not UTF-8", "UTF-8, as an answer is", "other bytes", "read as U+FFFD")
            chunk: Json = {frame.name: {**packs[at], "bytes": parts[at]}}
        elif at in blobs:
            chunk, framing = body.decode(blobs[at], "a frame's payload"), beside(packs[at], {"bytes"})
        elif frame.error is not None:
            chunk = {"error": {"code": frame.name, "message": frame.error}}
        else:
            value = body.decode(frame.payload, "a frame's payload") if frame.payload else {}
            chunk = {frame.name: value} if frame.name else value
        body.add(chunk, name=frame.name, framing=framing, size=frame.size)
    if left := data[sum(frame.size for frame in found) :]:
        hint = "kept as base64; record it again"
        body.problem("the event stream breaks off", "a whole frame", f"{len(left)} bytes", hint)
        body.add(packed(left, MEDIA_TYPE).chunks[0], size=len(left))
        body.damage = "cut"
    return body


def inflate(data: bytes, encodings: str, limit: int = MAX_INFLATED_BYTES) -> bytes:
    """Undo ``content-encoding``.

    Raises
    ------
    ValueError
        The encoding is not known, the data is not so encoded, or it grows beyond ``limit`` bytes.
    """
    limit = min(limit, max(_SMALL, MAX_RATIO * len(data)))
    for encoding in reversed([each.strip().lower() for each in encodings.split(",") if each.strip()]):
        if encoding == "identity":
            continue
        if encoding not in _INFLATERS:
            raise ValueError(f"the encoding {encoding!r} is not known")
        try:
            data = _INFLATERS[encoding](data, limit)
        except (OSError, zlib.error, pa.ArrowInvalid) as error:
            raise ValueError(f"{encoding} cannot be undone: {error}") from error
        if len(data) > limit:
            raise ValueError(f"more than {limit} bytes when no longer {encoding}")
    return data


def inflated_prefix(data: bytes, limit: int = MAX_INFLATED_BYTES) -> bytes:
    """As much of a gzip or zlib body as can be read, where it breaks off."""
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(data, limit)
    except zlib.error:
        return b""


def _with_arrow(codec: str, data: bytes, limit: int) -> bytes:
    with pa.CompressedInputStream(pa.BufferReader(data), codec) as stream:
        return bytes(stream.read(limit + 1))


def _deflated(data: bytes, limit: int) -> bytes:
    try:
        return _to_the_end(zlib.decompressobj(), data, limit)
    except zlib.error:
        # Some servers leave the zlib header out.
        return _to_the_end(zlib.decompressobj(-zlib.MAX_WBITS), data, limit)


def _to_the_end(inflater: Any, data: bytes, limit: int) -> bytes:
    found = bytes(inflater.decompress(data, limit + 1))
    if not inflater.eof and len(found) <= limit:
        raise zlib.error("it breaks off")
    return found


def _codec(name: str) -> Callable[[bytes, int], bytes]:
    return lambda data, limit: _with_arrow(name, data, limit)


_INFLATERS: Final[Mapping[str, Callable[[bytes, int], bytes]]] = {
    "deflate": _deflated,
    **{encoding: _codec(codec) for encoding, codec in _CODECS.items()},
}
