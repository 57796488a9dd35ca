"""Hand-made answers of llama.cpp's own completions, streamed and whole, of its servers today and before."""

from __future__ import annotations

import json
from typing import Any

import pytest
from dialect_kit import envelope, extracted, kinds, rows

from recexplore.model.exchange import Exchange
from recexplore.read.dialects import llama_cpp, openai_completions
from recexplore.read.registry import known

ENDPOINT = "/completion"
NUMBERS = frozenset(["index", "stop", "truncated", "stopped_eos", "stopped_word", "stopped_limit"])
TIMINGS = {"cache_n": 4, "prompt_n": 6, "prompt_ms": 30.5, "predicted_n": 20, "predicted_per_second": 40.25}
TOKENS = [
    {"id": 5, "token": "Hel", "bytes": [72, 101, 108], "logprob": -0.5, "top_logprobs": [{"token": "othertoken"}]},
    {"id": 6, "token": "lo", "bytes": [108, 111], "logprob": -0.25, "top_logprobs": []},
]


def piece(text: str, index: int = 0, **fields: Any) -> dict[str, Any]:
    return {"index": index, "content": text, "tokens": [5], "stop": False, "id_slot": -1, **fields}


def last(text: str = "", index: int = 0, stop_type: str = "eos", **fields: Any) -> dict[str, Any]:
    return {
        "index": index,
        "content": text,
        "tokens": [],
        "id_slot": 0,
        "stop": True,
        "model": "gguf-x",
        "tokens_predicted": 20,
        "tokens_evaluated": 10,
        "generation_settings": {"seed": 5, "samplers": ["samplerword"]},
        "prompt": "askedtext",
        "has_new_line": False,
        "truncated": False,
        "stop_type": stop_type,
        "stopping_word": "",
        "tokens_cached": 29,
        "timings": TIMINGS,
        **fields,
    }


DOCUMENTED: dict[str, Any] = {
    "a piece": piece("saidtext", tokens_predicted=1, tokens_evaluated=10, timings={"predicted_n": 1}),
    "a piece with probabilities": piece("Hello", completion_probabilities=TOKENS),
    "a piece of an early server": {"content": "saidtext", "multimodal": False, "slot_id": 0, "stop": False},
    "progress": piece("", prompt_progress={"total": 10, "cache": 4, "processed": 8, "note": "progressword"}),
    "the end": last(stop_type="typeword"),
    "the end at a word": last(stop_type="word", stopping_word="stoppingtext", truncated=True),
    "the end of an early server": {
        "content": "",
        "model": "gguf-x",
        "slot_id": 0,
        "stop": True,
        "stopped_eos": False,
        "stopped_limit": True,
        "stopped_word": False,
        "stopping_word": "",
        "timings": {"predicted_n": 20},
        "tokens_cached": 29,
        "tokens_evaluated": 10,
        "tokens_predicted": 20,
        "truncated": False,
    },
    "whole": last("saidtext", completion_probabilities=TOKENS),
    "whole, for several prompts": [last("firsttext"), last("secondtext", 1, "limit")],
    "an error": {"error": {"code": 400, "message": "it broke", "type": "invalid_request_error"}},
}

STREAM = [piece("Hel"), piece("lo"), piece(" there"), last()]


def streamed(*chunks: Any, **request: Any) -> Any:
    return envelope(list(chunks), endpoint=ENDPOINT, **request)


@pytest.mark.parametrize("name", [name for name in DOCUMENTED if name != "an error"])
def test_every_answer_is_recognised(name: str) -> None:
    assert known().choose(Exchange("test", chunks=[DOCUMENTED[name]])) is llama_cpp.DIALECT


@pytest.mark.parametrize(
    ("endpoint", "dialect"),
    [("/completion", llama_cpp), ("/infill", llama_cpp), ("/v1/completions", openai_completions)],
)
def test_an_error_in_place_of_an_answer(endpoint: str, dialect: Any) -> None:
    exchange = Exchange("test", chunks=[DOCUMENTED["an error"]], endpoint=endpoint, streaming=False)

    assert known().choose(exchange) is dialect.DIALECT


@pytest.mark.parametrize(
    "chunk",
    [{"content": "a", "stop": None}, {"content": [], "stop": True}, {"role": "user", "content": "a", "stop": True}],
)
def test_other_objects_are_not_claimed(chunk: Any) -> None:
    assert llama_cpp.DIALECT.sniff(Exchange("test", chunks=[chunk])) == 0


def test_a_stream(read) -> None:
    corpus = read(streamed(*STREAM, prompt="Say hello", n_predict=30, stream=True))

    assert rows(corpus, "dialect", "n_chunks", "n_choices", "model_served", frame="recordings") == [
        ("llama_cpp", 4, 1, "gguf-x")
    ]
    assert rows(corpus, "content", "finish_reason", frame="choices") == [("Hello there", "eos")]
    assert rows(corpus, "chunk", "prompt", "completion", "cached", frame="usage") == [(3, 10, 20, 4)]
    assert corpus.requests["max_tokens"].tolist() == [30]
    assert corpus.problems.empty
    assert corpus.findings.empty


def test_answers_to_several_prompts_share_a_stream(read) -> None:
    corpus = read(streamed(piece("one"), piece("two", 1), last(), last(index=1, stop_type="word", stopping_word="#")))

    assert rows(corpus, "choice", "content", "finish_reason", frame="choices") == [
        (0, "one", "eos"),
        (1, "two", "word"),
    ]
    assert json.loads(corpus.events["extra"].dropna().tolist()[-1]) == {"stopping_word": "#"}


@pytest.mark.parametrize("reason", ["eos", "word", "limit"])
@pytest.mark.parametrize("form", ["stop_type", "flags"])
def test_why_it_ends(read, reason: str, form: str) -> None:
    flags = {f"stopped_{name}": name == reason for name in ("eos", "word", "limit")}
    end = last(stop_type=reason) if form == "stop_type" else {"content": "", "stop": True, **flags}
    corpus = read(streamed(STREAM[0], end))

    assert corpus.choices["finish_reason"].tolist() == [reason if form == "stop_type" else f"stopped_{reason}"]
    assert corpus.findings["rule"].tolist() == (["length-cut"] if reason == "limit" else [])


def test_log_probabilities() -> None:
    columns = extracted(llama_cpp, [DOCUMENTED["a piece with probabilities"]])

    assert kinds(columns) == ["content", "logprobs"]
    assert columns.events.column("logprob") == [-0.75, None]


def test_an_error_in_the_stream(read) -> None:
    corpus = read(streamed(*STREAM[:2], DOCUMENTED["an error"]))

    assert "it broke" in corpus.recordings["error"].item()
    assert corpus.choices["content"].tolist() == ["Hello"]


def test_a_stream_that_breaks_off(read) -> None:
    assert read(streamed(*STREAM[:3])).findings["rule"].tolist() == ["no-finish"]


def test_whole_answers(read) -> None:
    corpus = read(envelope(DOCUMENTED["whole, for several prompts"], endpoint=ENDPOINT, streaming=False))

    assert rows(corpus, "choice", "content", "finish_reason", frame="choices") == [
        (0, "firsttext", "eos"),
        (1, "secondtext", "limit"),
    ]
    assert corpus.usage["completion"].tolist() == [20, 20]


def test_streams_one_behind_the_other(read) -> None:
    sse = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in [*STREAM, *STREAM])
    corpus = read(sse.encode(), "answer.sse")

    assert corpus.choices["content"].tolist() == ["Hello there"] * 2
    assert corpus.findings.empty
