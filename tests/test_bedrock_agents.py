"""Hand-made answers of Bedrock's agents, knowledge bases and flows: every member of the unions, and what may go wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
from dialect_kit import envelope, extracted, kinds, rows

from recexplore.model.exchange import Exchange
from recexplore.read.dialects import bedrock_agents, http
from recexplore.read.registry import known

ENDPOINT = "/agents/A1/agentAliases/B1/sessions/s1/text"
EXCEPTIONS = (
    "accessDeniedException",
    "badGatewayException",
    "conflictException",
    "dependencyFailedException",
    "internalServerException",
    "modelNotReadyException",
    "resourceNotFoundException",
    "serviceQuotaExceededException",
    "throttlingException",
    "validationException",
)
CITATION = {
    "generatedResponsePart": {"textResponsePart": {"text": "citedtext", "span": {"start": 0, "end": 9}}},
    "retrievedReferences": [
        {
            "content": {"type": "TEXT", "text": "sourcetext"},
            "location": {"type": "S3", "s3Location": {"uri": "s3://bucket/document"}},
            "metadata": {"page": "pageword"},
        }
    ],
}
FUNCTION = {
    "actionGroup": "groupword",
    "actionInvocationType": "RESULTWORD",
    "agentId": "agentword",
    "function": "lookup",
    "parameters": [{"name": "q", "type": "stringword", "value": "queryword"}],
}
OPERATION = {
    "actionGroup": "groupword",
    "apiPath": "/orders/{id}",
    "httpMethod": "POST",
    "parameters": [{"name": "id", "type": "integerword", "value": "seven"}],
    "requestBody": {
        "content": {"application/json": {"properties": [{"name": "note", "type": "stringword", "value": "noteword"}]}}
    },
}


def part(text: str, **beside: Any) -> dict[str, Any]:
    return {"chunk": {"bytes": text, **beside}}


def trace(**steps: Any) -> dict[str, Any]:
    about = {"agentId": "agentword", "sessionId": "sessionword", "eventTime": "2025-04-03T03:13:02Z"}
    return {"trace": {**about, "trace": steps}}


def rationale(text: str) -> dict[str, Any]:
    return trace(orchestrationTrace={"rationale": {"text": text, "traceId": "traceword"}})


def calling(*inputs: Any) -> dict[str, Any]:
    return {"returnControl": {"invocationId": "call_1", "invocationInputs": list(inputs)}}


def thinking(step: str) -> dict[str, Any]:
    said = {
        "metadata": {"usage": {"inputTokens": 608, "outputTokens": 111}},
        "rawResponse": {"content": "rawword"},
        "reasoningContent": {"reasoningText": {"text": "thoughttext", "signature": "signedwith"}},
    }
    return trace(**{step: {"modelInvocationOutput": said}})


MEMBERS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "a part": (part("saidtext"), ["content"]),
    "a part with citations": (
        part("saidtext", attribution={"citations": [CITATION, CITATION]}),
        ["content", "citation", "citation"],
    ),
    "a rationale": (rationale("thoughttext"), ["annotation"]),
    "a model's reasoning": (thinking("orchestrationTrace"), ["annotation"]),
    "reasoning before": (thinking("preProcessingTrace"), ["annotation"]),
    "reasoning after": (thinking("postProcessingTrace"), ["annotation"]),
    "an input of a model": (
        trace(orchestrationTrace={"modelInvocationInput": {"text": "askedtext", "type": "ORCHESTRATIONWORD"}}),
        ["annotation"],
    ),
    "an observation": (
        trace(orchestrationTrace={"observation": {"finalResponse": {"text": "saidtext"}, "type": "FINISHWORD"}}),
        ["annotation"],
    ),
    "a plan": (
        trace(preProcessingTrace={"modelInvocationOutput": {"parsedResponse": {"rationale": "plantext"}}}),
        ["annotation"],
    ),
    "a routing": (trace(routingClassifierTrace={"observation": {"traceId": "routeword"}}), ["annotation"]),
    "a custom step": (trace(customOrchestrationTrace={"event": {"text": "customtext"}}), ["annotation"]),
    "a guardrail": (
        trace(guardrailTrace={"action": "NONE", "inputAssessments": [{"topicPolicy": "policyword"}]}),
        ["filter", "annotation"],
    ),
    "a failure": (
        trace(failureTrace={"failureReason": "reasontext", "traceId": "failureword"}),
        ["error", "annotation"],
    ),
    "a function": (calling({"functionInvocationInput": FUNCTION}), ["tool_call"]),
    "an operation": (calling({"apiInvocationInput": OPERATION}), ["tool_call"]),
    "files": ({"files": {"files": [{"name": "nameword", "kind": "typeword", "bytes": "aW1n"}]}}, ["annotation"]),
    "an output": ({"output": {"text": "saidtext"}}, ["content"]),
    "a padded output": ({"output": {"text": "saidtext", "p": "paddingword"}}, ["content"]),
    "a citation": ({"citation": {**CITATION, "citation": CITATION}}, ["citation"]),
    "a citation of old": ({"citation": {"citation": CITATION}}, ["citation"]),
    "a guardrail's word": ({"guardrail": {"action": "INTERVENED"}}, ["filter"]),
    "an output of a flow": (
        {"flowOutputEvent": {"content": {"document": "saidtext"}, "nodeName": "nodeword", "nodeType": "outputword"}},
        ["content"],
    ),
    "JSON of a flow": (
        {"flowOutputEvent": {"content": {"document": {"answer": "saidtext"}}, "nodeName": "nodeword"}},
        ["content"],
    ),
    "a question of a flow": (
        {"flowMultiTurnInputRequestEvent": {"content": {"document": "askedtext"}, "nodeName": "nodeword"}},
        ["content"],
    ),
    "a trace of a flow": ({"flowTraceEvent": {"trace": {"nodeInputTrace": {"nodeName": "nodeword"}}}}, ["annotation"]),
    "the end of a flow": ({"flowCompletionEvent": {"completionReason": "SUCCESSWORD"}}, ["finish"]),
    "a retrieved answer": ({"responseEvent": {"text": "saidtext"}}, ["content"]),
    "what was retrieved": (
        {"result": {"results": [{"content": {"text": "foundtext"}}], "generatedResponse": {"answer": "saidtext"}}},
        ["annotation"],
    ),
    "a trace of a retrieval": (
        {"traceEvent": {"id": "idword", "attributes": {"step": "Planning", "message": "messagetext"}}},
        ["annotation"],
    ),
    "a whole answer": (
        {
            "output": {"text": "saidtext"},
            "citations": [CITATION],
            "sessionId": "sessionword",
            "guardrailAction": "NONEWORD",
            "ResponseMetadata": {"RequestId": "requestword"},
        },
        ["content", "citation", "filter"],
    ),
    **{name: ({name: {"message": "it broke", "resourceName": "resourceword"}}, ["error"]) for name in EXCEPTIONS},
}
DOCUMENTED = {name: chunk for name, (chunk, _) in MEMBERS.items()}
STREAM = [
    trace(guardrailTrace={"action": "NONE"}),
    rationale("Look it up."),
    part("Hel"),
    part("lo"),
    part("", attribution={"citations": [CITATION]}),
    {"files": {"files": [{"name": "a.png", "bytes": "aW1n"}]}},
]
RETRIEVED = [
    {"output": {"text": "Hel"}},
    {"output": {"text": "lo"}},
    {"citation": CITATION},
    {"guardrail": {"action": "NONE"}},
]
FLOW = [
    {"flowTraceEvent": {"trace": {"nodeInputTrace": {"nodeName": "In"}}}},
    {"flowOutputEvent": {"content": {"document": "Hello"}}},
    {"flowCompletionEvent": {"completionReason": "SUCCESS"}},
]


def stream(*chunks: Any, endpoint: str = ENDPOINT, **request: Any) -> Any:
    return envelope(list(chunks), endpoint=endpoint, **request)


# --- which dialect ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in MEMBERS if name not in EXCEPTIONS])
def test_every_member_is_recognised(name: str) -> None:
    # What others say under the same name is the agents' where one was asked.
    exchange = Exchange("test", chunks=[DOCUMENTED[name]], streaming=True, endpoint=ENDPOINT)

    assert known().choose(exchange) is bedrock_agents.DIALECT


@pytest.mark.parametrize("body", [{"result": {"results": []}}, {"output": {"text": "x"}}, {"files": {"files": []}}])
def test_members_with_common_names_tell_nothing_alone(body: dict[str, Any]) -> None:
    alone = Exchange("test", chunks=[body], streaming=False, url="https://example.org/search")

    assert known().choose(alone) is http.DIALECT


@pytest.mark.parametrize(
    "endpoint",
    [ENDPOINT, "/agents/session-1", "/flows/F1/aliases/B1", "/retrieveAndGenerateStream", "/agenticRetrieveStream"],
)
def test_a_stream_that_only_fails_is_the_agents_where_one_was_asked(read, endpoint: str) -> None:
    for name in EXCEPTIONS:
        corpus = read(stream({name: {"message": "it broke"}}, endpoint=endpoint))

        assert corpus.recordings["dialect"].tolist() == ["bedrock_agents"]
        assert json.loads(corpus.recordings["error"].item()) == {name: {"message": "it broke"}}


@pytest.mark.parametrize(
    "chunk",
    [
        {"chunk": "text of a document", "id": 1},
        {"chunk": {"text": "of a document"}},
        {"output": "so"},
        {"output": {"message": {"content": []}}, "stopReason": "end_turn"},
        {"trace": ["so"]},
        {"result": "so"},
        {"files": []},
    ],
    ids=str,
)
def test_what_only_looks_alike_is_not_claimed(chunk: Any) -> None:
    assert bedrock_agents.DIALECT.sniff(Exchange("test", chunks=[chunk], endpoint="/x")) == 0.0


@pytest.mark.parametrize(
    "chunks",
    [STREAM, RETRIEVED, FLOW, DOCUMENTED["a whole answer"]],
    ids=["agent", "knowledge base", "flow", "whole"],
)
def test_bare_answers_are_told_from_other_files(read, chunks: Any) -> None:
    corpus = read(chunks)

    assert corpus.recordings[["dialect", "envelope"]].to_numpy().tolist() == [["bedrock_agents", "chunk-list"]]
    assert corpus.choices["content"].tolist() == ["saidtext" if isinstance(chunks, dict) else "Hello"]


# --- what is said ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MEMBERS)
def test_members(name: str) -> None:
    chunk, expected = MEMBERS[name]

    assert kinds(extracted(bedrock_agents, [chunk])) == expected


@pytest.mark.parametrize("chunks", [STREAM, RETRIEVED], ids=["agent", "knowledge base"])
def test_a_stream_that_says_no_reason_is_whole(read, chunks: Any) -> None:
    corpus = read(stream(*chunks))

    assert corpus.recordings[["dialect", "n_chunks", "n_choices"]].to_numpy().tolist() == [
        ["bedrock_agents", len(chunks), 1]
    ]
    assert corpus.choices["content"].tolist() == ["Hello"]
    assert corpus.choices["finish_reason"].isna().all()
    assert "unknown" not in corpus.events["kind"].tolist()
    assert corpus.problems.empty
    assert corpus.findings.empty


def test_padding_is_the_chunks(read) -> None:
    corpus = read(stream(*({"output": {"text": text, "p": "abc"}} for text in ("Hel", "lo"))))

    assert corpus.chunks["obfuscation"].tolist() == ["abc", "abc"]
    assert corpus.events["extra"].isna().all()


def test_a_flow_says_why_it_ends(read) -> None:
    corpus = read(stream(*FLOW, endpoint="/flows/F1/aliases/B1"))

    assert rows(corpus, "content", "finish_reason", frame="choices") == [("Hello", "SUCCESS")]
    assert corpus.findings.empty


def test_a_rationale_stands_beside_the_answer_with_its_trace(read) -> None:
    corpus = read(stream(*STREAM))
    beside = corpus.events.loc[(corpus.events["chunk"] == 1) & (corpus.events["kind"] == "annotation"), "text"].item()

    assert json.loads(beside)["trace"]["orchestrationTrace"]["rationale"]["text"] == "Look it up."
    assert corpus.choices["reasoning"].tolist() == [""]


def test_the_tokens_of_a_step_are_no_usage_of_the_answer(read) -> None:
    corpus = read(stream(thinking("orchestrationTrace"), part("so")))

    assert corpus.usage.empty
    assert any('"inputTokens":608' in text for text in corpus.events["text"].dropna())


def test_control_that_is_handed_back_is_calls_of_the_client(read) -> None:
    corpus = read(stream(calling({"functionInvocationInput": FUNCTION}, {"apiInvocationInput": OPERATION})))

    assert rows(corpus, "tool_index", "id", "name", "arguments", "type", frame="tool_calls") == [
        (0, "call_1", "lookup", '{"q":"queryword"}', None),
        (1, "call_1", "POST /orders/{id}", '{"id":"seven","note":"noteword"}', None),
    ]
    extra = json.loads(corpus.events["extra"].iloc[0])
    assert extra["parameters"] == FUNCTION["parameters"]
    assert extra["actionGroup"] == "groupword"
    assert corpus.findings.empty


@pytest.mark.parametrize(
    "chunk",
    [{"guardrail": {"action": "INTERVENED"}}, trace(guardrailTrace={"action": "INTERVENED"})],
    ids=["knowledge base", "agent"],
)
def test_a_guardrail_that_intervened_is_told(read, chunk: Any) -> None:
    corpus = read(stream(part("Sorry"), chunk))

    assert corpus.findings[["rule", "severity"]].to_numpy().tolist() == [["filtered", "warning"]]


def test_a_failure_is_an_error(read) -> None:
    corpus = read(stream(DOCUMENTED["a failure"]))

    assert "reasontext" in corpus.recordings["error"].item()
    assert corpus.findings["rule"].tolist() == ["inband-error"]


def test_the_model_of_an_inline_agent(read) -> None:
    corpus = read(stream(part("so"), endpoint="/agents/s1", foundationModel="anthropic.claude-x", inputText="Bird?"))

    assert corpus.recordings["model_requested"].tolist() == ["anthropic.claude-x"]


@pytest.mark.parametrize("answer", [[DOCUMENTED["a whole answer"]], FLOW], ids=["knowledge base", "flow"])
def test_answers_one_behind_the_other_are_apart(read, answer: list[Any]) -> None:
    corpus = read(b"\n".join(json.dumps(chunk).encode() for chunk in [*answer, *answer]), name="answers.jsonl")

    assert corpus.recordings["n_chunks"].tolist() == [len(answer)] * 2


# --- what is not as documented ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("item", [{"strangeInput": FUNCTION}, {"functionInvocationInput": "lookup"}, "lookup", {}])
def test_a_call_that_is_none_is_kept_and_noted(read, item: Any) -> None:
    corpus = read(stream(calling(item), part("so")))

    assert json.dumps(item, separators=(",", ":")) in corpus.events["text"].tolist()
    assert len(corpus.problems) == 1
    assert corpus.choices["content"].tolist() == ["so"]


def test_what_is_unknown_is_kept_whole(read) -> None:
    events = read(stream(*STREAM[:3], {"hologram": {"light": "newthing"}}, *STREAM[3:])).events

    assert events.loc[events["chunk"] == 3, ["kind", "text"]].to_numpy().tolist() == [
        ["unknown", '{"hologram":{"light":"newthing"}}']
    ]
