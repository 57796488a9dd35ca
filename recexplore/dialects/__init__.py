"""What a provider meant.

A dialect is a module with two functions:

``sniff(exchange) -> float``
    How much of the exchange it understands, 0 to 1, from the endpoint and *all* chunks: a first chunk misleads (Azure
    opens with an empty one), and so does the class name a recorder noted.
``extract(chunks, first_row, columns) -> None``
    Appends what the chunks mean to the builders, whole columns at a time (contract: `recexplore.columns.Columns`). The
    chunks are those of one or of many exchanges of the dialect: nothing it does may depend on which.

Dialects never look at bytes, never split tags out of text, and never import each other. A new provider is one module
here, one entry in `DIALECTS`, one recording and one test file.
"""

from __future__ import annotations

from types import ModuleType
from typing import Final

from recexplore.dialects import openai_chat, unknown
from recexplore.model import Exchange

__all__ = ["DIALECTS", "choose"]

DIALECTS: Final[tuple[ModuleType, ...]] = (openai_chat, unknown)
"""Tried in this order; of equals the first wins. `unknown` takes whatever nobody else wants."""


def choose(exchange: Exchange) -> ModuleType:
    """The dialect that understands most of an exchange."""
    best, best_score = unknown, 0.0
    for dialect in DIALECTS:
        score = dialect.sniff(exchange)
        if score == 1.0:
            return dialect
        if score > best_score:
            best, best_score = dialect, score
    return best
