"""The lines of an answer's reads, made when they are to be written.

Takes the head of the answer and then its reads, from whoever sees them; gives what makes the line of each, for the thread
that writes. Knows which reads never came to be written.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from recexplore.capture.journal.first_line import FirstLine
from recexplore.capture.journal.kept_body import KeptBody, KeptRead, MayHoldKey
from recexplore.capture.journal.lines import Headers, read_line

__all__ = ["PartlyKept", "ReadLines", "made"]

_ENCODING: Final = "content-encoding"
_TYPE: Final = "content-type"


class PartlyKept(ValueError):
    """A read of which only a part is kept; ``line`` is the one of that part."""

    def __init__(self, message: str, line: bytes) -> None:
        super().__init__(message)
        self.line: Final = line


def made(line: Callable[[], bytes]) -> tuple[bytes, PartlyKept | None]:
    """A line, and the error that tells what it leaves out."""
    try:
        return line(), None
    except PartlyKept as error:
        return error.line, error


class ReadLines:
    """The reads of one answer to the request of a first line."""

    def __init__(self, first: FirstLine) -> None:
        self._first, self._encodings, self._undone, self._content_type = first, "", "", ""
        self._n_told = 0
        self._body: KeptBody | None = None

    def headers(self, headers: Headers, *, is_unpacked: bool = False) -> None:
        """The head of the answer, before any read; whether the reads will be those of the unpacked body."""
        fields = [(name.lower(), value) for name, value in headers]
        self._content_type = next((value for name, value in fields if name == _TYPE), "")
        told = ", ".join(value for name, value in fields if name == _ENCODING)
        self._encodings, self._undone = ("", told.strip().lower()) if is_unpacked else (told, "")

    def next_line(self, t_ns: int, data: bytes) -> Callable[[], bytes]:
        """What makes the line of the next read, or raises `PartlyKept`; called in the order of the reads, by one thread."""
        number, self._n_told = self._n_told, self._n_told + 1

        def line() -> bytes:
            if self._body is None:
                self._body = KeptBody(self._first.keys, self._encodings, self._content_type)
            try:
                return self._line(t_ns, self._body.next_kept(number, data))
            except MayHoldKey as error:
                if error.kept is None:
                    raise
                raise PartlyKept(str(error), self._line(t_ns, error.kept)) from error

        return line

    def _line(self, t_ns: int, kept: KeptRead) -> bytes:
        return read_line(t_ns, kept.data, unpacked=kept.unpacked or self._undone)
