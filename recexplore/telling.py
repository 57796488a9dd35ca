"""Whether a JSON object may be an answer, or a part of one: by fields that some provider's answers have.

Takes a value, gives yes or no. What such a field means is not this module's question; it keeps a folder's other files from
being taken for recordings.
"""

from __future__ import annotations

from typing import Final

from recexplore.model import Json

__all__ = ["may_be_answer"]

_TELLING: Final = tuple(
    frozenset(fields.split())
    for fields in (
        "choices usage",
        "choices object",
        "choices model",
        "choices id",
        "type sequence_number",
        "type message",
        "type delta",
        "type content_block",
        "type index",
        "type role content",
        "object output",
        "candidates",
        "event_type",
        "done message",
        "done response",
        "messageStart",
        "contentBlockDelta",
        "stopReason output",
    )
)


def may_be_answer(value: Json) -> bool:
    """Whether a value is an object with the fields of some answer."""
    return isinstance(value, dict) and any(fields <= value.keys() for fields in _TELLING)
