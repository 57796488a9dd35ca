"""The timing figure: what it draws, what it says where there is nothing to draw."""

from __future__ import annotations

import json
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic import chunk, recording, says

import recexplore
from recexplore.corpus import Corpus
from recexplore.views import figures
from recexplore.views.figures.theme import AMBER, BLUE, PINK, THEMES, VERMILION, ThemeName
from recexplore.views.figures.timing import _seconds


def _words(figure: go.Figure) -> str:
    return " ".join(annotation.text for annotation in figure.layout.annotations)


def _named(figure: go.Figure, name: str, axis: str = "x") -> Any:
    return next(trace for trace in figure.data if trace.name == name and (trace.xaxis or "x") == axis)


def test_a_point_a_chunk_as_high_as_its_gap(formats: Corpus) -> None:
    figure = figures.timing(formats["buffered"])
    reasoning, content, other = (_named(figure, name) for name in ("reasoning", "content", "no text"))
    assert [len(trace.x) for trace in (reasoning, content, other)] == [22, 27, 3], "all but the first"
    assert (reasoning.marker.color, content.marker.color) == (AMBER, BLUE)
    assert reasoning.y[9] == 1.874, "the logarithm is the axis'"
    assert figure.layout.yaxis.type == figure.layout.yaxis3.type == "log"
    assert list(reasoning.customdata[9]) == [10, "1.87 s", "2.58 s"]
    assert list(figure.layout.yaxis.ticktext) == ["10 µs", "100 µs", "1 ms", "10 ms", "100 ms", "1 s", "10 s"]
    assert figure.layout.yaxis.range[1] < 1


def test_stalls_and_bursts_are_marked(formats: Corpus) -> None:
    figure = figures.timing(formats["buffered"])
    stall, burst = _named(figure, "stall"), _named(figure, "burst, its chunks")
    assert ([round(x, 3) for x in stall.x], list(stall.text)) == ([2.584], ["1.87 s"])
    assert ([round(x, 3) for x in burst.x], list(burst.text)) == ([3.685, 4.289], ["14", "13"])
    shaded = [(round(shape.x0, 2), round(shape.x1, 2), shape.fillcolor) for shape in figure.layout.shapes]
    assert shaded == [(0.71, 2.58, VERMILION), (3.08, 3.68, PINK), (3.69, 4.29, PINK)]


def test_a_lane_a_choice_with_its_first_token_and_output(formats: Corpus) -> None:
    figure = figures.timing(formats["buffered"])
    assert list(figure.layout.yaxis2.ticktext) == ["choice 0"]
    assert _named(figure, "first token", "x2").x == pytest.approx([0.3647])
    assert _named(figure, "first output", "x2").x == pytest.approx([3.684688])
    assert len(_named(figure, "reasoning", "x2").x) == 22
    assert _words(figure) == "TTFT 365 ms · TTFO 3.68 s<br>ITL 80.1 ms · 58 chars/s"


def test_two_choices_have_two_lanes_and_two_spreads(formats: Corpus) -> None:
    figure = figures.timing(formats["browser"])
    assert list(figure.layout.yaxis2.ticktext) == list(figure.layout.xaxis3.ticktext) == ["choice 0", "choice 1"]
    bars = [trace for trace in figure.data if trace.type == "bar"]
    assert [sum(n for n, *_ in bar.customdata) for bar in bars] == [10, 11]
    assert "ITL" not in _words(figure), "one report of two choices"


def test_what_times_count_from_is_said(formats: Corpus, made: Corpus) -> None:
    figure = figures.timing(formats["aiperf#0"])
    assert figure.layout.xaxis.title.text == "seconds since the request, measured by the recorder"
    figure = figures.timing(made["server-clock"])
    assert figure.layout.xaxis.title.text == "seconds since the first chunk, stamped by the server"
    assert _words(figure).startswith("first 0 ms · output 0 ms"), "no TTFT without a request"


def test_gaps_of_nothing_have_a_place(formats: Corpus) -> None:
    figure = figures.timing(formats["aiperf#0"])
    assert figure.layout.yaxis.ticktext[0] == "0"
    assert min(_named(figure, "no text").y) == figure.layout.yaxis.tickvals[0]


def test_time_that_was_not_recorded_is_said_not_drawn(bundled: Corpus) -> None:
    figure = figures.timing(bundled["f27523"])
    assert len(figure.data) == 0
    assert "time was not recorded" in _words(figure)


def test_nothing_and_one_chunk_are_said_not_drawn(made: Corpus) -> None:
    assert "no chunk was recorded" in _words(figures.timing(made["bad-request"]))
    figure = figures.timing(recexplore.from_chunks([says("a")], times=[11.5], sent=10.0))
    assert len(figure.data) == 0
    assert _words(figure) == "<b>one chunk has a time</b><br>it came 1.5 s in; there is no gap"


def test_refuses_several_recordings(formats: Corpus) -> None:
    with pytest.raises(ValueError, match=f"of {len(formats)}; use corpus"):
        figures.timing(formats)


def test_an_answer_without_text_is_drawn(made: Corpus) -> None:
    figure = figures.timing(recexplore.from_chunks([chunk()] * 4, times=[1.0, 2.0, 2.1, 2.2]))
    assert len(_named(figure, "no text").x) == 3
    figure.to_json()


def test_many_choices_are_cut_and_that_is_said() -> None:
    body = [says("a", index=number % 20) for number in range(60)]
    figure = figures.timing(recexplore.from_chunks(body, times=[number / 10 for number in range(60)]))
    assert figure.layout.title.text.endswith(": 12 of 20 choices")
    assert len(figure.layout.yaxis2.ticktext) == 12
    assert list(figure.layout.xaxis3.ticktext) == [str(number) for number in range(12)]


def test_large_streams_are_drawn_by_webgl() -> None:
    n = 4000
    figure = figures.timing(recexplore.from_chunks([says("word ")] * n, times=[each / 50 for each in range(n)]))
    assert _named(figure, "content").type == _named(figure, "content", "x2").type == "scattergl"


def test_the_name_is_escaped(tmp_path: Path) -> None:
    body = {"model": "m", "created_at": "2026-01-01T00:00:00Z", "message": {"role": "assistant", "content": "a"}}
    later = body | {"created_at": "2026-01-01T00:00:01Z", "done": True}
    (tmp_path / "<b>x.json").write_text(json.dumps(recording([body, later])))
    figure = figures.timing(next(iter(recexplore.load(tmp_path, progress=False))))
    assert figure.layout.title.text.startswith("Timing of &lt;b&gt;x")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", ["buffered", "browser", "messages"])
def test_every_theme(name: str, theme: ThemeName, formats: Corpus) -> None:
    figure = figures.timing(formats[name], theme=theme)
    assert figure.layout.template.layout.paper_bgcolor == THEMES[theme].background
    figure.to_json()


@pytest.mark.thorough
@given(st.lists(st.sampled_from([0.0, 1e-9, 1e-5, 0.02, 3.0, 4000.0]), min_size=1, max_size=30), st.integers(1, 3))
@settings(max_examples=25)
def test_every_stream_with_two_times_is_drawn(gaps: list[float], n_choices: int) -> None:
    times = list(accumulate(gaps, initial=1.0))
    body = [says("word ", index=number % n_choices) for number in range(len(times))]
    figure = figures.timing(recexplore.from_chunks(body, times=times))
    points = _named(figure, "content")
    assert len(points.x) == len(gaps)
    low, high = figure.layout.yaxis.range
    assert 10**low < min(points.y) <= max(points.y) < 10**high
    bars = [trace for trace in figure.data if trace.type == "bar"]
    assert sum(n for bar in bars for n, *_ in bar.customdata) == max(0, len(times) - n_choices)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 ms"),
        (3.5e-6, "3.5 µs"),
        (0.0009999, "1 ms"),
        (0.0421, "42.1 ms"),
        (-0.9999, "-1 s"),
        (1.874, "1.87 s"),
        (999.9, "1,000 s"),
        (1234.5, "1,234 s"),
        (np.nan, "–"),
    ],
)
def test_seconds_in_the_unit_that_suits(seconds: float, said: str) -> None:
    assert _seconds(seconds) == said
