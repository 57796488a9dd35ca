"""Hand-made exchanges that are no answer of a model: lists, files, tools, JSON-RPC, pages, bytes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from dialect_kit import bent_chunk, envelope, extracted, json_values
from hypothesis import given

from recexplore.model.exchange import Exchange
from recexplore.model.json_text import to_json_text
from recexplore.read.dialects import http, unknown
from recexplore.read.registry import known
from recexplore.tables.builders import Columns

MODELS = {"object": "list", "data": [{"id": "gpt-x", "object": "model", "owned_by": "ownerword"}]}
RPC = {
    "jsonrpc": "2.0",
    "id": 1,
    "result": {"tools": [{"name": "toolword", "inputSchema": {"type": ["object", "null"]}}]},
}
RERANKED = {"id": "rr_1", "model": "rerank-x", "results": [{"index": 0, "relevance_score": 0.5, "document": "doctext"}]}
FILE = {"id": "file_1", "object": "file", "filename": "filename.txt", "bytes": 12, "purpose": "assistantsword"}
BODIES: dict[str, Any] = {
    "models": MODELS,
    "a reranking": RERANKED,
    "a file": FILE,
    "JSON-RPC": RPC,
    "an invoked tool": {"content": "toolsaid", "error_message": None, "metadata": {"k": "metaword"}},
    "a list": [{"name": "listedword"}],
    "a page": "<html>pagetext</html>",
    "a number": 5,
    "a schema": {"type": ["string", "null"], "title": "schemaword"},
    "a batch": {"object": "batch", "status": "validatingword", "errors": None},
    "a picture": {"media_type": "image/png", "base64": "aW1nZGF0YQ=="},
}


@pytest.mark.parametrize("name", BODIES)
def test_whole_bodies_are_taken(name: str) -> None:
    exchange = Exchange("test", chunks=[BODIES[name]], endpoint="/v1/things", method="GET")
    exchange.streaming = False

    assert known().choose(exchange) is http.DIALECT


def test_a_stream_that_nobody_understands_is_not_taken() -> None:
    exchange = Exchange("test", chunks=[{"new": 1}, {"new": 2}], endpoint="/v1/things", method="POST")
    exchange.streaming = True

    assert known().choose(exchange) is unknown.DIALECT


def test_a_stream_of_json_rpc_is_taken() -> None:
    exchange = Exchange("test", chunks=[RPC, {"jsonrpc": "2.0", "method": "notifications/progress"}])
    exchange.streaming = True

    assert known().choose(exchange) is http.DIALECT


@pytest.mark.parametrize("name", BODIES)
def test_a_body_is_one_chunk_and_one_event(read, name: str) -> None:
    corpus = read(envelope(BODIES[name], endpoint="/v1/things", streaming=False))

    assert corpus.recordings[["dialect", "n_chunks", "n_choices", "n_events"]].to_numpy().tolist() == [
        ["http", 1, 0, 1]
    ]
    assert corpus.events["kind"].tolist() == ["annotation"]
    assert corpus.events["choice"].isna().all()
    text = corpus.events["text"].item()
    assert (text if type(BODIES[name]) is str else json.loads(text)) == BODIES[name]
    assert corpus.problems.empty


@pytest.mark.parametrize("body", [{}, [], ""], ids=repr)
def test_an_empty_body(read, body: Any) -> None:
    corpus = read(envelope(body, endpoint="/v1/things", streaming=False))

    assert corpus.recordings["dialect"].tolist() == ["http"]
    assert corpus.events["kind"].tolist() == ["empty"]


def test_facts_of_the_body(read) -> None:
    corpus = read(envelope(RERANKED, endpoint="/v1/rerank", streaming=False))

    assert corpus.chunks[["id", "model"]].to_numpy().tolist() == [["rr_1", "rerank-x"]]
    assert corpus.recordings["model_served"].tolist() == ["rerank-x"]


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ({"error": {"message": "not found"}}, ["error"]),
        ({"error": "not found"}, ["error"]),
        ([{"error": {"message": "not found"}}], ["error"]),
        ([{"error": {"message": "not found"}}, {"error": "nor this"}], ["error", "error"]),
        ({"error": {"message": "not found"}, "trace_id": "traceword"}, ["annotation", "error"]),
        ({"jsonrpc": "2.0", "id": 1, "error": {"code": -32601, "message": "not found"}}, ["annotation", "error"]),
    ],
)
def test_errors(read, body: Any, kept: list[str]) -> None:
    corpus = read(envelope(body, endpoint="/v1/things", streaming=False))

    assert sorted(corpus.events["kind"]) == kept
    assert "not found" in corpus.recordings["error"].item()


@given(bent_chunk([MODELS, RPC, RERANKED, FILE]))
def test_whatever_stands_in_a_body_some_dialect_takes_it(body: Any) -> None:
    exchange = Exchange("test", chunks=[body], endpoint="/v1/things", method="GET")
    exchange.streaming = False
    known().choose(exchange).extract([body], [0], Columns())


@given(json_values)
def test_any_value_is_kept(body: Any) -> None:
    texts = extracted(http, [body]).events.column("text")

    listed = isinstance(body, list) and all(isinstance(item, dict) and item.keys() == {"error"} for item in body)
    if not (listed or (isinstance(body, dict) and body.get("error"))):
        assert texts == [None if body == "" else body if type(body) is str else to_json_text(body)]
