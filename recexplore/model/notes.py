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
    REASONING_APART = "reasoning-apart"
    """A tag stands in the content of a choice whose reasoning came in a field of its own."""
    MISSING_CALL_INDEX = "missing-call-index"
    """A fragment of a tool call in a stream has no index."""
    ODD_CALL_INDEX = "odd-call-index"
    """The index of a tool call is no small number; it is kept in ``events.extra``."""
    SHARED_CALL_INDEX = "shared-call-index"
    """A whole tool call was sent under the number of another; it is counted as a call of its own."""
    ODD_ARGUMENTS = "odd-arguments"
    """The arguments of a tool call are JSON itself where a text that holds it is meant; they are kept as that text."""
    NAME_REPEATED = "name-repeated"
    """A fragment sends the name of its tool call again."""
    NAME_PIECE = "name-piece"
    """A fragment sends another piece of its tool call's name."""
    IN_TEXT_BLOCK = "in-text-block"
    """A delta of something else than text came for a block that was opened as text."""
    IN_THINKING_BLOCK = "in-thinking-block"
    """A delta of something else than thoughts came for a block that was opened as thinking."""
    IN_CALL_BLOCK = "in-call-block"
    """A delta of something else than arguments came for a block that was opened as a tool call."""
    IN_WHOLE_BLOCK = "in-whole-block"
    """A delta of text or thoughts came for a block that is told at once, such as the result of a server's own tool."""
    UNOPENED_CALL = "unopened-call"
    """A delta of arguments came for a block that was never opened as a tool call."""
    RETOLD = "retold"
    """A text stands whole where its part or block begins, and is told again, mostly in deltas; it counts once."""
    UNADDED_PART = "unadded-part"
    """A delta of text came for an item of which no part was added."""
    TEXT_IN_OBJECT = "text-in-object"
    """A delta is an object with text where a string is promised."""
    EMPTY_OUTPUT = "empty-output"
    """The response at the end has an empty list of items, or none where the one at the beginning had a list."""
    NO_OUTPUT = "no-output"
    """The response at the end has no list of items, nor had any before."""
    NO_CONTENT_LIST = "no-content-list"
    """The message that a stream begins with is missing, or has no list of content that blocks could be added to."""
    FILTER_OFFSETS = "filter-offsets"
    """The choice tells up to which character a content filter came: Azure's asynchronous filter."""
    NOT_DONE = "not-done"
    """It is said why the answer ended, and not that it did, which clients wait for."""
    INTERVENED = "intervened"
    """A guardrail stands between model and client, and put its own words in the answer's place."""


def joined_notes(*notes: str | None) -> str | None:
    """A cell of ``events.notes``: notes, or cells, each note once; None where there is none."""
    every = [note for cell in notes if cell for note in cell.split(" ")]
    return " ".join(dict.fromkeys(every)) or None


def notes_in(cell: str) -> frozenset[Note]:
    """The notes in a cell of ``events.notes``; raises ValueError where one is none."""
    return frozenset(map(Note, cell.split(" ")))
