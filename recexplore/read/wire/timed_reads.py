"""An answer in the reads in which it came, each with its time: what recexplore's own recorder keeps.

Takes the bytes of each read and its time in nanoseconds, fills an `Exchange`. A chunk came with the read that brings its
end; of a compressed body, with the read that let its end be unpacked. Never looks at what a provider meant.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final, NamedTuple

from recexplore.model.exchange import Exchange, Json
from recexplore.read.wire.http_exchange import Headers, fill_response
from recexplore.read.wire.measured_clock import set_measured
from recexplore.read.wire.pieces import places_of
from recexplore.read.wire.unpacking import Unpacker

__all__ = ["MOST_NS", "Clocked", "Read", "fill_timed"]

MOST_NS: Final = 2**53
"""A hundred days: what is farther away is no time that somebody measured."""

_NS: Final = 1e9


class Read(NamedTuple):
    """What one read brought, and when: in nanoseconds of a clock that does not go back."""

    t_ns: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Clocked:
    """When the request was sent, by the clock of the reads, and at which time of day (POSIX seconds); None where nobody
    knows."""

    sent_ns: int | None = None
    sent_posix_s: float | None = None


def fill_timed(
    exchange: Exchange, status: Json, headers: Headers, reads: Sequence[Read], clock: Clocked
) -> list[tuple[int, int]]:
    """Fill what was answered, and when, to a request that is filled in already.

    Returns
    -------
    list of (int, int)
        Where in the joined reads each chunk begins and ends; empty where the chunks were not cut from these bytes.
    """
    fill_response(exchange, status, headers, b"".join(read.data for read in reads))
    path = exchange.chunk_path
    places, sizes = places_of(exchange), [len(read.data) for read in reads]
    exchange.chunk_path, exchange.offsets, exchange.items = path, None, None
    if not places and (unpacked := _unpacked_sizes(reads, headers.get("content-encoding"))):
        ends_of_chunks, sizes = list(accumulate(exchange.wire.get("bytes") or ())), unpacked
    else:
        ends_of_chunks = [end for _, end in places]
    stamps = _stamps(reads, sizes, ends_of_chunks, len(exchange.chunks))
    if stamps:
        set_measured(exchange, stamps, clock.sent_ns, per_second=_NS, sent_posix_s=clock.sent_posix_s)
    return places


def _stamps(reads: Sequence[Read], sizes: Sequence[int], ends_of_chunks: Sequence[int], n_chunks: int) -> list[int]:
    """When each chunk came; none where that cannot be told."""
    if not reads:
        return []
    if len(ends_of_chunks) != n_chunks:
        # A whole body is there with its last read.
        return [reads[-1].t_ns] if n_chunks == 1 else []
    ends, last = list(accumulate(sizes)), len(reads) - 1
    return [reads[min(last, bisect_left(ends, end))].t_ns for end in ends_of_chunks]


def _unpacked_sizes(reads: Sequence[Read], encodings: str) -> list[int]:
    """How many bytes each read of a compressed body unpacked to; none where that cannot be told."""
    if not encodings.strip():
        return []
    try:
        unpacker = Unpacker(encodings)
        return [sum(map(len, unpacker.unpack(read.data))) for read in reads]
    except ValueError:
        return []
