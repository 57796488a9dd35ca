from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from synthetic import recording, says, stream

from recexplore.corpus import Corpus
from recexplore.model.exchange import Exchange
from recexplore.read.exchange.server_clock import read_server_clock

STAMPS = ["2025-06-10T12:00:00.5Z", "2025-06-10T12:00:00.75Z", "2025-06-10T12:00:02.000000001Z"]


def clocked(*stamps: Any) -> Exchange:
    exchange = Exchange("test", chunks=[{"created_at": stamp} for stamp in stamps])
    read_server_clock(exchange, ("created_at",))
    return exchange


def test_stamps_become_seconds_since_the_first_chunk() -> None:
    exchange = clocked(*STAMPS)

    assert (exchange.clock, exchange.t_zero) == ("server", "first_chunk")
    assert exchange.times_s == pytest.approx([0, 0.25, 1.5], abs=1e-5)
    assert exchange.wall_times is not None
    assert exchange.wall_times[0] == 1749556800.5


def test_offsets_and_zones_are_the_same_moment() -> None:
    exchange = clocked("2025-06-10T12:00:00Z", "2025-06-10T14:00:01+02:00", "2025-06-10T12:00:02")

    assert exchange.times_s == [0, 1, 2]


@pytest.mark.parametrize("stamps", [[STAMPS[0]] * 3, [STAMPS[0]]])
def test_constant_stamps_are_no_clock_but_a_time_of_day(stamps: list[str]) -> None:
    exchange = clocked(*stamps)

    assert (exchange.clock, exchange.t_zero, exchange.times_s) == ("none", None, None)
    assert exchange.wall_times == [1749556800.5] * len(stamps)


@pytest.mark.parametrize(
    "stamp", ["1970-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "yesterday", "", 0, 1749556800, None]
)
def test_stamps_that_a_recorder_normalised_are_none(stamp: Any) -> None:
    exchange = clocked(stamp, stamp)

    assert (exchange.clock, exchange.times_s, exchange.wall_times) == ("none", None, None)


def test_a_chunk_without_a_stamp_has_no_time() -> None:
    exchange = clocked(STAMPS[0], None, STAMPS[1])

    assert exchange.times_s is not None
    assert math.isnan(exchange.times_s[1])
    assert exchange.times_s[2] == 0.25


def test_measured_times_win() -> None:
    exchange = Exchange("test", chunks=[{"created_at": stamp} for stamp in STAMPS], times_s=[1, 2, 3], clock="measured")
    read_server_clock(exchange, ("created_at",))

    assert (exchange.clock, exchange.times_s) == ("measured", [1, 2, 3])


@pytest.mark.parametrize("chunks", [[], [None], ["created_at"], [5, {"created_at": [1]}]])
def test_odd_chunks_are_no_clock(chunks: list[Any]) -> None:
    exchange = Exchange("test", chunks=chunks)
    read_server_clock(exchange, ("created_at",))

    assert exchange.clock == "none"


def test_times_reach_the_frames(read) -> None:
    chunks = [{**says(text), "created_at": stamp} for text, stamp in zip("abc", STAMPS, strict=True)]
    corpus = read(stream(*chunks))

    assert corpus.recordings["clock"].tolist() == ["server"]
    assert corpus.recordings["t_zero"].tolist() == ["first_chunk"]
    assert corpus.recordings["duration_s"].item() == pytest.approx(1.5, abs=1e-5)
    assert math.isnan(corpus.recordings["ttfc_s"].item())
    assert corpus.chunks["t_s"].tolist() == pytest.approx([0, 0.25, 1.5], abs=1e-5)
    assert corpus.chunks["gap_s"].tolist() == pytest.approx([math.nan, 0.25, 1.25], abs=1e-5, nan_ok=True)
    assert corpus.events["t_s"].tolist() == corpus.chunks["t_s"].tolist()
    assert corpus.choices[["t_first_s", "t_last_s"]].to_numpy().tolist() == [pytest.approx([0, 1.5], abs=1e-5)]
    assert corpus.chunks["wall_time"].astype(str).tolist()[1].startswith("2025-06-10 12:00:00.75")


def test_without_a_clock_times_are_missing_never_zero(bundled) -> None:
    assert set(bundled.recordings["clock"]) == {"none"}
    for frame in ("recordings", "chunks", "events", "choices", "tool_calls"):
        table = getattr(bundled, frame)
        times = [name for name in table.columns if name.endswith("_s")] + ["wall_time"] * (frame == "chunks")
        assert times
        assert table[times].isna().all(axis=None), frame
    assert bundled.recordings["t_zero"].isna().all()


@pytest.mark.parametrize("stamp", ["9999-12-31T23:59:59-05:00", "9999-12-31T23:59:59.999999Z"])
@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_stamp_beyond_the_calendar_is_no_time_and_is_told(stamp: str, at: int) -> None:
    stamps = [*STAMPS]
    stamps[at] = stamp
    exchange = clocked(*stamps)

    assert exchange.times_s is not None
    assert exchange.wall_times is not None
    assert [place for place in range(3) if math.isnan(exchange.times_s[place])] == [at]
    assert [place for place in range(3) if math.isnan(exchange.wall_times[place])] == [at]
    assert [(problem.chunk, problem.found) for problem in exchange.problems] == [(at, stamp)]


def test_the_last_day_of_the_calendar_is_a_time() -> None:
    exchange = clocked("9999-12-31T23:59:58Z", "9999-12-31T23:59:59Z")

    assert (exchange.times_s, exchange.problems) == ([0, 1], [])


def test_frames_are_made_of_stamps_beyond_the_calendar(read: Callable[..., Corpus]) -> None:
    late = [{"model": "m", "created_at": "9999-12-31T23:59:59-05:00", "response": "a", "done": False}] * 2
    corpus = read(recording(late))

    assert corpus.choices["content"].tolist() == ["aa"]
    assert corpus.chunks["wall_time"].isna().all()
    assert corpus.problems["what"].tolist() == ["`created_at` is beyond the calendar"]
