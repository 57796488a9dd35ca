"""Whether a JSON object may be an answer, or a part of one: by fields that some provider's answers have.

Takes a value, gives yes or no. What such a field means is not this module's question; it keeps a folder's other files from
being taken for recordings.
"""

from __future__ import annotations

from typing import Final

from recexplore.model.exchange import Json

__all__ = ["ends_answer", "may_be_answer"]

_OF_CHOICES: Final = frozenset(["delta", "message", "text"])
_TELLING: Final = tuple(
    frozenset(fields.split())
    for fields in (
        "choices usage",
        "choices object",
        "choices model",
        "choices id",
        "embeddings",
        "data usage",
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


_LAST_TYPES: Final = frozenset(["message_stop", *(f"response.{end}" for end in ("completed", "failed", "incomplete"))])
_WHOLE_OBJECTS: Final = frozenset(["chat.completion", "response"])


def ends_answer(chunk: Json) -> bool:
    """Whether nothing can follow in the same answer, except ``[DONE]``."""
    if not isinstance(chunk, dict):
        return bool(chunk == "[DONE]")
    kind, is_whole = (
        chunk.get("type"),
        chunk.get("object") in _WHOLE_OBJECTS if _is_text(chunk.get("object")) else False,
    )
    return is_whole or chunk.get("done") is True or (_is_text(kind) and (kind in _LAST_TYPES or _is_message(chunk)))


def _is_text(value: Json) -> bool:
    return isinstance(value, str)


def _is_message(chunk: dict[str, Json]) -> bool:
    return chunk["type"] == "message" and "content" in chunk and "role" in chunk


def may_be_answer(value: Json) -> bool:
    """Whether a value is an object with the fields of some answer."""
    return isinstance(value, dict) and (_has_choices(value) or any(fields <= value.keys() for fields in _TELLING))


def _has_choices(value: dict[str, Json]) -> bool:
    choices = value.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    return isinstance(first, dict) and not _OF_CHOICES.isdisjoint(first)
