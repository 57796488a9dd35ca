"""A second reader of every provider's streams, written from the providers' documentation and from nothing else.

Deliberately naive: plain loops over plain dicts, nothing of recexplore. Where it and recexplore disagree, one of them is
wrong. What every reader gives: ``choices`` by number (``content``, ``reasoning``, ``refusal``, ``finish_reason``),
``tools`` as (choice, name, arguments), and ``usage`` as the figures of every report.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

__all__ = ["exchanges_in", "read", "reader_of"]


# --- the files -------------------------------------------------------------------------------------------------------


def exchanges_in(path: Path) -> Iterator[tuple[bool, list[Any]]]:
    """Of each exchange in a file, whether it was streamed and its chunks."""
    if path.suffix == ".json":
        yield _llama_stack(json.loads(path.read_bytes()))
    else:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        for interaction in yaml.load(path.read_bytes(), Loader=loader)["interactions"]:
            yield _vcr(interaction["response"])


def _llama_stack(document: Any) -> tuple[bool, list[Any]]:
    response = document["response"]
    body, streamed = response.get("body"), bool(response.get("is_streaming"))
    if not streamed:
        items = [] if body is None else [body]
    elif body and all(isinstance(item, str) for item in body):
        return True, _server_sent("\n".join(body))
    else:
        items = body or []
    return streamed, [item["__data__"] if isinstance(item, dict) and "__data__" in item else item for item in items]


def _vcr(response: Any) -> tuple[bool, list[Any]]:
    if response.get("parsed_body") is not None:
        return False, [response["parsed_body"]]
    text = (response.get("body") or {}).get("string") or ""
    text = text.decode() if isinstance(text, bytes) else text
    kind = " ".join(response.get("headers", {}).get("content-type") or [])
    if "text/event-stream" in kind:
        return True, _server_sent(text)
    try:
        return False, [json.loads(text)] if text else []
    except ValueError:
        return False, [text]


def _server_sent(text: str) -> list[Any]:
    """The data of each event; a stream's events end with a blank line."""
    chunks, data = [], []
    for line in [*text.replace("\r\n", "\n").split("\n"), ""]:
        if line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))
        elif not line and data:
            joined = "\n".join(data)
            chunks.append(joined if joined == "[DONE]" else json.loads(joined))
            data = []
    return chunks


# --- what a provider meant -------------------------------------------------------------------------------------------


class _Answer:
    def __init__(self) -> None:
        self.choices: dict[int, dict[str, Any]] = {}
        self.tools: dict[Any, dict[str, Any]] = {}
        self.usage: list[dict[str, Any]] = []

    def choice(self, number: int) -> dict[str, Any]:
        empty = {"content": "", "reasoning": "", "refusal": "", "finish_reason": None}
        return self.choices.setdefault(number, empty)

    def add(self, field: str, text: Any, number: int = 0) -> None:
        if text:
            self.choice(number)[field] += text

    def call(self, key: Any, name: Any = None, arguments: str = "", number: int = 0) -> None:
        call = self.tools.setdefault((number, key), {"name": None, "arguments": ""})
        call["name"] = call["name"] or name
        call["arguments"] += arguments

    def finish(self, reason: Any, number: int = 0) -> None:
        if reason:
            self.choice(number)["finish_reason"] = reason

    def report(
        self, prompt: Any, completion: Any, total: Any = None, cached: Any = None, reasoning: Any = None
    ) -> None:
        names = ("prompt", "completion", "total", "cached", "reasoning")
        self.usage.append(dict(zip(names, (prompt, completion, total, cached, reasoning), strict=True)))

    def said(self) -> dict[str, Any]:
        tools = [(choice, call["name"], call["arguments"]) for (choice, _), call in self.tools.items()]
        return {"choices": self.choices, "tools": tools, "usage": self.usage}


def _chat(chunk: Any, answer: _Answer) -> None:
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
    _openai_usage(chunk, answer)


def _openai_usage(chunk: Any, answer: _Answer) -> None:
    # Groq reports inside a field of its own: https://console.groq.com/docs/api-reference
    if report := chunk.get("usage") or (chunk.get("x_groq") or {}).get("usage"):
        answer.report(
            report.get("prompt_tokens"),
            report.get("completion_tokens"),
            report.get("total_tokens"),
            (report.get("prompt_tokens_details") or {}).get("cached_tokens"),
            (report.get("completion_tokens_details") or {}).get("reasoning_tokens"),
        )


def _completions(chunk: Any, answer: _Answer) -> None:
    """https://platform.openai.com/docs/api-reference/completions"""
    for choice in chunk.get("choices") or []:
        answer.add("content", choice["text"], choice["index"])
        answer.finish(choice.get("finish_reason"), choice["index"])
        answer.choice(choice["index"])
    _openai_usage(chunk, answer)


_STREAMED = {
    "function_call": "arguments",
    "custom_tool_call": "input",
    "mcp_call": "arguments",
    "code_interpreter_call": "code",
}


def _responses(chunk: Any, answer: _Answer) -> None:
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


def _anthropic(chunk: Any, answer: _Answer) -> None:
    """https://docs.anthropic.com/en/docs/build-with-claude/streaming"""
    kind = chunk["type"]
    message = chunk if kind == "message" else chunk.get("message", {})
    blocks = list(enumerate(message.get("content") or []))
    if kind == "content_block_start":
        blocks.append((chunk["index"], chunk["content_block"]))
    for number, block in blocks:
        answer.add("content", block.get("text") if block["type"] == "text" else "")
        answer.add("reasoning", block.get("thinking") if block["type"] == "thinking" else "")
        if block["type"].endswith("tool_use"):
            is_said = block["input"] or kind == "message"
            answer.call(number, block["name"], json.dumps(block["input"]) if is_said else "")
    if kind == "content_block_delta":
        delta = chunk["delta"]
        answer.add("content", delta.get("text"))
        answer.add("reasoning", delta.get("thinking"))
        if delta["type"] == "input_json_delta":
            answer.call(chunk["index"], arguments=delta["partial_json"])
    answer.finish(message.get("stop_reason") or chunk.get("delta", {}).get("stop_reason"))
    if report := message.get("usage") or chunk.get("usage"):
        answer.report(
            report.get("input_tokens"),
            report.get("output_tokens"),
            None,
            report.get("cache_read_input_tokens"),
            (report.get("output_tokens_details") or {}).get("thinking_tokens"),
        )


def _gemini(chunk: Any, answer: _Answer) -> None:
    """https://ai.google.dev/api/generate-content, in the API's spelling and in that of the Python SDK."""

    def get(where: Any, camel: str, snake: str) -> Any:
        return where.get(camel) if where.get(camel) is not None else where.get(snake)

    for place, candidate in enumerate(chunk.get("candidates") or []):
        number = candidate.get("index") or place
        answer.choice(number)
        for part in (candidate.get("content") or {}).get("parts") or []:
            answer.add("reasoning" if part.get("thought") else "content", part.get("text"), number)
            if call := get(part, "functionCall", "function_call"):
                answer.call(len(answer.tools), call["name"], json.dumps(call.get("args") or {}), number)
            if code := get(part, "executableCode", "executable_code"):
                answer.call(len(answer.tools), "executable_code", json.dumps(code), number)
        answer.finish(get(candidate, "finishReason", "finish_reason"), number)
    report = get(chunk, "usageMetadata", "usage_metadata") or {}
    figures = [
        get(report, "promptTokenCount", "prompt_token_count"),
        get(report, "candidatesTokenCount", "candidates_token_count"),
        get(report, "totalTokenCount", "total_token_count"),
        get(report, "cachedContentTokenCount", "cached_content_token_count"),
        get(report, "thoughtsTokenCount", "thoughts_token_count"),
    ]
    # Vertex names the kind of traffic on every chunk, and counts on the last.
    if any(figure is not None for figure in figures):
        answer.report(*figures)


def _interactions(chunk: Any, answer: _Answer) -> None:
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


def _ollama(chunk: Any, answer: _Answer) -> None:
    """https://docs.ollama.com/api"""
    message = chunk.get("message") or {}
    answer.choice(0)
    answer.add("content", message.get("content") or chunk.get("response"))
    answer.add("reasoning", message.get("thinking") or chunk.get("thinking"))
    for call in message.get("tool_calls") or []:
        answer.call(len(answer.tools), call["function"]["name"], json.dumps(call["function"]["arguments"]))
    answer.finish(chunk.get("done_reason"))
    if chunk.get("prompt_eval_count") is not None or chunk.get("eval_count") is not None:
        answer.report(chunk.get("prompt_eval_count"), chunk.get("eval_count"))


_READERS = {
    "openai_chat": _chat,
    "openai_completions": _completions,
    "openai_responses": _responses,
    "anthropic": _anthropic,
    "gemini": _gemini,
    "gemini_interactions": _interactions,
    "ollama": _ollama,
}


def reader_of(chunks: list[Any]) -> str | None:
    """Whose answer this is, by what is in it; None where it is no model's text."""
    for chunk in chunks:
        if isinstance(chunk, dict):
            choices = chunk.get("choices") or [{}]
            if "delta" in choices[0] or "message" in choices[0]:
                return "openai_chat"
            if "text" in choices[0]:
                return "openai_completions"
            if str(chunk.get("type")).startswith("response."):
                return "openai_responses"
            if chunk.get("type") in ("message_start", "message"):
                return "anthropic"
            if "candidates" in chunk:
                return "gemini"
            if "event_type" in chunk or chunk.get("object") == "interaction":
                return "gemini_interactions"
            if "done" in chunk and ("message" in chunk or "response" in chunk):
                return "ollama"
    return None


def read(dialect: str, chunks: list[Any]) -> dict[str, Any]:
    """What the chunks add up to."""
    answer = _Answer()
    for chunk in chunks:
        if chunk != "[DONE]":
            _READERS[dialect](chunk, answer)
    return answer.said()
