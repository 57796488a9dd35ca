"""Gemini's generateContent, in the API's spelling and in that of the Python SDK, and its Interactions."""

from __future__ import annotations

import json
import re
from typing import Any

from independent_answers.answer import Answer, Api

__all__ = ["APIS"]


def _get(where: Any, camel: str, snake: str) -> Any:
    return where.get(camel) if where.get(camel) is not None else where.get(snake)


def _content(chunk: Any, answer: Answer) -> None:
    """https://ai.google.dev/api/generate-content"""
    for place, candidate in enumerate(chunk.get("candidates") or []):
        number = candidate.get("index") or place
        answer.choice(number)
        for part in (candidate.get("content") or {}).get("parts") or []:
            answer.add("reasoning" if part.get("thought") else "content", part.get("text"), number)
            call = _get(part, "functionCall", "function_call")
            if call is not None:
                _call(call, answer, number)
            if code := _get(part, "executableCode", "executable_code"):
                answer.call(len(answer.tools), "executable_code", json.dumps(code), number)
        answer.finish(_get(candidate, "finishReason", "finish_reason"), number)
    report = _get(chunk, "usageMetadata", "usage_metadata") or {}
    figures = [
        _get(report, "promptTokenCount", "prompt_token_count"),
        _get(report, "candidatesTokenCount", "candidates_token_count"),
        _get(report, "totalTokenCount", "total_token_count"),
        _get(report, "cachedContentTokenCount", "cached_content_token_count"),
        _get(report, "thoughtsTokenCount", "thoughts_token_count"),
    ]
    # Vertex names the kind of traffic on every chunk, and counts on the last.
    if any(figure is not None for figure in figures):
        answer.report(*figures)


def _call(call: Any, answer: Answer, number: int) -> None:
    """A call, whole or in parts: a part without a name goes on with the call before it.

    https://cloud.google.com/vertex-ai/generative-ai/docs/multimodal/function-calling#streaming-fc
    """
    if call.get("name"):
        answer.memory["call"] = key = (number, len(answer.tools))
        answer.memory["values"] = {}
        answer.call(key[1], call["name"], json.dumps(call.get("args") or {}), number)
    values = answer.memory.get("values", {})
    for part in _get(call, "partialArgs", "partial_args") or []:
        path, text = _get(part, "jsonPath", "json_path"), _get(part, "stringValue", "string_value")
        others = (_get(part, "numberValue", "number_value"), _get(part, "boolValue", "bool_value"))
        plain = next((value for value in others if value is not None), None)
        values[path] = plain if text is None else values.get(path, "") + text
        answer.tools[answer.memory["call"]]["arguments"] = json.dumps(_nested(values))


def _nested(values: dict[str, Any]) -> Any:
    """The object in which each value stands where its JSON path leads."""
    tree: dict[Any, Any] = {}
    for path, value in values.items():
        steps = re.findall(r"\.([^.\[]+)|\['([^']*)'\]|\[(\d+)\]", path)
        *keys, last = [int(index) if index else name or quoted for name, quoted, index in steps]
        where = tree
        for key in keys:
            where = where.setdefault(key, {})
        where[last] = value
    return _with_lists(tree)


def _with_lists(tree: Any) -> Any:
    if not isinstance(tree, dict):
        return tree
    inner = {key: _with_lists(value) for key, value in tree.items()}
    return [inner[key] for key in sorted(inner)] if all(isinstance(key, int) for key in inner) and inner else inner


def _interactions(chunk: Any, answer: Answer) -> None:
    """https://ai.google.dev/gemini-api/docs/interactions"""
    interaction = chunk if chunk.get("object") == "interaction" else chunk.get("interaction") or {}
    outputs = [] if "event_type" in chunk else list(enumerate(interaction.get("outputs") or []))
    outputs += [(chunk.get("index"), chunk[name]) for name in ("content", "delta") if name in chunk]
    for number, output in outputs:
        if output["type"] == "text":
            answer.add("content", output.get("text"))
        elif output["type"] == "thought_summary":
            answer.add("reasoning", output["content"]["text"])
        elif output["type"] == "function_call":
            given = output.get("arguments")
            answer.call(number, output.get("name"), json.dumps(given) if given else "")
    if interaction.get("status") not in (None, "in_progress"):
        answer.finish(interaction["status"])
    if report := interaction.get("usage"):
        answer.report(
            report["total_input_tokens"],
            report["total_output_tokens"],
            report["total_tokens"],
            report.get("total_cached_tokens"),
            report.get("total_thought_tokens"),
        )


APIS = {
    "gemini": Api(lambda chunk: "candidates" in chunk, _content),
    "gemini_interactions": Api(
        # Cohere's first API names its events in a field of the same name.
        lambda chunk: ("event_type" in chunk and "is_finished" not in chunk) or chunk.get("object") == "interaction",
        _interactions,
    ),
}
