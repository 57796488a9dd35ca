"""Tokens and their probabilities: real answers first, then every shape in which APIs list them."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from synthetic import choice, chunk, says, stream

from recexplore.analysis.logprobs import per_choice, tokens
from recexplore.corpus import Corpus


def told(value: Any, *, text: str | None = None, logprob: float | None = None) -> list[list[Any]]:
    """What is read of an event of log probabilities, behind the text that it is about."""
    rows = [{"kind": "logprobs", "text": json.dumps(value), "logprob": None}]
    if text is not None:
        rows.insert(0, {"kind": "content", "text": text, "logprob": logprob})
    events = pd.DataFrame([{"recording": "r", "choice": 0, "chunk": 3, **row} for row in rows])
    events["logprob"] = events["logprob"].astype("float64")
    found = tokens(events)
    assert set(found["recording"]) <= {"r"}
    assert set(found["chunk"]) <= {3}
    return [
        [row.token, None if math.isnan(row.logprob) else row.logprob, list(row.alternatives)]
        for row in found.itertuples()
    ]


def test_tokens_of_a_recorded_answer_are_its_text(all_recordings: Corpus) -> None:
    recording = all_recordings["logprobs"]
    found = tokens(recording.events)
    assert "".join(found["token"]) == recording.text(0)
    assert found["probability"].between(0, 1).all()
    assert found["chunk"].is_monotonic_increasing
    (row,) = per_choice(found).to_dict("records")
    assert row["n_tokens"] == len(found)
    assert row["perplexity"] == pytest.approx(math.exp(-found["logprob"].mean()))


def test_tokens_of_real_answers_are_their_texts(ogx: Corpus) -> None:
    mine = [
        each for each in ogx if each.facts["dialect"] == "openai_chat" and (each.events["kind"] == "logprobs").any()
    ]
    assert mine
    for recording in mine:
        found = tokens(recording.events)
        assert found["logprob"].notna().all()
        assert len(found) >= 1


A, B = ("A", -0.5), ("B", -1.5)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            {
                "content": [{"token": "A", "logprob": -0.5, "top_logprobs": [{"token": "B", "logprob": -1.5}]}],
                "refusal": None,
            },
            [["A", -0.5, [B]]],
        ),
        ([{"token": "A", "logprob": -0.5, "bytes": [65], "top_logprobs": []}], [["A", -0.5, []]]),
        (
            {
                "tokens": ["A", "B"],
                "token_logprobs": [None, -1.5],
                "top_logprobs": [None, {"A": -0.5}],
                "text_offset": [0, 1],
            },
            [["A", None, []], ["B", -1.5, [A]]],
        ),
        (
            {
                "chosenCandidates": [{"token": "A", "tokenId": 1, "logProbability": -0.5}],
                "topCandidates": [{"candidates": [{"token": "B", "logProbability": -1.5}]}],
            },
            [["A", -0.5, [B]]],
        ),
        (
            [{"text": "A", "logprob": -0.5, "rank": 1, "top_tokens": [{"text": "B", "logprob": -1.5}]}],
            [["A", -0.5, [B]]],
        ),
        ({"text": "AB", "token_ids": [1, 2], "logprobs": [-0.5, -0.25]}, [["AB", -0.75, []]]),
        (
            [{"generatedToken": {"token": "A", "logprob": -0.5}, "topTokens": [{"token": "B", "logprob": -1.5}]}],
            [["A", -0.5, [B]]],
        ),
        ({"content": [{"token": "A", "logprob": "low"}, 7, None, {"x": 1}]}, [["A", None, []]]),
        ({"mood": "good"}, []),
        (None, []),
    ],
)
def test_every_shape(value: Any, expected: list[Any]) -> None:
    assert told(value) == expected


def test_a_text_that_is_one_token() -> None:
    assert told({"top_tokens": [[{"id": 8, "text": "B", "logprob": -1.5}]]}, text="A", logprob=-0.5) == [
        ["A", -0.5, [B]]
    ]


def test_a_list_beside_a_text_says_more_than_its_sum() -> None:
    both = [{"token": "A", "logprob": -0.5}, {"token": "B", "logprob": -1.5}]
    assert told({"content": both}, text="AB", logprob=-2.0) == [["A", -0.5, []], ["B", -1.5, []]]


def test_answers_without_any_have_no_tokens(read: Callable[..., Corpus]) -> None:
    one = next(iter(read(stream(says("a"), chunk(choice({"content": "b"}, logprobs=None))))))
    assert tokens(one.events).empty
    assert per_choice(tokens(one.events)).empty


def test_no_more_rows_are_made_than_wanted(all_recordings: Corpus) -> None:
    assert len(tokens(all_recordings["logprobs"].events, 2)) == 2
