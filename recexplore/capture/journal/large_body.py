"""Bodies of requests that are too large to be looked at in one go, for nothing else runs in this process meanwhile.

Takes the bytes of a body and the keys of its request, gives the body as JSON text without keys, slice by slice, and lets
other threads run after each. What looks like JSON goes without the fields that are named like a key, what header fields
hold, and the keys in URLs; it need not be JSON as a whole. Never parses more than one value of such a field.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Final

import orjson

from recexplore.capture.journal.keys import KeyMask
from recexplore.capture.journal.slices import found_in, noted, replaced
from recexplore.model.credentials import MASK, SECRET_FORMS, is_header_block, is_key_field, masked_json

__all__ = ["LARGE_BYTES", "large_body_noted"]

LARGE_BYTES: Final = 64 * 1024
"""Larger bodies are noted slice by slice."""

_Replace = Callable[[re.Match[bytes]], bytes]

_MASK: Final = MASK.encode()
_FORMS: Final = re.compile(SECRET_FORMS.pattern.encode(), re.VERBOSE)
_STRING: Final = rb'"(?:[^"\\]++|\\.)*+"'
_NAME: Final = re.compile(rb'"(?<!\\")(?P<name>(?:[^"\\]{1,100}+|\\.){1,100}+)"\s*+:\s*+(?=["{\[])')
"""No quote behind a backslash opens a name: JSON in a text is not searched for names from each of its quotes."""
_TOKEN: Final = re.compile(rb"(?P<string>" + _STRING + rb")|(?P<opens>[{\[])|[}\]]", re.DOTALL)
_URL: Final = re.compile(
    rb'"(?:[a-zA-Z][a-zA-Z0-9+.-]{0,20}:)?\\?/(?:[^"\s]{0,8192}+"|[^"\s?@]{0,8192}+[?@][^"\s]*+(?:"|\Z))'
)
"""A longer one is looked at where its query, or its user, begins early: pictures in base64 may begin with a slash, too."""
_PAIR: Final = rb'(?P<name>[\w.%\[\]+-]{1,64})=)(?P<value>[^&"\s\\]+)'
_PARAMETER: Final = re.compile(rb'(?P<before>(?:(?<=["&])|^)' + _PAIR)
_QUERY: Final = re.compile(rb"(?P<before>(?<=[?&])" + _PAIR)


def large_body_noted(body: bytes, keys: KeyMask) -> dict[str, Any]:
    """The body as the first line of a journal holds it: ``text``, or ``base64`` where it is none; serialised already."""
    body = keys.masked(b"".join(_without_fields(body)))
    for pattern, replace in _MASKED.items():
        body = replaced(pattern, replace, body)
    return noted(body, "text")


def _without_fields(body: bytes) -> Iterator[bytes]:
    """The body, the values of fields that hold keys or header fields masked as JSON."""
    done = 0
    for found in found_in(_NAME, body):
        name = _unescaped(found["name"])
        if found.start() >= done and (is_key_field(name) or is_header_block(name)):
            end = _end_of_value(body, found.end())
            yield body[done : found.end()]
            yield _masked_value(name, body[found.end() : end])
            done = end
    yield body[done:]


def _unescaped(name: bytes) -> str:
    """A name as JSON means it."""
    if b"\\" in name:
        with suppress(ValueError):
            return str(orjson.loads(b'"' + name + b'"'))
    return name.decode("utf-8", "replace")


def _end_of_value(body: bytes, begin: int) -> int:
    """Where a text, an object or a list ends; where the body does, if it ends first."""
    depth, at = 0, begin
    while (token := _TOKEN.search(body, at)) is not None:
        at = token.end()
        if token["string"] is None:
            depth += 1 if token["opens"] else -1
        if depth <= 0:
            return at
    return len(body)


def _masked_value(name: str, value: bytes) -> bytes:
    if len(value) > LARGE_BYTES:
        return b'"' + _MASK + b'"'
    try:
        read = orjson.loads(value)
        masked = masked_json({name: read})
    except (ValueError, RecursionError):  # it breaks off
        return b'"' + _MASK + b'"'
    assert isinstance(masked, dict)
    return value if masked[name] == read else orjson.dumps(masked[name])


def _masked_url(found: re.Match[bytes]) -> bytes:
    try:
        url = orjson.loads(found[0])
    except ValueError:  # it breaks off, or holds a quote
        return _QUERY.sub(_masked_parameter, found[0])
    masked = masked_json(url)
    return found[0] if masked == url else orjson.dumps(masked)


def _masked_parameter(found: re.Match[bytes]) -> bytes:
    return found["before"] + _MASK if is_key_field(found["name"].decode("utf-8", "replace")) else found[0]


_MASKED: Final[dict[re.Pattern[bytes], _Replace]] = {
    _URL: _masked_url,
    _PARAMETER: _masked_parameter,
    _FORMS: lambda found: found["prefix"] + _MASK,
}
