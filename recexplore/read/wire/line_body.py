"""Lines of JSON as chunks, one a line.

Takes bytes, gives a `Body`. A line may have a code before its JSON, as those of the AI SDK's data streams do
(``0:"text"``): it is an object with this one key. Never looks at what a provider meant.
"""

from __future__ import annotations

import re
from itertools import accumulate
from typing import Final

from recexplore.read.wire.body import Body
from recexplore.read.wire.json_text import BYTE_ORDER_MARK, decode_json

__all__ = ["are_coded_lines", "are_lines", "read_lines"]

_LONGEST_LINE: Final = 1 << 20
_CODED: Final = re.compile(rb'(?P<code>[0-9a-z]):(?P<json>["\[{].*)', re.DOTALL)


def are_lines(data: bytes) -> bool:
    """Whether a body is one JSON object a line, whatever its header says."""
    first, _, rest = data[:_LONGEST_LINE].lstrip().partition(b"\n")
    if first[:1] != b"{" or rest.lstrip()[:1] != b"{":
        return False
    return decode_json(first).damage == ()


def are_coded_lines(data: bytes) -> bool:
    """Whether lines are JSON behind a code of one character and a colon: ``0:"text"``. The first two are looked at."""
    first, _, rest = data[:_LONGEST_LINE].lstrip().partition(b"\n")
    coded = _CODED.fullmatch(first.rstrip())
    if coded is None or (rest.strip() and _CODED.match(rest.lstrip()) is None):
        return False
    return decode_json(coded["json"]).damage == ()


def read_lines(data: bytes) -> Body:
    """One chunk a line of JSON; empty lines are none. What a line has under a code is an object with that key."""
    body = Body(streamed=True, wire_format="json-lines")
    start = len(BYTE_ORDER_MARK) if data.startswith(BYTE_ORDER_MARK) else 0
    all_lines = data[start:].splitlines(keepends=True)
    starts = accumulate(map(len, all_lines), initial=start)
    lines = [(n, at, line) for n, (at, line) in enumerate(zip(starts, all_lines, strict=False), 1) if line.strip()]
    for number, start, line in lines:
        # RFC 7464 begins each with a record separator.
        is_last = number == lines[-1][0] and not line.endswith((b"\n", b"\r"))
        text = _keyed(line.strip(b"\x1e \t\r\n"))
        chunk = body.decode(text, f"line {number}", may_be_cut=is_last, may_be_text=False)
        body.add(chunk, size=len(line), at=start)
    return body


def _keyed(line: bytes) -> bytes:
    """The JSON of a line; where it has a code, that of an object with this one key, as far as the line goes."""
    coded = _CODED.fullmatch(line)
    if coded is None:
        return line
    decoded = decode_json(coded["json"])
    end = b"}" if decoded.readable and not decoded.is_cut else b""
    return b'{"' + coded["code"] + b'":' + coded["json"] + end
