"""Waits in a stream: one is an accident, several at regular places are a habit that is told once."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from synthetic import URL, choice, chunk, says

import recexplore

STEP_S = 0.02


def told(gaps: Sequence[float]) -> list[tuple[int, int, str]]:
    """First and last chunk of each stall, with what is said; one chunk of text a gap, behind a first one."""
    times = [0.5]
    for gap in gaps:
        times.append(times[-1] + gap)
    chunks = [*(says(f"w{at} ") for at in range(len(times))), chunk(choice({}, 0, "stop"))]
    stream = recexplore.from_chunks(chunks, times=[*times, times[-1] + STEP_S], url=URL)
    found = recexplore.check(stream, select=["stall"])
    assert "failed" not in found.attrs, found.attrs
    assert set(found["severity"].astype(str)) <= {"warning"}
    return [(int(row.chunk), int(row.last_chunk), f"{row.message} {row.evidence}") for row in found.itertuples()]


def batches(*sizes: int, wait: float = 2.0) -> list[float]:
    return [gap for size in sizes for gap in (*[STEP_S] * (size - 1), wait)] + [STEP_S] * 3


@pytest.mark.parametrize("n", [3, 4, 9])
@pytest.mark.parametrize("size", [4, 6, 11])
def test_batches_are_one_habit(n: int, size: int) -> None:
    ((first, last, said),) = told(batches(*[size] * n))
    assert (first, last) == (size - 1, size * n)
    assert f"2.00 s {n} times, every {size} chunks" in said


def test_batches_need_not_be_equal() -> None:
    ((first, last, said),) = told(batches(5, 7, 6, 8))
    assert (first, last) == (4, 26)
    assert "every 6 to 8 chunks" in said


@pytest.mark.parametrize("sizes", [(9,), (9, 9), (4, 30, 5), (4, 4, 20, 4)])
def test_a_few_and_those_at_odd_places_are_accidents(sizes: tuple[int, ...]) -> None:
    found = told(batches(*sizes))
    assert len(found) == len(sizes)
    assert all(last == first + 1 and "between chunks" in said for first, last, said in found)


def test_waits_of_other_lengths_are_told_as_such() -> None:
    gaps = batches(6, 6, 6)
    gaps[5], gaps[17] = 1.5, 3.25
    ((_, _, said),) = told(gaps)
    assert "1.50 to 3.25 s 3 times" in said


def test_an_even_pace_is_none() -> None:
    assert told([1.0] * 30) == []
