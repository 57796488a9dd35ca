"""An HTTP answer as text, head and body, as ``curl -i`` and HTTPie print it; the request may stand before it (``http -v``).

Takes such a file, gives one exchange. Heads of redirects, of proxies and of answers that only announce another
(``100 Continue``) are passed over. Sources: https://curl.se/docs/manpage.html#-i; https://httpie.io/docs/cli/http-request;
RFC 9112.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from recexplore.model.exchange import Exchange
from recexplore.read.wire.content import Content
from recexplore.read.wire.raw_exchange import REQUEST_LINE, STATUS_LINE, fill_raw_request, fill_raw_response
from recexplore.read.wire.raw_message import head_end

__all__ = ["NAME", "answer_begins", "read", "sniff"]

NAME: Final = "http-text"

_ANSWER: Final = re.compile(rb"^" + STATUS_LINE.pattern, re.MULTILINE)


def sniff(content: Content) -> float:
    if STATUS_LINE.match(content.data):
        return 0.9
    return 0.6 if REQUEST_LINE.match(content.data) and answer_begins(content.data) is not None else 0.0


def read(content: Content) -> Iterator[Exchange]:
    data, begins = content.data, answer_begins(content.data)
    if begins is None:
        return
    exchange = Exchange(NAME, path=0)
    if begins:
        fill_raw_request(exchange, data[:begins].rstrip() + b"\r\n\r\n")
    while (next_head := head_end(data, begins, len(data))) < len(data) and STATUS_LINE.match(data, next_head):
        begins = next_head
    fill_raw_response(exchange, data[begins:], begins, may_be_joined=True)
    yield exchange


def answer_begins(data: bytes) -> int | None:
    """Where the answer begins: with the file, or behind the request's head; None where there is none."""
    if STATUS_LINE.match(data):
        return 0
    found = _ANSWER.search(data, head_end(data, 0, len(data)))
    return None if found is None else found.start()
