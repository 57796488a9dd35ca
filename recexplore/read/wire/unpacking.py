"""Undoing ``content-encoding`` read by read, as a body comes.

Takes the names of its encodings and then its bytes in any pieces, gives what each piece lets unpack, a few kilobytes at a
time. ``gzip`` and ``deflate`` are always known; ``br`` and ``zstd`` where one of the libraries is installed with which HTTP
clients undo them, too. What would grow beyond the limit, at any of the encodings, is refused before much of it is there.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any, Final, Protocol

from recexplore.model.limits import most_unpacked
from recexplore.read.wire.compression import encoding_names

__all__ = ["Unpacker"]

_PIECE: Final = 3 * 4096
"""How many bytes are given at once, and asked of a library that can be told."""
_SLICE: Final = 4096
"""How many bytes a library is handed at once, which keeps what it has not looked at yet."""
_ZSTD_BYTES: Final = 64
"""The same of a zstd library without a limit: four bytes may become 128 kB."""
_BROTLI_BYTES: Final = 4
"""The same of brotli without a limit: a dozen bytes may become 16 MB."""
_ZSTD_WINDOW_LOG: Final = 23
"""What a frame may look back, 8 MB: HTTP allows no more (RFC 9659), and a decoder takes that much memory."""
_GZIP: Final = zlib.MAX_WBITS | 16
_ZLIB: Final = zlib.MAX_WBITS
_MODULES: Final = {
    "br": ("brotli", "brotlicffi"),
    "zstd": ("compression.zstd", "backports.zstd", "zstandard"),
}

Limit = Callable[[int], int]
"""To how many bytes so many may grow."""


class _Decoder(Protocol):
    def parts(self, data: bytes) -> Iterator[bytes]: ...


class Unpacker:
    """Unpacks one body.

    Parameters
    ----------
    encodings
        The value of ``content-encoding``: names in the order in which they were applied.
    limit
        What the packed bytes so far may grow to.

    Raises
    ------
    ValueError
        One of them is not known, its library is not installed, or they are too many.
    """

    def __init__(self, encodings: str, limit: Limit = most_unpacked) -> None:
        self._decoders = [_decoder(name) for name in reversed(encoding_names(encodings))]
        self._limit = limit
        self._n_packed = 0
        self._n_unpacked = [0 for _ in self._decoders]

    def unpack(self, data: bytes) -> Iterator[bytes]:
        """What the next bytes of the body let unpack, to be taken to the end.

        Raises
        ------
        ValueError
            They are not so encoded, or grow beyond the limit. Then no more can be unpacked.
        """
        self._n_packed += len(data)
        pieces: Iterator[bytes] = iter((data,))
        for number in range(len(self._decoders)):
            pieces = self._undone(number, pieces)
        return pieces

    def _undone(self, number: int, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """The pieces without one of their encodings."""
        decoder = self._decoders[number]
        try:
            for part in (part for piece in pieces for part in decoder.parts(piece)):
                self._n_unpacked[number] += len(part)
                if self._n_unpacked[number] > (limit := self._limit(self._n_packed)):
                    raise ValueError(f"the body cannot be unpacked: it grows beyond {limit} bytes")
                yield from _cut(part, _PIECE)
        except ValueError:
            raise
        except Exception as error:  # each library has its own
            raise ValueError(f"the body cannot be unpacked: {error}") from error


def _cut(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


class _Gzip:
    """Undoes ``gzip``: one body, or several one behind the other."""

    def __init__(self) -> None:
        self._decoder = zlib.decompressobj(_GZIP)

    def parts(self, data: bytes) -> Iterator[bytes]:
        for rest in _cut(data, _SLICE):
            while rest:
                if self._decoder.eof:
                    rest = rest.lstrip(b"\0")  # zeros may fill up what stands behind
                    self._decoder = zlib.decompressobj(_GZIP) if rest else self._decoder
                if rest:
                    yield from _inflated(self._decoder, rest)
                    rest = self._decoder.unused_data


class _Deflate:
    """Undoes ``deflate``; some servers leave the header of zlib out."""

    def __init__(self) -> None:
        self._begun = b""
        self._decoder: Any = None

    def parts(self, data: bytes) -> Iterator[bytes]:
        if self._decoder is None:
            self._begun += data
            if len(self._begun) < 2:
                return
            has_header = self._begun[0] & 15 == zlib.DEFLATED and int.from_bytes(self._begun[:2], "big") % 31 == 0
            self._decoder, data = zlib.decompressobj(_ZLIB if has_header else -_ZLIB), self._begun
        for rest in _cut(data, _SLICE):
            if self._decoder.eof:
                raise zlib.error("more stands behind its end")
            yield from _inflated(self._decoder, rest)


def _inflated(decoder: Any, data: bytes) -> Iterator[bytes]:
    """What zlib makes of bytes, up to the end of the body that it is at."""
    while True:
        yield (part := decoder.decompress(data, _PIECE))
        data = decoder.unconsumed_tail
        # Where all it was asked for came, more may wait although nothing is left to be handed over.
        if decoder.eof or (not data and len(part) < _PIECE):
            return


class _Brotli:
    def __init__(self, library: Any) -> None:
        self._decoder = library.Decompressor()

    def parts(self, data: bytes) -> Iterator[bytes]:
        decoder = self._decoder
        process: Callable[..., bytes] = getattr(decoder, "process", None) or decoder.decompress
        if not hasattr(decoder, "can_accept_more_data"):  # before version 1.2
            yield from map(process, _cut(data, _BROTLI_BYTES))
            return
        for handed in _cut(data, _SLICE):
            yield (part := process(handed, output_buffer_limit=_PIECE))
            # As with zlib, more may wait.
            while len(part) >= _PIECE or not decoder.can_accept_more_data():
                yield (part := process(b"", output_buffer_limit=_PIECE))


class _Zstd:
    """Undoes ``zstd`` with Python's own library, or what brings that to older Pythons: several bodies, as gzip."""

    def __init__(self, library: Any) -> None:
        options = {library.DecompressionParameter.window_log_max: _ZSTD_WINDOW_LOG}
        self._make: Callable[[], Any] = lambda: library.ZstdDecompressor(options=options)
        self._decoder = self._make()

    def parts(self, data: bytes) -> Iterator[bytes]:
        for rest in _cut(data, _SLICE):
            while rest:
                if self._decoder.eof:
                    self._decoder = self._make()
                yield self._decoder.decompress(rest, _PIECE)
                while not (self._decoder.eof or self._decoder.needs_input):
                    yield self._decoder.decompress(b"", _PIECE)
                rest = self._decoder.unused_data if self._decoder.eof else b""


class _Zstandard:
    """The same with the library that was there before."""

    def __init__(self, library: Any) -> None:
        self._make: Callable[[], Any] = lambda: library.ZstdDecompressor(
            max_window_size=1 << _ZSTD_WINDOW_LOG
        ).decompressobj()
        self._decoder = self._make()

    def parts(self, data: bytes) -> Iterator[bytes]:
        for rest in _cut(data, _ZSTD_BYTES):
            while rest:
                if self._decoder.eof:
                    self._decoder = self._make()
                yield self._decoder.decompress(rest)
                rest = self._decoder.unused_data if self._decoder.eof else b""


_PLAIN: Final[Mapping[str, Callable[[], _Decoder]]] = {"gzip": _Gzip, "deflate": _Deflate}
_OF_A_LIBRARY: Final[Mapping[str, Callable[[Any], _Decoder]]] = {
    "brotli": _Brotli,
    "brotlicffi": _Brotli,
    "compression.zstd": _Zstd,
    "backports.zstd": _Zstd,
    "zstandard": _Zstandard,
}


def _decoder(name: str) -> _Decoder:
    if name in _PLAIN:
        return _PLAIN[name]()
    modules = _MODULES.get(name, ())
    for module in modules:
        try:
            library = import_module(module)
            return _OF_A_LIBRARY[module](library)
        except (ImportError, AttributeError, TypeError):  # not there, too old, or another one of that name
            continue
    needed = " or ".join(modules)
    raise ValueError(f"{name} needs {needed}, and none is installed" if needed else "its encoding is not known")
