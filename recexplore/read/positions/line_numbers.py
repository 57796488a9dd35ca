"""Lines of a file, counted from one.

Takes offsets, gives the numbers of their lines. A line feed, a carriage return or both end a line, as in editors and in
`bytes.splitlines`. Knows no format.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recexplore.read.wire.content import Content

__all__ = ["ExchangeLines", "LineNumbers", "lines_in"]


class LineNumbers:
    """The lines of bytes by their offsets, or those of text by its characters."""

    def __init__(self, of: bytes | str) -> None:
        codes = np.frombuffer(of, np.uint8) if isinstance(of, bytes) else _characters(of)
        is_end = codes == ord("\n")
        returns = np.flatnonzero(codes == ord("\r"))
        # One that a line feed follows is the first half of a line's end.
        is_end[returns] = ~np.append(is_end, False)[returns + 1]
        self._ends = np.flatnonzero(is_end)

    def at(self, offset: int) -> int:
        """The line that something stands in."""
        return 1 + int(np.searchsorted(self._ends, offset))

    def place(self, offset: int) -> tuple[int, int]:
        """The line that something stands in, and its column: how many characters or bytes it stands behind the line's
        beginning, counted from one."""
        line = self.at(offset)
        return line, offset - (int(self._ends[line - 2]) if line > 1 else -1)


def _characters(text: str) -> np.ndarray[tuple[int], np.dtype[np.uint32]]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def lines_in(content: Content) -> LineNumbers:
    """The lines of a file, by the offsets of its bytes."""
    return content.once(_lines)


def _lines(content: Content) -> LineNumbers:
    return LineNumbers(content.data)


@dataclass(slots=True)
class ExchangeLines:
    """What an envelope knows of one exchange's lines.

    Attributes
    ----------
    begins
        Where the exchange begins.
    chunks
        Where each chunk begins; empty where they cannot be told apart, or all stand in the line of the body.
    body
        Where its body begins.
    """

    begins: int | None
    chunks: Sequence[int] = ()
    body: int | None = None

    def of(self, chunk: int | None) -> int | None:
        """The line of a chunk, or of the exchange where none is given: the nearest that is known to hold it."""
        if chunk is None:
            return self.begins
        if 0 <= chunk < len(self.chunks):
            return self.chunks[chunk]
        return self.begins if self.body is None else self.body
