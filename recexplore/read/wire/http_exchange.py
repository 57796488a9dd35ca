"""One HTTP exchange, from what a recorder of HTTP kept of it.

Takes method, URL, headers and bodies in whatever form a recorder has them, fills an `Exchange`. Shared by the envelopes that
hold HTTP traffic. Never looks at what a provider meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from recexplore.model.exchange import Exchange, Json, Problem
from recexplore.model.json_text import to_json_text
from recexplore.read.wire.body import Body, packed
from recexplore.read.wire.compression import encoding_told_by, inflate, inflated_prefix
from recexplore.read.wire.http_body import read_body
from recexplore.read.wire.json_text import decode_json
from recexplore.read.wire.packed_text import is_legible

__all__ = [
    "Headers",
    "fill_chunks",
    "fill_parsed",
    "fill_request",
    "fill_response",
    "header_fields",
    "note_damage",
    "object_in",
    "path_of",
    "to_bytes",
]

_MOST_STATUS: Final = 1000
_STREAMING: Final = re.compile(r"stream", re.IGNORECASE)


class Headers:
    """Header fields by lower-case name, from a mapping (to a value or a list of them), a list of pairs or of objects, or a
    list in which names and values take turns.
    """

    def __init__(self, given: Json) -> None:
        self._fields: dict[str, str] = {}
        for name, value in _fields(given):
            values = value if isinstance(value, list | tuple) else [value]
            self._fields[str(name).lower()] = ", ".join(map(str, values))

    def get(self, name: str) -> str:
        """The value; empty where there is none."""
        return self._fields.get(name, "")


def header_fields(given: Json) -> Iterator[tuple[str, str]]:
    """The fields of a header in any form that `Headers` takes, each as often as it came; what is no text is left out."""
    for name, value in _fields(given):
        values = value if isinstance(value, list | tuple) else [value]
        yield from ((name, each) for each in values if isinstance(name, str) and isinstance(each, str))


def _fields(given: Json) -> Iterator[tuple[Json, Json]]:
    if isinstance(given, Mapping):
        yield from given.items()
    elif isinstance(given, list) and given and isinstance(given[0], str):
        yield from zip(given[::2], given[1::2], strict=False)
    elif isinstance(given, list):
        for field in given:
            if isinstance(field, Mapping) and "name" in field:
                yield field["name"], field.get("value", "")
            elif isinstance(field, list | tuple) and len(field) == 2:
                yield field[0], field[1]


def fill_request(exchange: Exchange, method: Json, url: Json, body: bytes | None, parsed: Json = None) -> None:
    """Fill what was asked."""
    exchange.method = method.upper() if isinstance(method, str) else None
    exchange.url = url if isinstance(url, str) else None
    exchange.endpoint = path_of(exchange.url)
    if parsed is None and body:
        decoded = decode_json(body)
        parsed = decoded.value if decoded.readable else None
    if isinstance(parsed, dict):
        exchange.request = parsed
    elif parsed is not None:
        exchange.request = {"body": parsed}
    elif body:
        exchange.request = {"body": body.decode("utf-8", "replace")}


def path_of(url: str | None) -> str | None:
    """The path of a URL; None where it has none, or is no URL."""
    try:
        return urlsplit(url).path or None if url else None
    except ValueError:
        return None


def fill_response(exchange: Exchange, status: Json, headers: Headers, body: bytes, *, is_packed: bool = False) -> None:
    """Fill what was answered, from the bytes of the body as recorded.

    Parameters
    ----------
    exchange
        Its ``chunk_path`` leads to the recorded body.
    is_packed
        Whether the recorded body is base64 of these bytes, so that a chunk has no place in it.
    """
    encoding = headers.get("content-encoding") or encoding_told_by(body)
    # Most recorders keep the header and undo the compression.
    is_compressed = bool(encoding) and not is_legible(body)
    if is_compressed:
        inflated = _inflated(exchange, body, encoding)
        if inflated is None:
            fill_chunks(exchange, status, packed(body, headers.get("content-type")))
            return
        body = inflated
    path, exchange.body = exchange.chunk_path, body
    media_type, is_stream = headers.get("content-type"), _is_stream(exchange)
    fill_chunks(exchange, status, read_body(body, media_type, is_stream=is_stream, endpoint=exchange.endpoint))
    if is_compressed or is_packed:
        exchange.chunk_path, exchange.offsets = path, None


def _is_stream(exchange: Exchange) -> bool:
    """Whether a list is what such a request streams, item by item."""
    return _STREAMING.search(exchange.endpoint or "") is not None


def _inflated(exchange: Exchange, body: bytes, encoding: str) -> bytes | None:
    try:
        return inflate(body, encoding)
    except ValueError as error:
        prefix = inflated_prefix(body)
        hint = "what stands before is loaded" if prefix else "kept as base64; record the body uncompressed"
        exchange.problems.append(
            Problem("the body cannot be uncompressed", f"`content-encoding: {encoding}`", str(error), hint)
        )
        return prefix or None


def fill_parsed(exchange: Exchange, status: Json, value: Json) -> None:
    """Fill what was answered, from a body that the recorder decoded already."""
    body = Body()
    if isinstance(value, list) and (_is_stream(exchange) or exchange.request.get("stream") is True):
        body.streamed = body.is_list = True
        for item in value:
            body.add(item)
    elif value is not None:
        body.add(value)
    fill_chunks(exchange, status, body)


def fill_chunks(exchange: Exchange, status: Json, body: Body) -> None:
    """Fill what was answered, from chunks that are cut already."""
    body.fill(exchange)
    exchange.status = status if type(status) is int and 0 < status < _MOST_STATUS else None
    exchange.streaming = body.streamed


def note_damage(exchange: Exchange, damage: Sequence[Problem], *, is_cut: bool, is_last: bool) -> None:
    """Note what is the matter with the file: with its last exchange where the file breaks off, else with its first."""
    if not (is_last if is_cut else exchange.number == 0):
        return
    exchange.problems[:0] = damage
    if is_cut and exchange.chunks and exchange.damaged_chunk is None:
        exchange.damaged_chunk = len(exchange.chunks) - 1


def object_in(exchange: Exchange, holder: Mapping[str, Json], name: str) -> dict[str, Json]:
    """An object that a recording has; what is none is a problem, and read as empty."""
    value = holder.get(name)
    if isinstance(value, dict):
        return value
    found = "nothing" if value is None else to_json_text(value)[:80]
    exchange.problems.append(Problem(f"`{name}` is not as recorded", "an object", found, "read as empty"))
    return {}


def to_bytes(body: Any) -> bytes:
    """A body in any of the forms that recorders keep: bytes, text, or nothing."""
    if isinstance(body, bytes | bytearray):
        return bytes(body)
    if isinstance(body, str):
        return body.encode("utf-8", "surrogatepass")
    if isinstance(body, Sequence) and body and all(isinstance(part, str | bytes) for part in body):
        return b"".join(map(to_bytes, body))
    return b""
