"""Journals that ended are finished by a child process, and by this one where that cannot."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from journal_kit import journal_bytes
from scripted_streams import chat_text

from recexplore.capture.journal import finisher as finisher_module
from recexplore.capture.journal.finisher import Finisher


def _journal(folder: Path, reads: list[bytes]) -> Path:
    """The journal of an answer whose reads came a millisecond after one another."""
    path = folder / f"{len(list(folder.iterdir()))}.journal.jsonl"
    timed = [(n * 1_000_000, read) for n, read in enumerate(reads, 1)]
    path.write_bytes(journal_bytes("http://h/v1/chat/completions", b"{}", timed, end=(9_000_000, "complete")))
    return path


@pytest.mark.long
def test_a_child_that_dies_is_started_once_more_and_what_is_left_is_finished_here(tmp_path: Path) -> None:
    finisher = Finisher()
    journals = [_journal(tmp_path, chat_text([f"{n}"])) for n in range(4)]
    finisher.finish(journals[0])
    _until_finished(finisher, 1)
    assert finisher.child_id is not None
    _kill(finisher)
    finisher.finish(journals[1])
    finisher.finish(journals[2])
    _until_finished(finisher, 2)
    _kill(finisher)
    finisher.finish(journals[3])
    finished = finisher.close()

    assert len(finished.recordings) == len(list(tmp_path.iterdir())) == 4
    assert finished.failures == {}
    assert finisher.child_id is None


def test_what_cannot_be_finished_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.journal.jsonl"
    path.write_text("{}")
    for n_starts in (0, 1):
        finisher = Finisher(n_starts)
        finisher.finish(path)
        finisher.finish(tmp_path / "gone.journal.jsonl")
        (failure,) = finisher.close().failures.items()
        assert failure[0] == path
        assert "expected a journal" in failure[1]


def _kill(finisher: Finisher) -> None:
    assert finisher._child is not None
    finisher._child.kill()
    finisher._child.wait()


def _until_finished(finisher: Finisher, n: int) -> None:

    for _ in range(6000):
        if len(finisher.finished.recordings) >= n:
            return
        threading.Event().wait(0.01)
    raise AssertionError


@pytest.mark.parametrize("said", ["[]", '{"recording": 1}', "null", "no JSON", "[" * 100_000])
def test_a_child_that_says_something_else(said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(
        finisher_module, "_START", f"import sys; sys.stdin.readline(); input(); print({said!r}, flush=True)"
    )
    finisher = Finisher()
    for text in "abc":
        finisher.finish(_journal(tmp_path, chat_text([text])))
    finished = finisher.close()

    assert (len(finished.recordings), finished.failures) == (3, {})


def test_a_finisher_that_dies_leaves_its_journals_for_the_end(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def die(self: Finisher, journal: Path) -> None:
        raise RuntimeError("dead")

    monkeypatch.setattr(Finisher, "_ask", die)
    finisher = Finisher(0)
    for text in "ab":
        finisher.finish(_journal(tmp_path, chat_text([text])))
    finisher._thread.join()
    assert not finisher.is_alive
    assert len(finisher.close().recordings) == len(list(tmp_path.iterdir())) == 2
    assert "dead" in caplog.text
