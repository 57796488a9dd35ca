"""What nock's recorder gives as objects, of all its versions."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic import says

from recexplore.corpus import Corpus
from recexplore.model.exchange import CHUNK, Exchange
from recexplore.read.envelopes import choose, nock
from recexplore.read.wire.content import Content

ASKED = {"model": "gpt-x", "messages": [{"role": "user", "content": "Hi"}], "stream": True}
CHUNKS = [says("Hel"), says("lo")]
SSE = "".join(f"data: {json.dumps(each)}\n\n" for each in CHUNKS) + "data: [DONE]\n\n"
WHOLE = {
    "id": "c",
    "object": "chat.completion",
    "model": "gpt-x-1",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello"}, "finish_reason": "stop"}],
}
EVENTS = ["Content-Type", "text/event-stream"]
JSON_TYPE = ["Content-Type", "application/json", "Vary", "Origin", "Vary", "Accept"]


def definition(response: Any, raw_headers: Any = EVENTS, **fields: Any) -> dict[str, Any]:
    """As version 13 writes it."""
    return {
        "scope": "https://api.openai.com:443",
        "method": "POST",
        "path": "/v1/chat/completions",
        "body": ASKED,
        "status": 200,
        "response": response,
        "rawHeaders": raw_headers,
        "reqheaders": {},
        "responseIsBinary": False,
        **fields,
    }


def without(made: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in made.items() if name not in names}


def exchanges(*definitions: Any) -> list[Exchange]:
    content = Content("a.json", json.dumps(definitions).encode())
    assert choose(content) is nock
    return list(nock.read(content))


def only(made: Any) -> Exchange:
    (exchange,) = exchanges(made)
    return exchange


def hexed(data: bytes, *sizes: int) -> list[str]:
    pieces, at = [], 0
    for size in (*sizes, len(data)):
        pieces.append(data[at : at + size].hex())
        at += size
    return pieces


def test_a_fixture(read: Callable[..., Corpus]) -> None:
    corpus = read([definition(WHOLE, JSON_TYPE, body={"model": "gpt-x"}), definition(SSE)], "saved.json")
    whole, streamed = corpus["saved#0"], corpus["saved#1"]

    for one in (whole, streamed):
        assert one.facts[["envelope", "dialect", "provider", "method", "endpoint"]].tolist() == [
            "nock",
            "openai_chat",
            "openai",
            "POST",
            "/v1/chat/completions",
        ]
        assert one.facts[["status", "model_requested"]].tolist() == [200, "gpt-x"]
        assert one.facts["url"] == "https://api.openai.com:443/v1/chat/completions"
        assert one.text() == "Hello"
    assert [whole.facts["streaming"], streamed.facts["streaming"]] == [False, True]
    assert (streamed.request, [streamed.raw(at) for at in range(3)]) == (ASKED, [*CHUNKS, "[DONE]"])
    assert corpus.problems.empty


@pytest.mark.parametrize(
    ("value", "is_known"),
    [
        ([definition(SSE)], True),
        ([5, definition(SSE)], True),
        ([{"scope": "s", "path": "/", "reply": "200"}], True),
        ([{"scope": "s", "path": "/", "response": ""}], True),
        ([{"scope": "s", "path": "/"}], False),
        (definition(SSE), False),
        ([], False),
        ([{"path": "/", "status": 200, "response": ""}], False),
        (None, False),
        ({}, False),
    ],
)
def test_documents_it_knows(value: Any, is_known: bool) -> None:
    assert (nock.sniff(Content("a.json", json.dumps(value).encode())) > 0) is is_known


@pytest.mark.parametrize(
    "headers",
    [
        {"rawHeaders": ["content-type", "application/json", "Content-Encoding", "gzip"]},
        {"rawHeaders": {"content-type": "application/json", "content-encoding": "gzip"}},
        {"rawHeaders": None, "headers": {"content-encoding": "gzip", "set-cookie": ["a", "b"]}},
        {"rawHeaders": ["set-cookie", ["a", "b"], "content-encoding", "gzip"]},
    ],
    ids=["version 5 on", "version 14", "of old", "by hand"],
)
def test_headers_of_all_versions(headers: Any) -> None:
    exchange = only(definition(hexed(gzip.compress(json.dumps(WHOLE).encode()), 10, 20), **headers))

    assert (exchange.chunks, exchange.problems) == ([WHOLE], [])


@pytest.mark.parametrize(
    ("encoding", "data"),
    [("gzip", gzip.compress(SSE.encode())), ("br", pa.compress(SSE.encode(), codec="brotli", asbytes=True))],
)
@pytest.mark.parametrize("sizes", [(), (1,), (10, 0, 7)])
def test_a_compressed_answer_is_a_list_of_pieces(encoding: str, data: bytes, sizes: tuple[int, ...]) -> None:
    exchange = only(definition(hexed(data, *sizes), [*EVENTS, "content-encoding", encoding]))

    assert (exchange.chunks, exchange.streaming) == ([*CHUNKS, "[DONE]"], True)
    assert (exchange.offsets, exchange.problems) == (None, [])


def test_an_encoding_that_is_said_of_an_answer_that_has_none() -> None:
    """Who reads a fixture by eye undoes the compression and leaves the header."""
    encoded = [*JSON_TYPE, "content-encoding", "gzip"]

    assert [only(definition(each, encoded, body="")).chunks for each in (WHOLE, SSE, [WHOLE], ["x"])] == [
        [WHOLE],
        [*CHUNKS, "[DONE]"],
        [[WHOLE]],
        [["x"]],
    ]


def test_an_answer_that_is_no_text() -> None:
    made = definition("00ff0102", ["content-type", "application/octet-stream"], responseIsBinary=True)
    expected = [{"media_type": "application/octet-stream", "base64": base64.b64encode(b"\0\xff\1\2").decode()}]

    for each in (made, without(made, "responseIsBinary")):
        assert (only(each).chunks, only(each).problems) == (expected, [])
    assert only(definition("00ff0102", [], responseIsBinary=False)).chunks == ["00ff0102"]


def test_hexadecimal_of_text_is_text() -> None:
    """The recorder writes text as text, so what is hexadecimal of it was sent like that."""
    assert only(without(definition("68c3a9", []), "responseIsBinary")).chunks == ["68c3a9"]


def test_an_answer_called_binary_that_is_no_hexadecimal_stays_text() -> None:
    assert only(definition(SSE, responseIsBinary=True)).chunks == [*CHUNKS, "[DONE]"]


@pytest.mark.parametrize(("response", "chunks"), [("", []), (None, []), ("word", ["word"]), (5, [5]), ([], [[]])])
def test_other_answers(response: Any, chunks: list[Any]) -> None:
    assert only(definition(response, [], body="")).chunks == chunks


def test_a_stream_that_is_a_list_of_json() -> None:
    parts = [{"candidates": []}, {"candidates": [1]}]
    exchange = only(definition(parts, JSON_TYPE, path="/v1beta/models/g:streamGenerateContent?key=x"))

    assert (exchange.chunks, exchange.streaming, exchange.chunk_path) == (parts, True, ("response", CHUNK))
    assert only(definition(parts, JSON_TYPE, path="/v1/models", body="")).chunks == [parts]


@pytest.mark.parametrize(
    ("fields", "status"),
    [({"status": 404}, 404), ({"status": None, "reply": "201"}, 201), ({"reply": 500}, 200), ({"status": "x"}, None)],
)
def test_the_status(fields: Any, status: int | None) -> None:
    assert only(definition(SSE, **fields)).status == status


def test_a_status_that_was_called_reply() -> None:
    assert only(without(definition(SSE, reply="429"), "status")).status == 429


@pytest.mark.parametrize(
    ("body", "request_"),
    [
        ({"model": "m"}, {"model": "m"}),
        ('{"model": "m"}', {"model": "m"}),
        ("a=b", {"body": "a=b"}),
        ([1], {"body": [1]}),
        ("", {}),
        (None, {}),
    ],
)
def test_requests(body: Any, request_: Any) -> None:
    assert only(definition(SSE, body=body)).request == request_


@pytest.mark.parametrize("fields", [{"scope": 5}, {"path": None}, {"path": {"regex": "x"}}])
def test_a_place_that_is_no_text_is_a_problem(fields: Any) -> None:
    exchange = only(definition(SSE, **fields))

    assert [problem.what for problem in exchange.problems] == ["`scope` and `path` are not as recorded"]
    assert (exchange.url, exchange.chunks[:2]) == (None, CHUNKS)


@pytest.mark.parametrize("wrong", [None, 5, "x", [1], True])
def test_a_definition_of_the_wrong_type_is_a_problem(wrong: Any) -> None:
    first, second = exchanges(wrong, definition(SSE))

    assert [problem.what for problem in first.problems] == ["a record is not as recorded"]
    assert (second.path, second.chunks[:2], second.problems) == ((1,), CHUNKS, [])


def test_a_fixture_that_breaks_off(read: Callable[..., Corpus]) -> None:
    text = json.dumps([definition(WHOLE, JSON_TYPE), definition(SSE)]).encode()
    inside = read(text[: text.rindex(b"lo\\") + 1], "saved.json")
    behind = read(text[: text.rindex(b"responseIsBinary")], "saved.json")

    assert inside.recordings["n_chunks"].tolist() == [1, 2]
    assert inside.chunks["damage"].isna().tolist() == [True, True, False]
    assert behind.recordings["n_chunks"].tolist() == [1, 3]
    assert behind.chunks["damage"].isna().all()
    for corpus in (inside, behind):
        assert corpus.problems[["exchange", "what"]].to_numpy().tolist()[0] == [1, "the file breaks off"]


def test_a_compressed_answer_that_breaks_off() -> None:
    packed = [*EVENTS, "content-encoding", "gzip"]
    text = json.dumps([without(definition("", packed), "response") | {"response": hexed(gzip.compress(SSE.encode()))}])
    (exchange,) = nock.read(Content("a.json", text[:-40].encode()))

    assert exchange.problems[0].what == "the file breaks off"
    assert "the body cannot be uncompressed" in [problem.what for problem in exchange.problems]


ANY: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 600) | st.text(max_size=5) | st.sampled_from(["1f8b", "gzip", "ff"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["content-encoding", "code", "x"]), inner)
    ),
    max_leaves=5,
)
NAMES = ["method", "body", "status", "reply", "response", "rawHeaders", "headers", "responseIsBinary"]


@given(ANY, ANY, st.dictionaries(st.sampled_from(NAMES), ANY))
def test_no_field_makes_it_raise(scope: Any, path: Any, fields: dict[str, Any]) -> None:
    exchange = only({"scope": scope, "path": path, "response": None, **fields})

    assert all(len(cells) == len(exchange.chunks) for cells in exchange.wire.values())
