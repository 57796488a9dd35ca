"""A request and its answer as one JSON object: Datadog's test agent, and others that write the same shape."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic import says

from recexplore.corpus.corpus import Corpus
from recexplore.model.exchange import Exchange
from recexplore.read.envelopes import choose, http_pair, llama_stack
from recexplore.read.wire.content import Content

URL = "https://api.openai.com/v1/chat/completions"
ASKED = {"model": "gpt-x", "messages": [{"role": "user", "content": "Hi"}], "stream": True}
CHUNKS = [says("Hel"), says("lo")]
SSE = "".join(f"data: {json.dumps(each)}\n\n" for each in CHUNKS) + "data: [DONE]\n\n"
WHOLE = {
    "id": "c",
    "object": "chat.completion",
    "model": "gpt-x-1",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello"}, "finish_reason": "stop"}],
}
EVENTS = {"Content-Type": "text/event-stream", "Content-Encoding": "gzip", "Set-Cookie": "x"}


def pair(body: Any = SSE, headers: Any = EVENTS, **top: Any) -> dict[str, Any]:
    """As the test agent writes it."""
    return {
        "request": {"method": "POST", "url": URL, "headers": {"Accept": "*/*"}, "body": json.dumps(ASKED)},
        "response": {"status": {"code": 200, "message": "OK"}, "headers": headers, "body": body},
        **top,
    }


def exchanges(document: Any, name: str = "a.json") -> list[Exchange]:
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    content = Content(name, data)
    assert choose(content) is http_pair
    return list(http_pair.read(content))


def only(document: Any) -> Exchange:
    (exchange,) = exchanges(document)
    return exchange


def assert_streamed_hello(corpus: Corpus, name: str = "saved") -> None:
    facts = corpus[name].facts

    assert facts[["envelope", "dialect", "provider", "method", "url", "endpoint"]].tolist() == [
        "http-pair",
        "openai_chat",
        "openai",
        "POST",
        URL,
        "/v1/chat/completions",
    ]
    assert facts[["status", "model_requested", "streaming", "n_chunks"]].tolist() == [200, "gpt-x", True, 3]
    assert (corpus[name].text(), corpus[name].request) == ("Hello", ASKED)


def test_a_cassette_of_the_test_agent(read: Callable[..., Corpus]) -> None:
    corpus = read(pair(), "saved.json")

    assert_streamed_hello(corpus)
    assert corpus.problems.empty


@pytest.mark.parametrize(
    "body",
    [
        "base64:" + base64.b64encode(SSE.encode()).decode(),
        "base64:" + base64.b64encode(gzip.compress(SSE.encode())).decode(),
        base64.b64encode(SSE.encode()).decode(),
        base64.encodebytes(gzip.compress(SSE.encode())).decode(),
        [SSE[:30], SSE[30:]],
        {"string": SSE},
        {"base64_string": base64.b64encode(SSE.encode()).decode()},
    ],
    ids=["marked", "marked, compressed", "unmarked", "unmarked, compressed", "pieces", "wrapped", "wrapped base64"],
)
def test_all_forms_of_a_body(body: Any) -> None:
    exchange = only(pair(body))

    assert exchange.chunks == [*CHUNKS, "[DONE]"]
    assert (exchange.streaming, exchange.problems) == (True, [])


def test_words_that_could_be_base64_are_words() -> None:
    for word in ("Unauthorized", "eyes", "Wylie", "base64:no base64!", "abcd", ""):
        assert only(pair(word, {"Content-Type": "text/plain"})).chunks == ([word] if word else [])


@pytest.mark.parametrize("mark", [{"isBase64Encoded": True}, {"encoding": "base64"}])
def test_base64_that_is_marked_beside_the_body(mark: Any) -> None:
    made = pair(base64.b64encode(b"plain words").decode(), {"Content-Type": "text/plain"})
    made["response"] |= mark

    assert only(made).chunks == ["plain words"]


@pytest.mark.parametrize(
    ("body", "chunks", "streaming"),
    [
        (WHOLE, [WHOLE], False),
        (CHUNKS, CHUNKS, True),
        ([], [], True),
        (5, [5], False),
        (None, [], False),
        (json.dumps(WHOLE), [WHOLE], False),
    ],
)
def test_bodies_that_are_json_already(body: Any, chunks: Any, streaming: bool) -> None:
    exchange = only(pair(body, {"content-type": "application/json"}))

    assert (exchange.chunks, exchange.streaming, exchange.problems) == (chunks, streaming, [])


@pytest.mark.parametrize(
    "request_body", [ASKED, json.dumps(ASKED), base64.b64encode(json.dumps(ASKED).encode()).decode()]
)
def test_all_forms_of_a_request(request_body: Any) -> None:
    made = pair()
    made["request"]["body"] = request_body

    assert only(made).request == ASKED


@pytest.mark.parametrize(
    ("request_", "response"),
    [
        ({"method": "POST", "href": URL}, {"statusCode": 200, "body": SSE}),
        ({"uri": URL, "method": "post"}, {"status": 200, "body": SSE, "headers": [["Content-Type", "text/plain"]]}),
        ({"url": URL, "method": "POST"}, {"status_code": 200, "content": SSE, "headers": ["a", "b"]}),
        ({"url": URL, "method": "POST"}, {"code": 200, "status": "200 OK", "text": SSE}),
        ({"url": URL, "method": "POST"}, {"status": "200 OK", "data": SSE}),
    ],
)
def test_the_names_that_others_use(request_: Any, response: Any) -> None:
    exchange = only({"request": request_, "response": response})

    assert (exchange.method, exchange.url, exchange.status) == ("POST", URL, 200)
    assert exchange.chunks == [*CHUNKS, "[DONE]"]


def test_several_in_a_list_or_one_a_line(read: Callable[..., Corpus]) -> None:
    for data, name in (
        (json.dumps([pair(), pair()]).encode(), "saved.json"),
        (f"{json.dumps(pair())}\n\n{json.dumps(pair())}\n".encode(), "saved.jsonl"),
    ):
        corpus = read(data, name)

        assert corpus.problems.empty
        for number in range(2):
            assert_streamed_hello(corpus, f"saved#{number}")


def test_what_else_stands_in_it_is_kept() -> None:
    made = pair(recordedAt="2026-01-01", nothing=None, status="new")
    made["request"]["id"], made["response"]["trailers"], made["response"]["fixedDelay"] = 7, {}, 0

    assert only(made).extra == {"recordedAt": "2026-01-01", "status": "new", "request.id": 7, "response.fixedDelay": 0}


@pytest.mark.parametrize(
    "body",
    [
        {"body": json.dumps(WHOLE)},
        {"jsonBody": WHOLE},
        {"base64Body": base64.b64encode(json.dumps(WHOLE).encode()).decode()},
    ],
)
def test_a_mapping_of_wiremock(body: Any) -> None:
    patterns = [{"equalToJson": json.dumps(ASKED)}]
    request = {"url": "/v1/chat/completions", "method": "POST", "bodyPatterns": patterns}
    exchange = only({"id": "1", "request": request, "response": {"status": 200, **body}, "uuid": "1"})

    assert (exchange.endpoint, exchange.status, exchange.chunks) == ("/v1/chat/completions", 200, [WHOLE])
    assert exchange.extra == {"id": "1", "uuid": "1", "request.bodyPatterns": patterns}


def test_a_request_that_was_compressed_is_said() -> None:
    made = pair(name="x")
    made["request"]["headers"] = {"Content-Encoding": "zstd"}

    assert only(made).extra == {"name": "x", "request.content-encoding": "zstd"}


# --- which documents are whose -----------------------------------------------------------------------------------------

MARKS: list[tuple[str, Any]] = [
    ("top", {"test_id": None}),
    ("top", {"id_normalization_mapping": {}}),
    ("request", {"endpoint": "/v1/chat/completions"}),
    ("request", {"payload": {}}),
    ("request", {"provider_metadata": {}}),
    ("response", {"is_streaming": True}),
    ("response", {"is_exception": True}),
    ("response", {"body": {"__type__": "x", "__data__": {}}}),
    ("response", {"body": [{"__data__": {}}]}),
]


@pytest.mark.parametrize(("part", "mark"), MARKS, ids=lambda each: json.dumps(each))
def test_recordings_of_llama_stack_are_not_its_business(part: str, mark: Any) -> None:
    made = pair()
    (made if part == "top" else made[part]).update(mark)

    assert choose(Content("a.json", json.dumps(made).encode())) is llama_stack
    assert choose(Content("a.jsonl", json.dumps(made).encode())) is llama_stack


@pytest.mark.parametrize(
    "document",
    [
        {"request": {}, "response": {}},
        {"request": {"url": URL}, "response": {"body": 1}},
        {"request": {"url": 5}, "response": {"status": 200}},
        {"request": {"model": "m"}, "response": {"choices": []}},
        {"request": {"method": "POST"}, "response": {"status": 200}},
        {"request": None, "response": {"status": 200}},
        {"request": {"url": URL}, "response": None},
        {"request": {"url": URL}},
        [],
        5,
        None,
    ],
)
def test_documents_it_does_not_know(document: Any) -> None:
    assert http_pair.sniff(Content("a.json", json.dumps(document).encode())) == 0.0


# --- what is not as it should be ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["request", "response"])
@pytest.mark.parametrize("wrong", [None, 5, "x", [1]])
def test_a_part_of_the_wrong_type_is_a_problem(part: str, wrong: Any) -> None:
    _, exchange = exchanges([pair(), {**pair(), part: wrong}])

    assert [problem.what for problem in exchange.problems] == [f"`{part}` is not as recorded"]


def test_a_line_that_is_none_is_a_problem(read: Callable[..., Corpus]) -> None:
    corpus = read(f"{json.dumps(pair())}\n5\nwords\n{json.dumps(pair())}\n".encode(), "saved.jsonl")

    assert corpus.recordings["n_chunks"].tolist() == [3, 0, 0, 3]
    assert set(corpus.problems["exchange"]) == {1, 2}
    assert_streamed_hello(corpus, "saved#3")


def test_a_pair_that_breaks_off(read: Callable[..., Corpus]) -> None:
    text = json.dumps(pair()).encode()
    corpus = read(text[: text.rindex(b"lo\\") + 1], "saved.json")

    assert corpus.recordings["n_chunks"].tolist() == [2]
    assert corpus.chunks["damage"].isna().tolist() == [True, False]
    assert corpus.problems["what"].tolist()[0] == "the file breaks off"


@pytest.mark.parametrize("mark", ["", "base64:"])
def test_base64_that_breaks_off_gives_what_is_whole(mark: str) -> None:
    text = json.dumps(pair(mark + base64.b64encode(SSE.encode()).decode())).encode()
    for cut in range(3, 12):
        exchange = only(text[:-cut])

        assert exchange.chunks[:2] == CHUNKS
        assert (len(exchange.chunks), exchange.damaged_chunk) == (3, 2)


def test_a_pair_that_breaks_off_in_the_last_of_several_lines(read: Callable[..., Corpus]) -> None:
    line = json.dumps(pair()).encode()
    corpus = read(line + b"\n" + line[:-20], "saved.jsonl")

    assert_streamed_hello(corpus, "saved#0")
    assert corpus.problems["exchange"].unique().tolist() == [1]


ANY: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 600) | st.floats() | st.text(max_size=5) | st.just("base64:e30="),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["string", "base64_string", "code", "content-encoding", "name"]), inner)
    ),
    max_leaves=5,
)
NAMES = ["method", "url", "uri", "body", "headers", "status", "code", "content", "encoding", "isBase64Encoded", "text"]
PARTS = st.dictionaries(st.sampled_from(NAMES), ANY)


@given(PARTS | ANY, PARTS | ANY)
def test_no_field_makes_it_raise(request_: Any, response: Any) -> None:
    made = [pair(), {"request": request_, "response": response}]
    _, exchange = http_pair.read(Content("a.json", json.dumps(made).encode()))

    assert all(len(cells) == len(exchange.chunks) for cells in exchange.wire.values())
