"""Where the texts, calls and endings of a stream stand: a `Tape` in, places in its chunks out, in their order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from recexplore.testing.defects.tapes import CHAT, COMPLETIONS, RESPONSES, Tape

__all__ = [
    "ANSWERS_BESIDE_TEXT",
    "Finish",
    "Slot",
    "call_fragments",
    "chat_choices",
    "choices_of",
    "delta_of",
    "finishes",
    "is_of_one_choice",
    "n_answers",
    "opening_fragments",
    "slots",
    "usage_chunk",
]

_CHAT_TEXT = (("content", "content"), ("reasoning_content", "reasoning"), ("reasoning", "reasoning"))


@dataclass
class Slot:
    """Where a piece of text stands."""

    chunk: int
    choice: int
    kind: str
    holder: dict[str, Any]
    key: str

    @property
    def text(self) -> str:
        return str(self.holder[self.key])

    @text.setter
    def text(self, text: str) -> None:
        self.holder[self.key] = text


def slots(tape: Tape, *kinds: str, choice: int | None = None) -> list[Slot]:
    """Every piece of text that is not empty."""
    found = [slot for slot in _of(tape) if isinstance(slot.holder.get(slot.key), str) and slot.text]
    return [slot for slot in found if (not kinds or slot.kind in kinds) and (choice is None or slot.choice == choice)]


def _of_chat(tape: Tape) -> Iterator[Slot]:
    for at, choice in chat_choices(tape):
        for key, kind in _CHAT_TEXT:
            yield Slot(at, _index(choice), kind, delta_of(choice), key)


def _of_completions(tape: Tape) -> Iterator[Slot]:
    for at, choice in chat_choices(tape):
        yield Slot(at, _index(choice), "content", choice, "text")


def _of_responses(tape: Tape) -> Iterator[Slot]:
    for at, chunk in _objects(tape):
        if str(chunk.get("type")).endswith("text.delta"):
            kind = "content" if chunk["type"] == "response.output_text.delta" else "reasoning"
            yield Slot(at, 0, kind, chunk, "delta")


def _of_anthropic(tape: Tape) -> Iterator[Slot]:
    for at, chunk in _objects(tape):
        if chunk.get("type") == "content_block_delta":
            yield Slot(at, 0, "content", chunk["delta"], "text")
            yield Slot(at, 0, "reasoning", chunk["delta"], "thinking")


def _of_gemini(tape: Tape) -> Iterator[Slot]:
    for at, candidate in _candidates(tape):
        for part in (candidate.get("content") or {}).get("parts") or []:
            yield Slot(at, _index(candidate), "reasoning" if part.get("thought") else "content", part, "text")


def _of_ollama(tape: Tape) -> Iterator[Slot]:
    for at, chunk in _objects(tape):
        message = chunk.get("message")
        holder, key = (message, "content") if isinstance(message, dict) else (chunk, "response")
        yield Slot(at, 0, "reasoning", holder, "thinking")
        yield Slot(at, 0, "content", holder, key)


_SLOTS: dict[str, Callable[[Tape], Iterator[Slot]]] = {
    CHAT: _of_chat,
    COMPLETIONS: _of_completions,
    RESPONSES: _of_responses,
    "anthropic": _of_anthropic,
    "gemini": _of_gemini,
    "ollama": _of_ollama,
}


def _of(tape: Tape) -> Iterator[Slot]:
    """The pieces of text in the chunks of an API that is known here; none of others."""
    return _SLOTS[tape.dialect](tape) if tape.dialect in _SLOTS else iter(())


@dataclass(frozen=True)
class Finish:
    chunk: int
    choice: int
    holder: dict[str, Any]
    key: str


def finishes(tape: Tape) -> list[Finish]:
    """Where each choice says why it ended."""
    return [finish for finish in _finishes(tape) if finish.holder.get(finish.key)]


def _finishes(tape: Tape) -> Iterator[Finish]:
    match tape.dialect:
        case "openai_chat" | "openai_completions":
            yield from (Finish(at, _index(choice), choice, "finish_reason") for at, choice in chat_choices(tape))
        case "openai_responses":
            for at, chunk in _objects(tape):
                if chunk.get("type") == "response.completed":
                    yield Finish(at, 0, chunk["response"], "status")
        case "anthropic":
            for at, chunk in _objects(tape):
                if chunk.get("type") == "message_delta":
                    yield Finish(at, 0, chunk["delta"], "stop_reason")
        case "gemini":
            for at, candidate in _candidates(tape):
                key = "finish_reason" if "finish_reason" in candidate else "finishReason"
                yield Finish(at, _index(candidate), candidate, key)
        case "ollama":
            yield from (Finish(at, 0, chunk, "done_reason") for at, chunk in _objects(tape) if chunk.get("done"))


def choices_of(tape: Tape) -> list[int]:
    return sorted({slot.choice for slot in slots(tape)} | {each.choice for each in finishes(tape)})


def _objects(tape: Tape) -> Iterator[tuple[int, dict[str, Any]]]:
    return ((at, chunk) for at, chunk in enumerate(tape.chunks) if isinstance(chunk, dict))


def chat_choices(tape: Tape) -> Iterator[tuple[int, dict[str, Any]]]:
    for at, chunk in _objects(tape):
        yield from ((at, choice) for choice in chunk.get("choices") or [] if isinstance(choice, dict))


def _candidates(tape: Tape) -> Iterator[tuple[int, dict[str, Any]]]:
    for at, chunk in _objects(tape):
        yield from ((at, candidate) for candidate in chunk.get("candidates") or [])


def _index(choice: dict[str, Any]) -> int:
    return choice.get("index") or 0


def delta_of(choice: dict[str, Any]) -> dict[str, Any]:
    return choice.get("delta") or {}


def n_answers(tape: Tape) -> int:
    if tape.dialect in (CHAT, COMPLETIONS):
        return len({choice.get("index") for _, choice in chat_choices(tape)})
    return len(choices_of(tape))


def is_of_one_choice(tape: Tape, at: int) -> bool:
    """Whether a chunk speaks for one choice only."""
    return len(tape.chunks[at].get("choices") or tape.chunks[at].get("candidates") or [0]) == 1


def call_fragments(tape: Tape) -> list[tuple[int, int, dict[str, Any]]]:
    """The fragments of tool calls of chat: chunk, choice, fragment."""
    if tape.dialect != CHAT:
        return []
    return [
        (at, _index(choice), call)
        for at, choice in chat_choices(tape)
        for call in delta_of(choice).get("tool_calls") or []
        if isinstance(call, dict)
    ]


def opening_fragments(tape: Tape) -> list[tuple[int, int, dict[str, Any]]]:
    """The first fragment of each call."""
    seen: dict[tuple[int, Any], tuple[int, int, dict[str, Any]]] = {}
    for at, choice, call in call_fragments(tape):
        seen.setdefault((choice, call.get("index")), (at, choice, call))
    return list(seen.values())


def usage_chunk(tape: Tape) -> int | None:
    return next(
        (at for at, chunk in enumerate(tape.chunks) if isinstance(chunk, dict) and type(chunk.get("usage")) is dict),
        None,
    )


ANSWERS_BESIDE_TEXT = (
    *("server_tool_use", "tool_result", "mcp_tool", "redacted_thinking"),
    *("functionCall", '"function_call": {', "groundingChunks", "executableCode", "urlMetadata"),
)
"""Answers that are no text, and citations."""
