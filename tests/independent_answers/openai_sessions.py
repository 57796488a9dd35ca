"""OpenAI's APIs that keep a session: Assistants and Realtime."""

from __future__ import annotations

from typing import Any

from independent_answers.answer import Answer, Api

__all__ = ["APIS"]

_ENDED = {"completed", "failed", "cancelled", "expired", "incomplete", "requires_action"}


def _assistants(chunk: Any, answer: Answer) -> None:
    """https://platform.openai.com/docs/api-reference/assistants-streaming/events"""
    kind, delta = chunk.get("object"), chunk.get("delta") or {}
    if kind == "thread.message.delta":
        for part in delta.get("content") or []:
            answer.add("content", (part.get("text") or {}).get("value"))
            answer.add("refusal", part.get("refusal"))
    elif kind == "thread.run.step.delta":
        for call in (delta.get("step_details") or {}).get("tool_calls") or []:
            key = (chunk["id"], call["index"])
            if function := call.get("function"):
                answer.call(key, function.get("name"), function.get("arguments") or "")
            elif code := call.get("code_interpreter"):
                answer.call(key, "code_interpreter", code.get("input") or "")
    elif kind == "thread.run" and chunk["status"] in _ENDED:
        if not answer.tools:
            asked = (chunk.get("required_action") or {}).get("submit_tool_outputs") or {}
            for call in asked.get("tool_calls") or []:
                answer.call(call["id"], call["function"]["name"], call["function"]["arguments"])
        answer.finish((chunk.get("incomplete_details") or {}).get("reason") or chunk["status"])
        if usage := chunk.get("usage"):
            answer.report(usage["prompt_tokens"], usage["completion_tokens"], usage["total_tokens"])


_REALTIME_TEXTS = {
    "response.text.delta",
    "response.output_text.delta",
    "response.audio_transcript.delta",
    "response.output_audio_transcript.delta",
}


def _realtime(chunk: Any, answer: Answer) -> None:
    """https://platform.openai.com/docs/api-reference/realtime-server-events, by the names of the beta, too."""
    kind = chunk["type"]
    # Each response of a session is an answer, in the order in which they are met.
    response_id = chunk.get("response_id") or (chunk.get("response") or {}).get("id")
    number = answer.numbers.setdefault(response_id, len(answer.numbers)) if response_id else 0
    if kind in _REALTIME_TEXTS:
        answer.add("content", chunk["delta"], number)
    elif kind == "response.function_call_arguments.delta":
        answer.call(chunk["item_id"], arguments=chunk["delta"])
    elif kind == "response.output_item.added" and chunk["item"]["type"] == "function_call":
        answer.call(chunk["item"]["id"], chunk["item"].get("name"), chunk["item"].get("arguments") or "")
    elif kind == "response.done":
        response = chunk["response"]
        why = (response.get("status_details") or {}).get("reason") if response["status"] == "incomplete" else None
        answer.finish(why or response["status"], number)
        if usage := response.get("usage"):
            cached = (usage.get("input_token_details") or {}).get("cached_tokens")
            answer.report(usage["input_tokens"], usage["output_tokens"], usage.get("total_tokens"), cached)


APIS = {
    "openai_assistants": Api(lambda chunk: str(chunk.get("object")).startswith("thread."), _assistants),
    "openai_realtime": Api(lambda chunk: "event_id" in chunk and "type" in chunk, _realtime),
}
