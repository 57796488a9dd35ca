from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from synthetic import says, stream, wrapped

from recexplore.model.exchange import Exchange
from recexplore.read.envelopes import choose, llama_stack
from recexplore.read.wire.content import Content
from recexplore.read.wire.json_text import Decoded

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def content(document: Any, **about: Any) -> Content:
    """A file that holds a document; ``about`` says how it was decoded."""
    made = Content("recording.json", document if isinstance(document, bytes) else json.dumps(document).encode())
    if about:
        made._document = Decoded(document, **about)
    return made


def opened(document: Any, **about: Any) -> Exchange:
    (exchange,) = llama_stack.read(content(document, **about))
    return exchange


def answered(body: Any, **response: Any) -> Exchange:
    return opened({"request": {"endpoint": "/x"}, "response": {"body": body, "is_streaming": False, **response}})


@pytest.mark.parametrize(
    "value", [{"request": {}, "response": {}}, {"request": {"url": "u"}}, {"response": {"is_streaming": True}}]
)
def test_documents_it_knows(value: Any) -> None:
    assert choose(content(value)) is llama_stack


@pytest.mark.parametrize("value", [None, 5, "x", [], {}, [1, 2], {"a": 1}, {"request": 5}, {"request": {"a": 1}}])
def test_documents_it_does_not_know(value: Any) -> None:
    assert choose(content(value)) is None


def test_what_the_recorder_noted() -> None:
    exchange = opened(stream(says("a"), test_id="tests/x.py::test"))

    assert (exchange.method, exchange.endpoint, exchange.model, exchange.test_id, exchange.streaming) == (
        "POST",
        "/v1/chat/completions",
        "m",
        "tests/x.py::test",
        True,
    )
    assert exchange.request == {"model": "m", "messages": [], "stream": True}
    assert exchange.chunks == [says("a")]
    assert (exchange.clock, exchange.times_s, exchange.number, exchange.problems) == ("none", None, 0, [])


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({"url": "http://h/a/b?c", "body": {"model": "n"}}, ("/a/b", "n", {"model": "n"})),
        ({"endpoint": "/e", "model": "m", "body": {"model": "n"}}, ("/e", "m", {"model": "n"})),
        ({"url": "http://h/a", "payload": {"q": 1}}, ("/a", None, {"q": 1})),
        ({"tool_name": "t", "kwargs": {"q": 1}, "provider": "p"}, ("t", None, {"tool_name": "t", "kwargs": {"q": 1}})),
        ({"api": "files", "file_id": "f"}, ("files", None, {"api": "files", "file_id": "f"})),
        ({"url": "http://["}, (None, None, {"url": "http://["})),
    ],
)
def test_all_generations_of_requests(request_: Any, expected: Any) -> None:
    exchange = opened({"request": request_, "response": {"body": [], "is_streaming": True}})

    assert (exchange.endpoint, exchange.model, exchange.request) == expected
    assert exchange.problems == []


@pytest.mark.parametrize("request_", [{"provider": "p"}, {"provider_metadata": {"provider": "p"}}])
def test_the_provider_that_was_noted(request_: Any) -> None:
    assert opened({"request": request_, "response": {"body": [], "is_streaming": True}}).provider == "p"


def test_the_test_id_of_either_place() -> None:
    assert opened({"request": {"test_id": "r"}, "response": {"body": []}}).test_id == "r"
    assert opened({"test_id": "t", "request": {"test_id": "r"}, "response": {"body": []}}).test_id == "t"


@pytest.mark.parametrize(
    ("body", "chunks"),
    [
        (wrapped({"a": 1}), [{"a": 1}]),
        ({"a": 1}, [{"a": 1}]),
        ([wrapped(1), wrapped(2)], [[1, 2]]),
        ([], [[]]),
        ("text", ["text"]),
    ],
)
def test_a_whole_body_is_one_chunk(body: Any, chunks: list[Any]) -> None:
    exchange = answered(body)

    assert exchange.chunks == chunks
    assert exchange.problems == []


@pytest.mark.parametrize(
    ("body", "chunks"),
    [
        ([], []),
        ([wrapped(1), {"__data__": 2}, 3, "x", None, {"a": 1}], [1, 2, 3, "x", None, {"a": 1}]),
        (["one", "two"], ["one", "two"]),
        (["data: {}", {"a": 1}], ["data: {}", {"a": 1}]),
        (["data: {}", "data: [DONE]"], [{}, "[DONE]"]),
        (["data: {}", "", "data: [DONE]", ""], [{}, "[DONE]"]),
        (["data: {}\n\n", "data: [DONE]\n\n"], [{}, "[DONE]"]),
    ],
)
def test_each_item_of_a_streamed_body_is_a_chunk(body: Any, chunks: list[Any]) -> None:
    exchange = answered(body, is_streaming=True)

    assert exchange.chunks == chunks
    assert exchange.problems == []


def test_without_the_recorders_word_a_list_is_a_stream_unless_none_was_asked_for() -> None:
    body = [wrapped(1), wrapped(2)]

    assert opened({"request": {"body": {}}, "response": {"body": body}}).chunks == [1, 2]
    assert opened({"request": {"body": {"stream": False}}, "response": {"body": body}}).chunks == [[1, 2]]


def test_class_names_are_labels_kept_aside() -> None:
    exchange = answered([wrapped(1, "b.B"), wrapped(2, "a.A"), wrapped(3, "b.B")], is_streaming=True)

    assert exchange.extra == {"__type__": ["a.A", "b.B"]}


@given(st.lists(st.dictionaries(st.sampled_from(["__type__", "__data__", "x"]), JSON, max_size=3) | JSON, max_size=5))
def test_whatever_stands_for_a_class_name_is_only_a_label(items: list[Any]) -> None:
    # Strings alone have no class names, but may be the lines of a stream of events.
    assume(not items or not all(isinstance(item, str) for item in items))
    chunks = answered(items, is_streaming=True).chunks

    assert len(chunks) == len(items)


@pytest.mark.parametrize("label", [None, 3, ["a"], {"a": 1}])
def test_class_names_of_several_types(label: Any) -> None:
    assert answered([wrapped(1, "a"), wrapped(2, label)], is_streaming=True).chunks == [1, 2]


def test_other_notes_are_kept() -> None:
    exchange = opened(
        {
            "id_normalization_mapping": {"a": "b"},
            "request": {"url": "u", "headers": {"h": "1"}, "empty": {}},
            "response": {"body": {}, "is_streaming": False, "took": 3},
        }
    )
    assert exchange.extra == {"id_normalization_mapping": {"a": "b"}, "request.headers": {"h": "1"}, "response.took": 3}


@pytest.mark.parametrize(
    ("response", "error", "status"),
    [
        ({"exception_message": "boom"}, "boom", None),
        ({"exception_data": {"message": "boom", "status_code": 400}}, "boom", 400),
        ({"exception_data": {"code": "x"}}, '{"code":"x"}', None),
        ({}, "exception", None),
        ({"exception_message": "boom", "exception_data": {"status_code": 400}, "status": 500}, "boom", 500),
    ],
)
def test_recorded_exceptions(response: Any, error: str, status: int | None) -> None:
    exchange = answered(None, is_exception=True, **response)

    assert (exchange.error, exchange.status, exchange.chunks, exchange.problems) == (error, status, [], [])


def test_an_exception_in_mid_stream_keeps_the_chunks() -> None:
    exchange = answered([wrapped(1)], is_streaming=True, is_exception=True, exception_message="boom")

    assert (exchange.error, exchange.chunks) == ("boom", [1])


@pytest.mark.parametrize(
    ("document", "what"),
    [
        ({"request": [1], "response": {"body": 1}}, "`request` is not as recorded"),
        ({"request": {}, "response": None}, "`response` is not as recorded"),
        ({"request": {}, "response": "x"}, "`response` is not as recorded"),
        ({"request": {"url": 5}, "response": {"body": 1}}, "`request.url` is not as recorded"),
        ({"request": {"body": [1]}, "response": {"body": 1}}, "`request.body` is not as recorded"),
        (
            {"request": {"provider_metadata": 1}, "response": {"body": 1}},
            "`request.provider_metadata` is not as recorded",
        ),
        ({"request": {}, "test_id": 5, "response": {"body": 1}}, "`test_id` is not as recorded"),
        ({"request": {}, "response": {"body": 1, "status": "200"}}, "`response.status` is not as recorded"),
        ({"request": {}, "response": {"body": 1, "is_streaming": "yes"}}, "`response.is_streaming` is not as recorded"),
        ({"request": {}, "response": {"body": None}}, "`response.body` is empty"),
        ({"request": {}, "response": {"is_streaming": True}}, "`response.body` is empty"),
        ({"request": {}, "response": {"body": "x", "is_streaming": True}}, "`response.body` is not a list"),
    ],
)
def test_what_is_not_as_recorded_is_a_problem(document: Any, what: str) -> None:
    (problem,) = opened(document).problems

    assert problem.what == what
    assert all((problem.expected, problem.found, problem.hint))


def test_a_cut_recording_marks_the_chunk_that_the_cut_reaches_into() -> None:
    text = json.dumps(stream(says("a"), says("b"), says("c"))).encode()
    exchange = opened(text[: text.index(b'"b"') + 2])

    assert len(exchange.chunks) == 2
    assert exchange.damaged_chunk == 1
    assert [(problem.chunk, problem.what) for problem in exchange.problems] == [(1, "the file breaks off")]


def test_a_recording_cut_behind_its_body_has_no_damaged_chunk() -> None:
    text = json.dumps(stream(says("a"))).encode()
    exchange = opened(text[: text.index(b'"is_streaming"') + 20])

    assert exchange.chunks == [says("a")]
    assert exchange.damaged_chunk is None


def test_a_recording_cut_before_its_response_is_an_exchange_without_chunks() -> None:
    text = json.dumps(stream(says("a"))).encode()
    exchange = opened(text[: text.index(b'"response"')])

    assert (exchange.endpoint, exchange.chunks) == ("/v1/chat/completions", [])
    assert [problem.what for problem in exchange.problems] == ["the file breaks off"]


@given(st.dictionaries(st.sampled_from(["request", "response", "test_id"]), JSON, max_size=3), st.booleans())
def test_no_document_makes_it_raise(document: dict[str, Any], is_cut: bool) -> None:
    assert isinstance(opened(document, is_cut=is_cut).chunks, list)


KEYS = ["method", "url", "endpoint", "body", "payload", "model", "provider", "provider_metadata", "status"]
KEYS += ["is_streaming", "is_exception", "exception_message", "exception_data", "tool_name", "api", "test_id"]


@given(st.dictionaries(st.sampled_from(KEYS), JSON), st.dictionaries(st.sampled_from(KEYS), JSON))
def test_no_field_makes_it_raise(request_: dict[str, Any], response: dict[str, Any]) -> None:
    assert isinstance(opened({"request": request_, "response": response}).chunks, list)
