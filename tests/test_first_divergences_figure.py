"""The histogram of where runs part from the reference first."""

from __future__ import annotations

import re

import pytest
from comparison_kit import SUN, compared, many, named, words
from hostile_text import HOSTILE

from recexplore.comparison.comparison import Comparison, compare
from recexplore.corpus import Corpus
from recexplore.views.figures import first_divergences
from recexplore.views.figures.theme import BLUE, THEMES, ThemeName


def test_counts_the_runs_that_part_at_a_place() -> None:
    comparison = compared(SUN, SUN, SUN.replace("star", "rock"), SUN.replace("star", "lamp"), SUN.replace("Sun", "One"))
    figure = first_divergences(comparison)
    bars = named(figure, "content")
    star, sun = SUN.index("star"), SUN.index("Sun")
    assert figure.layout.title.text == "First divergences: 3 of 5 runs part from the reference"
    assert list(bars.y) == [1, 2]
    assert [abs(x - char) <= bars.width / 2 for x, char in zip(bars.x, (sun, star), strict=True)] == [True, True]
    assert bars.marker.color == BLUE
    assert "“rock, and it is at the …” for “star, and" in bars.customdata[1]
    assert "run 3: other words" in bars.customdata[1]
    assert figure.layout.xaxis.range == (0, len(SUN))
    assert figure.layout.yaxis.title.text == "runs"


def test_as_a_share_of_the_longer_text() -> None:
    comparison = compared(SUN, SUN, SUN[:-1])
    bars = named(first_divergences(comparison, x="share"), "content")
    share = comparison.divergences["share"].iat[0]
    assert abs(bars.x[0] - share) <= bars.width / 2
    assert "97.5% to 100.0%" in bars.customdata[0]


def test_no_difference_is_said() -> None:
    figure = first_divergences(compared(SUN, SUN))
    assert len(figure.data) == 0
    assert "no text differs" in words(figure)


def test_many_bars_are_not_drawn() -> None:
    comparison = many(300)
    figure = first_divergences(comparison)
    assert sum(named(figure, "content").y) == comparison.divergences["run"].nunique()
    assert len(named(figure, "content").x) <= 41


def test_only_two_axes_are_offered() -> None:
    with pytest.raises(ValueError, match='"characters" or "share"'):
        first_divergences(compared(SUN, SUN), x="words")  # type: ignore[arg-type]


def test_hostile_text_stays_text() -> None:
    figure = first_divergences(compared("a", "a", *HOSTILE.values()))
    for said in named(figure, "content").customdata:
        plain = re.sub(r"</?b>|<br>", "", said)
        assert "<" not in plain
        assert "$" not in plain


@pytest.mark.parametrize("theme", THEMES)
def test_it_has_every_theme_and_the_same_json_each_time(theme: ThemeName) -> None:
    comparison = many(20)
    figure = first_divergences(comparison, theme=theme)
    assert figure.layout.template.layout.paper_bgcolor == THEMES[theme].background
    assert figure.to_json() == first_divergences(comparison, theme=theme).to_json()


def test_every_bundled_recording_is_drawn(all_recordings: Corpus) -> None:
    comparison = compare(list(all_recordings))
    figure = first_divergences(comparison)
    assert sum(sum(bar.y) for bar in figure.data) == len(comparison.divergences)
    assert {"content", "reasoning", "tool call"} <= {bar.name for bar in figure.data}
    assert figure.layout.yaxis.title.text == "texts of runs"


def test_every_group_of_real_runs_is_drawn(ogx_comparisons: list[Comparison]) -> None:
    for comparison in ogx_comparisons[::3]:
        for x in ("characters", "share"):
            figure = first_divergences(comparison, x=x)
            assert sum(sum(bar.y) for bar in figure.data) == len(comparison.divergences)
