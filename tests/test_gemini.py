"""Hand-made answers of Gemini's ``generateContent``: every field of the documentation, in both spellings."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from dialect_kit import envelope, extracted, kinds, rows

from recexplore.model.exchange import Exchange
from recexplore.read.dialects import gemini
from recexplore.read.registry import known
from recexplore.testing.extracted import lost_words

ENDPOINT = "/v1beta/models/gemini-x:streamGenerateContent"
NUMBERS = frozenset(["index", "thought"])
SAFETY = [{"category": "HARM_CATEGORY_HARASSMENT", "probability": "LOWPROBABLE", "blocked": False}]
USAGE = {
    "promptTokenCount": 10,
    "candidatesTokenCount": 20,
    "totalTokenCount": 35,
    "cachedContentTokenCount": 4,
    "thoughtsTokenCount": 5,
    "toolUsePromptTokenCount": 6,
    "promptTokensDetails": [{"modality": "TEXTUAL", "tokenCount": 10}],
}


def candidate(*parts: Any, index: Any = 0, **fields: Any) -> dict[str, Any]:
    return {"content": {"parts": list(parts), "role": "model"}, "index": index, **fields}


def chunk(*candidates: Any, **fields: Any) -> dict[str, Any]:
    return {"candidates": list(candidates), "modelVersion": "gemini-x", "responseId": "resp_1", **fields}


def says(text: str, **fields: Any) -> dict[str, Any]:
    return chunk(candidate({"text": text}), **fields)


def snake(value: Any) -> Any:
    """The value in the spelling of the Python SDK."""
    if isinstance(value, dict):
        return {re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", key).lower(): snake(each) for key, each in value.items()}
    return [snake(each) for each in value] if isinstance(value, list) else value


CALL = {"functionCall": {"id": "call_1", "name": "lookup", "args": {"q": "queryword"}}}
PARTS: dict[str, tuple[dict[str, Any], str]] = {
    "text": ({"text": "saidtext"}, "content"),
    "text that is signed": ({"text": "saidtext", "thoughtSignature": "signedwith"}, "content"),
    "a thought": ({"text": "thoughttext", "thought": True}, "reasoning"),
    "a signature": ({"text": "", "thoughtSignature": "signedwith"}, "annotation"),
    "a signature alone": ({"thoughtSignature": "signedwith"}, "annotation"),
    "functionCall": ({**CALL, "thoughtSignature": "signedwith"}, "tool_call"),
    "functionResponse": ({"functionResponse": {"name": "lookup", "response": {"r": "responded"}}}, "annotation"),
    "executableCode": ({"executableCode": {"language": "PYTHONIC", "code": "print(1)"}}, "tool_call"),
    "codeExecutionResult": ({"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "printed"}}, "annotation"),
    "toolCall": (
        {"toolCall": {"id": "tc_1", "toolType": "GOOGLE_SEARCH_WEB", "args": {"q": "queryword"}}},
        "tool_call",
    ),
    "toolResponse": (
        {"toolResponse": {"id": "tc_1", "toolType": "GOOGLE_SEARCH_WEB", "response": {"a": "b"}}},
        "annotation",
    ),
    "inlineData": ({"inlineData": {"mimeType": "image/png", "data": "aW1n"}}, "annotation"),
    "fileData": ({"fileData": {"mimeType": "image/png", "fileUri": "gs://file"}}, "annotation"),
    "video": ({"fileData": {"fileUri": "gs://f"}, "videoMetadata": {"startOffset": "1sec"}}, "annotation"),
    "partMetadata": ({"text": "saidtext", "partMetadata": {"k": "metaword"}}, "content"),
    "mediaResolution": ({"inlineData": {"data": "aW1n"}, "mediaResolution": {"level": "HIGHLEVEL"}}, "annotation"),
}
BESIDE: dict[str, tuple[Any, str]] = {
    "safetyRatings": (SAFETY, "filter"),
    "citationMetadata": ({"citationSources": [{"uri": "http://cited"}]}, "citation"),
    "groundingMetadata": (
        {"groundingChunks": [{"web": {"uri": "http://grounds"}}], "webSearchQueries": ["q1"]},
        "citation",
    ),
    "urlContextMetadata": ({"urlMetadata": [{"retrievedUrl": "http://fetched"}]}, "annotation"),
    "logprobsResult": ({"chosenCandidates": [{"token": "tokenword", "logProbability": -0.5}]}, "logprobs"),
    "groundingAttributions": ([{"content": {"parts": [{"text": "attributed"}]}}], "annotation"),
    "finishMessage": ("stoppedbecause", "annotation"),
}
REASONS = (
    "STOP",
    "MAX_TOKENS",
    "SAFETY",
    "RECITATION",
    "LANGUAGE",
    "OTHER",
    "BLOCKLIST",
    "PROHIBITED_CONTENT",
    "SPII",
    "MALFORMED_FUNCTION_CALL",
    "IMAGE_SAFETY",
    "UNEXPECTED_TOOL_CALL",
)

DOCUMENTED: dict[str, dict[str, Any]] = {
    **{name: chunk(candidate(part)) for name, (part, _) in PARTS.items()},
    **{name: chunk(candidate({"text": "saidtext"}, **{name: value})) for name, (value, _) in BESIDE.items()},
    "the end": chunk(candidate(finishReason="STOP", finishMessage="why", avgLogprobs=-0.5, tokenCount=3)),
    "usage": {"usageMetadata": USAGE, "modelVersion": "gemini-x", "responseId": "resp_1"},
    "traffic": says("saidtext", usageMetadata={"trafficType": "ON_DEMAND_TRAFFIC"}),
    "promptFeedback": {
        "promptFeedback": {"blockReason": "BLOCKEDFOR", "safetyRatings": SAFETY},
        "usageMetadata": USAGE,
    },
    "modelStatus": says("saidtext", modelStatus={"modelStage": "STAGEWORD"}, createTime="2025-01-01T00:00:00Z"),
    "two candidates": chunk(candidate({"text": "firsttext"}), candidate({"text": "secondtext"}, index=1)),
}
DOCUMENTED |= {f"{name} in snake case": snake(value) for name, value in DOCUMENTED.items()}

STREAM = [
    chunk(candidate({"text": "because", "thought": True})),
    says("Hel"),
    says("lo", usageMetadata={"promptTokenCount": 10, "totalTokenCount": 10}),
    chunk(candidate(CALL, {"functionCall": {"name": "other"}})),
    chunk(candidate(finishReason="STOP", safetyRatings=SAFETY), usageMetadata=USAGE),
]


def stream(*chunks: Any) -> Any:
    return envelope(list(chunks), endpoint=ENDPOINT, stream=True)


# --- which dialect ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DOCUMENTED)
def test_every_answer_is_recognised(name: str) -> None:
    assert known().choose(Exchange("test", chunks=[DOCUMENTED[name]])) is gemini.DIALECT


@pytest.mark.parametrize(
    "endpoint", [ENDPOINT, "/generate_content_stream", "/generate_content", "models/m:generateContent"]
)
def test_an_error_in_place_of_an_answer(read, endpoint: str) -> None:
    body = {"error": {"code": 404, "message": "no such model", "status": "NOT_FOUND"}}
    corpus = read(envelope(body, endpoint=endpoint, streaming=False))

    assert corpus.recordings["dialect"].tolist() == ["gemini"]
    assert json.loads(corpus.recordings["error"].item()) == body["error"]


# --- a stream --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spelling", [lambda value: value, snake], ids=["camel", "snake"])
def test_a_stream(read, spelling: Any) -> None:
    corpus = read(stream(*map(spelling, STREAM)))

    assert corpus.recordings[["dialect", "n_chunks", "n_choices", "model_served"]].to_numpy().tolist() == [
        ["gemini", 5, 1, "gemini-x"]
    ]
    assert rows(corpus, "role", "content", "reasoning", "finish_reason", frame="choices") == [
        ("model", "Hello", "because", "STOP")
    ]
    assert rows(corpus, "tool_index", "id", "name", "arguments", frame="tool_calls") == [
        (0, "call_1", "lookup", '{"q":"queryword"}'),
        (1, None, "other", "{}"),
    ]
    figures = ("chunk", "prompt", "completion", "total", "cached", "reasoning", "completion_includes_reasoning")
    assert rows(corpus, *figures, frame="usage") == [(2, 10, None, 10, None, None, False), (4, 10, 20, 35, 4, 5, False)]
    assert corpus.chunks["id"].tolist() == ["resp_1"] * 5
    assert "unknown" not in corpus.events["kind"].tolist()
    assert corpus.problems.empty


@pytest.mark.parametrize("spelling", [lambda value: value, snake], ids=["camel", "snake"])
@pytest.mark.parametrize("name", PARTS)
def test_parts(name: str, spelling: Any) -> None:
    part, kind = PARTS[name]

    assert kinds(extracted(gemini, [spelling(chunk(candidate(part)))])) == ["role", kind]


@pytest.mark.parametrize("spelling", [lambda value: value, snake], ids=["camel", "snake"])
@pytest.mark.parametrize("name", BESIDE)
def test_what_stands_beside_the_parts(name: str, spelling: Any) -> None:
    value, kind = BESIDE[name]

    assert kinds(extracted(gemini, [spelling(chunk(candidate({"text": "a"}, **{name: value})))])) == [
        "role",
        "content",
        kind,
    ]


def test_several_candidates(read) -> None:
    corpus = read(
        stream(
            chunk(candidate({"text": "a"}), candidate({"text": "b"}, index=1)),
            chunk(candidate({"text": "d"}, index=1, finishReason="STOP")),
            chunk(candidate({"text": "c"}, index=0, finishReason="MAX_TOKENS")),
        )
    )

    assert rows(corpus, "choice", "content", "finish_reason", frame="choices") == [
        (0, "ac", "MAX_TOKENS"),
        (1, "bd", "STOP"),
    ]
    assert corpus.chunks["n_choices"].tolist() == [2, 1, 1]


def test_candidates_without_a_number_are_numbered_by_their_place(read) -> None:
    """The SDK writes null where the wire says nothing."""
    both = chunk(candidate({"text": "a"}, index=None), candidate({"text": "b"}, index=None))

    assert rows(read(stream(both, both)), "choice", "content", frame="choices") == [(0, "aa"), (1, "bb")]


def test_calls_of_several_chunks_are_calls_of_their_own(read) -> None:
    corpus = read(stream(chunk(candidate(CALL)), chunk(candidate(CALL)), chunk(candidate(CALL, CALL))))

    assert corpus.tool_calls["tool_index"].tolist() == [0, 1, 2, 3]
    assert set(corpus.tool_calls["arguments"]) == {'{"q":"queryword"}'}


@pytest.mark.parametrize("reason", REASONS)
def test_why_it_ends(read, reason: str) -> None:
    assert read(stream(says("a"), chunk(candidate(finishReason=reason)))).choices["finish_reason"].tolist() == [reason]


def test_a_prompt_that_was_blocked(read) -> None:
    corpus = read(stream(DOCUMENTED["promptFeedback"]))

    assert corpus.recordings[["dialect", "n_choices"]].to_numpy().tolist() == [["gemini", 0]]
    assert rows(corpus, "kind", "choice") == [("filter", None), ("usage", None)]
    assert "BLOCKEDFOR" in corpus.events["text"][0]


def test_what_kind_of_traffic_it_is_is_no_usage(read) -> None:
    corpus = read(stream(DOCUMENTED["traffic"]))

    assert corpus.usage.empty
    assert "ON_DEMAND_TRAFFIC" in corpus.chunks["extra"].item()


def test_an_error_in_the_stream(read) -> None:
    corpus = read(stream(says("a"), {"error": {"code": 503, "message": "too busy"}}))

    assert json.loads(corpus.recordings["error"].item()) == {"code": 503, "message": "too busy"}
    assert corpus.choices["content"].tolist() == ["a"]


def test_a_part_of_another_kind_is_unknown(read) -> None:
    corpus = read(stream(chunk(candidate({"hologram": {"light": "newthing"}}))))

    assert corpus.events["kind"].tolist() == ["role", "unknown"]
    assert "newthing" in corpus.events["text"][1]


@pytest.mark.parametrize("args", [None, {}])
def test_a_call_without_arguments(read, args: Any) -> None:
    corpus = read(stream(chunk(candidate({"functionCall": {"name": "f", "args": args}}))))

    assert rows(corpus, "name", "arguments", "arguments_valid", frame="tool_calls") == [("f", "{}", True)]


# --- whole answers ---------------------------------------------------------------------------------------------------


def test_a_whole_answer(read) -> None:
    body = chunk(
        candidate({"text": "why", "thought": True}, {"text": "so"}, CALL, finishReason="STOP"), usageMetadata=USAGE
    )
    corpus = read(envelope(body, endpoint="/v1beta/models/gemini-x:generateContent", streaming=False))

    assert corpus.recordings[["dialect", "n_chunks", "streaming"]].to_numpy().tolist() == [["gemini", 1, False]]
    assert rows(corpus, "role", "content", "reasoning", "finish_reason", frame="choices") == [
        ("model", "so", "why", "STOP")
    ]
    assert corpus.tool_calls["name"].tolist() == ["lookup"]
    assert corpus.usage["total"].tolist() == [35]


# --- nothing is lost -------------------------------------------------------------------------------------------------


def test_a_field_in_both_spellings_is_not_dropped() -> None:
    assert (
        lost_words(gemini.DIALECT, {"modelVersion": "camelword", "model_version": "snakeword", "candidates": []}) == []
    )


@pytest.mark.parametrize(
    ("host", "number", "name"),
    [
        ("us-central1-aiplatform.googleapis.com", 1, "STOP"),
        ("aiplatform.eu.rep.googleapis.com", 6, "BLOCKLIST"),
        ("aiplatform.googleapis.com", 9, "MALFORMED_FUNCTION_CALL"),
        ("generativelanguage.googleapis.com", 6, "LANGUAGE"),
        ("generativelanguage.googleapis.com", 10, "MALFORMED_FUNCTION_CALL"),
        ("generativelanguage.googleapis.com", 99, "99"),
    ],
)
def test_enums_that_came_as_numbers_have_their_names(read, host: str, number: int, name: str) -> None:
    answer = {"candidates": [{"content": {"parts": [{"text": "a"}]}, "finishReason": number}]}
    made = envelope([answer], endpoint=ENDPOINT)
    made["request"]["url"] = f"https://{host}{ENDPOINT}"

    corpus = read(made)

    assert corpus.choices["finish_reason"].tolist() == [name]
    if name != "99":
        assert corpus.events["extra"].dropna().tolist() == [
            json.dumps({"finish_reason": number}, separators=(",", ":"))
        ]


def test_ratings_and_block_reasons_that_came_as_numbers_have_their_names(read) -> None:
    ratings = [{"category": 2, "probability": 4, "severity": 3, "blocked": True}, "odd"]
    corpus = read(envelope([{"promptFeedback": {"blockReason": 1, "safetyRatings": ratings}}], endpoint=ENDPOINT))

    (said,) = corpus.events.loc[corpus.events["kind"] == "filter", "text"]
    assert json.loads(said) == {
        "blockReason": "SAFETY",
        "safetyRatings": [
            {
                "category": "HARM_CATEGORY_DANGEROUS_CONTENT",
                "probability": "HIGH",
                "severity": "HARM_SEVERITY_MEDIUM",
                "blocked": True,
            },
            "odd",
        ],
    }


@pytest.mark.parametrize(
    "path", ["/v1beta/cachedContents", "/v1beta/models/m:embedContent", "/v1beta/models/m:countTokens"]
)
def test_usage_alone_is_no_answer(read, path: str) -> None:
    made = envelope([{"name": "cachedContents/c1", "usageMetadata": {"totalTokenCount": 2048}}], endpoint=path)
    made["response"]["is_streaming"] = False

    assert read(made).recordings["dialect"].tolist() == ["http"]


def test_usage_alone_is_an_answer_where_one_was_asked_for(read) -> None:
    corpus = read(envelope([{"usageMetadata": {"totalTokenCount": 2048}}], endpoint=ENDPOINT))

    assert corpus.recordings["dialect"].tolist() == ["gemini"]
