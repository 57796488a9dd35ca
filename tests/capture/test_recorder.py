from __future__ import annotations

import errno
import os
import time
import warnings
from pathlib import Path
from typing import Any

import pytest
from recorded_files import documents, ends, wire_bytes

from recexplore.capture.in_process import recorder as recorder_module
from recexplore.capture.in_process.recorder import Lost, RecordedExchange, Recorder, RecordingIncomplete, warn_of
from recexplore.capture.journal.writer import Writer
from recexplore.model.errors import NotLoadable


def begun(recorder: Recorder, url: str = "http://host/v1", body: bytes = b"{}") -> RecordedExchange:
    exchange = recorder.begin("POST", url, [], body, received_ns=time.monotonic_ns())
    assert exchange is not None
    return exchange


def answer(exchange: RecordedExchange, *reads: bytes) -> None:
    now_ns = time.monotonic_ns()
    exchange.sent(now_ns)
    exchange.headers(now_ns, 200, [("content-type", "text/plain")])
    for data in reads:
        exchange.read(now_ns, data)


def end(exchange: RecordedExchange) -> None:
    exchange.end(time.monotonic_ns(), "complete")


def test_paths_are_in_the_order_of_the_requests(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path)
    first, second = begun(recorder, body=b'{"n": 1}'), begun(recorder, body=b'{"n": 2}')
    for exchange in (second, first):
        answer(exchange, b"a")
        end(exchange)

    assert recorder.close() == ""
    assert [each["request"]["body"]["n"] for each in documents(recorder.paths)] == [1, 2]
    assert {path.parent for path in recorder.paths} == {tmp_path}
    assert recorder.lost == (0, 0, 0)


def test_runs_of_one_request_are_all_kept(tmp_path: Path) -> None:
    for _ in range(2):
        recorder = Recorder(tmp_path)
        for data in (b"a", b"b"):
            exchange = begun(recorder)
            answer(exchange, data)
            end(exchange)
        recorder.close()
        assert [wire_bytes(each) for each in documents(recorder.paths)] == [b"a", b"b"]

    assert len(list(tmp_path.iterdir())) == 4


def test_what_is_open_when_it_is_closed_was_stopped(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path)
    exchange = begun(recorder)
    answer(exchange, b"a")
    assert recorder.close() == ""
    exchange.read(time.monotonic_ns(), b"b")
    end(exchange)

    assert ends(recorder.paths) == ["stopped"]
    assert wire_bytes(documents(recorder.paths)[0]) == b"a"
    assert recorder.begin("POST", "http://host/v1", [], b"", received_ns=0) is None
    assert recorder.close() == ""


@pytest.mark.parametrize(
    ("only", "is_chosen"),
    [(None, True), ("", True), ("/v1", True), ("/v2", False), (lambda url: "host" in url, True), (bool, True)],
)
def test_only_some_urls(tmp_path: Path, only: Any, is_chosen: bool) -> None:
    recorder = Recorder(tmp_path, only=only)

    assert recorder.chosen("http://host/v1") == ([recorder] if is_chosen else [])
    assert recorder.close() == ""


def test_a_choice_that_fails_is_told(tmp_path: Path) -> None:
    def only(url: str) -> bool:
        raise LookupError("broken")

    recorder = Recorder(tmp_path, only=only)

    assert recorder.chosen("http://host/v1") == recorder.chosen("http://host/v2") == []
    assert recorder.close().count("`only` failed") == 1


@pytest.mark.parametrize(
    ("current", "given", "noted"),
    [
        ("tests/test_a.py::test_b[x y] (call)", None, "tests/test_a.py::test_b[x y]"),
        ("tests/test_a.py::test_b (setup)", "mine", "mine"),
        (None, None, None),
    ],
)
def test_which_test_asks(
    tmp_path: Path, current: str | None, given: str | None, noted: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if current is None:
        monkeypatch.delenv("PYTEST_CURRENT_TEST")
    else:
        monkeypatch.setenv("PYTEST_CURRENT_TEST", current)
    recorder = Recorder(tmp_path, test_id=given)
    end(begun(recorder))
    recorder.close()

    assert [each["test_id"] for each in documents(recorder.paths)] == [noted]


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder(tmp_path)
    whole, lost = begun(recorder), begun(recorder)
    answer(whole, b"abc")
    write = os.write

    def full(file: int, data: bytes) -> int:
        if b"lost" in data:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(file, data)

    monkeypatch.setattr(os, "write", full)
    answer(lost, b"lost", b"kept", b"lost too")
    for exchange in (whole, lost):
        end(exchange)
    said = recorder.close()

    assert recorder.lost == Lost(0, 2, len(b"lostlost too"))
    assert "2 reads of answers (12 bytes) were not written" in said
    assert "No space left on device" in said
    assert documents(recorder.paths)[1]["timing"]["lost"] == {"reads": 2, "bytes": 12}


def test_a_dead_writer_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Writer, "_run", lambda self: None)
    recorder = Recorder(tmp_path)
    recorder._writer._thread.join()
    exchange = begun(recorder)
    answer(exchange, b"a", b"b")
    end(exchange)
    said = recorder.close()

    assert recorder.paths == []
    assert recorder.lost == (1, 2, 2)
    assert "of 1 of 1 exchanges nothing was written" in said
    assert "the thread that writes had died" in said


def test_a_writer_that_dies_on_the_way_leaves_what_it_wrote(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path)
    exchange = begun(recorder)
    answer(exchange, b"a")
    recorder._writer.close()
    exchange.read(time.monotonic_ns(), b"b")
    end(exchange)
    said = recorder.close()

    assert "1 reads of answers (1 bytes)" in said
    assert len(recorder.paths) == 1
    assert recorder.lost == (0, 1, 1)


def test_a_journal_that_cannot_be_finished_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(path: Path) -> Path:
        raise NotLoadable("no journal")

    monkeypatch.setattr(recorder_module, "finish", fail)
    recorder = Recorder(tmp_path)
    for _ in range(5):
        end(begun(recorder))
    said = recorder.close()

    assert [path.name.endswith(".journal.jsonl") and path.exists() for path in recorder.paths] == [True] * 5
    assert said.count("stays a journal") == 3
    assert said.endswith("and 2 more")


def test_of_ended_exchanges_no_more_than_the_path_is_kept(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path)
    exchange = begun(recorder, body=b"[" + b"1," * 1000 + b"1]")
    end(exchange)
    recorder._writer.close()

    assert recorder._open == {}
    assert len(recorder.paths) == 1
    recorder.close()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        Recorder(tmp_path / "file" / "folder")


def test_a_warning_replaces_no_exception() -> None:
    with pytest.warns(RecordingIncomplete, match="lost"):
        warn_of("lost")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of("")
        warn_of("lost", ValueError())
        with pytest.raises(RecordingIncomplete):
            warn_of("lost")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no processes are forked here")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_child_that_is_forked_leaves_all_to_its_parent(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path)
    exchange = begun(recorder)
    answer(exchange, b"a")
    while recorder._writer.status.waiting_bytes:
        time.sleep(0.001)
    (waits_for, told) = os.pipe()
    with recorder._lock:  # as another thread may, when the process is forked
        child = os.fork()
        if child == 0:
            status = 1
            try:
                os.close(told)
                answer(exchange, b"b")
                end(exchange)
                recorder.failed("in a child")
                is_none = recorder.begin("GET", "http://h/", [], b"", received_ns=0) is None
                if is_none and recorder.chosen("http://h/") == [] and recorder.close() == "":
                    status = 0
                os.read(waits_for, 1)
            finally:
                os._exit(status)
    os.close(waits_for)
    end(exchange)
    # The child is still there, and has open what was open: it keeps nothing from being finished.
    said = recorder.close()
    os.close(told)

    assert os.waitpid(child, 0)[1] == 0
    assert said == ""
    (document,) = documents(recorder.paths)
    assert (wire_bytes(document), ends(recorder.paths)) == (b"a", ["complete"])
