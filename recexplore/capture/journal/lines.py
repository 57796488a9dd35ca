"""The lines of a journal: what happened to an exchange, each as one line of JSON.

Takes what happened, gives bytes that end with a line end; all times are nanoseconds since the request was received. Header
fields pass the allow-list of `recexplore.model.credentials`, URLs and bodies go without their keys. What each line holds is
in docs/capturing.md, and `recexplore.read.envelopes.journal` reads it.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from recexplore.capture.journal.keys import KeyMask
from recexplore.capture.journal.large_body import LARGE_BYTES, large_body_noted
from recexplore.capture.journal.slices import SLICE, noted
from recexplore.matching.request import is_too_deep
from recexplore.model.credentials import masked_header, masked_json, masked_text, masked_url
from recexplore.model.exchange import Json
from recexplore.read.wire.compression import inflate

__all__ = [
    "VERSION",
    "Headers",
    "end_line",
    "gap_line",
    "headers_line",
    "read_line",
    "request_line",
    "request_noted",
    "sent_line",
]

VERSION: Final = 1

Headers = Iterable[tuple[str, str]]


def request_noted(method: str, url: str, headers: Headers, body: bytes, keys: KeyMask) -> dict[str, Any]:
    """A request as it is written down: without keys, its body unpacked, and read where it is JSON and not large."""
    fields = _masked(headers, keys)
    encoding = fields.get("content-encoding")
    if isinstance(encoding, str):
        with suppress(ValueError):  # then it is kept as it was sent
            body = inflate(body, encoding)
    held = _body(body, keys) if body else {}
    return {"method": method, "url": masked_url(_legible(keys.masked_text(url))), "headers": fields, **held}


def request_line(request: dict[str, Any], *, received_posix_ns: int, test_id: str | None = None) -> bytes:
    """The first line: what was asked, as `request_noted` has it, and the time of day that all other times count from."""
    return _line(
        {
            "recexplore_journal": VERSION,
            "t": 0,
            "received_at": datetime.fromtimestamp(received_posix_ns / 1e9, UTC).isoformat(),
            **({} if test_id is None else {"test_id": test_id}),
            "request": request,
        }
    )


def sent_line(t_ns: int) -> bytes:
    """The request is on its way, with its last byte."""
    return _line({"t": t_ns, "event": "sent"})


def headers_line(t_ns: int, status: int, headers: Headers, keys: KeyMask) -> bytes:
    """The head of the answer is there."""
    return _line({"t": t_ns, "event": "headers", "status": status, "headers": _masked(headers, keys)})


def read_line(t_ns: int, data: bytes, *, unpacked: str = "") -> bytes:
    """One read of the answer's body; bytes that are no text by themselves are packed. ``unpacked`` names the encodings that
    they came in, where they are kept without."""
    return _line({"t": t_ns, **_packed(data, "data"), **({"unpacked": unpacked} if unpacked else {})})


def gap_line(t_ns: int, n_reads: int, n_bytes: int) -> bytes:
    """Reads that could not be written."""
    return _line({"t": t_ns, "event": "gap", "reads": n_reads, "bytes": n_bytes})


def end_line(t_ns: int, how: str, error: str | None, keys: KeyMask) -> bytes:
    """The exchange is over: ``complete``, ``server broke off``, ``client gone``, ``no connection`` or ``stopped``."""
    said = {} if error is None else {"error": masked_text(_legible(keys.masked_text(error)))}
    return _line({"t": t_ns, "event": "end", "how": how, **said})


def _line(record: dict[str, Any]) -> bytes:
    return orjson.dumps(record) + b"\n"


def _masked(headers: Headers, keys: KeyMask) -> dict[str, Json]:
    """Header fields by name; one that came several times has a list."""
    found: dict[str, list[str]] = {}
    for name, value in headers:
        shown = masked_header(name, keys.masked_text(value))
        found.setdefault(_legible(name.lower()), []).append(_legible(shown))
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def _legible(text: str) -> str:
    """The text without halves of characters, as which HTTP libraries keep bytes that are no text."""
    return text.encode("utf-8", "replace").decode()


def _body(body: bytes, keys: KeyMask) -> dict[str, Any]:
    if len(body) > LARGE_BYTES:
        return large_body_noted(body, keys)
    body = keys.masked(body)
    try:
        value = orjson.loads(body)
        if not is_too_deep(value):
            return {"body": masked_json(value)}
    except (orjson.JSONDecodeError, RecursionError):
        pass
    try:
        return {"text": masked_json(body.decode())}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode("ascii")}


def _packed(data: bytes, name: str) -> dict[str, Any]:
    if len(data) > SLICE:
        return noted(data, name)
    try:
        return {name: data.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode("ascii")}
