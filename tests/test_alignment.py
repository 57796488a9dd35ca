"""Texts on one axis: equal words at equal positions, no character lost, none before another."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recexplore.comparison.alignment import aligned
from recexplore.comparison.words import stretches

texts = st.lists(st.text(alphabet="ab é🙂\n<", max_size=25), min_size=1, max_size=5)


@given(texts=texts, data=st.data())
def test_every_character_has_a_place_of_its_own(texts: list[str], data: st.DataObject) -> None:
    reference = data.draw(st.integers(0, len(texts) - 1))
    axis = aligned(texts, reference)
    for text, positions in zip(texts, axis.positions, strict=True):
        assert len(positions) == len(text)
        assert (np.diff(positions) > 0).all()
        assert not len(positions) or (positions[0] >= 0 and positions[-1] < axis.width)
    used = {each for positions in axis.positions for each in positions.tolist()}
    assert used == set(range(axis.width))


@given(texts=texts, data=st.data())
def test_equal_words_stand_at_equal_positions(texts: list[str], data: st.DataObject) -> None:
    reference = data.draw(st.integers(0, len(texts) - 1))
    axis = aligned(texts, reference)
    expected = axis.positions[reference]
    for text, positions, differing in zip(texts, axis.positions, axis.differing, strict=True):
        for each in stretches(texts[reference], text):
            if each.is_equal:
                np.testing.assert_array_equal(
                    positions[each.other_start : each.other_end], expected[each.start : each.end]
                )
            elif text != texts[reference]:
                assert (each.other_start, each.other_end) in differing


@given(texts=texts, place=st.integers(0, 200))
def test_positions_lead_back_to_characters(texts: list[str], place: int) -> None:
    axis = aligned(texts)
    for number, positions in enumerate(axis.positions):
        assert axis.chars_before(number, place) == sum(each < place for each in positions.tolist())


def test_words_in_place_of_others_stand_where_these_do() -> None:
    axis = aligned(["The Sun is a star.", "The Sun is a yellow star.", "The Moon is a star.", "The Sun is a"])
    assert axis.width == len("The Moon is a yellow star.")
    left, right = axis.extent(1, [13], [19])
    assert (left.tolist(), right.tolist()) == ([13 + 1], [19 + 1])
    assert axis.differing[0] == ((3, 7), (12, 18))
    assert axis.differing[2] == ((3, 8),)
    assert axis.differing[3] == ((12, 12),)
    assert [axis.chars_before(run, 4 + 4) for run in range(4)] == [7, 7, 8, 7]


def test_a_stretch_without_characters_has_no_width() -> None:
    left, right = aligned(["ab", "ab"]).extent(0, [0, 1, 2], [0, 2, 2])
    assert (left.tolist(), right.tolist()) == ([0, 1, 2], [0, 2, 2])


def test_there_is_no_such_reference() -> None:
    with pytest.raises(IndexError):
        aligned(["a"], 1)
