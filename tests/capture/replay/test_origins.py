"""Where the chunks of a changed stream come from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recexplore.testing.replayed_defects.origins import Origin, origins

CHUNKS = st.lists(st.integers(0, 3), max_size=12)


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("abc", "abc", [(0, True), (1, True), (2, True)]),
        ("abc", "abxc", [(0, True), (1, True), (1, False), (2, True)]),
        ("abc", "axc", [(0, True), (1, False), (2, True)]),
        ("abc", "ac", [(0, True), (2, True)]),
        ("abc", "xabc", [(0, False), (0, True), (1, True), (2, True)]),
        ("abc", "axyc", [(0, True), (1, False), (1, False), (2, True)]),
        ("", "xy", [(0, False), (0, False)]),
    ],
)
def test_chunks_that_stayed_are_known_and_others_stand_beside_them(
    before: str, after: str, found: list[tuple[int, bool]]
) -> None:
    assert origins(list(before), list(after)) == [Origin(*each) for each in found]


@given(before=CHUNKS, after=CHUNKS)
def test_what_is_the_same_is_the_same_and_the_order_is_kept(before: list[int], after: list[int]) -> None:
    found = origins(before, after)

    assert len(found) == len(after)
    assert [each.chunk for each in found] == sorted(each.chunk for each in found)
    assert all(before[each.chunk] == chunk for each, chunk in zip(found, after, strict=True) if each.is_same)
    assert origins(before, before) == [Origin(n, True) for n in range(len(before))]
