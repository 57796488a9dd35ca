"""Texts side by side: equal text in the same line and place, what differs marked, chunks in two tones."""

from __future__ import annotations

import html
import re

import pytest
from comparison_kit import SUN, answer, compared, named, words
from hostile_text import HOSTILE
from hypothesis import given, settings
from hypothesis import strategies as st
from run_kit import loaded

from recexplore.comparison.comparison import Comparison, compare
from recexplore.comparison.runs import runs
from recexplore.corpus import Corpus
from recexplore.views.figures import side_by_side
from recexplore.views.figures.theme import THEMES, VERMILION, ThemeName
from recexplore.views.text.safe_text import visible

PLANET = SUN.replace("a star", "a large planet")
SPAN = re.compile(r'<span style="color:(#\w{6})(;font-weight:bold)?">(.*?)</span>')


def lines(figure: object, place: int) -> list[str]:
    """The lines of a column as they are read."""
    return [html.unescape(re.sub("<.*?>", "", line)) for line in named(figure, f"text of run {place + 1}").text]  # type: ignore[arg-type]


def marked(figure: object, run: int) -> str:
    """What is marked as differing."""
    column = named(figure, f"text of run {run + 1}").text  # type: ignore[arg-type]
    return "".join(html.unescape(words) for line in column for _, bold, words in SPAN.findall(line) if bold)


def test_equal_text_stands_at_the_same_place_and_what_differs_is_marked() -> None:
    figure = side_by_side(compared(SUN, SUN, PLANET))
    one, other = lines(figure, 0), lines(figure, 2)
    assert marked(figure, 0) == " star"
    assert marked(figure, 2) == " large planet"
    for mine, theirs in zip(one, other, strict=True):
        same = [a == b for a, b in zip(mine, theirs, strict=False) if "\u00a0" not in a + b]
        assert sum(same) >= len(same) - 5
    assert one[-1].endswith("our system.")
    assert one[-1] == other[-1]


@settings(max_examples=15)
@given(st.lists(st.text("ab .\n", max_size=60), min_size=2, max_size=4))
def test_a_column_holds_all_of_its_text(texts: list[str]) -> None:
    comparison = compared(*texts)
    if any(texts):
        figure = side_by_side(comparison, runs=range(len(texts)), fold=False)
        for run, text in enumerate(texts):
            assert "".join(lines(figure, run)).replace("\u00a0", "") == text.replace("\n", "↵")


def test_a_matched_choice_is_told_by_its_own_number(flaky: Corpus) -> None:
    comparison = compare(runs(flaky)[0])
    (swapped,) = comparison.choices.loc[
        comparison.choices["choice"] != comparison.choices["own_choice"], "run"
    ].unique()
    for choice, own in ((0, 1), (1, 0)):
        notes = side_by_side(comparison, runs=[comparison.reference, swapped], choice=choice).layout.annotations
        assert [f"its choice {own}" in note.text for note in notes[:2]] == [False, True]
    assert "its choice" not in words(side_by_side(comparison, runs=[0, 1]))


def test_a_line_that_lacks_words_of_the_first_is_one_that_differs() -> None:
    figure = side_by_side(compared(SUN, SUN, SUN.replace(" in Latin", "")))
    color = named(figure, "run 3").marker.color
    assert color[0] != THEMES["light"].background
    assert color[-1] == THEMES["light"].background


def test_chunks_take_turns_in_two_tones() -> None:
    figure = side_by_side(compare(loaded(answer("abcdefgh", 2), answer("abcdefgh", 4))))
    one, other = (SPAN.findall(named(figure, f"text of run {run}").text[0]) for run in (1, 2))
    assert [text for *_, text in one] == ["ab", "cd", "ef", "gh"]
    assert [text for *_, text in other] == ["abcd", "efgh"]
    assert one[0][0] == one[2][0] == THEMES["light"].text
    assert one[1][0] == one[3][0] != one[0][0]
    assert named(figure, "run 1").customdata == ("characters 0 to 8, chunks 1 to 4",)


def test_lines_that_are_equal_and_far_from_a_difference_are_folded() -> None:
    text = "\n".join(f"line {number}" for number in range(100))
    comparison = compared(text, text, text.replace("line 50", "line fifty"))
    figure = side_by_side(comparison)
    assert words(figure).count("equal lines") == 2
    assert "⋯ 47 equal lines" in words(figure)
    shown = list(lines(figure, 2))
    assert "line fifty↵" in shown
    assert len(shown) == 7
    assert len(lines(side_by_side(comparison, fold=False), 2)) == 100


def test_what_is_left_out_below_is_said() -> None:
    text = "\n".join(f"line {number}" for number in range(400))
    figure = side_by_side(compared(text, text.replace("line", "row")))
    assert "… 250 more lines" in words(figure)


def test_without_runs_the_reference_stands_beside_a_run_of_each_other_text() -> None:
    texts = [PLANET, SUN, SUN, SUN, "x", "y", "y", "z"]
    figure = side_by_side(compared(*texts))
    notes = [each.text for each in figure.layout.annotations if each.name != "legend"]
    reference, *others = [re.match(r"<b>(\d)", note)[1] for note in notes]  # type: ignore[index]
    assert texts[int(reference) - 1] == SUN
    assert others == ["6", "1", "5"]
    assert "× 3<br>reference" in notes[0]
    assert "× 2<br>other words" in notes[1]


def test_runs_are_shown_in_the_order_in_which_they_are_named() -> None:
    for chosen in ([2, 0], ["run-2", "run-0"]):
        figure = side_by_side(compared(SUN, PLANET, SUN), runs=chosen)
        names = [each.text.split("<br>")[0] for each in figure.layout.annotations if each.name != "legend"]
        assert names == ["<b>3 · run-2</b> × 2", "<b>1 · run-0</b> × 2"]
        assert marked(figure, 0) == ""


@pytest.mark.parametrize("runs", [[0], [0, 1, 2, 0, 1], [0, 3], [-1, 0], ["run-0", "run-3"]])
def test_too_few_too_many_or_unknown_runs_are_refused(runs: list[int | str]) -> None:
    with pytest.raises(ValueError, match=r"expected 2 to 4 runs|by their place, 0 to 2"):
        side_by_side(compared(SUN, PLANET, SUN), runs=runs)


def test_a_text_that_no_run_has_is_said() -> None:
    figure = side_by_side(compared(SUN, PLANET), kind="refusal")
    assert "no refusal was recorded" in words(figure)
    assert len(figure.data) == 0


def test_hostile_text_stays_text() -> None:
    text = "\n".join(visible(each) for each in HOSTILE.values())
    figure = side_by_side(compared("\n".join(HOSTILE.values()), "b"), fold=False)
    assert visible("".join(lines(figure, 0))).startswith(text[:20])
    for trace in figure.data:
        for line in trace.text or ():
            plain = SPAN.sub(lambda match: match[3], line)
            assert "<" not in plain
            assert "$" not in plain
            assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", plain)


@pytest.mark.parametrize("theme", THEMES)
def test_it_has_every_theme_and_the_same_json_each_time(theme: ThemeName) -> None:
    comparison = compared(SUN, PLANET)
    figure = side_by_side(comparison, theme=theme)
    assert figure.layout.template.layout.paper_bgcolor == THEMES[theme].background
    assert VERMILION in figure.to_json()
    assert figure.to_json() == side_by_side(comparison, theme=theme).to_json()


def test_every_bundled_recording_is_drawn(all_recordings: Corpus) -> None:
    comparison = compare(list(all_recordings))
    for place in comparison.places:
        figure = side_by_side(comparison, None, place.choice, place.kind, place.tool_index)
        assert len(figure.data) >= 4


@pytest.mark.thorough
def test_every_group_of_real_runs_is_drawn(ogx_comparisons: list[Comparison]) -> None:
    for comparison in ogx_comparisons[::3]:
        for place in comparison.places:
            figure = side_by_side(comparison, None, place.choice, place.kind, place.tool_index)
            assert len(figure.data) in (4, 6, 8)


def legend(figure: object) -> str:
    """The line that says what the looks of words mean."""
    (text,) = [each.text for each in figure.layout.annotations if each.name == "legend"]  # type: ignore[attr-defined]
    return text  # type: ignore[no-any-return]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_line_says_what_the_looks_of_words_mean(theme: ThemeName) -> None:
    figure = side_by_side(compared(SUN, PLANET, cut=5), theme=theme)
    shown = {look: words for *look, words in SPAN.findall(legend(figure)) for look in [tuple(look)]}
    drawn = {(color, bold) for color, bold, _ in SPAN.findall("".join(named(figure, "text of run 1").text))}
    even, odd = THEMES[theme].text, next(color for color, bold in drawn if not bold and color != THEMES[theme].text)
    assert shown[even, ""] == "one chunk"
    assert shown[odd, ""] == "the next"
    assert f'<span style="color:{VERMILION}"><b>words</b></span> that another run has not' in legend(figure)


def test_the_line_says_nothing_of_looks_that_no_text_has() -> None:
    assert "words" not in legend(side_by_side(compared(SUN, SUN, cut=5)))
    assert "chunk" not in legend(side_by_side(compared(SUN, PLANET, cut=10_000)))
