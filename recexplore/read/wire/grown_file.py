"""A file that had lines appended since it was loaded, as it was then.

Takes its bytes and the checksum that they had, gives those that stood there; all of them where none have that checksum.
"""

from __future__ import annotations

import zlib

__all__ = ["as_it_was"]


def as_it_was(data: bytes, checksum: int, least_bytes: int | None) -> bytes:
    """The lines that have this checksum, at least as many bytes as the file had when it was found."""
    if zlib.crc32(data) == checksum:
        return data
    found = end = 0
    for line in data.splitlines(keepends=True):
        found, end = zlib.crc32(line, found), end + len(line)
        if found == checksum and end >= (len(data) if least_bytes is None else least_bytes):
            return data[:end]
    return data
