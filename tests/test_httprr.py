"""The traces of Go's httprr: raw HTTP, whole and cut, with line ends that git changed."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic import says

from recexplore.corpus import Corpus
from recexplore.model.exchange import Exchange, Problem
from recexplore.read.envelopes import choose, httprr
from recexplore.read.positions.find_line import find_line
from recexplore.read.wire.content import Content

URL = "https://api.openai.com/v1/chat/completions"
ASKED = {"model": "gpt-x", "messages": [{"role": "user", "content": "Hi"}], "stream": True}
CHUNKS = [says("Hel"), says("lo")]
SSE = "".join(f"data: {json.dumps(each)}\n\n" for each in CHUNKS) + "data: [DONE]\n\n"
EVENTS = {"Content-Type": "text/event-stream"}
WHOLE = {
    "id": "c",
    "object": "chat.completion",
    "model": "gpt-x-1",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello"}, "finish_reason": "stop"}],
}


def message(first_line: str, body: str | bytes = b"", **headers: str) -> bytes:
    """As net/http writes it."""
    data = body.encode() if isinstance(body, str) else body
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if "Transfer-Encoding" not in named:
        named = {"Content-Length": str(len(data)), **named}
    return "\r\n".join([first_line, *(f"{name}: {value}" for name, value in named.items()), "", ""]).encode() + data


def asked(target: str = URL, body: Any = ASKED, **headers: str) -> bytes:
    return message(f"POST {target} HTTP/1.1", json.dumps(body), Host="api.openai.com", **headers)


def answered(body: str | bytes = SSE, status_line: str = "HTTP/2.0 200 OK", **headers: str) -> bytes:
    return message(status_line, body, **({"Content_Type": "text/event-stream"} | headers))


def trace(*pairs: tuple[bytes, bytes]) -> bytes:
    records = (b"%d %d\n%b%b" % (len(request), len(answer), request, answer) for request, answer in pairs)
    return b"httprr trace v1\n" + b"".join(records)


def chunked(data: bytes, *sizes: int) -> bytes:
    pieces, at = [], 0
    for size in (*sizes, len(data)):
        pieces.append(data[at : at + size])
        at += size
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces if piece) + b"0\r\n\r\n"


def found(data: bytes) -> list[Exchange | Problem]:
    content = Content("a.httprr", data)
    assert choose(content) is httprr
    return list(httprr.read(content))


def only(data: bytes) -> Exchange:
    (exchange,) = found(data)
    assert isinstance(exchange, Exchange)
    return exchange


PAIR = (asked(), answered())
LAST = (asked(body={"model": "gpt-x"}), answered(json.dumps(WHOLE), Content_Type="application/json"))


def assert_both_read(corpus: Corpus) -> None:
    streamed, whole = corpus["trace#0"], corpus["trace#1"]

    assert streamed.facts[["envelope", "dialect", "provider", "method", "url", "endpoint"]].tolist() == [
        "httprr",
        "openai_chat",
        "openai",
        "POST",
        URL,
        "/v1/chat/completions",
    ]
    assert streamed.facts[["status", "model_requested", "streaming", "n_chunks"]].tolist() == [200, "gpt-x", True, 3]
    assert (streamed.text(), streamed.request) == ("Hello", ASKED)
    assert whole.facts[["status", "model_served", "streaming"]].tolist() == [200, "gpt-x-1", False]
    assert (whole.text(), whole.request) == ("Hello", {"model": "gpt-x"})


def test_a_trace(read: Callable[..., Corpus]) -> None:
    corpus = read(trace(PAIR, LAST), "trace.json")

    assert_both_read(corpus)
    assert corpus.problems.empty


@pytest.mark.parametrize("data", [trace(), b"httprr trace v1", b"httprr trace v1\r\n"])
def test_a_trace_of_nothing_is_no_problem(read: Callable[..., Corpus], data: bytes) -> None:
    corpus = read(data, "trace.json")

    assert len(corpus) == 0
    assert corpus.problems.empty


@pytest.mark.parametrize("data", [b"", b"httprr trace v2\n", b" httprr trace v1\n", b"httprr trace v11\n", b"1 2\n"])
def test_files_it_does_not_know(data: bytes) -> None:
    assert httprr.sniff(Content("a.httprr", data)) == 0.0


# --- HTTP ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "host", "url"),
    [
        (URL, "elsewhere", URL),
        ("http://localhost:11434/api/chat?x=1", "localhost:11434", "http://localhost:11434/api/chat?x=1"),
        ("/v1/chat?x=1", "api.openai.com", "//api.openai.com/v1/chat?x=1"),
        ("/v1/chat", "", "/v1/chat"),
    ],
)
def test_where_the_request_went(target: str, host: str, url: str) -> None:
    exchange = only(trace((message(f"GET {target} HTTP/1.1", Host=host), answered())))

    assert (exchange.method, exchange.url, exchange.problems) == ("GET", url, [])


def test_the_provider_is_known_by_the_host_alone(read: Callable[..., Corpus]) -> None:
    facts = read(trace((asked("/v1/chat/completions"), answered())), "trace.json")["trace"].facts

    assert facts[["provider", "endpoint"]].tolist() == ["openai", "/v1/chat/completions"]


@pytest.mark.parametrize(
    ("line", "status"), [("HTTP/1.1 404 Not Found", 404), ("HTTP/2.0 200 OK", 200), ("HTTP/1.0 500 ", 500)]
)
def test_status_lines(line: str, status: int) -> None:
    exchange = only(trace((asked(), answered("{}", line))))

    assert (exchange.status, exchange.problems) == (status, [])


@pytest.mark.parametrize("sizes", [(), (1,), (len(SSE) - 1,), (10, 5, 300)])
def test_chunked_coding_is_undone(sizes: tuple[int, ...]) -> None:
    body = chunked(SSE.encode(), *sizes)
    exchange = only(trace((asked(), answered(body, "HTTP/1.1 200 OK", Transfer_Encoding="chunked"))))

    assert exchange.chunks == [*CHUNKS, "[DONE]"]
    assert exchange.problems == []


def test_chunks_may_have_extensions_and_trailers() -> None:
    body = b"2;x=y\r\n{}\r\n000\r\nTrailer: x\r\n\r\n"
    exchange = only(trace((asked(), answered(body, Transfer_Encoding="chunked", Content_Type="application/json"))))

    assert (exchange.chunks, exchange.problems) == ([{}], [])


def test_a_chunked_request(read: Callable[..., Corpus]) -> None:
    request = message("POST /x HTTP/1.1", chunked(json.dumps(ASKED).encode(), 7), Transfer_Encoding="chunked")

    assert only(trace((request, answered()))).request == ASKED


@pytest.mark.parametrize("body", [b"5\r\n{}\r\n0\r\n\r\n", b"2\r\n{}\r\n", b"{}", b"zz\r\n{}"])
def test_chunks_that_are_none_are_said_and_kept(body: bytes) -> None:
    exchange = only(trace((asked(), answered(body, Transfer_Encoding="chunked", Content_Type="application/json"))))

    assert [problem.what for problem in exchange.problems][:1] == ["the chunked coding does not fit"]
    assert "{}" in json.dumps(exchange.chunks)


def test_a_compressed_answer_stands_where_its_body_does() -> None:
    body = gzip.compress(SSE.encode(), mtime=0)
    data = trace((asked(), answered(body, Content_Encoding="gzip")))
    exchange = only(data)

    assert exchange.chunks == [*CHUNKS, "[DONE]"]
    assert exchange.offsets == [data.index(body)] * 3


def test_a_compression_that_was_undone() -> None:
    assert only(trace((asked(), answered(Content_Encoding="gzip")))).chunks == [*CHUNKS, "[DONE]"]


def test_heads_with_lone_line_feeds() -> None:
    """langchaingo rewrites a field and takes its carriage return with it."""
    request = asked(User_Agent="x").replace(b"x\r\n", b"langchaingo-httprr\n")

    assert only(trace((request, answered()))).request == ASKED


def test_a_body_that_speaks_of_traces() -> None:
    """Lengths are believed where they fit, whatever the bodies say."""
    said = {"messages": ["1 2\nPOST / HTTP/1.1\r\n\r\nHTTP/1.1 200 OK\r\n"], "x": "\r\n12 34\r\nGET / HTTP/1.1\r\n"}
    request = message("POST / HTTP/1.1", said["messages"][0] + said["x"], Host="h")
    exchanges = found(trace((request, answered()), PAIR))

    assert [each.chunks for each in exchanges if isinstance(each, Exchange)] == [[*CHUNKS, "[DONE]"]] * 2


# --- damage ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "n_misfits"),
    [
        (lambda data: data.replace(b"\r\n", b"\n"), 3),
        (lambda data: data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), 2),  # the last has no line feed alone
        (lambda data: data.replace(b"Host: api.openai.com", b"Host: REDACTED"), 3),
        (lambda data: data.replace(b"HTTP/2.0 200 OK", b"HTTP/2.0 200"), 3),
        (lambda data: data.replace(b"gpt-x-1", b"gpt-x-1-of-another-name"), 1),
    ],
    ids=["CRLF to LF", "LF to CRLF", "a shorter request", "a shorter answer", "a longer answer"],
)
def test_lengths_that_do_not_fit(read: Callable[..., Corpus], change: Callable[[bytes], bytes], n_misfits: int) -> None:
    corpus = read(change(trace(PAIR, PAIR, LAST)), "trace.json")

    assert corpus.recordings["n_chunks"].tolist() == [3, 3, 1]
    assert [one.text() for one in corpus] == ["Hello"] * 3
    assert [one.facts["status"] for one in corpus] == [200] * 3
    assert [one.facts["model_requested"] for one in corpus] == ["gpt-x"] * 3
    assert corpus.problems[["exchange", "what", "found"]].to_numpy().tolist() == [
        [
            3 - n_misfits if n_misfits == 1 else 0,
            "the lengths do not fit",
            f"{n_misfits} of 3 exchanges with other lengths",
        ]
    ]


def test_a_line_feed_at_the_end_is_no_problem() -> None:
    """Editors add one."""
    assert only(trace(PAIR) + b"\n").problems == []


@pytest.mark.parametrize("more", [b"something else", b"12 x\n"])
def test_what_follows_and_is_no_exchange_is_kept_and_said(more: bytes) -> None:
    exchange = only(trace(PAIR) + more)

    assert exchange.chunks[:2] == CHUNKS
    assert [problem.what for problem in exchange.problems] == ["the lengths do not fit"]
    assert more.decode().strip() in json.dumps([exchange.chunks, exchange.wire])


@pytest.mark.parametrize("more", [b"1", b"12 ", b"12 3\r"])
def test_lengths_that_break_off_are_said(more: bytes) -> None:
    exchange, problem = found(trace(PAIR) + more)

    assert isinstance(exchange, Exchange)
    assert (exchange.chunks, exchange.problems) == ([*CHUNKS, "[DONE]"], [])
    assert isinstance(problem, Problem)
    assert problem.found == more.decode()


def test_a_trace_that_does_not_begin_as_one_is_said() -> None:
    (problem,) = found(b"httprr trace v1\nhello\n")

    assert isinstance(problem, Problem)


def test_what_stands_between_exchanges_does_not_hide_them() -> None:
    first, second = found(trace(PAIR) + b"\n\n" + trace(PAIR).removeprefix(b"httprr trace v1\n"))

    assert isinstance(first, Exchange)
    assert isinstance(second, Exchange)
    assert second.chunks == [*CHUNKS, "[DONE]"]


def test_parts_that_are_no_http() -> None:
    exchange = only(trace((b"hello", b"world")))

    assert {problem.what for problem in exchange.problems} == {
        "the lengths do not fit",
        "a request is no HTTP",
        "an answer is no HTTP",
    }
    assert exchange.request == {"body": "helloworld"}


def test_a_cut_at_every_byte_gives_what_is_whole() -> None:
    data = trace(PAIR, LAST)
    first_ends = len(trace(PAIR))
    for end in range(len(b"httprr trace v1\n") + 1, len(data)):
        given = found(data[:end])
        exchanges = [each for each in given if isinstance(each, Exchange)]
        problems = [each for each in given if isinstance(each, Problem)] + [
            problem for each in exchanges for problem in each.problems
        ]
        if end == first_ends:
            assert problems == []
            continue
        assert any("break" in each.what or "does not go on" in each.what for each in problems), end
        if end > first_ends:
            assert exchanges[0].chunks == [*CHUNKS, "[DONE]"]
            assert (exchanges[0].problems, exchanges[0].damaged_chunk) == ([], None)
        for exchange in exchanges:
            assert "HTTP/2" not in json.dumps(exchange.request)


def test_a_stream_that_breaks_off_marks_its_last_chunk(read: Callable[..., Corpus]) -> None:
    data = trace(PAIR)
    corpus = read(data[: data.index(b"lo") + 1], "trace.json")

    assert corpus.recordings["n_chunks"].tolist() == [2]
    assert corpus.chunks["damage"].isna().tolist() == [True, False]
    assert "the file breaks off" in corpus.problems["what"].tolist()


def content_of(chunk: Any) -> str:
    choices = chunk.get("choices") if isinstance(chunk, dict) else None
    return choices[0].get("delta", {}).get("content", "") if choices else ""


def test_a_cut_chunked_body() -> None:
    pair = (asked(), answered(chunked(SSE.encode(), 30, 40), Transfer_Encoding="chunked"))
    data = trace(pair)
    begins = data.index(b"\r\n\r\n", data.index(b"HTTP/2.0")) + 4
    for end in range(begins, len(data)):
        exchange = only(data[:end])
        text = "".join(content_of(each) for each in exchange.chunks)
        assert "Hello".startswith(text)
        # Behind the last chunk nothing of the body is missing.
        what = "the file breaks off" if end < data.rindex(b"\r\n\r\n") + 2 else "the lengths do not fit"
        assert [problem.what for problem in exchange.problems][:1] == [what]


@given(st.binary(max_size=300), st.integers(0, 400), st.integers(0, 400))
def test_no_bytes_make_it_raise(rest: bytes, first: int, second: int) -> None:
    for data in (b"httprr trace v1\n" + rest, b"httprr trace v1\n%d %d\n" % (first, second) + rest):
        for exchange in found(data):
            assert isinstance(exchange, Problem) or len(exchange.offsets or ()) == len(exchange.chunks)


@given(st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 2000), st.binary(max_size=8)), max_size=4))
def test_no_edit_makes_it_raise(edits: list[tuple[int, int, bytes]]) -> None:
    data = trace(PAIR, LAST)
    for at, length, new in edits:
        at = max(16, at)
        data = data[:at] + new + data[at + length :]

    assert isinstance(found(data), list)


# --- lines -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "BOM"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["as written", "CRLF"])
@pytest.mark.parametrize("coding", ["", "chunked"])
def test_chunks_are_found_on_their_lines(mark: bytes, end: bytes, coding: str) -> None:
    """A coded body is cut into chunks in the middle of events, which keep their lines."""
    body = chunked(SSE.encode(), 30, 200, 1) if coding else SSE.encode()
    streamed = (asked(), answered(body, Transfer_Encoding=coding) if coding else answered(body))
    text = mark + trace(LAST, streamed, LAST).replace(b"\r\n", b"\n").replace(b"\n", end)
    content = Content("a.httprr", text)
    lines = text.split(b"\n")

    first, second, third = (each for each in httprr.read(content) if isinstance(each, Exchange))
    for exchange in (first, second, third):
        assert b"POST" in lines[(find_line(content, exchange, None) or 0) - 1]
        assert len({find_line(content, exchange, at) for at in range(len(exchange.chunks))}) == len(exchange.chunks)
    assert b'{"id": "c"' in lines[(find_line(content, first, 0) or 0) - 1]
    if end == b"\n" or not coding:  # where the lengths of coded chunks do not fit, what follows stands as it is
        assert [lines[(find_line(content, second, at) or 0) - 1][:4] for at in (0, 2)] == [b"data"] * 2


def test_what_is_compressed_is_found_where_its_body_is() -> None:
    data = trace(LAST, (asked(), answered(gzip.compress(SSE.encode(), mtime=0), Content_Encoding="gzip")))
    content = Content("a.httprr", data)
    _, exchange = (each for each in httprr.read(content) if isinstance(each, Exchange))
    line = data.count(b"\n", 0, data.index(b"\x1f\x8b")) + 1

    assert [find_line(content, exchange, at) for at in range(3)] == [line] * 3
