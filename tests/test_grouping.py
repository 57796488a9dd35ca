"""Groups of rows, against plain Python."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from recexplore.tables.groups import Groups, join_texts, pick_one

KEYS = st.lists(st.tuples(st.integers(0, 3), st.integers(-1, 2)), max_size=30)


def _groups(keys: list[tuple[int, int]]) -> Groups:
    return Groups(*(np.asarray([key[n] for key in keys], dtype=np.int64) for n in (0, 1)))


@given(KEYS)
def test_groups_are_in_the_order_of_their_keys_and_rows_in_theirs(keys: list[tuple[int, int]]) -> None:
    groups = _groups(keys)
    expected = {key: [row for row, own in enumerate(keys) if own == key] for key in sorted(set(keys))}
    found = [
        groups.order[first : first + size].tolist() for first, size in zip(groups.first, groups.sizes, strict=True)
    ]
    assert found == list(expected.values())
    assert groups.n == len(expected)
    assert groups.last.tolist() == [first + size - 1 for first, size in zip(groups.first, groups.sizes, strict=True)]


@given(KEYS)
def test_position_counts_within_the_group(keys: list[tuple[int, int]]) -> None:
    assert _groups(keys).position.tolist() == [keys[:row].count(key) for row, key in enumerate(keys)]


@given(st.lists(st.tuples(st.integers(0, 4), st.text(max_size=3))))
def test_texts_are_joined_in_order_and_empty_groups_are_empty(rows: list[tuple[int, str]]) -> None:
    rows.sort(key=lambda row: row[0])
    texts = pa.array([text for _, text in rows], pa.large_string())
    member = np.asarray([group for group, _ in rows], dtype=np.int64)
    joined = join_texts(texts, np.arange(len(rows)), member, 5).to_pylist()
    assert joined == ["".join(text for own, text in rows if own == group) for group in range(5)]


@given(st.lists(st.tuples(st.integers(0, 4), st.booleans())))
def test_one_is_picked_from_those_that_may_be(rows: list[tuple[int, bool]]) -> None:
    values = pa.array([f"v{n}" for n in range(len(rows))], pa.large_string())
    member = np.asarray([group for group, _ in rows], dtype=np.int64)
    chosen = np.asarray([may for _, may in rows], dtype=bool)
    for last in (False, True):
        found = pick_one(values, np.arange(len(rows)), member, chosen, 5, last=last).to_pylist()
        for group in range(5):
            own = [f"v{n}" for n, (of, may) in enumerate(rows) if of == group and may]
            assert found[group] == (own[-1 if last else 0] if own else None)
