"""What a reader makes of an answer: texts by choice, calls, reports, put together piece by piece."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

__all__ = ["Answer", "Api"]


class Answer:
    """``memory`` is for what a reader has to know of earlier chunks, ``numbers`` for choices that are told by ids."""

    def __init__(self) -> None:
        self.choices: dict[int, dict[str, Any]] = {}
        self.tools: dict[Any, dict[str, Any]] = {}
        self.usage: list[dict[str, Any]] = []
        self.memory: dict[str, Any] = {}
        self.numbers: dict[str, int] = {}

    def choice(self, number: int = 0) -> dict[str, Any]:
        empty = {"content": "", "reasoning": "", "refusal": "", "finish_reason": None}
        return self.choices.setdefault(number, empty)

    def add(self, field: str, text: Any, number: int = 0) -> None:
        if text:
            self.choice(number)[field] += text

    def call(self, key: Any, name: Any = None, arguments: str = "", number: int = 0) -> None:
        self.choice(number)
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


class Api(NamedTuple):
    """What tells a chunk of the API (an object), and what a chunk adds to the answer."""

    tells: Callable[[dict[str, Any]], bool]
    read: Callable[[Any, Answer], None]
