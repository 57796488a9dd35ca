"""The files that gave no recordings, or not all they hold: what the page lists behind its two counts.

Takes a `Corpus`, gives plain values; of very many files the first, and how many there are.
"""

from __future__ import annotations

from typing import Any, Final

from recexplore.corpus import Corpus
from recexplore.views.text.safe_text import without_lone_surrogates

__all__ = ["files", "n_unread"]

_MOST: Final = 500
_LONGEST: Final = 2_000
"""Characters of a text; what was found may be a whole file."""


def files(corpus: Corpus) -> dict[str, dict[str, Any]]:
    """The files of ``corpus.problems`` and ``corpus.skipped``.

    Returns
    -------
    dict
        ``unread`` with a row for every problem (``path``, ``exchange`` and ``chunk`` or None, ``what``, ``expected``,
        ``found``, ``hint``) and ``skipped`` with one for every file (``path``, ``reason``); both as ``{"rows", "total"}``.
    """
    unread = [
        {
            **{"path": _text(each.path), "exchange": each.exchange, "chunk": each.chunk},
            **{name: _text(getattr(each, name)) for name in ("what", "expected", "found", "hint")},
        }
        for each in corpus.unread[:_MOST]
    ]
    skipped = [{"path": _text(each.path), "reason": _text(each.reason)} for each in corpus.skipped_files[:_MOST]]
    return {
        "unread": {"rows": unread, "total": len(corpus.unread)},
        "skipped": {"rows": skipped, "total": len(corpus.skipped_files)},
    }


def n_unread(corpus: Corpus) -> int:
    """How many files something could not be read of."""
    return len({each.path for each in corpus.unread})


def _text(text: str) -> str:
    return without_lone_surrogates(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")
