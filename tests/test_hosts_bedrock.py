"""What Amazon Bedrock says itself: beside the chunks of any model, streamed and whole, and what follows from it."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from dialect_kit import rows
from test_bodies import bedrock_chunk, frame

from recexplore.read.hosts.bedrock import split
from recexplore.read.wire.aws_frames import MEDIA_TYPE

HOST = "https://bedrock-runtime.us-east-1.amazonaws.com"
METRICS = {"inputTokenCount": 5, "outputTokenCount": 24, "invocationLatency": 719, "firstByteLatency": 148}
ACTION, TRACE, MEASURED = (f"amazon-bedrock-{name}" for name in ("guardrailAction", "trace", "invocationMetrics"))


def chat(**choice: Any) -> dict[str, Any]:
    about = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "gpt-x"}
    return {**about, "choices": [{"index": 0, "finish_reason": None, **choice}]}


def messages(content: str | None, **said: Any) -> dict[str, Any]:
    """Mistral's chat: a message in place of a delta, and a reason under Mistral's own name."""
    message = {"role": said.pop("role", None), "content": content, "tool_calls": None}
    choice = {"index": 0, "logprobs": None, "message": message, "stop_reason": said.pop("reason", None)}
    return {
        "id": "m",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "mistral-x",
        "choices": [choice],
        **said,
    }


COUNTS = {"prompt_tokens": 5, "completion_tokens": 24, "total_tokens": 29}
MODELS: dict[str, tuple[str, list[dict[str, Any]], str, str]] = {
    "Claude": (
        "anthropic.claude-x",
        [
            {
                "type": "message_start",
                "message": {
                    "id": "m",
                    "type": "message",
                    "role": "assistant",
                    "model": "claude-x",
                    "content": [],
                    "usage": {"input_tokens": 5, "output_tokens": 1},
                },
            },
            {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "A wren."}},
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 24}},
            {"type": "message_stop"},
        ],
        "anthropic",
        "end_turn",
    ),
    "Nova": (
        "amazon.nova-x",
        [
            {"messageStart": {"role": "assistant"}},
            {"contentBlockDelta": {"delta": {"text": "A wren."}, "contentBlockIndex": 0}},
            {"contentBlockStop": {"contentBlockIndex": 0}},
            {"messageStop": {"stopReason": "end_turn"}},
            {"metadata": {"usage": {"inputTokens": 5, "outputTokens": 24}, "metrics": {}, "trace": {}}},
        ],
        "bedrock_converse",
        "end_turn",
    ),
    "gpt-oss": (
        "openai.gpt-x",
        [
            chat(delta={"role": "assistant", "content": ""}),
            chat(delta={"content": "A wren."}),
            {**chat(delta={}, finish_reason="stop"), "usage": COUNTS},
        ],
        "openai_chat",
        "stop",
    ),
    "Mistral's chat": (
        "mistral.mistral-large-x",
        [messages("", role="assistant"), messages("A "), messages("wren.", reason="stop", usage=COUNTS)],
        "openai_chat",
        "stop",
    ),
    "Llama": (
        "meta.llama-x",
        [
            {"generation": "A wr", "prompt_token_count": 5, "generation_token_count": 1, "stop_reason": None},
            {"generation": "en.", "prompt_token_count": None, "generation_token_count": 24, "stop_reason": "stop"},
        ],
        "bedrock_invoke",
        "stop",
    ),
    "Mistral": (
        "mistral.mistral-7b",
        [{"outputs": [{"text": "A wr", "stop_reason": None}]}, {"outputs": [{"text": "en.", "stop_reason": "stop"}]}],
        "bedrock_invoke",
        "stop",
    ),
    "DeepSeek": (
        "deepseek.r1-x",
        [{"choices": [{"text": "A wr", "stop_reason": None}]}, {"choices": [{"text": "en.", "stop_reason": "stop"}]}],
        "openai_completions",
        "stop",
    ),
}
SILENT = ("Mistral", "DeepSeek")
"""Models whose own format reports no usage."""


def cassette(model: str, frames: list[bytes]) -> dict[str, Any]:
    request = {"method": "POST", "uri": f"{HOST}/model/{model}-v1%3A0/invoke-with-response-stream", "body": "{}"}
    body = {"base64_string": base64.b64encode(b"".join(frames)).decode()}
    answer = {"status": {"code": 200}, "headers": {"content-type": [MEDIA_TYPE]}, "body": body}
    return {"interactions": [{"request": request, "response": answer}]}


def framed(*chunks: Any) -> list[bytes]:
    return [bedrock_chunk(json.dumps(chunk).encode()) for chunk in chunks]


def with_fields(chunks: list[Any], at: int, **fields: Any) -> list[Any]:
    return [{**chunk, **fields} if n == at % len(chunks) else chunk for n, chunk in enumerate(chunks)]


@pytest.mark.parametrize("name", MODELS)
def test_every_models_stream_is_read_and_nothing_false_is_said_of_it(read, name: str) -> None:
    model, chunks, dialect, reason = MODELS[name]
    corpus = read(cassette(model, framed(*with_fields(chunks, -1, **{MEASURED: METRICS}))))

    assert corpus.recordings[["dialect", "provider", "n_chunks"]].to_numpy().tolist() == [
        [dialect, "bedrock", len(chunks)]
    ]
    assert rows(corpus, "content", "finish_reason", frame="choices") == [("A wren.", reason)]
    assert set(corpus.chunks["event"]) == {"chunk"}
    assert "unknown" not in corpus.events["kind"].tolist()
    assert set(corpus.findings["rule"]) <= {"model-drift"}
    assert corpus.problems.empty


@pytest.mark.parametrize("name", MODELS)
def test_what_was_measured_counts_where_the_model_counts_nothing(read, name: str) -> None:
    model, chunks, _, _ = MODELS[name]
    corpus = read(cassette(model, framed(*with_fields(chunks, -1, **{MEASURED: METRICS}))))
    beside = [text for kind, text in rows(corpus, "kind", "text") if kind == "annotation" and MEASURED in text]

    assert corpus.recordings[["prompt_tokens", "completion_tokens"]].to_numpy().tolist() == [[5, 24]]
    if name in SILENT:
        assert corpus.usage["source"].tolist() == [MEASURED]
        assert json.loads(corpus.usage["extra"].item()) == {"invocationLatency": 719, "firstByteLatency": 148}
        assert beside == []
    else:
        assert MEASURED not in corpus.usage["source"].tolist()
        assert [json.loads(text) for text in beside] == [{MEASURED: METRICS}]


@pytest.mark.parametrize("name", MODELS)
def test_measurements_in_a_chunk_of_their_own(read, name: str) -> None:
    model, chunks, dialect, _ = MODELS[name]
    corpus = read(cassette(model, framed(*chunks, {MEASURED: METRICS})))

    assert corpus.recordings[["dialect", "n_chunks"]].to_numpy().tolist() == [[dialect, len(chunks) + 1]]
    assert "unknown" not in corpus.events["kind"].tolist()
    assert corpus.choices["content"].tolist() == ["A wren."]


@pytest.mark.parametrize("name", MODELS)
def test_a_guardrail_that_intervened_is_a_warning(read, name: str) -> None:
    model, chunks, _, _ = MODELS[name]
    trace = {"guardrail": {"input": {"g1": {"topicPolicy": {"topics": [{"action": "BLOCKED"}]}}}}}
    corpus = read(cassette(model, framed(*with_fields(chunks, 1, **{ACTION: "INTERVENED", TRACE: trace}))))
    told = {
        kind: json.loads(text)
        for chunk, kind, text in rows(corpus, "chunk", "kind", "text")
        if chunk == 1 and text and text[:1] == "{"
    }

    assert told["filter"] == {ACTION: "INTERVENED"}
    assert told["annotation"] == {TRACE: trace}
    assert ["filtered", "warning"] in corpus.findings[["rule", "severity"]].to_numpy().tolist()
    assert set(corpus.findings["rule"]) <= {"filtered", "model-drift"}


@pytest.mark.parametrize("name", MODELS)
def test_a_guardrail_that_did_nothing_is_no_finding(read, name: str) -> None:
    model, chunks, dialect, _ = MODELS[name]
    corpus = read(cassette(model, framed(*({**chunk, ACTION: "NONE"} for chunk in chunks))))

    assert corpus.recordings["dialect"].tolist() == [dialect]
    assert corpus.events["kind"].tolist().count("filter") == len(chunks)
    assert set(corpus.findings["rule"]) <= {"model-drift"}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("exception", ["throttlingException", "modelTimeoutException"])
def test_an_exception_in_any_models_stream_is_an_error(read, name: str, exception: str) -> None:
    model, chunks, dialect, _ = MODELS[name]
    broken = frame({"message": "it broke"}, exception_type=exception, message_type="exception")
    corpus = read(cassette(model, [*framed(*chunks[:2]), broken]))

    assert corpus.recordings["dialect"].tolist() == [dialect]
    assert json.loads(corpus.recordings["error"].item()) == {exception: {"message": "it broke"}}
    assert corpus.chunks["object"].tolist()[-1] == exception
    assert "no-finish" not in corpus.findings["rule"].tolist()


def test_a_stream_of_an_exception_alone(read) -> None:
    broken = frame({"message": "it broke"}, exception_type="validationException", message_type="exception")
    corpus = read(cassette("meta.llama-x", [broken]))

    assert corpus.recordings["dialect"].tolist() == ["bedrock_converse"]
    assert corpus.findings["rule"].tolist() == ["inband-error"]


def test_what_a_guardrail_puts_in_an_answers_place_needs_no_reason(read) -> None:
    """It writes the JSON anew, too: integers have a decimal point then."""
    blocked = {
        "outputText": "Input blocked",
        "index": 0.0,
        "totalOutputTextTokenCount": 3.0,
        "inputTextTokenCount": 6.0,
        ACTION: "INTERVENED",
    }
    corpus = read(cassette("amazon.titan-x", framed(blocked)))

    assert corpus.choices["content"].tolist() == ["Input blocked"]
    assert corpus.usage[["prompt", "completion"]].to_numpy().tolist() == [[6, 3]]
    assert corpus.findings["rule"].tolist() == ["filtered"]
    assert corpus.problems.empty


def test_whole_answers_carry_the_same(read) -> None:
    body = {
        "id": "c",
        "object": "chat.completion",
        "created": 1.0,
        "choices": [{"index": 0.0, "message": {"role": "assistant", "content": "So"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 5.0, "completion_tokens": 2.0, "total_tokens": 7.0},
        ACTION: "INTERVENED",
        TRACE: {"guardrail": {}},
    }
    request = {"method": "POST", "uri": f"{HOST}/model/qwen.x/invoke", "body": "{}"}
    answer = {"status": {"code": 200}, "headers": {}, "body": {"string": json.dumps(body)}}
    corpus = read({"interactions": [{"request": request, "response": answer}]})

    assert corpus.usage[["prompt", "completion", "total"]].to_numpy().tolist() == [[5, 2, 7]]
    assert corpus.findings["rule"].tolist() == ["filtered"]
    assert corpus.problems.empty


def test_a_body_that_is_no_answer_has_no_choice_that_was_filtered(read) -> None:
    request = {"method": "POST", "uri": f"{HOST}/model/amazon.titan-image-x/invoke", "body": "{}"}
    answer = {
        "status": {"code": 200},
        "headers": {},
        "body": {"string": json.dumps({"images": ["aW1n"], ACTION: "NONE"})},
    }
    corpus = read({"interactions": [{"request": request, "response": answer}]})

    assert corpus.recordings["dialect"].tolist() == ["http"]
    assert corpus.choices.empty
    assert corpus.events["kind"].tolist() == ["annotation", "filter"]


def test_numbers_stay_as_they_are_where_no_guardrail_wrote_them() -> None:
    own, said = split([{"a": 1.0, MEASURED: {}}, {"a": [1.0, 1.5, {"b": 2.0}], ACTION: "NONE"}, "text"])

    assert own == [{"a": 1.0}, {"a": [1, 1.5, {"b": 2}]}, "text"]
    assert [type(each) for each in (own[0]["a"], own[1]["a"][0], own[1]["a"][2]["b"])] == [float, int, int]
    assert said == {0: {MEASURED: {}}, 1: {ACTION: "NONE"}}


def test_chunks_of_others_are_handed_on_as_they_are() -> None:
    chunks = [{"a": 1}, "text", None]

    assert split(chunks) == (chunks, {})
    assert split(chunks)[0] is chunks


@pytest.mark.parametrize("odd", [5, "wrongword", ["wrongword"], {"k": "wrongword"}, True])
@pytest.mark.parametrize("field", [ACTION, TRACE, MEASURED])
def test_a_value_of_the_wrong_type_is_kept(read, field: str, odd: Any) -> None:
    model, chunks, _, _ = MODELS["Mistral"]
    corpus = read(cassette(model, framed(*with_fields(chunks, -1, **{field: odd}))))
    found = corpus.events.to_csv() + corpus.usage.to_csv()

    assert ("wrongword" if "wrongword" in str(odd) else f'{field}"":{json.dumps(odd)}') in found
    assert corpus.choices["content"].tolist() == ["A wren."]
