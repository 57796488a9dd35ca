"""A client that reads HTTP/1.1 off a socket: what comes, when, and how the connection ends."""

from __future__ import annotations

import json
import socket
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

__all__ = ["Got", "ask"]

_LONGEST_S = 30


@dataclass
class Got:
    """An answer: its chunks of the chunked coding (or its one body), with seconds since the request was sent; ``is_whole``
    where the end of the body came."""

    status: int
    headers: dict[str, str]
    chunks: list[bytes] = field(default_factory=list)
    times_s: list[float] = field(default_factory=list)
    is_whole: bool = False

    @property
    def body(self) -> bytes:
        return b"".join(self.chunks)

    @property
    def error(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)["error"]
        return found


def ask(
    url: str, body: Any = None, *, path: str = "/v1/chat/completions", method: str = "POST", headers: str = ""
) -> Got | None:
    """The answer to a request; None where the connection ends without one."""
    place = urlsplit(url)
    sent = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    host = "" if "Host:" in headers else f"Host: {place.netloc}\r\n"
    head = f"{method} {path} HTTP/1.1\r\n{host}{headers}Content-Length: {len(sent)}\r\nConnection: close\r\n\r\n"
    with socket.create_connection((place.hostname, place.port), timeout=_LONGEST_S) as connection:
        began = time.monotonic()
        connection.sendall(head.encode("latin-1") + sent)
        with connection.makefile("rb") as came:
            return _answer(came, began)


def _answer(came: Any, began: float) -> Got | None:
    first = came.readline()
    if not first:
        return None
    lines = iter(came.readline, b"\r\n")
    fields = dict(line.decode("latin-1").rstrip("\r\n").split(": ", 1) for line in lines if line)
    got = Got(int(first.split()[1]), {name.lower(): value for name, value in fields.items()})
    if "chunked" not in got.headers.get("transfer-encoding", ""):
        n_bytes = int(got.headers.get("content-length", 0))
        got.chunks.append(came.read(n_bytes))
        got.times_s.append(time.monotonic() - began)
        got.is_whole = len(got.body) == n_bytes
        return got
    while size := came.readline():
        length = int(size, 16)
        data = came.read(length)
        came.readline()
        if not length:
            got.is_whole = True
            break
        got.chunks.append(data)
        got.times_s.append(time.monotonic() - began)
    return got
