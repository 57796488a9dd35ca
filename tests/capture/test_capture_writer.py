"""The thread that writes journals: what it tells of itself, and what becomes of exchanges that nobody ends."""

from __future__ import annotations

import errno
import json
import os
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import recexplore as rx
from recexplore.capture.journal.file_lock import is_written
from recexplore.capture.journal.finish import finish
from recexplore.capture.journal.writer import Writer

_HEADERS = [("Content-Type", "application/json")]
_BODY = b'{"model": "m"}'


@pytest.fixture
def ended() -> list[Path]:
    return []


@pytest.fixture
def writer(tmp_path: Path, ended: list[Path]) -> Iterator[Writer]:
    writer = Writer(tmp_path / "new" / "folder", ended=ended.append)
    yield writer
    writer.close()


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture
def goes_on(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Writers take nothing of what waits until it is set."""
    event, take = threading.Event(), Writer._take

    def wait(self: Writer, record: Any) -> None:
        event.wait()
        take(self, record)

    monkeypatch.setattr(Writer, "_take", wait)
    return event


def test_one_exchange_is_a_file_of_lines(writer: Writer, ended: list[Path]) -> None:
    start = writer.clock()
    journal = writer.open("POST", "http://h/v1/x?key=abc", _HEADERS, _BODY, received_ns=start, test_id="t.py::x")
    journal.sent(start + 1)
    journal.headers(start + 2, 200, [("Content-Type", "text/event-stream"), ("Set-Cookie", "a"), ("Set-Cookie", "b")])
    journal.read(start + 3, "é".encode()[:1])
    journal.read(start + 4, b"text")
    journal.end(start + 5, "complete")
    journal.read(start + 6, b"never recorded")
    status = writer.close()

    (path,) = ended
    assert journal.path == path
    first, *others = _lines(path)
    assert first.pop("received_at").endswith("+00:00")
    assert first == {
        "recexplore_journal": 1,
        "t": 0,
        "test_id": "t.py::x",
        "request": {
            "method": "POST",
            "url": "http://h/v1/x?key=***",
            "headers": {"content-type": "application/json"},
            "body": {"model": "m"},
        },
    }
    fields = {"content-type": "text/event-stream", "set-cookie": ["***", "***"]}
    assert others == [
        {"t": 1, "event": "sent"},
        {"t": 2, "event": "headers", "status": 200, "headers": fields},
        {"t": 3, "base64": "ww=="},
        {"t": 4, "data": "text"},
        {"t": 5, "event": "end", "how": "complete"},
    ]  # fmt: skip
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (status.n_open, status.n_ended, status.n_reads, status.n_bytes, status.lost_reads) == (0, 1, 2, 5, 1)
    assert not status.is_alive


def test_what_is_told_after_the_end_is_lost_and_counted(writer: Writer, ended: list[Path]) -> None:
    journal = writer.open("GET", "http://h/", [], b"", received_ns=writer.clock())
    journal.end(writer.clock(), "complete")
    journal.end(writer.clock(), "client gone")
    journal.read(writer.clock(), b"late")
    writer.close()

    assert [line.get("how") for line in _lines(ended[0])] == [None, "complete"]
    assert (writer.status.lost_reads, writer.status.lost_bytes) == (1, 4)


def test_a_file_is_locked_while_it_is_written(writer: Writer, ended: list[Path]) -> None:
    journal = writer.open("GET", "http://h/", [], b"", received_ns=writer.clock())
    _until(lambda: journal.path is not None and journal.path.stat().st_size > 0)
    assert journal.path is not None
    assert is_written(journal.path)
    journal.end(writer.clock(), "complete")
    _until(lambda: bool(ended))
    assert not is_written(journal.path) or os.name == "nt"


def test_an_exchange_that_nobody_ends_leaves_a_journal_to_finish(writer: Writer, ended: list[Path]) -> None:
    journal = writer.open("GET", "http://h/", [], b"", received_ns=writer.clock())
    journal.read(writer.clock(), b"x")
    status = writer.close()

    assert (status.n_open, status.lost_reads, ended) == (1, 0, [])
    assert journal.path is not None
    assert not is_written(journal.path) or os.name == "nt"


def test_a_writer_that_is_closed_loses_what_it_is_told(writer: Writer) -> None:
    writer.close()
    journal = writer.open("GET", "http://h/", [], b"", received_ns=writer.clock())
    journal.read(writer.clock(), b"xyz")
    journal.end(writer.clock(), "complete")

    assert (writer.status.lost_bytes, writer.status.n_open, writer.status.n_ended) == (3, 0, 1)


def test_whoever_is_told_of_the_end_may_fail(tmp_path: Path) -> None:
    def fail(path: Path) -> None:
        raise RuntimeError(f"{path.suffix} is not wanted")

    writer = Writer(tmp_path, ended=fail)
    for _ in range(2):
        writer.open("GET", "http://h/", [], b"", received_ns=writer.clock()).end(writer.clock(), "complete")
    status = writer.close()

    assert (status.n_ended, status.error) == (2, ".jsonl is not wanted")


def test_requests_of_any_kind_are_noted(writer: Writer, ended: list[Path]) -> None:
    deep = b"[" * 600 + b"]" * 600
    bodies = [
        b"",
        b"\xff\x00",
        b"plain, api_key=sentinel-123",
        b"[1]",
        b'"\\ud800"',
        deep,
        b"a=1&password=sentinel-123",
    ]
    for body in bodies:
        writer.open("POST", "http://h/[", [("x", "\udcff")], body, received_ns=0).end(0, "complete", "err\udcffor")
    assert writer.close().error is None

    requests = [_lines(path)[0]["request"] for path in ended]
    noted = [{name: value for name, value in each.items() if name in ("body", "text", "base64")} for each in requests]
    assert noted == [
        {}, {"base64": "/wA="}, {"text": "plain, api_key=sentinel-123"}, {"body": [1]}, {"text": '"\\ud800"'},
        {"text": deep.decode()}, {"text": "a=1&password=***"},
    ]  # fmt: skip


def _until(is_so: Callable[[], bool]) -> None:

    for _ in range(3000):
        if is_so():
            return
        threading.Event().wait(0.01)
    raise AssertionError


def test_what_is_told_after_the_end_was_written_is_lost_without_an_error(writer: Writer) -> None:
    journal = writer.open("GET", "http://h/", [], b"", received_ns=writer.clock())
    journal.end(writer.clock(), "complete")
    _until(lambda: writer.status.n_ended == 1)
    for is_ended in (True, False):  # told after the end, and at the same time
        journal._is_ended = is_ended
        journal.sent(writer.clock())
        journal.read(writer.clock(), b"late")
    status = writer.close()

    assert (status.error, status.lost_reads, status.lost_bytes, status.waiting_bytes) == (None, 2, 8, 0)


def test_bodies_of_requests_wait_too_and_are_lost_where_too_much_does(tmp_path: Path, goes_on: threading.Event) -> None:
    ended: list[Path] = []
    writer = Writer(tmp_path, ended=ended.append, most_waiting_bytes=5000)
    journals = [
        writer.open("POST", f"http://h/{n}", _HEADERS, b'"' + b"x" * 2000 + b'"', received_ns=0) for n in (1, 2)
    ]
    assert writer.status.waiting_bytes > 4000
    small, large = b'"' + b"y" * 200 + b'"', b'"' + b"z" * 2000 + b'"'
    journals += [writer.open("POST", "http://h/3", _HEADERS, each, received_ns=0) for each in (large, b"", small)]
    goes_on.set()
    for journal in journals:
        journal.end(0, "complete")
    status = writer.close()

    assert (status.lost_requests, status.waiting_bytes, status.error) == (2, 0, None)
    requests = [_lines(path)[0]["request"] for path in ended]
    assert [each.get("lost") for each in requests] == [None, None, 2002, None, 202]
    assert ["body" in each for each in requests] == [True, True, False, False, False]
    what = "the recorder lost the body of the request"
    assert list(rx.load(tmp_path, progress=False).problems["what"]).count(what) == 2
    for path in ended:
        finish(path)
    assert list(rx.load(tmp_path, progress=False).problems["what"]).count(what) == 2


def test_a_gap_stands_where_reads_are_missing(tmp_path: Path, goes_on: threading.Event) -> None:
    ended: list[Path] = []
    writer = Writer(tmp_path, ended=ended.append, most_waiting_bytes=2100)
    journal = writer.open("GET", "http://h/", [], b"", received_ns=0)
    for data in (b"a", b"b", b"c" * 999, b"d"):
        journal.read(1, data)
    journal.end(2, "complete")
    goes_on.set()
    writer.close()

    said = [(line.get("data"), line.get("reads"), line.get("how")) for line in _lines(ended[0])[1:]]
    assert said == [("a", None, None), ("b", None, None), (None, 1, None), ("d", None, None), (None, None, "complete")]


@pytest.mark.parametrize(("number", "n_given_up"), [(errno.ENOSPC, 1), (errno.EFBIG, 1), (errno.EIO, 0)])
def test_reads_are_given_up_only_where_space_is_missing(
    number: int, n_given_up: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append, left = Writer._append, [2]

    def fail(self: Writer, journal: Any, line: bytes) -> None:
        if b'"how"' in line and left[0]:
            left[0] -= 1
            raise OSError(number, "no")
        append(self, journal, line)

    monkeypatch.setattr(Writer, "_append", fail)
    writer = Writer(tmp_path)
    journal = writer.open("GET", "http://h/", [], b"", received_ns=0)
    for data in (b"a", b"b"):
        journal.read(1, data)
    journal.end(2, "complete")

    assert writer.close().lost_reads == n_given_up
