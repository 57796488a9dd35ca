"""Where in the bytes of an answer each of its chunks ends.

Takes a body and its media type, gives counts of bytes. A body that cannot be cut is one chunk.
"""

from __future__ import annotations

from itertools import accumulate

from recexplore.read.wire.http_body import read_body

__all__ = ["chunk_ends"]


def chunk_ends(body: bytes, media_type: str, endpoint: str | None = None) -> tuple[int, ...]:
    """How many bytes there are up to the end of each chunk; what stands behind the last one belongs to it."""
    if not body:
        return ()
    found = read_body(body, media_type, endpoint=endpoint)
    sizes = [size for size in found.sizes if size is not None]
    if not sizes or len(sizes) != len(found.sizes):
        return (len(body),)
    ends = list(accumulate(sizes))
    if found.wire_format == "json-lines":  # blank lines belong to no chunk
        ends = [(at or 0) + size for at, size in zip(found.offsets, sizes, strict=True)]
    return (*ends[:-1], len(body))
