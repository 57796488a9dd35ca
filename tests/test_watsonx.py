"""Hand-made answers of watsonx: text generation, every field of the reference, and its chat, which is OpenAI's."""

from __future__ import annotations

import json
from typing import Any

import pytest
from dialect_kit import envelope, extracted, kinds, rows

from recexplore.model.exchange import Exchange
from recexplore.read.dialects import openai_chat, watsonx
from recexplore.read.registry import known

HOST = "https://us-south.ml.cloud.ibm.com"
ENDPOINT, STREAMED = "/ml/v1/text/generation", "/ml/v1/text/generation_stream"
CHAT, CHAT_STREAMED = "/ml/v1/text/chat", "/ml/v1/text/chat_stream"
STAMPS = frozenset(["created_at"])
"""The clock's, not the dialect's."""

TOKENS = [
    {"text": "A", "logprob": -0.5, "rank": 1, "top_tokens": [{"text": "otherword", "logprob": -1.5}]},
    {"text": "wren", "logprob": -0.25},
]
WARNINGS = {"warnings": [{"message": "deprecatedword", "id": "api_legacy", "more_info": "linkword"}]}
MODERATIONS = {"hap": [{"score": 0.9, "input": False, "position": {"start": 0, "end": 4}, "word": "flaggedword"}]}
REFUSAL = {
    "errors": [{"code": "model_not_supported", "message": "Model 'x' is not supported", "more_info": "linkword"}],
    "trace": "traceword",
    "status_code": 404,
}


def stamp(seconds: float) -> str:
    return f"2025-06-24T15:30:{seconds:06.3f}Z"


def result(
    text: str, n_generated: int = 0, n_input: int = 0, reason: str = "not_finished", **fields: Any
) -> dict[str, Any]:
    counts = {"generated_token_count": n_generated, "input_token_count": n_input}
    return {"generated_text": text, **counts, "stop_reason": reason, **fields}


def answer(*results: Any, at: float = 0.0, **fields: Any) -> dict[str, Any]:
    return {"model_id": "ibm/granite-x", "created_at": stamp(at), "results": list(results), **fields}


DOCUMENTED: dict[str, dict[str, Any]] = {
    "the start": answer(result("", 0, 8), system=WARNINGS),
    "text": answer(result("saidtext", 1)),
    "the end": answer(result("", 4, reason="eos_token")),
    "a whole answer": answer(result("saidtext", 4, 8, "max_tokens", seed=7), model_version="versionword"),
    "two results": answer(result("firsttext", 1, 8, "eos_token"), result("secondtext", 2, 8, "eos_token")),
    "tokens": answer(
        result("A wren", 2, 8, "eos_token", generated_tokens=TOKENS, input_tokens=[{"text": "Whichword"}])
    ),
    "moderated": answer(result("saidtext", 2, 8, "eos_token", moderations=MODERATIONS)),
    "an error": REFUSAL,
}

STREAM = [
    answer(result("", 0, 8), system=WARNINGS),
    answer(result("A wr", 1), at=0.25),
    answer(result("en", 2), at=0.5),
    answer(result(" sings", 3), at=0.75),
    answer(result(".", 4, reason="eos_token"), at=1),
]


UNCOUNTED = answer({"generated_text": "saidtext", "stop_reason": "not_finished"})
"""Counts are optional."""


def stream(*chunks: Any, endpoint: str = STREAMED, **request: Any) -> Any:
    return envelope(list(chunks), endpoint=endpoint, url=HOST, model_id="ibm/granite-x", **request)


def events_of(chunks: list[Any], name: str = "message") -> bytes:
    """As watsonx sends them."""
    return "".join(
        f"id: {n}\nevent: {name}\ndata: {json.dumps(chunk)}\n\n" for n, chunk in enumerate(chunks, 1)
    ).encode()


# --- which dialect ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in DOCUMENTED if name != "an error"])
def test_every_chunk_is_recognised_wherever_it_came_from(name: str) -> None:
    assert known().choose(Exchange("test", chunks=[DOCUMENTED[name]])) is watsonx.DIALECT


@pytest.mark.parametrize(
    "body",
    [
        {"model_id": "m", "results": [{"embedding": [0.5]}], "created_at": stamp(0), "input_token_count": 3},
        {"model_id": "m", "results": [{"index": 0, "score": 0.5}], "created_at": stamp(0), "input_token_count": 3},
    ],
    ids=["embedded", "reranked"],
)
def test_what_is_no_answer_of_a_model_is_not_taken(body: Any) -> None:
    exchange = Exchange("test", chunks=[body], endpoint="/ml/v1/text/rerank", method="POST", streaming=False)

    assert known().choose(exchange) is not watsonx.DIALECT


@pytest.mark.parametrize("endpoint", [ENDPOINT, STREAMED, "/ml/v1/deployments/d/text/generation_stream", CHAT])
def test_an_error_in_place_of_an_answer(read, endpoint: str) -> None:
    corpus = read(envelope(REFUSAL, endpoint=endpoint, url=HOST, streaming=False))

    assert corpus.recordings[["dialect", "provider"]].to_numpy().tolist() == [["watsonx", "watsonx"]]
    assert "not supported" in corpus.recordings["error"].item()
    assert json.loads(corpus.chunks["extra"].item()) == {"trace": "traceword", "status_code": 404}


# --- text generation -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "name"),
    [(stream(*STREAM), "recording.json"), (events_of(STREAM), "recording.sse")],
    ids=["recorded", "as it came"],
)
def test_a_stream(read, document: Any, name: str) -> None:
    corpus = read(document, name=name)

    assert corpus.recordings[["dialect", "n_chunks", "n_choices", "model_served"]].to_numpy().tolist() == [
        ["watsonx", 5, 1, "ibm/granite-x"]
    ]
    assert rows(corpus, "content", "finish_reason", frame="choices") == [("A wren sings.", "eos_token")]
    assert "unknown" not in corpus.events["kind"].tolist()
    assert corpus.problems.empty
    assert corpus.findings.empty


def test_what_it_cost(read) -> None:
    corpus = read(stream(*STREAM))

    assert rows(corpus, "chunk", "prompt", "completion", frame="usage") == [
        (0, 8, 0),
        (1, None, 1),
        (2, None, 2),
        (3, None, 3),
        (4, None, 4),
    ]
    assert corpus.recordings[["prompt_tokens", "completion_tokens"]].to_numpy().tolist() == [[8, 4]]
    beside = corpus.events.loc[corpus.events["kind"] == "usage", "extra"].dropna()
    assert [json.loads(text) for text in beside] == [{"input_token_count": 0}] * 4


def test_the_servers_clock(read) -> None:
    corpus = read(stream(*STREAM))

    assert corpus.recordings[["clock", "duration_s"]].to_numpy().tolist() == [["server", 1.0]]
    assert corpus.chunks["t_s"].tolist() == pytest.approx([0, 0.25, 0.5, 0.75, 1])


@pytest.mark.parametrize("bad", ["yesterday", 5])
def test_a_stamp_that_is_none_is_not_dropped(read, bad: Any) -> None:
    corpus = read(stream({**STREAM[1], "created_at": bad}, STREAM[4]))

    assert json.loads(corpus.chunks["extra"].dropna().item()) == {"created_at": bad}


def test_a_whole_answer(read) -> None:
    corpus = read(envelope(DOCUMENTED["a whole answer"], endpoint=ENDPOINT, url=HOST, streaming=False))

    assert rows(corpus, "content", "finish_reason", frame="choices") == [("saidtext", "max_tokens")]
    assert rows(corpus, "prompt", "completion", "source", frame="usage") == [(8, 4, "results")]
    assert corpus.recordings["clock"].tolist() == ["none"]
    assert corpus.findings["rule"].tolist() == ["length-cut"]


def test_several_results_are_several_choices(read) -> None:
    corpus = read(envelope(DOCUMENTED["two results"], endpoint=ENDPOINT, url=HOST, streaming=False))

    assert rows(corpus, "choice", "content", frame="choices") == [(0, "firsttext"), (1, "secondtext")]
    assert rows(corpus, "choice", "completion", frame="usage") == [(0, 1), (1, 2)]


@pytest.mark.parametrize("reason", watsonx.DIALECT.finish_reasons)
def test_why_it_ends(read, reason: str) -> None:
    corpus = read(stream(*STREAM[:4], answer(result("", 4, reason=reason))))

    assert corpus.choices["finish_reason"].tolist() == [reason]
    assert "finish-value" not in corpus.findings["rule"].tolist()


@pytest.mark.parametrize("reason", ["not_finished", "NOT_FINISHED"])
def test_a_result_that_goes_on_has_not_finished(read, reason: str) -> None:
    corpus = read(stream(*STREAM[:4], answer(result(".", 4, reason=reason))))

    assert corpus.choices["finish_reason"].isna().all()
    assert corpus.findings["rule"].tolist() == ["no-finish"]


def test_whole_answers_saved_one_behind_the_other_are_apart(read) -> None:
    lines = [DOCUMENTED["a whole answer"], answer(result("othertext", 4, 8, "eos_token"))]
    corpus = read("\n".join(map(json.dumps, lines)).encode(), name="answers.jsonl")

    assert corpus.choices["content"].tolist() == ["saidtext", "othertext"]


def test_events_of_nothing_belong_to_the_stream(read) -> None:
    corpus = read(events_of([{}, *STREAM]) + events_of([{}], "close"), name="recording.sse")

    assert corpus.recordings[["dialect", "n_chunks"]].to_numpy().tolist() == [["watsonx", 7]]
    assert corpus.choices["content"].tolist() == ["A wren sings."]
    assert corpus.findings.empty


def test_an_error_in_the_stream(read) -> None:
    corpus = read(events_of(STREAM[:3]) + events_of([REFUSAL], "error"), name="recording.sse")

    assert "not supported" in corpus.recordings["error"].item()
    assert corpus.choices["content"].tolist() == ["A wren"]


def test_log_probabilities() -> None:
    columns = extracted(watsonx.DIALECT, [DOCUMENTED["tokens"]])
    told = dict(zip(kinds(columns), columns.events.column("logprob"), strict=True))

    assert told["content"] == -0.75
    assert "logprobs" in told


def test_what_was_moderated(read) -> None:
    corpus = read(envelope(DOCUMENTED["moderated"], endpoint=ENDPOINT, url=HOST, streaming=False))

    assert [json.loads(text) for text in corpus.events.loc[corpus.events["kind"] == "filter", "text"]] == [MODERATIONS]


def test_what_the_request_asks_for(read) -> None:
    asked = {"input": "Which bird?", "parameters": {"max_new_tokens": 9}}
    corpus = read(stream(*STREAM, **asked))

    assert corpus.recordings["model_requested"].tolist() == ["ibm/granite-x"]
    assert corpus.requests["max_tokens"].tolist() == [9]


# --- chat ------------------------------------------------------------------------------------------------------------


def chat(delta: Any = None, reason: str | None = None, at: float = 0.0, **fields: Any) -> dict[str, Any]:
    head = {"id": "chatcmpl-1", "model_id": "ibm/granite-x", "created": 1750000000, "created_at": stamp(at)}
    return {**head, "choices": [{"index": 0, "finish_reason": reason, "delta": delta}] if delta else [], **fields}


CHAT_STREAM = [
    chat({"role": "assistant", "content": ""}, model_version="4.0.0", system=WARNINGS),
    chat({"content": "A wren"}, at=0.25),
    chat({"content": " sings."}, at=0.5),
    chat({"content": ""}, "stop", at=0.75),
    chat(at=1, usage={"completion_tokens": 3, "prompt_tokens": 38, "total_tokens": 41}),
]


@pytest.mark.parametrize("model", [{}, {"model": "ibm/granite-x"}], ids=["model_id", "both"])
def test_chat_is_read_as_chat_completions(read, model: Any) -> None:
    chunks = [{**chunk, **model} for chunk in CHAT_STREAM]
    response = {"status": {"code": 200}, "headers": {"content-type": ["text/event-stream"]}}
    interaction = {
        "request": {
            "method": "POST",
            "uri": HOST + CHAT_STREAMED,
            "body": '{"model_id":"ibm/granite-x","messages":[]}',
        },
        "response": {**response, "body": {"string": events_of(chunks).decode()}},
    }
    corpus = read({"interactions": [interaction], "version": 1})

    assert corpus.recordings[
        ["dialect", "provider", "model_requested", "model_served", "clock"]
    ].to_numpy().tolist() == [["openai_chat", "watsonx", "ibm/granite-x", "ibm/granite-x", "server"]]
    assert corpus.chunks["model"].tolist() == ["ibm/granite-x"] * 5
    assert rows(corpus, "role", "content", "finish_reason", frame="choices") == [("assistant", "A wren sings.", "stop")]
    assert rows(corpus, "prompt", "completion", "total", frame="usage") == [(38, 3, 41)]
    assert corpus.problems.empty
    assert corpus.findings.empty


def test_a_whole_answer_of_chat(read) -> None:
    body = {
        **chat(),
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "a"}, "finish_reason": "stop"}],
    }
    corpus = read(envelope(body, endpoint=CHAT, url=HOST, streaming=False))

    assert corpus.recordings[["dialect", "model_served"]].to_numpy().tolist() == [["openai_chat", "ibm/granite-x"]]
    assert corpus.choices["content"].tolist() == ["a"]


@pytest.mark.parametrize("reason", ["time_limit", "cancelled", "error"])
def test_why_chat_ends(read, reason: str) -> None:
    corpus = read(stream(*CHAT_STREAM[:3], chat({"content": ""}, reason), endpoint=CHAT_STREAMED))

    assert corpus.choices["finish_reason"].tolist() == [reason]
    assert "finish-value" not in corpus.findings["rule"].tolist()


def test_an_error_in_a_stream_of_chat(read) -> None:
    corpus = read(stream(*CHAT_STREAM[:3], REFUSAL, endpoint=CHAT_STREAMED))

    assert corpus.recordings["dialect"].tolist() == [openai_chat.DIALECT.name]
    assert "not supported" in corpus.recordings["error"].item()


def test_a_demanded_call_of_chat(read) -> None:
    corpus = read(stream(*CHAT_STREAM, endpoint=CHAT_STREAMED, tool_choice_option="required"))

    assert corpus.requests["tool_choice"].tolist() == ["required"]
