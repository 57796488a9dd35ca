from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from recexplore.model.exchange import Exchange
from recexplore.read.wire.http_exchange import (
    Headers,
    fill_parsed,
    fill_request,
    fill_response,
    to_bytes,
)

HOST = "https://api.example.com"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def asked(url: Any = f"{HOST}/v1/x", body: bytes | None = None, parsed: Any = None, method: Any = "POST") -> Exchange:
    exchange = Exchange("test")
    fill_request(exchange, method, url, body, parsed)
    return exchange


def answered(body: bytes, status: Any = 200, endpoint: str = "/v1/x", **headers: str) -> Exchange:
    exchange = Exchange("test", number=2, endpoint=endpoint)
    fill_response(exchange, status, Headers({name.replace("_", "-"): value for name, value in headers.items()}), body)
    return exchange


def brotli(data: bytes) -> bytes:
    return bytes(pa.compress(data, codec="brotli", asbytes=True))


# --- the question ------------------------------------------------------------------------------------------------------


def test_what_was_asked() -> None:
    exchange = asked(f"{HOST}/v1/chat/completions?a=b", b'{"model": "m", "stream": true}', method="post")

    assert (exchange.method, exchange.endpoint) == ("POST", "/v1/chat/completions")
    assert exchange.url == f"{HOST}/v1/chat/completions?a=b"
    assert exchange.request == {"model": "m", "stream": True}


@pytest.mark.parametrize(
    ("body", "request_"),
    [(None, {}), (b"", {}), (b"[1]", {"body": [1]}), (b"a=b&c=d", {"body": "a=b&c=d"}), (b"\xff", {"body": "\ufffd"})],
)
def test_bodies_that_are_no_object(body: bytes | None, request_: dict[str, Any]) -> None:
    assert asked(body=body).request == request_


def test_a_body_that_the_recorder_decoded() -> None:
    assert asked(parsed={"model": "m"}).request == {"model": "m"}
    assert asked(parsed=["a"]).request == {"body": ["a"]}


@pytest.mark.parametrize("value", [None, 5, [], {}, "http://[", "", True])
def test_what_is_asked_may_be_anything(value: Any) -> None:
    asked(value, method=value, parsed={"model": value})


# --- headers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given_",
    [
        {"Content-Type": "a/b"},
        {"CONTENT-TYPE": ["a/b"]},
        [{"name": "Content-type", "value": "a/b"}],
        [5, {"value": 1}, {"name": "content-type", "value": "a/b", "comment": ""}],
    ],
)
def test_headers_of_all_recorders(given_: Any) -> None:
    assert Headers(given_).get("content-type") == "a/b"


def test_several_values_are_one_list() -> None:
    assert Headers({"content-encoding": ["gzip", "br"]}).get("content-encoding") == "gzip, br"


@pytest.mark.parametrize("given_", [None, 5, "x", [], {}, [None], [["a", "b"]], {"a": None}, {5: {"b": 1}}])
def test_headers_that_are_none(given_: Any) -> None:
    assert Headers(given_).get("content-type") == ""


# --- the answer --------------------------------------------------------------------------------------------------------


def test_a_whole_answer() -> None:
    exchange = answered(b'{"a": 1}', content_type="application/json")

    assert (exchange.chunks, exchange.status, exchange.streaming, exchange.error) == ([{"a": 1}], 200, False, None)
    assert exchange.wire == {"bytes": [8]}


def test_a_streamed_answer() -> None:
    exchange = answered(b'data: {"a": 1}\n\nevent: e\ndata: {"b": 2}\n\n', content_type="text/event-stream")

    assert (exchange.chunks, exchange.streaming) == ([{"a": 1}, {"b": 2}], True)
    assert exchange.wire == {"event": [None, "e"], "bytes": [16, 25]}


def test_an_array_is_a_stream_where_the_endpoint_streams() -> None:
    endpoint = "/v1beta/models/gemini:streamGenerateContent"

    assert answered(b'[{"a": 1}, {"a": 2}]', endpoint=endpoint).chunks == [{"a": 1}, {"a": 2}]
    assert answered(b'[{"a": 1}, {"a": 2}]').chunks == [[{"a": 1}, {"a": 2}]]


@pytest.mark.parametrize(
    ("status", "known", "error"), [(200, 200, None), (429, 429, None), (0, None, None), ("200", None, None)]
)
def test_the_status(status: Any, known: int | None, error: str | None) -> None:
    exchange = answered(b"{}", status)

    assert (exchange.status, exchange.error) == (known, error)


@pytest.mark.parametrize("status", [None, True, 200.0, [200], {"code": 200}])
def test_a_status_that_is_none(status: Any) -> None:
    assert answered(b"{}", status).status is None


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(b'{"a": 1}')),
        ("GZip", gzip.compress(b'{"a": 1}')),
        ("deflate", zlib.compress(b'{"a": 1}')),
        ("br", brotli(b'{"a": 1}')),
        ("gzip, br", brotli(gzip.compress(b'{"a": 1}'))),
    ],
    ids=["gzip", "in capitals", "deflate", "brotli", "both"],
)
def test_compressed_answers(encoding: str, packed: bytes) -> None:
    exchange = answered(packed, content_encoding=encoding, content_type="application/json")

    assert (exchange.chunks, exchange.problems) == ([{"a": 1}], [])


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "GZIP", "gzip, br", "compress"])
@given(value=JSON)
@example(value={})
@example(value={"id": "chatcmpl-1", "choices": []})
def test_the_header_may_outlive_the_compression(encoding: str, value: Any) -> None:
    body = json.dumps({"a": value}, separators=(",", ":")).encode()
    exchange = answered(body, content_encoding=encoding, content_type="application/json")

    assert (exchange.chunks, exchange.problems) == ([{"a": value}], [])


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd"])
@pytest.mark.parametrize(
    "body", [b"data: 1\n\n", b'event: e\ndata: {"a": 1}\n\n', b": c\n\ndata: 1\n\n", b"{}", b"[]", b""]
)
def test_the_header_may_outlive_the_compression_of_a_stream(encoding: str, body: bytes) -> None:
    kept, plain = answered(body, content_encoding=encoding), answered(body)

    assert (kept.chunks, kept.wire, kept.problems) == (plain.chunks, plain.wire, plain.problems)


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd", "deflate"])
def test_what_cannot_be_uncompressed_is_said(encoding: str) -> None:
    exchange = answered(b"\x1f\x8b\xff\xfe" * 9, content_encoding=encoding)

    assert len(exchange.chunks) == 1
    assert [problem.what for problem in exchange.problems] == ["the body cannot be uncompressed"]


def test_an_answer_without_a_body_has_no_chunk() -> None:
    exchange = answered(b"", 204, content_encoding="gzip", content_type="application/json")

    assert (exchange.chunks, exchange.problems) == ([], [])


@pytest.mark.parametrize("value", [{"a": 1}, [1, 2], "text", 5, False])
def test_an_answer_that_the_recorder_decoded_is_one_chunk(value: Any) -> None:
    exchange = Exchange("test")
    fill_parsed(exchange, 500, value)

    assert (exchange.chunks, exchange.streaming, exchange.error) == ([value], False, None)


@given(
    st.binary(max_size=60),
    st.sampled_from(["", "gzip", "br", "deflate", "zstd", "x"]),
    st.sampled_from(["", "text/event-stream", "application/json", "application/vnd.amazon.eventstream"]),
)
def test_no_answer_makes_it_raise(body: bytes, encoding: str, media_type: str) -> None:
    exchange = answered(body, content_encoding=encoding, content_type=media_type)

    assert all(len(cells) == len(exchange.chunks) for cells in exchange.wire.values())


# --- bodies as recorders keep them -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "data"),
    [
        ("é", "é".encode()),
        (b"\xff", b"\xff"),
        (bytearray(b"a"), b"a"),
        (["a", b"b"], b"ab"),
        ("\ud83d", b"\xed\xa0\xbd"),
        *[(nothing, b"") for nothing in (None, 5, {}, [], [1], ["a", 1], {"a": "b"})],
    ],
)
def test_the_bytes_of_a_body(body: Any, data: bytes) -> None:
    assert to_bytes(body) == data


@pytest.mark.parametrize(
    "given",
    [
        {"A": "x", "b": ["y", "z"]},
        [{"name": "a", "value": "x"}, {"name": "B", "value": ["y", "z"]}, {"value": "n"}, 5],
        [["a", "x"], ("B", ["y", "z"]), ["odd"], [1, 2, 3]],
        ["a", "x", "B", ["y", "z"], "odd"],
    ],
    ids=["mapping", "objects", "pairs", "in turns"],
)
def test_all_forms_of_headers(given: Any) -> None:
    assert [Headers(given).get(name) for name in ("a", "b", "c")] == ["x", "y, z", ""]


@pytest.mark.parametrize(
    ("request_", "endpoint", "is_stream"),
    [({}, "/m:streamGenerateContent", True), ({"stream": True}, "/v1/x", True), ({"stream": "yes"}, "/v1/x", False)],
)
def test_a_list_that_was_decoded_is_a_stream_where_one_was_asked_for(
    request_: Any, endpoint: str, is_stream: bool
) -> None:
    exchange = Exchange("test", endpoint=endpoint, request=request_)
    fill_parsed(exchange, 200, [1, 2])

    assert (exchange.chunks, exchange.streaming) == (([1, 2], True) if is_stream else ([[1, 2]], False))
