"""Streams that still come, as the explorer's page is told of them."""

from __future__ import annotations

import gzip
import io
import itertools
import json
import tarfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from journal_kit import journal_bytes
from scripted_streams import chat_text

import recexplore
from recexplore.corpus import Corpus
from recexplore.server.file_now import file_now
from recexplore.views.explorer.answers import Answers
from recexplore.views.explorer.coming import Coming, FileNow

MS = 1_000_000
RECEIVED_S = 1_776_160_000
STEP_MS = 20
LAST_S = RECEIVED_S + 5 * STEP_MS / 1000
"""When the last chunk of a stream that breaks off after five events came."""
EVENTS = chat_text(["A", " wren", " sings", " before", " dawn", "."])


def write(folder: Path, events: Sequence[bytes], name: str = "a", *, asked: bool = True, ended: bool = False) -> Path:
    """A journal, a read an event."""
    reads = [((at + 1) * STEP_MS * MS, event) for at, event in enumerate(events)]
    body = json.dumps({"model": "m", **({"stream": True} if asked else {})}).encode()
    end = (len(reads) * STEP_MS * MS, "complete") if ended else None
    path = folder / f"{name}.journal.jsonl"
    path.write_bytes(
        journal_bytes(
            "http://localhost/v1/chat/completions",
            body,
            reads,
            sent_ns=0,
            end=end,
            received_posix_ns=RECEIVED_S * 1_000_000_000,
        )
    )
    return path


def told(
    folder: Path,
    after_s: float,
    *,
    changed_s: float = LAST_S,
    is_written: bool = True,
    n_more_bytes: int = 0,
    is_gone: bool = False,
) -> list[Coming]:
    """What is said so long after the last chunk of five."""

    def look(path: str) -> FileNow | None:
        return None if is_gone else FileNow(is_written, Path(path).stat().st_size + n_more_bytes, changed_s)

    answers = Answers(recexplore.load(folder, progress=False), False, look=look, clock=lambda: LAST_S + after_s)
    found: list[Coming] = answers.answer("coming", {})[0]
    return found


def written_at_last(path: str) -> FileNow:
    """A file that its recorder still writes, and wrote to when the last chunk came."""
    return FileNow(True, Path(path).stat().st_size, LAST_S)


def only(found: list[Coming]) -> tuple[str, float | None]:
    (one,) = found
    return one["state"], one["quiet_s"]


def test_a_stream_is_silent_once_a_stall_would_be_told(tmp_path: Path) -> None:
    write(tmp_path, EVENTS[:5])

    assert only(told(tmp_path, 0.2)) == ("coming", pytest.approx(0.2))
    (silent,) = told(tmp_path, 12.5)
    assert (silent["state"], silent["quiet_s"], silent["longest_s"]) == (
        "silent",
        pytest.approx(12.5),
        pytest.approx(0.25),
    )


@pytest.mark.parametrize(
    ("events", "why"),
    [
        (EVENTS[:1], "the wait for the first text"),
        (EVENTS[:8], "the wait for the end behind a finish reason"),
        ([], ""),
    ],
)
def test_what_is_no_stall_when_it_is_over_is_none_while_it_lasts(tmp_path: Path, events: list[bytes], why: str) -> None:
    write(tmp_path, events)

    assert only(told(tmp_path, 60))[0] == "coming", why


def test_an_answer_that_comes_whole_does_not_stall(tmp_path: Path) -> None:
    path = write(tmp_path, [b'{"choices": [{"index": 0, "message"'], asked=False)
    path.write_bytes(path.read_bytes().replace(b"text/event-stream", b"application/json"))

    assert only(told(tmp_path, 60))[0] == "coming"


def test_nothing_is_said_of_a_file_that_holds_more_than_was_read(tmp_path: Path) -> None:
    write(tmp_path, EVENTS[:5])

    assert only(told(tmp_path, 60, n_more_bytes=30)) == ("coming", None)
    assert only(told(tmp_path, 60, is_gone=True)) == ("coming", None)


def test_what_nobody_writes_any_more_is_not_silent(tmp_path: Path) -> None:
    write(tmp_path, EVENTS[:5])

    assert only(told(tmp_path, 3 * 24 * 3600, is_written=False)) == ("left", None)


def _gz(place: Path, journal: bytes) -> None:
    place.write_bytes(gzip.compress(journal))


def _zip(place: Path, journal: bytes) -> None:
    with zipfile.ZipFile(place, "w") as packed:
        packed.writestr("a.journal.jsonl", journal)


def _tar_gz(place: Path, journal: bytes) -> None:
    member = tarfile.TarInfo("a.journal.jsonl")
    member.size = len(journal)
    with tarfile.open(place, "w:gz") as packed:
        packed.addfile(member, io.BytesIO(journal))


@pytest.mark.parametrize(("name", "pack"), [("b.journal.jsonl.gz", _gz), ("b.zip", _zip), ("b.tar.gz", _tar_gz)])
def test_nobody_writes_what_is_packed(tmp_path: Path, name: str, pack: Callable[[Path, bytes], None]) -> None:
    pack(tmp_path / name, write(tmp_path, EVENTS[:5]).read_bytes())
    corpus = recexplore.load(tmp_path / name, progress=False)
    answers = Answers(corpus, False, look=file_now, clock=lambda: LAST_S + 60)

    assert only(answers.answer("coming", {})[0]) == ("left", None)


def test_a_file_that_its_recorder_just_ended_is_not_left(tmp_path: Path) -> None:
    write(tmp_path, EVENTS[:5])

    assert only(told(tmp_path, 60, is_written=False, n_more_bytes=30)) == ("coming", None)


def test_a_clock_that_went_back_gives_no_time_below_zero(tmp_path: Path) -> None:
    write(tmp_path, EVENTS[:5])

    assert only(told(tmp_path, -3)) == ("coming", 0.0)
    assert only(told(tmp_path, 60, changed_s=LAST_S + 70)) == ("coming", 0.0)


def test_a_stream_is_no_longer_silent_than_its_file_is_unchanged(tmp_path: Path) -> None:
    """The recorder's clock stood still for hours, or the time of day was set forward."""
    write(tmp_path, EVENTS[:5])
    hours_s = 5 * 3600

    assert only(told(tmp_path, hours_s, changed_s=LAST_S + hours_s - 0.1)) == ("coming", pytest.approx(0.1))
    assert only(told(tmp_path, hours_s, changed_s=LAST_S + hours_s - 9)) == ("silent", pytest.approx(9))


def test_what_is_asked_each_second_reads_no_frame_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, EVENTS[:5], "silent")
    write(tmp_path, [], "begun")
    read: list[str] = []
    rows_of = Corpus.rows_of
    monkeypatch.setattr(
        Corpus, "rows_of", lambda corpus, at, name, *columns: read.append(name) or rows_of(corpus, at, name, *columns)
    )
    corpus, now_s = recexplore.load(tmp_path, progress=False), itertools.count(LAST_S + 60)
    answers = Answers(corpus, False, look=written_at_last, clock=lambda: next(now_s))

    first = answers.answer("coming", {})[0]
    assert "events" in read
    read.clear()
    second = answers.answer("coming", {})[0]

    assert [each["quiet_s"] for each in first] == [None, pytest.approx(60)]
    assert [each["quiet_s"] for each in second] == [None, pytest.approx(61)]
    assert read == []


def test_only_what_has_no_end_is_told(tmp_path: Path) -> None:
    write(tmp_path, EVENTS, "whole", ended=True)
    assert told(tmp_path, 60) == []
    write(tmp_path, EVENTS[:5], "open")
    assert [each["recording"][:4] for each in told(tmp_path, 60)] == ["open"]


def test_where_nobody_follows_files_nothing_is_said(tmp_path: Path) -> None:
    write(tmp_path, EVENTS[:5])

    assert Answers(recexplore.load(tmp_path, progress=False), False).answer("coming", {}) == ([], [])


def test_the_list_knows_what_has_no_end(tmp_path: Path) -> None:
    write(tmp_path, EVENTS, "whole", ended=True)
    write(tmp_path, EVENTS[:5], "open")
    answers = Answers(recexplore.load(tmp_path, progress=False), False)
    given = {"view": "a", "key": 1, "count": 9, "recording": ""}

    found = answers.answer("find", given)[0]
    chosen = answers.answer("find", {**given, "facets": {"shows": ["no end yet"]}})[0]

    assert {row["name"]: row["is_open"] for row in found["rows"]} == {
        "open.journal.jsonl": True,
        "whole.journal.jsonl": False,
    }
    assert [row["name"] for row in chosen["rows"]] == ["open.journal.jsonl"]
    assert answers.answer("show", {"recording": "open"})[0]["is_open"]
