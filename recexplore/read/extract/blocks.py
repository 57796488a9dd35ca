"""As what the blocks of a message were opened, and which deltas do not fit into them.

Takes the numbers of blocks as they are opened, and what their deltas bring; remembers them until another message begins. A
block of a kind that a dialect does not know is never judged.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from recexplore.model.exchange import Json
from recexplore.model.notes import Note
from recexplore.read.extract.emit import is_index

__all__ = ["BlockKind", "Blocks"]

BlockKind: TypeAlias = Literal["text", "thinking", "call", "whole"]
"""What a block holds, or a delta brings; a ``whole`` block is told at once, and holds neither text nor thoughts."""

_WITHIN: Final[dict[BlockKind, Note]] = {
    "text": Note.IN_TEXT_BLOCK,
    "thinking": Note.IN_THINKING_BLOCK,
    "call": Note.IN_CALL_BLOCK,
    "whole": Note.IN_WHOLE_BLOCK,
}


class Blocks:
    """The blocks of the message that is told, by their numbers."""

    def __init__(self) -> None:
        self._kinds: dict[int, BlockKind] = {}

    def forget(self) -> None:
        """Another message begins."""
        self._kinds.clear()

    def open(self, number: Json, kind: BlockKind | None) -> None:
        """A block is opened; None where nobody knows what it holds."""
        if type(number) is int and is_index(number):
            if kind is None:
                self._kinds.pop(number, None)
            else:
                self._kinds[number] = kind

    def kind(self, number: Json) -> BlockKind | None:
        """As what a block was opened; None where that is not known."""
        return self._kinds.get(number) if type(number) is int else None

    def misfit(self, number: Json, brings: BlockKind | None) -> Note | None:
        """The note of a delta that brings something else than its block holds; None where it fits, or may fit."""
        holds = self.kind(number)
        if holds is None or brings is None or holds == brings or (holds == "whole" and brings == "call"):
            return None
        return _WITHIN[holds]
