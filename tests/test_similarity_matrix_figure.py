"""The matrix of how alike answers are: a row an answer, as high as its runs are many, clusters together."""

from __future__ import annotations

import re
import time

import numpy as np
import pytest
from comparison_kit import SUN, answer, compared, many, named, words
from hostile_text import HOSTILE
from run_kit import loaded

from recexplore.comparison.comparison import Comparison, compare
from recexplore.comparison.runs import runs
from recexplore.comparison.words import similarity
from recexplore.corpus import Corpus
from recexplore.views.figures import similarity_matrix
from recexplore.views.figures.theme import THEMES, ThemeName
from recexplore.views.text.safe_text import without_lone_surrogates

OTHER = "Nothing here is like anything that was said before, not one word of it."


def test_equal_answers_are_one_row_as_high_as_they_are_many() -> None:
    near = SUN.replace("star", "rock")
    figure = similarity_matrix(compared(SUN, OTHER, near, SUN))
    matrix = named(figure, "similarity")
    assert list(matrix.x) == list(matrix.y)
    assert list(matrix.y) in ([0, 2, 3, 4], [0, 1, 3, 4])
    assert figure.layout.title.text == "Similarity of 4 runs: 3 answers"
    sizes = np.diff(matrix.y).tolist()
    assert figure.layout.yaxis.ticktext[sizes.index(2)] == "<b>2 runs · 1, 4</b>"
    assert figure.layout.yaxis.ticktext[-1] == "2 · run-1", "what is like nothing stands apart"
    assert np.array(matrix.z)[0, 1] > np.array(matrix.z)[0, 2]


def test_a_legend_has_no_colour_twice(flaky: Corpus) -> None:
    strips = [trace for trace in similarity_matrix(compare(runs(flaky)[0])).data if trace.type == "bar"]
    colors = {trace.name: trace.marker.color for trace in strips}
    assert len(colors) == 8
    assert len({*colors.values()}) == 8


def test_cells_say_how_alike_both_are_and_only_equal_ones_have_all() -> None:
    near = " ".join([SUN] * 40) + " And more."
    figure = similarity_matrix(compared(" ".join([SUN] * 40), near, OTHER))
    matrix = named(figure, "similarity")
    cells = np.array(matrix.z)
    assert np.diag(cells).tolist() == [100, 100, 100]
    assert (cells == cells.T).all()
    assert sorted(set(cells[np.triu_indices(3, 1)]))[-1] == 99
    expected = int(similarity(near, OTHER) * 100)
    assert expected in cells
    assert np.array(matrix.customdata)[0, 1] == len(" ".join([SUN] * 40))


def test_verdicts_and_structures_stand_beside() -> None:
    runs = [answer(SUN), answer(SUN), answer(OTHER), answer(SUN, finish="length")]
    figure = similarity_matrix(compare(loaded(*runs)))
    strips = {trace.name: sum(trace.width) for trace in figure.data if trace.type == "bar"}
    verdicts = {"identical": 2, "other words": 1, "other structure": 1}
    assert strips == {**verdicts, "structure 0": 3, "structure 1": 1}
    same = similarity_matrix(compare(loaded(*runs[:3])))
    assert not any(trace.name.startswith("structure") for trace in same.data)


def test_no_difference_is_said() -> None:
    figure = similarity_matrix(compared(SUN, SUN))
    assert len(figure.data) == 0
    assert "no text differs" in words(figure)


def test_a_thousand_runs_are_drawn_quickly() -> None:
    comparison = many(1000)
    comparison.pairs  # noqa: B018 - computed once, and not the figure's
    begin = time.process_time()
    figure = similarity_matrix(comparison)
    text = figure.to_json()
    assert time.process_time() - begin < 2
    assert len(text) < 4_000_000
    assert len(figure.data) <= 12
    assert named(figure, "similarity").y[-1] == 1000
    assert figure.layout.height < 800


def test_hostile_names_stay_text() -> None:
    comparison = compared(SUN, *(f"{SUN} {number}" for number in range(1, len(HOSTILE))))
    for column in ("path", "recording"):
        comparison.runs[column] = [without_lone_surrogates(text) for text in HOSTILE.values()]
    figure = similarity_matrix(comparison)
    hovers = [each for trace in figure.data if trace.type == "bar" for each in trace.customdata]
    for said in (*hovers, *figure.layout.yaxis.ticktext):
        plain = re.sub(r"</?b>|<br>", "", said)
        assert "<" not in plain
        assert "$" not in plain


@pytest.mark.parametrize("theme", THEMES)
def test_it_has_every_theme_and_the_same_json_each_time(theme: ThemeName) -> None:
    comparison = many(20)
    figure = similarity_matrix(comparison, theme=theme)
    assert figure.layout.template.layout.paper_bgcolor == THEMES[theme].background
    assert figure.to_json() == similarity_matrix(comparison, theme=theme).to_json()


def test_every_bundled_recording_is_drawn(all_recordings: Corpus) -> None:
    comparison = compare(list(all_recordings))
    figure = similarity_matrix(comparison)
    matrix = named(figure, "similarity")
    assert matrix.y[-1] == len(comparison)
    assert np.array(matrix.z).shape == (len(set(comparison.whole_texts)),) * 2
    strips = [trace for trace in figure.data if trace.type == "bar"]
    assert sum(sum(strip.width) for strip in strips) == 2 * len(comparison), "verdicts and structures"


@pytest.mark.thorough
def test_every_group_of_real_runs_is_drawn(ogx_comparisons: list[Comparison]) -> None:
    for comparison in ogx_comparisons[::3]:
        figure = similarity_matrix(comparison)
        assert bool(figure.data) == (len(set(comparison.whole_texts)) > 1)
