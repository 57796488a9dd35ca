"""Bytes that came another way than from a file: standard input, an answer that a test holds.

Takes bytes and a name, gives a blob.
"""

from __future__ import annotations

import zlib
from functools import partial

from recexplore.model.exchange import Blob
from recexplore.read.sources.paths import shown

__all__ = ["held"]


def held(data: bytes, path: str, name: str | None = None) -> Blob:
    """Bytes in memory as what a search finds, named outright.

    Parameters
    ----------
    data
        The content of a recording's file.
    path
        What reports call it.
    name
        Its file's name, whose suffix may tell the format; the path's last name, if not given.
    """
    called = shown(path).rpartition("/")[2] if name is None else name
    identity = ("memory", path, len(data), zlib.crc32(data))
    return Blob(shown(path), called, partial(_read, data), identity, is_named=True)


def _read(data: bytes, max_bytes: int) -> bytes:
    if len(data) > max_bytes:
        raise OSError(f"more than {max_bytes} bytes, which is the limit (max_file_bytes)")
    return data
