"""Hand-made answers of embedding endpoints: OpenAI's, Ollama's and Titan's at Bedrock."""

from __future__ import annotations

import json
from typing import Any

import pytest
from dialect_kit import envelope, rows

from recexplore.model.exchange import Exchange
from recexplore.read.dialects import embeddings
from recexplore.read.registry import known

OPENAI = {
    "object": "list",
    "data": [
        {"object": "embedding", "index": 0, "embedding": [0.25, -0.5]},
        {"object": "embedding", "index": 1, "embedding": [0.75, 1.0]},
    ],
    "model": "embed-x",
    "usage": {"prompt_tokens": 8, "total_tokens": 9},
}
DOCUMENTED: dict[str, dict[str, Any]] = {
    "of OpenAI": OPENAI,
    "of OpenAI in base64": {**OPENAI, "data": [{"object": "embedding", "index": 0, "embedding": "AACAPgAAAL8="}]},
    "of vLLM": {**OPENAI, "id": "embd-1", "created": 1700000000},
    "of Ollama": {
        "model": "embed-x",
        "embeddings": [[0.25, -0.5]],
        "total_duration": 14143917,
        "load_duration": 1019500,
        "prompt_eval_count": 8,
    },
    "of Ollama, of old": {"embedding": [0.25, -0.5]},
    "of Titan": {"embedding": [0.25, -0.5], "embeddingsByType": {"float": [0.25, -0.5]}, "inputTextTokenCount": 8},
}
ENDPOINTS = {
    "of Ollama": "/api/embed",
    "of Ollama, of old": "/api/embeddings",
    "of Titan": "/model/amazon.titan-embed-text-v2%3A0/invoke",
}


def recorded(name: str, **changed: Any) -> Any:
    body = {**DOCUMENTED[name], **changed}
    return envelope(body, endpoint=ENDPOINTS.get(name, "/v1/embeddings"), streaming=False, model="embed-x")


@pytest.mark.parametrize("name", DOCUMENTED)
def test_every_answer_is_recognised(name: str) -> None:
    assert known().choose(Exchange("test", chunks=[DOCUMENTED[name]])) is embeddings.DIALECT


@pytest.mark.parametrize("endpoint", ["/v1/embeddings", "/api/embed", "/api/embeddings"])
def test_an_error_in_place_of_an_answer(read, endpoint: str) -> None:
    corpus = read(envelope({"error": {"message": "no such model"}}, endpoint=endpoint, streaming=False))

    assert corpus.recordings["dialect"].tolist() == ["embeddings"]
    assert "no such model" in corpus.recordings["error"].item()


def test_what_is_no_embedding() -> None:
    models = {"object": "list", "data": [{"id": "gpt-x", "object": "model"}]}

    assert known().choose(Exchange("test", chunks=[models], endpoint="/v1/models")) is not embeddings.DIALECT


@pytest.mark.parametrize("name", DOCUMENTED)
def test_an_answer_is_one_chunk_and_no_choice(read, name: str) -> None:
    corpus = read(recorded(name))

    assert corpus.recordings[["dialect", "n_chunks", "n_choices", "streaming"]].to_numpy().tolist() == [
        ["embeddings", 1, 0, False]
    ]
    assert corpus.choices.empty
    vectors = json.loads(corpus.events.loc[corpus.events["kind"] == "annotation", "text"].item())
    named = {"data", "embedding", "embeddings"} & DOCUMENTED[name].keys()
    assert {key: vectors[key] for key in named} == {key: DOCUMENTED[name][key] for key in named}
    assert corpus.problems.empty


def test_the_model_that_answered(read) -> None:
    corpus = read(recorded("of vLLM", model="other-x"))

    assert corpus.recordings[["model_requested", "model_served"]].to_numpy().tolist() == [["embed-x", "other-x"]]
    assert corpus.chunks[["id", "object", "created"]].to_numpy().tolist() == [["embd-1", "list", 1700000000]]


def test_usage_of_openai(read) -> None:
    assert rows(read(recorded("of OpenAI")), "prompt", "completion", "total", "source", frame="usage") == [
        (8, None, 9, "usage")
    ]


def test_usage_of_ollama(read) -> None:
    assert rows(read(recorded("of Ollama")), "prompt", "completion", "total", "source", frame="usage") == [
        (8, None, None, "prompt_eval_count")
    ]


def test_usage_of_titan(read) -> None:
    assert rows(read(recorded("of Titan")), "prompt", "completion", "total", "source", frame="usage") == [
        (8, None, None, "inputTextTokenCount")
    ]


def test_where_nothing_is_reported_there_is_no_usage(read) -> None:
    assert read(recorded("of Ollama, of old")).usage.empty
