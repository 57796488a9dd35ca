"""nock, for Node: what its recorder gives as objects, and the fixtures of nockBack.

Takes a list of definitions, gives one exchange for each. An answer is JSON already, text, or hexadecimal: one string
where it is no text, a list of strings, one for each piece that came, where it is compressed. In ``rawHeaders`` names and
values take turns; from version 14 on it is an object, and the first versions kept ``headers``. What the recorder prints
as JavaScript is not read. Source of the fields: https://github.com/nock/nock#recording and its ``lib/recorder.js``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from recexplore.model.exchange import Exchange, Json, Problem
from recexplore.model.json_text import to_json_text
from recexplore.read.wire.content import Content
from recexplore.read.wire.http_exchange import (
    Headers,
    fill_parsed,
    fill_request,
    fill_response,
    to_bytes,
)
from recexplore.read.wire.http_message import status_of
from recexplore.read.wire.packed_text import from_hex, from_pieces, is_utf8
from recexplore.read.wire.records import first_records, read_records

__all__ = ["NAME", "read", "sniff"]

NAME: Final = "nock"

_ANSWER: Final = frozenset({"response", "status", "reply", "rawHeaders"})


def sniff(content: Content) -> float:
    if content.is_lines or not content.looks_like_json or not isinstance(content.document.value, list):
        return 0.0
    return 1.0 if any(map(_is_definition, first_records(content))) else 0.0


def _is_definition(value: Json) -> bool:
    return isinstance(value, dict) and value.keys() >= {"scope", "path"} and not _ANSWER.isdisjoint(value)


def read(content: Content) -> Iterator[Exchange]:
    return read_records(content, NAME, _fill)


def _fill(exchange: Exchange, definition: dict[str, Json]) -> None:
    body = definition.get("body")
    parsed = None if isinstance(body, str) else body
    fill_request(exchange, definition.get("method"), _url(exchange, definition), to_bytes(body), parsed)
    exchange.chunk_path = ("response",)
    # The status was called `reply` once.
    status = status_of({"status": definition.get("status"), "code": definition.get("reply")})
    headers = Headers(definition.get("rawHeaders") or definition.get("headers"))
    response = definition.get("response")
    data = _from_hex(response, definition.get("responseIsBinary"), headers)
    if data is not None:
        fill_response(exchange, status, headers, data, is_packed=True)
    elif isinstance(response, str):
        fill_response(exchange, status, headers, to_bytes(response))
    else:
        fill_parsed(exchange, status, response)


def _url(exchange: Exchange, definition: dict[str, Json]) -> str | None:
    scope, path = definition.get("scope"), definition.get("path")
    if isinstance(scope, str) and isinstance(path, str):
        return scope + path
    found = to_json_text([scope, path])[:80]
    exchange.problems.append(Problem("`scope` and `path` are not as recorded", "text", found, "read without a URL"))
    return None


def _from_hex(response: Json, is_binary: Json, headers: Headers) -> bytes | None:
    """The bytes of an answer that is hexadecimal; None where it is none, as the recorder would have written it."""
    if isinstance(response, list):
        return from_pieces(response, from_hex) if headers.get("content-encoding") else None
    data = from_hex(response) if response and is_binary is not False else None
    # Before responseIsBinary there was no mark: what is hexadecimal was no text.
    return data if data is not None and (is_binary is True or not is_utf8(data, may_be_cut=False)) else None
