"""Which header fields pass from one connection to another.

Takes the fields of a request or of an answer, gives those that concern more than the connection that they came by.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

__all__ = ["end_to_end"]

_HOP_BY_HOP: Final = frozenset(
    [
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
        "transfer-encoding", "upgrade",
    ]
)  # fmt: skip
"""Fields that concern one connection, and not the request or the answer (RFC 9110, 7.6.1)."""


def end_to_end(headers: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The fields that concern more than one connection."""
    fields = list(headers)
    named = ",".join(value for name, value in fields if name.lower() == "connection")
    hop_by_hop = _HOP_BY_HOP | {each.strip().lower() for each in named.split(",")}
    return (field for field in fields if field[0].lower() not in hop_by_hop)
