"""A sentence that a pane says beside its figures."""

from __future__ import annotations

from typing import Literal, TypedDict

__all__ = ["Note"]


class Note(TypedDict):
    """A sentence, and whether it warns."""

    level: Literal["note", "warning"]
    words: str
