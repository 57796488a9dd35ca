"""Failures that were recorded: how bad each is, which the test wanted, and which are nobody's."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from synthetic import URL, choice, chunk, says

import recexplore
from recexplore.corpus import Corpus
from recexplore.rules.intent import Intent, intent_of

Read = Callable[..., Corpus]
CHAT = "https://api.openai.com/v1/chat/completions"


def refusal(status: int | None, error: Any, url: str = CHAT, test_id: str | None = None, **body: Any) -> dict[str, Any]:
    """What llama-stack's recorder writes of a request that failed."""
    answer: dict[str, Any] = {"body": {"error": error} if isinstance(error, dict) else error, "is_streaming": False}
    if status is not None:
        answer["status"] = status
    request = {"method": "POST", "url": url, "body": {"model": "m", "messages": [], **body}}
    return {"test_id": test_id, "request": request, "response": answer}


def cassette(*exchanges: tuple[str, str, Any, int, Any]) -> dict[str, Any]:
    """What vcrpy writes: method, URL, request, status, answer of each exchange."""
    return {
        "version": 1,
        "interactions": [
            {
                "request": {"method": method, "uri": url, "headers": {}, "body": json.dumps(asked) if asked else None},
                "response": {
                    "status": {"code": status, "message": ""},
                    "headers": {"content-type": ["application/json"]},
                    "body": {"string": answer if isinstance(answer, str) else json.dumps(answer)},
                },
            }
            for method, url, asked, status, answer in exchanges
        ],
    }


def severities(corpus: Corpus) -> list[str]:
    found = recexplore.check(corpus, select=["recorded-exception", "inband-error"])
    assert "failed" not in found.attrs, found.attrs
    return [f"{row.rule} {row.severity}" for row in found.itertuples()]


ASKED = {"model": "m", "messages": [{"role": "user", "content": "Which bird?"}]}
ANSWER = {
    "id": "c",
    "object": "chat.completion",
    "model": "m",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "A wren."}, "finish_reason": "stop"}],
}
BAD = {"error": {"message": "Unrecognized request argument", "type": "invalid_request_error", "code": None}}
GEMINI = "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:generateContent"

SAME_EVERYWHERE = {
    "a wrong key at OpenAI": (
        CHAT,
        401,
        {"error": {"message": "Incorrect API key provided: x", "code": "invalid_api_key"}},
    ),
    "a wrong key at Gemini": (
        GEMINI,
        400,
        {
            "error": {
                "code": 400,
                "message": "API key not valid. Please pass a valid API key.",
                "status": "INVALID_ARGUMENT",
            }
        },
    ),
    "a wrong key at Anthropic": (
        "https://api.anthropic.com/v1/messages",
        401,
        {"type": "error", "error": {"type": "authentication_error", "message": "invalid x-api-key"}},
    ),
    "an unknown model in chat": (
        CHAT,
        404,
        {"error": {"message": "The model `x` does not exist", "code": "model_not_found"}},
    ),
    "an unknown model in Responses": (
        "https://api.openai.com/v1/responses",
        400,
        {"error": {"message": "The requested model 'x' does not exist.", "code": "model_not_found"}},
    ),
    "credit that is used up": (
        "https://api.anthropic.com/v1/messages",
        400,
        {"type": "error", "error": {"type": "invalid_request_error", "message": "Your credit balance is too low"}},
    ),
}


@pytest.mark.parametrize("name", SAME_EVERYWHERE)
def test_the_same_failure_is_as_bad_at_every_provider(read: Read, name: str) -> None:
    url, status, answer = SAME_EVERYWHERE[name]
    corpus = read(cassette(("POST", url, {**ASKED, "input": "x"}, status, answer)), "chat.yaml.json")
    assert severities(corpus) == ["recorded-exception error"]


@pytest.mark.parametrize("status", [400, 413, 415, 422])
def test_a_refusal_of_the_request_that_no_test_names_is_a_warning(read: Read, status: int) -> None:
    assert severities(read(cassette(("POST", CHAT, ASKED, status, BAD)))) == ["recorded-exception warning"]


@pytest.mark.parametrize("status", [400, 401, 404, 422, 429, 500, 503])
@pytest.mark.parametrize(
    ("test_id", "severity"),
    [
        ("tests/test_chat.py::test_streams_an_answer", "error"),
        ("tests/test_chat.py::test_tools[openai-invalid]", "error"),
        ("tests/test_chat.py::test_no_error", "error"),
        ("tests/test_chat.py::test_rejects_a_bad_image", "note"),
        ("tests/test_chat.py::TestChat::test_invalid_key", "note"),
        ("tests/test_chat.py::test_model_not_found", "note"),
        ("tests/test_chat.py::testUnauthorized", "note"),
        ("tests/test_chat.py::test_status_429", "note"),
        ("tests/test_chat_errors.py::test_image", "warning"),
        ("tests/test_chat.py::TestErrors::test_image", "warning"),
        ("tests/test_chat.py::test_missing_image", "warning"),
    ],
)
def test_what_the_test_wants_decides(read: Read, status: int, test_id: str, severity: str) -> None:
    corpus = read({**refusal(status, BAD["error"], test_id=test_id)})
    assert severities(corpus) == [f"recorded-exception {severity}"]


@pytest.mark.parametrize(
    ("path", "intent"),
    [
        ("cassettes/test_stream.yaml", Intent.ANSWER),
        ("cassettes/test_bad_request.yaml", Intent.FAILURE),
        ("cassettes/chat_invalid_api_key.yml", Intent.FAILURE),
        ("cassettes/test_errors/test_image.yaml", Intent.MAYBE_FAILURE),
        ("cassettes/chat.yaml", Intent.UNKNOWN),
        ("recordings/3f404a4f.json", Intent.UNKNOWN),
        ("recordings/b4000.json", Intent.UNKNOWN),
        ("recordings/3f404a4f-4040-404-404-3f404a4f4040.json", Intent.UNKNOWN),
        ("cassettes/test_llama_405b.yaml", Intent.ANSWER),
        ("cassettes/test_llama-3.404.yaml", Intent.ANSWER),
        ("cassettes/test_500_words.yaml", Intent.MAYBE_FAILURE),
        ("cassettes/testStatus404.yaml", Intent.FAILURE),
        ("C:\\tests\\test_raises.yaml", Intent.FAILURE),
    ],
)
def test_a_files_name_tells_as_much(path: str, intent: Intent) -> None:
    assert intent_of(None, path) is intent


def test_a_request_that_was_asked_again_with_success_is_a_note(read: Read) -> None:
    busy = {"error": {"message": "Overloaded"}}
    again = cassette(
        ("POST", CHAT, ASKED, 503, busy), ("POST", CHAT, ASKED, 429, busy), ("POST", CHAT, ASKED, 200, ANSWER)
    )
    assert severities(read(again)) == ["recorded-exception note"] * 2
    other = {**ASKED, "model": "n"}
    assert severities(read(cassette(("POST", CHAT, ASKED, 503, busy), ("POST", CHAT, other, 200, ANSWER)))) == [
        "recorded-exception error"
    ]


FOREIGN = {
    "a tokenizer": ("GET", "https://huggingface.co/bird/resolve/main/tokenizer.json", None, 401, "Access denied"),
    "a picture": ("GET", "https://upload.example.org/wren.png", None, 404, {"error": "gone"}),
    "a tracker": ("POST", "https://in.example.com/v1/track", {"event": "x"}, 500, {"error": {"message": "x"}}),
    "the application's own server": ("GET", "http://localhost:8000/functions/1", None, 404, {"detail": "Not Found"}),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_hosts_that_serve_no_model_are_not_judged(read: Read, name: str) -> None:
    assert severities(read(cassette(FOREIGN[name], ("POST", CHAT, ASKED, 200, ANSWER)))) == []


OURS = {
    "an answer that is fetched": (
        "GET",
        "https://api.openai.com/v1/responses/r",
        None,
        401,
        {"error": {"message": "no"}},
    ),
    "a gateway that nobody knows": ("POST", "https://gateway.example/v1/chat/completions", ASKED, 502, "<html></html>"),
    "a path that nobody knows": ("POST", "https://gateway.example/ask", ASKED, 500, {"error": {"message": "x"}}),
}


@pytest.mark.parametrize("name", OURS)
def test_hosts_paths_and_requests_of_models_are(read: Read, name: str) -> None:
    assert severities(read(cassette(OURS[name]))) == ["recorded-exception error"]


def test_an_error_that_is_the_whole_stream_is_told(read: Read) -> None:
    corpus = read(b'data: {"error":{"message":"model crashed","type":"server_error"}}\n\n', "dead.sse")
    assert severities(corpus) == ["recorded-exception error"]


def test_an_error_that_is_the_whole_answer_is_told_where_no_status_is(read: Read) -> None:
    assert severities(read(refusal(None, {"message": "Rate limit reached"}))) == ["recorded-exception error"]
    assert severities(read(refusal(None, {"message": "no", "type": "invalid_request_error"}))) == [
        "recorded-exception warning"
    ]
    assert severities(read(refusal(200, {"message": "Rate limit reached"}))) == ["inband-error error"]


# --- inband-error ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", ["MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "MALFORMED_RESPONSE"])
def test_a_malformed_end_is_an_error(reason: str) -> None:
    candidate = {"content": {"role": "model"}, "finishReason": reason, "index": 0}
    stream = recexplore.from_chunks(
        [{"candidates": [candidate], "modelVersion": "gemini-2.5-flash", "responseId": "r"}]
    )
    assert severities(stream) == ["inband-error error"]


@pytest.mark.parametrize("reason", ["abort", "error", "function_call_filter: MALFORMED_FUNCTION_CALL"])
def test_so_is_one_that_chat_calls_a_failure(reason: str) -> None:
    chunks = [chunk(choice({"role": "assistant"})), says("Half"), chunk(choice({}, 0, reason))]
    assert severities(recexplore.from_chunks(chunks, url=URL)) == ["inband-error error"]


def test_the_word_error_in_an_answer_is_none(read: Read) -> None:
    chunks = [says("error: 502 Bad Gateway\n<html>"), chunk(choice({}, 0, "stop"))]
    data = "".join(f"data: {json.dumps(each)}\n\n" for each in chunks) + "data: [DONE]\n\n"
    assert severities(read(data.encode(), "words.sse")) == []


BROKEN = [says("A ", role="assistant"), {"error": {"message": "upstream died"}}]
CUT = [says("A ", role="assistant"), chunk(choice({}, finish_reason="length"))]
FILTERED = [says("A ", role="assistant"), chunk(choice({}, finish_reason="content_filter"))]


@pytest.mark.parametrize(
    ("chunks", "name", "severity"),
    [
        (BROKEN, "error_streaming", "warning"),
        (BROKEN, "test_failed_stream", "warning"),
        (BROKEN, "test_no_error", "error"),
        (BROKEN, "streaming", "error"),
        (CUT, "stream-max-tokens-1", "note"),
        (CUT, "test_token_limit", "note"),
        (CUT, "test_truncated", "note"),
        (CUT, "test_stop_settings", "warning"),
        (CUT, "test_rate_limit", "warning"),
        (FILTERED, "test_content_filter", "note"),
        (FILTERED, "test_google_model_safety_settings", "note"),
        (FILTERED, "test_guardrail_intervention", "note"),
        (FILTERED, "test_chat", "warning"),
        (FILTERED, "test_max_tokens", "warning"),
    ],
)
def test_a_name_that_wants_the_outcome_makes_it_less(read: Read, chunks: Any, name: str, severity: str) -> None:
    data = "".join(f"data: {json.dumps(each)}\n\n" for each in chunks).encode()
    found = recexplore.check(read(data, f"{name}.sse"), select=["inband-error", "length-cut", "filtered"])
    assert found["severity"].astype(str).tolist() == [severity]
    is_less = severity != ("error" if chunks is BROKEN else "warning")
    assert ("By its name" in found["message"].iloc[0]) == is_less


GONE = "The model `llama-3.1-70b-versatile` has been decommissioned and is no longer supported."


@pytest.mark.parametrize(
    ("message", "severity"),
    [
        (GONE, "error"),
        ("This model version has reached the end of its life.", "error"),
        ("The model text-davinci-003 has been deprecated, learn more here.", "error"),
        ("The parameter `max_tokens` is deprecated. Use another with this model.", "warning"),
        ("Unsupported value: does not support 'developer' with this model", "warning"),
    ],
)
def test_a_model_that_is_gone_is_an_accident(read: Read, message: str, severity: str) -> None:
    error = {"message": message, "type": "invalid_request_error", "code": None}
    assert severities(read(refusal(400, error))) == [f"recorded-exception {severity}"]


@pytest.mark.parametrize("path", ["models", "models/llama-3.3-70b", "files"])
def test_a_list_is_no_answer_of_a_model(read: Read, path: str) -> None:
    url = f"https://api.openai.com/v1/{path}"
    error = {"error": {"message": "Wrong API key", "code": "wrong_api_key"}}
    assert severities(read(cassette(("GET", url, None, 401, error)), "a.json")) == ["recorded-exception warning"]
    assert severities(read(cassette(("POST", CHAT, ASKED, 401, error)), "b.json")) == ["recorded-exception error"]
