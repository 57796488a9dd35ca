"""What a server sees of files that a recorder writes."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scripted_streams import chat_text

from recexplore.capture.journal.file_lock import lock
from recexplore.capture.journal.writer import Journal, Writer
from recexplore.server.file_now import file_now
from recexplore.server.open_corpus import OpenCorpus
from recexplore.views.explorer.coming import FileNow

PATIENCE_S = 30
MS = 1_000_000
pytestmark = pytest.mark.skipif(os.name == "nt", reason="journals have no locks there")


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    writer = Writer(tmp_path)
    yield writer
    writer.close()


def half_an_answer(writer: Writer, ago_s: float) -> Journal:
    """The journal of a stream whose fifth event came so long ago, once it is written."""
    events = chat_text(["A", " wren", " sings", " before", " dawn", "."])[:5]
    start = writer.clock() - round(ago_s * 1e9) - 100 * MS
    body = json.dumps({"model": "m", "stream": True}).encode()
    journal = writer.open("POST", "http://localhost/v1/chat/completions", [], body, received_ns=start)
    journal.sent(start)
    journal.headers(start + 1, 200, [("Content-Type", "text/event-stream")])
    for at, event in enumerate(events):
        journal.read(start + (at + 1) * 20 * MS, event)
    pause = threading.Event()
    while writer.status.n_reads < len(events):
        pause.wait(0.01)
    return journal


def test_a_journal_is_written_until_its_recorder_is_gone(writer: Writer) -> None:
    path = half_an_answer(writer, 5).path
    assert path is not None

    assert file_now(str(path)) == (True, path.stat().st_size, path.stat().st_mtime)
    writer.close()
    assert file_now(str(path)) == (False, path.stat().st_size, path.stat().st_mtime)


def test_what_is_no_file_is_not_written(tmp_path: Path) -> None:
    assert file_now(str(tmp_path / "gone.journal.jsonl")) is None
    assert file_now(str(tmp_path / "archive.zip!" / "a.journal.jsonl")) == (False, None, None)
    assert file_now("https://localhost/a.journal.jsonl") == (False, None, None)


def test_a_pipe_is_looked_at_without_waiting_for_who_writes_to_it(tmp_path: Path) -> None:
    path = tmp_path / "a.journal.jsonl"
    os.mkfifo(path)
    seen: list[FileNow | None] = []
    looking = threading.Thread(target=lambda: seen.append(file_now(str(path))), daemon=True)
    looking.start()
    looking.join(PATIENCE_S)

    assert [found and found.is_written for found in seen] == [False]


def test_whoever_asks_takes_no_lock_from_who_wants_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    path = tmp_path / "a"
    path.touch()
    with path.open("rb") as asking, path.open("rb") as wanting:
        fcntl.flock(asking, fcntl.LOCK_SH)
        monkeypatch.setattr(
            "recexplore.capture.journal.file_lock.time.sleep", lambda _: fcntl.flock(asking, fcntl.LOCK_UN)
        )
        assert lock(wanting.fileno())


@pytest.mark.long
def test_a_place_that_is_open_knows_which_streams_are_silent(writer: Writer, tmp_path: Path) -> None:
    path = half_an_answer(writer, 5).path
    assert path is not None
    os.utime(path, (path.stat().st_atime, path.stat().st_mtime - 5))

    async def states() -> list[Any]:
        place = OpenCorpus([str(tmp_path)])
        try:
            found = [await until_told(place)]
            await asyncio.to_thread(writer.close)
            found.append(await until_told(place))
        finally:
            await place.close()
        return found

    (silent,), (left,) = asyncio.run(asyncio.wait_for(states(), PATIENCE_S))
    assert silent["state"] == "silent"
    assert silent["quiet_s"] >= 5
    assert (left["state"], left["quiet_s"]) == ("left", None)


async def until_told(place: OpenCorpus) -> Any:
    """What is said of streams without an end, once the place is read."""
    is_ready, loop = asyncio.Event(), asyncio.get_running_loop()
    end = place.listen(lambda notice: notice["state"] == "ready" and loop.call_soon(is_ready.set))
    await is_ready.wait()
    end()
    return (await place.answer("coming", {}))[1][0]
