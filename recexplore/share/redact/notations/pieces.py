"""A stretch of a recording that may be replaced, and what holds such stretches: texts that lie in one another.

A `Piece` is one value. A `Holder` is a text in some notation with pieces and further holders in it; asked to ``render`` it
gives its text anew, in which nothing differs but what was replaced.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from recexplore.share.redact.fields import Kind
from recexplore.share.redact.notations.json_tree import Node, rewritten_string

__all__ = ["Bytes", "Holder", "JsonText", "Packed", "Piece", "PieceOf", "Slot", "Spliced", "Whole"]

Slot: TypeAlias = tuple[Hashable, ...]
"""Where a text goes on: pieces of one slot are pieces of one text, in their order."""


class Holder(Protocol):
    """Something that has a text and can give it anew."""

    text: str

    def render(self) -> str:
        """The text with what was replaced in it."""


@dataclass(slots=True, eq=False)
class Piece:
    """One value: what it says, of what kind it is, what it says instead, and where in the file it stands."""

    text: str
    kind: Kind
    name: str
    slot: Slot
    offset: int
    new: str | None = None

    def render(self) -> str:
        return self.text if self.new is None else self.new


@dataclass(slots=True, eq=False)
class Bytes:
    """One byte of a token, as a number: that of what the token says instead."""

    text: str
    token: Piece
    at: int

    def render(self) -> str:
        data = self.token.render().encode("utf-8", "surrogatepass")
        return str(data[self.at]) if self.at < len(data) else self.text


@dataclass(slots=True, eq=False)
class JsonText:
    """JSON as it is written."""

    text: str
    parts: list[tuple[Node, Holder]] = field(default_factory=list)

    def render(self) -> str:
        made, at = [], 0
        for node, part in sorted(self.parts, key=lambda each: each[0].start):
            new = part.render()
            if new == part.text:
                continue
            written = self.text[node.start : node.end]
            made += [
                self.text[at : node.start],
                rewritten_string(written, node.value, new) if node.kind == "string" else new,
            ]
            at = node.end
        return "".join([*made, self.text[at:]]) if made else self.text


@dataclass(slots=True, eq=False)
class Spliced:
    """A text with parts of it that stand as they are: lines of a stream, a body behind its head."""

    text: str
    parts: list[tuple[int, int, Holder]] = field(default_factory=list)

    def render(self) -> str:
        made, at = [], 0
        for start, end, part in self.parts:
            new = part.render()
            if new != part.text:
                made += [self.text[at:start], new]
                at = end
        return "".join([*made, self.text[at:]]) if made else self.text


@dataclass(slots=True, eq=False)
class Packed:
    """A text that stands for another one: base64, hexadecimal, compressed."""

    text: str
    inside: Holder
    pack: Callable[[str], str]

    def render(self) -> str:
        new = self.inside.render()
        return self.text if new == self.inside.text else self.pack(new)


@dataclass(slots=True, eq=False)
class Whole:
    """A text that a recorder cut into pieces anywhere."""

    texts: Sequence[str]
    inside: Holder

    def piece(self, at: int) -> str:
        """A piece anew, cut where it was as far as the whole is as long as it was; the last one holds what is left."""
        start = sum(map(len, self.texts[:at]))
        new = self.inside.render()
        return new[start:] if at == len(self.texts) - 1 else new[start : start + len(self.texts[at])]


@dataclass(slots=True, eq=False)
class PieceOf:
    """One piece of a `Whole`."""

    text: str
    whole: Whole
    at: int

    def render(self) -> str:
        return self.whole.piece(self.at)
