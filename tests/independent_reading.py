"""A second reader of OpenAI chat answers, written from the provider's documentation and from nothing else.

Deliberately naive: one loop, plain dicts, nothing of recexplore. Where it and recexplore disagree, one of them is wrong.
Documentation: https://platform.openai.com/docs/api-reference/chat-streaming; the reasoning fields from the pages of
DeepSeek, vLLM (``reasoning_content``) and OpenRouter (``reasoning``).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def chunks_of(path: Path) -> list[Any]:
    """The chunks in a recording of llama-stack; a whole answer is one chunk."""
    response = json.loads(path.read_bytes())["response"]
    body = response.get("body")
    items = body if response["is_streaming"] else [body]
    return [item["__data__"] if isinstance(item, dict) and "__data__" in item else item for item in items or []]


def is_chat(chunks: list[Any]) -> bool:
    for chunk in chunks:
        if isinstance(chunk, dict) and isinstance(chunk.get("choices"), list):
            for choice in chunk["choices"]:
                if "delta" in choice or "message" in choice:
                    return True
    return False


def read_chat(chunks: list[dict[str, Any]]) -> dict[str, Any]:
    """What the chunks add up to: ``choices`` by index, and the ``usage`` reports with the chunks that carry them."""
    choices: dict[int, dict[str, Any]] = {}
    usage = []
    for position, chunk in enumerate(chunks):
        if chunk.get("usage"):
            usage.append((position, chunk["usage"]))
        for choice in chunk.get("choices") or []:
            answer = choices.setdefault(
                choice["index"],
                {"role": None, "content": "", "reasoning": "", "refusal": "", "finish_reason": None, "tools": {}},
            )
            delta = choice.get("delta") or choice.get("message") or {}
            if delta.get("role") and answer["role"] is None:
                answer["role"] = delta["role"]
            if delta.get("content"):
                answer["content"] += delta["content"]
            if delta.get("refusal"):
                answer["refusal"] += delta["refusal"]
            answer["reasoning"] += delta.get("reasoning_content") or delta.get("reasoning") or ""
            for place, call in enumerate(delta.get("tool_calls") or []):
                index = place if call.get("index") is None else call["index"]
                tool = answer["tools"].setdefault(index, {"id": None, "name": None, "arguments": ""})
                tool["id"] = tool["id"] or call.get("id")
                tool["name"] = tool["name"] or call["function"].get("name")
                tool["arguments"] += call["function"].get("arguments") or ""
            if choice.get("finish_reason"):
                answer["finish_reason"] = choice["finish_reason"]
    return {"choices": choices, "usage": usage}
