"""Hand-made fixtures of aimock: every kind of response that it documents, recorded times, and what may go wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from dialect_kit import extracted, kinds
from hypothesis import given
from hypothesis import strategies as st

from recexplore.corpus import Corpus
from recexplore.model.exchange import Exchange
from recexplore.read.dialects import aimock as dialect
from recexplore.read.envelopes import aimock, choose
from recexplore.read.registry import known
from recexplore.read.wire.content import Content

Read = Callable[..., Corpus]

CALL = {"name": "lookup", "arguments": '{"q": "queryword"}', "id": "call_1"}
CUSTOM = {"type": "custom", "name": "shell", "input": "inputword", "id": "call_2", "namespace": "spaceword"}
USAGE = {
    "prompt_tokens": 7,
    "completion_tokens": 3,
    "total_tokens": 10,
    "prompt_tokens_details": {"cached_tokens": 2, "cache_write_tokens": 1},
    "completion_tokens_details": {"reasoning_tokens": 1},
    "cost": 0.25,
}
FACTS = {
    "id": "idword",
    "model": "modelword",
    "created": 1750000000,
    "systemFingerprint": "fingerprintword",
    "role": "assistant",
    "finishReason": "stop",
    "provider": "providerword",
    "nativeFinishReason": "nativeword",
}
DOCUMENTED: dict[str, Any] = {
    "text": {"content": "contentword"},
    "text with everything": {"content": "contentword", "usage": USAGE, **FACTS},
    "content that is JSON": {"content": {"jsonkey": ["jsonword"]}, "finishReason": "length"},
    "reasoning": {
        "content": "contentword",
        "reasoning": "reasoningword",
        "reasoningSignature": "signatureword",
        "redactedThinking": ["redactedword"],
        "webSearches": ["searchword"],
    },
    "calls": {"toolCalls": [CALL, CUSTOM], "finishReason": "tool_calls"},
    "arguments that are objects": {"toolCalls": [{"name": "lookup", "arguments": {"q": "queryword"}}]},
    "a call of the older type": {"toolCalls": [{**CALL, "type": "toolCall"}]},
    "text and calls": {"content": "contentword", "toolCalls": [CALL]},
    "blocks": {
        "blocks": [
            {"type": "toolCall", **CALL},
            {"type": "text", "text": "contentword"},
            {**CUSTOM, "type": "customToolCall"},
        ]
    },
    "blocks and the same again": {
        "blocks": [{"type": "toolCall", **CALL}, {"type": "text", "text": "contentword"}],
        "content": "contentword",
        "toolCalls": [CALL],
    },
    "an error": {
        "error": {
            "message": "errorword",
            "type": "typeword",
            "param": None,
            "code": "codeword",
            "metadata": {"a": "metaword"},
        },
        "status": 429,
        "retryAfter": 2,
        "fallthrough": False,
    },
    "an embedding": {"embedding": [0.25, 0.5]},
    "an image": {"image": {"url": "urlword", "revisedPrompt": "revisedword"}},
    "images": {"images": [{"b64Json": "imageword"}]},
    "speech": {"audio": "audioword", "format": "opusword"},
    "speech with text": {"audio": {"b64Json": "audioword", "contentType": "audio/wavword"}, "content": "contentword"},
    "a transcription": {"transcription": {"text": "heardword", "language": "languageword", "duration": 1.5}},
    "a video": {"video": {"id": "videoword", "status": "completed", "url": "urlword"}},
    "any JSON": {"json": {"images": ["jsonword"]}, "status": 200, "billableUnits": 3},
    "a live session": {"live": {"version": 1, "entries": ["entryword"]}, "liveTiming": "recordedword"},
}
TIMINGS = {"ttftMs": 120, "interChunkDelaysMs": [30, 25.5, 0], "totalDurationMs": 175.5}


def fixture(response: Any, **fields: Any) -> dict[str, Any]:
    """As the recorder writes it."""
    match = {"userMessage": "Which bird?", "model": "gpt-x", "turnIndex": 0, "hasToolResult": False}
    return {"match": match, "response": response, **fields}


def fixtures(*responses: Any) -> dict[str, Any]:
    return {"fixtures": [fixture(response) for response in responses]}


def document(*all_: Any, **beside: Any) -> bytes:
    return json.dumps({"fixtures": list(all_), **beside}, indent=1).encode()


def exchanges(data: bytes, name: str = "a.json") -> list[Exchange]:
    content = Content(name, data)
    assert choose(content) is aimock
    return list(aimock.read(content))


def only(one: Any, name: str = "a.json") -> Exchange:
    (exchange,) = exchanges(document(one), name)
    return exchange


# --- what a response means --------------------------------------------------------------------------------------------


def test_text_reasoning_and_facts(read: Read) -> None:
    said = {"content": "A wren.", "reasoning": "Small.", "usage": USAGE, **FACTS}
    corpus = read(document(fixture(said)), "a.json")

    assert corpus.recordings[["envelope", "dialect", "model_requested", "model_served"]].to_numpy().tolist() == [
        ["aimock", "aimock", "gpt-x", "modelword"]
    ]
    assert corpus.choices[["role", "content", "reasoning", "finish_reason"]].to_numpy().tolist() == [
        ["assistant", "A wren.", "Small.", "stop"]
    ]
    counts = ["prompt", "completion", "total", "cached", "cache_write", "reasoning"]
    assert corpus.usage[counts].to_numpy().tolist() == [[7, 3, 10, 2, 1, 1]]
    assert json.loads(corpus.usage["extra"].item()) == {"cost": 0.25}
    assert corpus.chunks[["id", "created", "fingerprint"]].to_numpy().tolist() == [
        ["idword", 1750000000, "fingerprintword"]
    ]
    assert corpus.problems.empty


@pytest.mark.parametrize(
    "report",
    [
        {"input_tokens": 7, "output_tokens": 3},
        {"promptTokenCount": 7, "candidatesTokenCount": 3, "totalTokenCount": 10},
    ],
)
def test_usage_in_the_words_of_other_apis(read: Read, report: Any) -> None:
    corpus = read(document(fixture({"content": "A wren.", "usage": report})), "a.json")

    assert corpus.usage[["prompt", "completion"]].to_numpy().tolist() == [[7, 3]]
    assert corpus.usage["extra"].isna().all()


def test_calls(read: Read) -> None:
    said = {"toolCalls": [{"name": "lookup", "arguments": {"q": 1}, "id": "c1"}, CUSTOM], "finishReason": "tool_calls"}
    corpus = read(document(fixture(said)), "a.json")

    assert corpus.tool_calls[["id", "name", "arguments"]].to_numpy().tolist() == [
        ["c1", "lookup", '{"q":1}'],
        ["call_2", "shell", "inputword"],
    ]
    assert corpus.tool_calls["type"].fillna("").tolist() == ["", "custom"]
    assert corpus.choices["finish_reason"].tolist() == ["tool_calls"]
    assert corpus.findings.empty


def test_blocks_keep_their_order_and_count_once(read: Read) -> None:
    corpus = read(document(fixture(DOCUMENTED["blocks and the same again"])), "a.json")

    assert corpus.events["kind"].tolist() == ["tool_call", "content", "empty", "finish"]
    assert corpus.choices["content"].tolist() == ["contentword"]
    assert len(corpus.tool_calls) == 1


def test_content_that_is_no_text_is_its_json(read: Read) -> None:
    corpus = read(document(fixture({"content": {"bird": "wren"}})), "a.json")

    assert corpus.choices["content"].tolist() == ['{"bird":"wren"}']


def test_an_answer_ends_though_nobody_says_why(read: Read) -> None:
    corpus = read(document(fixture({"content": "A wren."}), fixture({"content": ""})), "a.json")

    assert corpus.choices["finish_reason"].isna().all()
    assert corpus.findings.empty


@pytest.mark.parametrize(("said", "status"), [({"status": 429}, 429), ({}, 500)])
def test_an_error(read: Read, said: Any, status: int) -> None:
    corpus = read(document(fixture({"error": {"message": "slow down", "type": "rate_limit"}, **said})), "a.json")

    assert corpus.recordings["status"].tolist() == [status]
    assert "slow down" in corpus.recordings["error"].item()
    assert corpus.findings["rule"].tolist() == ["recorded-exception"]


@pytest.mark.parametrize("name", ["an embedding", "an image", "speech", "a transcription", "a video", "any JSON"])
def test_answers_that_are_no_text_stand_beside(read: Read, name: str) -> None:
    corpus = read(document(fixture(DOCUMENTED[name])), "a.json")

    assert corpus.recordings[["dialect", "n_choices"]].to_numpy().tolist() == [["aimock", 0]]
    assert corpus.events["kind"].tolist() == ["annotation"]
    assert corpus.findings.empty


@pytest.mark.parametrize(
    ("said", "n_unknown"),
    [
        ({"content": 5}, 1),
        ({"reasoning": ["x"]}, 1),
        ({"toolCalls": "x"}, 1),
        ({"toolCalls": [5, CALL]}, 1),
        ({"blocks": {"a": 1}, "content": "kept"}, 1),
        ({"blocks": ["x", {"type": "text", "text": 5}]}, 2),
        ({"content": "kept", "finishReason": 5}, 1),
        ({"content": "kept", "usage": "x"}, 1),
    ],
)
def test_wrong_types_are_kept_and_said(said: Any, n_unknown: int) -> None:
    columns = extracted(dialect, [said])

    assert kinds(columns).count("unknown") == len(columns.problems) == n_unknown


def test_no_other_recorders_answers_are_taken() -> None:
    for said in ({"content": "x"}, {"error": {"message": "x"}}, {"toolCalls": []}):
        assert known().choose(Exchange("vcr", chunks=[said], method="POST")) is not dialect.DIALECT


# --- what a file holds ------------------------------------------------------------------------------------------------


def test_recorded_times(read: Read) -> None:
    said = {"content": "A wren."}
    corpus = read(document(fixture(said, recordedTimings=TIMINGS, metadata={"systemHash": "a7f3"})), "a.json")
    found = corpus["a"]

    assert found.facts[["clock", "t_zero", "streaming", "n_chunks"]].tolist() == ["measured", "request", True, 5]
    assert found.facts[["ttfc_s", "duration_s"]].tolist() == pytest.approx([0.12, 0.1755])
    assert found.chunks["t_s"].tolist()[:4] == pytest.approx([0.12, 0.15, 0.1755, 0.1755])
    # Which frame brought the text was not noted.
    assert found.chunks["t_s"].isna().tolist() == [False] * 4 + [True]
    assert found.choices["t_first_s"].isna().all()
    assert found.text() == "A wren."
    assert [found.raw(at) for at in range(5)] == [{}, {}, {}, {}, said]
    assert json.loads(found.facts["extra"]) == {"metadata": {"systemHash": "a7f3"}}
    assert corpus.problems.empty
    assert corpus.findings.empty


def test_without_times_there_is_no_clock(read: Read) -> None:
    corpus = read(document(fixture({"content": "A wren."})), "a.json")

    assert corpus.recordings[["clock", "n_chunks"]].to_numpy().tolist() == [["none", 1]]
    assert corpus.recordings["streaming"].isna().all()


@pytest.mark.parametrize("whole", [None, 175.5])
def test_a_duration_that_adds_up_says_nothing_new(whole: Any) -> None:
    timings = {**TIMINGS, "totalDurationMs": whole}

    assert only(fixture({"content": "x"}, recordedTimings=timings)).extra == {}


@pytest.mark.parametrize("whole", [9, "x", True, 10**400])
def test_a_duration_that_does_not_add_up_is_kept(whole: Any) -> None:
    timings = {**TIMINGS, "totalDurationMs": whole}
    exchange = only(fixture({"content": "x"}, recordedTimings=timings))

    assert (exchange.clock, exchange.extra) == ("measured", {"recordedTimings": timings})


@pytest.mark.parametrize(
    "timings",
    [
        5,
        [],
        {},
        {**TIMINGS, "ttftMs": None},
        {**TIMINGS, "ttftMs": "120"},
        {**TIMINGS, "interChunkDelaysMs": None},
        {**TIMINGS, "interChunkDelaysMs": [1, "x"]},
        {**TIMINGS, "interChunkDelaysMs": [float("nan")]},
        {**TIMINGS, "interChunkDelaysMs": [10**400]},
        {**TIMINGS, "interChunkDelaysMs": [True]},
    ],
)
def test_times_that_are_none_are_kept_and_said(timings: Any) -> None:
    exchange = only(fixture({"content": "x"}, recordedTimings=timings))

    assert (exchange.clock, exchange.times_s, exchange.chunks) == ("none", None, [{"content": "x"}])
    assert "`recordedTimings` are not as recorded" in [each.what for each in exchange.problems]
    assert list(exchange.extra or {}) == ["recordedTimings"]


def test_times_that_go_back_are_none(read: Read) -> None:
    timings = {"ttftMs": 120, "interChunkDelaysMs": [-30], "totalDurationMs": 90}
    corpus = read(document(fixture({"content": "x"}, recordedTimings=timings)), "a.json")

    assert corpus.recordings["clock"].tolist() == ["none"]
    assert corpus.problems["what"].tolist() == ["the times are not as recorded"]


@pytest.mark.parametrize(
    ("name", "provider", "test_id"),
    [
        ("chat--calls-a-tool/openai.json", "openai", "chat--calls-a-tool"),
        ("recorded/chat/gemini-interactions.json", "gemini-interactions", "chat"),
        ("recorded/anthropic-2026-05-18T10-30-00-000Z-a1b2c3d4.json", "anthropic", None),
        ("openai-2025-01-15T10-30-00-000Z-0.json", "openai", None),
        ("openai.json", "openai", None),
        ("chat/others.json", None, None),
    ],
)
def test_the_name_of_a_recorded_file_tells_who_answered_and_which_test_asked(
    name: str, provider: str | None, test_id: str | None
) -> None:
    exchange = only(fixture({"content": "x"}), name)

    assert (exchange.provider, exchange.test_id) == (provider, test_id)


def test_the_name_of_a_file_that_was_written_tells_nothing() -> None:
    exchange = only({"match": {"userMessage": "hi"}, "response": {"content": "x"}}, "fixtures/openai.json")

    assert (exchange.provider, exchange.test_id) == (None, None)


def test_what_it_is_matched_by_is_the_request(read: Read) -> None:
    corpus = read(document(fixture({"content": "x"})), "a.json")

    assert corpus["a"].request["userMessage"] == "Which bird?"


def test_what_else_was_noted_is_kept() -> None:
    first, second = exchanges(
        document(fixture({"content": "x"}, latency=5), fixture({"content": "y"}), _warning="truncated", mcpFakes=[1])
    )

    assert first.extra == {"latency": 5, "_warning": "truncated", "mcpFakes": [1]}
    assert second.extra == {}


def test_a_response_beside_events_is_kept() -> None:
    exchange = only({"match": {}, "events": [{"type": "a"}], "response": {"content": "x"}})

    assert (exchange.chunks, exchange.extra) == ([{"type": "a"}], {"response": {"content": "x"}})


def test_several_fixtures_and_their_lines(read: Read) -> None:
    data = document(fixture({"content": "a"}, recordedTimings=TIMINGS), fixture({"content": "b"}))
    corpus = read(data, "a.json")
    shown = data.decode().split("\n")

    assert [one.text() for one in corpus] == ["a", "b"]
    for one, n in zip(corpus, (5, 1), strict=True):
        assert "{" in shown[(one.line() or 0) - 1]
        assert [shown[(one.line(at) or 0) - 1].strip() for at in range(n)] == ['"response": {'] * n


def test_events_of_ag_ui_are_a_stream(read: Read) -> None:
    events = [{"type": "RUN_STARTED"}, {"type": "TEXT_MESSAGE_CONTENT", "delta": "x"}]
    corpus = read(document({"match": {"message": "hi"}, "events": events, "delayMs": 5}), "a.json")
    found = corpus["a"]

    assert found.facts[["dialect", "streaming", "n_chunks"]].tolist()[1:] == [True, 2]
    assert found.facts["dialect"] != "aimock"
    assert [found.raw(at) for at in range(2)] == events
    assert (found.line(0) or 0) < (found.line(1) or 0)


@pytest.mark.parametrize(
    ("odd", "what"),
    [
        (5, "a fixture is not as recorded"),
        ({"match": {}}, "a fixture holds no answer"),
        ({"match": 5, "response": {"content": "x"}}, "`match` is not as recorded"),
        ({"match": {}, "response": "x"}, "`response` is not as recorded"),
        ({"match": {}, "events": 5}, "a fixture holds no answer"),
    ],
)
def test_what_is_no_fixture_is_a_problem(read: Read, odd: Any, what: str) -> None:
    corpus = read(document(fixture({"content": "a"}), odd, fixture({"content": "b"})), "a.json")

    assert corpus.problems[["exchange", "what"]].to_numpy().tolist() == [[1, what]]
    assert [corpus[f"a#{at}"].text() for at in (0, 2)] == ["a", "b"]


@pytest.mark.parametrize(
    "n", range(150, len(document(fixture({"content": "one"}), fixture({"content": "two"}))) - 1, 13)
)
def test_a_cut_file_keeps_what_stands_before_the_cut(read: Read, n: int) -> None:
    corpus = read(document(fixture({"content": "one"}), fixture({"content": "two"}))[:n], "a.json")

    said = corpus.choices["content"].tolist()
    assert all(whole.startswith(text) for text, whole in zip(said, ["one", "two"], strict=False))
    assert "the file breaks off" in corpus.problems["what"].tolist()


@pytest.mark.parametrize(
    "value",
    [
        {},
        [],
        {"fixtures": []},
        {"fixtures": {}},
        {"fixtures": [{"match": "A v B", "response": "1:0"}]},
        {"fixtures": [{"match": {"home": "A"}, "score": "1:0"}]},
        {"interactions": [], "fixtures": 5},
    ],
)
def test_files_it_does_not_know(value: Any) -> None:
    assert choose(Content("a.json", json.dumps(value, indent=1).encode())) is not aimock


ANY: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["content", "toolCalls", "error", "status", "ttftMs", "turnIndex"]), inner)
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(["match", "response", "events", "recordedTimings", "metadata", "x"]), ANY))
def test_no_field_makes_it_raise(fields: dict[str, Any]) -> None:
    _, exchange = exchanges(document(fixture({"content": "x"}), fixture({"content": "y"}) | fields), "t/openai.json")

    assert exchange.times_s is None or len(exchange.times_s) == len(exchange.chunks)
