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
from typing import Literal, NamedTuple, TypeAlias, TypedDict

import numpy as np
import pandas as pd

from recexplore.analysis.pace import with_text
from recexplore.corpus import Corpus
from recexplore.model.exchange import NOT_YET
from recexplore.model.silence import longest_silence_s

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
        return [_coming(stream, self._look(stream.path), now_s) for stream in self._open]

    @cached_property
    def _open(self) -> list[_OpenStream]:
        positions = np.flatnonzero(self._corpus.recordings["ended"] == NOT_YET)
        return [_OpenStream(self._corpus, position) for position in positions.tolist()]


class _OpenStream:
    """A recording without an end, as it was read: what is asked for each second is found once."""

    def __init__(self, corpus: Corpus, position: int) -> None:
        self._corpus, self._position = corpus, position
        about = corpus.recordings.iloc[position]
        self.recording, self.path, self._n_read = str(about["recording"]), str(about["path"]), int(about["bytes"])
        self._is_stream = not pd.isna(about["streaming"]) and bool(about["streaming"])

    @cached_property
    def sizes(self) -> tuple[int | None, ...]:
        """Those of a file of which all is read: one that is packed has the size it was found with."""
        return self._n_read, self._corpus.sources[self._position].blob.n_bytes

    @cached_property
    def last_s(self) -> float | None:
        """When the last chunk came, in POSIX seconds."""
        times = self._chunks["wall_time"]
        return None if times.empty or pd.isna(times.iloc[-1]) else times.iloc[-1].timestamp()

    @cached_property
    def longest_s(self) -> float:
        """How long it may be silent."""
        return longest_silence_s(self._chunks["gap_s"].tolist())

    @cached_property
    def is_amid_text(self) -> bool:
        """Whether text has come, and it did not finish."""
        if not self._is_stream:
            return False
        events = self._corpus.rows_of([self._position], "events")
        is_finished = np.any((events["kind"] == "finish") & events["choice"].notna())
        return bool(len(with_text(events))) and not is_finished

    @property
    def _chunks(self) -> pd.DataFrame:
        return self._corpus.rows_of([self._position], "chunks", ["gap_s", "wall_time"])


def _coming(stream: _OpenStream, file: FileNow | None, now_s: float) -> Coming:
    found: Coming = {"recording": stream.recording, "state": "coming", "quiet_s": None, "longest_s": None}
    if file is None or (file.n_bytes is not None and file.n_bytes not in stream.sizes):
        return found
    if not file.is_written:
        return {**found, "state": "left"}
    if stream.last_s is None:
        return found
    since_s = stream.last_s if file.changed_s is None else max(stream.last_s, file.changed_s)
    quiet_s = max(now_s - since_s, 0.0)
    if quiet_s > stream.longest_s and stream.is_amid_text:
        return {**found, "state": "silent", "quiet_s": quiet_s, "longest_s": stream.longest_s}
    return {**found, "quiet_s": quiet_s}
