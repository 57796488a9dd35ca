"""What the figures of a comparison have in common: names of texts and runs, marks of verdicts."""

from __future__ import annotations

import pytest
from comparison_kit import SUN, compared, many
from run_kit import loaded
from synthetic import calls, choice, chunk, fragment, says, stream

from recexplore.comparison.comparison import compare
from recexplore.comparison.levels import VERDICTS
from recexplore.views.figures.compared import VERDICT_MARKS, RunLines, checked_runs, group_name, run_names, text_name


def test_every_verdict_has_a_mark_of_its_own() -> None:
    assert set(VERDICT_MARKS) == set(VERDICTS)
    assert len({mark.symbol for mark in VERDICT_MARKS.values()}) == len(VERDICTS)
    assert len({mark.color for mark in VERDICT_MARKS.values()}) == len(VERDICTS)


def test_a_text_is_named_with_its_choice_and_call_where_there_are_several() -> None:
    one = compared(SUN, SUN)
    assert text_name(one, None, "content", None) == "content"
    assert text_name(one, 3, "content", None) == "content of choice 3"
    call = [calls(fragment("{}", index, name="f", id=f"c{index}", type="function")) for index in (0, 1)]
    several = stream(says("a"), says("b", 1), *call, chunk(choice({}, 0, "stop")), chunk(choice({}, 1, "stop")))
    comparison = compare(loaded(several, several))
    assert text_name(comparison, None, "content", None) == "content of choice 0"
    assert text_name(comparison, 1, "content", None) == "content of choice 1"
    assert text_name(comparison, None, "tool_call", None) == "tool call 0 of choice 0"
    assert text_name(comparison, None, "tool_call", 1) == "tool call 1 of choice 0"
    with pytest.raises(ValueError, match="kind is one of"):
        text_name(comparison, None, "finish", None)


def test_runs_that_are_alike_have_one_name() -> None:
    names = run_names(compared(SUN, SUN, SUN).runs)
    assert names == ["1 · run-0", "2 · run-1", "3 · run-2"]
    assert group_name([1], names, 0) == "2 · run-1"
    assert group_name([0], names, 0) == "<b>1 · run-0</b>"
    assert group_name([9, 3, 5, 4, 8], names, 0) == "5 runs · 4, 5, 6, 9 …"


def test_of_many_runs_the_first_are_told_and_how_many_they_are() -> None:
    lines = RunLines(many(20))
    told = lines.of(range(19, -1, -1)).split("<br>")
    assert [line.split(":")[0].removesuffix(" (reference)") for line in told[:-1]] == [f"run {n}" for n in range(1, 9)]
    assert told[-1] == "… 20 runs in all"


def test_runs_are_checked() -> None:
    comparison = compared(SUN, SUN)
    assert checked_runs(comparison, (1, 0), 2, 4) == [1, 0]
    with pytest.raises(ValueError, match="by their place, 0 to 1; found 7"):
        checked_runs(comparison, [0, 7], 2, 4)
