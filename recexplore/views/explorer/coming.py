"""The streams that still come: which of them are silent now, and which nobody records any more.

Takes a corpus, what looks at a file, and the time of day, gives a `Coming` for each recording without an end. A stream is
silent where the rule ``stall`` would say so if its client gave up now: text has come, it did not finish, and its last chunk
is farther back than `recexplore.model.silence` lets it be. A journal's clock stands still while the machine sleeps, and the
time of day may be set: nothing is silent for longer than its file has not changed. Never says so of a file that holds more
than was read of it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, Literal, NamedTuple, TypeAlias, TypedDict

import numpy as np
import pandas as pd

from recexplore.analysis.pace import with_text
from recexplore.corpus import Corpus
from recexplore.model.silence import longest_silence_s
from recexplore.views.find.arrays import NOT_YET

__all__ = ["Coming", "ComingStreams", "FileNow", "Look"]


class FileNow(NamedTuple):
    """A file as it is now: whether somebody writes it, its size, and when it changed last, in POSIX seconds; None of what is
    no file of this system."""

    is_written: bool
    n_bytes: int | None
    changed_s: float | None


Look: TypeAlias = Callable[[str], FileNow | None]
"""Looks at the file of a path; None where that just went."""


class Coming(TypedDict):
    """A recording without an end.

    It is ``left`` where nobody writes it any more. ``quiet_s`` is how long ago its last chunk came, None where none came,
    or where more has come than is read; ``longest_s`` how long it may be silent, None of one that is not ``silent``.
    """

    recording: str
    state: Literal["coming", "silent", "left"]
    quiet_s: float | None
    longest_s: float | None


class ComingStreams:
    """The recordings of a corpus that have no end yet.

    Parameters
    ----------
    corpus
        As it was read last.
    look
        Looks at their files.
    """

    def __init__(self, corpus: Corpus, look: Look) -> None:
        self._corpus, self._look = corpus, look

    def now(self, now_s: float) -> list[Coming]:
        """How things stand at a time of day, in POSIX seconds."""
        return [self._coming(position, row, now_s) for position, row in self._open]

    @cached_property
    def _open(self) -> list[tuple[int, dict[Any, Any]]]:
        about = self._corpus.recordings
        positions = np.flatnonzero(about["ended"] == NOT_YET)
        rows = about.iloc[positions][["recording", "path", "bytes", "streaming"]].to_dict("records")
        return list(zip(positions.tolist(), rows, strict=True))

    def _coming(self, position: int, row: dict[Any, Any], now_s: float) -> Coming:
        found: Coming = {"recording": str(row["recording"]), "state": "coming", "quiet_s": None, "longest_s": None}
        file = self._look(str(row["path"]))
        if file is None or self._holds_more(position, row["bytes"], file.n_bytes):
            return found
        if not file.is_written:
            return {**found, "state": "left"}
        chunks = self._corpus.rows_of([position], "chunks", ["t_s", "gap_s", "wall_time"])
        if not len(chunks) or pd.isna(last := chunks["wall_time"].iloc[-1]):
            return found
        since_s = last.timestamp() if file.changed_s is None else max(last.timestamp(), file.changed_s)
        quiet_s = max(now_s - since_s, 0.0)
        longest_s = longest_silence_s(chunks["gap_s"].tolist())
        is_stream = not pd.isna(row["streaming"]) and bool(row["streaming"])
        if is_stream and quiet_s > longest_s and self._is_amid_text(position):
            return {**found, "state": "silent", "quiet_s": quiet_s, "longest_s": longest_s}
        return {**found, "quiet_s": quiet_s}

    def _holds_more(self, position: int, n_read: int, n_now: int | None) -> bool:
        """Whether a file has another size than what was read of it. One that is packed has the size it was found with."""
        return n_now is not None and n_now not in (n_read, self._corpus.sources[position].blob.n_bytes)

    def _is_amid_text(self, position: int) -> bool:
        events = self._corpus.rows_of([position], "events")
        is_finished = np.any((events["kind"] == "finish") & events["choice"].notna())
        return bool(len(with_text(events))) and not is_finished
