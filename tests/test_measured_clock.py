"""Stamps of a recorder become seconds since the request, or since the first chunk."""

from __future__ import annotations

import math

import pytest

from recexplore.model.exchange import Exchange
from recexplore.read.wire.measured_clock import set_measured


def test_zero_is_when_the_request_was_sent() -> None:
    exchange = Exchange("test")
    set_measured(exchange, [1_500, 2_000], 1_000, per_second=1e3, sent_posix_s=1e9)

    assert (exchange.clock, exchange.t_zero, exchange.times_s) == ("measured", "request", [0.5, 1.0])
    assert exchange.wall_times == [1e9 + 0.5, 1e9 + 1]


@pytest.mark.parametrize("sent", [None, 5.5, math.nan])
def test_else_it_is_the_first_chunk(sent: float | None) -> None:
    exchange = Exchange("test")
    set_measured(exchange, [5, 6], sent, sent_posix_s=1e9)

    assert (exchange.clock, exchange.t_zero, exchange.times_s) == ("measured", "first_chunk", [0, 1])
    assert exchange.wall_times is None


def test_a_chunk_without_a_stamp_has_no_time() -> None:
    exchange = Exchange("test")
    set_measured(exchange, [None, 5, None, 7])

    assert [str(each) for each in exchange.times_s or ()] == ["nan", "0.0", "nan", "2.0"]


@pytest.mark.parametrize("stamps", [[], [None, None]])
def test_without_stamps_there_is_no_clock(stamps: list[None]) -> None:
    exchange = Exchange("test")
    set_measured(exchange, stamps, 1)

    assert (exchange.clock, exchange.t_zero, exchange.times_s) == ("none", None, None)
