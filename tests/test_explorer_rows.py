"""What the explorer's parts are given."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from synthetic import foreign, recording, says

from recexplore.corpus import Corpus
from recexplore.views.explorer.rows import answers_of, picker_rows
from recexplore.views.question import question_of


def test_one_row_a_recording_and_all_of_it_json(made: Corpus) -> None:
    rows = {row["id"]: row for row in json.loads(json.dumps(picker_rows(made)))}
    assert len(rows) == len(made)
    assert rows["three-way"]["lanes"][1].rstrip().endswith("f")
    assert rows["reasoning"]["tokens"] == 1077
    assert rows["refusal"]["tokens"] is None
    assert rows["bad-request"]["error"]


@pytest.mark.parametrize(
    ("request_body", "question"),
    [
        ({"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}, "a"),
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "image_url"}]}]}, "a"),
        ({"input": "a"}, "a"),
        ({"input": [{"role": "user", "content": "a"}]}, "a"),
        ({"contents": [{"role": "user", "parts": [{"text": "a"}]}]}, "a"),
        ({"prompt": "a"}, "a"),
        ({"kwargs": {"query": "a"}}, "a"),
        ({"messages": 7}, ""),
        ({}, ""),
    ],
)
def test_question_in_every_form(read: Callable[..., Corpus], request_body: dict[str, Any], question: str) -> None:
    corpus = read(recording([says("x")], request=request_body))
    assert question_of(next(iter(corpus))) == question


def test_answers_hold_every_piece_with_its_chunk(made: Corpus, read: Callable[..., Corpus]) -> None:
    answers = answers_of(made["tool-calls"])
    assert answers[0]["role"] == "assistant"
    assert answers[0]["pieces"][0] == [1, "tool_call", "get_weather "]
    whole = answers_of(next(iter(read(foreign(10)))))
    assert [answer["name"] for answer in whole] == ["all choices"]
    assert len(whole[0]["pieces"]) == 10
