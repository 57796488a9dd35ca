"""OpenAI's chat completions, text completions and Responses, of every server that speaks them."""

from __future__ import annotations

import json
from typing import Any

from independent_answers.answer import Answer, Api

__all__ = ["APIS"]


def _first_choice(chunk: dict[str, Any]) -> Any:
    return (chunk.get("choices") or [{}])[0]


def _chat(chunk: Any, answer: Answer) -> None:
    """https://platform.openai.com/docs/api-reference/chat-streaming; the reasoning of Groq, OpenRouter, Mistral."""
    for choice in chunk.get("choices") or []:
        number = choice["index"]
        delta = choice.get("delta") or choice.get("message") or {}
        content = delta.get("content")
        for part in content if isinstance(content, list) else []:
            if part["type"] == "thinking":
                for thought in part["thinking"]:
                    answer.add("reasoning", thought["text"], number)
            else:
                answer.add("content", part["text"], number)
        answer.add("content", content if isinstance(content, str) else "", number)
        answer.add("refusal", delta.get("refusal"), number)
        answer.add("reasoning", delta.get("reasoning_content") or delta.get("reasoning"), number)
        for place, call in enumerate(delta.get("tool_calls") or []):
            index = place if call.get("index") is None else call["index"]
            function = call.get("function") or {}
            answer.call(index, function.get("name"), function.get("arguments") or "", number)
        answer.finish(choice.get("finish_reason"), number)
        answer.choice(number)
    _usage(chunk, answer)


def _usage(chunk: Any, answer: Answer) -> None:
    # Groq reports inside a field of its own: https://console.groq.com/docs/api-reference
    if report := chunk.get("usage") or (chunk.get("x_groq") or {}).get("usage"):
        answer.report(
            report.get("prompt_tokens"),
            report.get("completion_tokens"),
            report.get("total_tokens"),
            (report.get("prompt_tokens_details") or {}).get("cached_tokens"),
            (report.get("completion_tokens_details") or {}).get("reasoning_tokens"),
        )


def _completions(chunk: Any, answer: Answer) -> None:
    """https://platform.openai.com/docs/api-reference/completions"""
    for place, choice in enumerate(chunk.get("choices") or []):
        number = choice.get("index", place)
        answer.add("content", choice["text"], number)
        answer.finish(choice.get("finish_reason"), number)
        answer.choice(number)
    _usage(chunk, answer)


_STREAMED = {
    "function_call": "arguments",
    "custom_tool_call": "input",
    "mcp_call": "arguments",
    "code_interpreter_call": "code",
}


def _responses(chunk: Any, answer: Answer) -> None:
    """https://platform.openai.com/docs/api-reference/responses-streaming: deltas, and the items of the server's tools."""
    kind, number = chunk["type"], chunk.get("output_index")
    if kind == "response.output_text.delta":
        answer.add("content", chunk["delta"])
    elif kind == "response.refusal.delta":
        answer.add("refusal", chunk["delta"])
    elif kind in ("response.reasoning_text.delta", "response.reasoning_summary_text.delta"):
        answer.add("reasoning", chunk["delta"])
    elif kind.endswith((".function_call_arguments.delta", "_call_code.delta", "_call_arguments.delta", "_input.delta")):
        answer.call(number, arguments=chunk["delta"])
    elif kind in ("response.output_item.added", "response.output_item.done"):
        item = chunk["item"]
        if item["type"].endswith("_call"):
            name, text = item.get("name") or item["type"].removesuffix("_call"), ""
            if kind.endswith(".done") and item["type"] not in _STREAMED:
                said = {k: v for k, v in item.items() if k not in ("id", "call_id", "type", "name", "status")}
                text = json.dumps({k: v for k, v in said.items() if v is not None})
            answer.call(number, name, text)
    elif kind in ("response.completed", "response.incomplete", "response.failed"):
        response = chunk["response"]
        answer.finish((response.get("incomplete_details") or {}).get("reason") or response["status"])
        if report := response.get("usage"):
            answer.report(
                report["input_tokens"],
                report["output_tokens"],
                report["total_tokens"],
                report.get("input_tokens_details", {}).get("cached_tokens"),
                report.get("output_tokens_details", {}).get("reasoning_tokens"),
            )


APIS = {
    "openai_chat": Api(lambda chunk: not {"delta", "message"}.isdisjoint(_first_choice(chunk)), _chat),
    "openai_completions": Api(lambda chunk: "text" in _first_choice(chunk), _completions),
    "openai_responses": Api(lambda chunk: str(chunk.get("type")).startswith("response."), _responses),
}
