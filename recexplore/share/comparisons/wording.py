"""How every report words an answer: which runs gave it, why it is another, and where it parts.

Takes answers and where they part, gives text of one line. What a recording says is made harmless here, once for all reports.
"""

from __future__ import annotations

from typing import Final

from recexplore.share.comparisons.answers import Answer, Continuation, Parting
from recexplore.share.comparisons.entry import Entry
from recexplore.share.comparisons.excerpts import seen

__all__ = [
    "chunk_in_words",
    "chunks_in_words",
    "logprob_in_words",
    "pieces_in_words",
    "reasons_in_words",
    "runs_in_words",
]

_PIECE_CHARS: Final = 24
_MOST_NAMES: Final = 4


def runs_in_words(entry: Entry, runs: tuple[int, ...], most: int = _MOST_NAMES) -> str:
    """``run-3, run-7``, with their files where these names do not say them; of many the first few, and how many more."""
    labels = [seen(entry.named(run)) for run in runs[:most]]
    more = f" and {len(runs) - most:,} more" if len(runs) > most else ""
    return ", ".join(labels) + more


def reasons_in_words(answer: Answer) -> str:
    """Why an answer is another, and what is broken in it: ``content; finish reason``."""
    return "; ".join([*answer.why, *([answer.broken] if answer.broken else [])])


def chunk_in_words(continuation: Continuation) -> str:
    """``chunk 4``; ``the end`` where nothing follows."""
    return "the end" if continuation.chunk is None else f"chunk {continuation.chunk:,}"


def chunks_in_words(parting: Parting) -> str:
    """The chunks in which texts part: ``chunk 4``, ``chunk 4 and the end``."""
    return " and ".join(dict.fromkeys(map(chunk_in_words, (parting.base, parting.other))))


def logprob_in_words(continuation: Continuation) -> str:
    """``logprob -0.105``; nothing where nobody recorded it."""
    return "" if continuation.logprob is None else f"logprob {continuation.logprob:.3g}"


def pieces_in_words(pieces: tuple[str, ...]) -> str:
    """Pieces with a bar where they were cut."""
    return "│".join(seen(each[:_PIECE_CHARS]) + ("…" if len(each) > _PIECE_CHARS else "") for each in pieces)
