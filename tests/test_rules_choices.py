"""The rules about roles and numbers of choices: what several answers under one number look like, and what only seems so."""

from __future__ import annotations

from typing import Any

import pytest
from synthetic import choice, chunk, recording, says

import recexplore

ROLE = chunk(choice({"role": "assistant", "content": ""}))
END = chunk(choice(finish_reason="stop"))
USAGE = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}


def judged(read: Any, *chunks: Any, **asked: Any) -> list[tuple[str, str, Any, Any]]:
    request = {"model": "m", "messages": [{"role": "user", "content": "?"}], "stream": True, **asked}
    found = recexplore.check(
        read(recording(list(chunks), request=request)), select=["choice-index", "usage-with-choices"]
    )
    columns = ["rule", "severity", "chunk", "last_chunk"]
    return [tuple(row) for row in found[columns].astype(object).where(found[columns].notna(), None).values.tolist()]


TWO = (ROLE, ROLE, says("Am"), says("Te"), says("ber"), says("al"), END, END)


@pytest.mark.parametrize(("n", "severity"), [(2, "error"), (1, "warning"), (None, "warning")])
def test_two_answers_under_one_number(read: Any, n: int | None, severity: str) -> None:
    asked = {} if n is None else {"n": n}
    assert judged(read, *TWO, **asked) == [("choice-index", severity, 1, 7)]


def test_two_answers_one_behind_the_other(read: Any) -> None:
    assert judged(read, ROLE, says("Am"), ROLE, says("Te"), END, END, n=2) == [("choice-index", "error", 2, 5)]


@pytest.mark.parametrize(
    "chunks",
    [
        (
            says("A", role="assistant"),
            says("b", role="assistant"),
            chunk(choice({"role": "assistant"}, finish_reason="stop")),
        ),
        (ROLE, says("Ab"), END, chunk(choice({"role": "assistant", "content": ""}, finish_reason="stop"))),
        (ROLE, says("Ab"), END, chunk(choice({"role": "assistant", "content": ""}), usage=USAGE)),
        (says("A", role="assistant"), says("b", role="assistant"), END, END),
        (ROLE, ROLE, says("Ab"), END),
    ],
)
def test_one_answer_that_repeats_its_role_or_its_finish(read: Any, chunks: tuple[Any, ...]) -> None:
    assert judged(read, *chunks) == []


def test_an_answer_that_is_missing_has_no_place(read: Any) -> None:
    assert judged(read, ROLE, says("Ab"), END, n=2) == [("choice-index", "error", None, None)]


def test_a_choice_twice_in_one_chunk(read: Any) -> None:
    twice = chunk(choice({"content": "A"}), choice({"content": "b"}))
    assert judged(read, ROLE, twice, END) == [("choice-index", "note", 1, 1)]
    apart = chunk(choice({"content": "A"}), choice({"role": "assistant", "content": "b"}, index=1))
    ends = chunk(choice(finish_reason="stop"), choice(index=1, finish_reason="stop"))
    assert judged(read, ROLE, apart, ends, n=2) == []


@pytest.mark.parametrize(
    ("options", "is_told"),
    [
        ({"include_usage": True}, True),
        ({}, False),
        ({"include_usage": True, "continuous_usage_stats": True}, False),
    ],
)
def test_a_report_with_a_choice_beside_it(read: Any, options: dict[str, bool], is_told: bool) -> None:
    said = judged(read, ROLE, says("Ab"), END | {"usage": USAGE}, stream_options=options)
    assert said == ([("usage-with-choices", "note", 2, 2)] if is_told else [])


def test_a_report_of_its_own(read: Any) -> None:
    assert judged(read, ROLE, says("Ab"), END, chunk(usage=USAGE), stream_options={"include_usage": True}) == []


def rising(n: int, first: int = 0, ends: int = 1) -> list[Any]:
    said = [
        chunk(choice({"content": "a"}, index=at, finish_reason="stop" if at >= n - ends else None)) for at in range(n)
    ]
    return said[first:]


@pytest.mark.parametrize("asked", [{"n": 1}, {}])
def test_a_number_that_rises_with_the_chunks(read: Any, asked: dict[str, int]) -> None:
    assert judged(read, *rising(6), **asked) == [("choice-index", "error", 1, 5)]


@pytest.mark.parametrize(
    "chunks",
    [
        rising(5, ends=5),  # five short answers, each in one chunk
        rising(5, ends=0),  # their beginnings, cut
        [each for n in range(5) for each in (chunk(choice({"content": "a"}, n)), chunk(choice({}, n, "stop")))],
        rising(3),  # too few to tell
    ],
)
def test_several_answers_of_a_request_that_nobody_knows(chunks: list[Any]) -> None:
    corpus = recexplore.from_chunks(chunks)
    assert recexplore.check(corpus, select=["choice-index"]).empty


def test_the_last_of_its_numbers_is_no_empty_answer() -> None:
    chunks = [*rising(5, ends=0), chunk(choice({"content": ""}, index=5, finish_reason="stop"))]
    found = recexplore.check(recexplore.from_chunks(chunks), select=["choice-index", "empty-answer", "no-finish"])
    assert found["rule"].tolist() == ["choice-index"]
