"""Hand-made answers of Writer's own API: completions, questions to Knowledge Graphs, no-code agents, and its chat."""

from __future__ import annotations

import json
from typing import Any

import pytest
from dialect_kit import envelope, extracted, kinds, rows

from recexplore.model.exchange import Exchange
from recexplore.read.dialects import openai_completions, unknown, writer
from recexplore.read.registry import known

HOST = "https://api.writer.com"
COMPLETE, QUESTION, AGENT = "/v1/completions", "/v1/graphs/question", "/v1/applications/agent-1"

TOKENS = {"content": [{"token": "A", "logprob": -0.5}, {"token": " wren", "logprob": -0.25}], "refusal": None}
SOURCE = {"file_id": "file_1", "snippet": "snippettext"}
REFERENCES = {"files": [{"fileId": "file_1", "text": "referredtext", "score": 0.5}], "web": []}
SUBQUERY = {"query": "subquestion", "answer": "subanswer", "sources": [SOURCE, None]}
REFUSAL = {
    "tpe": "failword",
    "errors": [{"description": "no such model", "key": "keyword"}],
    "extras": {"k": "extraword"},
}


def completed(*texts: str, **fields: Any) -> dict[str, Any]:
    return {"choices": [{"text": text, "log_probs": None, **fields} for text in texts], "model": "palmyra-x"}


COMPLETIONS: dict[str, dict[str, Any]] = {
    "a piece of text": {"value": "saidtext"},
    "no text": {"value": ""},
    "a whole answer": completed("saidtext"),
    "log probabilities": completed("A wren", log_probs=TOKENS),
    "two choices": completed("firsttext", "secondtext"),
}
QUESTIONS: dict[str, dict[str, Any]] = {
    "a piece of an answer": {"answer": "saidtext", "question": "askedtext", "sources": []},
    "an answer": {"answer": "saidtext", "question": "askedtext", "sources": [SOURCE, None], "subqueries": [SUBQUERY]},
    "references": {"answer": "saidtext", "question": "askedtext", "sources": [], "references": REFERENCES},
}
AGENTS: dict[str, dict[str, Any]] = {
    "a piece of a report": {"delta": {"content": "saidtext"}},
    "a stage": {"delta": {"stages": [{"id": "stage_1", "content": "thoughttext", "sources": ["http://source"]}]}},
    "a title": {"delta": {"title": "titleword"}},
    "a title beside text": {"delta": {"title": "titleword", "content": "saidtext"}},
    "generated text": {"title": "titleword", "suggestion": "saidtext"},
}
WRAPPED = {"data": {"answer": "saidtext", "question": "askedtext", "sources": [SOURCE]}, "vendor": "vendorword"}

STREAM = [{"value": ""}, {"value": "A wren"}, {"value": " sings"}, {"value": "."}]
ANSWERED = [
    {"answer": "A wren", "question": "Which bird?", "sources": []},
    {"answer": " sings.", "question": "Which bird?", "sources": []},
    {"answer": "", "question": "Which bird?", "sources": [SOURCE]},
]
RESEARCH = [
    {"delta": {"title": "Birds"}},
    {"delta": {"stages": [{"id": "stage_1", "content": "Reading. ", "sources": ["http://birds"]}]}},
    {"delta": {"stages": [{"id": "stage_2", "content": "Writing."}]}},
    {"delta": {"content": "A wren"}},
    {"delta": {"content": " sings."}},
]
_AT = {"completions": (COMPLETE, STREAM), "graphs": (QUESTION, ANSWERED), "agents": (AGENT, RESEARCH)}


def cassette(chunks: Any, endpoint: str = COMPLETE, **request: Any) -> Any:
    """As vcrpy records a stream of Writer's: data without names, and no mark at the end."""
    body = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks)
    response = {"status": {"code": 200}, "headers": {"content-type": ["text/event-stream"]}, "body": {"string": body}}
    asked = {"method": "POST", "uri": HOST + endpoint, "body": json.dumps({"stream": True, **request})}
    return {"interactions": [{"request": asked, "response": response}], "version": 1}


# --- which dialect ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", _AT)
@pytest.mark.parametrize("url", [HOST, "http://localhost:9999"])
def test_what_came_from_writer_is_recognised(where: str, url: str) -> None:
    endpoint, chunks = _AT[where]
    exchange = Exchange("test", chunks=chunks, method="POST", url=url + endpoint, endpoint=endpoint, streaming=True)

    assert known().choose(exchange) is writer.DIALECT


@pytest.mark.parametrize("where", _AT)
def test_what_was_asked_for_elsewhere_is_not_taken(where: str) -> None:
    exchange = Exchange("test", chunks=_AT[where][1], method="POST", url="https://x.example/v1/y", streaming=True)
    exchange.endpoint = "/v1/y"

    assert known().choose(exchange) is unknown.DIALECT


def test_pieces_of_text_without_a_request_are_taken(read) -> None:
    data = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in STREAM).encode()
    corpus = read(data, name="answer.sse")

    assert corpus.recordings["dialect"].tolist() == ["writer"]
    assert corpus.choices["content"].tolist() == ["A wren sings."]


@pytest.mark.parametrize(
    ("body", "url", "dialect"),
    [
        (completed("saidtext"), "https://gateway.example", writer),
        ({"choices": [{"text": "saidtext"}], "model": "palmyra-x"}, HOST, writer),
        ({"choices": [{"text": "saidtext"}], "model": "m"}, "https://gateway.example", openai_completions),
        ({"choices": [{"text": "a", "index": 0, "finish_reason": "stop"}]}, HOST, openai_completions),
    ],
    ids=["log_probs", "at Writer", "elsewhere", "OpenAI's at Writer"],
)
def test_whose_completion_it_is(body: Any, url: str, dialect: Any) -> None:
    exchange = Exchange("test", chunks=[body], method="POST", url=url + COMPLETE, endpoint=COMPLETE, streaming=False)

    assert known().choose(exchange) is dialect.DIALECT


@pytest.mark.parametrize("endpoint", [COMPLETE, QUESTION, AGENT, "/v1/chat"])
def test_an_error_in_place_of_an_answer(read, endpoint: str) -> None:
    corpus = read(envelope(REFUSAL, endpoint=endpoint, url=HOST, streaming=False))

    assert corpus.recordings[["dialect", "provider"]].to_numpy().tolist() == [["writer", "writer"]]
    assert "no such model" in corpus.recordings["error"].item()
    assert json.loads(corpus.chunks["extra"].item()) == {"tpe": "failword", "extras": {"k": "extraword"}}


# --- completions -----------------------------------------------------------------------------------------------------


def test_a_stream(read) -> None:
    corpus = read(cassette(STREAM, model="palmyra-x", prompt="Which bird?", max_tokens=9))

    assert corpus.recordings[["dialect", "provider", "n_chunks", "n_choices"]].to_numpy().tolist() == [
        ["writer", "writer", 4, 1]
    ]
    assert rows(corpus, "content", "finish_reason", frame="choices") == [("A wren sings.", None)]
    assert corpus.usage.empty
    assert rows(corpus, "stream", "max_tokens", frame="requests") == [(True, 9)]
    assert corpus.problems.empty
    assert corpus.findings.empty


@pytest.mark.parametrize("body", [completed("saidtext"), {"choices": [{"text": "saidtext"}], "model": "palmyra-x"}])
def test_a_whole_answer(read, body: Any) -> None:
    corpus = read(envelope(body, endpoint=COMPLETE, url=HOST, streaming=False, model="palmyra-x"))

    assert corpus.recordings[["dialect", "model_served"]].to_numpy().tolist() == [["writer", "palmyra-x"]]
    assert corpus.choices["content"].tolist() == ["saidtext"]
    assert corpus.findings.empty


def test_several_choices(read) -> None:
    corpus = read(envelope(COMPLETIONS["two choices"], endpoint=COMPLETE, url=HOST, streaming=False))

    assert rows(corpus, "choice", "content", frame="choices") == [(0, "firsttext"), (1, "secondtext")]


def test_log_probabilities() -> None:
    columns = extracted(writer.DIALECT, [COMPLETIONS["log probabilities"]])
    told = dict(zip(kinds(columns), columns.events.column("logprob"), strict=True))

    assert told == {"content": -0.75, "logprobs": None}


# --- questions and agents --------------------------------------------------------------------------------------------


def test_a_streamed_answer_of_a_graph(read) -> None:
    corpus = read(cassette(ANSWERED, QUESTION, question="Which bird?", graph_ids=["g"]))

    assert corpus.choices["content"].tolist() == ["A wren sings."]
    assert [json.loads(text) for text in corpus.events.loc[corpus.events["kind"] == "citation", "text"]] == [SOURCE]
    assert corpus.findings.empty


def test_an_answer_of_a_graph(read) -> None:
    corpus = read(envelope(QUESTIONS["an answer"], endpoint=QUESTION, url=HOST, streaming=False))

    assert corpus.choices["content"].tolist() == ["saidtext"]
    assert corpus.events["kind"].tolist().count("citation") == 1
    assert "subanswer" in corpus.events.loc[corpus.events["kind"] == "annotation", "text"].item()


def test_an_answer_that_is_wrapped_as_the_reference_has_it() -> None:
    columns = extracted(writer.DIALECT, [WRAPPED])

    assert dict(zip(kinds(columns), columns.events.column("text"), strict=True)) == {
        "content": "saidtext",
        "citation": json.dumps(SOURCE, separators=(",", ":")),
    }
    assert "vendorword" in columns.chunks.column("extra")[0]


def test_a_streamed_report_of_an_agent(read) -> None:
    corpus = read(cassette(RESEARCH, AGENT, inputs=[]))

    assert rows(corpus, "content", "reasoning", frame="choices") == [("A wren sings.", "Reading. Writing.")]
    assert corpus.events.loc[corpus.events["kind"] == "citation", "text"].tolist() == ['"http://birds"']
    assert corpus.findings.empty


def test_generated_text_of_an_agent(read) -> None:
    corpus = read(envelope(AGENTS["generated text"], endpoint=AGENT, url=HOST, streaming=False))

    assert corpus.choices["content"].tolist() == ["saidtext"]
    assert corpus.findings.empty


# --- chat ------------------------------------------------------------------------------------------------------------


def test_chat_is_read_as_chat_completions_and_ends_with_the_connection(read) -> None:
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1750000000, "model": "palmyra-x"}
    deltas = [({"role": "assistant", "content": "A wren"}, None), ({"content": " sings."}, None), ({}, "stop")]
    chunks = [{**head, "choices": [{"index": 0, "delta": delta, "finish_reason": end}]} for delta, end in deltas]
    corpus = read(cassette(chunks, "/v1/chat"))

    assert corpus.recordings[["dialect", "provider"]].to_numpy().tolist() == [["openai_chat", "writer"]]
    assert rows(corpus, "content", "finish_reason", frame="choices") == [("A wren sings.", "stop")]
    assert corpus.findings.empty
