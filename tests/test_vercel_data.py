"""Hand-made data streams of the AI SDK up to version 4: every part by its code, and the lines that bring them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from dialect_kit import envelope, extracted, kinds, rows

from recexplore.model.exchange import Exchange
from recexplore.read.dialects import vercel_data
from recexplore.read.registry import known

ENDPOINT = "/api/chat"
USAGE = {"promptTokens": 10, "completionTokens": 20}

DOCUMENTED: dict[str, dict[str, Any]] = {
    "text": {"0": "saidtext"},
    "data": {"2": [{"k": "dataword"}]},
    "error": {"3": "it broke"},
    "message annotations": {"8": [{"id": "message-123", "other": "annotationword"}]},
    "tool call": {"9": {"toolCallId": "call_1", "toolName": "lookup", "args": {"q": "queryword"}}},
    "tool result": {"a": {"toolCallId": "call_1", "result": "resulttext"}},
    "tool call streaming start": {"b": {"toolCallId": "call_1", "toolName": "lookup"}},
    "tool call delta": {"c": {"toolCallId": "call_1", "argsTextDelta": '{"q":'}},
    "finish message": {"d": {"finishReason": "stopword", "usage": USAGE}},
    "finish step": {"e": {"finishReason": "stopword", "usage": USAGE, "isContinued": False}},
    "start step": {"f": {"messageId": "msg_1"}},
    "reasoning": {"g": "thoughttext"},
    "source": {"h": {"sourceType": "url", "id": "source_1", "url": "http://source", "title": "titleword"}},
    "redacted reasoning": {"i": {"data": "redactedword"}},
    "reasoning signature": {"j": {"signature": "signedwith"}},
    "file": {"k": {"data": "aW1nZGF0YQ", "mimeType": "image/png"}},
}

STREAM: list[dict[str, Any]] = [
    {"f": {"messageId": "msg_1"}},
    {"g": "because "},
    {"g": "so"},
    {"0": "Hel"},
    {"0": "lo"},
    {"b": {"toolCallId": "call_1", "toolName": "lookup"}},
    {"c": {"toolCallId": "call_1", "argsTextDelta": '{"q":'}},
    {"c": {"toolCallId": "call_1", "argsTextDelta": '"queryword"}'}},
    {"9": {"toolCallId": "call_1", "toolName": "lookup", "args": {"q": "queryword"}}},
    {"a": {"toolCallId": "call_1", "result": "resulttext"}},
    {"e": {"finishReason": "tool-calls", "usage": USAGE, "isContinued": False}},
    {"f": {"messageId": "msg_2"}},
    {"0": " there"},
    {"e": {"finishReason": "stop", "usage": USAGE, "isContinued": False}},
    {"d": {"finishReason": "stop", "usage": {"promptTokens": 20, "completionTokens": 40}}},
]


def lines(*chunks: dict[str, Any]) -> bytes:
    """The stream as servers write it."""
    return "".join(f"{code}:{json.dumps(said)}\n" for chunk in chunks for code, said in chunk.items()).encode()


def streamed(*chunks: Any) -> Any:
    return envelope(list(chunks), endpoint=ENDPOINT)


def told(corpus: Any) -> list[tuple[Any, ...]]:
    return rows(corpus, "content", "reasoning", "finish_reason", frame="choices")


@pytest.mark.parametrize("name", DOCUMENTED)
def test_every_part_is_recognised(name: str) -> None:
    assert known().choose(Exchange("test", chunks=[DOCUMENTED[name]])) is vercel_data.DIALECT


@pytest.mark.parametrize("chunk", [{"0": 5}, {"0": "a", "1": "b"}, {"x": "a"}, {"9": "a"}, {}])
def test_other_objects_are_not_claimed(chunk: Any) -> None:
    assert vercel_data.DIALECT.sniff(Exchange("test", chunks=[chunk])) == 0


@pytest.mark.parametrize("form", ["a file", "a cassette", "a HAR file", "as parsed"])
def test_a_message(read, form: str) -> None:
    written = lines(*STREAM)
    if form == "a file":
        corpus = read(written, "answer.sse")
    elif form == "a cassette":
        headers = {"content-type": ["text/plain; charset=utf-8"], "x-vercel-ai-data-stream": ["v1"]}
        response = {"status": {"code": 200}, "headers": headers, "body": {"string": written.decode()}}
        request = {"method": "POST", "uri": "http://localhost:3000/api/chat", "body": "{}"}
        corpus = read({"interactions": [{"request": request, "response": response}], "version": 1})
    elif form == "a HAR file":
        content = {"mimeType": "text/plain", "text": written.decode(), "size": len(written)}
        entry = {
            "startedDateTime": "2025-01-01T12:00:00Z",
            "request": {"method": "POST", "url": "http://localhost:3000/api/chat", "headers": []},
            "response": {"status": 200, "headers": [], "content": content},
        }
        corpus = read({"log": {"version": "1.2", "entries": [entry]}}, "saved.har")
    else:
        corpus = read(streamed(*STREAM))

    assert rows(corpus, "dialect", "n_chunks", "streaming", frame="recordings") == [("vercel_data", len(STREAM), True)]
    assert told(corpus) == [("Hello there", "because so", "stop")]
    assert rows(corpus, "id", "name", "arguments", frame="tool_calls") == [("call_1", "lookup", '{"q":"queryword"}')]
    assert rows(corpus, "chunk", "prompt", "completion", frame="usage") == [(10, 10, 20), (13, 10, 20), (14, 20, 40)]
    assert rows(corpus, "prompt_tokens", "completion_tokens", frame="recordings") == [(20, 40)]
    assert corpus.problems.empty
    assert corpus.findings.empty


def test_each_line_has_its_place(read) -> None:
    corpus = read(lines(*STREAM), "answer.sse")

    assert [corpus["answer"].line(chunk) for chunk in (0, 3, 14)] == [1, 4, 15]


def test_what_repeats_the_arguments_is_kept_beside_the_call() -> None:
    columns = extracted(vercel_data, STREAM[5:9])

    assert kinds(columns) == ["tool_call", "tool_call", "tool_call", "empty"]


def test_a_call_that_comes_at_once(read) -> None:
    corpus = read(streamed(DOCUMENTED["tool call"], {"d": {"finishReason": "tool-calls"}}))

    assert rows(corpus, "id", "name", "arguments", frame="tool_calls") == [("call_1", "lookup", '{"q":"queryword"}')]
    assert corpus.findings.empty


@pytest.mark.parametrize("reason", ["stop", "length", "content-filter", "tool-calls", "error", "other", "unknown"])
def test_why_it_ends(read, reason: str) -> None:
    corpus = read(streamed({"0": "Hello"}, DOCUMENTED["tool call"], {"d": {"finishReason": reason}}))

    assert told(corpus) == [("Hello", "", reason)]
    expected = {"length": ["length-cut"], "content-filter": ["filtered"], "error": ["inband-error"]}
    assert corpus.findings["rule"].tolist() == expected.get(reason, [])


def test_an_error_in_the_stream(read) -> None:
    corpus = read(lines({"0": "Hel"}, {"3": "it broke"}), "answer.sse")

    assert json.loads(corpus.recordings["error"].item()) == {"error": "it broke"}
    assert corpus.findings["rule"].tolist() == ["inband-error"]


def test_usage_that_nobody_knows(read) -> None:
    corpus = read(streamed({"d": {"finishReason": "stop", "usage": dict.fromkeys(USAGE)}}))

    assert corpus.usage["completion"].isna().all()


@pytest.mark.parametrize("end", ['0:" the', '0:" the"', '9:{"toolCallId":"c","toolName":"f","args":{"a":1'])
def test_a_stream_that_breaks_off(read, end: str) -> None:
    corpus = read(lines({"0": "Hello"}) + end.encode(), "answer.sse")

    assert corpus.recordings["n_chunks"].tolist() == [2]
    assert corpus.choices["content"].tolist() == ["Hello the" if end[0] == "0" else "Hello"]
    assert corpus.tool_calls["arguments"].tolist() == ([] if end[0] == "0" else ['{"a":1}'])
    assert corpus.findings["rule"].tolist() == ["no-finish"]


def test_a_part_that_nobody_knows_is_kept() -> None:
    columns = extracted(vercel_data, [{"0": "Hello"}, {"z": {"new": "newthing"}}])

    assert kinds(columns) == ["content", "unknown"]
