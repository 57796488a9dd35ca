"""`recexplore.assert_same`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from compared_kit import TEXT, asked, recorded
from run_kit import loaded

import recexplore
from recexplore.corpus import Corpus

PLANET = TEXT.replace("star", "planet")


def test_it_says_nothing_where_nothing_differs(bundled: Corpus, bundled_folder: Path) -> None:
    assert recexplore.assert_same(bundled, bundled_folder, level="wire") is None  # type: ignore[func-returns-value]
    one = next(iter(bundled))
    recexplore.assert_same(one, one, level="wire")
    recexplore.assert_same(list(bundled), [bundled])


def test_it_raises_with_the_comparison() -> None:
    one, other = loaded(recorded())["run-0"], loaded(recorded(PLANET))["run-0"]
    with pytest.raises(AssertionError) as raised:
        recexplore.assert_same(other, one)
    said = str(raised.value)
    assert said.startswith("expected → run: The answers differ in content, ")
    assert "− “star.”  expected" in said
    assert "+ “planet.”  run" in said
    recexplore.assert_same(other, one, level="structure")


def test_a_level_is_asked_for() -> None:
    one, other = loaded(recorded())["run-0"], loaded(recorded(cut=7))["run-0"]
    recexplore.assert_same(other, one)
    with pytest.raises(AssertionError, match="where chunks are cut"):
        recexplore.assert_same(other, one, level="wire")
    with pytest.raises(ValueError, match="level is one of structure, text, wire, not 'words'"):
        recexplore.assert_same(other, one, level="words")  # type: ignore[arg-type]


def test_all_changes_of_corpora_are_told() -> None:
    before = loaded(recorded(), recorded("a", request=asked("a")), recorded("b", request=asked("b")))
    after = loaded(recorded(PLANET), recorded("c", request=asked("a")))
    with pytest.raises(AssertionError, match="3 recordings: 2 answered otherwise, 1 removed") as raised:
        recexplore.assert_same(after, before)
    assert "removed  run-2.json" in str(raised.value)


def test_requests_that_differ_fail_unless_they_do_not_matter() -> None:
    one, other = loaded(recorded())["run-0"], loaded(recorded(request=asked(seed=1)))["run-0"]
    with pytest.raises(AssertionError, match="The requests differ; the answers agree"):
        recexplore.assert_same(other, one)
    recexplore.assert_same(other, one, by=lambda recording: 0)
    recexplore.assert_same(recexplore.from_chunks([{"choices": []}]), recexplore.from_chunks([{"choices": []}]))


def test_what_cannot_be_read_or_is_not_there_fails(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(recorded()))
    good = recexplore.load(tmp_path / "a.json", progress=False)
    (tmp_path / "b.json").write_text("{")
    with pytest.raises(AssertionError, match=r"b\.json:\s+not\s+JSON"):
        recexplore.assert_same(tmp_path, good)
    (tmp_path / "none").mkdir()
    with pytest.raises(AssertionError, match="there is no recording to look at"):
        recexplore.assert_same(tmp_path / "none", tmp_path / "none")
    with pytest.raises(FileNotFoundError):
        recexplore.assert_same(tmp_path / "nowhere", good)
    with pytest.raises(TypeError, match=r"assert_same takes a path, or .* not a list of int"):
        recexplore.assert_same([1], good)  # type: ignore[list-item]


def test_runs_beside_an_equal_one_are_the_same() -> None:
    recexplore.assert_same(loaded(recorded(), recorded()), loaded(recorded()), level="wire")
    recexplore.assert_same(loaded(recorded()), loaded(recorded(), recorded(id_="x")), level="wire")
    with pytest.raises(AssertionError, match="The answers differ in content"):
        recexplore.assert_same(loaded(recorded(), recorded(PLANET)), loaded(recorded()))


def test_hostile_text_stays_text() -> None:
    one = loaded(recorded("\x1b[31mred [bold]x[/] ::error::"))["run-0"]
    other = loaded(recorded("\x1b[32mgreen\u202e"))["run-0"]
    with pytest.raises(AssertionError) as raised:
        recexplore.assert_same(other, one)
    assert not {"\x1b", "\u202e"} & set(str(raised.value))
    assert "[bold]x[/]" in str(raised.value)
