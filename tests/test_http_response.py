"""An answer alone: status, headers, body."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic import says

from recexplore.corpus import Corpus
from recexplore.model.exchange import Exchange
from recexplore.read.envelopes import choose, http_response
from recexplore.read.wire.content import Content

CHUNKS = [says("Hel"), says("lo")]
SSE = "".join(f"data: {json.dumps(each)}\n\n" for each in CHUNKS) + "data: [DONE]\n\n"
WHOLE = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-x",
    "content": [{"type": "text", "text": "Hello"}],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 4, "output_tokens": 3},
}
JSON_TYPE = {"content-type": "application/json"}


def exchanges(document: Any, name: str = "a.json") -> list[Exchange]:
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    content = Content(name, data)
    assert choose(content) is http_response
    return list(http_response.read(content))


def only(document: Any) -> Exchange:
    (exchange,) = exchanges(document)
    return exchange


@pytest.mark.parametrize("body", [json.dumps(WHOLE), WHOLE, base64.b64encode(json.dumps(WHOLE).encode()).decode()])
def test_a_whole_answer(read: Callable[..., Corpus], body: Any) -> None:
    corpus = read({"status": 200, "headers": JSON_TYPE, "body": body}, "saved.json")
    facts = corpus["saved"].facts

    assert facts[["envelope", "dialect", "status", "streaming"]].tolist() == ["http-response", "anthropic", 200, False]
    assert pd.isna(facts["url"])
    assert (corpus["saved"].text(), corpus["saved"].request) == ("Hello", {})
    assert corpus.choices["finish_reason"].tolist() == ["end_turn"]
    assert corpus.problems.empty


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 200, "headers": {"content-type": "text/event-stream; charset=utf-8"}, "body": SSE},
        {"statusCode": 200, "headers": {}, "body": base64.b64encode(SSE.encode()).decode(), "isBase64Encoded": True},
        {"status_code": 200, "headers": [["content-type", "text/event-stream"]], "content": SSE},
        {"status": 200, "statusText": "OK", "headers": {}, "data": SSE},
        {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": {"string": SSE}},
        {"status": 200, "headers": {}, "body": {"type": "Buffer", "data": list(SSE.encode())}},
        {"status": 200, "body": SSE},
    ],
)
def test_a_stream_by_the_names_that_people_use(answer: Any) -> None:
    exchange = only(answer)

    assert exchange.chunks == [*CHUNKS, "[DONE]"]
    assert (exchange.status, exchange.streaming, exchange.request, exchange.problems) == (200, True, {}, [])


def test_where_it_came_from_may_stand_beside_it() -> None:
    answer = {"url": "https://api.openai.com/v1/x", "method": "post", "status": 500, "headers": {}, "body": "no"}

    assert (only(answer).url, only(answer).method, only(answer).endpoint) == (answer["url"], "POST", "/v1/x")


def test_several_in_a_list_or_one_a_line() -> None:
    answer = {"status": 200, "headers": {}, "body": SSE}
    line = json.dumps(answer)
    of_list = exchanges([answer, 5, answer])
    of_lines = exchanges(f"{line}\n5\n\n{line}\n".encode(), "a.jsonl")

    assert [each.path for each in of_list] == [(0,), (1,), (2,)]
    assert [each.path for each in of_lines] == [0, len(line) + 1, len(line) + 4]
    for found in (of_list, of_lines):
        assert [len(each.chunks) for each in found] == [3, 0, 3]
        assert [len(each.problems) for each in found] == [0, 1, 0]
        assert [each.offsets is None for each in of_lines] == [True] * 3


@pytest.mark.parametrize(
    "value",
    [
        {"status": 200, "headers": {}},
        {"status": 200},
        {"status": 200, "data": {}},
        {"status": 7, "headers": {}, "body": ""},
        {"status": "completed", "headers": {}, "body": ""},
        {"headers": {}, "body": ""},
        {"status": 200, "headers": {}, "body": "", "request": {}},
        {"status": 200, "headers": {}, "response": ""},
        {"scope": "https://a", "path": "/", "status": 200, "body": ""},
        [],
        5,
        None,
        WHOLE,
    ],
)
def test_documents_it_does_not_know(value: Any) -> None:
    assert http_response.sniff(Content("a.json", json.dumps(value).encode())) == 0.0


def test_an_answer_that_breaks_off(read: Callable[..., Corpus]) -> None:
    text = json.dumps({"status": 200, "headers": {}, "body": SSE}).encode()
    corpus = read(text[: text.rindex(b"lo\\") + 1], "saved.json")

    assert corpus.recordings["n_chunks"].tolist() == [2]
    assert corpus.chunks["damage"].isna().tolist() == [True, False]
    assert corpus.problems["what"].tolist()[0] == "the file breaks off"


def test_an_answer_that_breaks_off_behind_its_body() -> None:
    text = json.dumps({"status": 200, "body": WHOLE, "headers": JSON_TYPE}).encode()
    exchange = only(text[:-5])

    assert (exchange.chunks, exchange.damaged_chunk) == ([WHOLE], None)
    assert [problem.what for problem in exchange.problems] == ["the file breaks off"]


ANY: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 600) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["string", "code", "name"]), inner),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(["status", "headers", "body", "content", "url", "method", "encoding"]), ANY))
def test_no_field_makes_it_raise(answer: dict[str, Any]) -> None:
    made = [{"status": 200, "body": ""}, answer]
    _, exchange = http_response.read(Content("a.json", json.dumps(made).encode()))

    assert all(len(cells) == len(exchange.chunks) for cells in exchange.wire.values())
