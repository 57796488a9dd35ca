"""A place that is open: read once, answered while it is read again, never behind for long."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import random
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from journal_kit import journal_bytes
from scripted_streams import chat_text
from synthetic import says, stream

import recexplore
from recexplore.capture.journal.finish import finish
from recexplore.model.counts import size_in_words
from recexplore.read import batch, growth, read_files
from recexplore.read.growth import Growth
from recexplore.server import open_corpus
from recexplore.server.errors import OutOfDate
from recexplore.server.open_corpus import OpenCorpus

pytestmark = pytest.mark.long

PATIENCE_S = 30


def write(folder: Path, name: str, *words: str) -> None:
    """A recording as a test writes one: whole, in one move."""
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{name}"
    draft.write_text(json.dumps(stream(*map(says, words))))
    draft.replace(folder / f"{name}.json")


def with_open(places: list[str], work: Callable[[OpenCorpus], Awaitable[Any]], **options: Any) -> Any:
    """What ``work`` gives for a place, which is closed afterwards."""

    async def run() -> Any:
        corpus = OpenCorpus(places, **options)
        try:
            return await asyncio.wait_for(work(corpus), PATIENCE_S)
        finally:
            await corpus.close()

    return asyncio.run(run())


async def until(corpus: OpenCorpus, is_so: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The first notice that something is so."""
    arrived: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    end = corpus.listen(arrived.put_nowait)
    try:
        while True:
            if is_so(notice := await arrived.get()):
                return notice
    finally:
        end()


def is_ready(notice: dict[str, Any]) -> bool:
    return notice["state"] == "ready"


def after(revision: int) -> Callable[[dict[str, Any]], bool]:
    return lambda notice: is_ready(notice) and notice["revision"] > revision


async def ids(corpus: OpenCorpus) -> list[str]:
    return (await listed(corpus))[1]


async def listed(corpus: OpenCorpus) -> tuple[int, list[str]]:
    """The revision, and the recordings there are in it."""
    given = {"view": "a", "key": 1, "count": 10_000, "recording": ""}
    revision, (found, _) = await corpus.answer("find", given)
    return revision, [row["id"] for row in found["rows"]]


def test_what_is_asked_is_answered_as_a_kernel_would(bundled_folder: Path) -> None:
    async def work(corpus: OpenCorpus) -> None:
        with pytest.raises(LookupError, match="still being read"):
            await corpus.answer("opening", {})
        assert (await until(corpus, is_ready)) == {"state": "ready", "revision": 1, "changes": {}}
        revision, (opening, buffers) = await corpus.answer("opening", {"recording": "f27523", "chunk": 81})
        assert (revision, opening["recording"], opening["chunk"], buffers) == (1, "f27523f3fec8", 81, [])
        _, (view, columns) = await corpus.answer("show", {"recording": "f27523f3fec8"})
        expected, expected_columns = recexplore.explore(bundled_folder).answers.answer(
            "show", {"recording": "f27523f3fec8"}
        )
        assert (view, columns) == (expected, expected_columns)
        with pytest.raises(LookupError, match="no question 'drop'"):
            await corpus.answer("drop", {})

    with_open([str(bundled_folder)], work)


def test_a_folder_is_followed(tmp_path: Path) -> None:
    write(tmp_path, "a", "one")
    write(tmp_path, "b", "one", "two")

    async def work(corpus: OpenCorpus) -> None:
        await until(corpus, is_ready)
        assert await ids(corpus) == ["a", "b"]
        write(tmp_path / "deeper", "c", "three")
        notice = await until(corpus, after(1))
        assert {**notice["changes"], "renamed": {}} == {
            "new": 1,
            "changed": 0,
            "gone": 0,
            "recordings": ["c"],
            "renamed": {},
        }
        assert await ids(corpus) == ["a", "b", "c"]
        seen = notice["revision"]
        write(tmp_path, "b", "one", "two", "three")
        notice = await until(corpus, after(seen))
        assert (notice["changes"]["changed"], notice["changes"]["recordings"]) == (1, ["b"])
        # What was asked of the state before is still answered by it.
        _, (old, _) = await corpus.answer("show", {"recording": "b"}, seen)
        _, (new, _) = await corpus.answer("show", {"recording": "b"})
        assert (old["stream"]["n_chunks"], new["stream"]["n_chunks"]) == (2, 3)
        seen = notice["revision"]
        (tmp_path / "a.json").unlink()
        notice = await until(corpus, after(seen))
        assert (notice["changes"]["gone"], notice["changes"]["renamed"]) == (1, {"a": None})
        assert await ids(corpus) == ["b", "c"]
        with pytest.raises(OutOfDate, match="revision 1 is no longer known"):
            await corpus.answer("opening", {}, 1)

    with_open([str(tmp_path)], work)


def test_a_journal_that_goes_on_is_not_recorded_again(tmp_path: Path) -> None:
    *reads, last = [(at * 1_000_000, event) for at, event in enumerate(chat_text(["A", " wren", " sings"]))]

    def journal(reads: list[tuple[int, bytes]], end: tuple[int, str] | None = None) -> None:
        data = journal_bytes("http://localhost/v1/chat/completions", b'{"model": "m"}', reads, sent_ns=0, end=end)
        (tmp_path / "a.journal.jsonl").write_bytes(data)

    async def changed(corpus: OpenCorpus, revision: int) -> tuple[int, list[str]]:
        changes = (await until(corpus, after(revision)))["changes"]
        return changes["changed"], changes["recordings"]

    async def work(corpus: OpenCorpus) -> None:
        await until(corpus, is_ready)
        journal(reads)
        assert await changed(corpus, 1) == (0, ["a.journal"])
        journal([*reads, last], (last[0] + 1, "complete"))
        assert await changed(corpus, 2) == (0, ["a.journal"])
        journal(reads)
        assert await changed(corpus, 3) == (1, ["a.journal"])

    journal(reads[:2])
    with_open([str(tmp_path)], work)


def test_an_id_that_another_file_changes_is_followed(tmp_path: Path) -> None:
    write(tmp_path / "one", "same", "a")

    async def work(corpus: OpenCorpus) -> None:
        await until(corpus, is_ready)
        (before,) = await ids(corpus)
        write(tmp_path / "two", "same", "b")
        notice = await until(corpus, after(1))
        first, second = await ids(corpus)
        assert notice["changes"]["renamed"] == ({} if first == before else {before: first})
        assert notice["changes"]["recordings"] == [second]

    with_open([str(tmp_path)], work)


def test_a_place_that_is_not_there_is_waited_for(tmp_path: Path) -> None:
    place = tmp_path / "recordings"

    async def work(corpus: OpenCorpus) -> None:
        notice = await until(corpus, lambda notice: notice["state"] == "failed")
        assert str(place) in notice["words"]
        write(place, "a", "one")
        await until(corpus, is_ready)
        assert await ids(corpus) == ["a"]

    with_open([str(place)], work)


def test_a_folder_that_is_deleted_and_made_again(tmp_path: Path) -> None:
    place = tmp_path / "recordings"
    write(place, "a", "one")

    async def work(corpus: OpenCorpus) -> None:
        await until(corpus, is_ready)
        (place / "a.json").unlink()
        place.rmdir()
        await until(corpus, lambda notice: notice["state"] == "failed" or after(1)(notice))
        write(place, "b", "two")
        while await ids(corpus) != ["b"]:
            await asyncio.sleep(0.1)

    with_open([str(place)], work)


def test_a_file_that_is_written_bit_by_bit_ends_up_whole(tmp_path: Path) -> None:
    text = json.dumps(stream(*(says(f"word {n} ") for n in range(50))))
    file = tmp_path / "slow.json"
    file.write_text(text[:1000])

    async def work(corpus: OpenCorpus) -> None:
        await until(corpus, is_ready)
        for at in range(1000, len(text), 1500):
            with file.open("a") as out:
                out.write(text[at : at + 1500])
            await asyncio.sleep(0.05)
        while True:
            _, (view, _) = await corpus.answer("show", {"recording": "slow"})
            if view["stream"]["n_chunks"] == 50:
                return
            await asyncio.sleep(0.05)

    with_open([str(tmp_path)], work)


def test_of_a_thousand_changes_none_is_lost(tmp_path: Path) -> None:
    """Written, changed and deleted as fast as a disk allows: at the end all is seen, as a load would see it."""
    dice = random.Random(7)
    names = [f"r{number:02}" for number in range(40)]
    for name in names[:20]:
        write(tmp_path, name, "begin")

    def change_a_thousand_times() -> None:
        for number in range(1_000):
            name = dice.choice(names)
            file = tmp_path / f"{name}.json"
            if file.exists() and dice.random() < 0.3:
                file.unlink()
            else:
                write(tmp_path, name, *(f"{number} " for _ in range(dice.randrange(1, 4))))

    async def work(corpus: OpenCorpus) -> None:
        await until(corpus, is_ready)
        changing = threading.Thread(target=change_a_thousand_times)
        changing.start()
        while changing.is_alive():
            await asyncio.sleep(0.05)
        expected = recexplore.load(tmp_path, progress=False)
        wanted = {each.id: each.text() for each in expected}
        for _ in range(200):
            seen = {}
            with suppress(OutOfDate):
                revision, there = await listed(corpus)
                for id_ in there:
                    given = {"recording": id_, "what": "answer", "chunk": 0}
                    _, (seen[id_], _) = await corpus.answer("copy", given, revision)
            if seen == wanted:
                return
            await asyncio.sleep(0.1)
        assert seen == wanted

    with_open([str(tmp_path)], work)


def test_a_revision_of_a_repository_is_read_once(tmp_path: Path) -> None:
    import subprocess

    def git(*arguments: str) -> None:
        own = {f"GIT_{who}_{what}": "a@b.invalid" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        subprocess.run(
            ["git", "-C", str(tmp_path), *arguments], check=True, env={**os.environ, **own}, capture_output=True
        )

    write(tmp_path, "a", "one")
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "one")
    write(tmp_path, "b", "two")

    async def work(corpus: OpenCorpus) -> None:
        await until(corpus, is_ready)
        assert await ids(corpus) == ["a"]

    with_open([str(tmp_path)], work, rev="HEAD")


async def notices_until_ready(corpus: OpenCorpus) -> list[dict[str, Any]]:
    notices: list[dict[str, Any]] = []
    corpus.listen(notices.append)
    await until(corpus, is_ready)
    return notices


def test_progress_is_told_while_a_place_is_first_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_corpus, "_TELL_EVERY_S", -1)
    for number in range(3):
        write(tmp_path, f"r{number}", "one")
    notices = with_open([str(tmp_path)], notices_until_ready)
    loading = [each for each in notices if each["state"] == "loading"]
    size = (tmp_path / "r0.json").stat().st_size
    words = [each["words"] for each in loading]
    assert words[:2] == ["", f"reading 1 of 3 files, {size_in_words(size)} of {size_in_words(3 * size)}"]
    assert words[3].startswith("reading 3 of 3 files")
    assert words[-1].startswith("looking for what is wrong: ")
    assert [each["share"] for each in loading[:4]] == [0, pytest.approx(1 / 3), pytest.approx(2 / 3), 1]
    assert {each["revision"] for each in loading} == {None}, "all of it is shown when it is whole"


def test_a_follower_is_not_told_how_far_reading_again_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_corpus, "_TELL_EVERY_S", -1)
    write(tmp_path, "a", "one")

    async def work(corpus: OpenCorpus) -> list[dict[str, Any]]:
        await until(corpus, is_ready)
        notices: list[dict[str, Any]] = []
        corpus.listen(notices.append)
        write(tmp_path, "b", "two")
        await until(corpus, after(1))
        return notices

    assert {each["state"] for each in with_open([str(tmp_path)], work)} == {"ready"}


@pytest.fixture
def slow_growth(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Every file is handed on by itself; after the second, reading waits until the event is set."""
    monkeypatch.setattr(read_files, "_BATCH_EVENTS", 1)
    monkeypatch.setattr(batch, "GROUP_BYTES", 1)
    monkeypatch.setattr(growth, "_EVERY_S", 0)
    monkeypatch.setattr(growth, "_EVERY_SHARE", 0)
    goes_on, grow, n = threading.Event(), Growth.grow, itertools.count(1)

    def grow_and_wait(self: Growth, batches: Any) -> None:
        grow(self, batches)
        if next(n) >= 2:
            assert goes_on.wait(PATIENCE_S)

    monkeypatch.setattr(Growth, "grow", grow_and_wait)
    return goes_on


def test_what_is_read_so_far_is_shown(tmp_path: Path, slow_growth: threading.Event) -> None:
    for name in "abcd":
        write(tmp_path, name, "one")

    async def work(corpus: OpenCorpus) -> None:
        notice = await until(corpus, lambda notice: notice.get("revision") == 2)
        assert notice["state"] == "loading"
        assert await ids(corpus) == ["a", "b"]
        _, (opening, _) = await corpus.answer("opening", {})
        assert (opening["recording"], opening["empty"]) == ("a", "")
        _, (found, _) = await corpus.answer("find", {"view": "a", "key": 2, "count": 9, "recording": ""})
        assert found["facets"]["rule"] == [], "no rule has run"
        _, (grouping, _) = await corpus.answer("grouping", {"is_asked": False})
        assert grouping == {"n_read": 0, "of": 2}, "files are not read once more while others are waiting"
        slow_growth.set()
        notice = await until(corpus, is_ready)
        assert notice["changes"] == {"renamed": {}}
        assert await ids(corpus) == ["a", "b", "c", "d"]
        _, (found, _) = await corpus.answer("find", {"view": "a", "key": 3, "count": 9, "recording": ""})
        assert found["facets"]["rule"]

    with_open([str(tmp_path)], work)


def test_ids_stay_what_they_are_while_it_grows(tmp_path: Path, slow_growth: threading.Event) -> None:
    """They follow from the list of files, of which each here shares its stem with others that are read later."""
    for folder in "abc":
        write(tmp_path / folder, "same", "one")

    async def work(corpus: OpenCorpus) -> list[dict[str, Any]]:
        slow_growth.set()
        return await notices_until_ready(corpus)

    shown = [each["changes"] for each in with_open([str(tmp_path)], work) if each.get("changes")]
    assert shown
    assert [each["renamed"] for each in shown] == [{}] * len(shown)


def test_a_dataset_is_opened_and_not_read(bundled_folder: Path, tmp_path: Path) -> None:
    recexplore.load(bundled_folder, progress=False).export(tmp_path / "dataset")

    async def work(corpus: OpenCorpus) -> None:
        await until(corpus, is_ready)
        assert len(await ids(corpus)) == 5
        _, (view, _) = await corpus.answer("chunk", {"recording": "f27523f3fec8", "chunk": 81})
        assert view["raw"]

    with_open([str(tmp_path / "dataset")], work)


def test_a_place_that_fails_while_it_grows_is_read_again(
    tmp_path: Path, slow_growth: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow_growth.set()
    for name in "abc":
        write(tmp_path, name, "one")
    checks = iter([OSError("the disk is gone")])

    def check(corpus: recexplore.Corpus, **given: Any) -> Any:
        for error in checks:
            raise error
        return recexplore.check(corpus, **given)

    monkeypatch.setattr(open_corpus, "check", check)

    async def work(corpus: OpenCorpus) -> None:
        notice = await until(corpus, lambda notice: notice["state"] == "failed")
        assert notice["words"] == "the disk is gone"
        assert await ids(corpus) == ["a", "b", "c"], "what was read stays"
        await until(corpus, is_ready)
        assert await ids(corpus) == ["a", "b", "c"]

    with_open([str(tmp_path)], work)


def test_what_was_read_is_shown_whole_to_a_loop_that_was_busy(
    tmp_path: Path, slow_growth: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loop hears of the first file when the last is read."""
    slow_growth.set()
    for name in "abc":
        write(tmp_path, name, "one")
    began, checked, grow = threading.Event(), threading.Event(), OpenCorpus._grow

    def check(corpus: recexplore.Corpus, **given: Any) -> Any:
        checked.set()
        raise OSError("the disk is gone")

    def grow_and_say_so(self: OpenCorpus, corpus: recexplore.Corpus) -> None:
        began.set()
        grow(self, corpus)

    monkeypatch.setattr(open_corpus, "check", check)
    monkeypatch.setattr(OpenCorpus, "_grow", grow_and_say_so)

    async def work(corpus: OpenCorpus) -> None:
        while not began.is_set():
            await asyncio.sleep(0)
        assert checked.wait(PATIENCE_S)
        await until(corpus, lambda notice: notice["state"] == "failed")
        assert await ids(corpus) == ["a", "b", "c"]

    with_open([str(tmp_path)], work)


def test_a_journal_becomes_a_recording_under_the_same_id(tmp_path: Path) -> None:
    def records(n: int) -> bytes:
        first = {"recexplore_journal": 1, "t": 0, "request": {"method": "POST", "url": "http://h/v1/chat/completions"}}
        chunk = 'data: {"object": "chat.completion.chunk", "choices": []}\n\n'
        lines = [first, {"t": 1, "event": "sent"}, *({"t": number, "data": chunk} for number in range(2, n + 2))]
        return b"".join(json.dumps(line).encode() + b"\n" for line in lines)

    journal = tmp_path / "0123456789ab-20261129T162000-0a1b2c3d.journal.jsonl"
    journal.write_bytes(records(2))

    async def work(corpus: OpenCorpus) -> None:
        await until(corpus, is_ready)
        (id_,) = await ids(corpus)
        assert id_ == "0123456789ab"
        seen = 1
        with journal.open("ab") as file:
            file.write(records(3)[len(records(2)) :])
        # Until it is read again, what stood there is still there to be shown.
        _, (raw, _) = await corpus.answer("chunk", {"recording": id_, "chunk": 1}, seen)
        assert "chat.completion.chunk" in json.dumps(raw)
        notice = await until(corpus, after(seen))
        assert (notice["changes"]["recordings"], notice["changes"]["renamed"]) == ([id_], {})
        write(tmp_path, "0123456789ab" + "c" * 52, "done")
        journal.unlink()
        # Whether both were seen or not, the recording is followed.
        shown = id_
        while notice["changes"]["gone"] == 0:
            notice = await until(corpus, after(notice["revision"]))
            shown = notice["changes"]["renamed"].get(shown, shown)
        assert [shown] == await ids(corpus) == [id_]

    with_open([str(tmp_path)], work)


def test_two_journals_of_one_request_that_finish_at_once_are_both_followed(tmp_path: Path) -> None:
    events = chat_text(["A", " wren", " sings"])
    body, begun = b'{"model":"m"}', "ea33b5bf1ae7-20261129T16200"

    def record(number: int, n_reads: int | None) -> Path:
        reads = [((at + 1 + number) * 20_000_000, event) for at, event in enumerate(events[:n_reads])]
        path = tmp_path / f"{begun}{number}-0a1b2c{number}d.journal.jsonl"
        end = (3_000_000_000, "complete") if n_reads is None else None
        path.write_bytes(journal_bytes("http://localhost/v1/chat/completions", body, reads, end=end))
        return path

    journals = [record(number, 1) for number in (0, 1)]

    async def work(corpus: OpenCorpus) -> None:
        notice = await until(corpus, is_ready)
        shown = {id_: id_ for id_ in await ids(corpus)}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(open_corpus, "snapshot", lambda places, snapshot=open_corpus.snapshot: corpus._seen)
            for number in (1, 0):
                finish(record(number, None))
        while notice["changes"].get("gone", 0) == 0:
            notice = await until(corpus, after(notice["revision"]))
            renamed = notice["changes"]["renamed"]
            shown = {id_: renamed.get(now, now) for id_, now in shown.items()}
        assert {*shown.values()} == {*await ids(corpus)}
        assert not any(journal.exists() for journal in journals)

    with_open([str(tmp_path)], work)


def test_runs_stay_known_when_a_folder_is_read_again(tmp_path: Path) -> None:
    async def n_runs(corpus: OpenCorpus) -> list[int | None]:
        asked = {"view": "a", "key": 1, "count": 9, "recording": ""}
        _, (found, _) = await corpus.answer("find", asked)
        return [row["runs"] for row in found["rows"]]

    async def work(corpus: OpenCorpus) -> None:
        notice = await until(corpus, is_ready)
        assert await n_runs(corpus) == [None, None]
        await corpus.answer("grouping", {"is_asked": True})
        assert await n_runs(corpus) == [2, 2]
        write(tmp_path, "c", "three")
        await until(corpus, after(notice["revision"]))
        assert await n_runs(corpus) == [3, 3, 3]

    write(tmp_path, "a", "one")
    write(tmp_path, "b", "two")
    with_open([str(tmp_path)], work)
