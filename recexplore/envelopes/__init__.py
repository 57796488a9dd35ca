"""How a recorder wrapped what it saw.

An envelope is a module with two functions:

``sniff(document) -> float``
    How sure it is, 0 to 1, that it knows this document.
``read(document) -> Iterator[Exchange]``
    The exchanges inside, recorder's wrapping removed. Never raises for what the document holds: what is not as it
    should be becomes a `Problem` of its exchange, and the rest is still handed on.

Envelopes never look at what a provider meant, and never import each other.
"""

from __future__ import annotations

from types import ModuleType
from typing import Final

from recexplore.decoding import Decoded
from recexplore.envelopes import llama_stack

__all__ = ["ENVELOPES", "choose"]

ENVELOPES: Final[tuple[ModuleType, ...]] = (llama_stack,)


def choose(document: Decoded) -> ModuleType | None:
    """The envelope that is surest of a document; None where none knows it."""
    best = max(ENVELOPES, key=lambda envelope: float(envelope.sniff(document)))
    return best if best.sniff(document) > 0 else None
