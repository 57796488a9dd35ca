"""Whether frames keep their shape, and whether a text stands as it was."""

from __future__ import annotations

import json
from typing import Any

import pytest
from synthetic import recording, says

from recexplore.share.redact.shape import shapes_of

WORDS = "seven green kites above the hills"


def data(*chunks: dict[str, Any]) -> bytes:
    return json.dumps(recording(list(chunks))).encode()


def shape(before: bytes, after: bytes) -> tuple[bool, bool]:
    (found,) = shapes_of([("a.json", before, after)])
    return found.is_kept, found.has_text


def test_other_words_of_the_same_length_are_the_same_shape() -> None:
    assert shape(data(says("Hello "), says("there")), data(says("Gwxyz "), says("qwert"))) == (True, False)


@pytest.mark.parametrize(
    "after",
    [
        data(says("Hello there")),
        data(says("Hello "), says("there!")),
        data(says("Hello "), says("there", index=1)),
        data(says("Hello "), {**says("there"), "choices": [{**says("there")["choices"][0], "finish_reason": "stop"}]}),
        b"{}",
    ],
    ids=["other cuts", "longer", "another choice", "finished", "nothing"],
)
def test_what_changes_the_shape(after: bytes) -> None:
    assert shape(data(says("Hello "), says("there")), after)[0] is False


def test_a_text_of_some_words_that_stands_as_it_was_is_told() -> None:
    assert shape(data(says(WORDS)), data(says(WORDS))) == (True, True)
    assert shape(data(says("yes, it is")), data(says("yes, it is"))) == (True, False)


def test_every_file_is_told_by_itself() -> None:
    same, other = data(says(WORDS)), data(says("x" * len(WORDS)))
    files = [("a.json", same, same), ("a.json", same, other), ("none.json", b"{}", b"{}")]
    assert shapes_of(files) == [(True, True), (True, False), (True, False)]
