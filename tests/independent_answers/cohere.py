"""Cohere's chat, in both versions.

https://docs.cohere.com/v1/reference/chat-stream and https://docs.cohere.com/reference/chat-stream
"""

from __future__ import annotations

import json
from typing import Any

from independent_answers.answer import Answer, Api

__all__ = ["APIS"]


def _v1(chunk: Any, answer: Answer) -> None:
    kind = chunk.get("event_type")
    if kind == "text-generation":
        answer.add("content", chunk["text"])
    elif kind == "tool-calls-chunk":
        # The text is what the second version calls the plan.
        delta = chunk.get("tool_call_delta") or {}
        answer.add("reasoning", chunk.get("text") or delta.get("text"))
        if delta.get("index") is not None:
            answer.call(delta["index"], delta.get("name"), delta.get("parameters") or "")
    elif kind == "tool-calls-generation" and not answer.tools:
        _v1_calls(chunk, answer)
    elif kind == "stream-end":
        answer.finish(chunk["finish_reason"])
        _v1_usage(chunk["response"], answer)
    elif kind is None:
        answer.add("content", chunk.get("text"))
        _v1_calls(chunk, answer)
        answer.finish(chunk.get("finish_reason"))
        _v1_usage(chunk, answer)
    # Of Command R on Bedrock, the last chunk says what was counted.
    if counted := chunk.get("amazon-bedrock-invocationMetrics"):
        answer.report(counted["inputTokenCount"], counted["outputTokenCount"])


def _v1_calls(chunk: Any, answer: Answer) -> None:
    for place, call in enumerate(chunk.get("tool_calls") or []):
        answer.call(place, call["name"], json.dumps(call["parameters"]))


def _v1_usage(response: Any, answer: Answer) -> None:
    meta = response.get("meta") or {}
    if tokens := meta.get("tokens"):
        answer.report(tokens["input_tokens"], tokens["output_tokens"], None, meta.get("cached_tokens"))


def _v2(chunk: Any, answer: Answer) -> None:
    kind, delta = chunk.get("type"), chunk.get("delta") or {}
    message = delta.get("message") or {}
    if kind in ("content-start", "content-delta"):
        answer.add("reasoning", message["content"].get("thinking"))
        answer.add("content", message["content"].get("text"))
    elif kind == "tool-plan-delta":
        answer.add("reasoning", message["tool_plan"])
    elif kind in ("tool-call-start", "tool-call-delta"):
        function = message["tool_calls"]["function"]
        answer.call(chunk["index"], function.get("name"), function.get("arguments") or "")
    elif kind == "message-end":
        _v2_end(delta, answer)
    elif "message" in chunk:
        whole = chunk["message"]
        answer.add("reasoning", whole.get("tool_plan"))
        for part in whole.get("content") or []:
            answer.add("reasoning", part.get("thinking"))
            answer.add("content", part.get("text"))
        for place, call in enumerate(whole.get("tool_calls") or []):
            answer.call(place, call["function"]["name"], call["function"]["arguments"])
        _v2_end(chunk, answer)


def _v2_end(said: Any, answer: Answer) -> None:
    answer.finish(said.get("finish_reason"))
    if usage := said.get("usage"):
        tokens = usage["tokens"]
        answer.report(tokens["input_tokens"], tokens["output_tokens"], None, usage.get("cached_tokens"))


_EVENTS = {"content-delta", "content-start", "tool-plan-delta", "tool-call-start", "tool-call-delta", "message-end"}

APIS = {
    "cohere_v1": Api(
        lambda chunk: ("event_type" in chunk and "is_finished" in chunk) or {"text", "generation_id"} <= chunk.keys(),
        _v1,
    ),
    "cohere_v2": Api(
        lambda chunk: chunk.get("type") in _EVENTS or {"finish_reason", "message"} <= chunk.keys(),
        _v2,
    ),
}
