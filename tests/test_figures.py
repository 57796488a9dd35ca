"""Figures: what they draw, what they say when there is nothing to draw."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from synthetic import choice, chunk, foreign, recording, says

import recexplore
from recexplore.corpus import Corpus
from recexplore.views import figures
from recexplore.views.figures.theme import AMBER, BLUE, THEMES, ThemeName


def _words(figure: go.Figure) -> str:
    return " ".join(annotation.text for annotation in figure.layout.annotations)


def _named(figure: go.Figure, name: str) -> Any:
    return next(trace for trace in figure.data if trace.name == name)


def test_one_lane_a_choice_one_block_a_chunk(bundled: Corpus) -> None:
    figure = figures.interleaving(bundled["f27523"])
    assert list(figure.layout.yaxis.ticktext) == ["choice 0", "choice 1"]
    content, reasoning = _named(figure, "content"), _named(figure, "reasoning")
    assert (len(content.x), len(reasoning.x)) == (41, 41)
    assert (content.marker.color, reasoning.marker.color) == (BLUE, AMBER)
    assert sorted([*content.x, *reasoning.x]) == [n for n in range(86) if n not in (0, 79, 82, 85)]


def test_the_outlier_is_the_highest_block(bundled: Corpus) -> None:
    reasoning = _named(figures.interleaving(bundled["f27523"]), "reasoning")
    assert reasoning.x[int(np.argmax(reasoning.y))] == 1


def test_finishes_are_open_circles(bundled: Corpus) -> None:
    finish = _named(figures.interleaving(bundled["f27523"]), "finish")
    assert list(finish.x) == [82, 85]
    assert finish.marker.color == THEMES["light"].background


def test_what_concerns_all_choices_has_its_own_lane(bundled: Corpus) -> None:
    figure = figures.interleaving(bundled["94d11d"])
    assert list(figure.layout.yaxis.ticktext) == ["choice 0", "choice 1", "all choices"]


def test_cursor_makes_what_comes_later_pale(bundled: Corpus) -> None:
    figure = figures.interleaving(bundled["f27523"], cursor=40)
    content = _named(figure, "content")
    assert [x for x, opacity in zip(content.x, content.marker.opacity, strict=True) if opacity == 1][-1] == 39
    assert "chunk 40" in _words(figure)


def test_time_that_was_not_recorded_is_said_not_drawn(bundled: Corpus) -> None:
    figure = figures.interleaving(bundled["f27523"], x="time")
    assert len(figure.data) == 0
    assert "time was not recorded" in _words(figure)


def test_time_is_drawn_where_there_is_a_clock(made: Corpus) -> None:
    figure = figures.interleaving(made["server-clock"], x="time")
    times = made["server-clock"].chunks["t_s"].tolist()
    assert _named(figure, "content").x == pytest.approx(times[:-1], rel=1e-11)
    assert _named(figure, "finish").x == pytest.approx(times[-1:], rel=1e-11)
    assert figure.layout.xaxis.title.text == "seconds"


def test_takes_events_alone(bundled: Corpus) -> None:
    recording = bundled["94d11d"]
    assert figures.interleaving(recording.events) == figures.interleaving(recording)


def test_refuses_several_recordings(bundled: Corpus) -> None:
    with pytest.raises(ValueError, match="of 5"):
        figures.interleaving(bundled)


def test_large_streams_are_drawn_by_webgl(read: Callable[..., Corpus]) -> None:
    body = [says("word ", index=n % 2) for n in range(4000)]
    figure = figures.interleaving(read(recording(body)))
    content = _named(figure, "content")
    assert content.type == "scattergl"
    assert np.count_nonzero(np.isnan(content.y)) == 4000


def test_hover_text_is_escaped(read: Callable[..., Corpus]) -> None:
    hostile = "<img src=x onerror=alert(1)> $x$"
    document = recording([says(hostile)])
    figure = figures.interleaving(read(document))
    assert "<img" not in figure.to_json()
    assert "&lt;img" in figure.to_json().replace("\\u0026", "&").replace("\\u003c", "<")


def test_model_and_test_names_are_escaped_in_the_overview(read: Callable[..., Corpus]) -> None:
    document = recording([chunk(choice({"content": "x"}), model="<b>m</b>")], test_id="<i>t</i>")
    text = figures.overview(read(document)).to_json()
    assert "<b>m" not in text
    assert "<i>t" not in text


def test_split_draws_phases_and_sizes(bundled: Corpus) -> None:
    figure = figures.reasoning_split(bundled["f27523"])
    along = [trace for trace in figure.data if trace.xaxis in (None, "x")]
    sizes = [trace for trace in figure.data if trace.xaxis == "x2"]
    assert [len(trace.x) for trace in along] == [41, 2]
    assert [list(trace.x) for trace in sizes] == [[291, 286], [317, 85]]
    assert list(sizes[1].base) == [291, 286]


def test_tokens_draws_the_report_and_says_what_is_missing(bundled: Corpus) -> None:
    figure = figures.tokens(bundled)
    assert _named(figure, "prompt").x[-1] == 707
    assert _named(figure, "visible completion").x[-1] == 37
    assert _words(figure).count("not reported") == 4
    assert "744 in all" in _words(figure)


def test_tokens_hides_a_number_that_has_no_room_and_cuts_none(bundled: Corpus) -> None:
    """Half a number is another number: plotly draws one whole or not at all."""
    figure = figures.tokens(bundled)
    assert figure.layout.uniformtext.mode == "hide"
    assert figure.layout.uniformtext.minsize >= 11
    assert {bar.constraintext for bar in figure.data} == {None}
    assert _named(figure, "visible completion").text[-1] == "37", "a short bar has its number too; the browser decides"
    longest = max(re.sub("<.*?>", "", each.text) for each in figure.layout.annotations if "seen" in each.text)
    assert figure.layout.margin.r >= 6.5 * len(longest)


def test_tokens_says_how_many_are_drawn_and_of_which_tests(ogx: Corpus) -> None:
    figure = figures.tokens(ogx)
    n = f"{len(ogx):,} recordings"
    assert figure.layout.title.text == f"Tokens, as reported: the largest 30 of {n}"
    assert re.fullmatch(rf"tokens \(\d+ of {n} report usage\)", figure.layout.xaxis.title.text)
    words = [each.text for each in figure.layout.annotations]
    assert any(each.startswith("context_management_auto_compacts_large_input[") for each in words)
    assert any("seen: 1 text delta, " in each for each in words)
    assert not any(": 1 text deltas" in each for each in words)
    assert max(map(len, words)) < 100


def test_tokens_names_no_test_where_none_is_known(bundled: Corpus, formats: Corpus) -> None:
    assert len(figures.tokens(formats).layout.annotations) == len(formats)
    assert len(figures.tokens(bundled["f69"]).layout.annotations) == 2
    assert figures.tokens(formats).layout.height < figures.tokens(bundled).layout.height + 34 * len(formats)
    assert figures.tokens(bundled).layout.title.text == "Tokens, as reported"


def test_tokens_of_a_hostile_test(read: Callable[..., Corpus]) -> None:
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    document = recording([says("x"), chunk(usage=usage)], test_id="t.py::test_<b>$x$\x1b\u202e" + "n" * 100_000)
    words = _words(figures.tokens(read(document)))
    assert "&lt;b&gt;&#36;x&#36;\ufffd\ufffdnnn" in words
    assert len(words) < 500


def test_tokens_of_one_that_does_not_report(bundled: Corpus) -> None:
    figure = figures.tokens(bundled["f27523"])
    assert "not reported" in _words(figure)
    assert "82 text deltas" in _words(figure)
    assert figure.layout.xaxis.visible is False


def test_tokens_of_a_corpus_that_does_not_report(read: Callable[..., Corpus], bundled_folder: Any) -> None:
    corpus = recexplore.load([str(bundled_folder / "94d11daee205.json"), *bundled_folder.glob("f275*.json")])
    assert "tokens were not reported" in _words(figures.tokens(corpus))


def test_overview_counts_every_recording(made: Corpus, bundled_folder: Any, tmp_path: Any) -> None:
    (tmp_path / "foreign.json").write_text(json.dumps(foreign(3)))
    corpus = recexplore.load([bundled_folder.parent / "made", tmp_path], progress=False)
    figure = figures.overview(corpus)
    bars = [trace for trace in figure.data if trace.type == "bar"]
    assert sum(sum(bar.x) for bar in bars) == len(corpus) == len(made) + 1
    assert {bar.name for bar in bars} == {"stream", "whole answer", "unknown dialect", "error"}


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("draw", [figures.interleaving, figures.reasoning_split, figures.tokens, figures.overview])
def test_every_figure_has_every_theme(draw: Callable[..., go.Figure], theme: ThemeName, bundled: Corpus) -> None:
    figure = draw(bundled["f27523"], theme=theme)
    assert figure.layout.template.layout.paper_bgcolor == THEMES[theme].background
    figure.to_json()


@pytest.mark.parametrize("draw", [figures.interleaving, figures.reasoning_split, figures.tokens, figures.overview])
def test_an_empty_corpus_is_said(draw: Callable[..., go.Figure], tmp_path: Any) -> None:
    figure = draw(recexplore.load(tmp_path))
    assert len(figure.data) == 0
    assert _words(figure)


def test_every_figure_draws_every_real_recording(corpus_folder: Any) -> None:
    """Nothing that is really recorded makes a figure fail."""
    corpus = recexplore.load(corpus_folder / "ogx" / "tests" / "integration" / "inference", progress=False)
    for one in list(corpus)[::7]:
        figures.interleaving(one)
        figures.reasoning_split(one)
        figures.tokens(one)
    figures.overview(corpus)
    figures.tokens(corpus)


def test_stacked_tokens_are_as_long_as_they_are(read: Callable[..., Corpus], tmp_path: Any) -> None:
    """A figure that one recording reports and another does not leaves no hole in the stack."""
    for name, details in (("a", {"completion_tokens_details": {"reasoning_tokens": 200}}), ("b", {})):
        usage = {"prompt_tokens": 10, "completion_tokens": 300, "total_tokens": 310, **details}
        (tmp_path / f"{name}.json").write_text(json.dumps(recording([says("x"), chunk(usage=usage)])))
    figure = figures.tokens(recexplore.load(tmp_path, progress=False))
    bars = [trace for trace in figure.data if trace.type == "bar"]
    assert np.isfinite([value for bar in bars for value in bar.x]).all()
    assert [sum(bar.x[row] for bar in bars) for row in (0, 1)] == [310, 310]


def test_names_that_are_numbers_are_names(read: Callable[..., Corpus], tmp_path: Any) -> None:
    for name in ("1001", "1010"):
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        (tmp_path / f"{name}.json").write_text(json.dumps(recording([says("x"), chunk(usage=usage)])))
    corpus = recexplore.load(tmp_path, progress=False)
    assert list(figures.tokens(corpus).layout.yaxis.ticktext) == ["1001", "1010"]


def test_large_streams_are_veiled_behind_the_cursor(read: Callable[..., Corpus]) -> None:
    figure = figures.interleaving(read(recording([says("word ")] * 4000)), cursor=100)
    line, veil = figure.layout.shapes
    assert (line.x0, veil.x0) == (100, 100)
    assert veil.x1 > 3999


def test_a_finish_takes_no_click_from_its_neighbours(bundled: Corpus) -> None:
    figure = figures.interleaving(bundled["f27523"])
    assert _named(figure, "finish").hoverinfo == "skip"
    others = _named(figure, "other")
    assert {82, 85} <= set(others.x)


def test_split_of_many_recordings_shows_those_with_most_reasoning(ogx: Corpus) -> None:
    figure = figures.reasoning_split(ogx)
    assert figure.layout.title.text.startswith("Reasoning and content: 30 of ")
    assert figure.layout.height < 3000


def test_only_two_axes_are_offered(bundled: Corpus) -> None:
    with pytest.raises(ValueError, match='"chunk" or "time"'):
        figures.interleaving(bundled["f27523"], x="tme")  # type: ignore[arg-type]
