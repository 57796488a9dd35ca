"""The lines of a journal: what happened to an exchange, each as one line of JSON.

Takes what happened, gives bytes that end with a line end; all times are nanoseconds since the request was received. Header
fields pass the allow-list of `recexplore.model.credentials`, URLs and bodies go without their keys. What each line holds is
in docs/capturing.md, and `recexplore.read.envelopes.journal` reads it.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

import orjson

from recexplore.model.credentials import masked_header, masked_json, masked_text, masked_url
from recexplore.model.exchange import Json

__all__ = ["VERSION", "end_line", "gap_line", "headers_line", "read_line", "request_line", "sent_line"]

VERSION: Final = 1

Headers = Iterable[tuple[str, str]]


def request_line(
    method: str, url: str, headers: Headers, body: bytes, *, received_posix_ns: int, test_id: str | None = None
) -> bytes:
    """The first line: what was asked, and the time of day that all other times count from."""
    return _line(
        {
            "recexplore_journal": VERSION,
            "t": 0,
            "received_at": datetime.fromtimestamp(received_posix_ns / 1e9, UTC).isoformat(),
            **({} if test_id is None else {"test_id": test_id}),
            "request": {
                "method": method,
                "url": masked_url(url),
                "headers": _masked(headers),
                **({} if not body else _asked(body)),
            },
        }
    )


def sent_line(t_ns: int) -> bytes:
    """The request is on its way, with its last byte."""
    return _line({"t": t_ns, "event": "sent"})


def headers_line(t_ns: int, status: int, headers: Headers) -> bytes:
    """The head of the answer is there."""
    return _line({"t": t_ns, "event": "headers", "status": status, "headers": _masked(headers)})


def read_line(t_ns: int, data: bytes) -> bytes:
    """One read of the answer's body; bytes that are no text by themselves are packed."""
    return _line({"t": t_ns, **_packed(data, "data")})


def gap_line(t_ns: int, n_reads: int, n_bytes: int) -> bytes:
    """Reads that could not be written."""
    return _line({"t": t_ns, "event": "gap", "reads": n_reads, "bytes": n_bytes})


def end_line(t_ns: int, how: str, error: str | None = None) -> bytes:
    """The exchange is over: ``complete``, ``server broke off``, ``client gone``, ``no connection`` or ``stopped``."""
    return _line({"t": t_ns, "event": "end", "how": how, **({} if error is None else {"error": masked_text(error)})})


def _line(record: dict[str, Json]) -> bytes:
    return orjson.dumps(record) + b"\n"


def _masked(headers: Headers) -> dict[str, Json]:
    """Header fields by name; one that came several times has a list."""
    found: dict[str, list[str]] = {}
    for name, value in headers:
        found.setdefault(name.lower(), []).append(masked_header(name, value))
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def _asked(body: bytes) -> dict[str, Json]:
    try:
        return {"body": masked_json(orjson.loads(body))}
    except (orjson.JSONDecodeError, RecursionError):
        return _packed(body, "text")


def _packed(data: bytes, name: str) -> dict[str, Json]:
    try:
        return {name: data.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode("ascii")}
