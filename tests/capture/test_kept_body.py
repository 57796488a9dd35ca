"""What is kept of compressed answers: their very bytes and no key, however reads cut them, whenever the recorder dies."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import recexplore as rx
from recexplore.capture.journal.finish import finish
from recexplore.capture.journal.kept_body import KeptBody, KeptRead, MayHoldKey
from recexplore.capture.journal.keys import KeyMask
from recexplore.capture.journal.writer import Writer
from recexplore.read.wire.content import Content
from recexplore.read.wire.journal_records import JournalRecords, read_records

_KEY = "Sentinel+key/0123=4567-89"
_FIELDS = [("Authorization", f"Bearer {_KEY}")]
_KEYS = KeyMask(_FIELDS, "http://h/")
_BEFORE = b"".join(b'data: {"n": %d, "text": "Sentine words"}\n\n' % n for n in range(20))
_CLEAN = _BEFORE + _BEFORE
_ECHO = _BEFORE + f'data: {{"you said": "{_KEY}"}}\n\n'.encode() + _BEFORE
_STARS = _ECHO.replace(_KEY.encode(), b"*" * len(_KEY))

Pack = Callable[[bytes], bytes]


def _flushed(text: bytes, *, level: int = 6, wbits: int) -> bytes:
    """As a server compresses a stream: what each event brings can be unpacked at once."""
    packer = zlib.compressobj(level, wbits=wbits)
    parts = [packer.compress(line) + packer.flush(zlib.Z_SYNC_FLUSH) for line in text.splitlines(keepends=True)]
    return b"".join([*parts, packer.flush()])


def _brotli(text: bytes) -> bytes:
    return bytes(pytest.importorskip("brotli").compress(text))


def _zstd(text: bytes) -> bytes:
    return bytes(pytest.importorskip("zstandard").ZstdCompressor().compress(text))


_PACKED: dict[str, tuple[str, Pack]] = {
    "gzip": ("gzip", lambda text: gzip.compress(text, mtime=0)),
    "gzip by events": ("gzip", lambda text: _flushed(text, wbits=31)),
    "stored": ("gzip", lambda text: gzip.compress(text, 0, mtime=0)),
    "two members": ("x-gzip", lambda text: gzip.compress(text[:600], mtime=0) + gzip.compress(text[600:], mtime=0)),
    "zlib": ("deflate", zlib.compress),
    "deflate alone": ("deflate", lambda text: _flushed(text, wbits=-15)),
    "twice": ("deflate, gzip", lambda text: gzip.compress(zlib.compress(text), mtime=0)),
    "no header": ("", lambda text: gzip.compress(text, mtime=0)),
    "br": ("br", _brotli),
    "zstd": ("zstd", _zstd),
}


def _cut(data: bytes, sizes: Sequence[int]) -> list[bytes]:
    ends = [at for at in accumulate(sizes) if at < len(data)]
    return [data[begin:end] for begin, end in pairwise([0, *ends, len(data)])]


def _kept(reads: Sequence[bytes], encodings: str, keys: KeyMask = _KEYS) -> list[KeptRead]:
    body = KeptBody(keys, encodings)
    return [body.next_kept(number, read) for number, read in enumerate(reads)]


def _inflated(data: bytes) -> bytes:
    """Whatever can be unpacked of bytes, by whoever finds them."""
    found = b""
    for wbits in (47, -15):
        inflater = zlib.decompressobj(wbits)
        try:
            found += inflater.decompress(data)
            found += _inflated(inflater.unused_data) if inflater.unused_data else b""
        except zlib.error:
            continue
    return found + (_inflated(found) if found and found != data else b"")


@pytest.mark.parametrize("name", _PACKED)
@given(sizes=st.lists(st.integers(1, 200), max_size=40))
def test_without_a_key_the_bytes_are_kept(name: str, sizes: list[int]) -> None:
    encodings, pack = _PACKED[name]
    reads = _cut(pack(_CLEAN), sizes)

    assert _kept(reads, encodings) == [KeptRead(read) for read in reads]


@pytest.mark.parametrize("name", _PACKED)
@given(sizes=st.lists(st.integers(1, 200), max_size=40))
def test_with_a_key_nothing_that_is_kept_holds_it(name: str, sizes: list[int]) -> None:
    encodings, pack = _PACKED[name]
    packed, unpacked, key = b"", b"", _KEY.encode()
    for kept in _kept(_cut(pack(_ECHO), sizes), encodings):
        if kept.unpacked:
            assert kept.unpacked == (encodings or "gzip")
            unpacked += kept.data
        else:
            assert not unpacked
            packed += kept.data
        for shown in (packed, _inflated(packed), unpacked):
            assert key not in shown
            assert key[8:] not in shown
    assert unpacked.endswith(_CLEAN[-200:])


def _records(journal: Path) -> JournalRecords:
    return read_records(Content(journal.name, journal.read_bytes()))


def _journal(folder: Path, reads: Sequence[bytes], encodings: str, fields: list[tuple[str, str]] = _FIELDS) -> Path:
    writer = Writer(folder, clock=lambda: 0)
    asked = json.dumps({"model": "m", "messages": [], "stream": True}).encode()
    journal = writer.open("POST", "https://h/v1/chat/completions", fields, asked, received_ns=0)
    journal.sent(0)
    head = [("Content-Type", "text/event-stream"), *([("Content-Encoding", encodings)] if encodings else [])]
    journal.headers(0, 200, head)
    for number, read in enumerate(reads, 1):
        journal.read(number, read)
    journal.end(len(reads) + 1, "complete")
    writer.close()
    assert journal.path is not None
    return journal.path


@pytest.mark.parametrize("name", _PACKED)
@pytest.mark.parametrize("size", [1, 37, 5000])
def test_neither_a_journal_at_any_moment_nor_its_recording_holds_it(name: str, size: int, tmp_path: Path) -> None:
    encodings, pack = _PACKED[name]
    reads = _cut(pack(_ECHO), [size] * 5000)
    journal = _journal(tmp_path, reads, encodings)
    lines = journal.read_bytes().splitlines(keepends=True)
    packed = b""
    for line in lines:
        assert _KEY[8:].encode() not in line
        record = json.loads(line)
        packed += base64.b64decode(record.get("base64", "")) if "unpacked" not in record else b""
    assert _KEY[8:].encode() not in packed + _inflated(packed)
    whole = _records(journal)
    for n_lines in range(0, len(lines), 1 + len(lines) // 60):
        cut = read_records(Content("cut", b"".join(lines[:n_lines])))
        if cut.unpacked:
            assert whole.reads[: len(cut.reads)] == cut.reads

    body = b"".join(read.data for read in whole.reads)
    at, n_told = len(_BEFORE) + len('data: {"you said": "'), 7 if size == 1 else 0  # what was no key yet
    assert body[:at] + body[at + n_told :] == _STARS[:at] + _STARS[at + n_told :]
    assert [read.t_ns for read in whole.reads] == list(range(1, len(reads) + 1))
    before = rx.load(journal, progress=False)
    path = finish(journal)
    document = json.loads(path.read_text())
    after = rx.load(path, progress=False)
    assert _KEY[8:] not in path.read_text()
    assert "".join(document["wire"]["lines"]).encode() == body
    assert document["wire"]["headers"] == {"content-type": "text/event-stream"}
    assert document["wire"]["unpacked"] == (encodings or "gzip")
    assert len(document["timing"]["reads"]) == len(reads)
    assert (before.problems.empty, after.problems.empty) == (True, True)
    assert before.chunks["t_s"].equals(after.chunks["t_s"])
    assert len(after.chunks) == 41


def test_without_keys_in_the_request_nothing_is_looked_at(tmp_path: Path) -> None:
    reads = [b"no br at all \xff", b"more"]
    whole = _records(_journal(tmp_path, reads, "br", []))
    assert ([read.data for read in whole.reads], whole.unpacked) == (reads, "")


@pytest.mark.parametrize(
    ("encodings", "reads"),
    [
        ("gzip", [b"\x1f\x8b\x08\x00", b"\xff\xff\xff\xff" * 9, b"more"]),
        ("own", [b"\x00\xff", b"more"]),
        ("gzip, own", [b"\x00\xff", b"more"]),
        ("gzip", [gzip.compress(b"\0" * 30_000_000, mtime=0)]),
    ],
    ids=["broken", "unknown", "partly known", "a bomb"],
)
def test_what_cannot_be_unpacked_is_left_out(encodings: str, reads: list[bytes], tmp_path: Path) -> None:
    writer = Writer(tmp_path)
    journal = writer.open("POST", "https://h/v1/chat/completions", _FIELDS, b"{}", received_ns=writer.clock())
    journal.headers(writer.clock(), 200, [("Content-Encoding", encodings)])
    for read in reads:
        journal.read(writer.clock(), read)
    journal.end(writer.clock(), "complete")
    status = writer.close()

    n_kept = len(reads) - status.lost_reads
    assert status.lost_reads >= 1
    assert status.error is not None
    assert "it may hold a key and is left out" in status.error
    assert journal.path is not None
    document = json.loads(finish(journal.path).read_text())
    assert document["timing"]["lost"]["reads"] == status.lost_reads
    assert [n_bytes for _, n_bytes in document["timing"]["reads"]] == [len(read) for read in reads[:n_kept]]


@pytest.mark.parametrize("encodings", ["gzip", "br", "deflate", "own"])
def test_an_encoding_that_was_undone_before_is_none(encodings: str) -> None:
    """HTTP clients that unpack answers leave the header as it was."""
    reads = _cut(_ECHO, [13] * 500)
    kept = _kept(reads, encodings)
    shown = b"".join(each.data for each in kept)

    assert not any(each.unpacked for each in kept)
    assert (len(shown), _KEY[8:].encode() in shown) == (len(_ECHO), False)
    assert shown.startswith(_BEFORE)


def test_what_is_behind_a_lost_read_cannot_be_unpacked() -> None:
    reads = _cut(gzip.compress(_ECHO, mtime=0), [20] * 5000)
    body = KeptBody(_KEYS, "gzip")
    assert body.next_kept(0, reads[0]) == KeptRead(reads[0])
    with pytest.raises(MayHoldKey, match="reads are missing"):
        body.next_kept(2, reads[2])


def _edited(journal: Path, edit: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> JournalRecords:
    lines = [json.loads(line) for line in journal.read_bytes().splitlines()]
    data = b"".join(json.dumps(line).encode() + b"\n" for line in edit(lines))
    return read_records(Content("edited", data))


def test_where_reads_are_missing_before_the_key(tmp_path: Path) -> None:
    reads = _cut(_flushed(_ECHO, wbits=31), [20] * 5000)
    journal = _journal(tmp_path, reads, "gzip")
    first = next(n for n, line in enumerate(journal.read_bytes().splitlines()) if b'"unpacked":' in line)
    gap = {"t": 9, "event": "gap", "reads": 1, "bytes": 20}
    records = _edited(journal, lambda lines: [*lines[:5], gap, *lines[6:]])

    n_behind = first - 6
    assert records.lost == {"reads": 1 + n_behind, "bytes": 20 + 20 * n_behind}
    assert [at for at, _, _ in records.gaps] == [2, 2]
    assert len(records.reads) == len(reads) - 1 - n_behind
    assert b"".join(read.data for read in records.reads).endswith(_CLEAN[-500:])


@pytest.mark.parametrize("mark", [1, "", None, "own", "gzip", "br"])
def test_marks_that_no_recorder_writes(mark: Any, tmp_path: Path) -> None:
    journal = _journal(tmp_path, [b"\xff\xfe", b"plain"], "own", [])
    records = _edited(journal, lambda lines: [*lines[:3], {**lines[3], "unpacked": mark}, lines[4]])
    assert sum(read.data == b"plain" for read in records.reads) + records.lost["reads"] >= 1
