"""The divergence tree: what is shared once, a branch where runs part, as wide as its runs are many."""

from __future__ import annotations

import re
import time

import numpy as np
import pytest
from comparison_kit import SUN, answer, compared, many, named, words
from hostile_text import HOSTILE
from run_kit import loaded

from recexplore.comparison.comparison import Comparison, compare
from recexplore.comparison.levels import VERDICTS
from recexplore.corpus import Corpus
from recexplore.views.figures import divergence_tree
from recexplore.views.figures.theme import AMBER, BLUE, THEMES, ThemeName

PLANET = SUN.replace("a star", "a planet")


@pytest.fixture(scope="module")
def thousand() -> Comparison:
    return many(1000)


def shown(text: str) -> str:
    return re.sub("<.*?>", "", text)


def test_a_branch_a_text_from_where_they_part() -> None:
    figure = divergence_tree(compared(SUN, SUN, PLANET), scale="characters")
    reference, other = named(figure, "the reference"), named(figure, "other runs")
    parting = SUN.index("star")
    assert figure.layout.title.text == "Divergence tree of content: 3 runs, 2 texts"
    assert (len(reference.x), len(other.x)) == (2, 1)
    assert reference.base[0] + reference.x[0] == parting
    assert reference.base[1] + reference.x[1] == len(SUN)
    assert other.base[0] + other.x[0] == len(PLANET)
    assert list(reference.width) == [36, 24]
    assert list(other.width) == [12]
    assert reference.marker.color == BLUE
    assert next(shown(text) for text in named(figure, "texts").text).endswith("It is a ")
    assert figure.layout.xaxis.ticktext == ("0", str(parting), str(len(PLANET)))


def test_leaves_say_which_runs_and_their_verdict() -> None:
    figure = divergence_tree(compared(SUN, SUN, PLANET))
    assert figure.layout.yaxis.ticktext == ("<b>2 runs · 1, 2</b>", "3 · run-2")
    (about,) = named(figure, "other words").customdata
    assert about.startswith("<b>1 run: other words</b><br>run 3: other words · ")
    assert about.endswith("run-2.json")
    (about,) = named(figure, "identical").customdata
    assert "(reference)" in about
    assert about.count("<br>") == 2


def test_runs_of_one_text_and_two_verdicts_have_a_mark_each() -> None:
    figure = divergence_tree(compare(loaded(answer(SUN), answer(SUN), answer(SUN, finish="length"))))
    assert named(figure, "identical").customdata[0].startswith("<b>2 runs: identical</b>")
    assert named(figure, "other structure").customdata[0].startswith("<b>1 run: other structure</b>")
    assert named(figure, "identical").y[0] < named(figure, "other structure").y[0]


def test_the_log_probability_of_the_parting_token_stands_before_the_text() -> None:
    likely, unlikely = ([-0.25, logprob] for logprob in (-0.5, -2.5))
    star, rock = answer("The Sun is a star", 13, logprobs=likely), answer("The Sun is a rock", 13, logprobs=unlikely)
    figure = divergence_tree(compare(loaded(star, rock)))
    assert [shown(text) for text in named(figure, "texts").text] == ["The Sun is a ", "−2.50 rock", "−0.50 star"]
    hovers = [each for trace in figure.data if trace.type == "bar" for each in trace.customdata]
    assert sum("log probability -2.5 (8.2%)" in each for each in hovers) == 1
    assert "log probability" in figure.layout.xaxis.title.text


def test_nothing_is_said_of_log_probabilities_where_none_was_recorded() -> None:
    figure = divergence_tree(compared(SUN, PLANET))
    assert "log" not in figure.layout.xaxis.title.text
    assert "log" not in str(named(figure, "other runs").customdata)


def test_a_branch_that_begins_within_a_word_is_read_with_its_beginning() -> None:
    texts = [shown(text) for text in named(divergence_tree(compared(SUN, SUN.replace("star", "stone"))), "texts").text]
    assert any(text.startswith("star, and") for text in texts)
    assert any(text.startswith("stone, and") for text in texts)


def test_runs_that_end_where_others_go_on_have_a_place() -> None:
    figure = divergence_tree(compared(SUN, SUN, SUN[:30]))
    assert sorted(figure.layout.yaxis.ticktext) == ["3 · run-2", "<b>2 runs · 1, 2</b>"]
    assert len(named(figure, "the reference").x) == 2
    assert [trace.name for trace in figure.data].count("other runs") == 0


def test_one_text_is_one_branch() -> None:
    figure = divergence_tree(compared(SUN, SUN))
    assert len(named(figure, "the reference").x) == 1
    assert figure.layout.title.text.endswith("2 runs, 1 text")


def test_a_text_that_no_run_has_is_said() -> None:
    figure = divergence_tree(compared(SUN, PLANET), kind="reasoning")
    assert len(figure.data) == 0
    assert "no reasoning was recorded" in words(figure)
    assert "kind='content'" in words(figure)


def test_a_kind_has_its_colour(bundled: Corpus) -> None:
    figure = divergence_tree(compare([bundled["f27523"]] * 2), kind="reasoning", choice=1)
    assert named(figure, "the reference").marker.color == AMBER
    assert "reasoning of choice 1" in figure.layout.title.text


def test_only_two_scales_and_the_kinds_of_text_are_offered() -> None:
    comparison = compared(SUN, PLANET)
    with pytest.raises(ValueError, match='"compact" or "characters"'):
        divergence_tree(comparison, scale="log")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="kind is one of"):
        divergence_tree(comparison, kind="usage")


def test_hostile_text_stays_text() -> None:
    texts = list(HOSTILE.values())
    figure = divergence_tree(compared(*texts, *(f"{text}x" for text in texts), *(f"x{text}" for text in texts)))
    hovers = [each for trace in figure.data if trace.customdata is not None for each in trace.customdata]
    for said in (*(named(figure, "texts").text or ()), *hovers, *figure.layout.xaxis.ticktext):
        plain = re.sub(r'<span style="color:#\w{6}">|</span>|</?b>|</?i>|<br>', "", said)
        assert "<" not in plain
        assert "$" not in plain
        assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", plain)


@pytest.mark.parametrize("theme", THEMES)
def test_it_has_every_theme_and_the_same_json_each_time(theme: ThemeName) -> None:
    comparison = many(20)
    figure = divergence_tree(comparison, theme=theme)
    assert figure.layout.template.layout.paper_bgcolor == THEMES[theme].background
    assert figure.to_json() == divergence_tree(comparison, theme=theme).to_json()


def test_a_thousand_runs_are_drawn_within_two_seconds_in_few_traces(thousand: Comparison) -> None:
    thousand.places  # noqa: B018 - what the comparison computes once is not the tree's
    begin = time.process_time()
    figure = divergence_tree(thousand)
    figure.to_json()
    took_s = time.process_time() - begin
    assert took_s < 2
    assert len(figure.data) <= 12
    assert figure.layout.height < 1300
    n_marks = sum(len(trace.x) for trace in figure.data if trace.name in VERDICTS)
    assert n_marks >= len(set(thousand.texts()))
    assert named(figure, "texts").text


def test_many_branches_leave_words_to_the_axis(thousand: Comparison) -> None:
    ticks = divergence_tree(thousand).layout.xaxis.ticktext
    reference = thousand.texts()[thousand.reference]
    for tick in ticks[1:-1]:
        char, before = tick.split("<br>")
        assert reference[: int(char)].endswith(before)


def test_every_bundled_recording_is_drawn(all_recordings: Corpus) -> None:
    together = compare(list(all_recordings))
    for place in together.places:
        figure = divergence_tree(together, place.choice, place.kind, place.tool_index)
        assert np.isfinite([value for trace in figure.data if trace.type == "bar" for value in trace.x]).all()
        assert len(figure.data) > 0


def test_every_group_of_real_runs_is_drawn(ogx_comparisons: list[Comparison]) -> None:
    for comparison in ogx_comparisons[::3]:
        for place in comparison.places:
            figure = divergence_tree(comparison, place.choice, place.kind, place.tool_index)
            assert sum(len(trace.x) for trace in figure.data if trace.name in VERDICTS) > 0
