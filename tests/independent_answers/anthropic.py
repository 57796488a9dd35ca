"""Anthropic's Messages: https://docs.anthropic.com/en/docs/build-with-claude/streaming"""

from __future__ import annotations

import json
from typing import Any

from independent_answers.answer import Answer, Api

__all__ = ["APIS"]


def _messages(chunk: Any, answer: Answer) -> None:
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


APIS = {"anthropic": Api(lambda chunk: chunk.get("type") in ("message_start", "message"), _messages)}
