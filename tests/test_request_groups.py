"""Which recordings are runs of one request, as a search needs it: grouped once, a little at a time, and only when asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from run_kit import loaded
from synthetic import says, stream

import recexplore
from recexplore.corpus import Corpus, Recording
from recexplore.matching.request import Request
from recexplore.views.find import request_groups
from recexplore.views.find.finder import Finder
from recexplore.views.find.request_groups import RUN_COUNTS, RequestGroups


def asked(question: str, **fields: object) -> dict[str, object]:
    return {"model": "m", "messages": [{"role": "user", "content": question}], "stream": True, **fields}


def corpus_of(*questions: str) -> Corpus:
    return loaded(*(stream(says(f"{number}"), request=asked(each)) for number, each in enumerate(questions)))


def test_groups_are_those_of_runs(all_recordings: Corpus) -> None:
    groups = RequestGroups(all_recordings)
    expected = {each.id: len(group) for group in recexplore.runs(all_recordings) for each in group}
    assert groups.n_runs.tolist() == [expected.get(each.id, 1) for each in all_recordings]
    assert max(groups.n_runs) == 2


def test_requests_are_read_a_little_at_a_time(all_recordings: Corpus) -> None:
    groups = RequestGroups(all_recordings)
    assert (groups.is_known, groups.n_read) == (False, 0)
    read = []
    while not groups.is_known:
        groups.read_on(0)
        read.append(groups.n_read)
    assert read == list(range(1, len(all_recordings) + 1))
    assert groups.n_runs.tolist() == RequestGroups(all_recordings).n_runs.tolist()


def test_what_is_not_compared_is_named() -> None:
    usage = {"stream_options": {"include_usage": True}}
    corpus = loaded(stream(says("a"), request=asked("x", **usage)), stream(says("b"), request=asked("x")))
    assert [RequestGroups(corpus).left_out(position) for position in (0, 1)] == [("stream_options",)] * 2


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("runs:>1", [0, 3, 4]),
        ("runs:1", [1, 2]),
        ("runs:3", [0, 3, 4]),
        ("request:run-3", [0, 3, 4]),
        ('request:"run-2"', [2]),
        ("-request:run-3", [1, 2]),
        ("request:", [0, 1, 2, 3, 4]),
        ("request:nobody", []),
        ("sort:-runs", [0, 3, 4, 1, 2]),
    ],
)
def test_queries_about_runs(query: str, expected: list[int]) -> None:
    found = Finder(corpus_of("a", "b", "c", "a", "a")).find(query)
    assert found.notes == []
    assert found.ordinals.tolist() == expected


def test_counts_come_when_requests_were_grouped() -> None:
    groups = RequestGroups(corpus := corpus_of("a", "b", "c", "a", "a"))
    finder = Finder(corpus, requests=groups)
    before = finder.find()
    assert [each["count"] for each in before.facets["runs"]] == [None] * len(RUN_COUNTS)
    assert [row["runs"] for row in before.rows([0, 1])] == [None, None]
    assert groups.n_read == 0
    groups.read_on()
    after = finder.find()
    assert {each["value"]: each["count"] for each in after.facets["runs"]} == {
        "once": 2,
        "2": 0,
        "3 to 9": 3,
        "10 and more": 0,
    }
    assert [row["runs"] for row in after.rows([0, 1])] == [3, 1]


def test_a_chosen_count_of_runs_finds_them() -> None:
    finder = Finder(corpus_of("a", "b", "c", "a", "a"))
    found = finder.find(facets={"runs": ["3 to 9"]})
    assert found.ordinals.tolist() == [0, 3, 4]
    assert finder.find(facets={"runs": ["3 to 9", "once"]}).ordinals.tolist() == [0, 1, 2, 3, 4]


def test_a_large_corpus_is_not_read_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = corpus_of("a", "b")
    assert not RequestGroups(corpus).is_large
    monkeypatch.setattr(request_groups, "_LARGE", 1)
    assert RequestGroups(corpus).is_large


def test_an_empty_corpus_has_no_groups(tmp_path: Path) -> None:
    groups = RequestGroups(recexplore.load(tmp_path, progress=False))
    assert groups.is_known
    assert groups.n_runs.tolist() == []


def write(folder: Path, **questions: str) -> Corpus:
    for name, question in questions.items():
        (folder / f"{name}.json").write_text(json.dumps(stream(says(name), request=asked(question))))
    return recexplore.load(folder, progress=False)


def test_of_a_folder_that_is_read_again_only_what_changed_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = RequestGroups(write(tmp_path, a="x", b="x", c="y"))
    before.read_on()
    read: list[str] = []
    reading = request_groups.requests_of

    def noted(*given: Any) -> Iterator[tuple[Recording, Request | None]]:
        for recording, request in reading(*given):
            read.append(recording.facts["path"][-6:])
            yield recording, request

    monkeypatch.setattr(request_groups, "requests_of", noted)
    corpus = write(tmp_path, c="x", d="y")
    groups = RequestGroups(corpus, before=before)
    assert groups.n_read == 2
    assert groups.n_runs.tolist() == [3, 3, 3, 1]
    assert read == ["c.json", "d.json"]
    assert groups.n_runs.tolist() == RequestGroups(corpus).n_runs.tolist()


def test_a_file_that_is_gone_asks_what_it_asked(tmp_path: Path) -> None:
    before = RequestGroups(write(tmp_path, a="x", b="x"))
    before.read_on()
    write(tmp_path, c="x")
    (tmp_path / "b.json").write_text(json.dumps(stream(says("more"), request=asked("x"))))
    corpus = recexplore.load(tmp_path, progress=False)
    (tmp_path / "b.json").unlink()
    groups = RequestGroups(corpus, before=before)
    assert groups.n_runs.tolist() == [3, 3, 3]
    assert RequestGroups(corpus).n_runs.tolist() == [2, 1, 2]
    # What could not be read is read once it can be.
    assert RequestGroups(corpus, before=groups).n_read == 2
