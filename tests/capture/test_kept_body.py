"""What is kept of compressed answers: what they say and no key, however reads cut them, whenever the recorder dies."""

from __future__ import annotations

import gzip
import json
import re
import string
import zlib
from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import recexplore as rx
from recexplore.capture.journal import kept_body, slices
from recexplore.capture.journal.finish import finish
from recexplore.capture.journal.kept_body import KeptBody, KeptRead, MayHoldKey
from recexplore.capture.journal.keys import KeyMask
from recexplore.capture.journal.lines import read_line
from recexplore.capture.journal.writer import Writer
from recexplore.capture.replay.recorded_answer import answer_of
from recexplore.read.wire import unpacking
from recexplore.read.wire.content import Content
from recexplore.read.wire.journal_records import JournalRecords, read_records

_KEY = "Sentinel+key/0123=4567-89"
_FIELDS = [("Authorization", f"Bearer {_KEY}")]
_KEYS, _NO_KEYS = KeyMask(_FIELDS, "http://h/"), KeyMask([], "http://h/")
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


@pytest.mark.parametrize("name", _PACKED)
@given(sizes=st.lists(st.integers(1, 200), max_size=40))
def test_without_keys_in_the_request_the_bytes_are_kept(name: str, sizes: list[int]) -> None:
    encodings, pack = _PACKED[name]
    reads = _cut(pack(_ECHO), sizes)

    assert _kept(reads, encodings, _NO_KEYS) == [KeptRead(read) for read in reads]


@pytest.mark.parametrize("name", _PACKED)
@pytest.mark.parametrize("text", [_CLEAN, _ECHO], ids=["clean", "echo"])
@given(sizes=st.lists(st.integers(4, 200), min_size=1, max_size=40), n_missing=st.integers(0, 30))
def test_with_a_key_only_what_they_say_is_kept(name: str, text: bytes, sizes: list[int], n_missing: int) -> None:
    """From the first read on, and wherever the answer ends: of the compressed bytes none."""
    encodings, pack = _PACKED[name]
    packed = pack(text)
    reads = _cut(packed[: max(len(packed) - n_missing, 4)], sizes)
    kept = _kept(reads, encodings)
    shown, told = b"".join(each.data for each in kept), text[: sum(len(each.data) for each in kept)]

    assert {each.unpacked for each in kept} == {{"": "gzip", "x-gzip": "gzip"}.get(encodings, encodings)}
    assert _without_key(shown) == _without_key(told)
    assert _KEY[8:].encode() not in shown


def _without_key(text: bytes) -> bytes:
    """The text but for the place where the key stands: letters of it are told where nobody knows yet how they go on."""
    begin, end = len(_BEFORE) + len('data: {"you said": "'), len(_BEFORE) + len(f'data: {{"you said": "{_KEY}')
    return text[:begin] + text[end:]


@pytest.mark.parametrize("name", ["zstd", "br"])
def test_a_block_that_breaks_off_one_byte_early(name: str) -> None:
    """Nothing of it can be unpacked yet, or little, and all of it tells the key."""
    encodings, pack = _PACKED[name]
    kept = _kept([each.to_bytes() for each in pack(_ECHO)[:-1]], encodings)
    assert _ECHO[: len(_BEFORE)].startswith(b"".join(each.data for each in kept)[: len(_BEFORE)])
    assert {each.unpacked for each in kept} == {encodings}


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
@pytest.mark.parametrize("size", [4, 37, 5000])
def test_neither_a_journal_at_any_moment_nor_its_recording_holds_it(name: str, size: int, tmp_path: Path) -> None:
    encodings, pack = _PACKED[name]
    reads = _cut(pack(_ECHO), [size] * 5000)
    journal = _journal(tmp_path, reads, encodings)
    lines = journal.read_bytes().splitlines(keepends=True)
    assert not any(_KEY[8:].encode() in line or b'"base64"' in line for line in lines)
    whole = _records(journal)
    for n_lines in range(0, len(lines), 1 + len(lines) // 60):
        cut = read_records(Content("cut", b"".join(lines[:n_lines])))
        assert whole.reads[: len(cut.reads)] == cut.reads

    body = b"".join(read.data for read in whole.reads)
    assert _without_key(body) == _without_key(_ECHO)
    assert [read.t_ns for read in whole.reads] == list(range(1, len(reads) + 1))
    before = rx.load(journal, progress=False)
    path = finish(journal)
    document = json.loads(path.read_text())
    after = rx.load(path, progress=False)
    assert _KEY[8:] not in path.read_text()
    assert "".join(document["wire"]["lines"]).encode() == body
    assert document["wire"]["headers"] == {"content-type": "text/event-stream"}
    assert document["wire"]["unpacked"] in (encodings, "gzip")
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
    ],
    ids=["broken", "unknown", "partly known"],
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
    assert [n_bytes for _, n_bytes in document["timing"]["reads"]] == [0] * n_kept


@pytest.mark.parametrize("name", ["gzip", "two members", "twice", "no header", "zstd"])
@pytest.mark.parametrize("behind", [[], [b"more"]], ids=["last", "more"])
def test_what_was_unpacked_before_the_damage_is_kept(name: str, behind: list[bytes], tmp_path: Path) -> None:
    encodings, pack = _PACKED[name]
    damaged, ended = pack(_ECHO) + b"garbage", list[Path]()
    whole = _kept([pack(_ECHO)], encodings)
    writer = Writer(tmp_path, ended=ended.append)
    journal = writer.open("POST", "https://h/v1/chat/completions", _FIELDS, b"{}", received_ns=0)
    journal.headers(1, 200, [("Content-Type", "text/event-stream"), ("Content-Encoding", encodings)])
    for read in (damaged, *behind):
        journal.read(2, read)
    journal.end(3, "complete")
    status = writer.close()
    kept = _records(ended[0])
    document = json.loads((recording := finish(ended[0])).read_text())

    n_lost, n_bytes = 1 + len(behind), len(damaged) + sum(map(len, behind))
    assert [read.data for read in kept.reads] == [whole[0].data] == [_STARS]
    assert (kept.gaps, kept.unpacked) == ([(1, n_lost, n_bytes)], whole[0].unpacked)
    assert (status.n_reads, status.lost_reads, status.lost_bytes) == (1, n_lost, n_bytes)
    assert status.error is not None
    assert status.error.startswith("the body cannot be unpacked: ")
    assert status.error.endswith("; it may hold a key and is left out")
    assert document["timing"]["lost"] == {"reads": n_lost, "bytes": n_bytes}
    assert "".join(document["wire"]["lines"]).encode() == _STARS
    (replayed,) = rx.load(recording, progress=False)
    answer = answer_of(replayed)
    assert (answer.body, answer.ending, answer.lost_reads) == (_STARS, "broken off", n_lost)


@pytest.mark.parametrize("encodings", ["identity", "Identity, ", ""])
def test_identity_is_no_encoding(encodings: str) -> None:
    kept = _kept([b"a", _ECHO], encodings)
    assert kept == [KeptRead(b"a"), KeptRead(_STARS)]


@pytest.mark.parametrize("encodings", ["utf-8", "none", "aws-chunked", "UTF-8, none", "own, own, own", f"x-{_KEY}"])
@given(sizes=st.lists(st.integers(1, 200), max_size=40))
def test_text_is_kept_under_an_encoding_that_nobody_knows(encodings: str, sizes: list[int]) -> None:
    reads = _cut(_ECHO + "data: é€🐦\n\n".encode() * 9, sizes)
    plain, kept = _kept(reads, ""), _kept(reads, encodings)
    assert kept == plain
    assert b"".join(each.data for each in kept).endswith("é€🐦\n\n".encode())


def test_what_is_no_text_ends_it() -> None:
    body = KeptBody(_KEYS, "own")
    assert body.next_kept(0, "é".encode()[:1]) == KeptRead("é".encode()[:1])
    assert body.next_kept(1, "é".encode()[1:]) == KeptRead("é".encode()[1:])
    assert body.next_kept(2, "é".encode()[:1]) == KeptRead("é".encode()[:1])
    # One is lost: what comes then begins anew.
    assert body.next_kept(4, b"text") == KeptRead(b"text")
    for number, read in enumerate((b"\xff", b"text"), 5):
        with pytest.raises(MayHoldKey, match="its encoding is not known"):
            body.next_kept(number, read)


@pytest.mark.parametrize("encodings", ["bzip2", "compress", "lz4", "own, x-compress", "Snappy", "base64"])
def test_text_under_an_encoding_that_hides_it_is_none(encodings: str) -> None:
    with pytest.raises(MayHoldKey, match="its encoding is not known"):
        _kept([b"text"], encodings)


@pytest.mark.parametrize("encodings", ["utf-8", "none", "aws-chunked"])
def test_a_stream_under_an_encoding_that_nobody_knows_becomes_a_recording(encodings: str, tmp_path: Path) -> None:
    recording = finish(_journal(tmp_path, _cut(_ECHO, [20] * 5000), encodings))
    corpus = rx.load(recording, progress=False)
    assert json.loads(recording.read_text())["wire"]["headers"]["content-encoding"] == encodings
    assert _KEY[8:] not in recording.read_text()
    assert (len(corpus.chunks), corpus.problems.empty) == (41, True)
    assert corpus.chunks["t_s"].notna().all()


def test_what_is_behind_a_lost_read_cannot_be_unpacked() -> None:
    reads = _cut(gzip.compress(_ECHO, mtime=0), [20] * 5000)
    body = KeptBody(_KEYS, "gzip")
    assert body.next_kept(0, reads[0]) == KeptRead(b"", "gzip")
    for number in (2, 3):
        with pytest.raises(MayHoldKey, match="reads are missing"):
            body.next_kept(number, reads[number])


@pytest.mark.parametrize("encodings", ["", "own"])
@given(reads=st.lists(st.tuples(st.integers(1, 90), st.booleans()), min_size=5, max_size=60))
@example(reads=[(60, False), (60, True), (200, False)])
@example(reads=[(60, False), (60, True), *[(3, False)] * 50])
def test_a_key_of_which_reads_are_missing(encodings: str, reads: list[tuple[int, bool]]) -> None:
    """What comes behind them is told by standing in the key, too."""
    key = "".join(Random(1).choices(string.ascii_letters, k=600)).encode()
    body = KeptBody(KeyMask([("x-api-key", key.decode())], "http://h/"), encodings)
    text, shown = b"0" * 30 + key + b"1" * 30, b""
    for number, read in enumerate(_cut(text, [size for size, _ in reads])):
        is_missing = number < len(reads) and reads[number][1]
        shown += b"-" if is_missing else body.next_kept(number, read).data
    assert not re.search(b"[a-zA-Z]{8}", shown)


def _left_out(tmp_path: Path, reads: Sequence[bytes], fields: list[tuple[str, str]]) -> tuple[str | None, Path]:
    """What the status says of an answer to a request with a key, and its recording."""
    writer = Writer(tmp_path)
    journal = writer.open("GET", "https://h/v1/files/1/content", _FIELDS, b"", received_ns=0)
    journal.headers(0, 200, fields)
    for read in reads:
        journal.read(1, read)
    journal.end(2, "complete")
    status = writer.close()
    assert journal.path is not None
    recording = finish(journal.path)
    assert json.loads(recording.read_text())["timing"].get("lost", {}).get("reads", 0) == status.lost_reads
    return status.error, recording


@pytest.mark.parametrize("read_size", [1, 10_000])
@pytest.mark.parametrize(
    ("content_type", "encodings", "said"),
    [
        ("application/gzip", "", "a file that compresses what it holds"),
        ("Application/X-GZip; a=b", "gzip", "a file that compresses what it holds"),
        ("application/zip", "", "a file that compresses what it holds"),
        ("application/pdf", "", "a file that compresses what it holds"),
        ("application/octet-stream", "", "a file that is gzip, by its"),
        ("application/x-tar", "", "a file that is gzip, by its"),
        ("image/svg+xml", "", "a file that is gzip, by its"),
    ],
)
def test_a_file_that_is_compressed_is_left_out(
    content_type: str, encodings: str, said: str, read_size: int, tmp_path: Path
) -> None:
    """Unpacked it would be another one than its header says; and a replay hands nothing on that never came."""
    packed = gzip.compress(_ECHO, mtime=0)
    fields = [("Content-Type", content_type), *([("Content-Encoding", encodings)] if encodings else [])]
    error, path = _left_out(tmp_path, _cut(packed, [read_size] * 5000), fields)

    assert error is not None
    assert said in error
    wire = json.loads(path.read_text())["wire"]
    assert (wire["headers"]["content-type"], "unpacked" in wire) == (content_type, False)
    (recording,) = rx.load(path, progress=False)
    answer = answer_of(recording)
    assert (answer.ending, packed.startswith(answer.body), len(answer.body) < 3) == ("broken off", True, True)
    assert answer.lost_reads >= 1


@pytest.mark.parametrize("content_type", ["audio/mpeg", "application/octet-stream", "image/png", "application/x-tar"])
def test_a_file_that_is_not_compressed_is_kept(content_type: str, tmp_path: Path) -> None:
    data = bytes(range(256)) * 4
    error, path = _left_out(tmp_path, [data + _KEY.encode(), data], [("Content-Type", content_type)])
    (recording,) = rx.load(path, progress=False)
    assert error is None
    assert answer_of(recording).body == data + b"*" * len(_KEY) + data


@pytest.mark.parametrize("inner", [gzip.compress, _zstd], ids=["gzip", "zstd"])
@pytest.mark.parametrize("encodings", ["gzip", ""])
def test_what_is_compressed_more_often_than_its_header_says(encodings: str, inner: Pack) -> None:
    with pytest.raises(MayHoldKey, match="more often than its header says") as told:
        _kept([gzip.compress(inner(_ECHO))], encodings)
    assert told.value.kept is None


def test_without_keys_in_the_request_files_are_kept() -> None:
    packed = gzip.compress(_ECHO, mtime=0)
    assert KeptBody(_NO_KEYS, "", "application/gzip").next_kept(0, packed) == KeptRead(packed)


def test_a_beginning_that_comes_in_pieces_is_told_too_late() -> None:
    packed = gzip.compress(_ECHO, mtime=0)
    body = KeptBody(_KEYS)
    assert body.next_kept(0, packed[:2]) == KeptRead(packed[:2])
    for number in (1, 2):
        with pytest.raises(MayHoldKey, match="came in several reads"):
            body.next_kept(number, packed[2:])


@pytest.mark.parametrize(
    ("encodings", "said"),
    [
        (f"x-{_KEY}", "an answer cannot be unpacked: its encoding is not known"),
        (f"gzip, {_KEY}", "an answer cannot be unpacked: its encoding is not known"),
        ("own, own, own", "an answer cannot be unpacked: its encoding is not known"),
        ("gzip, own, own", "an answer cannot be unpacked: expected at most 2 encodings, found 3"),
    ],
)
def test_what_a_server_names_is_not_repeated(encodings: str, said: str) -> None:
    with pytest.raises(MayHoldKey) as told:
        _kept([b"\x00\xff"], encodings)
    assert str(told.value) == f"{said}; it may hold a key and is left out"


def test_a_library_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(unpacking._MODULES, "br", ("recexplore_no_such_library",))
    with pytest.raises(MayHoldKey, match="`content-encoding: br` cannot be unpacked: br needs recexplore_no_such"):
        _kept([b"\x00\xff"], "br")


def test_a_read_that_grows_is_unpacked_and_masked_slice_by_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other threads run meanwhile: each step is at most a slice."""
    text, pauses = _ECHO * 2000, list[int]()
    monkeypatch.setattr(slices, "_PAUSE_S", 0)
    for module in (slices, kept_body):
        monkeypatch.setattr(module, "pause", lambda: pauses.append(1))
    (kept,) = _kept([gzip.compress(text, mtime=0)], "gzip")
    assert kept == KeptRead(text.replace(_KEY.encode(), b"*" * len(_KEY)), "gzip")
    n_slices = len(text) // slices.SLICE
    assert len(pauses) >= 2 * n_slices - 2

    pauses.clear()
    assert json.loads(read_line(0, kept.data, unpacked="gzip"))["data"].encode() == kept.data
    assert len(pauses) == n_slices


def test_the_allowance_is_less_than_that_of_loading() -> None:
    with pytest.raises(MayHoldKey, match="grows beyond 4194304 bytes") as told:
        _kept([gzip.compress(bytes(30 * 1024**2), mtime=0)], "gzip")
    assert told.value.kept is not None
    assert 4_000_000 < len(told.value.kept.data) <= 4 * 1024**2


def _edited(journal: Path, edit: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> JournalRecords:
    lines = [json.loads(line) for line in journal.read_bytes().splitlines()]
    data = b"".join(json.dumps(line).encode() + b"\n" for line in edit(lines))
    return read_records(Content("edited", data))


def test_where_reads_are_missing(tmp_path: Path) -> None:
    reads = _cut(_flushed(_ECHO, wbits=31), [20] * 5000)
    gap = {"t": 9, "event": "gap", "reads": 1, "bytes": 20}
    records = _edited(_journal(tmp_path, reads, "gzip"), lambda lines: [*lines[:5], gap, *lines[6:]])

    assert (records.lost, records.gaps) == ({"reads": 1, "bytes": 20}, [(2, 1, 20)])
    assert b"".join(read.data for read in records.reads).endswith(_CLEAN[-500:])


@pytest.mark.parametrize("mark", [1, "", None, "own", "gzip", "br"])
def test_marks_that_no_recorder_writes(mark: Any, tmp_path: Path) -> None:
    journal = _journal(tmp_path, [b"\xff\xfe", b"plain"], "own", [])
    records = _edited(journal, lambda lines: [*lines[:3], {**lines[3], "unpacked": mark}, lines[4]])
    assert sum(read.data == b"plain" for read in records.reads) + records.lost["reads"] >= 1
