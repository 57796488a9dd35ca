"""Characters that stand for characters."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recexplore.share.redact.stand_ins.alphabets import is_word_by_itself, stand_in


@given(st.characters(), st.integers(0, 65_535))
def test_it_is_of_the_same_class_case_and_size(character: str, number: int) -> None:
    made = stand_in(character, number)
    assert len(made) == 1
    assert unicodedata.category(made) == unicodedata.category(character)
    assert len(made.encode("utf-8", "surrogatepass")) == len(character.encode("utf-8", "surrogatepass"))


@given(st.characters(exclude_categories=["L", "N"]), st.integers(0, 65_535))
def test_what_is_no_letter_and_no_digit_stands_for_itself(character: str, number: int) -> None:
    assert stand_in(character, number) == character


@pytest.mark.parametrize("character", "aZ7éßЖ日あ한")
def test_there_are_many_to_choose_from(character: str) -> None:
    assert len({stand_in(character, number) for number in range(200)}) > 9


@pytest.mark.parametrize(
    ("character", "is_word"),
    [("日", True), ("あ", True), ("한", True), ("ก", True), ("a", False), ("Ж", False), ("!", False)],
)
def test_scripts_without_spaces(character: str, is_word: bool) -> None:
    assert is_word_by_itself(character) is is_word
