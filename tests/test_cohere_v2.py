"""Hand-made answers of Cohere's chat, version 2: every field of the documentation, and what may go wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
from dialect_kit import envelope, extracted, kinds, rows

from recexplore.model.exchange import Exchange
from recexplore.model.notes import Note
from recexplore.read.dialects import cohere, http
from recexplore.read.registry import known

ENDPOINT = "/v2/chat"
DIALECT = cohere.V2

TOKENS = {"input_tokens": 70, "output_tokens": 9}
BILLED = {"input_tokens": 3, "output_tokens": 9, "search_units": 1}
USAGE = {"billed_units": BILLED, "tokens": TOKENS, "cached_tokens": 64}
CITATION = {
    "start": 2,
    "end": 6,
    "text": "citedtext",
    "sources": [{"type": "document", "id": "doc:0", "document": {"id": "doc:0", "title": "titleword"}}],
    "type": "TEXT_CONTENT",
}
LOGPROBS = {"text": "sunglogged", "token_ids": [5, 6], "logprobs": [-0.5, -0.25]}


def event(kind: str, index: int | None = None, **fields: Any) -> dict[str, Any]:
    return {"type": kind, **({} if index is None else {"index": index}), **fields}


def message(**fields: Any) -> dict[str, Any]:
    return {"delta": {"message": fields}}


def call(name: str | None = None, arguments: Any = "", **fields: Any) -> dict[str, Any]:
    named = {} if name is None else {"id": f"{name}_id", "type": "function"}
    function = {"arguments": arguments} if name is None else {"name": name, "arguments": arguments}
    return {**named, "function": function, **fields}


def started(**fields: Any) -> dict[str, Any]:
    nothing: dict[str, Any] = {"role": "assistant", "content": [], "tool_plan": "", "tool_calls": [], "citations": []}
    return event("message-start", id="answer_1", **message(**{**nothing, **fields}))


def text(said: str, index: int = 0, kind: str = "content-delta", field: str = "text", **fields: Any) -> dict[str, Any]:
    return event(kind, index, **message(content={field: said}), **fields)


def ended(reason: str = "COMPLETE", usage: Any = USAGE, **fields: Any) -> dict[str, Any]:
    return event("message-end", id="answer_1", delta={"finish_reason": reason, "usage": usage, **fields})


def whole(reason: str = "COMPLETE", usage: Any = USAGE, **fields: Any) -> dict[str, Any]:
    return {"id": "answer_1", "message": {"role": "assistant", **fields}, "finish_reason": reason, "usage": usage}


ANSWER = whole(
    content=[{"type": "thinking", "thinking": "whythought"}, {"type": "text", "text": "saidtext"}],
    citations=[CITATION],
)
CALLING = whole(
    "TOOL_CALL", tool_plan="plantext", tool_calls=[call("search", '{"q":"one"}'), call("weather", '{"q":"two"}')]
)

DOCUMENTED: dict[str, dict[str, Any]] = {
    "the start": started(),
    "a block begins": event("content-start", 0, **message(content={"type": "text", "text": ""})),
    "a block begins with text": event("content-start", 0, **message(content={"type": "text", "text": "begun"})),
    "text": text("saidtext"),
    "text with log probabilities": text("saidtext", logprobs=LOGPROBS),
    "a thinking block begins": event("content-start", 0, **message(content={"type": "thinking", "thinking": ""})),
    "thinking": text("thoughttext", field="thinking"),
    "a block ends": event("content-end", 0),
    "a piece of the plan": event("tool-plan-delta", **message(tool_plan="plantext")),
    "a call begins": event("tool-call-start", 0, **message(tool_calls=call("search"))),
    "a piece of a call": event("tool-call-delta", 0, **message(tool_calls=call(arguments='{"q":"queryword"}'))),
    "a call begins, as in early streams": event("tool-call-start", 0, delta={"tool_call": call("search", "early")}),
    "a call ends": event("tool-call-end", 0),
    "a citation begins": event("citation-start", 0, **message(citations=CITATION)),
    "a citation ends": event("citation-end", 0),
    "the end": ended(),
    "the end after an error": ended("ERROR", None, error="brokenword"),
    "a prompt that was asked for": event("debug", prompt="promptword"),
    "a whole answer": ANSWER,
    "a whole answer that calls": CALLING,
    "a whole answer with log probabilities": {**ANSWER, "logprobs": [LOGPROBS, {**LOGPROBS, "text": "othertext"}]},
    "a whole answer with a picture": whole(content=[{"type": "image_url", "image_url": {"url": "pictureword"}}]),
    "an error": {"id": "error_1", "message": "invalid request: model is required"},
}

STREAM = [
    started(),
    event("content-start", 0, **message(content={"type": "thinking", "thinking": ""})),
    text("be", field="thinking"),
    text("cause", field="thinking"),
    event("content-end", 0),
    event("content-start", 1, **message(content={"type": "text", "text": ""})),
    text("A wren", 1),
    text(" sings.", 1),
    event("content-end", 1),
    event("citation-start", 0, **message(citations=CITATION)),
    event("citation-end", 0),
    ended(),
]

CALLS = [
    started(),
    event("tool-plan-delta", **message(tool_plan="I will ")),
    event("tool-plan-delta", **message(tool_plan="search.")),
    event("tool-call-start", 0, **message(tool_calls=call("search"))),
    event("tool-call-delta", 0, **message(tool_calls=call(arguments='{"q":'))),
    event("tool-call-delta", 0, **message(tool_calls=call(arguments='"one"}'))),
    event("tool-call-end", 0),
    event("tool-call-start", 1, **message(tool_calls=call("weather"))),
    event("tool-call-delta", 1, **message(tool_calls=call(arguments='{"q":"two"}'))),
    event("tool-call-end", 1),
    ended("TOOL_CALL"),
]


def stream(*chunks: Any, **request: Any) -> Any:
    return envelope(list(chunks), endpoint=ENDPOINT, model="command-x", stream=True, **request)


# --- which dialect ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in DOCUMENTED if name != "an error"])
def test_every_chunk_is_recognised_wherever_it_came_from(name: str) -> None:
    assert known().choose(Exchange("test", chunks=[DOCUMENTED[name]])) is DIALECT


@pytest.mark.parametrize(
    "body",
    [
        {"id": "r", "results": [{"index": 0, "relevance_score": 0.5}], "meta": {"billed_units": {"search_units": 1}}},
        {"id": "e", "embeddings": {"float": [[0.5]]}, "texts": ["a"], "response_type": "embeddings_by_type"},
    ],
    ids=["reranked", "embedded"],
)
def test_what_is_no_answer_of_a_model_is_not_taken(body: Any) -> None:
    exchange = Exchange("test", chunks=[body], endpoint="/v2/rerank", method="POST", streaming=False)

    assert known().choose(exchange) not in (cohere.V1, cohere.V2)


def test_an_answer_of_somebody_elses_chat_under_the_same_path_is_no_error() -> None:
    exchange = Exchange("test", chunks=[{"message": "hello"}], endpoint=ENDPOINT, method="POST", streaming=False)
    exchange.status = 200

    assert known().choose(exchange) is http.DIALECT


def test_an_error_in_place_of_an_answer(read) -> None:
    corpus = read(envelope(DOCUMENTED["an error"], endpoint=ENDPOINT, streaming=False))

    assert corpus.recordings["dialect"].tolist() == ["cohere_v2"]
    assert "model is required" in corpus.recordings["error"].item()
    assert corpus.chunks["id"].tolist() == ["error_1"]


@pytest.mark.parametrize("host", ["api.cohere.com", "api.cohere.ai"])
def test_hosts(host: str) -> None:
    assert known().provider_of(f"https://{host}/v2/chat") == "cohere"


# --- a stream --------------------------------------------------------------------------------------------------------


def test_a_stream(read) -> None:
    corpus = read(stream(*STREAM, "[DONE]"))

    assert corpus.recordings[["dialect", "n_chunks", "n_choices"]].to_numpy().tolist() == [["cohere_v2", 13, 1]]
    assert rows(corpus, "role", "content", "reasoning", "finish_reason", frame="choices") == [
        ("assistant", "A wren sings.", "because", "COMPLETE")
    ]
    assert rows(corpus, "block", "text")[2:4] == [(0, "be"), (0, "cause")]
    assert [json.loads(cited) for cited in corpus.events.loc[corpus.events["kind"] == "citation", "text"]] == [CITATION]
    assert corpus.chunks["object"].tolist()[:2] == ["message-start", "content-start"]
    assert "unknown" not in corpus.events["kind"].tolist()
    assert corpus.problems.empty
    assert corpus.findings.empty


def test_a_stream_of_tool_calls(read) -> None:
    corpus = read(stream(*CALLS))

    assert rows(corpus, "content", "reasoning", "finish_reason", frame="choices") == [
        ("", "I will search.", "TOOL_CALL")
    ]
    assert rows(corpus, "tool_index", "id", "name", "arguments", frame="tool_calls") == [
        (0, "search_id", "search", '{"q":"one"}'),
        (1, "weather_id", "weather", '{"q":"two"}'),
    ]
    assert corpus.findings.empty


def test_a_whole_answer_says_what_a_stream_of_it_says(read) -> None:
    body = {**CALLING, "message": {**CALLING["message"], "tool_plan": "I will search."}}
    streamed, at_once = read(stream(*CALLS)), read(envelope(body, endpoint=ENDPOINT, streaming=False))

    for frame, columns in (("choices", ("reasoning", "finish_reason")), ("tool_calls", ("id", "name", "arguments"))):
        assert rows(streamed, *columns, frame=frame) == rows(at_once, *columns, frame=frame)
    assert at_once.recordings["dialect"].tolist() == ["cohere_v2"]


def test_a_whole_answer(read) -> None:
    corpus = read(envelope(ANSWER, endpoint=ENDPOINT, streaming=False))

    assert rows(corpus, "role", "content", "reasoning", "finish_reason", frame="choices") == [
        ("assistant", "saidtext", "whythought", "COMPLETE")
    ]
    assert corpus.chunks[["id", "n_choices"]].to_numpy().tolist() == [["answer_1", 1]]


def test_a_call_whose_pieces_have_no_number_is_noted() -> None:
    columns = extracted(DIALECT, [event("tool-call-delta", **message(tool_calls=call(arguments="{}")))])

    assert columns.events.column("notes") == [Note.MISSING_CALL_INDEX]


@pytest.mark.parametrize("reason", DIALECT.finish_reasons)
def test_why_it_ends(read, reason: str) -> None:
    corpus = read(stream(STREAM[0], STREAM[6], ended(reason)))

    assert corpus.choices["finish_reason"].tolist() == [reason]
    assert "finish-value" not in corpus.findings["rule"].tolist()


def test_an_error_at_the_end_of_a_stream(read) -> None:
    corpus = read(stream(*STREAM[:7], DOCUMENTED["the end after an error"]))

    assert "brokenword" in corpus.recordings["error"].item()
    assert corpus.choices["content"].tolist() == ["A wren"]


def test_log_probabilities() -> None:
    columns = extracted(DIALECT, [DOCUMENTED["text with log probabilities"]])
    told = dict(zip(kinds(columns), columns.events.column("logprob"), strict=True))

    assert told == {"content": -0.75, "logprobs": None}


# --- what it cost ----------------------------------------------------------------------------------------------------


def test_tokens_are_the_usage_and_bills_stand_beside_them(read) -> None:
    usage = read(stream(STREAM[0], STREAM[6], ended())).usage

    assert usage[["prompt", "completion", "cached", "source"]].to_numpy().tolist() == [[70, 9, 64, "usage"]]
    assert usage["prompt_includes_cached"].tolist() == [True]
    assert json.loads(usage["extra"].item()) == {f"billed_units.{name}": count for name, count in BILLED.items()}


def test_bills_are_the_usage_where_nothing_else_is_reported(read) -> None:
    usage = read(stream(STREAM[0], STREAM[6], ended(usage={"billed_units": BILLED}))).usage

    assert usage[["prompt", "completion"]].to_numpy().tolist() == [[3, 9]]
    assert json.loads(usage["extra"].item()) == {"billed_units.search_units": 1}


# --- what was asked --------------------------------------------------------------------------------------------------


def test_what_the_request_asks_for(read) -> None:
    tools = [{"type": "function", "function": {"name": "search", "parameters": {"type": "object"}}}]
    asked = {"tools": tools, "tool_choice": "REQUIRED", "max_tokens": 9, "logprobs": True}
    corpus = read(stream(*STREAM, response_format={"type": "json_object"}, **asked))

    columns = ["stream", "tools", "tool_choice", "max_tokens", "logprobs", "response_format"]
    assert rows(corpus, *columns, frame="requests") == [(True, '["search"]', "required", 9, True, "json_object")]


def test_a_demanded_call_that_is_not_made_is_told(read) -> None:
    tools = [{"type": "function", "function": {"name": "search"}}]
    corpus = read(stream(*STREAM, tools=tools, tool_choice="REQUIRED"))

    assert corpus.findings["rule"].tolist() == ["tool-finish"]
