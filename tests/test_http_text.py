"""An HTTP answer as text: what `curl -i` and HTTPie print."""

from __future__ import annotations

import json

import pytest

BODY = {"model": "m", "messages": [{"role": "user", "content": "Hi?"}], "stream": True}
CHUNKS = [
    {"object": "chat.completion.chunk", "model": "m", "choices": [{"index": 0, "delta": {"content": text}}]}
    for text in ("Hel", "lo")
]
EVENTS = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in CHUNKS) + "data: [DONE]\n\n"
HEAD = "HTTP/1.1 200 OK\r\nDate: Sat, 28 Nov 2026 10:00:00 GMT\r\nContent-Type: text/event-stream\r\n\r\n"
REQUEST = "POST /v1/chat/completions HTTP/1.1\r\nHost: api.openai.com\r\nContent-Type: application/json\r\n\r\n"


def content(corpus) -> list[str]:
    return corpus.choices["content"].tolist()


@pytest.mark.parametrize("name", ["answer.txt", "answer.log", "answer.http", "answer"])
def test_the_answer_of_curl_with_its_head(read, name: str) -> None:
    corpus = read((HEAD + EVENTS).encode(), name, named="." not in name or name.endswith(".http"))

    assert content(corpus) == ["Hello"]
    [recording] = corpus
    assert corpus.recordings[["envelope", "dialect", "status"]].to_numpy().tolist() == [
        ["http-text", "openai_chat", 200]
    ]
    assert recording.line(1) == 7
    assert corpus.problems.empty


@pytest.mark.parametrize(
    "before",
    [
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 200 Connection established\r\n\r\n",
        "HTTP/1.1 307 Temporary Redirect\r\nLocation: /v1/\r\n\r\nHTTP/1.1 100 Continue\n\n",
    ],
)
def test_heads_that_announce_another_are_passed_over(read, before: str) -> None:
    assert content(read((before + HEAD + EVENTS).encode(), "a.txt")) == ["Hello"]


@pytest.mark.parametrize("end", ["\r\n", "\n"])
@pytest.mark.parametrize("body", [json.dumps(BODY), json.dumps(BODY, indent=2), ""])
def test_the_request_may_stand_before_it(read, end: str, body: str) -> None:
    """``http -v``."""
    corpus = read((REQUEST + body + "\n\n" + HEAD + EVENTS).replace("\r\n", end).encode(), "a.txt")

    assert content(corpus) == ["Hello"]
    [recording] = corpus
    assert recording.request == (BODY if body else {})
    assert corpus.recordings["provider"].tolist() == ["openai"]
    assert corpus.recordings["endpoint"].tolist() == ["/v1/chat/completions"]


def test_a_body_whose_chunks_are_joined_already_is_read_as_it_stands(read) -> None:
    head = HEAD.replace("Content-Type", "Transfer-Encoding: chunked\r\nContent-Type")
    corpus = read((head + EVENTS).encode(), "a.txt")

    assert content(corpus) == ["Hello"]
    assert corpus.problems.empty


def test_a_failure_is_an_answer_too(read) -> None:
    head = "HTTP/2 429 \r\ncontent-type: application/json\r\n\r\n"
    corpus = read((head + json.dumps({"error": {"message": "slow down"}})).encode(), "a.txt")

    assert corpus.recordings["status"].tolist() == [429]
    assert corpus.events["kind"].tolist() == ["error"]


@pytest.mark.parametrize("text", ["HTTP/1.1 is old.\n", "POST /v1 HTTP/1.1\nHost: x\n\n{}", "HTTP/1.1 200", REQUEST])
def test_what_holds_no_answer_is_no_recording(read, text: str) -> None:
    corpus = read(text.encode(), "a.txt")

    assert len(corpus) == 0
    assert corpus.problems.empty
    assert [each.kind for each in corpus.skipped_files] == ["foreign"]


def test_a_body_that_breaks_off(read) -> None:
    corpus = read((HEAD + EVENTS[:-40]).encode(), "a.txt")

    assert content(corpus)[0].startswith("Hel")
