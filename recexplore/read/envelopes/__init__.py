"""How a recorder wrapped what it saw.

An envelope is a module with a ``NAME`` and two functions:

``sniff(content) -> float``
    How sure it is, 0 to 1, that it knows this `recexplore.read.wire.content.Content`.
``read(content) -> Iterator[Exchange | Problem]``
    The exchanges inside, recorder's wrapping removed. Never raises for what the document holds: what is not as it
    should be becomes a `Problem` of its exchange, and the rest is still handed on. A problem that belongs to no exchange
    is given by itself; a file of which nothing is given is a recording of nothing, and no problem. Each exchange says in
    its ``path`` where it stands in the file and in its ``chunk_path`` where its chunks do; lines are found by these paths
    (`recexplore.read.positions.find_line`), when somebody asks.

Envelopes never look at what a provider meant, and never import each other. Others add theirs through the entry point
``recexplore.envelopes``; they are asked after ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final, Protocol

from recexplore.model.exchange import Exchange, Problem
from recexplore.model.plugins import installed, surest
from recexplore.read.envelopes import (
    aimock,
    aiperf,
    batch,
    capture,
    chunk_list,
    event_stream,
    har,
    http_pair,
    http_response,
    http_text,
    httprr,
    journal,
    llama_stack,
    nock,
    vcr,
)
from recexplore.read.wire.content import Content

__all__ = ["ENVELOPES", "Envelope", "choose", "known"]


class Envelope(Protocol):
    """How a recorder wrapped what it saw; the contract stands above."""

    @property
    def NAME(self) -> str: ...  # noqa: N802 - a module's constant

    def sniff(self, content: Content, /) -> float: ...

    def read(self, content: Content, /) -> Iterator[Exchange | Problem]: ...


ENVELOPES: Final[tuple[Envelope, ...]] = (
    journal,
    batch,
    llama_stack,
    vcr,
    har,
    aiperf,
    httprr,
    nock,
    http_pair,
    http_response,
    http_text,
    aimock,
    capture,
    event_stream,
    chunk_list,
)
"""Asked in this order; of equals the first wins."""


@lru_cache(maxsize=1)
def known() -> tuple[Envelope, ...]:
    """Ours, and those that other packages bring."""
    return (*ENVELOPES, *installed("recexplore.envelopes"))


_BARELY: Final = 0.2
"""How sure an envelope is where next to nothing speaks for it."""


def choose(content: Content, *, is_named: bool = True) -> Envelope | None:
    """The envelope that is surest of a file; None where none knows it.

    One that is barely sure gets the file only where somebody named it outright, and did not just meet it in a search.
    """
    return surest(known(), content, 0.0 if is_named else _BARELY)
