"""How a recorder wrapped what it saw.

An envelope is a module with two functions:

``sniff(content) -> float``
    How sure it is, 0 to 1, that it knows this `recexplore.read.wire.json_text.Content`.
``read(content) -> Iterator[Exchange | Problem]``
    The exchanges inside, recorder's wrapping removed. Never raises for what the document holds: what is not as it
    should be becomes a `Problem` of its exchange, and the rest is still handed on. A problem that belongs to no exchange
    is given by itself.

A third one it may have:

``line_of(content, exchange, chunk) -> int | None``
    On which line of the file, counted from one, a chunk's first character stands (of a server-sent event: its first
    ``data`` line); with None for ``chunk``, where the exchange begins. Where a chunk's place cannot be told, because its
    body is packed or folded in a way that cannot be followed, the line where the body or the exchange begins; None where
    not even that is known. It is asked for many chunks of a file: what it finds is best kept by `Content.once`.

Envelopes never look at what a provider meant, and never import each other. Others add theirs through the entry point
``recexplore.envelopes``; they are asked after ours.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, Final, Protocol

from recexplore.model.exchange import Exchange, Problem
from recexplore.model.plugins import installed
from recexplore.read.envelopes import aiperf, chunk_list, event_stream, har, llama_stack, vcr
from recexplore.read.wire.content import Content

__all__ = ["ENVELOPES", "Envelope", "choose", "known", "line_of"]


class Envelope(Protocol):
    """How a recorder wrapped what it saw; the contract stands above. A third function, ``line_of``, is optional."""

    @property
    def NAME(self) -> str: ...  # noqa: N802 - a module's constant

    def sniff(self, content: Content, /) -> float: ...

    def read(self, content: Content, /) -> Iterator[Exchange | Problem]: ...


ENVELOPES: Final[tuple[Envelope, ...]] = (llama_stack, vcr, har, aiperf, event_stream, chunk_list)
"""Asked in this order; of equals the first wins."""


@lru_cache(maxsize=1)
def known() -> tuple[Envelope, ...]:
    """Ours, and those that other packages bring."""
    return (*ENVELOPES, *installed("recexplore.envelopes"))


def choose(content: Content) -> Envelope | None:
    """The envelope that is surest of a file; None where none knows it."""
    best, best_score = None, 0.0
    for envelope in known():
        sure = _score(envelope, content)
        if sure >= 1.0:
            return envelope
        if sure > best_score:
            best, best_score = envelope, sure
    return best


def _score(envelope: Envelope, content: Content) -> float:
    """How sure an envelope is, 0 to 1; one that cannot say is not sure at all."""
    try:
        score = float(envelope.sniff(content))
    except Exception as error:  # whatever another package's code does, the load goes on
        warnings.warn(f"{getattr(envelope, 'NAME', envelope)} could not be asked: {error!r}", stacklevel=2)
        return 0.0
    return score if score > 0 else 0.0


def line_of(envelope: Envelope, content: Content, exchange: int, chunk: int | None) -> int | None:
    """The line where a chunk or an exchange begins; None where the envelope cannot say."""
    find: Callable[[Content, int, int | None], Any] | None = getattr(envelope, "line_of", None)
    try:
        said = find(content, exchange, chunk) if find is not None else None
    except Exception as error:  # whatever a file does to whoever reads it, a finding without a line is still one
        warnings.warn(f"{envelope.NAME} could not say where a chunk stands: {error!r}", stacklevel=2)
        return None
    return said if type(said) is int and said > 0 else None
