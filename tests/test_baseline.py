"""Accepting today's findings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recexplore.checks.baseline import Baseline, Kind, Unread, read_baseline, write_baseline

ONE = Kind("a.json", 0, 1, "one")
TWO = Kind("b.json", 2, None, "two")


def at(folder: Path, kind: Kind) -> Kind:
    return kind._replace(file=f"{folder}/{kind.file}")


def test_what_is_written_is_read(tmp_path: Path) -> None:
    file = tmp_path / "b.json"
    write_baseline(str(file), Baseline(str(tmp_path), {TWO: 1, ONE: 3}))
    assert read_baseline(str(file)) == Baseline(str(tmp_path), {ONE: 3, TWO: 1})


def test_one_entry_a_line_sorted(tmp_path: Path) -> None:
    file = tmp_path / "b.json"
    write_baseline(str(file), Baseline("", {TWO: 1, ONE: 3, ONE._replace(choice=None): 1}))
    lines = file.read_text().splitlines()
    assert lines[0] == '{"recexplore_baseline": 3, "accepted": ['
    assert [json.loads(line.rstrip(","))["choice"] for line in lines[1:-1]] == [None, 1, None]
    assert lines[2] == '{"file": "a.json", "exchange": 0, "choice": 1, "rule": "one", "severity": null, "count": 3},'
    assert lines[-1] == '], "unread": []}'
    assert json.loads(file.read_text())
    write_baseline(str(file), Baseline("", {}))
    assert file.read_text() == '{"recexplore_baseline": 3, "accepted": [], "unread": []}\n'
    assert [each.name for each in tmp_path.iterdir()] == ["b.json"]


def test_problems_are_accepted_too(tmp_path: Path) -> None:
    file = tmp_path / "b.json"
    bad = Unread("bad.json", None, "not JSON")
    baseline = Baseline(str(tmp_path), {ONE: 1, bad: 1, bad._replace(exchange=2): 2})
    write_baseline(str(file), baseline)
    assert read_baseline(str(file)) == baseline
    assert '"unread": [\n{"file": "bad.json", "exchange": null, "what": "not JSON", "count": 1},\n' in file.read_text()
    mine = bad._replace(file=str(tmp_path / "bad.json"))
    assert baseline.accepts([mine, mine._replace(what="other")]) == [True, False]
    assert baseline.accepts([mine, mine]) == [False, False]
    assert str(baseline.outdated([], lambda kind: kind == bad)[0]) == "not JSON in bad.json: 1 accepted, 0 found"
    assert baseline.in_words == "1 finding and 3 problems while reading"


def test_older_versions_are_still_read(tmp_path: Path) -> None:
    file = tmp_path / "b.json"
    entry = {**ONE._asdict(), "count": 3}
    del entry["severity"]
    for document in ({"recexplore_baseline": 1}, {"recexplore_baseline": 2, "unread": []}):
        file.write_text(json.dumps({**document, "accepted": [entry]}))
        assert read_baseline(str(file)) == Baseline(str(tmp_path), {ONE: 3})
    for version in (4, "1", 1.0, True):
        file.write_text(json.dumps({"recexplore_baseline": version, "accepted": [], "unread": []}))
        with pytest.raises(ValueError, match="expected a baseline of recexplore, version 3, found version"):
            read_baseline(str(file))


@pytest.mark.parametrize("entry", [{}, {"file": "a", "exchange": 0, "what": 1, "count": 1}, 3])
def test_a_broken_entry_of_a_problem_is_named(tmp_path: Path, entry: Any) -> None:
    file = tmp_path / "b.json"
    file.write_text(json.dumps({"recexplore_baseline": 2, "accepted": [], "unread": [entry]}))
    with pytest.raises(ValueError, match=r"b\.json: unread: entry 0: expected file, exchange, what, count, found"):
        read_baseline(str(file))


def test_all_of_a_kind_are_accepted_unless_there_are_more() -> None:
    baseline = Baseline("/p", {ONE: 2})
    mine = at(Path("/p"), ONE)
    other = mine._replace(rule="two")
    assert baseline.accepts([mine, other, mine]) == [True, False, True]
    assert baseline.accepts([mine, mine, mine]) == [False, False, False]
    assert baseline.accepts([mine]) == [True]


def test_the_folder_may_move(tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir()
    write_baseline(str(before / "b.json"), Baseline(str(before), {}).renewed([at(before, ONE)], lambda kind: True))
    before.rename(after)
    assert read_baseline(str(after / "b.json")).accepts([at(after, ONE)]) == [True]


def test_outdated_entries_are_those_that_were_looked_for() -> None:
    baseline = Baseline("/p", {ONE: 2, TWO: 1})
    outdated = baseline.outdated([at(Path("/p"), ONE)], lambda kind: True)
    assert [(each.kind, each.accepted, each.found) for each in outdated] == [(ONE, 2, 1), (TWO, 1, 0)]
    assert str(outdated[0]) == "one in a.json, exchange 0, choice 1: 2 accepted, 1 found"
    assert baseline.outdated([], lambda kind: kind == TWO)[0].kind == TWO


def test_a_new_baseline_keeps_what_was_not_looked_for() -> None:
    baseline = Baseline("/p", {ONE: 2, TWO: 1})
    new = baseline.renewed([at(Path("/p"), ONE)], lambda kind: kind.file == "a.json")
    assert new.counts == {ONE: 1, TWO: 1}


def test_what_is_gone(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{}")
    baseline = Baseline(str(tmp_path), {})
    assert not baseline.is_gone(ONE)
    assert baseline.is_gone(TWO)
    assert not baseline.is_gone(ONE._replace(file="https://h.invalid/a.json"))


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"recordings": []}', '{"recexplore_baseline": 9}', "\x00", "[" * 9999]
)
def test_what_is_no_baseline_is_never_written_over(tmp_path: Path, text: str) -> None:
    file = tmp_path / "b.json"
    file.write_text(text)
    with pytest.raises(ValueError, match=r"b\.json: expected a baseline of recexplore.*it is left as it is"):
        write_baseline(str(file), Baseline(str(tmp_path), {ONE: 1}))
    assert file.read_text() == text


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"file": "a", "exchange": 0, "choice": 0, "rule": "r"},
        {"file": "a", "exchange": True, "choice": 0, "rule": "r", "count": 1},
        {"file": "a", "exchange": 0, "choice": "0", "rule": "r", "count": 1},
        {"file": 1, "exchange": 0, "choice": 0, "rule": "r", "count": 1},
        {"file": "a", "exchange": 0, "choice": 0, "rule": "r", "count": 1, "more": 1},
        3,
    ],
)
def test_a_broken_entry_is_named(tmp_path: Path, entry: Any) -> None:
    file = tmp_path / "b.json"
    file.write_text(json.dumps({"recexplore_baseline": 1, "accepted": [entry]}))
    with pytest.raises(ValueError, match=r"b\.json: entry 0: expected file, exchange, choice, rule, count, found"):
        read_baseline(str(file))


def test_entries_are_a_list(tmp_path: Path) -> None:
    file = tmp_path / "b.json"
    file.write_text('{"recexplore_baseline": 1, "accepted": 3}')
    with pytest.raises(ValueError, match="accepted: expected a list of entries, found 3"):
        read_baseline(str(file))


def test_one_that_does_not_exist_says_what_makes_it(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="does not exist; `recexplore check --write-baseline` makes one"):
        read_baseline(str(tmp_path / "no.json"))


ERROR, WARNING, NOTE = (ONE._replace(severity=each) for each in ("error", "warning", "note"))


@pytest.mark.parametrize(
    ("accepted", "found", "is_accepted", "left"),
    [
        ({NOTE: 1}, [ERROR], [False], 1),
        ({NOTE: 1}, [ERROR, NOTE], [False, True], 0),
        ({ERROR: 1}, [NOTE], [True], 0),
        ({ERROR: 1}, [ERROR, NOTE], [True, False], 0),
        ({ERROR: 1, NOTE: 1}, [WARNING], [True], 1),
        ({ERROR: 1}, [ERROR, ERROR, NOTE], [False, False, False], 0),
        ({ONE: 2}, [ERROR, NOTE], [True, True], 0),
        ({ONE: 1, NOTE: 1}, [NOTE, ERROR], [True, True], 0),
    ],
)
def test_what_is_worse_than_what_was_accepted_is_new(
    accepted: dict[Kind, int], found: list[Kind], is_accepted: list[bool], left: int
) -> None:
    baseline = Baseline("/p", accepted)
    mine = [at(Path("/p"), each) for each in found]
    assert baseline.accepts(mine) == is_accepted
    assert sum(each.accepted - each.found for each in baseline.outdated(mine, lambda kind: True)) == left


def test_severities_are_written_and_read_and_no_others(tmp_path: Path) -> None:
    file = tmp_path / "b.json"
    write_baseline(str(file), Baseline(str(tmp_path), {ERROR: 1, NOTE: 2}))
    assert read_baseline(str(file)).counts == {ERROR: 1, NOTE: 2}
    file.write_text(file.read_text().replace('"note"', '"bad"'))
    with pytest.raises(ValueError, match="entry 1: expected file, exchange, choice, rule, severity, count, found"):
        read_baseline(str(file))


@given(
    st.dictionaries(
        st.builds(Kind, st.text(min_size=1), st.integers(0, 9), st.none() | st.integers(0, 9), st.text(min_size=1)),
        st.integers(1, 9),
        max_size=6,
    )
)
def test_any_names_survive(tmp_path_factory: pytest.TempPathFactory, counts: dict[Kind, int]) -> None:
    file = str(tmp_path_factory.mktemp("any") / "b.json")
    write_baseline(file, Baseline("", counts))
    assert read_baseline(file).counts == counts
