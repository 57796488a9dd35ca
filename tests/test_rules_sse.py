"""The rules about events on the wire: judged by how the exchange came, whatever the file is called."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from synthetic import choice, chunk, says

import recexplore

CHUNKS = [says("A wren.", role="assistant"), chunk(choice(finish_reason="stop"))]
DONE = "[DONE]"


def events(*data: Any) -> bytes:
    return "".join(f"data: {each if isinstance(each, str) else json.dumps(each)}\n\n" for each in data).encode()


def judged(tmp_path: Path, name: str, data: bytes) -> list[tuple[str, str, int]]:
    (tmp_path / name).write_bytes(data)
    findings = recexplore.load(tmp_path / name, progress=False).findings
    return list(zip(findings["rule"], findings["severity"].astype(str), findings["chunk"], strict=True))


@pytest.mark.parametrize("name", ["answer.sse", "answer.txt", "answer.log", "answer"])
def test_a_stream_of_events_without_its_mark(tmp_path: Path, name: str) -> None:
    assert judged(tmp_path, name, events(*CHUNKS)) == [("sse-frame", "note", 1)]
    assert judged(tmp_path, name, events(*CHUNKS, DONE)) == []


@pytest.mark.parametrize("name", ["answer.jsonl", "answer.txt", "answer.log"])
def test_lines_of_json_have_no_mark(tmp_path: Path, name: str) -> None:
    assert judged(tmp_path, name, b"".join(json.dumps(each).encode() + b"\n" for each in CHUNKS)) == []


def test_a_file_that_breaks_off_lost_it(tmp_path: Path) -> None:
    assert "sse-frame" not in {rule for rule, *_ in judged(tmp_path, "a.sse", events(*CHUNKS)[:-2])}


@pytest.mark.parametrize("host", ["api.perplexity.ai", "api.writer.com"])
def test_apis_that_never_send_it(tmp_path: Path, host: str) -> None:
    cassette = {
        "interactions": [
            {
                "request": {
                    "method": "POST",
                    "uri": f"https://{host}/v1/chat/completions",
                    "body": "{}",
                    "headers": {},
                },
                "response": {
                    "status": {"code": 200, "message": "OK"},
                    "headers": {"content-type": ["text/event-stream"]},
                    "body": {"string": events(*CHUNKS).decode()},
                },
            }
        ],
        "version": 1,
    }
    assert "sse-frame" not in {rule for rule, *_ in judged(tmp_path, "c.json", json.dumps(cassette).encode())}


def test_the_mark_comes_once(tmp_path: Path) -> None:
    assert judged(tmp_path, "a.sse", events(*CHUNKS, DONE, DONE)) == [("sse-frame", "note", 3)]


@pytest.mark.parametrize(
    ("event", "rules"),
    [
        (b'data: {"status": "working"}\n\n', [("foreign-event", "warning", 1)]),
        (b'event: progress\ndata: {"percent": 4}\n\n', [("foreign-event", "warning", 1)]),
        (b": working\n\n", []),
        (b'data: {"error": {"message": "No."}}\n\n', [("inband-error", "error", 1)]),
        (b'event: error\ndata: {"message": "No.", "code": 500}\n\n', [("inband-error", "error", 1)]),
    ],
)
def test_what_stands_between_chunks(tmp_path: Path, event: bytes, rules: list[Any]) -> None:
    first, *rest = ([each] for each in CHUNKS)
    assert judged(tmp_path, "a.sse", events(*first) + event + events(*rest[0], DONE)) == rules


def test_a_chunk_with_fields_of_its_server_is_no_foreign_event(tmp_path: Path) -> None:
    said = [each | {"x_server": {"took": 3}} for each in CHUNKS]
    assert judged(tmp_path, "a.sse", events(*said, chunk(x_more=1), DONE)) in ([], [("empty-chunk", "warning", 2)])


def test_names_that_anthropic_has_not_yet(tmp_path: Path) -> None:
    start = {"type": "message_start", "message": {"id": "m", "type": "message", "role": "assistant", "content": []}}
    stop: list[dict[str, Any]] = [
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "A wren."}},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 3}},
        {"type": "message_stop"},
    ]
    named = [start, {"type": "brand_new_event", "more": 1}, *stop]
    data = "".join(f"event: {each['type']}\ndata: {json.dumps(each)}\n\n" for each in named).encode()
    assert judged(tmp_path, "a.sse", data) == []
