"""What agents send to their user's interface: AG-UI, and the UI message streams of Vercel's AI SDK."""

from __future__ import annotations

import json
from typing import Any

from independent_answers.answer import Answer, Api

__all__ = ["APIS"]


def _ag_ui(chunk: Any, answer: Answer) -> None:
    """https://docs.ag-ui.com/concepts/events; THINKING is the older name of REASONING."""
    kind = chunk["type"]
    if kind in ("TEXT_MESSAGE_CONTENT", "TEXT_MESSAGE_CHUNK"):
        answer.add("content", chunk.get("delta"))
    elif kind in ("REASONING_MESSAGE_CONTENT", "REASONING_MESSAGE_CHUNK", "THINKING_TEXT_MESSAGE_CONTENT"):
        answer.add("reasoning", chunk.get("delta"))
    elif kind in ("TOOL_CALL_START", "TOOL_CALL_ARGS", "TOOL_CALL_CHUNK"):
        # A chunk without an id goes on with the call before it.
        answer.memory["call"] = key = chunk.get("toolCallId") or answer.memory["call"]
        answer.call(key, chunk.get("toolCallName"), chunk.get("delta") or "")
    elif kind in ("RUN_FINISHED", "RUN_ERROR"):
        answer.finish((chunk.get("outcome") or {}).get("type"))
        for usage in chunk.get("usage") or []:
            names = ("inputTokens", "outputTokens", "totalTokens", "cachedInputTokens", "reasoningTokens")
            answer.report(*map(usage.get, names))


def _ai_sdk(chunk: Any, answer: Answer) -> None:
    """https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol"""
    kind, key = chunk["type"], chunk.get("toolCallId")
    if kind == "text-delta":
        answer.add("content", chunk["delta"])
    elif kind == "reasoning-delta":
        answer.add("reasoning", chunk["delta"])
    elif kind == "tool-input-start":
        answer.call(key, chunk["toolName"])
    elif kind == "tool-input-delta":
        answer.call(key, arguments=chunk["inputTextDelta"])
    elif kind in ("tool-input-available", "tool-input-error"):
        told = (answer.tools.get((0, key)) or {}).get("arguments")
        answer.call(key, chunk["toolName"], "" if told else json.dumps(chunk["input"]))
    elif kind == "finish":
        answer.finish(chunk.get("finishReason"))


_AG_UI = ("RUN_", "STEP_", "TEXT_MESSAGE_", "TOOL_CALL_", "REASONING_", "THINKING_", "STATE_", "MESSAGES_")
_AI_SDK = ("text-", "reasoning-", "tool-input-", "tool-output-", "start-step", "finish-step")

APIS = {
    "ag_ui": Api(lambda chunk: str(chunk.get("type")).startswith(_AG_UI), _ag_ui),
    "ai_sdk": Api(lambda chunk: str(chunk.get("type")).startswith(_AI_SDK), _ai_sdk),
}
