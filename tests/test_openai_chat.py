"""Hand-made chat streams: what the providers' documents describe and no bundled recording shows."""

from __future__ import annotations

import json
from typing import Any

import pytest
from synthetic import calls, choice, chunk, fragment, recording, says, stream, thinks, whole, wrapped

import recexplore
from recexplore.corpus import Corpus
from recexplore.model.exchange import Exchange
from recexplore.model.notes import Note
from recexplore.read.dialects import anthropic, http, ollama, openai_chat, openai_completions, unknown
from recexplore.read.registry import known


def rows(corpus: Corpus, *columns: str) -> list[tuple[Any, ...]]:
    """Cells of the events, None where missing."""
    picked = corpus.events[list(columns)].astype(object)
    return list(picked.where(picked.notna(), None).itertuples(index=False, name=None))


def kinds(corpus: Corpus) -> list[str]:
    return corpus.events["kind"].tolist()


def column(corpus: Corpus, name: str, kind: str) -> list[Any]:
    return corpus.events.loc[corpus.events["kind"] == kind, name].tolist()


LOGPROBS = {"content": [{"token": "tokenword", "logprob": -0.5, "bytes": [72], "top_logprobs": []}], "refusal": None}
USAGE = {
    "prompt_tokens": 10,
    "completion_tokens": 20,
    "total_tokens": 30,
    "prompt_tokens_details": {"cached_tokens": 4},
    "completion_tokens_details": {"reasoning_tokens": 5},
}
CITATION = {"type": "url_citation", "url_citation": {"url": "http://cited", "title": "citedtitle", "start_index": 0}}
CALL = {"id": "call_1", "type": "function", "function": {"name": "lookup", "arguments": '{"q":"queryword"}'}}
DOCUMENTED: dict[str, dict[str, Any]] = {
    "the role": chunk(choice({"role": "assistant", "content": ""})),
    "content": says("saidtext"),
    "content in parts": says([{"type": "text", "text": "parttext"}]),
    "a refusal": chunk(choice({"refusal": "refusedtext"})),
    "reasoning": thinks("reasoning", "whytext"),
    "reasoning_content": thinks("reasoning_content", "whytext"),
    "reasoning_details": thinks(
        "reasoning_details", [{"type": "reasoning.text", "text": "whytext", "format": "fmtword"}]
    ),
    "a call begins": calls(fragment("", name="lookup", id="call_1", type="function")),
    "a call goes on": calls(fragment('{"q":"queryword"}')),
    "a custom call": calls(
        {"index": 0, "id": "call_1", "type": "custom", "custom": {"name": "shout", "input": "inputword"}}
    ),
    "the legacy call": chunk(choice({"function_call": {"name": "lookup", "arguments": "argumentword"}})),
    "the end": chunk(choice({}, finish_reason="lengthword")),
    "log probabilities": chunk(choice({"content": "tokenword"}, logprobs=LOGPROBS)),
    "log probabilities alone": chunk(choice({}, logprobs=LOGPROBS)),
    "content filters of Azure": chunk(choice({}, content_filter_results={"hate": {"severity": "safeword"}})),
    "prompt filters of Azure": chunk(
        prompt_filter_results=[{"prompt_index": 0, "content_filter_results": {"a": "safeword"}}]
    ),
    "annotations": chunk(choice({"annotations": [CITATION]})),
    "citations": chunk(choice({"content": "a"}), citations=["http://cited"]),
    "two choices": chunk(choice({"content": "firsttext"}), choice({"content": "secondtext"}, 1)),
    "facts": chunk(choice({"content": "a"}), system_fingerprint="fp_1", service_tier="tierword", obfuscation="xyz"),
    "usage": chunk(usage=USAGE),
    "usage beside text": chunk(choice({"content": "saidtext"}), usage=USAGE),
    "an error": {"error": {"message": "it broke", "code": "server_error"}},
    "audio": chunk(
        choice({"audio": {"id": "audio_1", "transcript": "spokentext", "data": "c291bmQ=", "expires_at": 5}})
    ),
    "whole": {
        **chunk(
            {
                "index": 0,
                "message": {"role": "assistant", "content": "answertext", "tool_calls": [CALL]},
                "finish_reason": "stopword",
            }
        ),
        "object": "chat.completion",
        "usage": USAGE,
    },
}
"""One chunk of every kind that the documentation names."""

STREAM = [
    chunk(choice({"role": "assistant", "content": ""})),
    thinks("reasoning_content", "because "),
    thinks("reasoning_content", "so"),
    says("Hel"),
    says("one", 1),
    says("lo"),
    calls(fragment("", name="lookup", id="call_1", type="function")),
    calls(fragment('{"a"')),
    calls(fragment(":1}")),
    chunk(choice({}, 0, "tool_calls"), choice({}, 1, "stop")),
    chunk(usage=USAGE),
]


# --- which dialect ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "chunks",
    [
        [says("a")],
        [chunk(object=""), says("a")],
        [chunk(), chunk(usage={"total_tokens": 1})],
        [chunk({"message": {"content": "a"}})],
        [5, says("a")],
    ],
)
def test_what_is_read_as_chat(chunks: list[Any]) -> None:
    assert known().choose(Exchange("test", chunks=chunks, endpoint="/v1/chat/completions")) is openai_chat.DIALECT


@pytest.mark.parametrize(
    ("endpoint", "chunks", "dialect"),
    [
        (
            "/v1/completions",
            [{"choices": [{"text": "a", "index": 0}], "object": "text_completion"}],
            openai_completions,
        ),
        ("/v1/chat/completions", [{"type": "message_start"}], anthropic),
        ("/v1/chat/completions", [{"strange": 1}], http),
        ("/v1/chat/completions", [5], http),
        ("/v1/embeddings", [{"object": "list", "data": []}], http),
        ("/api/chat", [{"message": {"content": "a"}, "done": False}], ollama),
        (None, ["data: x"], unknown),
        (None, [{"choices": [5]}, {"choices": "ab"}], unknown),
    ],
)
def test_what_is_not(endpoint: str | None, chunks: list[Any], dialect: Any) -> None:
    assert known().choose(Exchange("test", chunks=chunks, endpoint=endpoint)) is dialect.DIALECT


def test_a_stream_that_nobody_understands_is_not() -> None:
    asked = Exchange("test", chunks=[{"strange": 1}], endpoint="/v1/chat/completions", streaming=True)
    assert known().choose(asked) is unknown.DIALECT


def test_chat_chunks_are_chat_whatever_the_endpoint_says() -> None:
    assert known().choose(Exchange("test", chunks=[says("a")], endpoint="/v1/completions")) is openai_chat.DIALECT


# --- text ------------------------------------------------------------------------------------------------------------


def test_a_plain_stream(read) -> None:
    first, last = chunk(choice({"role": "assistant", "content": ""})), chunk(choice({}, finish_reason="stop"))
    corpus = read(stream(first, says("Hel"), says("lo"), last, chunk(usage={"total_tokens": 7})))

    assert rows(corpus, "chunk", "choice", "seq", "kind", "text", "finish_reason") == [
        (0, 0, 0, "role", "assistant", None),
        (1, 0, 1, "content", "Hel", None),
        (2, 0, 2, "content", "lo", None),
        (3, 0, 3, "finish", None, "stop"),
        (4, None, 0, "usage", None, None),
    ]
    assert corpus.choices[["role", "content", "finish_reason", "n_events"]].to_numpy().tolist() == [
        ["assistant", "Hello", "stop", 4]
    ]
    assert corpus.problems.empty


def test_two_choices_interleaved(read) -> None:
    corpus = read(stream(says("a", 1), says("b", 0), says("c", 1), says("d", 0)))

    assert rows(corpus, "chunk", "choice", "seq", "text") == [
        (0, 1, 0, "a"),
        (1, 0, 0, "b"),
        (2, 1, 1, "c"),
        (3, 0, 1, "d"),
    ]
    assert corpus.choices["content"].tolist() == ["bd", "ac"]


def test_two_choices_in_one_chunk_keep_their_order(read) -> None:
    both = chunk(choice({"content": "b"}, 1, "stop"), choice({"role": "assistant", "content": "a"}, 0))
    corpus = read(stream(both, both))

    assert rows(corpus, "chunk", "choice", "kind") == [
        (at, *each) for at in (0, 1) for each in [(1, "content"), (1, "finish"), (0, "role"), (0, "content")]
    ]
    assert corpus.chunks["n_choices"].tolist() == [2, 2]


def test_what_concerns_all_choices_comes_last_in_its_chunk(read) -> None:
    both = chunk(choice({"content": "a"}, 0), choice({"content": "b"}, 1), usage={"total_tokens": 1}, error="boom")
    corpus = read(stream(both))

    assert rows(corpus, "choice", "seq", "kind") == [
        (0, 0, "content"),
        (1, 0, "content"),
        (None, 0, "usage"),
        (None, 1, "error"),
    ]


def test_the_first_role_and_the_last_finish_reason_are_the_choices(read) -> None:
    ends = [chunk(choice({"role": role}, 0, reason)) for role, reason in (("a", None), ("b", "stop"), ("c", "length"))]
    corpus = read(stream(*ends, says("", 0)))

    assert corpus.choices[["role", "finish_reason"]].to_numpy().tolist() == [["a", "length"]]


def test_one_choice_twice_in_a_chunk_is_read_in_the_order_it_came(read) -> None:
    deltas = [{"content": "<think>a", "role": "x"}, {"content": "b</think>"}, {"content": "c", "role": "y"}]
    corpus = read(stream(chunk(*map(choice, deltas))))

    assert next(iter(corpus)).text(0) == "<think>ab</think>c"
    assert corpus.choices[["reasoning", "content"]].to_numpy().tolist() == [["ab", "c"]]


def test_a_choice_without_an_index_has_its_place(read) -> None:
    corpus = read(stream({"choices": [{"delta": {"content": "a"}}, {"delta": {"content": "b"}}]}))

    assert rows(corpus, "choice", "text") == [(0, "a"), (1, "b")]
    assert corpus.problems.empty


@pytest.mark.parametrize("index", [-4, "0", 1.5, True, 1 << 40, [0]])
def test_an_index_that_is_none_is_noted(read, index: Any) -> None:
    corpus = read(stream(says("a"), chunk(choice({"content": "b"}, index))))

    assert rows(corpus, "choice", "text") == [(0, "a"), (0, "b")]
    assert corpus.problems[["exchange", "chunk"]].to_numpy().tolist() == [[0, 1]]


def test_refusals(read) -> None:
    corpus = read(stream(chunk(choice({"refusal": "I can"})), chunk(choice({"refusal": "not."}))))

    assert kinds(corpus) == ["refusal", "refusal"]
    assert corpus.choices[["refusal", "content", "refusal_chars"]].to_numpy().tolist() == [["I cannot.", "", 9]]
    assert rows(corpus, "start", "end") == [(0, 5), (5, 9)]


def test_content_in_parts(read) -> None:
    """Mistral: a list of typed parts, thinking among them, in the order they were sent."""
    why = {"type": "thinking", "thinking": [{"type": "text", "text": "wh"}, {"type": "text", "text": "y"}]}
    corpus = read(stream(says([{"type": "text", "text": "A"}, why, {"type": "text", "text": "B"}]), says("C")))

    assert rows(corpus, "chunk", "kind", "text") == [
        (0, "content", "A"),
        (0, "reasoning", "why"),
        (0, "content", "B"),
        (1, "content", "C"),
    ]
    assert corpus.choices[["content", "reasoning"]].to_numpy().tolist() == [["ABC", "why"]]


def test_a_part_that_is_no_text_is_kept(read) -> None:
    image = {"type": "image_url", "image_url": {"url": "x"}}
    corpus = read(stream(says([{"type": "text", "text": "A"}, image, {"type": "refusal", "refusal": "no"}])))

    assert sorted(rows(corpus, "kind", "text")) == [
        ("content", "A"),
        ("refusal", "no"),
        ("unknown", json.dumps(image, separators=(",", ":"))),
    ]


# --- reasoning -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["reasoning", "reasoning_content"])
@pytest.mark.parametrize("value", ["why", {"text": "why"}])
def test_reasoning_in_a_field_of_its_own(read, field: str, value: Any) -> None:
    corpus = read(stream(thinks(field, value), thinks(field, "?"), says("so")))

    assert rows(corpus, "kind", "text", "phase") == [
        ("reasoning", "why", "reasoning"),
        ("reasoning", "?", "reasoning"),
        ("content", "so", "content"),
    ]
    assert corpus.choices[["content", "reasoning"]].to_numpy().tolist() == [["so", "why?"]]


@pytest.mark.parametrize("order", [["reasoning", "reasoning_content"], ["reasoning_content", "reasoning"]])
def test_the_same_text_under_both_names_is_one_event(read, order: list[str]) -> None:
    corpus = read(stream(chunk(choice(dict.fromkeys(order, "why")))))

    assert rows(corpus, "kind", "text") == [("reasoning", "why")]
    assert column(corpus, "notes", "reasoning") == [Note.REASONING_TWICE]


def test_different_texts_under_both_names_are_two_events(read) -> None:
    corpus = read(stream(chunk(choice({"reasoning": "why", "reasoning_content": "how"}))))

    assert sorted(column(corpus, "text", "reasoning")) == ["how", "why"]


def test_twins_in_one_delta_and_not_in_the_next(read) -> None:
    both = [{"reasoning": "a", "reasoning_content": "a"}, {"reasoning": "b", "reasoning_content": None}]
    corpus = read(stream(*(chunk(choice(delta)) for delta in both)))

    assert rows(corpus, "chunk", "text") == [(0, "a"), (1, "b")]


def test_reasoning_details_with_reasoning_are_an_annotation(read) -> None:
    details = [{"type": "reasoning.text", "text": "why", "signature": "s"}]
    corpus = read(stream(chunk(choice({"reasoning": "why", "reasoning_details": details}))))

    assert kinds(corpus) == ["reasoning", "annotation"]
    assert json.loads(column(corpus, "text", "annotation")[0]) == {"reasoning_details": details}


def test_reasoning_details_alone_are_the_reasoning(read) -> None:
    details = [{"type": "reasoning.text", "text": "wh"}, {"type": "reasoning.summary", "summary": "y"}]
    corpus = read(stream(chunk(choice({"reasoning_details": details}))))

    assert rows(corpus, "kind", "text") == [("reasoning", "why")]
    assert json.loads(column(corpus, "extra", "reasoning")[0]) == {"reasoning_details": details}


# --- tool calls ------------------------------------------------------------------------------------------------------


def test_tool_calls_come_in_fragments(read) -> None:
    corpus = read(
        stream(
            calls(fragment("", 0, id="a", name="f", type="function"), fragment("", 1, id="b", name="g")),
            calls(fragment('{"x"', 0)),
            calls(fragment("{}", 1), fragment(": 1}", 0, id="", name="")),
            calls(fragment("[1]", 0, id="c", name="h"), index=1),
        )
    )
    assert corpus.tool_calls[["choice", "tool_index", "id", "name", "arguments", "n_events"]].to_numpy().tolist() == [
        [0, 0, "a", "f", '{"x": 1}', 3],
        [0, 1, "b", "g", "{}", 2],
        [1, 0, "c", "h", "[1]", 1],
    ]
    assert corpus.tool_calls["arguments_valid"].tolist() == [True, True, False]
    assert corpus.choices["tool_call_chars"].tolist() == [10, 3]
    assert rows(corpus, "tool_index", "text", "start", "end") == [
        (0, "", 0, 0),
        (1, "", 0, 0),
        (0, '{"x"', 0, 4),
        (1, "{}", 0, 2),
        (0, ": 1}", 4, 8),
        (0, "[1]", 0, 3),
    ]


def test_continuation_fragments_name_nothing(read) -> None:
    corpus = read(stream(calls(fragment("{", id="a", name="f")), calls(fragment("}", id="", name=""))))

    assert rows(corpus, "tool_call_id", "tool_name") == [("a", "f"), (None, None)]


@pytest.mark.parametrize(
    ("arguments", "valid"), [("", None), (" ", None), ("{", False), ("3", False), ('{"a":[]}', True)]
)
def test_whether_arguments_are_valid(read, arguments: str, valid: bool | None) -> None:
    found = read(stream(calls(fragment(arguments, name="f")))).tool_calls["arguments_valid"]

    assert [None if missing else value for value, missing in zip(found, found.isna(), strict=True)] == [valid]


def test_the_legacy_function_call(read) -> None:
    parts = [{"name": "f", "arguments": ""}, {"arguments": '{"a"'}, {"arguments": ":1}"}]
    corpus = read(stream(*(chunk(choice({"function_call": part})) for part in parts)))

    assert corpus.tool_calls[["tool_index", "name", "arguments"]].to_numpy().tolist() == [[0, "f", '{"a":1}']]
    assert corpus.tool_calls["id"].isna().all()


def test_custom_tools_take_text(read) -> None:
    call = {"index": 0, "id": "a", "type": "custom", "custom": {"name": "f", "input": "free text"}}
    corpus = read(stream(calls(call)))

    assert corpus.tool_calls[["id", "name", "arguments"]].to_numpy().tolist() == [["a", "f", "free text"]]


def test_arguments_that_are_parsed_already(read) -> None:
    corpus = read(stream(calls(fragment({"a": 1}, name="f"))))

    assert corpus.tool_calls["arguments"].tolist() == ['{"a":1}']


def test_a_call_without_an_index_has_its_place(read) -> None:
    corpus = read(stream(calls({"function": {"name": "f"}}, {"function": {"name": "g"}, "index": None})))

    assert corpus.tool_calls[["tool_index", "name"]].to_numpy().tolist() == [[0, "f"], [1, "g"]]
    assert corpus.problems.empty


@pytest.mark.parametrize("index", ["1", -1, 1.5])
def test_a_tool_index_that_is_none_is_noted(read, index: Any) -> None:
    corpus = read(stream(calls(fragment("{}", index, name="f"))))

    assert corpus.tool_calls["tool_index"].tolist() == [0]
    assert corpus.problems["chunk"].tolist() == [0]


def test_what_a_vendor_says_with_a_call_is_kept(read) -> None:
    call = fragment("{}", id="a", name="f", extra_content={"google": {"thought_signature": "s"}})
    call["function"]["parsed"] = {"b": 1}
    extra = read(stream(calls(call))).events["extra"].item()

    assert '"thought_signature":"s"' in extra
    assert '"parsed"' in extra


# --- beside the text -------------------------------------------------------------------------------------------------


def test_log_probabilities(read) -> None:
    tokens = {"content": [{"token": "a", "logprob": -0.5}, {"token": "b", "logprob": -0.25}], "refusal": None}
    corpus = read(
        stream(chunk(choice({"content": "ab"}, logprobs=tokens)), chunk(choice({"content": "c"}, logprobs=None)))
    )

    assert column(corpus, "logprob", "content")[0] == -0.75
    assert column(corpus, "logprob", "content")[1:] == pytest.approx([float("nan")], nan_ok=True)
    assert [json.loads(text) for text in column(corpus, "text", "logprobs")] == [tokens]


@pytest.mark.parametrize(
    "logprobs", [{"content": []}, {"content": None}, {"content": [{"token": "a"}]}, {"content": [5]}]
)
def test_no_sum_where_a_log_probability_is_missing(read, logprobs: Any) -> None:
    assert read(stream(chunk(choice({"content": "a"}, logprobs=logprobs)))).events["logprob"].isna().all()


def test_content_filters(read) -> None:
    results = {"hate": {"filtered": False, "severity": "safe"}}
    corpus = read(
        stream(
            chunk(choice({"content": "a"}, content_filter_results=results)),
            chunk(choice({"content": "b"}, content_filter_results={})),
            chunk(choice({}, content_filter_results=results)),
        )
    )
    assert rows(corpus, "chunk", "choice", "kind") == [
        (0, 0, "content"),
        (0, 0, "filter"),
        (1, 0, "content"),
        (2, 0, "filter"),
    ]
    assert json.loads(column(corpus, "text", "filter")[0]) == results


def test_the_prompt_filter_concerns_no_choice(read) -> None:
    results = [{"prompt_index": 0, "content_filter_results": {}}]
    corpus = read(stream(chunk(object="", prompt_filter_results=results), says("a")))

    assert rows(corpus, "chunk", "choice", "kind") == [(0, None, "filter"), (1, 0, "content")]
    assert json.loads(column(corpus, "text", "filter")[0]) == results
    assert corpus.chunks["n_choices"].tolist() == [0, 1]


def test_annotations_and_citations(read) -> None:
    notes = [{"type": "url_citation", "url": "u"}, {"type": "other"}]
    corpus = read(stream(chunk(choice({"content": "a", "annotations": notes}))))

    assert [json.loads(text) for text in column(corpus, "text", "citation")] == notes[:1]
    assert [json.loads(text) for text in column(corpus, "text", "annotation")] == notes[1:]


@pytest.mark.parametrize(
    ("bad", "text"),
    [
        ({"error": {"message": "boom", "code": 500}}, '{"message":"boom","code":500}'),
        ({"error": "boom"}, "boom"),
        (chunk(error={"message": "boom"}), '{"message":"boom"}'),
    ],
)
def test_an_error_in_the_stream(read, bad: Any, text: str) -> None:
    corpus = read(stream(says("a"), bad))

    assert rows(corpus, "chunk", "choice", "kind", "text") == [(0, 0, "content", "a"), (1, None, "error", text)]
    assert corpus.recordings["error"].tolist() == [text]


@pytest.mark.parametrize("nothing", [chunk(), {}, {"choices": None}, {"id": "x"}])
def test_a_chunk_that_says_nothing(read, nothing: Any) -> None:
    corpus = read(stream(says("a"), nothing))

    assert rows(corpus, "chunk", "choice", "kind") == [(0, 0, "content"), (1, None, "empty")]
    assert corpus.problems.empty


@pytest.mark.parametrize(
    "delta",
    [
        {},
        {"content": ""},
        {"content": None, "refusal": None, "tool_calls": []},
        {"role": ""},
        {"content": []},
        {"content": [{"type": "text", "text": ""}]},
        {"content": [{"type": "thinking", "thinking": []}]},
        {"reasoning": {"text": ""}},
        {"vendor": None},
    ],
    ids=str,
)
def test_a_delta_that_says_nothing(read, delta: Any) -> None:
    corpus = read(stream(says("a"), chunk(choice(delta))))

    assert rows(corpus, "chunk", "choice", "kind") == [(0, 0, "content"), (1, 0, "empty")]


# --- what vendors add ------------------------------------------------------------------------------------------------


def test_facts_of_the_chunk(read) -> None:
    facts = {"id": "i", "model": "n", "created": 17, "service_tier": "default", "obfuscation": "xyz"}
    corpus = read(stream(says("a"), {**says("b"), **facts, "system_fingerprint": "fp"}))
    found = corpus.chunks.iloc[1]

    assert {name: found[name] for name in facts} == facts
    assert found["fingerprint"] == "fp"
    assert corpus.chunks["fingerprint"].isna().tolist() == [True, False]
    assert corpus.recordings["model_served"].tolist() == ["m"]


def test_other_fields_of_a_chunk_are_kept(read) -> None:
    corpus = read(stream({**says("a"), "provider": "x", "timings": {"ms": 3}, "nothing": None}, says("b")))

    assert corpus.chunks["extra"].isna().tolist() == [False, True]
    assert json.loads(corpus.chunks["extra"][0]) == {"provider": "x", "timings": {"ms": 3}}


def test_other_fields_of_a_choice_are_kept_with_its_first_event(read) -> None:
    corpus = read(stream(chunk(choice({"role": "a", "content": "b"}, native_finish_reason="end"))))

    assert [json.loads(extra) for extra in corpus.events["extra"].dropna()] == [{"native_finish_reason": "end"}]


@pytest.mark.parametrize(
    ("delta", "fields"),
    [
        ({}, {}),
        ({"content": "a"}, {}),
        ({"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}, {}),
        ({"content": 5}, {}),
        ({"reasoning": "a", "reasoning_content": "a"}, {}),
        ({"reasoning_details": [{"text": "a"}]}, {}),
        ({"tool_calls": [fragment("{}", name="f", extra_content={"g": 1})]}, {}),
        ({}, {"usage": {"total_tokens": 1}}),
    ],
    ids=str,
)
def test_other_fields_of_a_choice_are_kept_whatever_stands_beside_them(read, delta: Any, fields: Any) -> None:
    corpus = read(stream(chunk(choice(delta, token_ids=[1, 2], **fields))))

    assert sum('"token_ids":[1,2]' in extra for extra in corpus.events["extra"].dropna()) == 1


def test_a_field_of_a_delta_that_nobody_knows_goes_with_its_first_event(read) -> None:
    corpus = read(
        stream(
            chunk(choice({"content": "a", "sparkle": {"id": "x"}, "none": None})),
            chunk(choice({"content": "", "token_id": 7, "graph_data": {"sources": None, "status": []}})),
            chunk(choice({"content": None, "channel": "analysis"}, token_ids=[1])),
        )
    )

    assert rows(corpus, "kind", "text", "extra") == [
        ("content", "a", '{"sparkle":{"id":"x"}}'),
        ("empty", None, '{"token_id":7}'),
        ("empty", None, '{"channel":"analysis","token_ids":[1]}'),
    ]


def test_a_delta_of_nothing_but_fields_that_nobody_knows_is_unknown(read) -> None:
    corpus = read(stream(chunk(choice({"sparkle": {"id": "x"}, "shine": 1})), chunk(choice({"sparkle": None}))))

    assert rows(corpus, "kind", "text") == [("unknown", '{"sparkle":{"id":"x"},"shine":1}'), ("empty", None)]


def test_a_vendors_field_inside_and_beside_the_delta_is_kept_twice(read) -> None:
    corpus = read(stream(chunk(choice({"content": "a", "token_ids": [1]}, token_ids=[2]))))

    assert rows(corpus, "kind", "extra") == [("content", '{"delta.token_ids":[1],"token_ids":[2]}')]


def test_the_message_of_a_whole_answer_counts_and_not_the_empty_delta_beside_it(read) -> None:
    message = {"role": "assistant", "content": "It is a wren."}
    both = choice({"role": "assistant", "content": ""}, message=message, finish_reason="stop")
    corpus = read(stream(chunk(both) | {"object": "chat.completion"}))

    assert rows(corpus, "kind", "text") == [("role", "assistant"), ("content", "It is a wren."), ("finish", None)]
    assert corpus.choices["content"].tolist() == ["It is a wren."]


def test_in_a_stream_the_delta_counts_and_not_the_message_so_far(read) -> None:
    corpus = read(
        stream(
            *(
                chunk(choice({"content": delta}, message={"role": "assistant", "content": so_far}, finish_reason=end))
                | {"object": "chat.completion"}
                for delta, so_far, end in (("A ", "A ", None), ("wren.", "A wren.", None), ("", "A wren.", "stop"))
            )
        )
    )

    assert len(corpus) == 1
    assert corpus.choices["content"].tolist() == ["A wren."]


def a_message(text: str, **others: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": text, **others}


def at_the_end(message: dict[str, Any], **others: Any) -> dict[str, Any]:
    """MiniMax's last chunk."""
    last = {"index": 0, "message": message, "finish_reason": "stop"}
    return chunk(last, **{"object": "chat.completion", **others})


@pytest.mark.parametrize(
    "last",
    [
        at_the_end(a_message("A wren.")),
        at_the_end(a_message("A wren."), object="chat.completion.chunk"),
        at_the_end(a_message(" A  wren")),
        chunk(choice({"role": "assistant", "content": ""}, message=a_message("A wren."), finish_reason="stop")),
        chunk(choice(None, message=a_message("A wren."), finish_reason="stop")),
    ],
)
def test_a_stream_that_ends_with_its_whole_message_says_it_once(read, last: dict[str, Any]) -> None:
    corpus = read(stream(chunk(choice({"content": "A "})), chunk(choice({"content": "wren."})), last))

    assert column(corpus, "text", "content") == ["A ", "wren."]
    assert column(corpus, "finish_reason", "finish") == ["stop"]
    [kept] = [json.loads(extra) for extra in corpus.events["extra"].dropna()]
    assert kept["message"]["content"].strip(" .").endswith("wren")


def test_the_message_that_repeats_calls_makes_no_more_of_them(read) -> None:
    called = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}
    last = at_the_end(a_message("", tool_calls=[called]), object="chat.completion.chunk")
    corpus = read(stream(chunk(choice({"tool_calls": [{"index": 0, **called}]})), last))

    assert corpus.tool_calls[["id", "name", "arguments"]].to_numpy().tolist() == [["c1", "f", '{"a":1}']]


def test_messages_so_far_without_any_delta_count_once(read) -> None:
    texts = ["A", "A wren", "A wren sings."]
    chunks = [chunk(choice(None, message=a_message(text))) for text in texts]
    corpus = read(stream(*chunks))

    assert column(corpus, "text", "content") == ["A wren sings."]
    assert kinds(corpus)[:2] == ["empty", "empty"]
    assert "unknown" not in kinds(corpus)


def test_messages_that_are_pieces_are_joined(read) -> None:
    chunks = [chunk({"index": 0, "message": {"content": text}}) for text in ("A ", "wren ", "sings.")]

    assert column(read(stream(*chunks)), "text", "content") == ["A ", "wren ", "sings."]


def test_the_message_of_one_choice_says_nothing_of_another(read) -> None:
    corpus = read(
        stream(
            chunk(choice({"content": "Hi"}, index=0)),
            chunk({"index": 1, "message": a_message("Hi"), "finish_reason": "stop"}),
        )
    )

    assert rows(corpus, "choice", "kind", "text")[-3:] == [
        (1, "role", "assistant"),
        (1, "content", "Hi"),
        (1, "finish", None),
    ]


def test_a_delta_that_says_more_than_the_message_counts(read) -> None:
    corpus = read(stream(chunk(choice({"content": "A wren."}, message={"content": ""}))))

    assert corpus.choices["content"].tolist() == ["A wren."]


def test_early_vision_models_tell_the_end_in_finish_details(read) -> None:
    corpus = read(
        stream(
            chunk(choice({"content": "a"}, finish_details={"type": "max_tokens"}, index=0)),
            chunk(choice({}, finish_details={"type": "stop", "stop": "<|fim_suffix|>"}, index=1)),
            chunk(choice({}, finish_details="odd", index=2)),
            chunk(choice({}, finish_details={"type": "stop"}, finish_reason="stop", index=3)),
        )
    )

    assert rows(corpus, "choice", "kind", "finish_reason") == [
        (0, "content", None),
        (0, "finish", "length"),
        (1, "finish", "stop"),
        (2, "empty", None),
        (3, "finish", "stop"),
    ]
    assert corpus.events["extra"].notna().tolist() == [True, False, True, True, True]


def test_arguments_that_are_no_text_are_kept_as_the_json_they_are(read) -> None:
    asked = calls(fragment({"city": "Oslo"}, id="c1", name="find"))

    corpus = read(stream(asked))

    assert rows(corpus, "kind", "text", "notes") == [("tool_call", '{"city":"Oslo"}', Note.ODD_ARGUMENTS)]
    assert corpus.tool_calls["arguments"].tolist() == ['{"city":"Oslo"}']


def test_two_whole_calls_under_one_number_are_two(read) -> None:
    corpus = read(
        stream(
            calls(fragment({"city": "Oslo"}, id="c1", name="find")),
            calls(fragment({"city": "Lima"}, id="c2", name="find")),
            calls(fragment({"city": "Rome"}, id="c3", name="find")),
        )
    )

    assert corpus.tool_calls[["tool_index", "id", "arguments"]].to_numpy().tolist() == [
        [0, "c1", '{"city":"Oslo"}'],
        [1, "c2", '{"city":"Lima"}'],
        [2, "c3", '{"city":"Rome"}'],
    ]
    shared = corpus.events["notes"].str.contains(Note.SHARED_CALL_INDEX)
    assert shared.tolist() == [False, True, True]
    assert corpus.findings.loc[corpus.findings["rule"] == "tool-merged", "chunk"].tolist() == [1, 2]


def test_a_name_that_is_sent_again_is_one_name(read) -> None:
    corpus = read(
        stream(
            calls(fragment("", id="c1", name="search")),
            calls(fragment('{"q":', name="search")),
            calls(fragment("1}", id="c1", name="search")),
            calls(fragment("{}", 1, id="c2", name="search")),
        )
    )

    assert corpus.tool_calls["name"].tolist() == ["search", "search"]
    assert rows(corpus, "tool_name", "notes") == [
        ("search", None),
        ("search", Note.NAME_REPEATED),
        ("search", Note.NAME_REPEATED),
        ("search", None),
    ]


@pytest.mark.parametrize(
    ("pieces", "tools", "name"),
    [
        (["get_", "weather"], None, "get_weather"),
        (["get_", "weather"], ["get_weather"], "get_weather"),
        (["tik", "tik"], ["tiktik"], "tiktik"),
        (["tik", "tik"], None, "tik"),
        (["get_wea", "get_weather"], ["get_weather"], "get_weather"),
        (["a", "b", "a"], ["c"], "aba"),
    ],
)
def test_a_name_in_pieces_is_joined(read, pieces: list[str], tools: list[str] | None, name: str) -> None:
    declared = [{"type": "function", "function": {"name": tool}} for tool in tools or ()]
    chunks = [calls(fragment("{" if at == 0 else "", id=None, name=piece)) for at, piece in enumerate(pieces)]
    made = stream(*chunks, calls(fragment("}")), request={"model": "m", "messages": [], "tools": declared})

    corpus = read(made)

    assert corpus.tool_calls[["name", "arguments"]].to_numpy().tolist() == [[name, "{}"]]
    notes = [Note.NAME_REPEATED if piece == pieces[0] else Note.NAME_PIECE for piece in pieces[1:]]
    assert corpus.events["notes"].dropna().tolist() == notes


def test_a_name_under_another_id_is_another_calls(read) -> None:
    corpus = read(
        stream(calls(fragment("{}", id="c1", name="find")), calls(fragment("{}", id="c2", name="tell"))),
    )

    assert corpus.tool_calls["name"].tolist() == ["find"]
    assert corpus.events["notes"].isna().all()


def test_a_message_beside_a_delta_is_not_dropped(read) -> None:
    """Some gateways close a stream with the whole message beside an empty delta."""
    corpus = read(stream(chunk(choice({}, message={"role": "assistant", "content": "the whole answer"}))))

    assert "the whole answer" in corpus.events[["text", "extra"]].to_csv()


def test_a_field_of_both_choice_and_delta_is_not_dropped(read) -> None:
    corpus = read(stream(chunk(choice({"content": "a", "finish_reason": "odd"}, finish_reason="stop"))))

    said = corpus.events[["text", "extra", "finish_reason"]].to_csv()
    assert "odd" in said
    assert "stop" in said


# --- usage -----------------------------------------------------------------------------------------------------------


def test_a_report_of_openai(read) -> None:
    report = {
        "prompt_tokens": 10,
        "completion_tokens": 20,
        "total_tokens": 30,
        "prompt_tokens_details": {"cached_tokens": 4, "audio_tokens": 1},
        "completion_tokens_details": {
            "reasoning_tokens": 5,
            "audio_tokens": 2,
            "accepted_prediction_tokens": 6,
            "rejected_prediction_tokens": 7,
        },
    }
    corpus = read(stream(says("a"), chunk(usage=report)))
    row = corpus.usage.drop(columns=["recording", "choice", "cache_write", "extra"]).iloc[0].to_dict()

    assert row == {
        "chunk": 1,
        "prompt": 10,
        "completion": 20,
        "total": 30,
        "cached": 4,
        "reasoning": 5,
        "audio": 3,
        "accepted_prediction": 6,
        "rejected_prediction": 7,
        "prompt_includes_cached": True,
        "completion_includes_reasoning": True,
        "source": "usage",
    }
    assert corpus.usage[["choice", "cache_write", "extra"]].isna().all(axis=None)
    assert kinds(corpus) == ["content", "usage"]


def test_a_report_of_deepseek(read) -> None:
    report = {"prompt_tokens": 10, "prompt_cache_hit_tokens": 6, "prompt_cache_miss_tokens": 4}
    usage = read(stream(chunk(usage={**report, "prompt_tokens_details": {"cached_tokens": 6}}))).usage

    assert usage["cached"].tolist() == [6]
    assert json.loads(usage["extra"].item()) == {"prompt_cache_miss_tokens": 4}


def test_a_report_of_anthropic_through_litellm(read) -> None:
    report = {"prompt_tokens": 10, "cache_read_input_tokens": 6, "cache_creation_input_tokens": 3, "total_tokens": 12}
    usage = read(stream(chunk(usage={**report, "cost": 0.5}))).usage

    assert usage[["prompt", "total", "cached", "cache_write"]].to_numpy().tolist() == [[10, 12, 6, 3]]
    assert json.loads(usage["extra"].item()) == {"cost": 0.5}


def test_a_report_inside_a_choice(read) -> None:
    """Moonshot."""
    corpus = read(stream(chunk(choice({}, 1, "stop", usage={"total_tokens": 9}))))

    assert corpus.usage[["chunk", "choice", "total", "source"]].to_numpy().tolist() == [[0, 1, 9, "choices[].usage"]]
    assert rows(corpus, "choice", "kind") == [(1, "finish"), (1, "usage")]


def test_reports_on_every_chunk_are_rows_each_and_never_summed(read) -> None:
    chunks = [{**says("a"), "usage": {"total_tokens": total}} for total in (3, 4, 5)]

    assert read(stream(*chunks)).usage[["chunk", "total"]].to_numpy().tolist() == [[0, 3], [1, 4], [2, 5]]


def test_an_empty_report_is_none(read) -> None:
    assert read(stream({**says("a"), "usage": {}}, {**says("b"), "usage": None})).usage.empty


# --- whole bodies ----------------------------------------------------------------------------------------------------


def test_a_whole_answer_is_one_chunk(read) -> None:
    message = {
        "role": "assistant",
        "content": "<think>why</think>so",
        "tool_calls": [{"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
    }
    corpus = read(whole(message, usage={"total_tokens": 3}))

    assert corpus.recordings[["n_chunks", "n_choices", "streaming"]].to_numpy().tolist() == [[1, 1, False]]
    assert corpus.choices[["role", "reasoning", "content", "finish_reason"]].to_numpy().tolist() == [
        ["assistant", "why", "so", "stop"]
    ]
    assert corpus.tool_calls[["tool_index", "id", "name", "arguments"]].to_numpy().tolist() == [[0, "a", "f", "{}"]]
    assert corpus.usage["total"].tolist() == [3]
    assert next(iter(corpus)).text() == message["content"]


def test_a_whole_answer_with_several_choices(read) -> None:
    choices = [{"index": at, "message": {"content": text}, "finish_reason": "stop"} for at, text in enumerate("ab")]
    corpus = read(recording(wrapped({"choices": choices}), streaming=False))

    assert corpus.choices["content"].tolist() == ["a", "b"]


def test_a_reason_under_the_name_that_mistral_has_at_bedrock(read) -> None:
    message = {
        "role": "assistant",
        "content": "",
        "tool_calls": [{"id": "a", "function": {"name": "f", "arguments": "{}"}}],
    }
    body = {"choices": [{"index": 0, "message": message, "stop_reason": "tool_calls"}]}
    corpus = read(recording(wrapped(body), streaming=False))

    assert corpus.choices["finish_reason"].tolist() == ["tool_calls"]
    assert corpus.tool_calls[["id", "name", "arguments"]].to_numpy().tolist() == [["a", "f", "{}"]]
    assert corpus.findings.empty


def test_what_stopped_an_answer_is_no_reason_where_there_is_one(read) -> None:
    choices = [{"index": 0, "message": {"content": "a"}, "finish_reason": "stop", "stop_reason": 128009}]
    corpus = read(recording(wrapped({"choices": choices}), streaming=False))

    assert corpus.choices["finish_reason"].tolist() == ["stop"]
    assert "128009" in corpus.events["extra"].dropna().item()


# --- wrong types -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bad", "text"),
    [
        (5, "5"),
        (None, "null"),
        ("text", '"text"'),
        ({"choices": 7}, "7"),
        ({"choices": ["a"]}, '"a"'),
        ({"choices": [None]}, "null"),
        (chunk(choice({"content": 5})), "5"),
        (chunk(choice({"content": {"a": 1}})), '{"a":1}'),
        (chunk(choice({"refusal": 5})), "5"),
        (chunk(choice({"reasoning": 5})), "5"),
        (chunk(choice({"tool_calls": [5]})), "5"),
        (chunk(choice({"role": 7})), "7"),
        (chunk(choice({"role": {"a": "<think>"}})), '{"a":"<think>"}'),
        (chunk({"index": 0, "delta": "zzz"}), '"zzz"'),
        (chunk(usage="many"), '"many"'),
        (chunk(choice({}, usage=[1])), "[1]"),
    ],
    ids=str,
)
def test_what_has_the_wrong_type_is_kept_and_noted(read, bad: Any, text: str) -> None:
    corpus = read(stream(says("a"), bad, says("b")))

    assert corpus.recordings["dialect"].tolist() == ["openai_chat"]
    assert corpus.choices["content"].tolist() == ["ab"]
    assert text in corpus.events.loc[corpus.events["chunk"] == 1, "text"].tolist()
    assert "empty" not in corpus.events.loc[corpus.events["chunk"] == 1, "kind"].tolist()
    assert corpus.problems[["exchange", "chunk"]].to_numpy().tolist() == [[0, 1]]
    assert corpus.problems[["what", "expected", "found", "hint"]].notna().all(axis=None)


@pytest.mark.parametrize("field", ["id", "model", "system_fingerprint", "service_tier", "obfuscation", "created"])
def test_a_fact_of_the_wrong_type_is_replaced_and_noted(read, field: str) -> None:
    corpus = read(stream(says("a"), {**says("b"), field: [1]}))
    name = {"system_fingerprint": "fingerprint"}.get(field, field)
    found = corpus.chunks[name][1]

    assert found == "[1]" if field != "created" else corpus.chunks[name].isna()[1]
    assert corpus.problems[["chunk", "what"]].to_numpy().tolist() == [[1, f"`{name}` does not fit its column"]]


# --- the bundled recordings ------------------------------------------------------------------------------------------


def test_a_chunk_without_choices_opens_azures_stream(bundled) -> None:
    recording = bundled["94d11daee205"]
    first = recording.events[recording.events["chunk"] == 0]

    assert recording.chunks["n_choices"].tolist() == [0] + [1] * 42
    assert first["kind"].tolist() == ["filter"]
    assert first["choice"].isna().all()
    assert (recording.events["kind"] == "filter").sum() == 1


def test_one_usage_report_among_the_bundled_recordings(bundled) -> None:
    assert bundled.usage[["recording", "total"]].to_numpy().tolist() == [["f6960cae871e", 744]]


# --- what nobody knows is unknown, not empty -------------------------------------------------------------------------


def test_a_chunk_of_another_kind_is_unknown(read) -> None:
    corpus = read(stream(says("a"), {"type": "ping", "note": "payload"}, says("b")))

    assert rows(corpus, "chunk", "kind")[1] == (1, "unknown")
    assert json.loads(corpus.events["text"][1]) == {"type": "ping", "note": "payload"}


def test_a_choice_of_another_kind_is_unknown(read) -> None:
    corpus = read(stream(says("a"), chunk({"index": 0, "text": "legacy"}), says("b")))

    assert rows(corpus, "chunk", "kind")[1] == (1, "unknown")
    assert '"legacy"' in corpus.events["text"][1]


def test_what_vendors_pad_with_is_not_unknown(read) -> None:
    corpus = read(stream(says("a"), chunk(choice({}, obfuscation="xyz"))))

    assert rows(corpus, "chunk", "kind")[1] == (1, "empty")
    assert json.loads(corpus.events["extra"][1]) == {"obfuscation": "xyz"}


def test_parts_that_are_no_text_are_unknown_and_lose_nothing(read) -> None:
    parts = [
        {"type": "text", "text": "hi", "annotations": [1]},
        {"type": "image_url", "image_url": "data:x"},
        {"type": "thinking", "thinking": "hm", "signature": "s"},
    ]
    corpus = read(stream(chunk(choice({"content": parts}))))

    assert sorted(rows(corpus, "kind", "text")) == [
        ("content", "hi"),
        ("reasoning", "hm"),
        ("unknown", '{"type":"image_url","image_url":"data:x"}'),
    ]
    extra = [json.loads(each) for each in corpus.events["extra"].dropna()]
    assert extra == [{"annotations": [1]}, {"signature": "s"}]


def test_the_transcript_of_a_spoken_answer_is_its_text(read) -> None:
    said = [
        {"audio": {"id": "audio_1", "transcript": "Hel"}},
        {"audio": {"data": "UklGRg=="}},
        {"audio": {"transcript": "lo"}},
    ]
    corpus = read(stream(*(chunk(choice(delta)) for delta in said)))

    assert corpus.choices["content"].tolist() == ["Hello"]
    assert rows(corpus, "kind", "text")[1] == ("annotation", '{"audio":{"data":"UklGRg=="}}')
    assert json.loads(corpus.events["extra"][0]) == {"audio": {"id": "audio_1"}}


@pytest.mark.parametrize("field", ["provider_specific_fields", "thinking_blocks", "images", "context"])
def test_what_a_gateway_sends_beside_the_answer_is_no_unknown(read, field: str) -> None:
    corpus = read(stream(chunk(choice({"content": "a", field: [{"x": 1}]}))))

    assert sorted(rows(corpus, "kind", "text")) == [
        ("annotation", json.dumps({field: [{"x": 1}]}, separators=(",", ":"))),
        ("content", "a"),
    ]


def test_whole_calls_that_nobody_numbered_are_told_apart_by_their_ids(read) -> None:
    def call(name: str, arguments: str) -> dict[str, Any]:
        return {"id": f"c-{name}", "type": "function", "function": {"name": name, "arguments": arguments}}

    corpus = read(stream(calls(call("plus", '{"a":1}')), calls(call("minus", '{"a":2}')), calls(call("times", "{}"))))

    assert corpus.tool_calls[["name", "arguments"]].to_numpy().tolist() == [
        ["plus", '{"a":1}'],
        ["minus", '{"a":2}'],
        ["times", "{}"],
    ]


def test_fragments_that_nobody_numbered_go_on_with_the_latest_call(read) -> None:
    def part(text: str, **fields: Any) -> dict[str, Any]:
        return {"function": {"arguments": text, **({"name": fields.pop("name")} if "name" in fields else {})}, **fields}

    corpus = read(
        stream(
            calls(part("{", id="c1", name="plus")),
            calls(part("}")),
            calls(part('{"a"', id="c2", name="minus")),
            calls(part(":1}")),
        )
    )

    assert corpus.tool_calls[["name", "arguments"]].to_numpy().tolist() == [["plus", "{}"], ["minus", '{"a":1}']]


@pytest.mark.parametrize(
    "nothing",
    [
        {"function_call": {"name": None, "arguments": None}},
        {"function_call": {"name": "", "arguments": ""}},
        {"tool_calls": [{"index": 0, "id": None, "type": None, "function": None}]},
    ],
)
def test_a_call_of_nothing_is_none(read, nothing: dict[str, Any]) -> None:
    corpus = read(stream(chunk(choice({"content": "Hi", **nothing})), chunk(choice(nothing, finish_reason="stop"))))

    assert corpus.tool_calls.empty
    assert rows(corpus, "kind", "text") == [("content", "Hi"), ("finish", None)]


def test_a_call_that_is_sent_for_clients_of_either_age_is_one(read) -> None:
    said = {"name": "f", "arguments": "{}"}
    both = {"role": "assistant", "content": None, "function_call": said, "tool_calls": [{"id": "c1", "function": said}]}

    assert read(whole(both)).tool_calls[["id", "name", "arguments"]].to_numpy().tolist() == [["c1", "f", "{}"]]


def test_a_vendors_field_alone_in_the_delta_that_finishes_goes_with_the_finish(read) -> None:
    corpus = read(stream(chunk(choice({"token_id": 13}, finish_reason="stop"))))

    assert rows(corpus, "kind", "extra") == [("finish", '{"token_id":13}')]


@pytest.mark.parametrize("error", [
    {"object": "error", "message": "engine died", "type": "InternalServerError", "code": 500},
    {"message": "busy", "code": 503},
    {"detail": "not here"},
])  # fmt: skip
def test_an_object_that_is_an_error_itself_is_one(read, error: dict[str, Any]) -> None:
    corpus = read(stream(says("Hi"), error))

    assert corpus.events["kind"].tolist() == ["content", "error"]
    assert (
        list(error.values())[-1] in json.loads(corpus.recordings["error"].item()).values() or "error" in error.values()
    )


@pytest.mark.parametrize(
    ("created", "number"),
    [(1750000000.25, 1750000000), (7.0, 7), ("7", 7), (" 7 ", 7), ("7.5", 7)],
)
def test_when_an_answer_was_made_is_a_whole_number(read, created: Any, number: int) -> None:
    corpus = read(stream(says("Hi") | {"created": created}))

    assert corpus.chunks["created"].tolist() == [number]
    assert corpus.problems.empty


def test_a_stream_whose_chunks_are_called_whole_answers_is_one(tmp_path) -> None:
    chunks = [says("A "), says("wren."), chunk(choice({}, finish_reason="stop")), chunk(usage={"prompt_tokens": 1})]
    lines = "\n".join(json.dumps({**each, "object": "chat.completion"}) for each in chunks)
    (tmp_path / "a.jsonl").write_text(lines)

    corpus = recexplore.load(tmp_path, progress=False)
    assert corpus.choices["content"].tolist() == ["A wren."]
    assert len(corpus) == 1
