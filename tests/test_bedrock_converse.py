"""Hand-made answers of Bedrock's Converse and ConverseStream: every member of the documentation, and what may go wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
from dialect_kit import envelope, extracted, kinds, rows

from recexplore.model.exchange import Exchange
from recexplore.read.dialects import bedrock_converse
from recexplore.read.registry import known

ENDPOINT = "/model/claude-x/converse-stream"
USAGE = {
    "inputTokens": 10,
    "outputTokens": 20,
    "totalTokens": 30,
    "cacheReadInputTokens": 4,
    "cacheWriteInputTokens": 3,
    "cacheDetails": [{"ttl": "5min", "inputTokens": 3}],
}
CITATION = {
    "title": "citedtitle",
    "source": "citedsource",
    "sourceContent": [{"text": "citedtext"}],
    "location": {"web": {}},
}
TOOL = {"toolUseId": "tooluse_1", "name": "lookup", "type": "server_tool_use_word"}
EXCEPTIONS = (
    "internalServerException",
    "modelStreamErrorException",
    "modelTimeoutException",
    "serviceUnavailableException",
    "throttlingException",
    "validationException",
)


def begins(start: Any, number: int = 0) -> dict[str, Any]:
    return {"contentBlockStart": {"start": start, "contentBlockIndex": number}}


def delta(said: Any, number: int = 0) -> dict[str, Any]:
    return {"contentBlockDelta": {"delta": said, "contentBlockIndex": number}}


def stop(number: int = 0) -> dict[str, Any]:
    return {"contentBlockStop": {"contentBlockIndex": number}}


BLOCKS: dict[str, tuple[dict[str, Any], str]] = {
    "text": ({"text": "saidtext"}, "content"),
    "toolUse": ({"toolUse": {**TOOL, "input": {"q": "queryword"}}}, "tool_call"),
    "reasoningText": ({"reasoningContent": {"reasoningText": {"text": "thoughttext"}}}, "reasoning"),
    "redactedContent": ({"reasoningContent": {"redactedContent": "aGlkZGVu"}}, "annotation"),
    "toolResult": ({"toolResult": {"toolUseId": "tooluse_1", "content": [{"text": "toolsaid"}]}}, "annotation"),
    "guardContent": ({"guardContent": {"text": {"text": "guardedtext"}}}, "annotation"),
    "searchResult": ({"searchResult": {"source": "http://found", "title": "foundtitle"}}, "annotation"),
    "image": ({"image": {"format": "pngword", "source": {"bytes": "aW1n"}}}, "annotation"),
    "document": ({"document": {"name": "documentname"}}, "annotation"),
    "video": ({"video": {"format": "mp4word"}}, "annotation"),
    "audio": ({"audio": {"format": "wavword"}}, "annotation"),
    "cachePoint": ({"cachePoint": {"kind": "defaultword"}}, "annotation"),
}
DELTAS: dict[str, tuple[dict[str, Any], str]] = {
    "text": ({"text": "saidtext"}, "content"),
    "toolUse": ({"toolUse": {"input": '{"q":'}}, "tool_call"),
    "reasoning": ({"reasoningContent": {"text": "thoughttext"}}, "reasoning"),
    "signature": ({"reasoningContent": {"signature": "signedwith"}}, "annotation"),
    "redactedContent": ({"reasoningContent": {"redactedContent": "aGlkZGVu"}}, "annotation"),
    "citation": ({"citation": CITATION}, "citation"),
    "toolResult": ({"toolResult": [{"text": "toolsaid"}]}, "annotation"),
    "image": ({"image": {"source": {"bytes": "aW1n"}}}, "annotation"),
}
STARTS: dict[str, tuple[dict[str, Any], str]] = {
    "toolUse": ({"toolUse": TOOL}, "tool_call"),
    "toolResult": ({"toolResult": {"toolUseId": "tooluse_1", "status": "success"}}, "annotation"),
    "image": ({"image": {"format": "pngword"}}, "annotation"),
}
WHOLE = {
    "output": {
        "message": {
            "role": "assistant",
            "content": [
                {"reasoningContent": {"reasoningText": {"text": "whytext", "signature": "signedwith"}}},
                *(block for block, _ in BLOCKS.values()),
            ],
        }
    },
    "stopReason": "tool_use",
    "usage": USAGE,
    "metrics": {"latencyMs": 1234},
    "additionalModelResponseFields": {"k": "additionalword"},
    "trace": {"guardrail": {"modelOutput": ["tracedword"]}},
    "performanceConfig": {"latency": "standardword"},
    "serviceTier": {"kind": "tierword"},
    "ResponseMetadata": {"RequestId": "req_1", "HTTPStatusCode": 200},
}
DOCUMENTED: dict[str, dict[str, Any]] = {
    "messageStart": {"messageStart": {"role": "assistant"}},
    "messageStop": {
        "messageStop": {"stopReason": "end_turn", "additionalModelResponseFields": {"k": "additionalword"}}
    },
    "metadata": {
        "metadata": {
            "usage": USAGE,
            "metrics": {"latencyMs": 1234},
            "trace": {"guardrail": {"modelOutput": ["tracedword"]}},
            "performanceConfig": {"latency": "optimizedword"},
            "serviceTier": {"kind": "tierword"},
        }
    },
    "contentBlockStop": stop(),
    **{f"start {name}": begins(said) for name, (said, _) in STARTS.items()},
    **{f"delta {name}": delta(said) for name, (said, _) in DELTAS.items()},
    **{name: {name: {"message": "it broke", "originalStatusCode": 500}} for name in EXCEPTIONS},
    "whole": WHOLE,
}

STREAM = [
    DOCUMENTED["messageStart"],
    delta({"reasoningContent": {"text": "because "}}),
    delta({"reasoningContent": {"text": "so"}}),
    delta({"reasoningContent": {"signature": "signedwith"}}),
    stop(),
    delta({"text": "Hel"}, 1),
    delta({"text": "lo"}, 1),
    delta({"citation": CITATION}, 1),
    stop(1),
    begins({"toolUse": TOOL}, 2),
    delta({"toolUse": {"input": '{"q"'}}, 2),
    delta({"toolUse": {"input": ":1}"}}, 2),
    stop(2),
    {"messageStop": {"stopReason": "tool_use"}},
    DOCUMENTED["metadata"],
]


def stream(*chunks: Any) -> Any:
    return envelope(list(chunks), endpoint=ENDPOINT)


def whole(body: Any) -> Any:
    return envelope(body, endpoint="/model/claude-x/converse", streaming=False)


def answering(*blocks: Any) -> dict[str, Any]:
    return {
        "output": {"message": {"role": "assistant", "content": list(blocks)}},
        "stopReason": "end_turn",
        "usage": USAGE,
    }


# --- which dialect ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in DOCUMENTED if name not in EXCEPTIONS])
def test_every_member_is_recognised(name: str) -> None:
    assert known().choose(Exchange("test", chunks=[DOCUMENTED[name]])) is bedrock_converse.DIALECT


@pytest.mark.parametrize("name", EXCEPTIONS)
def test_a_stream_that_only_fails_is_recognised(name: str) -> None:
    assert (
        known().choose(Exchange("test", chunks=[DOCUMENTED[name]], endpoint=ENDPOINT, streaming=True))
        is bedrock_converse.DIALECT
    )


# --- a stream --------------------------------------------------------------------------------------------------------


def test_a_stream(read) -> None:
    corpus = read(stream(*STREAM))

    assert corpus.recordings[["dialect", "n_chunks", "n_choices"]].to_numpy().tolist() == [
        ["bedrock_converse", len(STREAM), 1]
    ]
    assert rows(corpus, "role", "content", "reasoning", "finish_reason", frame="choices") == [
        ("assistant", "Hello", "because so", "tool_use")
    ]
    assert rows(corpus, "tool_index", "id", "name", "arguments", frame="tool_calls") == [
        (0, "tooluse_1", "lookup", '{"q":1}')
    ]
    figures = ("chunk", "prompt", "completion", "total", "cached", "cache_write", "prompt_includes_cached")
    assert rows(corpus, *figures, frame="usage") == [(14, 10, 20, 30, 4, 3, False)]
    assert set(corpus.events.loc[corpus.events["kind"] == "tool_call", "block"]) == {2}
    assert "unknown" not in corpus.events["kind"].tolist()
    assert corpus.problems.empty


@pytest.mark.parametrize("name", DELTAS)
def test_deltas(name: str) -> None:
    said, kind = DELTAS[name]

    assert kinds(extracted(bedrock_converse, [delta(said)])) == [kind]


@pytest.mark.parametrize("name", STARTS)
def test_starts(name: str) -> None:
    said, kind = STARTS[name]

    assert kinds(extracted(bedrock_converse, [begins(said)])) == [kind]


@pytest.mark.parametrize("name", EXCEPTIONS)
def test_exceptions(read, name: str) -> None:
    corpus = read(stream(*STREAM[:6], DOCUMENTED[name]))

    assert json.loads(corpus.recordings["error"].item())[name]["message"] == "it broke"
    assert corpus.choices["content"].tolist() == ["Hel"]


@pytest.mark.parametrize(
    "reason",
    [
        "end_turn",
        "tool_use",
        "max_tokens",
        "stop_sequence",
        "guardrail_intervened",
        "content_filtered",
        "malformed_model_output",
        "malformed_tool_use",
        "model_context_window_exceeded",
    ],
)
def test_why_it_ends(read, reason: str) -> None:
    corpus = read(stream(*STREAM[:7], {"messageStop": {"stopReason": reason}}))

    assert corpus.choices["finish_reason"].tolist() == [reason]


def test_what_it_took_is_kept(read) -> None:
    events = read(stream(*STREAM)).events
    said = json.loads(events.loc[(events["chunk"] == 14) & (events["kind"] == "annotation"), "text"].item())

    assert set(said) == {"metrics", "trace", "performanceConfig", "serviceTier"}


def test_nova_names_caches_and_limits_otherwise(read) -> None:
    usage = {"inputTokens": 5, "outputTokens": 2, "cacheReadInputTokenCount": 3, "cacheWriteInputTokenCount": 0}
    chunks = [*STREAM[:1], delta({"text": "A wren"}), {"metadata": {"usage": usage, "metrics": {}, "trace": {}}}]
    corpus = read(
        envelope(
            chunks,
            endpoint="/model/amazon.nova-x/invoke-with-response-stream",
            schemaVersion="messages-v1",
            inferenceConfig={"max_new_tokens": 9},
        )
    )

    assert rows(corpus, "prompt", "completion", "cached", "cache_write", "extra", frame="usage") == [(5, 2, 3, 0, None)]
    assert corpus.requests["max_tokens"].tolist() == [9]
    assert corpus.recordings["model_requested"].tolist() == ["amazon.nova-x"]


def test_two_calls_are_told_apart(read) -> None:
    def call(number: int, name: str) -> list[Any]:
        start = begins({"toolUse": {"toolUseId": f"t_{number}", "name": name}}, number)
        return [start, delta({"toolUse": {"input": "{}"}}, number), stop(number)]

    corpus = read(stream(*STREAM[:1], *call(0, "f"), *call(1, "g")))

    assert rows(corpus, "tool_index", "id", "name", frame="tool_calls") == [(0, "t_0", "f"), (1, "t_1", "g")]


@pytest.mark.parametrize("chunk", [{"hologram": {"light": "newthing"}}, delta({"hologram": "newthing"})], ids=str)
def test_what_is_unknown_is_kept_whole(read, chunk: Any) -> None:
    corpus = read(stream(*STREAM[:6], chunk, *STREAM[6:]))
    events = corpus.events[corpus.events["chunk"] == 6]

    assert events["kind"].tolist() == ["unknown"]
    assert "newthing" in events["text"].item()
    assert corpus.choices["content"].tolist() == ["Hello"]


# --- whole answers ---------------------------------------------------------------------------------------------------


def test_a_whole_answer(read) -> None:
    corpus = read(whole(WHOLE))

    assert corpus.recordings[["dialect", "n_chunks", "streaming"]].to_numpy().tolist() == [
        ["bedrock_converse", 1, False]
    ]
    assert rows(corpus, "role", "content", "reasoning", "finish_reason", frame="choices") == [
        ("assistant", "saidtext", "whytextthoughttext", "tool_use")
    ]
    assert rows(corpus, "id", "name", "arguments", frame="tool_calls") == [("tooluse_1", "lookup", '{"q":"queryword"}')]
    assert corpus.usage[["prompt", "completion", "total"]].to_numpy().tolist() == [[10, 20, 30]]
    assert corpus.problems.empty


@pytest.mark.parametrize("name", BLOCKS)
def test_blocks(name: str) -> None:
    block, kind = BLOCKS[name]

    assert kinds(extracted(bedrock_converse, [answering(block)])) == ["role", kind, "finish", "usage"]


def test_text_that_comes_with_its_citations_is_text(read) -> None:
    """`citationsContent` holds generated text and what it is cited from."""
    block = {"citationsContent": {"content": [{"text": "cited "}, {"text": "answer"}], "citations": [CITATION]}}
    corpus = read(whole(answering({"text": "The "}, block)))

    assert corpus.choices["content"].tolist() == ["The cited answer"]
    assert (corpus.events["kind"] == "citation").sum() == 1
