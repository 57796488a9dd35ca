"""A request or an answer that a recorder of HTTP wrote as an object: its fields, by the names that recorders use.

Takes the object, fills an `Exchange`. A body may be text, bytes, what the recorder decoded of JSON, or base64, which its
name, a mark or what it stands for tells. What is no base64 stays what it is: text. Never looks at what a provider meant.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from recexplore.model.exchange import Exchange, Json, Problem
from recexplore.read.wire.http_exchange import (
    Headers,
    fill_parsed,
    fill_request,
    fill_response,
    to_bytes,
)
from recexplore.read.wire.packed_text import from_base64, from_node_buffer, from_unmarked_base64

__all__ = ["BODY_NAMES", "has_body", "others_in", "read_request", "read_response", "status_of", "url_of"]

BODY_NAMES: Final = ("parsed_body", "jsonBody", "base64Body", "body", "content", "data", "text", "canonical_json")
"""What recorders call a body. vcrpy kept httpx's answers under `content` before its version 6; what ReqLLM keeps beside a
body is all that its first fixtures have of it."""

_PARSED: Final = ("parsed_body", "jsonBody")
_URL_NAMES: Final = ("uri", "url", "href")
_STATUS_NAMES: Final = ("status", "status_code", "statusCode", "code")
_WRAPPED: Final = ("base64_string", "string")
_PACKED: Final = "b64"
_WRAPPING: Final = frozenset({*_WRAPPED, "encoding", _PACKED})
"""The fields of a body that VCR wraps: its text or its bytes, and their encoding in Ruby; and of one that ReqLLM packs."""

MESSAGE_NAMES: Final = frozenset(
    {*BODY_NAMES, *_URL_NAMES, *_STATUS_NAMES, "method", "headers", "encoding", "isBase64Encoded"}
)
_NOTHING: Final[tuple[Json, ...]] = (None, "", [], {})
_OK: Final = 200
_MODEL_PATH: Final = re.compile(r"/(?:models?|deployments)/[^/]")
"""How a path names the model that is asked."""
_FIRST_DIGITS: Final = re.compile(r"\d{3}\b")


def read_request(exchange: Exchange, request: Mapping[str, Json]) -> None:
    """Fill what was asked."""
    body = _body_in(request)
    fill_request(exchange, request.get("method"), url_of(request), body.data or None, body.parsed)
    if encoding := Headers(request.get("headers")).get("content-encoding"):
        exchange.extra = {**(exchange.extra or {}), "request.content-encoding": encoding}


def read_response(exchange: Exchange, response: Mapping[str, Json]) -> None:
    """Fill what was answered, to a request that is filled in already; ``chunk_path`` leads to the answer's object."""
    body, status, headers = _body_in(response), status_of(response), Headers(response.get("headers"))
    exchange.chunk_path += body.path
    if body.parsed is not None:
        fill_parsed(exchange, status, body.parsed)
    else:
        fill_response(exchange, status, headers, body.data, is_packed=body.is_packed)
        if not exchange.chunks and not exchange.problems and _should_have_body(exchange, headers):
            found = "an empty body" if body.data else "no body"
            hint = "the recording holds no answer; record it again"
            exchange.problems.append(Problem("the answer is empty", "a body", found, hint))


def _should_have_body(exchange: Exchange, headers: Headers) -> bool:
    """Whether an answer without a body cannot be whole: its head says that a stream follows, or a model was asked.

    Other answers may be empty: those to telemetry, and to notifications of MCP.
    """
    if exchange.status != _OK or exchange.method not in (None, "POST"):
        return False
    is_stream = headers.get("content-type").lower().startswith("text/event-stream")
    return is_stream or "model" in exchange.request or _MODEL_PATH.search(exchange.endpoint or "") is not None


def has_body(message: Mapping[str, Json]) -> bool:
    """Whether a message holds a body that is not empty."""
    body = _body_in(message)
    return body.parsed is not None or bool(body.data)


def others_in(message: Mapping[str, Json], known: Collection[str] = MESSAGE_NAMES) -> dict[str, Json]:
    """The fields of a message that hold something and are not among those that are known."""
    return {name: value for name, value in message.items() if name not in known and value not in _NOTHING}


def url_of(request: Mapping[str, Json]) -> Json:
    """The URL, by any of its names."""
    return next((request[name] for name in _URL_NAMES if request.get(name)), None)


def status_of(response: Mapping[str, Json]) -> int | None:
    """The status of an answer: a number, the ``code`` of an object, or the first word of a status line."""
    found = [response.get(name) for name in _STATUS_NAMES]
    found = [each.get("code") if isinstance(each, dict) else each for each in found]
    if (number := next((each for each in found if type(each) is int), None)) is not None:
        return number
    words = (_FIRST_DIGITS.match(each) for each in found if isinstance(each, str))
    return next((int(word[0]) for word in words if word), None)


@dataclass(frozen=True, slots=True)
class _Body:
    """Where a message has its body, and the bytes of it, or what the recorder decoded."""

    path: tuple[str, ...]
    data: bytes = b""
    parsed: Json = None
    is_packed: bool = False


def _body_in(message: Mapping[str, Json]) -> _Body:
    name = next((name for name in BODY_NAMES if message.get(name) is not None), "body")
    value = message.get(name)
    path: tuple[str, ...] = (name,)
    if name in _PARSED:
        return _Body(path, parsed=value)
    marks = [name == "base64Body", message.get("isBase64Encoded"), message.get("encoding") == "base64"]
    if isinstance(value, dict) and (value.keys() <= _WRAPPING or any(key in value for key in _WRAPPED)):
        inner = next((key for key in (*_WRAPPED, _PACKED) if value.get(key) is not None), "string")
        value, path = value.get(inner), (name, inner)
        marks.append(inner in ("base64_string", _PACKED))
    if (data := from_node_buffer(value)) is not None:
        return _Body((name,), data, is_packed=True)
    if _is_parsed(value):
        return _Body(path, parsed=value)
    data = from_base64(value) if True in marks else from_unmarked_base64(value)
    return _Body(path, to_bytes(value) if data is None else data, is_packed=data is not None)


def _is_parsed(value: Json) -> bool:
    """Whether a body is what a recorder decoded; pieces of text or bytes are one text."""
    if isinstance(value, list):
        return not value or not all(isinstance(each, str | bytes) for each in value)
    return value is not None and not isinstance(value, str | bytes)
