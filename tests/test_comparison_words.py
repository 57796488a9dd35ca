"""Texts as words: what is lost, what is alike, where two part."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recexplore.comparison import words
from recexplore.comparison.words import similarity, stretches, words_of

texts = st.text(alphabet="ab cé.\n🙂_1", max_size=40)


@given(texts)
def test_words_are_the_text(text: str) -> None:
    assert "".join(words_of(text)) == text


@pytest.mark.parametrize("most_cells", [words._MOST_CELLS, 12, 0], ids=["words", "lines", "neither"])
@given(one=texts, other=texts)
def test_stretches_are_both_texts_whole_and_in_order(most_cells: int, one: str, other: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(words, "_MOST_CELLS", most_cells)
        found = stretches(one, other)
    own = "".join(one[each.start : each.end] for each in found)
    theirs = "".join(other[each.other_start : each.other_end] for each in found)
    assert (own, theirs) == (one, other)
    for each, following in pairwise(found):
        assert each.end == following.start
        assert each.other_end == following.other_start
        assert each.is_equal != following.is_equal
    for each in found:
        if each.is_equal:
            assert one[each.start : each.end] == other[each.other_start : each.other_end]


def test_words_that_are_equal_by_chance_part_no_stretch() -> None:
    one, other = "It is a planet far from the Sun and warm.", "It is where, as they say, the story began in May."
    assert [each.is_equal for each in stretches(one, other)] == [True, False, True]
    shared = "and nobody has ever seen it"
    parts = stretches(f"Some say {shared} in a year.", f"In all, {shared} but once.")
    assert [each.is_equal for each in parts] == [False, True, False, True]


@given(texts, texts)
def test_similarity_is_one_for_equal_texts_and_the_same_both_ways(one: str, other: str) -> None:
    assert similarity(one, one) == 1
    assert similarity(one, other) == similarity(other, one)
    assert 0 <= similarity(one, other) <= 1


def test_similarity_counts_words() -> None:
    assert similarity("the sun is hot", "the moon is hot") == 0.75
    assert similarity("a", "b") == 0
    assert similarity("", "") == 1


def test_very_long_texts_are_aligned_by_lines_and_words_within_them() -> None:
    lines = [f"line {number} of {number * 7919 % 1000} and so on\n" for number in range(6_000)]
    other = [*lines]
    other[3], other[3_000], other[5_990] = "new\n", "line 3000 of 1 and so on\n", ""
    one, two = "".join(lines), "".join(other)
    parts = stretches(one, two)
    assert [two[each.other_start : each.other_end] for each in parts if not each.is_equal] == ["new", " 1", ""]
    assert len(parts) == 7
