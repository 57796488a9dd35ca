"""Hand-made answers of Cohere's chat, version 1, and of generate: every documented field, and what may go wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
from dialect_kit import envelope, rows

from recexplore.model.exchange import Exchange
from recexplore.read.dialects import cohere, http, unknown
from recexplore.read.registry import known

ENDPOINT, GENERATE = "/v1/chat", "/v1/generate"
DIALECT = cohere.V1

TOKENS = {"input_tokens": 70, "output_tokens": 9}
BILLED = {"input_tokens": 3, "output_tokens": 9}
META = {"api_version": {"version": "1"}, "warnings": ["warnedword"], "billed_units": BILLED, "tokens": TOKENS}
CITATION = {"start": 2, "end": 6, "text": "citedtext", "document_ids": ["web_0"]}
QUERY = {"text": "askedtext", "generation_id": "query_1"}
RESULT = {"search_query": QUERY, "connector": {"id": "web-search"}, "document_ids": ["web_0"]}
DOCUMENT = {"id": "web_0", "title": "titleword", "snippet": "snippettext"}
HISTORY = [{"role": "USER", "message": "askedbefore"}, {"role": "CHATBOT", "message": "saidtext"}]
CALLS = [{"name": "search", "parameters": {"q": "one"}}, {"name": "weather", "parameters": {"q": "two"}}]
LIKELIHOODS = [{"token": "tokenword", "likelihood": -0.5}, {"token": "othertoken", "likelihood": -0.25}]


def event(kind: str, *, is_finished: bool = False, **fields: Any) -> dict[str, Any]:
    return {"is_finished": is_finished, "event_type": kind, **fields}


def answer(text: str = "saidtext", **fields: Any) -> dict[str, Any]:
    head = {"response_id": "response_1", "text": text, "generation_id": "generation_1", "chat_history": HISTORY}
    return {**head, "finish_reason": "COMPLETE", "meta": META, **fields}


def ended(response: Any = None, reason: str = "COMPLETE") -> dict[str, Any]:
    return event("stream-end", is_finished=True, response=response or answer(), finish_reason=reason)


def text(said: str) -> dict[str, Any]:
    return event("text-generation", text=said)


def planned(said: str) -> dict[str, Any]:
    return event("tool-calls-chunk", text=said)


def piece(**fields: Any) -> dict[str, Any]:
    return event("tool-calls-chunk", tool_call_delta=fields)


def generation(text: str = "saidtext", **fields: Any) -> dict[str, Any]:
    return {"id": "generation_1", "text": text, "finish_reason": "COMPLETE", **fields}


def generated(*generations: Any, **fields: Any) -> dict[str, Any]:
    return {"id": "answer_1", "generations": list(generations), "prompt": "promptword", **fields}


CALLING = answer("plantext", tool_calls=CALLS)
SEARCHED = answer(
    citations=[CITATION],
    documents=[DOCUMENT],
    search_queries=[QUERY],
    search_results=[RESULT],
    is_search_required=True,
)

DOCUMENTED: dict[str, dict[str, Any]] = {
    "the start": event("stream-start", generation_id="generation_1"),
    "queries": event("search-queries-generation", search_queries=[QUERY]),
    "results": event("search-results", search_results=[RESULT], documents=[DOCUMENT]),
    "text": text("saidtext"),
    "citations": event("citation-generation", citations=[CITATION, {**CITATION, "text": "othertext"}]),
    "a piece of the plan": planned("plantext"),
    "a call begins": piece(index=0, name="search"),
    "a piece of a call": piece(index=0, parameters='{"q":"queryword"}'),
    "a piece of the plan, where the reference has it": piece(text="plantext"),
    "calls": event("tool-calls-generation", text="plantext", tool_calls=CALLS),
    "the end": ended(),
    "the end of a search": ended(SEARCHED),
    "a prompt that was asked for": event("debug", prompt="promptword"),
    "a whole answer": answer(),
    "a whole answer that calls": CALLING,
    "a whole answer that searched": SEARCHED,
    "a whole answer of 2023": {
        "response_id": "response_1",
        "text": "saidtext",
        "generation_id": "generation_1",
        "token_count": {"prompt_tokens": 69, "response_tokens": 100, "total_tokens": 169, "billed_tokens": 158},
        "meta": {"api_version": {"version": "1"}, "billed_units": {"input_tokens": 58, "output_tokens": 100}},
    },
    "generated": generated(generation(likelihood=-0.5, token_likelihoods=LIKELIHOODS), meta=META),
    "generated twice": generated(generation("firsttext", index=0), generation("secondtext", index=1)),
    "generated text": event("text-generation", text="saidtext", index=1),
    "the end of generated text": event(
        "stream-end", is_finished=True, finish_reason="COMPLETE", response=generated(generation())
    ),
    "an error in a stream": event("stream-error", is_finished=True, finish_reason="ERROR", err="brokenword"),
    "text of Bedrock": {"index": 0, "is_finished": False, "text": "saidtext"},
    "the end of Bedrock": {
        "is_finished": True,
        "finish_reason": "COMPLETE",
        "amazon-bedrock-invocationMetrics": {"inputTokenCount": 7, "outputTokenCount": 9},
    },
    "an error": {"message": "invalid api token"},
}

STREAM = [
    event("stream-start", generation_id="generation_1"),
    event("search-results", search_results=[RESULT], documents=[DOCUMENT]),
    text("A wren"),
    text(" sings."),
    event("citation-generation", citations=[CITATION]),
    event("citation-generation", citations=[{**CITATION, "start": 8}]),
    ended(
        answer(
            "A wren sings.",
            citations=[CITATION, {**CITATION, "start": 8}],
            documents=[DOCUMENT],
            search_results=[RESULT],
        )
    ),
]

TOOLS = [
    event("stream-start", generation_id="generation_1"),
    planned("I will "),
    planned("search."),
    piece(index=0, name="search"),
    piece(index=0, parameters='{"q":'),
    piece(index=0, parameters='"one"}'),
    piece(index=1, name="weather"),
    piece(index=1, parameters='{"q":"two"}'),
    event("tool-calls-generation", text="I will search.", tool_calls=CALLS),
    ended(answer("I will search.", tool_calls=CALLS)),
]

GENERATED = [
    event("text-generation", text="A wren", index=0),
    event("text-generation", text="A jay", index=1),
    event("text-generation", text=" sings.", index=0),
    event(
        "stream-end",
        is_finished=True,
        finish_reason="COMPLETE",
        response=generated(
            generation("A wren sings.", index=0), generation("A jay", index=1, finish_reason="MAX_TOKENS")
        ),
    ),
]


def stream(*chunks: Any, endpoint: str = ENDPOINT, **request: Any) -> Any:
    return envelope(list(chunks), endpoint=endpoint, model="command-x", stream=True, **request)


def repetitions(corpus: Any) -> list[Any]:
    empty = corpus.events.loc[corpus.events["kind"] == "empty", "text"].dropna()
    return [json.loads(text) for text in empty]


# --- which dialect ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in DOCUMENTED if name != "an error"])
def test_every_chunk_is_recognised_wherever_it_came_from(name: str) -> None:
    assert known().choose(Exchange("test", chunks=[DOCUMENTED[name]])) is DIALECT


def test_pieces_of_a_gateway_that_say_is_finished_too_are_not_taken() -> None:
    piece = {"text": "a", "is_finished": False, "finish_reason": "", "index": 0, "tool_use": None, "usage": None}
    last = {**piece, "is_finished": True, "finish_reason": "stop"}

    assert known().choose(Exchange("test", chunks=[piece, last])) is unknown.DIALECT


def test_an_answer_of_somebody_elses_chat_under_the_same_path_is_no_error() -> None:
    exchange = Exchange("test", chunks=[{"message": "hello"}], endpoint=ENDPOINT, method="POST", streaming=False)
    exchange.status = 200

    assert known().choose(exchange) is http.DIALECT


@pytest.mark.parametrize("endpoint", [ENDPOINT, GENERATE])
def test_an_error_in_place_of_an_answer(read, endpoint: str) -> None:
    corpus = read(envelope(DOCUMENTED["an error"], endpoint=endpoint, streaming=False))

    assert corpus.recordings["dialect"].tolist() == ["cohere_v1"]
    assert corpus.recordings["error"].tolist() == ["invalid api token"]


# --- a stream --------------------------------------------------------------------------------------------------------


def test_a_stream(read) -> None:
    corpus = read(stream(*STREAM))

    assert corpus.recordings[["dialect", "n_chunks", "n_choices"]].to_numpy().tolist() == [["cohere_v1", 7, 1]]
    assert rows(corpus, "content", "reasoning", "finish_reason", frame="choices") == [("A wren sings.", "", "COMPLETE")]
    assert corpus.events["kind"].tolist().count("citation") == 2
    assert corpus.chunks["id"].dropna().tolist() == ["generation_1"] * 2
    assert corpus.chunks["object"].tolist()[0] == "stream-start"
    assert "unknown" not in corpus.events["kind"].tolist()
    assert corpus.problems.empty
    assert corpus.findings.empty


def test_the_last_event_tells_nothing_twice(read) -> None:
    corpus = read(stream(*STREAM))
    response = STREAM[-1]["response"]

    assert repetitions(corpus) == [
        {field: response[field] for field in ("text", "citations", "search_results", "documents")}
    ]
    extra = json.loads(corpus.chunks["extra"].dropna().tolist()[-1])
    assert extra["response"] == {"response_id": "response_1", "chat_history": HISTORY}


def test_the_last_event_tells_what_no_other_told(read) -> None:
    corpus = read(stream(STREAM[0], ended(SEARCHED)))

    assert corpus.choices["content"].tolist() == ["saidtext"]
    assert corpus.events["kind"].tolist().count("citation") == 1
    assert repetitions(corpus) == []


def test_a_stream_of_tool_calls(read) -> None:
    corpus = read(stream(*TOOLS))

    assert rows(corpus, "content", "reasoning", "finish_reason", frame="choices") == [
        ("", "I will search.", "COMPLETE")
    ]
    assert rows(corpus, "tool_index", "name", "arguments", frame="tool_calls") == [
        (0, "search", '{"q":"one"}'),
        (1, "weather", '{"q":"two"}'),
    ]
    assert repetitions(corpus) == [{"text": "I will search.", "tool_calls": CALLS}] * 2
    assert corpus.findings.empty


def test_calls_that_did_not_come_in_pieces(read) -> None:
    corpus = read(stream(TOOLS[0], *TOOLS[-2:]))

    assert rows(corpus, "content", "reasoning", frame="choices") == [("", "I will search.")]
    assert corpus.tool_calls["name"].tolist() == ["search", "weather"]


@pytest.mark.parametrize("plan", [planned("I will search."), piece(text="I will search.")], ids=["beside", "inside"])
def test_a_plan_is_told_once_wherever_it_stands(read, plan: Any) -> None:
    corpus = read(stream(TOOLS[0], plan, *TOOLS[3:]))

    assert rows(corpus, "content", "reasoning", frame="choices") == [("", "I will search.")]


@pytest.mark.parametrize("chunks", [STREAM, TOOLS], ids=["text", "calls"])
def test_a_whole_answer_says_what_a_stream_of_it_says(read, chunks: Any) -> None:
    streamed = read(stream(*chunks))
    at_once = read(envelope(chunks[-1]["response"], endpoint=ENDPOINT, streaming=False))

    for frame, columns in (
        ("choices", ("content", "reasoning", "finish_reason")),
        ("tool_calls", ("name", "arguments")),
        ("usage", ("prompt", "completion", "extra")),
    ):
        assert rows(streamed, *columns, frame=frame) == rows(at_once, *columns, frame=frame)


def test_a_whole_answer_repeats_no_history(read) -> None:
    corpus = read(envelope(DOCUMENTED["a whole answer"], endpoint=ENDPOINT, streaming=False))

    assert rows(corpus, "content", "finish_reason", frame="choices") == [("saidtext", "COMPLETE")]
    extra = json.loads(corpus.chunks["extra"].item())
    assert extra["chat_history"] == HISTORY
    assert extra["meta"] == {"api_version": {"version": "1"}, "warnings": ["warnedword"]}


@pytest.mark.parametrize("reason", DIALECT.finish_reasons)
def test_why_it_ends(read, reason: str) -> None:
    response = answer("A wren", finish_reason=reason)
    corpus = read(stream(STREAM[0], STREAM[2], ended(response, reason)))

    assert corpus.choices["finish_reason"].tolist() == [reason]
    assert "finish-value" not in corpus.findings["rule"].tolist()


def test_a_response_that_ends_otherwise_than_its_event_says_is_kept(read) -> None:
    corpus = read(stream(STREAM[0], STREAM[2], ended(answer("A wren", finish_reason="ERROR"))))

    assert corpus.choices["finish_reason"].tolist() == ["COMPLETE"]
    assert '"finish_reason":"ERROR"' in corpus.chunks["extra"].tolist()[-1]


def test_an_error_in_the_stream(read) -> None:
    corpus = read(stream(*STREAM[:3], DOCUMENTED["an error in a stream"]))

    assert "brokenword" in corpus.recordings["error"].item()
    assert rows(corpus, "content", "finish_reason", frame="choices") == [("A wren", "ERROR")]


# --- generate --------------------------------------------------------------------------------------------------------


def test_several_choices_are_generated(read) -> None:
    corpus = read(stream(*GENERATED, endpoint=GENERATE, num_generations=2))

    assert rows(corpus, "choice", "content", "finish_reason", frame="choices") == [
        (0, "A wren sings.", "COMPLETE"),
        (1, "A jay", "MAX_TOKENS"),
    ]
    assert corpus.recordings[["dialect", "n_requested"]].to_numpy().tolist() == [["cohere_v1", 2]]
    assert corpus.findings["rule"].tolist() == ["length-cut"]


def test_generated_at_once(read) -> None:
    corpus = read(envelope(DOCUMENTED["generated twice"], endpoint=GENERATE, streaming=False))

    assert rows(corpus, "choice", "content", "finish_reason", frame="choices") == [
        (0, "firsttext", "COMPLETE"),
        (1, "secondtext", "COMPLETE"),
    ]
    assert corpus.chunks[["id", "n_choices"]].to_numpy().tolist() == [["answer_1", 2]]


def test_a_stream_of_bedrock(read) -> None:
    corpus = read(stream(DOCUMENTED["text of Bedrock"], DOCUMENTED["the end of Bedrock"], endpoint="/model/x/invoke"))

    assert rows(corpus, "content", "finish_reason", frame="choices") == [("saidtext", "COMPLETE")]


# --- what it cost ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "counts", "extra"),
    [
        (
            "a whole answer",
            [70, 9, None, "meta"],
            {"billed_units.input_tokens": 3, "billed_units.output_tokens": 9},
        ),
        (
            "a whole answer of 2023",
            [69, 100, 169, "meta"],
            {
                "token_count.billed_tokens": 158,
                "billed_units.input_tokens": 58,
                "billed_units.output_tokens": 100,
            },
        ),
    ],
)
def test_tokens_are_the_usage_and_bills_stand_beside_them(read, name: str, counts: Any, extra: Any) -> None:
    corpus = read(envelope(DOCUMENTED[name], endpoint=ENDPOINT, streaming=False))

    assert rows(corpus, "prompt", "completion", "total", "source", frame="usage") == [tuple(counts)]
    assert json.loads(corpus.usage["extra"].item()) == extra


def test_bills_are_the_usage_where_nothing_else_is_reported(read) -> None:
    body = generated(generation(), meta={"billed_units": BILLED})
    corpus = read(envelope(body, endpoint=GENERATE, streaming=False))

    assert rows(corpus, "prompt", "completion", "extra", frame="usage") == [(3, 9, None)]


def test_numbers_that_an_sdk_wrote_as_floats(read) -> None:
    meta = {"billed_units": {"input_tokens": 3.0}, "tokens": {"input_tokens": 70.0, "output_tokens": 9.0}}
    chunks = [
        piece(index=float(n), **call) for n, name in enumerate("ab") for call in ({"name": name}, {"parameters": "{}"})
    ]
    corpus = read(stream(TOOLS[0], *chunks, ended(answer("", meta=meta))))

    assert rows(corpus, "tool_index", "name", "arguments", frame="tool_calls") == [(0, "a", "{}"), (1, "b", "{}")]
    assert rows(corpus, "prompt", "completion", "extra", frame="usage") == [(70, 9, '{"billed_units.input_tokens":3}')]


# --- what was asked --------------------------------------------------------------------------------------------------


def test_what_the_request_asks_for(read) -> None:
    tools = [{"name": "search", "description": "d", "parameter_definitions": {"q": {"type": "str", "required": True}}}]
    corpus = read(stream(*STREAM, message="Which bird?", tools=tools, max_tokens=9))

    assert rows(corpus, "stream", "tools", "max_tokens", frame="requests") == [(True, '["search"]', 9)]


@pytest.mark.parametrize(
    ("chunk", "ends"),
    [
        ({"event_type": "stream-end", "is_finished": True, "finish_reason": "COMPLETE"}, True),
        ({"is_finished": True, "finish_reason": "COMPLETE", "response": {"text": "A wren."}}, True),
        ({"is_finished": False, "event_type": "text-generation", "text": "A wren."}, False),
        # OpenAI's events hold a whole response from the first on.
        ({"type": "response.created", "response": {"id": "resp_1", "status": "in_progress"}}, False),
    ],
)
def test_where_an_answer_is_over(chunk: Any, ends: bool) -> None:
    assert known().ends_answer(chunk) is ends
