"""Undoing ``content-encoding``.

Takes the bytes of a body and the names of its encodings, gives what was packed. What would grow beyond the limits is
refused.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from typing import Any, Final

import pyarrow as pa

from recexplore.model.limits import most_unpacked

__all__ = [
    "ENCODINGS",
    "MAX_INFLATED_BYTES",
    "MOST_ENCODINGS",
    "encoding_names",
    "encoding_told_by",
    "hides_text",
    "inflate",
    "inflated_prefix",
]

MAX_INFLATED_BYTES: Final = 256 * 1024 * 1024
"""What a compressed body may grow to."""

MOST_ENCODINGS: Final = 2
"""Nobody packs a body more often, but who wants it to grow."""

_CODECS: Final = {"gzip": "gzip", "br": "brotli", "zstd": "zstd"}
_OLD_NAMES: Final = {"x-gzip": "gzip"}
_NONE: Final = frozenset({"", "identity"})
_MAGIC: Final = ((b"\x1f\x8b\x08", "gzip"), (b"\x28\xb5\x2f\xfd", "zstd"))
_HIDING: Final = frozenset(
    [
        "base64", "br", "bzip2", "compress", "dcb", "dcz", "deflate", "gzip", "lz4", "lzma", "pack200-gzip", "snappy",
        "x-bzip2", "x-compress", "x-gzip", "xz", "zstd",
    ]
)  # fmt: skip
"""Encodings that hide what a text says until they are undone, whether or not they can be here."""


def encoding_names(encodings: str) -> list[str]:
    """The names in a ``content-encoding``, in the order in which they were applied; ``identity`` is none.

    Raises
    ------
    ValueError
        They are more than `MOST_ENCODINGS`.
    """
    names = [_OLD_NAMES.get(name, name) for name in _told(encodings) if name not in _NONE]
    if len(names) > MOST_ENCODINGS:
        raise ValueError(f"expected at most {MOST_ENCODINGS} encodings, found {len(names)}")
    return names


def hides_text(encodings: str) -> bool:
    """Whether a ``content-encoding`` hides what a text says. Servers write other things there, too: ``utf-8``, ``none``."""
    return not _HIDING.isdisjoint(_told(encodings))


def _told(encodings: str) -> list[str]:
    return [each.strip().lower() for each in encodings.split(",")]


def encoding_told_by(data: bytes) -> str:
    """The encoding that the first bytes tell, where no header does; empty where they tell none."""
    return next((name for magic, name in _MAGIC if data.startswith(magic)), "")


def inflate(data: bytes, encodings: str, limit: int = MAX_INFLATED_BYTES) -> bytes:
    """Undo ``content-encoding``.

    Raises
    ------
    ValueError
        An encoding is not known, they are too many, the data is not so encoded, or it grows beyond ``limit`` bytes.
    """
    limit = min(limit, most_unpacked(len(data)))
    for encoding in reversed(encoding_names(encodings)):
        if encoding not in _INFLATERS:
            raise ValueError(f"the encoding {encoding!r} is not known")
        try:
            data = _INFLATERS[encoding](data, limit)
        except (OSError, zlib.error, pa.ArrowInvalid) as error:
            raise ValueError(f"{encoding} cannot be undone: {error}") from error
        if len(data) > limit:
            raise ValueError(f"more than {limit} bytes when no longer {encoding}")
    return data


def inflated_prefix(data: bytes, limit: int = MAX_INFLATED_BYTES) -> bytes:
    """As much of a gzip or zlib body as can be read, where it breaks off."""
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(data, limit)
    except zlib.error:
        return b""


def _with_arrow(codec: str, data: bytes, limit: int) -> bytes:
    with pa.CompressedInputStream(pa.BufferReader(data), codec) as stream:
        return bytes(stream.read(limit + 1))


def _deflated(data: bytes, limit: int) -> bytes:
    try:
        return _to_the_end(zlib.decompressobj(), data, limit)
    except zlib.error:
        # Some servers leave the zlib header out.
        return _to_the_end(zlib.decompressobj(-zlib.MAX_WBITS), data, limit)


def _to_the_end(inflater: Any, data: bytes, limit: int) -> bytes:
    found = bytes(inflater.decompress(data, limit + 1))
    if not inflater.eof and len(found) <= limit:
        raise zlib.error("it breaks off")
    return found


def _codec(name: str) -> Callable[[bytes, int], bytes]:
    return lambda data, limit: _with_arrow(name, data, limit)


_INFLATERS: Final[Mapping[str, Callable[[bytes, int], bytes]]] = {
    "deflate": _deflated,
    **{encoding: _codec(codec) for encoding, codec in _CODECS.items()},
}
ENCODINGS: Final = frozenset(_INFLATERS)
"""The encodings that can be undone."""
