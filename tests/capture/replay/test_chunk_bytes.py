"""Bytes of chunks that are written as others of their stream were."""

from __future__ import annotations

import json
from typing import Any

import pytest

from recexplore.testing.replayed_defects.chunk_bytes import event_like, line_like, value_like

OTHER = {"type": "delta", "text": "\u00e9 1"}
CHUNK = {"type": "stop", "text": "\u00fc 2"}


@pytest.mark.parametrize(
    ("options", "written"),
    [
        ({"ensure_ascii": True}, b'{"type": "stop", "text": "\\u00fc 2"}'),
        ({"ensure_ascii": False}, '{"type": "stop", "text": "\u00fc 2"}'.encode()),
        ({"ensure_ascii": False, "separators": (",", ":")}, '{"type":"stop","text":"\u00fc 2"}'.encode()),
    ],
)
def test_json_is_spaced_and_escaped_as_the_others_was(options: dict[str, Any], written: bytes) -> None:
    other = json.dumps(OTHER, **options).encode()

    assert value_like(CHUNK, OTHER, other) == written
    assert line_like(CHUNK, OTHER, other + b"\r\n") == written + b"\r\n"


@pytest.mark.parametrize(
    ("around", "written"),
    [
        ("data: {}\n\n", "data: {}\n\n"),
        ("data:{}\r\n\r\n", "data:{}\r\n\r\n"),
        ("event: delta\ndata: {}\n\n", "event: stop\ndata: {}\n\n"),
        ("event: thread.delta\ndata: {}\n\n", "event: thread.delta\ndata: {}\n\n"),
        (": a comment\nid: 7\nevent: delta\ndata: {}\nretry: 3\n\n", "event: stop\ndata: {}\n\n"),
        ("{}\n", "data: {}\n\n"),
    ],
)
def test_an_event_has_the_lines_of_the_other_one(around: str, written: str) -> None:
    event = around.replace("{}", json.dumps(OTHER)).encode()

    assert event_like(CHUNK, OTHER, event) == written.replace("{}", json.dumps(CHUNK)).encode()


def test_a_text_stands_for_itself_and_has_no_name() -> None:
    assert event_like("[DONE]", OTHER, b"event: delta\ndata: {}\n\n") == b"data: [DONE]\n\n"


def test_half_a_character_is_escaped() -> None:
    assert value_like({"a": "\ud83d"}, {}, b"") == b'{"a":"\\ud83d"}'
