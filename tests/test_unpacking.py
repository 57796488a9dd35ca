"""Bodies that come compressed, unpacked read by read: all of them, and no more of a hostile one than the limit."""

from __future__ import annotations

import gzip
import importlib
import tracemalloc
import zlib
from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recexplore.model.limits import SMALL_BYTES
from recexplore.read.wire import unpacking
from recexplore.read.wire.compression import ENCODINGS, encoding_names, hides_text, inflate
from recexplore.read.wire.unpacking import Unpacker

_TEXT = b"".join(b'data: {"n": %d, "text": "words"}\n\n' % n for n in range(700)) + b"x" * 70_000
_MB = 1024**2

Pack = Callable[[bytes], bytes]


def _brotli(data: bytes) -> bytes:
    return bytes(pytest.importorskip("brotli").compress(data, quality=5))


def _zstd(data: bytes) -> bytes:
    return bytes(pytest.importorskip("zstandard").ZstdCompressor().compress(data))


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


_PACKED: dict[str, tuple[str, Pack]] = {
    "gzip": ("gzip", _gzip),
    "members": ("X-GZip", lambda data: _gzip(data[:600]) + bytes(9) + _gzip(b"") + _gzip(data[600:])),
    "zlib": ("deflate", zlib.compress),
    "deflate": ("deflate", lambda data: zlib.compress(data, wbits=-15)),
    "br": ("br", _brotli),
    "zstd": ("zstd", _zstd),
    "frames": ("zstd", lambda data: _zstd(data[:600]) + _zstd(data[600:])),
    "twice": ("deflate, identity, gzip", lambda data: _gzip(zlib.compress(data))),
    "not": (" Identity,", lambda data: data),
}


def _cut(data: bytes, places: Sequence[int]) -> list[bytes]:
    return [data[begin:end] for begin, end in pairwise([0, *sorted(at % len(data) for at in places), len(data)])]


def _unpacked(encodings: str, reads: Sequence[bytes]) -> list[bytes]:
    unpacker = Unpacker(encodings)
    return [piece for read in reads for piece in unpacker.unpack(read)]


@pytest.mark.parametrize("name", _PACKED)
@given(places=st.lists(st.integers(0, 10**6), max_size=20))
def test_however_reads_cut_it(name: str, places: list[int]) -> None:
    encodings, pack = _PACKED[name]
    pieces = _unpacked(encodings, _cut(pack(_TEXT), places))
    assert b"".join(pieces) == _TEXT
    assert name == "not" or max(map(len, pieces)) <= 3 * 4096


@pytest.mark.parametrize("name", ["gzip", "zlib", "deflate"])
@pytest.mark.parametrize("n_before", range(3 * 4096 - 260, 3 * 4096 + 3, 13))
def test_what_ends_near_the_end_of_a_piece(name: str, n_before: int) -> None:
    encodings, pack = _PACKED[name]
    data = b"x" * n_before
    assert b"".join(_unpacked(encodings, [pack(data)])) == data
    assert b"".join(_unpacked(encodings, _cut(pack(data), range(99)))) == data


@cache
def _bomb(name: str) -> bytes:
    data = bytes(200 * _MB)
    if name == "gzip, gzip":
        return _gzip(_gzip(data))
    return {"gzip": _gzip, "br": _brotli, "zstd": _zstd}[name](data)


@pytest.mark.parametrize("name", ["gzip", "gzip, gzip", "br", "zstd"])
def test_what_grows_beyond_the_limit_is_refused_before_it_is_there(name: str) -> None:
    packed, given = _bomb(name), [0]
    most = max(SMALL_BYTES, 200 * len(packed))
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=f"grows beyond {most} bytes"):
            given.extend(map(len, Unpacker(name).unpack(packed)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sum(given) <= most
    assert peak < 8 * _MB


def test_the_inner_encoding_is_limited_too() -> None:
    """It may grow to the limit in one step and shrink in the next, which takes as long."""
    packed = _gzip(b"".join([_gzip(b"")] * 100_000))
    with pytest.raises(ValueError, match="grows beyond 1000000 bytes"):
        list(Unpacker("gzip, gzip", lambda n_packed: 1_000_000).unpack(packed))


def test_more_encodings_than_anybody_needs() -> None:
    for refusing in (Unpacker, encoding_names, lambda encodings: inflate(b"", encodings)):
        with pytest.raises(ValueError, match="at most 2 encodings, found 3"):
            refusing("gzip, gzip, gzip")


@pytest.mark.parametrize("encodings", ["own", "gzip, own"])
def test_an_encoding_that_is_not_known_is_not_named(encodings: str) -> None:
    """Whoever answers may write anything there."""
    with pytest.raises(ValueError, match="its encoding is not known"):
        Unpacker(encodings)


def test_the_encodings_that_are_undone_whole_are_undone_read_by_read() -> None:
    assert set(unpacking._PLAIN) | set(unpacking._MODULES) == ENCODINGS


def test_encodings_that_hide_a_text() -> None:
    assert all(hides_text(f"utf-8, {each.upper()} ") for each in (*ENCODINGS, "x-gzip", "base64"))
    assert not any(map(hides_text, ("", "identity", "utf-8, none", "aws-chunked", "own")))


@pytest.mark.parametrize("encodings", ["gzip", "deflate", "br", "zstd"])
def test_what_is_not_so_encoded(encodings: str) -> None:
    with pytest.raises(ValueError, match="cannot be unpacked"):
        _unpacked(encodings, [b"\xff\xfe no such thing" * 9])


def test_what_stands_behind_a_body() -> None:
    with pytest.raises(ValueError, match="more stands behind its end"):
        _unpacked("deflate", [zlib.compress(b"a"), b"b"])


class _OlderBrotli:
    """Brotli before 1.2, without a limit."""

    def __init__(self) -> None:
        self.process = pytest.importorskip("brotli").Decompressor().process


class _OlderLibrary:
    Decompressor = _OlderBrotli


def test_an_older_brotli(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "import_module", lambda name: _OlderLibrary)
    assert b"".join(_unpacked("br", [_brotli(_TEXT)])) == _TEXT
    given = [0]
    with pytest.raises(ValueError, match="grows beyond"):
        given.extend(map(len, Unpacker("br").unpack(_bomb("br"))))
    assert sum(given) <= SMALL_BYTES


@pytest.mark.parametrize("module", ["compression.zstd", "backports.zstd", "zstandard", "brotli", "brotlicffi"])
def test_each_library(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip(module)
    encoding = "zstd" if module[-3:] in ("std", "ard") else "br"

    def only(name: str) -> Any:
        if name != module:
            raise ImportError(name)
        return importlib.import_module(name)

    monkeypatch.setattr(unpacking, "import_module", only)
    for name in ("frames", "zstd") if encoding == "zstd" else ("br",):
        assert b"".join(_unpacked(encoding, [_PACKED[name][1](_TEXT)])) == _TEXT
    with pytest.raises(ValueError, match="grows beyond"):
        list(Unpacker(encoding).unpack(_bomb(encoding)))


@pytest.mark.parametrize("encoding", ["br", "zstd"])
def test_another_library_of_that_name(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "import_module", lambda name: object())
    with pytest.raises(ValueError, match=f"{encoding} needs .* and none is installed"):
        Unpacker(encoding)


def test_without_a_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(unpacking._MODULES, "br", ("recexplore_no_such_library",))
    with pytest.raises(ValueError, match="br needs recexplore_no_such_library, and none is installed"):
        Unpacker("br")
