"""What a provider meant.

A dialect is a module with two functions:

``sniff(exchange) -> float``
    How much of the exchange it understands, 0 to 1, from the endpoint and *all* chunks: a first chunk misleads (Azure
    opens with an empty one), and so does the class name a recorder noted.
``extract(chunks, rows, columns) -> None``
    Appends what the chunks mean to the builders, whole columns at a time (contract:
    `recexplore.tables.builders.Columns`). The chunks are those of one or of many exchanges of the dialect: nothing it
    says of one may depend on another (`recexplore.tables.builders.Columns.owner` tells them apart).

Dialects never look at bytes, never split tags out of text, and never import each other. A new provider is one module
here, one entry in `DIALECTS`, one recording and one test file. Others add theirs through the entry point
``recexplore.dialects``; they are asked after ours and have to be surer.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from recexplore.model.exchange import Exchange
from recexplore.read.dialects import (
    anthropic,
    bedrock_converse,
    embeddings,
    gemini,
    gemini_interactions,
    http,
    ollama,
    openai_chat,
    openai_completions,
    openai_responses,
    unknown,
)
from recexplore.read.registry import Dialect, installed, score

__all__ = ["DIALECTS", "choose", "known"]

DIALECTS: Final[tuple[Dialect, ...]] = (
    openai_chat,
    openai_responses,
    anthropic,
    gemini,
    gemini_interactions,
    ollama,
    openai_completions,
    bedrock_converse,
    embeddings,
    http,
    unknown,
)
"""Asked in this order; of equals the first wins. `unknown` takes whatever nobody else wants."""


@lru_cache(maxsize=1)
def known() -> tuple[Dialect, ...]:
    """Ours, and those that other packages bring."""
    return (*DIALECTS, *installed("recexplore.dialects"))


def choose(exchange: Exchange) -> Dialect:
    """The dialect that understands most of an exchange."""
    best: Dialect = unknown
    best_score = 0.0
    for dialect in known():
        sure = score(dialect, exchange)
        if sure >= 1.0:
            return dialect
        if sure > best_score:
            best, best_score = dialect, sure
    return best
