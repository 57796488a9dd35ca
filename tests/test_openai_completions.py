"""Hand-made text completions: every field of the documentation, what servers add, and what may go wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
from dialect_kit import envelope, rows

from recexplore.model.exchange import Exchange
from recexplore.read.dialects import openai_chat, openai_completions
from recexplore.read.registry import known

ENDPOINT = "/v1/completions"
LOGPROBS = {
    "tokens": ["Hel", "lo"],
    "token_logprobs": [-0.5, -0.25],
    "top_logprobs": [{"othertoken": -1.0}],
    "text_offset": [0, 3],
}
USAGE = {
    "prompt_tokens": 10,
    "completion_tokens": 20,
    "total_tokens": 30,
    "prompt_tokens_details": {"cached_tokens": 4},
    "completion_tokens_details": {"reasoning_tokens": 5},
}


def choice(text: Any, index: Any = 0, finish_reason: Any = None, **fields: Any) -> dict[str, Any]:
    return {"text": text, "index": index, "logprobs": None, "finish_reason": finish_reason, **fields}


def chunk(*choices: Any, **fields: Any) -> dict[str, Any]:
    head = {"id": "cmpl-1", "object": "text_completion", "created": 1700000000, "model": "gpt-x"}
    return {**head, "choices": list(choices), **fields}


DOCUMENTED: dict[str, dict[str, Any]] = {
    "text": chunk(choice("saidtext")),
    "the end": chunk(choice("", finish_reason="lengthword")),
    "text and the end": chunk(choice("saidtext", finish_reason="stopword")),
    "log probabilities": chunk(choice("Hello", logprobs=LOGPROBS)),
    "log probabilities alone": chunk(choice("", logprobs=LOGPROBS)),
    "two choices": chunk(choice("firsttext"), choice("secondtext", 1)),
    "usage": chunk(usage=USAGE),
    "usage beside text": chunk(choice("saidtext"), usage=USAGE),
    "facts": chunk(choice("a"), system_fingerprint="fp_1", service_tier="tierword"),
    "of vLLM": chunk(
        choice("a", stop_reason="stoppedby", token_ids=[1, 2], prompt_logprobs=None), kv_transfer="kvword"
    ),
    "of Azure": chunk(
        choice("a", content_filter_results={"hate": {"severity": "safeword"}}), prompt_filter_results=["x1"]
    ),
    "an error": {"error": {"message": "it broke", "code": "server_error"}},
}

STREAM = [
    chunk(choice("Hel")),
    chunk(choice("one", 1)),
    chunk(choice("lo")),
    chunk(choice("", 0, "stop"), choice("", 1, "length")),
    chunk(usage=USAGE),
]


def stream(*chunks: Any) -> Any:
    return envelope(list(chunks), endpoint=ENDPOINT, model="gpt-x", stream=True)


# --- which dialect ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DOCUMENTED)
def test_every_chunk_is_recognised(name: str) -> None:
    assert known().choose(Exchange("test", chunks=[DOCUMENTED[name]], endpoint=ENDPOINT)) is openai_completions.DIALECT


def test_chat_chunks_are_chat_whatever_the_endpoint_says() -> None:
    chat = {"choices": [{"index": 0, "delta": {"content": "a"}}]}

    assert known().choose(Exchange("test", chunks=[chat], endpoint=ENDPOINT)) is openai_chat.DIALECT


def test_an_error_in_place_of_an_answer(read) -> None:
    corpus = read(envelope({"error": {"message": "no such model"}}, endpoint=ENDPOINT, streaming=False))

    assert corpus.recordings["dialect"].tolist() == ["openai_completions"]
    assert "no such model" in corpus.recordings["error"].item()


# --- a stream --------------------------------------------------------------------------------------------------------


def test_a_stream(read) -> None:
    corpus = read(stream(*STREAM, "[DONE]"))

    assert corpus.recordings[["dialect", "n_chunks", "n_choices", "model_served"]].to_numpy().tolist() == [
        ["openai_completions", 6, 2, "gpt-x"]
    ]
    assert rows(corpus, "choice", "content", "finish_reason", frame="choices") == [
        (0, "Hello", "stop"),
        (1, "one", "length"),
    ]
    figures = ("chunk", "prompt", "completion", "total", "cached", "reasoning", "source")
    assert rows(corpus, *figures, frame="usage") == [(4, 10, 20, 30, 4, 5, "usage")]
    assert rows(corpus, "kind", "text")[-1] == ("empty", "[DONE]")
    assert corpus.chunks["n_choices"].tolist() == [1, 1, 1, 2, 0, 0]
    assert "unknown" not in corpus.events["kind"].tolist()
    assert corpus.problems.empty


def test_facts_of_the_chunk(read) -> None:
    found = read(stream(DOCUMENTED["facts"])).chunks.iloc[0]

    assert found[["id", "object", "model", "fingerprint", "service_tier", "created"]].tolist() == [
        "cmpl-1",
        "text_completion",
        "gpt-x",
        "fp_1",
        "tierword",
        1700000000,
    ]


def test_log_probabilities(read) -> None:
    events = read(stream(DOCUMENTED["log probabilities"])).events

    assert events["kind"].tolist() == ["content", "logprobs"]
    assert events["logprob"][0] == -0.75
    assert json.loads(events["text"][1]) == LOGPROBS


@pytest.mark.parametrize("values", [[None, -0.5], [], None, ["a"], 5])
def test_no_sum_where_a_log_probability_is_missing(read, values: Any) -> None:
    """The first token of an echoed prompt has none."""
    events = read(stream(chunk(choice("Hello", logprobs={"tokens": ["a"], "token_logprobs": values})))).events

    assert events["logprob"].isna().all()


def test_a_chunk_that_says_nothing(read) -> None:
    corpus = read(stream(chunk(choice("a")), chunk(choice("")), chunk()))

    assert corpus.events["kind"].tolist() == ["content", "empty", "empty"]


def test_reasoning_in_tags(read) -> None:
    corpus = read(stream(chunk(choice("<think>wh")), chunk(choice("y</think>so"))))

    assert rows(corpus, "content", "reasoning", frame="choices") == [("so", "why")]


def test_an_error_in_the_stream(read) -> None:
    corpus = read(stream(*STREAM[:3], DOCUMENTED["an error"]))

    assert json.loads(corpus.recordings["error"].item())["code"] == "server_error"


def test_choices_without_a_number_are_numbered_by_their_place(read) -> None:
    both = chunk({"text": "a"}, {"text": "b"})

    assert rows(read(stream(both, both)), "choice", "content", frame="choices") == [(0, "aa"), (1, "bb")]


def test_a_whole_answer(read) -> None:
    body = chunk(choice("Hello", finish_reason="stop", logprobs=LOGPROBS), choice("other", 1, "length"), usage=USAGE)
    corpus = read(envelope(body, endpoint=ENDPOINT, streaming=False))

    assert corpus.recordings[["n_chunks", "n_choices", "streaming"]].to_numpy().tolist() == [[1, 2, False]]
    assert rows(corpus, "content", "finish_reason", frame="choices") == [("Hello", "stop"), ("other", "length")]
    assert corpus.usage["total"].tolist() == [30]


def test_a_reason_under_the_name_that_deepseek_has_at_bedrock(read) -> None:
    said = [{"choices": [{"text": text, "stop_reason": why}]} for text, why in (("Hel", None), ("lo", "length"))]
    corpus = read(stream(*said))

    assert rows(corpus, "content", "finish_reason", frame="choices") == [("Hello", "length")]
    assert "unknown" not in corpus.events["kind"].tolist()


def test_what_stopped_an_answer_is_no_reason_where_there_is_one(read) -> None:
    corpus = read(stream(chunk(choice("a")), chunk(choice("", finish_reason="stop", stop_reason=128009))))

    assert corpus.choices["finish_reason"].tolist() == ["stop"]
    assert "128009" in corpus.events["extra"].iloc[-1]


def test_text_of_the_wrong_type_stays_with_its_choice(read) -> None:
    corpus = read(stream(chunk({"index": 1, "text": {"x": "bad"}, "finish_reason": None})))

    unknown = corpus.events[corpus.events["kind"] == "unknown"]
    assert unknown[["choice", "text"]].to_numpy().tolist() == [[1, '{"x":"bad"}']]
