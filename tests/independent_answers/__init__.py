"""A second reader of every API's answers, written from the providers' documentation and from nothing else.

Deliberately naive: plain loops over plain dicts, nothing of recexplore. Where it and recexplore disagree, one of them is
wrong. A chunk is what was decoded of one event, line or frame; only Replicate's, whose data is plain text, are pairs of
the event's name and its text. What every reader gives: ``choices`` by number (``content``, ``reasoning``, ``refusal``,
``finish_reason``), ``tools`` as (choice, name, arguments), and ``usage`` as the figures of every report.
"""

from __future__ import annotations

from typing import Any

from independent_answers import (
    agents,
    anthropic,
    bedrock,
    cohere,
    gemini,
    ollama,
    openai,
    openai_sessions,
    text_generation,
)
from independent_answers.answer import Answer, Api
from independent_answers.files import exchanges_in

__all__ = ["APIS", "exchanges_in", "read", "reader_of"]

# Realtime names its events like Responses, and gives each an id.
APIS: dict[str, Api] = {
    **openai_sessions.APIS,
    **openai.APIS,
    **anthropic.APIS,
    **gemini.APIS,
    **ollama.APIS,
    **cohere.APIS,
    **bedrock.APIS,
    **text_generation.APIS,
    **agents.APIS,
}
"""Asked in this order whose a chunk is."""


def reader_of(chunks: list[Any]) -> str | None:
    """Whose answer this is, by what is in it; None where it is no model's text."""
    for chunk in chunks:
        if isinstance(chunk, dict):
            for name, api in APIS.items():
                if api.tells(chunk):
                    return name
    return None


def read(name: str, chunks: list[Any]) -> dict[str, Any]:
    """What the chunks add up to."""
    answer = Answer()
    for chunk in chunks:
        if chunk != "[DONE]":
            APIS[name].read(chunk, answer)
    return answer.said()
