"""What dialects notice in a chunk that makes no event and no column: vocabulary of ``events.notes``.

Dialects write notes, rules read them. They are typed so that nothing a vendor sends can be taken for one.
"""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Note", "joined_notes", "notes_in"]


class Note(StrEnum):
    """Something that was sent, or left out, beside what an event says."""

    EMPTY_ROLE = "empty-role"
    """The role is an empty string."""
    EMPTY_FINISH = "empty-finish"
    """The finish reason is an empty string where null is meant."""
    MISSING_DELTA = "missing-delta"
    """A choice of a stream has neither a delta nor a message."""
    REASONING_TWICE = "reasoning-twice"
    """The same reasoning stands in two fields."""
    REASONING_IN_OBJECT = "reasoning-in-object"
    """Reasoning is an object with text where others send a string."""
    MISSING_CALL_INDEX = "missing-call-index"
    """A fragment of a tool call in a stream has no index."""
    ODD_CALL_INDEX = "odd-call-index"
    """The index of a tool call is no small number; it is kept in ``events.extra``."""
    FILTER_OFFSETS = "filter-offsets"
    """The choice tells up to which character a content filter came: Azure's asynchronous filter."""


def joined_notes(*notes: str | None) -> str | None:
    """A cell of ``events.notes``: notes, or cells, each note once; None where there is none."""
    every = [note for cell in notes if cell for note in cell.split(" ")]
    return " ".join(dict.fromkeys(every)) or None


def notes_in(cell: str) -> frozenset[Note]:
    """The notes in a cell of ``events.notes``; raises ValueError where one is none."""
    return frozenset(map(Note, cell.split(" ")))
