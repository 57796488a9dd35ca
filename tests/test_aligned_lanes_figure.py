"""Lanes of runs along one axis: equal text at the same place, what differs outlined, cuts that differ marked."""

from __future__ import annotations

import re

import numpy as np
import pytest
from comparison_kit import SUN, answer, compared, many, named, words
from hostile_text import HOSTILE
from run_kit import loaded
from synthetic import calls, choice, chunk, fragment, says, stream, thinks

from recexplore.comparison.comparison import Comparison, compare
from recexplore.comparison.runs import runs
from recexplore.corpus import Corpus
from recexplore.views.figures import aligned_lanes
from recexplore.views.figures.theme import AMBER, BLUE, GREEN, THEMES, VERMILION, ThemeName

PLANET = SUN.replace("a star", "a large planet")


def test_a_lane_a_run_a_block_a_piece() -> None:
    figure = aligned_lanes(compared("abcdef", "abcdef", cut=2), runs=[0, 1])
    blocks = named(figure, "content")
    assert list(blocks.y) == [0, 0, 0, 1, 1, 1]
    assert list(blocks.base) == [0, 2, 4] * 2
    assert list(blocks.x) == [2] * 6
    assert blocks.marker.color == BLUE
    assert blocks.customdata[1].startswith("<b>run 1, chunk 2</b> · content · characters 2 to 4<br>cd")
    assert [trace.name for trace in figure.data] == ["content"]


def test_text_behind_what_differs_stands_at_the_same_place() -> None:
    figure = aligned_lanes(compared(SUN, SUN, PLANET))
    blocks = named(figure, "content")
    ends, lanes = np.add(blocks.base, blocks.x), np.array(blocks.y)
    assert ends[lanes == 0].max() == ends[lanes == 1].max() == len(PLANET)
    outline = named(figure, "differs")
    assert outline.line.color == VERMILION
    assert np.nanmin(outline.x) == SUN.index(" star")
    assert np.nanmax(outline.x) == PLANET.index(", and it is")
    assert figure.layout.yaxis.ticktext == ("<b>2 runs · 1, 2</b>", "3 · run-2")


def test_a_lane_of_a_matched_choice_says_which_it_is_of_its_run(flaky: Corpus) -> None:
    comparison = compare(runs(flaky)[0])
    for number, own in ((0, 1), (1, 0)):
        names = aligned_lanes(comparison, choice=number).layout.yaxis.ticktext
        assert [name for name in names if "its choice" in name] == [f"4 · leap-year-04 · its choice {own}"]
    assert aligned_lanes(comparison, runs=[3, 0]).layout.yaxis.ticktext[0] == "4 · leap-year-04 · its choice 1"


def test_of_several_runs_the_reference_has_no_outline() -> None:
    figure = aligned_lanes(compared(SUN, SUN, PLANET, SUN.replace("Latin", "French")))
    assert set(np.unique(np.round(named(figure, "differs").y[::6]))) == {1, 2}


def test_words_that_a_run_lacks_are_an_empty_outline() -> None:
    shorter = SUN.replace(" in Latin", "")
    figure = aligned_lanes(compared(SUN, SUN, shorter))
    blocks, outline = named(figure, "content"), named(figure, "differs")
    left, right = np.nanmin(outline.x), np.nanmax(outline.x)
    assert (left, right) == (SUN.index(" in Latin"), SUN.index(". It"))
    inside = [y for b, x, y in zip(blocks.base, blocks.x, blocks.y, strict=True) if b < right and b + x > left]
    assert set(inside) == {0}


def test_cuts_that_the_reference_has_not_are_marked_and_the_reverse() -> None:
    figure = aligned_lanes(compare(loaded(answer("abcdefgh", 4), answer("abcdefgh", 4), answer("abcdefgh", 3))))
    assert list(named(figure, "cut, the reference not").x) == [3, 6]
    assert list(named(figure, "not cut, the reference is").x) == [4]
    assert set(named(figure, "cut, the reference not").y) == {1}


def test_a_different_text_says_nothing_of_cuts() -> None:
    figure = aligned_lanes(compared("one two", "six ten", cut=4))
    assert [trace.name for trace in figure.data] == ["content", "differs"]


def test_reasoning_content_and_calls_stand_one_behind_the_other() -> None:
    one = stream(
        thinks("reasoning_content", "hm"),
        says("Hello"),
        calls(fragment('{"a": 1}', name="f", id="c", type="function")),
        chunk(choice({}, 0, "tool_calls")),
    )
    figure = aligned_lanes(compare(loaded(one, one)))
    bases = {trace.name: (trace.base[0], trace.marker.color) for trace in figure.data}
    assert bases == {"reasoning": (0, AMBER), "content": (3, BLUE), "tool call": (9, GREEN)}
    only = aligned_lanes(compare(loaded(one, one)), kind="content")
    assert [(trace.name, trace.base[0]) for trace in only.data] == [("content", 0)]


def test_very_many_blocks_are_drawn_by_webgl() -> None:
    text = "word " * 1500
    figure = aligned_lanes(compared(text, text, text.replace("word", "Word", 1), cut=5), runs=[0, 1, 2])
    blocks = named(figure, "content")
    assert blocks.type == "scattergl"
    assert len(blocks.x) == 3 * 3 * 1500


def test_of_many_ways_to_send_some_are_drawn_and_that_is_said() -> None:
    comparison = many(100)
    figure = aligned_lanes(comparison)
    n = comparison.runs["wire"].nunique()
    assert f"30 of {n} ways to send" in figure.layout.title.text
    assert len(figure.layout.yaxis.ticktext) == 30
    assert figure.layout.yaxis.ticktext[0].startswith("<b>")


def test_runs_that_are_not_there_are_refused() -> None:
    with pytest.raises(ValueError, match="by their place, 0 to 1; found 2"):
        aligned_lanes(compared(SUN, PLANET), runs=[0, 2])
    with pytest.raises(ValueError, match="expected 1 to 30 runs, found 0"):
        aligned_lanes(compared(SUN, PLANET), runs=[])


def test_runs_without_text_are_said() -> None:
    assert "no text was recorded" in words(aligned_lanes(compared("", "")))


def test_hostile_text_stays_text() -> None:
    figure = aligned_lanes(compared(*HOSTILE.values(), cut=40))
    for trace in figure.data:
        for said in trace.customdata if trace.customdata is not None else ():
            plain = re.sub(r"</?b>|</?i>|<br>", "", said)
            assert "<" not in plain
            assert "$" not in plain


@pytest.mark.parametrize("theme", THEMES)
def test_it_has_every_theme_and_the_same_json_each_time(theme: ThemeName) -> None:
    comparison = many(20)
    figure = aligned_lanes(comparison, theme=theme)
    assert figure.layout.template.layout.paper_bgcolor == THEMES[theme].background
    assert figure.to_json() == aligned_lanes(comparison, theme=theme).to_json()


def test_every_bundled_recording_is_drawn(all_recordings: Corpus) -> None:
    comparison = compare(list(all_recordings))
    for each in {place.choice for place in comparison.places}:
        assert len(aligned_lanes(comparison, choice=each).data) >= 1


@pytest.mark.thorough
def test_every_group_of_real_runs_is_drawn(ogx_comparisons: list[Comparison]) -> None:
    for comparison in ogx_comparisons[::3]:
        figure = aligned_lanes(comparison)
        assert bool(figure.data) == bool(comparison.places)


def test_a_usage_report_that_never_came_is_marked_at_the_end_of_its_lane(flaky: Corpus) -> None:
    comparison = compare(runs(flaky)[0])
    figure = aligned_lanes(comparison, runs=[0, 5, 8])
    missing, blocks = named(figure, "no usage report"), named(figure, "content")
    assert list(missing.y) == [1, 2]
    assert list(missing.customdata) == [f"run {run}: no usage report came" for run in (6, 9)]
    assert min(missing.x) > max(np.add(blocks.base, blocks.x))
    assert max(missing.x) <= figure.layout.xaxis.range[1]


def test_where_no_lane_or_every_lane_has_a_usage_report_none_is_missing(flaky: Corpus) -> None:
    comparison = compare(runs(flaky)[0])
    for shown in ([0, 1], [5, 8]):
        assert "no usage report" not in [trace.name for trace in aligned_lanes(comparison, runs=shown).data]
