"""An answer in the pieces in which it was read from the wire, as some recorders keep a stream.

Takes the bytes of each piece and, where it is known, the time it came at, fills an `Exchange`. A chunk came with the piece
that brings its end: where the pieces are cut means nothing else. Never looks at what a provider meant.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate

from recexplore.model.exchange import CHUNK, Exchange, Json, Path
from recexplore.read.wire.http_exchange import Headers, fill_response
from recexplore.read.wire.measured_clock import set_measured

__all__ = ["fill_pieces", "places_of"]


def fill_pieces(
    exchange: Exchange,
    status: Json,
    headers: Headers,
    pieces: Sequence[bytes],
    *,
    items: Sequence[int],
    inside: Path = (),
    stamps_ms: Sequence[float | None] = (),
) -> None:
    """Fill what was answered, to a request that is filled in already.

    Parameters
    ----------
    exchange
        Its ``chunk_path`` leads to the list of the pieces.
    items, inside
        Which item of that list each piece is, and the path that leads on from the item to it.
    stamps_ms
        When each piece came, in milliseconds of any clock; empty where nobody noted it.
    """
    path = exchange.chunk_path
    fill_response(exchange, status, headers, b"".join(pieces))
    places = places_of(exchange)
    exchange.chunk_path, exchange.offsets, exchange.items = path, None, None
    if not places or not pieces:
        return
    ends = list(accumulate(map(len, pieces)))
    last = len(pieces) - 1
    exchange.chunk_path = (*path, CHUNK, *inside)
    exchange.items = [items[min(last, bisect_right(ends, begin))] for begin, _ in places]
    if stamps_ms:
        stamps = [stamps_ms[min(last, bisect_left(ends, end))] for _, end in places]
        set_measured(exchange, stamps, per_second=1e3)


def places_of(exchange: Exchange) -> list[tuple[int, int]]:
    """Where in the answer each chunk begins and ends; none where the chunks were not cut from its bytes."""
    sizes, offsets = exchange.wire.get("bytes"), exchange.offsets
    if sizes is None or None in sizes or (offsets is None and exchange.wire_format != "aws-event-stream"):
        return []
    ends = list(accumulate(sizes))
    if exchange.wire_format == "json-lines" and offsets is not None:
        # Blank lines belong to no chunk.
        ends = [begin + size for begin, size in zip(offsets, sizes, strict=True)]
    begins = [end - size for end, size in zip(ends, sizes, strict=True)] if offsets is None else offsets
    return list(zip(begins, ends, strict=True))
