"""Server-sent events, as the WHATWG defines their parsing: https://html.spec.whatwg.org/multipage/server-sent-events.html

Takes bytes in pieces of any size, gives events; how the bytes were cut changes nothing. Two departures keep evidence: an
event that the end of the stream cuts short is given too, marked, and lines that belong to no event (comments, blocks
without data) go with the event that follows them. Never looks at what the data means.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from recexplore.read.wire.json_text import BYTE_ORDER_MARK

__all__ = ["Event", "Parser", "looks_like_events", "parse"]

_LINE_END: Final = re.compile(rb"\r\n|\n|\r")
_MOST_DIGITS: Final = 300
_FIELD: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?::|(?:data|event|id|retry)(?::|[\r\n]))")


@dataclass(slots=True)
class Event:
    """One event.

    Attributes
    ----------
    data
        The data lines, joined by line feeds.
    name
        What the ``event`` field says; empty where there was none.
    id, retry
        As sent with this very event; None where they were not.
    before
        Lines since the event before that belong to no event: comments, and blocks without data.
    size
        Bytes from the end of the event before to the end of this one.
    is_whole
        A blank line ended it; False for what stands at the end of a stream that breaks off.
    at
        Bytes of the stream before its first data line.
    lines
        Its data lines, where there are several: for each the name that an ``event`` field right before it gave (empty where
        there was none), the text, and the bytes of the stream before it.
    """

    data: str
    name: str = ""
    id: str | None = None
    retry: int | None = None
    before: tuple[str, ...] = ()
    size: int = 0
    is_whole: bool = True
    at: int = 0
    lines: tuple[tuple[str, str, int], ...] = ()


class Parser:
    """Reads a stream of events piece by piece."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._is_start = True
        self._before: list[str] = []
        self._size = self._read = 0
        self._begin()

    def _begin(self) -> None:
        self._data: list[tuple[str, str, int]] = []
        self._last_name = ""
        self._lines: list[tuple[bool, str]] = []
        self._name = ""
        self._id: str | None = None
        self._retry: int | None = None

    def feed(self, piece: bytes) -> list[Event]:
        """The events that this piece completes."""
        if not self._is_start and b"\n" not in piece and b"\r" not in piece and not self._rest.endswith(b"\r"):
            self._rest += piece
            return []
        data = bytes(self._rest) + piece
        if self._is_start:
            if len(data) < len(BYTE_ORDER_MARK) and BYTE_ORDER_MARK.startswith(data):
                self._rest = bytearray(data)
                return []
            self._size = self._read = len(BYTE_ORDER_MARK) if data.startswith(BYTE_ORDER_MARK) else 0
            data, self._is_start = data.removeprefix(BYTE_ORDER_MARK), False
        # A carriage return at the end may be the first half of a line end.
        held = b"\r" if data.endswith(b"\r") else b""
        lines, rest = _split(data[: len(data) - len(held)])
        self._rest = bytearray(rest + held)
        return [event for line, size in lines if (event := self._line(line, size)) is not None]

    def close(self) -> tuple[list[Event], tuple[str, ...]]:
        """What the end of the stream leaves: an event that nothing ended, and lines of no event."""
        self._rest, rest = bytearray(), bytes(self._rest)
        if self._is_start:
            rest = rest.removeprefix(BYTE_ORDER_MARK)
        events = []
        if rest.endswith(b"\r"):
            if (event := self._line(rest[:-1], len(rest))) is not None:
                events.append(event)
        elif rest:
            self._line(rest, len(rest))
        if self._data:
            events.append(self._event(is_whole=False))
        left = (*self._before, *(text for _, text in self._lines))
        self._before, self._lines = [], []
        return events, left

    def _line(self, line: bytes, size: int) -> Event | None:
        start = self._read
        self._read += size
        self._size += size
        if not line:
            if self._data:
                return self._event()
            self._before += [text for _, text in self._lines]
            self._begin()
            return None
        text = line.decode("utf-8", "replace")
        field, _, value = text.partition(":")
        value = value.removeprefix(" ")
        match field:
            case "data":
                self._data.append((self._last_name, value, start))
                self._last_name = ""
                return None
            case "event":
                self._name = self._last_name = value
            case "id" if "\0" not in value:
                self._id = value
            case "retry" if value.isascii() and value.isdigit() and len(value) <= _MOST_DIGITS:
                self._retry = int(value)
            case _:
                self._lines.append((True, text))
                return None
        self._lines.append((False, text))
        return None

    def _event(self, *, is_whole: bool = True) -> Event:
        before = (*self._before, *(text for belongs_to_none, text in self._lines if belongs_to_none))
        data, at = self._data, self._data[0][2]
        text = data[0][1] if len(data) == 1 else "\n".join(value for _, value, _ in data)
        event = Event(text, self._name, self._id, self._retry, before, self._size, is_whole, at)
        if len(data) > 1:
            event.lines = tuple(data)
        self._before, self._size = [], 0
        self._begin()
        return event


def _split(data: bytes) -> tuple[list[tuple[bytes, int]], bytes]:
    """Whole lines with their length on the wire, and what stands behind the last line end."""
    found: list[tuple[bytes, int]] = []
    at = 0
    for match in _LINE_END.finditer(data):
        found.append((data[at : match.start()], match.end() - at))
        at = match.end()
    return found, data[at:]


def parse(pieces: Iterable[bytes]) -> tuple[list[Event], tuple[str, ...]]:
    """All events of a stream, and the lines at its end that belong to none."""
    parser = Parser()
    events = [event for piece in pieces for event in parser.feed(piece)]
    last, left = parser.close()
    return events + last, left


def looks_like_events(data: bytes) -> bool:
    """Whether a text begins as a stream of events does."""
    return _FIELD.match(data) is not None
