"""Hand-made answers of Text Generation Inference's own API: events of tokens, whole answers, lists of them, and errors."""

from __future__ import annotations

import json
from typing import Any

import pytest
from dialect_kit import envelope, extracted, kinds, rows

from recexplore.model.exchange import Exchange
from recexplore.read.dialects import http, ollama, openai_chat, openai_completions, tgi
from recexplore.read.registry import known

STREAMED, WHOLE = "/generate_stream", "/generate"
NUMBERS = frozenset(["index", "id", "logprob", "special", "generated_tokens", "input_length"])
DETAILS = {"finish_reason": "eos_token", "generated_tokens": 3, "input_length": 7, "seed": 42}
TOKENS = [
    {"id": 5, "text": "Hel", "logprob": -0.5, "special": False},
    {"id": 6, "text": "lo", "logprob": -0.25, "special": False},
    {"id": 2, "text": "</s>", "logprob": -0.125, "special": True},
]


def event(index: int, text: str, *, special: bool = False, **fields: Any) -> dict[str, Any]:
    token = {"id": index + 100, "text": text, "logprob": -0.5, "special": special}
    return {"index": index, "token": token, "generated_text": None, "details": None, **fields}


def last(index: int, text: str = "</s>", generated: str = "Hello", **details: Any) -> dict[str, Any]:
    return event(index, text, special=True, generated_text=generated, details={**DETAILS, **details})


STREAM = [event(1, "Hel"), event(2, "lo"), last(3)]

FULL = {
    "finish_reason": "length",
    "generated_tokens": 3,
    "seed": None,
    "prefill": [{"id": 1, "text": "askedword", "logprob": None}],
    "tokens": TOKENS,
    "top_tokens": [[{"id": 8, "text": "otherword", "logprob": -2.0, "special": False}]],
}
OTHER = {
    "generated_text": "secondtext",
    "finish_reason": "stop_sequence",
    "generated_tokens": 2,
    "tokens": [],
    "seed": 9,
}

DOCUMENTED: dict[str, Any] = {
    "a token": event(1, "saidtext"),
    "a token of an early server": {"token": {"id": 1, "text": "saidtext", "logprob": -1.5, "special": False}},
    "a token with others": event(1, "saidtext", top_tokens=[{"id": 8, "text": "otherword", "logprob": -2.0}]),
    "a special token": event(2, "specialword", special=True),
    "half a character": event(3, ""),
    "the last token": last(3, "endword", "wholetext", finish_reason="eosword"),
    "the last token without details": event(3, "saidtext", generated_text="wholetext"),
    "an error": {"error": "Request failed during generation: it broke", "error_type": "generationword"},
    "whole": {"generated_text": "saidtext"},
    "whole with details": {"generated_text": "saidtext", "details": FULL},
    "whole, the best of two": {"generated_text": "saidtext", "details": {**FULL, "best_of_sequences": [OTHER]}},
    "whole in a list": [{"generated_text": "saidtext", "details": FULL}],
    "several, for several prompts": [[{"generated_text": "firsttext"}], [{"generated_text": "secondtext"}]],
}


def streamed(*chunks: Any, endpoint: str = STREAMED, **request: Any) -> Any:
    return envelope(list(chunks), endpoint=endpoint, **request)


def whole(body: Any, endpoint: str = WHOLE) -> Any:
    return envelope(body, endpoint=endpoint, streaming=False)


# --- which dialect ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in DOCUMENTED if name != "an error"])
def test_every_answer_is_recognised(name: str) -> None:
    assert known().choose(Exchange("test", chunks=[DOCUMENTED[name]])) is tgi.DIALECT


@pytest.mark.parametrize("endpoint", [None, "/", WHOLE, STREAMED, "/invocations"])
def test_an_error_in_place_of_an_answer(endpoint: str | None) -> None:
    error = {"error": "Model is overloaded", "error_type": "overloaded"}

    assert known().choose(Exchange("test", chunks=[error], endpoint=endpoint)) is tgi.DIALECT


TOGETHER = {"choices": [{"text": "Hi", "index": 0}], "token": {"id": 1, "text": "Hi", "logprob": 0, "special": False}}


@pytest.mark.parametrize(
    ("chunk", "endpoint", "dialect"),
    [
        ({"error": "busy", "error_type": "overloaded"}, "/v1/chat/completions", openai_chat),
        ({"error": "model not found"}, "/api/generate", ollama),
        ({"error": "not found"}, "/", http),
        ({**TOGETHER, "generated_text": None, "details": None}, "/v1/completions", openai_completions),
    ],
)
def test_what_belongs_to_others_stays_theirs(chunk: Any, endpoint: str, dialect: Any) -> None:
    exchange = Exchange("test", chunks=[chunk], endpoint=endpoint, method="POST", streaming=False)

    assert known().choose(exchange) is dialect.DIALECT


@pytest.mark.parametrize("body", [[], [[]], [[0.5, 1.5]], [{"label": "POSITIVE", "score": 0.9}], [{"a": 1}, 5]])
def test_lists_of_anything_else_are_not_claimed(body: Any) -> None:
    assert known().choose(Exchange("test", chunks=[body], endpoint="/models/a/b", streaming=False)) is http.DIALECT


# --- a stream --------------------------------------------------------------------------------------------------------


def test_a_stream(read) -> None:
    corpus = read(streamed(*STREAM, inputs="Say hello", parameters={"max_new_tokens": 20}))

    assert corpus.recordings[["dialect", "n_chunks", "n_choices"]].to_numpy().tolist() == [["tgi", 3, 1]]
    assert rows(corpus, "content", "finish_reason", frame="choices") == [("Hello", "eos_token")]
    assert corpus.usage[["chunk", "prompt", "completion"]].to_numpy().tolist() == [[2, 7, 3]]
    assert corpus.chunks["sequence"].tolist() == [1, 2, 3]
    assert corpus.requests["max_tokens"].tolist() == [20]
    assert corpus.problems.empty
    assert corpus.findings.empty


def test_special_tokens_are_kept_and_are_no_text() -> None:
    columns = extracted(tgi, [event(1, "<|im_end|>", special=True)])

    assert kinds(columns) == ["empty"]
    assert json.loads(columns.events.column("text")[0])["text"] == "<|im_end|>"


def test_each_token_has_its_log_probability(read) -> None:
    events = read(streamed(*STREAM)).events
    content = events[events["kind"] == "content"]

    assert content["logprob"].tolist() == [-0.5, -0.5]
    assert [json.loads(extra) for extra in content["extra"]] == [{"id": 101}, {"id": 102}]


def test_what_the_end_repeats_counts_once(read) -> None:
    corpus = read(streamed(*STREAM))
    repeated = corpus.events.loc[corpus.events["kind"] == "empty", "text"].tolist()

    assert corpus.choices["content"].tolist() == ["Hello"]
    assert {"generated_text": "Hello"} in [json.loads(text) for text in repeated]


@pytest.mark.parametrize("reason", ["length", "eos_token", "stop_sequence"])
def test_why_it_ends(read, reason: str) -> None:
    corpus = read(streamed(*STREAM[:2], last(3, finish_reason=reason)))

    assert corpus.choices["finish_reason"].tolist() == [reason]
    assert corpus.findings["rule"].tolist() == (["length-cut"] if reason == "length" else [])


def test_an_end_without_details(read) -> None:
    """Where `details` were not asked for, nobody says why the answer ended."""
    corpus = read(streamed(*STREAM[:2], event(3, "!", generated_text="Hello!")))

    assert rows(corpus, "content", "finish_reason", frame="choices") == [("Hello!", None)]
    assert corpus.findings.empty


def test_an_error_in_the_stream(read) -> None:
    corpus = read(streamed(*STREAM[:2], DOCUMENTED["an error"]))

    assert corpus.choices["content"].tolist() == ["Hello"]
    assert "it broke" in corpus.recordings["error"].item()
    assert corpus.findings["rule"].tolist() == ["inband-error"]


def test_an_answer_of_special_tokens_alone_is_empty(read) -> None:
    assert read(streamed(last(1, generated=""))).findings["rule"].tolist() == ["empty-answer"]


# --- whole answers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "endpoint"), [(DOCUMENTED["whole with details"], WHOLE), (DOCUMENTED["whole in a list"], "/")]
)
def test_a_whole_answer(read, body: Any, endpoint: str) -> None:
    corpus = read(whole(body, endpoint))

    assert corpus.recordings[["dialect", "n_chunks", "n_choices"]].to_numpy().tolist() == [["tgi", 1, 1]]
    assert rows(corpus, "content", "finish_reason", frame="choices") == [("saidtext", "length")]
    assert corpus.usage[["completion"]].to_numpy().tolist() == [[3]]
    assert corpus.events.loc[corpus.events["kind"] == "content", "logprob"].tolist() == [-0.75]
    assert corpus.problems.empty


def test_the_best_of_two_and_the_other(read) -> None:
    corpus = read(whole(DOCUMENTED["whole, the best of two"]))

    assert rows(corpus, "choice", "content", "finish_reason", frame="choices") == [
        (0, "saidtext", "length"),
        (1, "secondtext", "stop_sequence"),
    ]
    assert corpus.usage[["choice", "completion"]].to_numpy().tolist() == [[0, 3], [1, 2]]


def test_several_answers_in_one_body(read) -> None:
    corpus = read(whole(DOCUMENTED["several, for several prompts"], "/models/org/model"))

    assert rows(corpus, "choice", "content", frame="choices") == [(0, "firsttext"), (1, "secondtext")]
    assert corpus.recordings["model_requested"].tolist() == ["org/model"]


def test_a_list_that_holds_anything_else_is_kept(read) -> None:
    corpus = read(envelope([STREAM[0], [{"generated_text": "a"}, 5], STREAM[2]], endpoint=STREAMED))

    assert corpus.problems["chunk"].tolist() == [1]
    assert '[{"generated_text":"a"},5]' in corpus.events["text"].tolist()


# --- as it is recorded -----------------------------------------------------------------------------------------------


def test_a_stream_as_curl_saves_it(read) -> None:
    """TGI writes no space behind the colon; two answers stand one behind the other."""
    lines = "".join(f"data:{json.dumps(chunk)}\n\n" for chunk in [*STREAM, *STREAM])
    corpus = read(lines.encode(), "answer.sse")

    assert rows(corpus, "dialect", "n_chunks", frame="recordings") == [("tgi", 3)] * 2
    assert corpus.choices["content"].tolist() == ["Hello"] * 2


@pytest.mark.parametrize("endpoint", [STREAMED, "/"])
def test_a_cassette(read, endpoint: str) -> None:
    interaction = {
        "request": {"method": "POST", "uri": f"https://x.endpoints.huggingface.cloud{endpoint}", "body": "{}"},
        "response": {
            "status": {"code": 200},
            "headers": {"content-type": ["text/event-stream"]},
            "body": {"string": "".join(f"data:{json.dumps(chunk)}\n\n" for chunk in STREAM)},
        },
    }
    corpus = read({"interactions": [interaction], "version": 1})

    assert rows(corpus, "dialect", "provider", "n_chunks", frame="recordings") == [("tgi", "huggingface", 3)]
    assert corpus.choices["content"].tolist() == ["Hello"]


def test_lines_of_whole_answers(read) -> None:
    lines = "".join(json.dumps({"generated_text": text, "details": None}) + "\n" for text in ("one", "two"))

    assert read(lines.encode(), "answers.jsonl").choices["content"].tolist() == ["one", "two"]
