"""Hand-made UI message streams of the AI SDK, versions 5 to 7: every part of the protocol, and what is not theirs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from dialect_kit import envelope, extracted, kinds, rows

from recexplore.model.exchange import Exchange
from recexplore.read.dialects import anthropic, cohere, openai_responses, unknown, vercel_ui
from recexplore.read.registry import known

ENDPOINT = "/api/chat"
USAGE = {
    "inputTokens": 10,
    "inputTokenDetails": {"noCacheTokens": 6, "cacheReadTokens": 3, "cacheWriteTokens": 1},
    "outputTokens": 20,
    "outputTokenDetails": {"textTokens": 15, "reasoningTokens": 5},
    "totalTokens": 30,
    "reasoningTokens": 5,
    "cachedInputTokens": 3,
}
META = {"openai": {"itemId": "itemword"}}


def part(kind: str, /, **fields: Any) -> dict[str, Any]:
    return {"type": kind, **fields}


def text(*pieces: str, name: str = "0", what: str = "text") -> list[dict[str, Any]]:
    return [
        part(f"{what}-start", id=name),
        *(part(f"{what}-delta", id=name, delta=piece) for piece in pieces),
        part(f"{what}-end", id=name),
    ]


def call(*pieces: str, name: str = "call_1", tool: str = "lookup", given: Any = None) -> list[dict[str, Any]]:
    return [
        part("tool-input-start", toolCallId=name, toolName=tool),
        *(part("tool-input-delta", toolCallId=name, inputTextDelta=piece) for piece in pieces),
        part("tool-input-available", toolCallId=name, toolName=tool, input=given),
    ]


DOCUMENTED: dict[str, dict[str, Any]] = {
    "start": part("start", messageId="msg_1", messageMetadata={"createdAt": 5, "model": "gpt-x"}),
    "start alone": part("start"),
    "start-step": part("start-step"),
    "text-start": part("text-start", id="0", providerMetadata=META),
    "text-delta": part("text-delta", id="0", delta="saidtext", providerMetadata=META),
    "text-end": part("text-end", id="0"),
    "reasoning-start": part("reasoning-start", id="r0"),
    "reasoning-delta": part("reasoning-delta", id="r0", delta="thoughttext"),
    "reasoning-end": part("reasoning-end", id="r0", providerMetadata={"anthropic": {"signature": "signedwith"}}),
    "reasoning-file": part("reasoning-file", url="data:image/png;base64,aW1n", mediaType="image/png"),
    "tool-input-start": part(
        "tool-input-start", toolCallId="call_1", toolName="lookup", dynamic=True, title="titleword"
    ),
    "tool-input-start of a custom tool": part(
        "tool-input-start", toolCallId="call_1", toolName="run", inputEncoding="text"
    ),
    "tool-input-delta": part("tool-input-delta", toolCallId="call_1", inputTextDelta='{"q":'),
    "tool-input-available": part(
        "tool-input-available", toolCallId="call_1", toolName="lookup", input={"q": "queryword"}, providerMetadata=META
    ),
    "tool-input-available of a provider's tool": part(
        "tool-input-available", toolCallId="call_1", toolName="search", input="textword", providerExecuted=True
    ),
    "tool-input-error": part(
        "tool-input-error", toolCallId="call_1", toolName="lookup", input="{broken", errorText="not as the schema"
    ),
    "tool-approval-request": part("tool-approval-request", approvalId="approval_1", toolCallId="call_1"),
    "tool-approval-response": part(
        "tool-approval-response", approvalId="approval_1", approved=False, reason="becausenot"
    ),
    "tool-output-available": part("tool-output-available", toolCallId="call_1", output={"r": "resultword"}),
    "tool-output-error": part("tool-output-error", toolCallId="call_1", errorText="the tool broke"),
    "tool-output-denied": part("tool-output-denied", toolCallId="call_1"),
    "source-url": part("source-url", sourceId="src_1", url="http://source", title="titleword"),
    "source-document": part("source-document", sourceId="src_2", mediaType="file", title="titleword", filename="a.pdf"),
    "file": part("file", url="http://file.png", mediaType="image/png"),
    "custom": part("custom", kind="openai.computer", providerMetadata=META),
    "data": part("data-weather", id="d1", data={"city": "Lima", "status": "sunnyword"}, transient=True),
    "steering-message": part("steering-message", id="msg_2", parts=[{"type": "text", "text": "steeringtext"}]),
    "finish-step": part("finish-step"),
    "reset-step": part("reset-step"),
    "message-metadata": part("message-metadata", messageMetadata={"app": {"k": "appword"}}),
    "message-metadata with usage": part("message-metadata", messageMetadata={"usage": USAGE, "cost": "costword"}),
    "finish": part("finish"),
    "finish with a reason": part("finish", finishReason="stopword", messageMetadata={"totalTokens": 30}),
    "abort": part("abort", reason="the user left"),
    "error": part("error", errorText="it broke"),
}

STREAM = [
    part("start", messageId="msg_1", messageMetadata={"model": "gpt-x"}),
    part("start-step"),
    *text("because ", "so", name="r0", what="reasoning"),
    *text("Hel", "lo"),
    *call('{"q":', '"queryword"}', given={"q": "queryword"}),
    part("tool-output-available", toolCallId="call_1", output={"r": "resultword"}),
    part("finish-step"),
    part("start-step"),
    *text(" there"),
    part("finish-step"),
    part("finish", finishReason="stop", messageMetadata={"totalUsage": USAGE}),
]


def streamed(*chunks: Any, **request: Any) -> Any:
    return envelope(list(chunks), endpoint=ENDPOINT, **request)


def told(corpus: Any) -> list[tuple[Any, ...]]:
    return rows(corpus, "content", "reasoning", "finish_reason", frame="choices")


def calls(corpus: Any) -> list[tuple[Any, ...]]:
    return rows(corpus, "id", "name", "type", "arguments", frame="tool_calls")


# --- which dialect ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DOCUMENTED)
def test_every_part_is_recognised(name: str) -> None:
    assert known().choose(Exchange("test", chunks=[DOCUMENTED[name]])) is vercel_ui.DIALECT


@pytest.mark.parametrize(
    ("chunk", "dialect"),
    [
        ({"type": "error", "error": {"type": "overloaded_error", "message": "busy"}}, anthropic),
        ({"type": "error", "sequence_number": 3, "message": "busy"}, openai_responses),
        ({"type": "start", "text": "Hi"}, unknown),
        ({"type": "finish", "reason": "stop", "choices": []}, unknown),
        ({"type": "file", "name": "a.txt"}, unknown),
        ({"type": "custom", "value": 5}, unknown),
        ({"type": "error", "text": "busy"}, unknown),
        ({"type": "data-x", "value": 5}, unknown),
        ({"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": "Hi"}}}}, cohere.V2),
    ],
)
def test_what_belongs_to_others_stays_theirs(chunk: Any, dialect: Any) -> None:
    assert known().choose(Exchange("test", chunks=[chunk], streaming=True)) is getattr(dialect, "DIALECT", dialect)


# --- a message -------------------------------------------------------------------------------------------------------


def test_a_message(read) -> None:
    corpus = read(streamed(*STREAM))

    assert rows(corpus, "dialect", "n_chunks", "n_choices", "model_served", frame="recordings") == [
        ("vercel_ui", len(STREAM), 1, "gpt-x")
    ]
    assert told(corpus) == [("Hello there", "because so", "stop")]
    assert calls(corpus) == [("call_1", "lookup", None, '{"q":"queryword"}')]
    assert rows(corpus, "prompt", "completion", "total", "reasoning", "cached", "cache_write", frame="usage") == [
        (10, 20, 30, 5, 3, 1)
    ]
    assert corpus.problems.empty
    assert corpus.findings.empty


def test_texts_that_share_an_id_are_numbered_as_they_begin(read) -> None:
    events = read(streamed(*STREAM)).events

    assert events.loc[events["kind"] == "content", "block"].tolist() == [1, 1, 3]


def test_what_repeats_the_input_is_kept_beside_the_call() -> None:
    columns = extracted(vercel_ui, call('{"q":', "1}", given={"q": 1}))

    assert kinds(columns) == ["tool_call", "tool_call", "tool_call", "empty"]
    assert json.loads(columns.events.column("text")[3]) == {"toolName": "lookup", "input": {"q": 1}}


def test_a_call_whose_input_comes_at_once(read) -> None:
    corpus = read(streamed(*call(given={"q": 1}), part("finish")))

    assert calls(corpus) == [("call_1", "lookup", None, '{"q":1}')]


def test_a_call_without_a_start(read) -> None:
    corpus = read(streamed(call(given={})[-1], part("finish")))

    assert calls(corpus) == [("call_1", "lookup", None, "{}")]


def test_calls_that_take_turns_are_told_apart_by_their_ids(read) -> None:
    first, second = call('{"a":', "1}", given={"a": 1}), call('{"b":', "2}", name="call_2", given={"b": 2})
    corpus = read(streamed(*(each for pair in zip(first, second, strict=True) for each in pair), part("finish")))

    assert rows(corpus, "id", "arguments", frame="tool_calls") == [("call_1", '{"a":1}'), ("call_2", '{"b":2}')]
    assert corpus.findings.empty


def test_tools_of_the_provider_and_of_text_are_of_their_own_kind(read) -> None:
    own = part("tool-input-start", toolCallId="call_1", toolName="search", providerExecuted=True)
    code = part("tool-input-start", toolCallId="call_2", toolName="run", inputEncoding="text")
    piece = part("tool-input-delta", toolCallId="call_2", inputTextDelta="print(1)")
    corpus = read(streamed(own, code, piece, part("finish", finishReason="stop")))

    assert calls(corpus) == [("call_1", "search", "providerExecuted", ""), ("call_2", "run", "custom", "print(1)")]
    assert corpus.findings.empty


def test_input_that_does_not_fit_is_a_call_with_its_error(read) -> None:
    corpus = read(streamed(DOCUMENTED["tool-input-error"], part("finish")))

    assert calls(corpus) == [("call_1", "lookup", None, "{broken")]
    assert '{"errorText":"not as the schema"}' in corpus.events["text"].tolist()


@pytest.mark.parametrize("name", ["source-url", "source-document"])
def test_sources_are_citations(name: str) -> None:
    assert kinds(extracted(vercel_ui, [DOCUMENTED[name]])) == ["citation"]


@pytest.mark.parametrize("kind", ["files", "data"])
def test_files_and_data_are_no_empty_answer(read, kind: str) -> None:
    said = DOCUMENTED["file" if kind == "files" else "data"]

    assert read(streamed(said, part("finish", finishReason="stop"))).findings.empty


# --- how it ends -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reason", [None, "stop", "length", "content-filter", "tool-calls", "error", "other", "unknown"]
)
def test_why_it_ends(read, reason: str | None) -> None:
    corpus = read(streamed(*text("Hello"), *call(given={}), part("finish", finishReason=reason)))

    assert corpus.choices["finish_reason"].isna().all() if reason is None else told(corpus) == [("Hello", "", reason)]
    expected = {"length": ["length-cut"], "content-filter": ["filtered"], "error": ["inband-error"]}
    assert corpus.findings["rule"].tolist() == expected.get(str(reason), [])


def test_a_message_that_its_user_stops(read) -> None:
    corpus = read(streamed(*text("Hello"), part("abort", reason="the user left")))

    assert told(corpus) == [("Hello", "", None)]
    assert "the user left" in corpus.events["extra"].dropna().tolist()[0]
    assert corpus.findings.empty


def test_an_error_in_the_stream(read) -> None:
    corpus = read(streamed(*text("Hel"), DOCUMENTED["error"]))

    assert json.loads(corpus.recordings["error"].item()) == {"errorText": "it broke"}
    assert corpus.findings["rule"].tolist() == ["inband-error"]


@pytest.mark.parametrize(
    ("metadata", "total", "source"),
    [
        ({"usage": USAGE}, 30, "messageMetadata.usage"),
        ({"totalUsage": USAGE}, 30, "messageMetadata.totalUsage"),
        ({"totalTokens": 30}, 30, "messageMetadata"),
    ],
)
def test_usage_that_a_server_chose_to_send(read, metadata: Any, total: int, source: str) -> None:
    corpus = read(streamed(*text("Hello"), part("finish", messageMetadata=metadata)))

    assert rows(corpus, "total", "source", frame="usage") == [(total, source)]


def test_an_unknown_part_is_kept_whole() -> None:
    columns = extracted(vercel_ui, [part("sparkle", new="newthing")])

    assert kinds(columns) == ["unknown"]


# --- as it is recorded -----------------------------------------------------------------------------------------------


def test_streams_one_behind_the_other(read) -> None:
    sse = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in STREAM) + "data: [DONE]\n\n"
    corpus = read((sse + sse).encode(), "answer.sse")

    assert rows(corpus, "dialect", "n_chunks", frame="recordings") == [("vercel_ui", len(STREAM) + 1)] * 2
    assert corpus.choices["content"].tolist() == ["Hello there"] * 2
    assert corpus.findings.empty


def test_a_stream_without_its_mark(read) -> None:
    sse = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in STREAM)

    assert read(sse.encode(), "answer.sse").findings["rule"].tolist() == ["sse-frame"]


def test_lines(read) -> None:
    corpus = read("".join(json.dumps(chunk) + "\n" for chunk in STREAM).encode(), "parts.jsonl")

    assert told(corpus) == [("Hello there", "because so", "stop")]
    assert corpus.findings.empty
