"""The rules about the format of an answer: judged by what was asked, never by a label alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from synthetic import choice, chunk, recording, says, whole

import recexplore
from recexplore.corpus import Corpus

CHAT = [says("A wren."), chunk(choice(finish_reason="stop"))]
TEXT = {"id": "c", "object": "text_completion", "created": 0, "model": "m"}
COMPLETION = [TEXT | {"choices": [{"index": 0, "text": "A wren.", "finish_reason": "stop"}]}]
STRAY = [TEXT | {"choices": [{"index": 0, "text": "A wren.", "delta": {"role": "assistant"}, "finish_reason": "stop"}]}]


def judged(read: Any, body: list[Any], request: dict[str, Any], endpoint: str | None) -> list[tuple[str, str]]:
    document = recording(body, request={"model": "m", "stream": True, **request})
    document["request"] |= {"endpoint": endpoint, "url": None if endpoint is None else f"https://h.example{endpoint}"}
    findings = recexplore.check(read(document), select=["dialect-mismatch"])
    return list(zip(findings["severity"].astype(str), findings["message"], strict=True))


ASKS_CHAT = {"messages": [{"role": "user", "content": "Which bird?"}]}
ASKS_TEXT = {"prompt": "Which bird?"}


@pytest.mark.parametrize(
    ("body", "request_fields", "endpoint"),
    [
        (CHAT, ASKS_CHAT, "/v1/chat/completions"),
        (CHAT, ASKS_CHAT, "/v1/prompts/pp-bird/completions"),
        (CHAT, ASKS_CHAT, None),
        (CHAT, {"variables": {}}, "/v1/prompts/pp-bird/completions"),
        (COMPLETION, ASKS_TEXT, "/v1/completions"),
        (STRAY, ASKS_TEXT, "/v1/completions"),
        (COMPLETION, ASKS_TEXT, "/inference/v1/completions"),
        (CHAT, {}, "/invocations"),
    ],
)
def test_what_was_asked_came(read: Any, body: list[Any], request_fields: dict[str, Any], endpoint: str | None) -> None:
    assert judged(read, body, request_fields, endpoint) == []


def test_a_label_alone_is_a_note(read: Any) -> None:
    """Older recorders wrote `/v1/completions` whatever was asked."""
    assert judged(read, CHAT, ASKS_CHAT, "/v1/completions") == [
        ("note", "The recording names the endpoint /v1/completions; the answer is in the format of chat completions."),
    ]


@pytest.mark.parametrize(
    ("endpoint", "severity"), [("/v1/completions", "error"), ("/run", "warning"), (None, "warning")]
)
def test_another_answer_than_was_asked_for(read: Any, endpoint: str | None, severity: str) -> None:
    assert judged(read, CHAT, ASKS_TEXT, endpoint) == [
        (
            severity,
            "The request holds `prompt`, as for text completions; the answer is in the format of chat completions.",
        )
    ]


def test_a_refusal_has_another_format(read: Any) -> None:
    document = whole({"role": "assistant", "content": "x"}, error={"message": "no"})
    document["response"] |= {"body": {"error": {"message": "No such model."}}, "status": 404}
    assert recexplore.check(read(document), select=["dialect-mismatch", "unknown-format"]).empty


def test_a_stream_of_nobody(read: Any) -> None:
    corpus = read(recording([{"payload": 1}, {"payload": 2}], request={"task": "say"}))
    found = corpus.findings
    assert found[["rule", "severity", "chunk", "last_chunk"]].values.tolist() == [["unknown-format", "warning", 0, 1]]


@pytest.mark.parametrize(
    ("asked", "fields", "served", "is_told"),
    [
        ("a/grok-4", {"models": ["a/grok-4", "b/gemini-2.5-flash"]}, "b/gemini-2.5-flash", False),
        ("a/grok-4", {"models": ["a/grok-4", "b/gemini-2.5-flash"]}, "b/gemini-2.5-pro", True),
        ("openrouter/auto", {}, "mistral-large", False),
        ("model-router", {}, "gpt-4o-2024-11-20", False),
        ("a/grok-4", {}, "b/gemini-2.5-flash", True),
    ],
)
def test_models_that_may_answer(read: Any, asked: str, fields: dict[str, Any], served: str, is_told: bool) -> None:
    request = {"model": asked, "stream": True, **ASKS_CHAT, **fields}
    document = recording([each | {"model": served} for each in CHAT], request=request)
    document["request"]["model"] = asked
    assert ("model-drift" in set(read(document).findings["rule"])) is is_told


# --- stream-mismatch ------------------------------------------------------------------------------------------------------


EVENTS = "".join(f"data: {json.dumps(each)}\n\n" for each in CHAT) + "data: [DONE]\n\n"
WHOLE = json.dumps(whole({"role": "assistant", "content": "A wren."})["response"]["body"]["__data__"])
LINE = {"model": "m", "created_at": "2026-05-04T08:00:01Z", "message": {"role": "assistant", "content": "A wren."}}
LINES = "\n".join(json.dumps(LINE | {"done": done}) for done in (False, True)) + "\n"


def cassette(tmp_path: Path, body: str, kind: str, asked: dict[str, Any], path: str = "/v1/chat/completions") -> Corpus:
    """What VCR writes of one exchange."""
    request = {
        "method": "POST",
        "uri": f"https://h.example{path}",
        "body": json.dumps({"model": "m", **asked}),
        "headers": {},
    }
    response = {"status": {"code": 200, "message": "OK"}, "headers": {"content-type": [kind]}, "body": {"string": body}}
    file = tmp_path / "cassette.json"
    file.write_text(json.dumps({"interactions": [{"request": request, "response": response}], "version": 1}))
    return recexplore.load(file, progress=False)


@pytest.mark.parametrize(
    ("body", "kind", "asked", "words"),
    [
        (EVENTS, "text/event-stream", {"stream": False, **ASKS_CHAT}, "a stream of 3 chunks came"),
        (EVENTS, "application/json", {"stream": False, **ASKS_CHAT}, "a stream of 3 chunks came"),
        (LINES, "application/x-ndjson", {"stream": False, **ASKS_CHAT}, "a stream of 2 chunks came"),
        (WHOLE, "application/json", {"stream": True, **ASKS_CHAT}, "came whole"),
    ],
)
def test_a_stream_for_a_whole_answer(tmp_path: Path, body: str, kind: str, asked: dict[str, Any], words: str) -> None:
    found = recexplore.check(cassette(tmp_path, body, kind, asked), select=["stream-mismatch"])
    assert found["severity"].tolist() == ["warning"]
    assert words in found["message"].iloc[0]


@pytest.mark.parametrize(
    ("body", "kind", "asked"),
    [
        (EVENTS, "text/event-stream", {"stream": True, **ASKS_CHAT}),
        (EVENTS, "text/event-stream", ASKS_CHAT),
        (EVENTS, "text/event-stream", {"stream": None, **ASKS_CHAT}),
        (EVENTS, "text/event-stream", {"stream": "false", **ASKS_CHAT}),
        (WHOLE, "application/json", {"stream": False, **ASKS_CHAT}),
        (WHOLE, "application/json", ASKS_CHAT),
        (LINES, "application/x-ndjson", ASKS_CHAT),
        (json.dumps(LINE | {"done": True, "done_reason": "load"}), "application/json", {"stream": True, **ASKS_CHAT}),
        (json.dumps({"error": {"message": "no"}}), "application/json", {"stream": True, **ASKS_CHAT}),
        ('data: {"error": {"message": "no"}}\n\n', "text/event-stream", {"stream": False, **ASKS_CHAT}),
        (
            json.dumps(
                {"object": "list", "model": "m", "data": [{"object": "embedding", "index": 0, "embedding": [0.5]}]}
            ),
            "application/json",
            {"stream": True, "input": "wren"},
        ),
    ],
)
def test_what_came_as_it_was_asked(tmp_path: Path, body: str, kind: str, asked: dict[str, Any]) -> None:
    assert recexplore.check(cassette(tmp_path, body, kind, asked), select=["stream-mismatch"]).empty


def test_objects_that_a_recorder_parsed_tell_nothing(read: Any) -> None:
    for streaming, asked in ((True, False), (False, True)):
        body = CHAT if streaming else json.loads(WHOLE)
        document = recording(body, streaming=streaming, request={"model": "m", "stream": asked, **ASKS_CHAT})
        assert recexplore.check(read(document), select=["stream-mismatch"]).empty


def test_broken_json_is_no_format(tmp_path: Path) -> None:
    (tmp_path / "a.sse").write_text(
        'data: {"id":"a","choices":[{"index":0,\x01}]}\n\ndata: {"id":"a","obj', encoding="utf-8"
    )
    corpus = recexplore.load(tmp_path / "a.sse", progress=False)
    assert len(corpus.problems) == 2
    assert recexplore.check(corpus, select=["unknown-format"]).empty
