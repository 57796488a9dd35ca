"""What makes the requests of two recordings the same one, for rules that look at several runs of a request.

Requests stand in no frame: whoever runs the rules brings a function that reads them, for the few recordings that a rule
asks about.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

__all__ = ["RequestIdentities", "RequestIdentity"]


class RequestIdentity(NamedTuple):
    """What was asked.

    Attributes
    ----------
    key
        Equal for runs of one request, whether it asked for a stream or not: what changes from run to run is left out.
    read
        Equal for those of them in which a model reads the same, to the letter; None where that is not known, for the
        server keeps a conversation.
    """

    key: str
    read: str | None


RequestIdentities: TypeAlias = Callable[[Sequence[str]], Mapping[str, RequestIdentity]]
"""Takes ids of recordings, gives what was asked by id; not of those without a request, or whose file is another now."""
