"""Undoing ``content-encoding`` read by read, as a body comes.

Takes the names of its encodings and then its bytes in any pieces, gives what each piece lets unpack. ``gzip`` and
``deflate`` are always known; ``br`` and ``zstd`` where one of the libraries is installed with which HTTP clients undo them,
too. What would grow beyond the limits is refused.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Final, Protocol

from recexplore.model.limits import most_unpacked

__all__ = ["ENCODINGS", "Unpacker"]

_SLICE: Final = 4096
"""How many bytes are unpacked before the limit is looked at."""
_ZLIB: Final = zlib.MAX_WBITS
_GZIP: Final = zlib.MAX_WBITS | 16
_MODULES: Final = {
    "br": ("brotli", "brotlicffi"),
    "zstd": ("compression.zstd", "backports.zstd", "zstandard"),
}


class _Decoder(Protocol):
    def decompress(self, data: bytes, /) -> bytes: ...


class Unpacker:
    """Unpacks one body.

    Parameters
    ----------
    encodings
        The value of ``content-encoding``: names in the order in which they were applied.

    Raises
    ------
    ValueError
        One of them is not known, or its library is not installed.
    """

    def __init__(self, encodings: str) -> None:
        names = [name for each in encodings.split(",") if (name := each.strip().lower()) not in ("", "identity")]
        self._decoders = [_decoder(name) for name in reversed(names)]
        self._n_packed = self._n_unpacked = 0

    def unpack(self, data: bytes) -> bytes:
        """What the next bytes of the body let unpack.

        Raises
        ------
        ValueError
            They are not so encoded, or grow beyond the limit. Then no more can be unpacked.
        """
        return b"".join(self._unpacked(data[at : at + _SLICE]) for at in range(0, len(data), _SLICE))

    def _unpacked(self, data: bytes) -> bytes:
        self._n_packed += len(data)
        try:
            for decoder in self._decoders:
                data = decoder.decompress(data) if data else data
        except Exception as error:  # each library has its own
            raise ValueError(f"the body cannot be unpacked: {error}") from error
        self._n_unpacked += len(data)
        if self._n_unpacked > most_unpacked(self._n_packed):
            raise ValueError(f"the body cannot be unpacked: it grows beyond {self._n_unpacked} bytes")
        return data


class _Members:
    """Undoes what may be several bodies one behind the other, as ``gzip`` and ``zstd`` may be."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make, self._decoder = make, make()

    def decompress(self, data: bytes) -> bytes:
        parts = []
        while data:
            if self._decoder.eof:
                self._decoder = self._make()
            parts.append(self._decoder.decompress(data))
            # Zeros may fill up what stands behind.
            data = self._decoder.unused_data.lstrip(b"\0") if self._decoder.eof else b""
        return b"".join(parts)


class _Deflate:
    """Undoes ``deflate``; some servers leave the header of zlib out."""

    def __init__(self) -> None:
        self._begun = b""
        self._decoder: Any = None

    def decompress(self, data: bytes) -> bytes:
        if self._decoder is None:
            self._begun += data
            if len(self._begun) < 2:
                return b""
            has_header = self._begun[0] & 15 == zlib.DEFLATED and int.from_bytes(self._begun[:2], "big") % 31 == 0
            self._decoder, data = zlib.decompressobj(_ZLIB if has_header else -_ZLIB), self._begun
        if self._decoder.eof:
            raise zlib.error("more stands behind its end")
        return bytes(self._decoder.decompress(data))


class _Brotli:
    def __init__(self, library: Any) -> None:
        decoder = library.Decompressor()
        self.decompress: Callable[[bytes], bytes] = getattr(decoder, "process", None) or decoder.decompress


def _zstd(library: Any) -> _Decoder:
    if hasattr(library.ZstdDecompressor, "decompressobj"):
        return _Members(lambda: library.ZstdDecompressor().decompressobj())
    return _Members(library.ZstdDecompressor)


_PLAIN: Final[Mapping[str, Callable[[], _Decoder]]] = {
    "gzip": lambda: _Members(lambda: zlib.decompressobj(_GZIP)),
    "x-gzip": lambda: _Members(lambda: zlib.decompressobj(_GZIP)),
    "deflate": _Deflate,
}
_OF_A_LIBRARY: Final[Mapping[str, Callable[[Any], _Decoder]]] = {"br": _Brotli, "zstd": _zstd}
ENCODINGS: Final = frozenset(_PLAIN) | frozenset(_OF_A_LIBRARY)
"""The encodings that can be undone, those of a library included."""


def _decoder(name: str) -> _Decoder:
    if name in _PLAIN:
        return _PLAIN[name]()
    for module in _MODULES.get(name, ()):
        try:
            library = import_module(module)
        except ImportError:
            continue
        return _OF_A_LIBRARY[name](library)
    known = " or ".join(_MODULES.get(name, ()))
    raise ValueError(f"the encoding {name!r} needs {known}, and none is installed" if known else f"unknown: {name!r}")
