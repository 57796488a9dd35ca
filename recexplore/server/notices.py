"""What pages are told without having asked: what happened to the place that they show."""

from __future__ import annotations

from typing import Literal, TypeAlias, TypedDict

__all__ = ["ChangedRecordings", "Failed", "Loading", "Notice", "Ready"]


class Failed(TypedDict):
    """The place could not be read; what was read before stays."""

    state: Literal["failed"]
    words: str


class ChangedRecordings(TypedDict, total=False):
    """How many files are new, changed or gone, the recordings in them, what became of ids; empty where nothing is known.
    A file is not ``changed`` that goes on where it had no end."""

    new: int
    changed: int
    gone: int
    recordings: list[str]
    renamed: dict[str, str | None]


class Loading(TypedDict):
    """How far reading is, or what comes after it, in words ("" at the beginning) and from 0 to 1; the revision that holds
    what is read so far, None where none does, and what became of the ids of the one before."""

    state: Literal["loading"]
    words: str
    share: float
    revision: int | None
    changes: ChangedRecordings


class Ready(TypedDict):
    """The place is read; what is asked from now on is about this revision of it."""

    state: Literal["ready"]
    revision: int
    changes: ChangedRecordings


Notice: TypeAlias = Loading | Failed | Ready
"""What happened to the place."""
