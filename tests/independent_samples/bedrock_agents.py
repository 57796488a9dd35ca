"""Amazon Bedrock: the streams of agents and of knowledge bases.

Shapes: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent-runtime_InvokeAgent.html and
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent-runtime_RetrieveAndGenerateStream.html. An agent that was
told to answer in JSON answers in JSON, which is its text all the same.
"""

from __future__ import annotations

import base64
from typing import Any, Final

from independent_samples.bodies import Body, agent_frames, whole
from independent_samples.sample import Sample, choice, said

__all__ = ["SAMPLES"]

_AGENTS: Final = "https://bedrock-agent-runtime.us-east-1.amazonaws.com"
_OF: Final = {"agentId": "A1", "agentAliasId": "B1", "sessionId": "s1", "agentVersion": "3"}


def _said(text: str, **more: Any) -> dict[str, Any]:
    return {"chunk": {"bytes": base64.b64encode(text.encode()).decode(), **more}}


def _trace(**trace: Any) -> dict[str, Any]:
    return {"trace": {**_OF, "trace": {"orchestrationTrace": {**trace}}}}


def _agent(name: str, members: list[dict[str, Any]], meant: dict[str, Any], **more: Any) -> Sample:
    url = f"{_AGENTS}/agents/A1/agentAliases/B1/sessions/s1/text"
    return Sample(
        "bedrock_agent", name, agent_frames(members), meant, url, {"inputText": "Bird?", "enableTrace": True}, **more
    )


def _knowledge_base(name: str, body: Body, meant: dict[str, Any], **more: Any) -> Sample:
    url = f"{_AGENTS}/retrieveAndGenerate{'Stream' if body.is_streamed else ''}"
    return Sample("bedrock_knowledge_base", name, body, meant, url, {"input": {"text": "Which bird?"}}, **more)


_CITATION: Final = {
    "generatedResponsePart": {"textResponsePart": {"span": {"start": 0, "end": 6}, "text": "A wren."}},
    "retrievedReferences": [
        {
            "content": {"text": "Wrens nest in walls."},
            "location": {"type": "S3", "s3Location": {"uri": "s3://birds/wren.txt"}},
        }
    ],
}

SAMPLES: Final = (
    _agent(
        "traces, then the text in two chunks with its sources",
        [
            _trace(modelInvocationInput={"traceId": "t-1", "text": "{}", "type": "ORCHESTRATION"}),
            _trace(rationale={"traceId": "t-1", "text": "Look it up."}),
            _trace(
                invocationInput={
                    "traceId": "t-1",
                    "invocationType": "ACTION_GROUP",
                    "actionGroupInvocationInput": {"actionGroupName": "birds", "function": "find_bird"},
                }
            ),
            _trace(observation={"traceId": "t-1", "type": "FINISH", "finalResponse": {"text": "A wren…"}}),
            _said("A wr"),
            _said("en…", attribution={"citations": [_CITATION]}),
        ],
        said(choice("A wren…")),
    ),
    _agent("a text that is JSON", [_said('{"bird": "wren"}')], said(choice('{"bird": "wren"}'))),
    _agent("a text that is a number, and one of blanks", [_said("42"), _said(" "), _said("x")], said(choice("42 x"))),
    _agent(
        "a call that is given back to the client",
        [
            _trace(rationale={"traceId": "t-1", "text": "Ask the client."}),
            {
                "returnControl": {
                    "invocationId": "i-1",
                    "invocationInputs": [
                        {
                            "functionInvocationInput": {
                                "actionGroup": "birds",
                                "function": "find_bird",
                                "parameters": [{"name": "place", "type": "string", "value": "old wall"}],
                            }
                        }
                    ],
                }
            },
        ],
        said(choice(), tools=[("find_bird", {"place": "old wall"})]),
    ),
    _agent(
        "a file, and an exception at the end",
        [
            _said("A wren."),
            {"files": {"files": [{"bytes": "aGVsbG8=", "name": "wren.txt", "type": "text/plain"}]}},
            {"dependencyFailedException": {"message": "Access denied.", "resourceName": "birds"}},
        ],
        said(choice("A wren.")),
        is_failing=True,
    ),
    _knowledge_base(
        "streamed",
        agent_frames(
            [
                {"output": {"text": "A wr"}},
                {"output": {"text": "en."}},
                {"citation": {"citation": _CITATION}},
                {"guardrail": {"action": "NONE"}},
            ]
        ),
        said(choice("A wren.")),
    ),
    _knowledge_base(
        "streamed, with padding, the guardrail intervened",
        agent_frames(
            [
                {"output": {"text": "I cannot ", "p": "abc"}},
                {"output": {"text": "say.", "p": "abcdefghij"}},
                {"guardrail": {"action": "INTERVENED", "p": "ab"}},
            ]
        ),
        said(choice("I cannot say.")),
    ),
    _knowledge_base(
        "whole",
        whole(
            {
                "citations": [_CITATION],
                "guardrailAction": "NONE",
                "output": {"text": "A wren."},
                "sessionId": "s1",
            }
        ),
        said(choice("A wren.")),
    ),
)
