"""Bytes that are written as numbers: a list, Node's ``{"type": "Buffer", "data": […]}``, or ``{"0": 72, "1": 105}``.

Takes the nodes of the numbers, gives the text that they are and a holder for each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from recexplore.read.wire.packed_text import is_legible
from recexplore.share.redact.notations.json_tree import Node
from recexplore.share.redact.notations.pieces import Holder

__all__ = ["Octet", "Octets", "octet_nodes", "text_of"]

_BUFFER_FIELDS = frozenset(["type", "data"])


def octet_nodes(node: Node, name: str, beside: frozenset[str]) -> Sequence[Node]:
    """The numbers that are the bytes of a text; none where a value is something else."""
    if node.kind == "object":
        has_places = name == "bytes" and [key.value for key, _ in node.pairs] == list(map(str, range(len(node.pairs))))
        nodes = [value for _, value in node.pairs] if has_places else []
    else:
        nodes = node.items if name == "bytes" or (name == "data" and beside == _BUFFER_FIELDS) else []
    is_bytes = all(each.kind == "number" and each.value.isdecimal() and int(each.value) < 256 for each in nodes)
    return nodes if nodes and is_bytes and is_legible(bytes(int(each.value) for each in nodes)) else []


def text_of(nodes: Sequence[Node]) -> str:
    """What the bytes say."""
    return bytes(int(each.value) for each in nodes).decode("utf-8", "surrogateescape")


@dataclass(slots=True, eq=False)
class Octets:
    """All bytes of a text."""

    inside: Holder
    made: bytes | None = None

    def byte(self, at: int) -> int | None:
        """One of them anew; None behind the end. Asked for only when all is replaced."""
        if self.made is None:
            self.made = self.inside.render().encode("utf-8", "surrogateescape")
        return self.made[at] if at < len(self.made) else None


@dataclass(slots=True, eq=False)
class Octet:
    """One byte, as a number."""

    text: str
    octets: Octets
    at: int

    def render(self) -> str:
        made = self.octets.byte(self.at)
        return self.text if made is None or made == int(self.text) else str(made)
