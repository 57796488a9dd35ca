"""The files that gave no recordings, or not all they hold: what the page lists behind its two counts.

Takes a `Corpus`, gives plain values; of very many files the first, and how many there are.
"""

from __future__ import annotations

from typing import Final, TypedDict

from recexplore.corpus import Corpus
from recexplore.views.text.safe_text import without_lone_surrogates

__all__ = ["Files", "SkippedFile", "SkippedFiles", "UnreadFile", "UnreadFiles", "files", "n_unread"]

_MOST: Final = 500
_LONGEST: Final = 2_000
"""Characters of a text; what was found may be a whole file."""


class UnreadFile(TypedDict):
    """Something that could not be read; ``exchange`` and ``chunk`` are None where it is of none."""

    path: str
    exchange: int | None
    chunk: int | None
    what: str
    expected: str
    found: str
    hint: str


class SkippedFile(TypedDict):
    """A file that a search passed over."""

    path: str
    reason: str


class UnreadFiles(TypedDict):
    """The first problems, and how many there are."""

    rows: list[UnreadFile]
    total: int


class SkippedFiles(TypedDict):
    """The first files that were passed over, and how many there are."""

    rows: list[SkippedFile]
    total: int


class Files(TypedDict):
    """The files that gave no recordings, or not all they hold."""

    unread: UnreadFiles
    skipped: SkippedFiles


def files(corpus: Corpus) -> Files:
    """The files of ``corpus.problems`` and ``corpus.skipped``."""
    unread: list[UnreadFile] = [
        {
            "path": _text(each.path),
            "exchange": each.exchange,
            "chunk": each.chunk,
            "what": _text(each.what),
            "expected": _text(each.expected),
            "found": _text(each.found),
            "hint": _text(each.hint),
        }
        for each in corpus.unread[:_MOST]
    ]
    skipped: list[SkippedFile] = [
        {"path": _text(each.path), "reason": _text(each.reason)} for each in corpus.skipped_files[:_MOST]
    ]
    return {
        "unread": {"rows": unread, "total": len(corpus.unread)},
        "skipped": {"rows": skipped, "total": len(corpus.skipped_files)},
    }


def n_unread(corpus: Corpus) -> int:
    """How many files something could not be read of."""
    return len({each.path for each in corpus.unread})


def _text(text: str) -> str:
    return without_lone_surrogates(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")
