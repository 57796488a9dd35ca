"""What kind of exchange a recording is to whoever looks at it: what is worth a view of its own.

Takes a `Recording`, gives one of `SHAPES` and words for what is shown in place of a flow.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from recexplore.corpus import Recording
from recexplore.model.plain_values import plain

__all__ = ["Shape", "headline", "shape_of"]

Shape: TypeAlias = Literal["stream", "whole", "error", "exchange"]
"""``stream``: choices that came in several chunks. ``whole``: choices that came at once. ``error``: no choice, but an error.
``exchange``: anything else over HTTP, embeddings and files among it."""

_FAILS_FROM: Final = 400


def shape_of(recording: Recording) -> Shape:
    facts = recording.facts
    if facts["n_choices"]:
        return "stream" if facts["n_chunks"] > 1 else "whole"
    if facts["n_chunks"] > 1:
        return "stream"
    status = plain(facts["status"]) or 0
    return "error" if plain(facts["error"]) is not None or status >= _FAILS_FROM else "exchange"


def headline(recording: Recording) -> str:
    """Method and path of an exchange that has no question, and how it ended; "" of any other recording."""
    facts = recording.facts
    if shape_of(recording) != "exchange":
        return ""
    asked = " ".join(str(part) for name in ("method", "endpoint") if (part := plain(facts[name])) is not None)
    status = plain(facts["status"])
    return f"{asked} → {status}" if asked and status is not None else asked
