"""The members of a zip file whose end is missing, and with it the list of them.

Takes something that opens the file, gives the members that are whole, read by the headers that stand before each. Only the
beginning of a large file is looked at. Never raises for what the bytes hold. Source of the format:
https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3.7 and 4.3.9.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO, Final

__all__ = ["members_before_the_cut"]

_MOST_READ: Final = 16 * 1024**2
_MOST_SAVED: Final = 256 * 1024**2
_BLOCK: Final = 1 << 16
_HEADER: Final = struct.Struct("<4x2xHH4xIIIHH")
"""Of a member in a zip: flags, method, CRC-32, packed and whole size, length of the name and of the extra field."""


def members_before_the_cut(
    open_archive: Callable[[], BinaryIO], most_members: int, most_bytes: int
) -> Iterator[tuple[str, bytes]]:
    """The names of the whole members and what they hold, no more of them and no larger altogether than is said."""
    with open_archive() as file:
        data = file.read(_MOST_READ)
    at, n, room = 0, 0, min(_MOST_SAVED, most_bytes)
    while (at := data.find(b"PK\x03\x04", at)) >= 0 and len(data) - at >= _HEADER.size and n < most_members:
        flags, method, checksum, packed, size, n_name, n_extra = _HEADER.unpack_from(data, at)
        begin = at + _HEADER.size + n_name + n_extra
        name = data[at + _HEADER.size : at + _HEADER.size + n_name].decode("utf-8", "replace")
        at, n = begin, n + 1
        if flags & 8 and method == zipfile.ZIP_STORED:
            continue  # how long it is stands behind it
        if method == zipfile.ZIP_DEFLATED:
            member, is_whole, at = _inflated(data, begin, room)
        else:
            member, at = data[begin : begin + packed], begin + packed
            is_whole = method == zipfile.ZIP_STORED and len(member) == size
        room -= len(member)
        if room <= 0:
            return
        # Where a descriptor follows the member (bit 3), its header does not know the checksum yet.
        if is_whole and (flags & 8 or zlib.crc32(member) == checksum):
            yield name, member


def _inflated(data: bytes, begin: int, limit: int) -> tuple[bytes, bool, int]:
    """A member, whether it is whole, and where it ends; read in blocks, so that what follows it is never copied."""
    inflater, parts, at = zlib.decompressobj(-zlib.MAX_WBITS), [], begin
    view = memoryview(data)
    try:
        while at < len(data) and not inflater.eof and limit > 0:
            part = inflater.decompress(view[at : at + _BLOCK], limit)
            parts.append(part)
            limit -= len(part)
            at += len(view[at : at + _BLOCK])
    except zlib.error:
        return b"", False, begin
    return b"".join(parts), inflater.eof, at - len(inflater.unused_data)
