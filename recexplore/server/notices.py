"""What pages are told without having asked: what happened to the place that they show."""

from __future__ import annotations

from typing import Literal, TypeAlias, TypedDict

__all__ = ["ChangedRecordings", "Failed", "Loading", "Notice", "Ready"]


class Loading(TypedDict):
    """How many files are read, of how many; 0 of 0 where nothing is known yet."""

    state: Literal["loading"]
    read: int
    of: int


class Failed(TypedDict):
    """The place could not be read; what was read before stays."""

    state: Literal["failed"]
    words: str


class ChangedRecordings(TypedDict, total=False):
    """How many files are new, changed or gone, the recordings in them, what became of ids; empty where nothing is known."""

    new: int
    changed: int
    gone: int
    recordings: list[str]
    renamed: dict[str, str | None]


class Ready(TypedDict):
    """The place is read; what is asked from now on is about this revision of it."""

    state: Literal["ready"]
    revision: int
    changes: ChangedRecordings


Notice: TypeAlias = Loading | Failed | Ready
"""What happened to the place."""
