"""Texts of runs that differ in one stretch: where it stands, and that no other texts are taken for such."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from run_kit import loaded
from synthetic import choice, chunk, says, stream
from test_run_groups import streams_of

from recexplore.rules.run_insertions import Insertion, insertions, pairs_of

END = chunk(choice({}, finish_reason="stop"))
LETTERS = st.text(alphabet="ab \nß漢🙂", max_size=30)


def answer(text: str, **more: Any) -> Any:
    return stream(says(text), END, **more)


def between(*texts: str) -> list[Insertion]:
    return insertions(streams_of(loaded(*map(answer, texts))))


@settings(max_examples=30, deadline=None)
@given(before=LETTERS, stretch=st.text(alphabet="xyz ", min_size=4, max_size=20), after=LETTERS)
def test_a_stretch_that_was_put_in_is_found(before: str, stretch: str, after: str) -> None:
    rest = f"{before}{after}"
    found = between(rest, f"{before}{stretch}{after}")
    if len(rest) < 8:
        assert found == []
        return
    [only] = found
    assert (only.text, only.rest) == (f"{before}{stretch}{after}", rest)
    assert len(only.stretch) == len(stretch)
    assert only.text[: only.start] + only.text[only.end :] == rest
    begin = only.word_start
    assert only.text[:begin] + only.text[begin + len(stretch) :] == rest
    assert begin <= only.start


@settings(max_examples=30, deadline=None)
@given(one=LETTERS, other=LETTERS)
def test_it_is_all_in_which_they_differ(one: str, other: str) -> None:
    for each in between(one, other):
        assert each.text[: each.start] + each.text[each.end :] == each.rest
        assert len(each.stretch) >= 4


@pytest.mark.parametrize(
    ("rest", "longer", "stretch", "is_repeated"),
    [
        ("The lamp, and the bell.", "The lamp, the rope, and the bell.", " the rope,", False),
        ("The sun is a star.", "The sun is a star.\n\nThe sun is a star.", "\n\nThe sun is a star.", True),
        ("Up and down.", "Up and down and down.", " and down", True),
        ("Up and down.", "Up and away and down.", " away and", False),
        ("Up and down.", "Up and down.      ", "      ", False),
    ],
)
def test_a_stretch_begins_between_words(rest: str, longer: str, stretch: str, is_repeated: bool) -> None:
    [found] = between(rest, longer)
    assert longer[found.word_start :].startswith(stretch)
    assert len(found.stretch) == len(stretch)
    assert found.is_repeated is is_repeated


def test_texts_of_other_lanes_are_not_compared() -> None:
    one, other = "The sun is a star.", "The sun is a star. It is hot."
    of_second = stream(says("Yes."), says(other, 1), END, chunk(choice({}, 1, "stop")))
    reasoning = stream(chunk(choice({"reasoning_content": other})), says("Yes."), END)
    assert insertions(streams_of(loaded(answer(one), of_second, reasoning))) == []
    assert len(insertions(streams_of(loaded(answer(one), answer(other), of_second, reasoning)))) == 1


def counted(text: str, tokens: int, **more: Any) -> Any:
    usage = {"prompt_tokens": 1, "completion_tokens": tokens, "total_tokens": 1 + tokens}
    return stream(says(text), END, chunk(usage=usage), **more)


@pytest.mark.parametrize(
    ("tokens", "tally"),
    [
        ((5, 5), "same"),
        ((4, 5), "more"),
        ((5, 4), "unknown"),
        ((0, 5), "unknown"),
        ((2, 2), "unknown"),
        ((99, 99), "unknown"),
    ],
)
def test_what_the_reports_say_of_both(tokens: tuple[int, int], tally: str) -> None:
    """Of the shorter text and of the longer one: a count below the words or above the letters is a server's invention."""
    streams = streams_of(loaded(counted("one two three", tokens[0]), counted("one two three four five", tokens[1])))
    [insertion] = insertions(streams)
    [(longer, shorter, found)] = pairs_of(streams, insertion)
    assert (longer.of, shorter.of, found) == (1, 0, tally)
    assert insertion.counts_agree is (tokens[0] == tokens[1])


def test_each_run_stands_beside_one_of_its_own_request() -> None:
    asked = [{"model": "m", "messages": [], "seed": n} for n in range(3)]
    short, long = "one two three", "one two three four five"
    texts = [(short, 0), (long, 0), (long, 0), (short, 1), (short, 1), (long, 1), (long, 2)]
    streams = streams_of(loaded(*(answer(text, request=asked[n]) for text, n in texts)))
    [insertion] = insertions(streams)
    pairs = [(longer.of, shorter.of) for longer, shorter, _ in pairs_of(streams, insertion)]
    assert pairs == [(1, 0), (2, 0), (5, 3), (5, 4)]
