"""Which recording each journal became, when several of one request are finished between two looks at a folder."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

import pytest
from journal_kit import journal_bytes
from scripted_streams import chat_text

import recexplore
from recexplore.capture.journal.finish import finish
from recexplore.corpus import Corpus
from recexplore.server.finished_journals import ids_by_place, recordings_of_journals

MS = 1_000_000
REQUEST = "ea33b5bf1ae7"
"""How the hash of the request begins."""
EVENTS = chat_text(["A", " wren", " sings"])


def journal(folder: Path, number: int, n_reads: int | None, *, begun: str = REQUEST, first_ms: int = 20) -> Path:
    """A journal of the same request; without a number of reads one that has ended."""
    reads = [((at + 1) * 20 * MS + first_ms * MS, event) for at, event in enumerate(EVENTS[:n_reads])]
    path = folder / f"{begun}-20261129T16200{number}-0a1b2c{number}d.journal.jsonl"
    end = (3_000 * MS, "complete") if n_reads is None else None
    received = 1_776_160_000_000_000_000 + number * 1_000 * MS
    body = b'{"model":"m"}'
    url = "http://localhost/v1/chat/completions"
    path.write_bytes(journal_bytes(url, body, reads, end=end, received_posix_ns=received))
    return path


def loaded(folder: Path) -> Corpus:
    return recexplore.load(folder, progress=False, cache=False)


def became(before: Corpus, after: Corpus) -> dict[str, str]:
    """The names of journals, and of the recordings that they became."""
    found = recordings_of_journals(before, after)
    return {Path(journal).name: Path(recording).name for (journal, _), (recording, _) in found.items()}


@pytest.mark.parametrize("n_reads", [2, 0])
@pytest.mark.parametrize("order", [*itertools.permutations(range(3))])
def test_each_is_followed(tmp_path: Path, order: Sequence[int], n_reads: int) -> None:
    journals = [journal(tmp_path, number, n_reads) for number in range(3)]
    before = loaded(tmp_path)
    wanted = {}
    for number in order:
        journal(tmp_path, number, None)
        wanted[journals[number].name] = finish(journals[number]).name

    assert became(before, loaded(tmp_path)) == wanted


def test_those_that_said_something_and_those_that_did_not(tmp_path: Path) -> None:
    journals = [journal(tmp_path, number, n_reads) for number, n_reads in enumerate((0, 1, 0))]
    before = loaded(tmp_path)
    wanted = {}
    for number in (1, 2, 0):
        journal(tmp_path, number, None)
        wanted[journals[number].name] = finish(journals[number]).name

    assert became(before, loaded(tmp_path)) == wanted


def test_one_that_still_comes_is_where_it_was(tmp_path: Path) -> None:
    for number in (0, 1):
        journal(tmp_path, number, 1)
    before = loaded(tmp_path)
    name = finish(journal(tmp_path, 0, None)).name
    after = loaded(tmp_path)

    assert list(became(before, after).values()) == [name]
    assert len(ids_by_place(after)) == 2


def test_where_several_may_be_it_nothing_is_said(tmp_path: Path) -> None:
    gone = journal(tmp_path, 0, 0)
    before = loaded(tmp_path)
    gone.unlink()
    for number in (1, 2):
        finish(journal(tmp_path, number, None))

    assert became(before, loaded(tmp_path)) == {}


def test_a_journal_that_was_removed_became_nothing(tmp_path: Path) -> None:
    gone = journal(tmp_path, 0, 1)
    before = loaded(tmp_path)
    gone.unlink()

    assert became(before, loaded(tmp_path)) == {}
