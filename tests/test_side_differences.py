"""In what two sides of a comparison differ."""

from __future__ import annotations

from compared_kit import TEXT, asked, recorded
from run_kit import loaded
from synthetic import whole

from recexplore.comparison.changes import changes
from recexplore.comparison.comparison import compare
from recexplore.comparison.side_differences import aspects_between, level_between, verdict_between

PLANET = TEXT.replace("star", "planet")


def test_what_differs_is_what_one_side_alone_has() -> None:
    before = loaded(recorded(), recorded(PLANET, finish="length"))
    (change,) = changes(before, loaded(recorded(id_="x"), recorded(PLANET.upper(), finish="length")), as_runs=True)
    assert change.differing == ["content", "where chunks are cut"]
    # Each value is on both sides, and no answer is.
    (change,) = changes(before, loaded(recorded(PLANET), recorded(finish="length")), as_runs=True)
    assert change.level == "text"
    assert change.differing == ["finish reason", "content", "where chunks are cut", "number of chunks"]
    (change,) = changes(before, loaded(recorded(id_="x"), recorded(PLANET, finish="length", id_="y")), as_runs=True)
    assert change.differing == []


def test_what_was_broken_before_is_not_broken_by_a_change() -> None:
    (change,) = changes(loaded(recorded(finish=None)), loaded(recorded(PLANET, finish=None)))
    assert change.verdict == "other words"


def test_what_came_whole_says_nothing_of_chunks() -> None:
    answer = whole({"role": "assistant", "content": TEXT})
    answer["request"]["body"] = asked()
    sides = [answer, *(recorded(cut=cut) for cut in (5, 5, 7))]
    comparison = compare([each for side in sides for each in loaded(side)])
    of_cuts = {"where chunks are cut", "number of chunks"}
    assert not of_cuts & set(aspects_between(compare([*loaded(answer), *loaded(recorded())]), 1))
    assert of_cuts <= set(aspects_between(comparison, 3)), "cut by 7 on one side only"
    assert level_between(compare([*loaded(answer), *loaded(answer)]), 1) is None
    assert verdict_between(compare([*loaded(answer), *loaded(answer)]), 1) == "identical"
