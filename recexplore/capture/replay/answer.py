"""The noun of this room: an answer as a client gets it, read by read.

Gives plain data: when which bytes go out, in nanoseconds since the request was there, and how the answer ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from recexplore.model.errors import RecexploreError
from recexplore.read.wire.timed_reads import Read

__all__ = ["Answer", "Ending", "NotReplayable", "Read"]

Ending: TypeAlias = Literal["complete", "broken off", "unanswered"]
"""Whole; the connection ends before the answer does; the connection ends without any answer."""


class NotReplayable(RecexploreError, ValueError):
    """A recording does not hold what a client would have to get."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client gets.

    Attributes
    ----------
    headers
        Header fields, without those that belong to one connection.
    reads
        The body, in order of time.
    chunk_ends
        How many bytes of the body there are up to the end of each chunk.
    headers_ns, ended_ns
        When the header goes out, and when the answer ends or breaks off.
    content_length
        What the header says of the body's length; None where it says nothing.
    is_recorded
        Whether the body has the very bytes that came; else it was made again of parsed objects.
    lost_reads
        How many reads the recorder lost; the answer breaks off before the first of them.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    reads: tuple[Read, ...]
    chunk_ends: tuple[int, ...]
    headers_ns: int = 0
    ended_ns: int = 0
    ending: Ending = "complete"
    content_length: int | None = None
    is_recorded: bool = True
    lost_reads: int = 0

    @property
    def body(self) -> bytes:
        return b"".join(read.data for read in self.reads)
