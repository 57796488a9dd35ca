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

from recexplore.corpus import Corpus
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


# --- answers in pieces ---------------------------------------------------------------------------------------------------


def packed(text: str) -> dict[str, Any]:
    return {"b64": base64.b64encode(text.encode()).decode()}


def in_pieces(*pieces: Any, **response: Any) -> dict[str, Any]:
    """As ReqLLM's fixtures have a stream."""
    made = pair(None, {"content-type": ["text/event-stream"]}, chunks=list(pieces))
    made["request"] |= {"body": packed(json.dumps(ASKED)), "canonical_json": ASKED}
    made["response"] |= response
    return made


CUT = SSE.index("lo") + 1
"""A place in the second event."""


@pytest.mark.parametrize("as_text", [True, False])
def test_a_stream_in_pieces(as_text: bool) -> None:
    pieces = [SSE[:CUT], SSE[CUT:]]
    exchange = only(in_pieces(*(pieces if as_text else map(packed, pieces))))

    assert (exchange.chunks, exchange.streaming, exchange.problems) == ([*CHUNKS, "[DONE]"], True, [])
    assert (exchange.request, exchange.extra, exchange.clock) == (ASKED, None, "none")
    assert exchange.items == [0, 0, 1]


@pytest.mark.parametrize("where", ["beside", "within"])
def test_a_chunk_came_with_the_piece_that_ends_it(where: str) -> None:
    if where == "beside":
        made = in_pieces({**packed(SSE[:CUT]), "t_us": 500}, {**packed(SSE[CUT:]), "t_us": 250_500})
    else:
        made = in_pieces(chunks=[SSE[:CUT], SSE[CUT:]], chunkTimings=[3, 250])
    exchange = only(made)

    assert exchange.times_s == pytest.approx([0, 0.25, 0.25])
    assert (exchange.clock, exchange.t_zero) == ("measured", "first_chunk")


def test_pieces_of_lines_of_json() -> None:
    lines = ['{"response":"A"}\n\n', '{"response":" w', 'ren","done":true}\n']
    exchange = only(in_pieces(*({**packed(line), "t_us": 10_000 * at} for at, line in enumerate(lines))))

    assert exchange.chunks == [{"response": "A"}, {"response": " wren", "done": True}]
    assert exchange.times_s == pytest.approx([0, 0.02])
    assert exchange.items == [0, 1]


def test_pieces_that_are_compressed_together() -> None:
    whole = gzip.compress(SSE.encode())
    pieces = [{"b64": base64.b64encode(part).decode(), "t_us": 0} for part in (whole[:40], whole[40:])]
    exchange = only(in_pieces(*pieces))

    assert (exchange.chunks, exchange.times_s, exchange.items) == ([*CHUNKS, "[DONE]"], None, None)


def test_the_list_of_all_that_happened() -> None:
    made = in_pieces()
    del made["chunks"], made["request"]["body"]
    events = [{"type": "status", "value": 200}, *({"type": "data", **packed(part)} for part in (SSE[:CUT], SSE[CUT:]))]
    exchange = only({**made, "events": [*events, {"type": "done"}]})

    assert (exchange.chunks, exchange.request, exchange.problems) == ([*CHUNKS, "[DONE]"], ASKED, [])
    assert exchange.items == [1, 1, 2]


def test_chunks_that_are_decoded_are_no_less_a_stream() -> None:
    exchange = only(in_pieces(*CHUNKS))

    assert (exchange.chunks, exchange.streaming, exchange.problems) == (CHUNKS, True, [])


def test_a_body_comes_before_what_stands_beside_it() -> None:
    exchange = only({**pair(), "chunks": [packed("no")]})

    assert (exchange.chunks, exchange.extra) == ([*CHUNKS, "[DONE]"], {"chunks": [packed("no")]})


def test_what_is_no_piece_and_no_time_is_a_problem() -> None:
    made = in_pieces(chunks=[SSE[:CUT], 5, SSE[CUT:]], chunkTimings=[1])

    assert [each.what for each in only(made).problems] == [
        "a piece is not as recorded",
        "`chunkTimings` is not as recorded",
    ]


def test_pairs_under_one_name(read: Callable[..., Corpus]) -> None:
    corpus = read({"meta": {"name": "birds"}, "recordings": [pair(), in_pieces(SSE), 5]}, "saved.json")

    assert_streamed_hello(corpus, "saved#0")
    assert_streamed_hello(corpus, "saved#1")
    assert corpus.problems["what"].tolist() == ["a recording is not as recorded"]


def test_a_request_that_was_wrapped_twice() -> None:
    made = in_pieces(SSE)
    made["request"] |= {"body": None, "canonical_json": {"canonical_json": ASKED}}

    assert only(made).request == ASKED


@pytest.mark.parametrize("body", [None, "", " ", {"b64": ""}])
def test_an_answer_of_a_model_that_is_empty_is_a_problem(body: Any) -> None:
    assert [each.what for each in only(pair(body)).problems] == ["the answer is empty"]


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({}, 202),
        ({}, 400),
        ({"method": "DELETE"}, 200),
        ({"body": '{"jsonrpc":"2.0"}', "url": "https://mcp.test/mcp"}, 200),
    ],
)
def test_other_answers_may_be_empty(request_: Any, status: int) -> None:
    made = pair(None, {"content-type": "application/json"})
    made["request"] |= request_
    made["response"]["status"] = status

    assert only(made).problems == []


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
        | st.dictionaries(
            st.sampled_from(["string", "base64_string", "code", "content-encoding", "name", "b64", "t_us"]), inner
        )
    ),
    max_leaves=5,
)
NAMES = ["method", "url", "uri", "body", "headers", "status", "code", "content", "encoding", "isBase64Encoded", "text"]
NAMES += ["chunks", "chunkTimings", "canonical_json"]
PARTS = st.dictionaries(st.sampled_from(NAMES), ANY)


@given(PARTS | ANY, PARTS | ANY)
def test_no_field_makes_it_raise(request_: Any, response: Any) -> None:
    made = [pair(), {"request": request_, "response": response}]
    _, exchange = http_pair.read(Content("a.json", json.dumps(made).encode()))

    assert all(len(cells) == len(exchange.chunks) for cells in exchange.wire.values())
