"""One HTTP exchange whose request and answer stand as they were written to the wire.

Takes their bytes, fills an `Exchange`. A request that names the path alone has the host in a header, and its scheme is not
known. What is no HTTP is a problem of the exchange, unless the file breaks off there. Shared by the envelopes that keep raw
HTTP.
"""

from __future__ import annotations

import re
from typing import Final

from recexplore.model.exchange import Exchange, Problem
from recexplore.read.wire.http_exchange import fill_request, fill_response
from recexplore.read.wire.raw_message import parse_message

__all__ = ["REQUEST_LINE", "STATUS_LINE", "fill_raw_request", "fill_raw_response"]

STATUS_LINE: Final = re.compile(rb"HTTP/[\d.]+ \d{3}[^\r\n]*\r?\n")
REQUEST_LINE: Final = re.compile(rb"[A-Z]+ \S+ HTTP/[\d.]+\r?\n")
_REQUEST: Final = re.compile(r"(?P<method>[A-Z]+) (?P<target>\S+) HTTP/[\d.]+")
_ANSWER: Final = re.compile(r"HTTP/[\d.]+ (?P<status>\d{3})\b.*")


def fill_raw_request(exchange: Exchange, data: bytes, *, is_cut: bool = False) -> None:
    """Fill what was asked."""
    message = parse_message(data)
    line = _REQUEST.fullmatch(message.first_line)
    if line is None:
        if not is_cut:
            found = message.first_line[:80]
            exchange.problems.append(Problem("a request is no HTTP", "a method and a URL", found, "kept as text"))
        fill_request(exchange, None, None, data)
        return
    host, url = message.headers.get("host"), line["target"]
    if host and url.startswith("/"):
        url = f"//{host}{url}"  # the scheme, which nobody recorded, is left out
    fill_request(exchange, line["method"], url, message.body)


def fill_raw_response(
    exchange: Exchange, data: bytes, begins: int, *, is_cut: bool = False, may_be_joined: bool = False
) -> None:
    """Fill what was answered, to a request that is filled in already.

    Parameters
    ----------
    exchange
        What is filled.
    data, begins
        The answer, and where in the file it begins.
    is_cut
        Whether the file breaks off in it.
    may_be_joined
        Whether a body that is not in chunks is as it should be, though the head says that it is: whoever saved it had
        joined them.
    """
    message = parse_message(data)
    line = _ANSWER.fullmatch(message.first_line)
    if line is None:
        if not is_cut:
            found = message.first_line[:80] or "nothing"
            exchange.problems.append(Problem("an answer is no HTTP", "a status line", found, "read without an answer"))
        return
    is_joined = may_be_joined and message.misfit == message.body
    if message.misfit is not None and not (is_cut or is_joined):
        found = message.misfit[:80].decode("utf-8", "replace") or "no last chunk"
        hint = "what is no chunk is read as it stands"
        exchange.problems.append(Problem("the chunked coding does not fit", "chunks as long as said", found, hint))
    fill_response(exchange, int(line["status"]), message.headers, message.body)
    # Chunks of what is compressed stand where the body does.
    offsets = exchange.offsets if exchange.offsets is not None else [0] * len(exchange.chunks)
    exchange.offsets = [begins + message.place(offset) for offset in offsets]
