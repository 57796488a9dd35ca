"""Ollama's own API: https://docs.ollama.com/api"""

from __future__ import annotations

import json
from typing import Any

from independent_answers.answer import Answer, Api

__all__ = ["APIS"]


def _ollama(chunk: Any, answer: Answer) -> None:
    message = chunk.get("message") or {}
    answer.choice()
    answer.add("content", message.get("content") or chunk.get("response"))
    answer.add("reasoning", message.get("thinking") or chunk.get("thinking"))
    for call in message.get("tool_calls") or []:
        answer.call(len(answer.tools), call["function"]["name"], json.dumps(call["function"]["arguments"]))
    answer.finish(chunk.get("done_reason"))
    if chunk.get("prompt_eval_count") is not None or chunk.get("eval_count") is not None:
        answer.report(chunk.get("prompt_eval_count"), chunk.get("eval_count"))


APIS = {"ollama": Api(lambda chunk: "done" in chunk and ("message" in chunk or "response" in chunk), _ollama)}
