"""Hand-made answers of Bedrock's InvokeModel in the formats of its own models: every field of the documentation."""

from __future__ import annotations

import json
from typing import Any

import pytest
from dialect_kit import envelope, extracted, kinds, rows

from recexplore.model.exchange import Exchange
from recexplore.read.dialects import anthropic, bedrock_invoke, embeddings, openai_chat, openai_completions
from recexplore.read.registry import known

STREAMED, WHOLE = "/model/meta.llama3/invoke-with-response-stream", "/model/meta.llama3/invoke"
NUMBERS = frozenset(
    [
        "index",
        "inputTextTokenCount",
        "totalOutputTextTokenCount",
        "tokenCount",
        "prompt_token_count",
        "generation_token_count",
        "logprob",
        "raw_logprob",
    ]
)


def titan(text: str, reason: str | None = None, prompt: int | None = None, n: int | None = None) -> dict[str, Any]:
    return {
        "outputText": text,
        "index": 0,
        "totalOutputTextTokenCount": n,
        "completionReason": reason,
        "inputTextTokenCount": prompt,
    }


def llama(text: str, n: int, reason: str | None = None, prompt: int | None = None) -> dict[str, Any]:
    return {"generation": text, "prompt_token_count": prompt, "generation_token_count": n, "stop_reason": reason}


def mistral(text: str, reason: str | None = None) -> dict[str, Any]:
    return {"outputs": [{"text": text, "stop_reason": reason}]}


def token(text: str, logprob: float) -> dict[str, Any]:
    generated = {"token": text, "logprob": logprob, "raw_logprob": logprob}
    return {"generatedToken": generated, "topTokens": None, "textRange": {"start": 0, "end": 1}}


DOCUMENTED: dict[str, dict[str, Any]] = {
    "Titan": {
        "inputTextTokenCount": 4,
        "results": [{"tokenCount": 3, "outputText": "saidtext", "completionReason": "finishword"}],
    },
    "Titan, streamed": titan("saidtext", "finishword", 4, 3),
    "Llama": {**llama("saidtext", 3, "stopword", 4), "images": ["imageword"]},
    "Llama, streamed": llama("saidtext", 1),
    "Mistral": mistral("saidtext", "stopword"),
    "Mistral, streamed": mistral("saidtext"),
    "Jurassic": {
        "id": 1234,
        "prompt": {"text": "askedtext", "tokens": [token("askedword", -1.5)]},
        "completions": [
            {
                "data": {"text": "saidtext", "tokens": [token("saidword", -0.5), token("nextword", -0.25)]},
                "finishReason": {"reason": "stopword", "length": 10, "sequence": "endword"},
            }
        ],
    },
    "Claude": {"completion": " saidtext", "stop_reason": "stopword", "stop": "Human:"},
    "Claude, streamed": {"completion": "saidtext", "stop_reason": None, "stop": None},
    "Pegasus": {"message": "saidtext", "finishReason": "stopword"},
}
STREAM = [llama("Hel", 1, prompt=4), llama("lo", 2), llama(" there", 4), llama("", 4, "stop")]
STREAMS: dict[str, tuple[list[dict[str, Any]], str]] = {
    "Titan": ([titan("Hel"), titan("lo"), titan("", "FINISH", 4, 3)], "FINISH"),
    "Llama": ([llama("Hel", 1, prompt=4), llama("lo", 3, "stop")], "stop"),
    "Mistral": ([mistral("Hel"), mistral("lo", "length")], "length"),
    "Claude": (
        [
            {"completion": "Hel", "stop_reason": None, "stop": None},
            {"completion": "lo", "stop_reason": "stop_sequence", "stop": "\n\nHuman:"},
        ],
        "stop_sequence",
    ),
    "Pegasus": ([{"message": "Hel", "finishReason": None}, {"message": "lo", "finishReason": "stop"}], "stop"),
}


def stream(*chunks: Any) -> Any:
    return envelope(list(chunks), endpoint=STREAMED)


def whole(body: Any, **request: Any) -> Any:
    return envelope(body, endpoint=WHOLE, streaming=False, **request)


# --- which dialect ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DOCUMENTED)
def test_every_answer_is_recognised(name: str) -> None:
    assert known().choose(Exchange("test", chunks=[DOCUMENTED[name]])) is bedrock_invoke.DIALECT


@pytest.mark.parametrize(
    ("chunk", "dialect"),
    [
        ({"type": "completion", "completion": " so", "stop_reason": None, "stop": None}, anthropic.DIALECT),
        ({"choices": [{"index": 0, "message": {"role": "assistant"}, "stop_reason": "stop"}]}, openai_chat.DIALECT),
        ({"choices": [{"index": 0, "message": {"content": ""}, "finish_reason": "stop"}]}, openai_chat.DIALECT),
        ({"choices": [{"text": "so", "stop_reason": "stop"}]}, openai_completions.DIALECT),
        ({"embedding": [0.5], "inputTextTokenCount": 3}, embeddings.DIALECT),
    ],
    ids=["Claude with a type", "Mistral's chat", "Jamba", "DeepSeek", "Titan's embeddings"],
)
def test_what_speaks_another_format_is_that_dialects(chunk: Any, dialect: Any) -> None:
    assert known().choose(Exchange("test", chunks=[chunk], endpoint=WHOLE, method="POST")) is dialect


@pytest.mark.parametrize(
    "chunk",
    [
        {"results": [{"index": 0, "relevanceScore": 0.5}]},
        {"outputs": {"text": "so"}},
        {"outputs": []},
        {"outputs": [{"type": "text", "text": "so"}]},
        {"completions": ["so"]},
        {"generation": 4},
        {"message": "not found"},
        {"completion": "so"},
    ],
    ids=str,
)
def test_what_only_looks_alike_is_not_claimed(chunk: Any) -> None:
    assert bedrock_invoke.DIALECT.sniff(Exchange("test", chunks=[chunk], endpoint=WHOLE)) == 0.0


@pytest.mark.parametrize("name", ["Titan", "Llama", "Mistral", "Jurassic", "Claude"])
def test_a_bare_answer_is_told_from_other_files(read, name: str) -> None:
    corpus = read(DOCUMENTED[name])

    assert corpus.recordings[["dialect", "envelope"]].to_numpy().tolist() == [["bedrock_invoke", "chunk-list"]]
    assert corpus.choices["content"].str.strip().tolist() == ["saidtext"]


# --- streams ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", STREAMS)
def test_streams(read, name: str) -> None:
    chunks, reason = STREAMS[name]
    corpus = read(stream(*chunks))

    assert corpus.recordings[["dialect", "n_chunks", "n_choices"]].to_numpy().tolist() == [
        ["bedrock_invoke", len(chunks), 1]
    ]
    assert rows(corpus, "content", "finish_reason", frame="choices") == [("Hello", reason)]
    assert "unknown" not in corpus.events["kind"].tolist()
    assert corpus.problems.empty
    assert set(corpus.findings["rule"]) <= {"length-cut"}


@pytest.mark.parametrize("name", ["Titan", "Llama"])
def test_what_it_cost(read, name: str) -> None:
    chunks, _ = STREAMS[name]

    assert read(stream(*chunks)).recordings[["prompt_tokens", "completion_tokens"]].to_numpy().tolist() == [[4, 3]]
    assert read(whole(DOCUMENTED[name])).usage[["prompt", "completion"]].to_numpy().tolist() == [[4, 3]]


def test_a_stream_that_breaks_off_never_finishes(read) -> None:
    assert read(stream(*STREAM[:2])).findings["rule"].tolist() == ["no-finish"]


def test_a_chunk_of_nothing_is_empty() -> None:
    assert kinds(extracted(bedrock_invoke, [mistral("")])) == ["empty"]


# --- whole answers ---------------------------------------------------------------------------------------------------


def test_several_answers_are_choices(read) -> None:
    body = {
        "id": 7,
        "prompt": {"text": "?"},
        "completions": [
            {"data": {"text": "so"}, "finishReason": {"reason": "endoftext"}},
            {"data": {"text": "or"}, "finishReason": {"reason": "length", "length": 1}},
        ],
    }
    corpus = read(whole(body))

    assert rows(corpus, "choice", "content", "finish_reason", frame="choices") == [
        (0, "so", "endoftext"),
        (1, "or", "length"),
    ]
    assert corpus.chunks["id"].tolist() == ["7"]


def test_the_tokens_of_several_answers_are_their_own(read) -> None:
    results = [{"tokenCount": n, "outputText": "so", "completionReason": "FINISH"} for n in (3, 5)]
    corpus = read(whole({"inputTextTokenCount": 4, "results": results}))

    assert sorted(rows(corpus, "choice", "prompt", "completion", frame="usage"), key=str) == [
        (0, None, 3),
        (1, None, 5),
        (None, 4, None),
    ]


def test_log_probabilities() -> None:
    columns = extracted(bedrock_invoke, [DOCUMENTED["Jurassic"]])
    told = dict(zip(kinds(columns), columns.events.column("logprob"), strict=True))

    assert told == {"content": -0.75, "logprobs": None, "finish": None}


def test_what_stands_beside_an_answer_goes_with_it(read) -> None:
    corpus = read(whole(DOCUMENTED["Jurassic"]))
    beside = {kind: json.loads(extra) for kind, extra in rows(corpus, "kind", "extra") if extra}

    assert beside == {"content": {"finishReason": {"length": 10, "sequence": "endword"}}}


@pytest.mark.parametrize("reason", sorted(bedrock_invoke.DIALECT.finish_reasons))
def test_why_it_ends(read, reason: str) -> None:
    corpus = read(stream(titan("so"), titan("", reason)))

    assert corpus.choices["finish_reason"].tolist() == [reason]
    assert "finish-value" not in corpus.findings["rule"].tolist()


@pytest.mark.parametrize(
    ("request_body", "limit"),
    [
        ({"inputText": "?", "textGenerationConfig": {"maxTokenCount": 9}}, 9),
        ({"prompt": "?", "max_gen_len": 9}, 9),
        ({"prompt": "?", "max_tokens": 9}, 9),
        ({"prompt": "?", "maxTokens": 9}, 9),
        ({"prompt": "?", "max_tokens_to_sample": 9}, 9),
        ({"inputPrompt": "?", "maxOutputTokens": 9}, 9),
    ],
    ids=["Titan", "Llama", "Mistral", "Jurassic", "Claude", "Pegasus"],
)
def test_what_was_asked_for(read, request_body: Any, limit: int) -> None:
    assert read(whole(DOCUMENTED["Titan"], **request_body)).requests["max_tokens"].tolist() == [limit]


@pytest.mark.parametrize("name", ["Titan", "Llama", "Mistral", "Jurassic", "Claude"])
def test_answers_a_line_are_answers_of_their_own(read, name: str) -> None:
    lines = b"\n".join([json.dumps(DOCUMENTED[name]).encode()] * 2)
    corpus = read(lines, name="answers.jsonl")

    assert corpus.recordings[["n_chunks", "streaming"]].to_numpy().tolist() == [[1, False], [1, False]]


def test_streams_one_behind_the_other_are_apart(read) -> None:
    lines = b"\n".join(json.dumps(chunk).encode() for chunk in [*STREAM, *STREAM])
    corpus = read(lines, name="answers.jsonl")

    assert corpus.recordings["n_chunks"].tolist() == [len(STREAM)] * 2
    assert corpus.choices["content"].tolist() == ["Hello there"] * 2


# --- what is not as documented ---------------------------------------------------------------------------------------


def test_an_error_is_one(read) -> None:
    corpus = read(stream(*STREAM[:2], {"error": {"code": "internalError", "message": "it broke"}}))

    assert corpus.recordings["dialect"].tolist() == ["bedrock_invoke"]
    assert "it broke" in corpus.recordings["error"].item()
    assert corpus.choices["content"].tolist() == ["Hello"]


def test_what_is_unknown_is_kept_whole(read) -> None:
    events = read(stream(*STREAM[:2], {"strange": "newthing"}, *STREAM[2:])).events

    assert events.loc[events["chunk"] == 2, ["kind", "text"]].to_numpy().tolist() == [
        ["unknown", '{"strange":"newthing"}']
    ]
