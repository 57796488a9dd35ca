"""How long a stream may be silent."""

from __future__ import annotations

import math

import pytest

from recexplore.model.silence import LONG_S, longest_silence_s


@pytest.mark.parametrize(
    ("gaps_s", "longest_s"),
    [
        ([], 1.0),
        ([math.nan, 0.0, 0.001, 0.002], 1.0),  # nothing came apart: nothing is known of the pace
        ([0.02, 0.02, 0.02], LONG_S),
        ([math.nan, 0.1, 0.001, 0.3, 0.2], 2.0),
    ],
)
def test_ten_usual_gaps_and_never_what_the_network_may_take(gaps_s: list[float], longest_s: float) -> None:
    assert longest_silence_s(gaps_s) == pytest.approx(longest_s)
