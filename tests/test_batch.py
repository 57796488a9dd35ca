"""Hand-made results of batches, in files and in bodies of HTTP: every provider's wrapping, and what may go wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recexplore.corpus import Corpus
from recexplore.model.exchange import Exchange
from recexplore.read.envelopes import batch, choose
from recexplore.read.envelopes.batch import unwrapped_results
from recexplore.read.wire.content import Content

Read = Callable[..., Corpus]

ASKED = {"model": "m-1", "messages": [{"role": "user", "content": "Which bird?"}], "max_tokens": 9}


def chat(text: str) -> dict[str, Any]:
    usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    return {"id": "chatcmpl-1", "object": "chat.completion", "model": "m-1", "choices": [choice], "usage": usage}


def message(text: str) -> dict[str, Any]:
    usage = {"input_tokens": 7, "output_tokens": 3}
    content = [{"type": "text", "text": text}]
    about = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m-1", "stop_reason": "end_turn"}
    return {**about, "content": content, "usage": usage}


def candidate(text: str) -> dict[str, Any]:
    content = {"role": "model", "parts": [{"text": text}]}
    usage = {"promptTokenCount": 7, "candidatesTokenCount": 3, "totalTokenCount": 10}
    return {"candidates": [{"content": content, "finishReason": "STOP"}], "usageMetadata": usage}


def openai(own_id: str, body: Any, status: Any = 200) -> dict[str, Any]:
    response = {"status_code": status, "request_id": "r", "body": body}
    return {"id": f"batch_req_{own_id}", "custom_id": own_id, "response": response, "error": None}


ANSWERS: dict[str, tuple[dict[str, Any], str]] = {
    "OpenAI": (openai("q", chat("wren")), "openai_chat"),
    "Mistral": ({"custom_id": "q", "response": {"status_code": 200, "body": chat("wren")}}, "openai_chat"),
    "Azure": ({"custom_id": "q", "response": {"body": chat("wren"), "request_id": "r"}, "error": None}, "openai_chat"),
    "Fireworks": ({"custom_id": "q", "response": chat("wren")}, "openai_chat"),
    "Anthropic": ({"custom_id": "q", "result": {"type": "succeeded", "message": message("wren")}}, "anthropic"),
    "xAI": (
        {"batch_request_id": "q", "batch_result": {"response": {"chat_get_completion": chat("wren")}}},
        "openai_chat",
    ),
    "Gemini": ({"key": "q", "response": candidate("wren")}, "gemini"),
    "Vertex": ({"custom_id": "q", "status": "", "request": ASKED, "response": message("wren")}, "anthropic"),
    "Bedrock": ({"recordId": "q", "modelInput": ASKED, "modelOutput": message("wren")}, "anthropic"),
}
VERTEX = {"status": "", "processed_time": "2025-01-01T00:00:00Z", "request": ASKED, "response": candidate("wren")}
FAILURES: dict[str, tuple[dict[str, Any], str, int | None]] = {
    "expired at OpenAI": (
        {"custom_id": "q", "response": None, "error": {"code": "batch_expired", "message": "too late"}},
        "too late",
        None,
    ),
    "an error in words": ({"custom_id": "q", "error": "too late"}, "too late", None),
    "errored at Anthropic": (
        {"custom_id": "q", "result": {"type": "errored", "error": {"type": "error", "error": {"message": "no"}}}},
        "no",
        None,
    ),
    "canceled": ({"custom_id": "q", "result": {"type": "canceled"}}, "canceled", None),
    "expired": ({"custom_id": "q", "result": {"type": "expired"}}, "expired", None),
    "Gemini": ({"key": "q", "error": {"code": 3, "message": "bad part"}}, "bad part", None),
    "Gemini, by HTTP": ({"key": "q", "error": {"code": 400, "message": "bad part"}}, "bad part", 400),
    "Vertex": ({"custom_id": "q", "status": "Bad Request", "request": ASKED, "response": {}}, "Bad Request", None),
    "Bedrock": (
        {"recordId": "q", "modelInput": ASKED, "error": {"errorCode": 400, "errorMessage": "bad request"}},
        "bad request",
        400,
    ),
    "xAI": ({"batch_request_id": "q", "batch_result": {"error": "no"}}, "no", None),
    "an error without words": ({"custom_id": "q", "error": {"code": "x"}}, '{"code":"x"}', None),
}
REQUESTS = [
    {"custom_id": "q", "method": "POST", "url": "/v1/chat/completions", "body": ASKED},
    {"custom_id": "q", "body": ASKED},
    {"custom_id": "q", "params": ASKED},
    {"key": "q", "request": {"contents": []}},
    {"request": {"contents": []}},
    {"recordId": "q", "modelInput": ASKED},
]


def texts(corpus: Corpus) -> list[str]:
    """What each recording says; nothing where it has no choice."""
    said = dict(zip(corpus.choices["recording"], corpus.choices["content"], strict=True))
    return [said.get(one, "") for one in corpus.recordings["recording"]]


def lines(*records: Any) -> bytes:
    return "".join(json.dumps(each) + "\n" for each in records).encode()


def exchanges(data: bytes) -> list[Exchange]:
    content = Content("results.jsonl", data)
    assert choose(content) is batch
    return list(batch.read(content))


def cassette(body: bytes, media_type: str = "application/octet-stream") -> dict[str, Any]:
    request = {"method": "GET", "uri": "https://api.openai.com/v1/files/file-1/content", "body": None}
    headers = {"content-type": [media_type]}
    response = {"status": {"code": 200}, "headers": headers, "body": {"string": body.decode()}}
    return {"version": 1, "interactions": [{"request": request, "response": response}]}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_is_read_as_its_provider_gave_it(read: Read, name: str) -> None:
    line, dialect = ANSWERS[name]
    corpus = read(lines(line), "results.jsonl")
    found = corpus["results"]

    about = found.facts[["envelope", "dialect", "test_id", "streaming", "n_chunks", "prompt_tokens"]]
    assert about.tolist() == ["batch", dialect, "q", False, 1, 7]
    assert found.text() == "wren"
    assert found.line() == found.line(0) == 1
    assert corpus.problems.empty
    assert corpus.findings.empty


def test_what_else_a_line_says_is_kept(read: Read) -> None:
    corpus = read(lines(openai("q", chat("wren")), VERTEX), "results.jsonl")

    assert [json.loads(each) for each in corpus.recordings["extra"]] == [
        {"id": "batch_req_q", "response": {"request_id": "r"}},
        {"processed_time": "2025-01-01T00:00:00Z"},
    ]


@pytest.mark.parametrize("name", FAILURES)
def test_what_failed_says_why(read: Read, name: str) -> None:
    line, error, status = FAILURES[name]
    corpus = read(lines(openai("p", chat("wren")), line), "results.jsonl")
    found = corpus["results#1"]

    assert found.facts[["test_id", "dialect", "error", "is_exception", "n_chunks"]].tolist() == [
        "q",
        "http",
        error,
        True,
        0,
    ]
    assert (None if found.facts.isna()["status"] else found.facts["status"]) == status
    assert corpus.findings[["rule", "recording"]].to_numpy().tolist() == [["recorded-exception", "results#1"]]
    assert corpus.problems.empty


def test_a_refusal_is_an_answer_with_its_status(read: Read) -> None:
    corpus = read(lines(openai("q", {"error": {"message": "bad model"}}, 400)), "results.jsonl")

    assert corpus.recordings[["status", "dialect", "n_chunks"]].to_numpy().tolist() == [[400, "http", 1]]
    assert corpus.events["kind"].tolist() == ["error"]
    assert corpus.findings[["rule", "severity"]].to_numpy().tolist() == [["recorded-exception", "warning"]]


def test_an_answer_and_an_error_are_both_kept() -> None:
    (one,) = exchanges(lines({"custom_id": "q", "response": chat("wren"), "error": {"message": "late"}}))

    assert (one.chunks, one.error, one.is_exception) == ([chat("wren")], "late", None)
    assert one.extra == {"error": {"message": "late"}}


def test_a_result_that_holds_nothing_is_a_problem(read: Read) -> None:
    corpus = read(lines({"custom_id": "q", "response": None, "error": None}), "results.jsonl")

    assert corpus.recordings[["test_id", "n_chunks"]].to_numpy().tolist() == [["q", 0]]
    assert corpus.problems[["exchange", "what"]].to_numpy().tolist() == [[0, "a result without an answer"]]


@pytest.mark.parametrize("line", [VERTEX, {"recordId": "q", "modelInput": ASKED, "modelOutput": message("wren")}])
def test_the_request_beside_an_answer_is_its_request(read: Read, line: Any) -> None:
    corpus = read(lines(line), "results.jsonl")

    assert corpus["results"].request == ASKED
    assert corpus.recordings["model_requested"].tolist() == ["m-1"]
    assert corpus.requests["max_tokens"].tolist() == [9]


def test_a_request_that_was_joined_with_its_result() -> None:
    (one,) = exchanges(lines({**REQUESTS[0], "response": {"status_code": 200, "body": chat("wren")}}))

    assert (one.method, one.endpoint, one.request, one.extra) == ("POST", "/v1/chat/completions", ASKED, None)


@pytest.mark.parametrize(("own_id", "shown"), [(7, "7"), (["a"], '["a"]'), (None, None)])
def test_ids_that_are_no_text(own_id: Any, shown: str | None) -> None:
    (one,) = exchanges(lines({"custom_id": own_id, "response": chat("wren")}))

    assert one.test_id == shown


@pytest.mark.parametrize("request_line", REQUESTS)
def test_requests_of_a_batch_are_no_recordings(read: Read, request_line: Any) -> None:
    corpus = read(lines(request_line, request_line), "requests.jsonl", named=True)

    assert len(corpus) == 0
    assert corpus.problems["what"].tolist() == ["not a recording that recexplore knows"]


@pytest.mark.parametrize(
    "line",
    [
        {"request": {"method": "POST", "url": "u"}, "response": {"body": chat("wren")}},
        {"request": {}, "response": {"body": chat("wren")}, "status": "ok"},
        {"request": {}, "response": {"body": chat("wren")}, "status": 200},
        {"key": "q", "response": chat("wren"), "request": {}},
        {"key": "q", "error": "no"},
        {"key": "q"},
        {"type": "response.completed", "response": {}},
        chat("wren"),
    ],
)
def test_lines_that_are_no_results(line: Any) -> None:
    assert not next(unwrapped_results(Exchange("x", [line]))).test_id
    assert choose(Content("x.jsonl", lines(line, line))) is not batch


# --- in the body of an answer -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("media_type", ["application/octet-stream", "application/x-jsonl", "application/binary", ""])
@pytest.mark.parametrize("n", [1, 2, 12])
def test_a_download_holds_a_recording_a_line(read: Read, media_type: str, n: int) -> None:
    body = lines(*(openai(f"q{at}", chat(f"bird {at}")) for at in range(n)))
    corpus = read(cassette(body, media_type), "results.json")

    assert corpus.recordings["test_id"].tolist() == [f"q{at}" for at in range(n)]
    assert corpus.recordings["exchange"].tolist() == list(range(n))
    assert set(corpus.recordings["dialect"]) == {"openai_chat"}
    assert set(corpus.recordings["provider"]) == {"openai"}
    assert not corpus.recordings["streaming"].any()
    assert texts(corpus) == [f"bird {at}" for at in range(n)]
    assert [one.raw(0) for one in corpus] == [chat(f"bird {at}") for at in range(n)]
    assert corpus.problems.empty
    assert corpus.findings.empty


def test_the_exchanges_around_a_download_keep_their_order(read: Read) -> None:
    body = lines(openai("a", chat("wren")), {"custom_id": "b", "result": {"type": "expired"}})
    document = cassette(body)
    other = cassette(json.dumps(chat("robin")).encode(), "application/json")["interactions"][0]
    document["interactions"] = [other, *document["interactions"], other]
    corpus = read(document, "results.json")

    assert texts(corpus) == ["robin", "wren", "", "robin"]
    assert corpus.recordings["test_id"].fillna("").tolist() == ["", "a", "b", ""]
    # The status of the download is not that of what failed.
    assert corpus.recordings["status"].astype(object).fillna(0).tolist() == [200, 200, 0, 200]
    assert corpus.findings[["rule", "recording"]].to_numpy().tolist() == [["recorded-exception", "results#2"]]


def test_lines_of_a_download_are_found(read: Read) -> None:
    body = lines(openai("a", chat("wren")), openai("b", chat("robin"))).decode()
    text = "interactions:\n- request: {method: GET, uri: https://a/v1/files/f/content}\n  response:\n    body:\n"
    text += "      string: |\n" + "".join(f"        {line}\n" for line in body.splitlines())
    corpus = read(text.encode(), "results.yaml")

    assert [(one.line(), one.line(0)) for one in corpus] == [(2, 6), (2, 7)]


def test_requests_that_were_downloaded_are_no_stream(read: Read) -> None:
    corpus = read(cassette(lines(REQUESTS[0], REQUESTS[0])), "requests.json")

    assert corpus.recordings[["dialect", "streaming", "n_chunks"]].to_numpy().tolist() == [["http", False, 2]]
    assert set(corpus.events["kind"]) == {"annotation"}


# --- damage -----------------------------------------------------------------------------------------------------------


def test_a_cut_last_line_keeps_what_stands_before_the_cut(read: Read) -> None:
    data = lines(openai("a", chat("wren")), openai("b", chat("robin")))
    corpus = read(data[: data.rindex(b"obin")], "results.jsonl")

    assert texts(corpus) == ["wren", "r"]
    assert corpus["results#0"].chunks["damage"].isna().all()
    assert corpus["results#1"].chunks["damage"].tolist() == ["cut"]
    assert corpus.problems[["exchange", "chunk", "what"]].to_numpy().tolist() == [[1, 0, "the file breaks off"]]


@pytest.mark.parametrize("cut", range(1, len(lines(ANSWERS["OpenAI"][0])) - 1, 17))
def test_a_line_cut_anywhere_leaves_the_line_before_as_it_is(cut: int) -> None:
    data = lines(ANSWERS["OpenAI"][0])
    first, second = exchanges(data + data[:cut])

    assert (first.chunks, first.problems) == ([chat("wren")], [])
    assert second.problems


@pytest.mark.parametrize("line", [b"5", b"null", b"[1]", b'"x"', b"nonsense", b"{", b"\xff"])
def test_a_broken_line_in_the_middle_is_kept_and_said(read: Read, line: bytes) -> None:
    data = lines(openai("a", chat("wren"))) + line + b"\n" + lines(openai("b", chat("robin")))
    corpus = read(data, "results.jsonl")

    assert texts(corpus) == ["wren", "", "robin"]
    assert [one.line() for one in corpus] == [1, 2, 3]
    assert corpus["results#1"].facts["dialect"] == "http"
    assert "unknown" not in set(corpus.events["kind"])
    if line in (b"nonsense", b"{", b"\xff"):
        assert set(corpus.problems["exchange"]) == {1}


def test_a_broken_first_line(read: Read) -> None:
    corpus = read(b"{broken\n" + lines(openai("a", chat("wren")), openai("b", chat("robin"))), "results.jsonl")

    assert texts(corpus) == ["", "wren", "robin"]


def test_empty_lines_are_no_results() -> None:
    data = lines(openai("a", chat("wren")))

    assert [one.path for one in exchanges(data + b"\n\r\n" + data)] == [0, len(data) + 3]


ANY: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("succeeded"),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["status_code", "body", "type", "message", "error", "response", "code"]), inner
        )
    ),
    max_leaves=6,
)
FIELDS = [
    "custom_id",
    "key",
    "recordId",
    "batch_request_id",
    "response",
    "result",
    "batch_result",
    "modelOutput",
    "modelInput",
    "request",
    "error",
    "status",
]


@given(st.dictionaries(st.sampled_from([*FIELDS, "url", "method", "body", ""]), ANY))
def test_no_field_makes_it_raise(fields: dict[str, Any]) -> None:
    list(unwrapped_results(Exchange("x", [fields])))
    data = lines({**ANSWERS["OpenAI"][0], **fields})
    for one in unwrapped_results(Exchange("x", chunks=[{"custom_id": "q", "error": None, **fields}])):
        assert all(len(cells) == len(one.chunks) for cells in one.wire.values())
    for one in batch.read(Content("x.jsonl", data)):
        assert len(one.offsets or ()) == len(one.chunks)


def test_an_error_that_is_deeply_nested() -> None:
    error: Any = "deep"
    for _ in range(900):
        error = {"error": error}
    (one,) = exchanges(lines({"custom_id": "q", "error": error}))

    assert one.error == "deep"
