"""An HTTP request or answer as it was written to the wire (RFC 9112): first line, header fields, body.

Takes bytes, gives the parts, the body without its chunked coding, and where in those bytes each part of the body stands.
Lines may end in a line feed alone. Never raises for what the bytes hold; what is no chunked coding stays as it is.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from email.parser import HeaderParser
from itertools import accumulate
from typing import Final

from recexplore.read.wire.http_exchange import Headers

__all__ = ["RawMessage", "head_end", "parse_message"]

_BLANK_LINE: Final = re.compile(rb"(?<=\n)\r?\n")
_CHUNK: Final = re.compile(rb"([\dA-Fa-f]{1,12})[ \t]*(?:;[^\r\n]*)?\r?\n")
_CHUNK_END: Final = re.compile(rb"\r?\n")
_CUT_CHUNK: Final = re.compile(rb"\r?\n?[\dA-Fa-f]*\r?")


@dataclass(frozen=True, slots=True)
class RawMessage:
    """A message in its parts.

    Attributes
    ----------
    first_line
        The request line or the status line, without its end.
    body
        What was sent, no longer in chunks; it may be compressed.
    pieces
        How long the body is before each of its pieces, and where in the message it begins.
    misfit
        What is no chunk though the header says so; None where nothing is, empty where the last chunk is missing.
    """

    first_line: str
    headers: Headers
    body: bytes
    pieces: tuple[Sequence[int], Sequence[int]]
    misfit: bytes | None = None

    @property
    def is_complete(self) -> bool:
        """Whether all of the body is there; where the head does not say how much that is, it is not sure."""
        if self.headers.get("transfer-encoding"):
            return self.misfit is None
        return self.headers.get("content-length") == str(len(self.body))

    def place(self, offset: int) -> int:
        """Where in the message a byte of the body stands."""
        lengths, begins = self.pieces
        piece = max(0, bisect_right(lengths, offset) - 1)
        return begins[piece] + offset - lengths[piece]


def head_end(data: bytes, at: int, end: int) -> int:
    """Where the head of the message that stands between two places ends; the second where it is all head."""
    found = _BLANK_LINE.search(data, at, end)
    return end if found is None else found.end()


def parse_message(data: bytes) -> RawMessage:
    """The parts of a message, which is all there is."""
    end = head_end(data, 0, len(data))
    first, _, fields = data[:end].partition(b"\n")
    found = HeaderParser().parsestr(fields.decode("latin-1"))
    headers = Headers([{"name": name, "value": value} for name, value in found.items()])
    pieces, misfit = [(end, data[end:])], None
    if headers.get("transfer-encoding").lower().endswith("chunked"):
        pieces, misfit = _chunks(data, end)
    lengths = list(accumulate((len(piece) for _, piece in pieces[:-1]), initial=0))
    places = lengths, [begins for begins, _ in pieces] or [end]
    body = b"".join(piece for _, piece in pieces)
    return RawMessage(first.rstrip(b"\r").decode("utf-8", "replace"), headers, body, places, misfit)


def _chunks(data: bytes, at: int) -> tuple[list[tuple[int, bytes]], bytes | None]:
    """The chunks of a body with their places, and what stands where another one should."""
    pieces: list[tuple[int, bytes]] = []
    while size := _CHUNK.match(data, at):
        length = int(size[1], 16)
        if not length:
            return pieces, None
        at = size.end() + length
        pieces.append((size.end(), data[size.end() : at]))
        end = _CHUNK_END.match(data, at)
        if end is None:
            break
        at = end.end()
    rest = data[at:]
    if _CUT_CHUNK.fullmatch(rest):
        return pieces, b""
    return [*pieces, (at, rest)], rest
