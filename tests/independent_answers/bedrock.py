"""Amazon Bedrock: the bodies that models have of their own, Converse, and the streams of agents.

Models: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html. A chunk is what the ``bytes`` of a frame
hold. Agents: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent-runtime_ResponseStream.html
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

from independent_answers.answer import Answer, Api

__all__ = ["APIS"]

_METRICS = "amazon-bedrock-invocationMetrics"


def _report(answer: Answer, prompt: Any, completion: Any, **more: Any) -> None:
    if prompt is not None or completion is not None:
        answer.report(prompt, completion, **more)


def _with_metrics(read: Callable[[Any, Answer], None]) -> Callable[[Any, Answer], None]:
    """The last chunk of every model's stream says what was counted."""

    def read_both(chunk: Any, answer: Answer) -> None:
        read(chunk, answer)
        metrics = chunk.get(_METRICS) or {}
        _report(answer, metrics.get("inputTokenCount"), metrics.get("outputTokenCount"))

    return read_both


def _titan(chunk: Any, answer: Answer) -> None:
    for place, result in enumerate(chunk.get("results") or [chunk]):
        answer.add("content", result.get("outputText"), place)
        answer.finish(result.get("completionReason"), place)
        counted = result.get("tokenCount", result.get("totalOutputTextTokenCount"))
        _report(answer, chunk.get("inputTextTokenCount"), counted)


def _llama(chunk: Any, answer: Answer) -> None:
    answer.add("content", chunk.get("generation"))
    answer.finish(chunk.get("stop_reason"))
    _report(answer, chunk.get("prompt_token_count"), chunk.get("generation_token_count"))


def _mistral(chunk: Any, answer: Answer) -> None:
    for place, output in enumerate(chunk["outputs"]):
        answer.add("content", output["text"], place)
        answer.finish(output.get("stop_reason"), place)


def _cohere(chunk: Any, answer: Answer) -> None:
    for place, generation in enumerate(chunk.get("generations") or [chunk]):
        number = generation.get("index", place)
        answer.add("content", generation.get("text"), number)
        answer.finish(generation.get("finish_reason"), number)


def _ai21(chunk: Any, answer: Answer) -> None:
    for place, completion in enumerate(chunk["completions"]):
        answer.add("content", completion["data"]["text"], place)
        answer.finish(completion["finishReason"]["reason"], place)


def _claude_text(chunk: Any, answer: Answer) -> None:
    answer.add("content", chunk["completion"])
    answer.finish(chunk.get("stop_reason"))


def _converse(chunk: Any, answer: Answer) -> None:
    """https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html"""
    whole = (chunk.get("output") or {}).get("message") or {}
    blocks = list(enumerate(whole.get("content") or []))
    for member, field in (("contentBlockStart", "start"), ("contentBlockDelta", "delta")):
        if said := chunk.get(member):
            blocks.append((said["contentBlockIndex"], said[field]))
    for number, block in blocks:
        answer.add("content", block.get("text"))
        thought = block.get("reasoningContent") or {}
        answer.add("reasoning", thought.get("text") or (thought.get("reasoningText") or {}).get("text"))
        if call := block.get("toolUse"):
            given = call.get("input", "")
            answer.call(number, call.get("name"), given if isinstance(given, str) else json.dumps(given))
    answer.finish(chunk.get("stopReason") or (chunk.get("messageStop") or {}).get("stopReason"))
    if report := chunk.get("usage") or (chunk.get("metadata") or {}).get("usage"):
        # Nova names the caches otherwise where it is asked in its own form.
        cached = report.get("cacheReadInputTokens", report.get("cacheReadInputTokenCount"))
        answer.report(report.get("inputTokens"), report.get("outputTokens"), report.get("totalTokens"), cached)


def _agent(chunk: Any, answer: Answer) -> None:
    if said := chunk.get("chunk"):
        answer.add("content", base64.b64decode(said["bytes"]).decode())
    for asked in (chunk.get("returnControl") or {}).get("invocationInputs") or []:
        call = asked["functionInvocationInput"]
        given = {parameter["name"]: parameter["value"] for parameter in call["parameters"]}
        answer.call(len(answer.tools), call["function"], json.dumps(given))


def _knowledge_base(chunk: Any, answer: Answer) -> None:
    """https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent-runtime_RetrieveAndGenerateStream.html"""
    answer.add("content", (chunk.get("output") or {}).get("text"))


_CONVERSE = {"messageStart", "contentBlockStart", "contentBlockDelta", "messageStop", "stopReason"}

APIS = {
    "bedrock_titan": Api(
        lambda chunk: "outputText" in chunk or {"results", "inputTextTokenCount"} <= chunk.keys(), _with_metrics(_titan)
    ),
    "bedrock_llama": Api(lambda chunk: "generation" in chunk, _with_metrics(_llama)),
    "bedrock_mistral": Api(lambda chunk: "outputs" in chunk and "object" not in chunk, _with_metrics(_mistral)),
    "bedrock_cohere": Api(
        lambda chunk: (
            "generations" in chunk or ({"is_finished", "index"} <= chunk.keys() and "event_type" not in chunk)
        ),
        _with_metrics(_cohere),
    ),
    "bedrock_ai21": Api(lambda chunk: "completions" in chunk, _with_metrics(_ai21)),
    "bedrock_claude_text": Api(lambda chunk: {"completion", "stop"} <= chunk.keys(), _with_metrics(_claude_text)),
    "bedrock_converse": Api(lambda chunk: not _CONVERSE.isdisjoint(chunk), _converse),
    "bedrock_agent": Api(lambda chunk: "bytes" in (chunk.get("chunk") or {}) or "returnControl" in chunk, _agent),
    "bedrock_knowledge_base": Api(
        lambda chunk: isinstance(chunk.get("output"), dict) and "text" in chunk["output"], _knowledge_base
    ),
}
