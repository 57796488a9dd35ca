"""Amazon's event stream: how its frames are cut, and what a blob in one of them holds.

Takes the bytes of a body, gives its frames; takes the chunks of an exchange, gives them as the frames would have brought
them, where a recorder kept what an SDK had made of them. Never looks at what a model meant by the JSON it finds. Sources:
https://smithy.io/2.0/aws/amazon-eventstream.html and, for the ``bytes`` of a ``chunk``,
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_PayloadPart.html and
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent-runtime_PayloadPart.html.

A ``chunk`` packs what a model sent in its own format, which is JSON, or a part of an agent's answer, which is text and stays
``{"chunk": {"bytes": text}}`` whatever it looks like.
"""

from __future__ import annotations

import ast
import codecs
import re
import struct
import zlib
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace
from typing import Final

from recexplore.model.exchange import Exchange, Json
from recexplore.model.json_text import to_json_text
from recexplore.read.wire.json_text import decode_json
from recexplore.read.wire.packed_text import from_whole_base64, is_legible

__all__ = [
    "MEDIA_TYPE",
    "Frame",
    "begins_frame",
    "beside",
    "blob_in",
    "frames",
    "from_shown",
    "hold_text",
    "texts_in",
    "without_unions",
]

MEDIA_TYPE: Final = "application/vnd.amazon.eventstream"

_PRELUDE: Final = 12
_CHECKSUM: Final = 4
_SIZES: Final = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
"""Bytes of a header's value by its type; those of the types 6 (bytes) and 7 (a string) are told in front of it."""
_STRING: Final = 7

_AGENT: Final = re.compile(r"/agents/[^/]")
_AGENT_EVENTS: Final = frozenset(["trace", "returnControl", "files"])
_REPR: Final = re.compile(r"b'(?:[^'\\]|\\.)*'|b\"(?:[^\"\\]|\\.)*\"")
"""What Python shows of bytes: recorders that know no better write that."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame.

    Attributes
    ----------
    name
        Its event's type, its exception's, or the code of an error; None where it has none.
    error
        What went wrong, where the frame is an error that the API does not model.
    payload
        Its bytes.
    size
        How many bytes it takes, head and checksums included.
    is_sound
        Whether its checksum is the one that it names.
    """

    name: str | None
    error: str | None
    payload: bytes
    size: int
    is_sound: bool


def begins_frame(data: bytes) -> bool:
    """Whether a body begins with the head of a frame, whose checksum tells."""
    return len(data) >= 16 and zlib.crc32(data[:8]) == struct.unpack_from(">I", data, 8)[0] and data[:1] == b"\0"


def frames(data: bytes) -> Iterator[Frame]:
    """The whole frames that a body begins with.

    A frame is ``total length, length of headers, CRC`` (4 bytes each, big endian), headers, payload, CRC.
    """
    at = 0
    while len(data) - at >= _PRELUDE + _CHECKSUM:
        total, n_headers, _ = struct.unpack_from(">III", data, at)
        end = at + total
        if total < _PRELUDE + n_headers + _CHECKSUM or end > len(data):
            return
        begins = at + _PRELUDE + n_headers
        headers = dict(_headers(data[at + _PRELUDE : begins]))
        (checksum,) = struct.unpack_from(">I", data, end - _CHECKSUM)
        yield Frame(
            headers.get(":event-type") or headers.get(":exception-type") or headers.get(":error-code"),
            headers.get(":error-message", "") if ":error-code" in headers else None,
            data[begins : end - _CHECKSUM],
            total,
            zlib.crc32(data[at : end - _CHECKSUM]) == checksum,
        )
        at = end


def _headers(data: bytes) -> Iterator[tuple[str, str]]:
    """The headers that are strings: those that say what a frame is."""
    at = 0
    while at < len(data):
        ends = at + 1 + data[at]
        name, kind = data[at + 1 : ends].decode("utf-8", "replace"), data[ends : ends + 1]
        at = ends + 1
        if not kind or (kind[0] not in _SIZES and at + 2 > len(data)):
            return
        size = _SIZES.get(kind[0])
        if size is None:
            (size,) = struct.unpack_from(">H", data, at)
            at += 2
        if kind[0] == _STRING:
            yield name, data[at : at + size].decode("utf-8", "replace")
        at += size


def blob_in(payload: Json) -> bytes | None:
    """The bytes in the payload of a ``chunk``, where they are base64; None where it packs none."""
    blob = payload.get("bytes") if isinstance(payload, dict) else None
    return from_whole_base64(blob) if isinstance(blob, str) else None


def hold_text(endpoint: str | None, names: Sequence[str | None], first: bytes | None) -> bool:
    """Whether the chunks of a stream are parts of an agent's answer: the path says so, an agent's other events do, or the
    first chunk holds no object."""
    if endpoint is not None and _AGENT.search(endpoint):
        return True
    return not _AGENT_EVENTS.isdisjoint(names) or (first is not None and not _is_object(first))


def _is_object(data: bytes) -> bool:
    """Whether bytes are a JSON object."""
    return data.lstrip()[:1] == b"{" and isinstance(decode_json(data).value, dict)


def texts_in(blobs: Sequence[bytes]) -> list[str]:
    """The texts of blobs that are parts of one: where a character was cut in two, its text is the later part's."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    last = len(blobs) - 1
    return [decoder.decode(blob, final=at == last) for at, blob in enumerate(blobs)]


def beside(payload: dict[str, Json], taken: Set[str]) -> str | None:
    """What stands beside that which was taken out of a payload, as JSON: padding that hides the length of the rest."""
    rest = {key: value for key, value in payload.items() if key not in taken and value is not None}
    return to_json_text(rest) if rest else None


def without_unions(exchange: Exchange) -> Exchange:
    """The exchange with its chunks as frames bring them; itself where no recorder kept the unions of an SDK.

    A union is ``{"chunk": {"bytes": …}}``, its blob base64, text, or one of the forms in which bytes are written as JSON.
    """
    unions = [at for at, chunk in enumerate(exchange.chunks) if type(chunk) is dict and "chunk" in chunk]
    packed = {at: blob for at in unions if (blob := _blob(exchange.chunks[at]["chunk"])) is not None}
    if not packed or "event" in exchange.wire:
        return exchange
    blobs = _blobs(list(packed.values()))
    names = [next(iter(chunk), None) if isinstance(chunk, dict) else None for chunk in exchange.chunks]
    is_text = hold_text(exchange.endpoint, names, blobs[0])
    chunks, lone = list(exchange.chunks), exchange.lone_surrogates
    framing: list[str | None] = list(exchange.wire.get("framing") or [None] * len(chunks))
    for at, blob, text in zip(packed, blobs, texts_in(blobs), strict=True):
        union, part = chunks[at], chunks[at]["chunk"]
        if is_text or not _is_object(blob):
            chunks[at] = {**union, "chunk": {**part, "bytes": text}}
            continue
        decoded = decode_json(blob)
        chunks[at], framing[at] = decoded.value, beside({**union, **part}, {"chunk", "bytes"}) or framing[at]
        lone |= decoded.lone_surrogates
    wire = {**exchange.wire, "framing": framing} if any(framing) else exchange.wire
    return replace(exchange, chunks=chunks, wire=wire, lone_surrogates=lone)


def _blob(part: Json) -> Json:
    """The blob of a part, in whatever form; None where it has none, or one in a form that nobody writes."""
    blob = part.get("bytes") if type(part) is dict else None
    return blob if isinstance(blob, str) or _numbers(blob) is not None else None


def _blobs(written: Sequence[Json]) -> list[bytes]:
    """The bytes of all blobs of a stream. Texts are taken for what all of them can be: words may be base64, too."""
    texts = [blob for blob in written if isinstance(blob, str)]
    for form in (from_shown, _base64_of_text):
        read = [form(text) for text in texts]
        if all(blob is not None for blob in read):
            break
    else:
        read = [text.encode("utf-8", "surrogatepass") for text in texts]
    known = iter(read)
    return [(next(known) if isinstance(blob, str) else _numbers(blob)) or b"" for blob in written]


def from_shown(text: str) -> bytes | None:
    """Bytes as Python shows them (``b'…'``); None where a text is something else."""
    try:
        return bytes(ast.literal_eval(text)) if _REPR.fullmatch(text) else None
    except (SyntaxError, ValueError):
        return None


def _base64_of_text(text: str) -> bytes | None:
    blob = from_whole_base64(text)
    return blob if blob is not None and is_legible(blob) else None


def _numbers(blob: Json) -> bytes | None:
    """Bytes that were written as numbers: a list, Node's ``{"type": "Buffer", "data": […]}`` or ``{"0": 72, "1": 105}``."""
    if type(blob) is dict:
        blob = blob.get("data") if blob.get("type") == "Buffer" else list(blob.values()) if "0" in blob else None
    try:
        return bytes(blob) if type(blob) is list else None
    except (TypeError, ValueError):
        return None
