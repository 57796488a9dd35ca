from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic import says

from recexplore.corpus import Corpus
from recexplore.read.envelopes import choose, chunk_list
from recexplore.read.wire.content import Content

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
STREAMS: dict[str, list[dict[str, Any]]] = {
    "openai_chat": [says("Hel"), says("lo")],
    "openai_responses": [
        {
            "type": "response.output_text.delta",
            "sequence_number": at,
            "output_index": 0,
            "content_index": 0,
            "delta": text,
        }
        for at, text in enumerate(["Hel", "lo"])
    ],
    "anthropic": [
        {
            "type": "message_start",
            "message": {"id": "m", "type": "message", "role": "assistant", "content": [], "model": "c"},
        },
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hel"}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "lo"}},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_stop"},
    ],
    "gemini": [{"candidates": [{"content": {"role": "model", "parts": [{"text": text}]}}]} for text in ("Hel", "lo")],
    "ollama": [
        {"model": "m", "message": {"role": "assistant", "content": text}, "done": False} for text in ("Hel", "lo")
    ],
    "bedrock_converse": [
        {"messageStart": {"role": "assistant"}},
        {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "Hel"}}},
        {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "lo"}}},
        {"messageStop": {"stopReason": "end_turn"}},
    ],
}


@pytest.mark.parametrize("dialect", STREAMS)
def test_a_list_of_chunks(read: Callable[..., Corpus], dialect: str) -> None:
    chunks = STREAMS[dialect]
    corpus = read(chunks)
    facts = corpus["recording"].facts

    assert facts[["envelope", "dialect", "streaming", "clock"]].tolist() == ["chunk-list", dialect, True, "none"]
    assert facts[["method", "url", "endpoint", "model_requested", "status"]].isna().all()
    assert corpus["recording"].text() == "Hello"
    assert [corpus["recording"].raw(at) for at in range(len(chunks))] == chunks
    assert corpus["recording"].chunks[["event", "framing", "bytes", "damage"]].isna().all(axis=None)
    assert corpus.problems.empty


def test_a_whole_answer(read: Callable[..., Corpus]) -> None:
    answer = {
        "object": "chat.completion",
        "model": "m",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello"}, "finish_reason": "stop"}],
    }
    corpus = read(answer)

    assert corpus["recording"].facts[["envelope", "dialect", "streaming", "model_served"]].tolist() == [
        "chunk-list",
        "openai_chat",
        False,
        "m",
    ]
    assert corpus["recording"].text() == "Hello"
    assert corpus["recording"].raw(0) == answer


def test_items_that_are_no_object_are_chunks_too(read: Callable[..., Corpus]) -> None:
    corpus = read([says("Hello"), None, 5, "[DONE]"])

    assert corpus.recordings["n_chunks"].tolist() == [4]
    assert corpus["recording"].raw(1) is None
    assert corpus["recording"].text() == "Hello"


def test_a_cut_list_keeps_the_chunks_before_the_cut(read: Callable[..., Corpus]) -> None:
    text = json.dumps([says("Hel"), says("lo"), says("!")]).encode()
    corpus = read(text[: text.index(b'lo"') + 1])

    assert corpus["recording"].text() == "Hell"
    damage = corpus["recording"].chunks["damage"]
    assert [each if isinstance(each, str) else None for each in damage] == [None, "cut"]
    assert corpus.problems[["what", "exchange", "chunk"]].to_numpy().tolist() == [["the file breaks off", 0, 1]]


def test_a_pair_that_two_chunks_share_is_joined(read: Callable[..., Corpus]) -> None:
    assert read([says("a\ud83d"), says("\ude00b")])["recording"].text() == "a\N{GRINNING FACE}b"


def test_a_byte_order_mark_changes_nothing_but_is_said(read: Callable[..., Corpus]) -> None:
    corpus = read(b"\xef\xbb\xbf" + json.dumps([says("Hello")]).encode())

    assert corpus["recording"].text() == "Hello"
    assert len(corpus.problems) == 1


@pytest.mark.parametrize(
    "document",
    [
        None,
        5,
        "x",
        [],
        {},
        [1, 2],
        {"a": 1},
        {"type": "module", "name": "x"},
        {"choices": [1]},
        ["data: x"],
        {"object": "list", "data": []},
        {"message": "hello"},
        {"usage": "x"},
        [[says("a")]],
        {"type": "object", "role": 1},
    ],
)
def test_json_that_is_no_answer_is_not_taken(document: Any) -> None:
    assert choose(Content("x.json", json.dumps(document).encode())) is None


def test_json_that_is_no_answer_is_a_problem(read: Callable[..., Corpus]) -> None:
    corpus = read({"name": "left-pad", "version": "1.0.0"}, named=True)

    assert len(corpus) == 0
    assert corpus.problems["what"].tolist() == ["not a recording that recexplore knows"]


@given(st.lists(JSON, max_size=4).map(lambda items: [says("a"), *items]))
def test_no_list_makes_it_raise(items: list[Any]) -> None:
    (exchange,) = chunk_list.read(Content("x.json", json.dumps(items).encode()))

    assert exchange.chunks == items


def test_an_error_where_a_stream_should_be_is_one(read: Callable[..., Corpus]) -> None:
    error = {"error": {"message": "Incorrect API key", "type": "invalid_request_error"}}

    assert read(error, "answer.sse").events["kind"].tolist() == ["error"]
    assert len(read(error, "answer.json")) == 0
