"""Choices that a provider swapped are matched again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from recexplore.comparison.choice_matching import matched_choices


@given(
    st.lists(st.text(alphabet="abcdefgh ", min_size=3, max_size=20), min_size=1, max_size=8, unique=True), st.randoms()
)
def test_any_order_of_equal_texts_is_found(texts: list[str], chance: object) -> None:
    order = list(range(len(texts)))
    chance.shuffle(order)  # type: ignore[attr-defined]
    reference = dict(enumerate(texts))
    assert matched_choices({n: texts[at] for n, at in enumerate(order)}, reference) == dict(enumerate(order))


def test_texts_that_are_alike_belong_together() -> None:
    reference = {0: "the sun is a star", 1: "it is called sol"}
    assert matched_choices({0: "it is named sol", 1: "the sun is one star"}, reference) == {0: 1, 1: 0}


def test_without_a_reason_the_number_counts() -> None:
    assert matched_choices({0: "x", 1: "y"}, {0: "a", 1: "b"}) == {0: 0, 1: 1}
    assert matched_choices({0: "x", 1: "x"}, {0: "x", 1: "x"}) == {0: 0, 1: 1}
    assert matched_choices({}, {0: "a"}) == {}


def test_more_choices_than_the_reference_has() -> None:
    assert matched_choices({0: "new words here", 1: "a b"}, {0: "a b"}) == {1: 0, 0: 1}
    assert matched_choices({0: "a b", 4: "c"}, {0: "a b"}) == {0: 0, 4: 4}
    assert matched_choices({1: "a b"}, {0: "x y", 1: "z", 2: "a b"}) == {1: 2}
    texts = {0: "alpha beta", 1: "bb cc dd", 2: "ee ff gg", 3: "the sun is a star"}
    matched = matched_choices(texts, {0: "alpha beta", 2: "the sun is a star"})
    assert sorted(matched.values()) == sorted({*matched.values()})
    assert (matched[0], matched[3]) == (0, 2)
