from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recexplore.read.extract.key_sets import by_shape, pick

OBJECTS = st.lists(st.dictionaries(st.sampled_from("abcde"), st.integers(), max_size=4), max_size=12)


def _back(objects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The objects again, from their shapes."""
    found: list[dict[str, Any] | None] = [None] * len(objects)
    for positions, cells in by_shape(objects):
        places = range(len(objects)) if positions is None else positions
        for nth, at in enumerate(places):
            assert found[at] is None, "each object once"
            found[at] = {key: values[nth] for key, values in cells.items()}
    assert None not in found
    return found  # type: ignore[return-value]


@given(OBJECTS)
def test_nothing_is_lost_and_nothing_is_added(objects: list[dict[str, int]]) -> None:
    assert _back(objects) == objects


@given(OBJECTS)
def test_objects_of_one_shape_come_together(objects: list[dict[str, int]]) -> None:
    shapes = [frozenset(cells) for _, cells in by_shape(objects) if cells]

    assert len(shapes) >= len(set(shapes))
    assert set(shapes) == {frozenset(each) for each in objects if each}


def test_all_alike_need_no_positions() -> None:
    assert list(by_shape([{"a": 1, "b": 2}, {"b": 4, "a": 3}])) == [(None, {"a": (1, 3), "b": (2, 4)})]


def test_one_key_and_no_key() -> None:
    assert _back([{"a": 1}, {"a": 2}]) == [{"a": 1}, {"a": 2}]
    assert _back([{}, {}]) == [{}, {}]
    assert _back([{}, {"a": None}]) == [{}, {"a": None}]


def test_as_many_keys_but_others() -> None:
    assert _back([{"a": 1, "b": 2}, {"a": 3, "c": 4}, {"c": 5, "a": 6}]) == [
        {"a": 1, "b": 2},
        {"a": 3, "c": 4},
        {"a": 6, "c": 5},
    ]


def test_nothing_in_nothing_out() -> None:
    assert list(by_shape([])) == []


@pytest.mark.parametrize(("positions", "expected"), [(None, "abc"), ([2, 0], "ca"), ([], "")])
def test_pick(positions: list[int] | None, expected: str) -> None:
    assert list(pick(list("abc"), positions)) == list(expected)
