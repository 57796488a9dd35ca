"""Requests that were recorded several times and answered differently are counted, whatever rules say of them."""

from __future__ import annotations

from typing import Any

import pytest
from run_kit import loaded
from synthetic import calls, choice, chunk, fragment, says, stream

from recexplore.checks.differing_runs import n_requests_that_differ

END = chunk(choice({}, finish_reason="stop"))


def answer(*chunks: Any, question: str = "Where?") -> Any:
    asked = {"model": "m", "messages": [{"role": "user", "content": question}], "stream": True}
    return stream(*chunks, END, request=asked)


def called(city: str) -> Any:
    return answer(calls(fragment("", name="look")), calls(fragment(f'{{"city": "{city}"}}')))


@pytest.mark.parametrize(
    ("answers", "n"),
    [
        ([answer(says("here"))], 0),
        ([answer(says("here")), answer(says("he"), says("re"))], 0),
        ([answer(says("here")), answer(says("there"))], 1),
        ([answer(says("here")), answer(says("there")), answer(says("nowhere"))], 1),
        ([answer(says("here")), answer(says("there"), question="And now?")], 0),
        ([answer(says(word), question=asked) for asked in "ab" for word in ("one", "two")], 2),
        ([called("Rome"), called("Rome")], 0),
        ([called("Rome"), called("Oslo")], 1),
        ([answer(says("here")), stream(request=answer()["request"]["body"])], 0),
    ],
)
def test_requests_that_differ(answers: list[Any], n: int) -> None:
    assert n_requests_that_differ(loaded(*answers)) == n
