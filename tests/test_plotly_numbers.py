"""Rounding to significant digits: right for every double, and through it goes every float of every figure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plotly.io.json import from_json_plotly

import recexplore
from recexplore.comparison.comparison import Comparison
from recexplore.corpus import Corpus
from recexplore.views import figures
from recexplore.views.figures.plotly_numbers import DIGITS, decade, rounded, rounded_figure, rounded_frame

doubles = st.floats(allow_nan=False, allow_infinity=False)
usual = st.floats(1e-10, 1e12)


def unit(number: float) -> Decimal:
    """One in the last digit that is kept."""
    return Decimal(10) ** (Decimal(number).adjusted() - DIGITS + 1)


@given(doubles)
def test_the_result_is_a_decimal_of_so_many_digits_and_no_further_away_than_half_a_digit(number: float) -> None:
    found = float(rounded(number))
    assert found == float(f"{found:.{DIGITS - 1}e}")
    # Denormalised numbers are sparse: there the nearest double is further away than the decimal it stands for.
    nearest = Decimal(math.ulp(number)) / 2
    assert abs(Decimal(found) - Decimal(number)) <= unit(number) * Decimal("0.51") + nearest


@given(doubles)
def test_what_is_rounded_stays(number: float) -> None:
    assert rounded(rounded(number)) == rounded(number)


@given(st.integers(1, 10**DIGITS - 1), st.integers(-30, 30), st.sampled_from([-1, 1]))
def test_last_bits_do_not_turn_a_short_decimal(digits: int, exponent: int, sign: int) -> None:
    number = sign * float(f"{digits}e{exponent}")
    moved = number
    for _ in range(4):
        moved = math.nextafter(moved, math.inf)
        assert rounded(moved) == number
        assert rounded(2 * number - moved) == number


@given(st.integers(10**11, 10**12 - 1), st.integers(-DIGITS, 5))
def test_last_bits_do_not_turn_a_half(digits: int, exponent: int) -> None:
    half = float(f"{digits}.5e{exponent}")
    expected = float(f"{digits + 1}e{exponent}")
    assert rounded([math.nextafter(half, 0), half, math.nextafter(half, math.inf)]).tolist() == [expected] * 3


@pytest.mark.parametrize("number", [0.5001220703125, 1 - 1 / 8192, 3 / 8192 + 0.25])
def test_binary_fractions_that_are_halves(number: float) -> None:
    assert rounded(math.nextafter(number, 0)) == rounded(number) > number


def test_what_is_no_usual_number() -> None:
    given = [math.nan, math.inf, -math.inf, 0.0, -0.0, 5e-324, 1.7976931348623157e308, -1.2345678901234e-310]
    found = rounded(given).tolist()
    assert math.isnan(found[0])
    assert found[1:] == [math.inf, -math.inf, 0, 0, 5e-324, 1.79769313486e308, -1.23456789012e-310]
    assert not any(math.copysign(1, zero) < 0 for zero in found[3:5]), "one zero"


@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3)])
def test_the_shape_stays_and_what_was_given_too(shape: tuple[int, ...]) -> None:
    given = np.full(shape, 0.1 + 0.2)
    assert rounded(given).tolist() == np.full(shape, 0.3).tolist()
    assert (given == 0.1 + 0.2).all()


@given(usual)
def test_one_by_one_is_all_at_once(number: float) -> None:
    assert rounded([number, -number, math.nan])[:2].tolist() == [rounded(number), -rounded(number)]


@pytest.mark.parametrize("exponent", [-323, -5, -3, -1, 0, 1, 3, 22, 23, 308])
def test_decades_begin_at_their_power_of_ten(exponent: int) -> None:
    power = float(f"1e{exponent}")
    assert (decade(power), decade(math.nextafter(power, 0)), decade(power * 1.5)) == (exponent, exponent - 1, exponent)


def test_only_the_floats_of_a_frame_are_rounded(made: Corpus) -> None:
    chunks = made["server-clock"].chunks
    found = rounded_frame(chunks.assign(t_s=chunks["t_s"] * (1 + 2**-52)))
    assert found["t_s"].tolist() == rounded(chunks["t_s"]).tolist()
    assert found.drop(columns=["t_s", "gap_s"]).equals(chunks.drop(columns=["t_s", "gap_s"]))
    assert found.dtypes.tolist() == chunks.dtypes.tolist()


def test_every_part_of_a_figure_is_rounded_and_nothing_else_changes() -> None:
    def figure(third: float) -> go.Figure:
        trace = {
            "x": np.array([third, math.nan]),
            "y": [third, None],
            "text": ["0.3333333333333333", "b"],
            "customdata": [[1, "a", third], [2**60, "b", None]],
            "marker": {"size": np.array([1, 2]), "opacity": third},
        }
        marks = {"annotations": [{"text": "1/3", "x": third}], "shapes": [{"type": "line", "x0": third}]}
        return go.Figure(go.Scatter(trace), {**marks, "xaxis": {"range": [-third, third]}, "template": "none"})

    thirds = figure(1 / 3)
    assert thirds.to_dict() != figure(0.333333333333).to_dict()
    assert rounded_figure(thirds) is thirds
    assert thirds.to_dict() == figure(0.333333333333).to_dict()


def floats(node: Any) -> Iterator[float]:
    if isinstance(node, dict):
        for value in node.values():
            yield from floats(value)
    elif isinstance(node, list | tuple | np.ndarray):
        for value in node:
            yield from floats(value)
    elif isinstance(node, float):
        yield float(node)


def compared(corpus: Corpus) -> Comparison:
    return recexplore.compare(list(corpus)[:6])


FIGURES: dict[str, Callable[[Corpus, recexplore.Recording], go.Figure]] = {
    "interleaving": lambda _, recording: figures.interleaving(recording),
    "interleaving along the time": lambda _, recording: figures.interleaving(recording, x="time", cursor=2),
    "reasoning_split": lambda corpus, _: figures.reasoning_split(corpus),
    "timing": lambda _, recording: figures.timing(recording),
    "tokens": lambda corpus, _: figures.tokens(corpus),
    "overview": lambda corpus, _: figures.overview(corpus),
    "aligned_lanes": lambda corpus, _: figures.aligned_lanes(compared(corpus)),
    "divergence_tree": lambda corpus, _: figures.divergence_tree(compared(corpus)),
    "first_divergences": lambda corpus, _: figures.first_divergences(compared(corpus)),
    "side_by_side": lambda corpus, _: figures.side_by_side(compared(corpus)),
    "similarity_matrix": lambda corpus, _: figures.similarity_matrix(compared(corpus)),
}


def test_the_figures_below_are_all_there_are() -> None:
    assert {name.partition(" ")[0] for name in FIGURES} == set(figures.__all__)


@pytest.mark.parametrize("name", FIGURES)
def test_every_float_of_every_figure_is_rounded(name: str, made: Corpus) -> None:
    figure = FIGURES[name](made, made["server-clock"])
    found = np.array(list(floats([*(trace.to_plotly_json() for trace in figure.data), figure.layout.to_plotly_json()])))
    assert len(found) > 5
    assert np.array_equal(found, rounded(found), equal_nan=True)
    assert from_json_plotly(figure.to_json()) is not None
