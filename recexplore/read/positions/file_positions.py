"""What a file's recordings ask of it: the lines and the regions of its exchanges.

Takes a file's content, or None for what was never a file, and answers as `recexplore.corpus.source_file.Positions`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from recexplore.model.exchange import Exchange
from recexplore.model.region import Piece, Region
from recexplore.read.positions.find_line import find_line
from recexplore.read.positions.find_region import find_region
from recexplore.read.wire.content import Content

__all__ = ["FilePositions"]


@dataclass(frozen=True, slots=True)
class FilePositions:
    """Where the exchanges of a file stand; nowhere, without a file."""

    content: Content | None

    def line(self, exchange: Exchange, chunk: int | None) -> int | None:
        """The line where a chunk, or the exchange, begins."""
        return None if self.content is None else find_line(self.content, exchange, chunk)

    def region(self, exchange: Exchange, chunk: int, last_chunk: int, pieces: Sequence[Piece]) -> Region | None:
        """Where pieces of the chunks' texts were written, else where the chunks were."""
        return None if self.content is None else find_region(self.content, exchange, chunk, last_chunk, pieces)
