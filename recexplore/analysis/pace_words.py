"""Stalls and bursts in words: the one place where findings, frames, figures and the explorer have their sentences from.

Takes rows of `recexplore.analysis.pace.marks`, gives text. Times are seconds from where the recording's times begin.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from recexplore.model.counts import count

__all__ = ["batch_words", "duration", "mark_evidence", "mark_words", "moment"]


def duration(seconds: float) -> str:
    """``2.42 s``, ``18 ms``, ``0.6 ms``, ``35 µs``: as the explorer's page writes it."""
    if seconds >= 0.0995:
        return f"{seconds:,.2f} s"
    if seconds >= 0.0000995:
        return f"{seconds * 1e3:.{0 if seconds >= 0.00995 else 1}f} ms"
    return f"{seconds * 1e6:.0f} µs" if seconds >= 0.0000005 else "less than 1 µs"


def moment(seconds: float) -> str:
    """``0.47 s``: a time since the recording's times begin."""
    return f"{seconds:,.2f} s"


def mark_words(row: Mapping[Any, Any]) -> str:
    """A stall or burst in a sentence: how long, between which chunks, from when to when.

    Parameters
    ----------
    row
        Of `recexplore.analysis.pace.marks`, without ``words``.
    """
    return _burst(row) if row["mark"] == "burst" else _stall(row)


def mark_evidence(row: Mapping[Any, Any]) -> str:
    """The times that show it: ``chunk 9 at 0.472 s, chunk 10 at 2.890 s``."""
    first, last = row["first_chunk"], row["last_chunk"]
    return f"chunk {first:,} at {row['t_s']:,.3f} s, chunk {last:,} at {row['t_s'] + row['duration_s']:,.3f} s"


def batch_words(rows: Sequence[Mapping[Any, Any]], every: str) -> str:
    """Stalls that come back every few chunks, in a sentence.

    Parameters
    ----------
    rows
        At least two stalls of one stream, in wire order.
    every
        How many chunks there are between two: ``6`` or ``6 to 8``.
    """
    first, last = rows[0], rows[-1]
    waits = [row["duration_s"] for row in rows]
    shortest, longest = f"{min(waits):,.2f}", f"{max(waits):,.2f}"
    wait = f"{shortest} s" if shortest == longest else f"{shortest} to {longest} s"
    return (
        f"Nothing came for {wait} {len(rows)} times, every {every} chunks, {_between(first, last)}: the stream comes in "
        f"batches. Inside them the stream's usual gap is {duration(first['usual_s'])}."
    )


def _stall(row: Mapping[Any, Any]) -> str:
    n_others = row["n_chunks"] - 1
    nothing = f"Nothing but {count(n_others, 'chunk')} without text" if n_others else "Nothing"
    return (
        f"{nothing} came for {duration(row['duration_s'])} {_between(row, row)}; the stream's usual gap is "
        f"{duration(row['usual_s'])}."
    )


def _burst(row: Mapping[Any, Any]) -> str:
    began, wait = row["t_s"], row["wait_s"]
    silence = f"{duration(wait)} without text, from {moment(began - wait)} to {moment(began)}"
    return (
        f"{count(row['n_chunks'], 'chunk')} came at once, chunks {row['first_chunk']:,} to {row['last_chunk']:,} in "
        f"{duration(row['duration_s'])}, after {silence}: something held them back."
    )


def _between(first: Mapping[Any, Any], last: Mapping[Any, Any]) -> str:
    """From the chunk before the first wait to the chunk that ended the last."""
    chunks = f"between chunks {first['first_chunk']:,} and {last['last_chunk']:,}"
    return f"{chunks}, from {moment(first['t_s'])} to {moment(last['t_s'] + last['duration_s'])}"
