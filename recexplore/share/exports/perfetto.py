"""Streams as a trace that Perfetto and Chrome's tracing open: the Trace Event Format, in JSON.

Takes recordings, gives one file: a process a recording, a track for all chunks and one a choice, and tracks for stalls and
bursts where there are any. A slice is the wait that a chunk ended: it begins when the chunk before came (the first, where
that is known, when the request was sent) and ends with the chunk, so that a stall is as long as it was; a chunk that came
at once with the one before, or of whose wait nothing is known, is an instant. Slices of a choice are named by the kind of
what came, which gives them its colour; findings are instants, usage reports are counters. Each recording begins at zero.

A stream whose chunks have no times is left out, unless their numbers are asked to stand for them, a millisecond each; then
the process and the file's metadata say so. Of the format:
https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import partial
from itertools import count
from typing import Any, BinaryIO, Final

import numpy as np
import orjson
import pandas as pd

from recexplore import __version__
from recexplore.analysis.pace import marks
from recexplore.analysis.shares import per_chunk
from recexplore.corpus import Corpus, Recording
from recexplore.model.colours import AMBER, BLUE, GREEN, GREY, PINK, VERMILION, Colour
from recexplore.model.kinds import KINDS, SIZED_KINDS, kind_named
from recexplore.model.plain_values import plain, records
from recexplore.share.exports.options import Options
from recexplore.share.exports.outcome import Note, Outcome
from recexplore.share.exports.selection import Selection
from recexplore.share.exports.target import File
from recexplore.share.exports.unmasked import note_unmasked

__all__ = ["files"]

_CHROME_COLOURS: Final[Mapping[Colour, str]] = {
    AMBER: "yellow",
    BLUE: "rail_response",
    GREEN: "good",
    VERMILION: "terrible",
    GREY: "grey",
    PINK: "grey",
}
"""The names that Chrome's tracing has for colours nearest to those of the kinds; Perfetto takes a name's own."""
_OTHER: Final = "other"
_INDEX_S: Final = 0.001
"""How long a chunk takes where its number stands for its time."""
_COUNTS: Final = ("prompt", "completion", "total", "cached", "cache_write", "reasoning", "audio")
_MAIN: Final = "chunks"
_MARKS: Final = "stalls and bursts"


def files(selection: Selection, options: Options, outcome: Outcome) -> Iterator[File]:
    """One trace of all streams that have times."""
    chosen = set()
    by_number = options.untimed == "index"
    for part in selection.parts():
        for recording in _recordings(part):
            if _times(recording, by_number=by_number) is None:
                outcome.left_out.append(Note(recording.id, _why_untimed(recording)))
                continue
            if not _is_timed(recording):
                outcome.added.append(Note(recording.id, "times: the number of each chunk, in milliseconds"))
            chosen.add(recording.id)
    if chosen:
        note_unmasked(selection, outcome, chosen)
        yield File("trace.json", partial(_write, selection, chosen, by_number, outcome))


def _recordings(part: Corpus | Recording) -> Iterable[Recording]:
    return (part,) if isinstance(part, Recording) else part


def _grouped(part: Corpus | Recording) -> dict[str, dict[str, pd.DataFrame]]:
    """What is drawn beside the chunks, computed once for all recordings, then by recording."""
    frames = {"shares": per_chunk(part.events), "marks": marks(part.chunks, part.events)}
    return {
        name: {str(key): rows for key, rows in frame.groupby("recording", sort=False, observed=True)}
        for name, frame in frames.items()
    }


def _is_timed(recording: Recording) -> bool:
    return bool(recording.chunks["t_s"].notna().any())


def _why_untimed(recording: Recording) -> str:
    return "nobody recorded when its chunks came" if len(recording.chunks) else "it has no chunk"


def _times(recording: Recording, *, by_number: bool) -> np.ndarray | None:
    """When each chunk came, in whole microseconds from the beginning; -1 where nobody knows. None where it is known of none.

    Of fractions viewers make slices that overlap by a rounding.
    """
    chunks = recording.chunks
    seconds = chunks["t_s"].to_numpy()
    if not len(seconds) or (np.isnan(seconds).all() and not by_number):
        return None
    if np.isnan(seconds).all():
        seconds = (chunks["chunk"].to_numpy() + 1) * _INDEX_S
    microseconds: np.ndarray = np.where(np.isnan(seconds), -1, np.nan_to_num(seconds) * 1e6).round().astype(np.int64)
    return microseconds


def _write(selection: Selection, chosen: Collection[str], by_number: bool, outcome: Outcome, out: BinaryIO) -> None:
    """The trace, an event a line."""
    untimed = [note.recording for note in outcome.added]
    about = {
        "recexplore": __version__,
        "time": "from the beginning of each recording",
        "left_out": len(outcome.left_out),
        "chunk_number_for_time": untimed,
    }
    out.write(b'{"displayTimeUnit":"ms","otherData":' + orjson.dumps(about) + b',"traceEvents":[')
    separator = b"\n"
    for event in _events(selection, chosen, by_number):
        out.write(separator + orjson.dumps(event))
        separator = b",\n"
    out.write(b"\n]}\n")


def _events(selection: Selection, chosen: Collection[str], by_number: bool) -> Iterator[dict[str, Any]]:
    """The events of the chosen recordings, a process each."""
    tracks, numbers = _Tracks(), count(1)
    for part in selection.parts():
        grouped = {**_grouped(part), "findings": selection.findings}
        for recording in _recordings(part):
            times = _times(recording, by_number=by_number) if recording.id in chosen else None
            if times is not None:
                beside = {name: rows[recording.id] for name, rows in grouped.items() if recording.id in rows}
                yield from _Process(recording, times, beside, next(numbers), tracks).events()


class _Tracks:
    """Numbers for tracks: no two of a trace are the same, for viewers take them for threads of one system."""

    def __init__(self) -> None:
        self._n = 0

    def next(self) -> int:
        self._n += 1
        return self._n


class _Process:
    """One recording's part of the trace."""

    def __init__(
        self, recording: Recording, times: np.ndarray, beside: dict[str, pd.DataFrame], number: int, tracks: _Tracks
    ) -> None:
        self._recording = recording
        self._beside = beside
        self._times = times
        self._begins = _begins(times, from_zero=recording.facts["t_zero"] == "request" or not _is_timed(recording))
        self._pid = number
        self._tracks: dict[int | None, int] = {None: tracks.next()}
        self._tracks |= {int(choice): tracks.next() for choice in recording.choices["choice"]}
        self._marks = tracks.next()

    def events(self) -> Iterator[dict[str, Any]]:
        yield from self._names()
        yield from self._chunks()
        yield from self._shares()
        yield from self._usage()
        yield from self._pace()
        yield from self._findings()

    def _names(self) -> Iterator[dict[str, Any]]:
        facts = {name: plain(value) for name, value in self._recording.facts.items()}
        told = [
            facts["recording"],
            facts["test_id"] or facts["path"],
            facts["model_served"] or facts["model_requested"],
        ]
        yield self._about(None, "process_name", name=" · ".join(str(each) for each in told if each))
        yield self._about(None, "process_sort_index", sort_index=self._pid)
        if not _is_timed(self._recording):
            yield self._about(None, "process_labels", labels="no times: the number of each chunk stands for them")
        names = {track: _MAIN if choice is None else f"choice {choice}" for choice, track in self._tracks.items()}
        names |= {self._marks: _MARKS} if self._has_pace else {}
        for place, (track, name) in enumerate(names.items()):
            yield self._about(track, "thread_name", name=name)
            yield self._about(track, "thread_sort_index", sort_index=place)

    @property
    def _has_pace(self) -> bool:
        return _is_timed(self._recording) and len(self._rows("marks")) > 0

    def _about(self, track: int | None, what: str, **said: Any) -> dict[str, Any]:
        place = {"pid": self._pid} if track is None else {"pid": self._pid, "tid": track}
        return {"ph": "M", **place, "name": what, "args": said}

    def _chunks(self) -> Iterator[dict[str, Any]]:
        """A slice for each chunk, whatever it holds."""
        for row in records(self._recording.chunks[["chunk", "event", "bytes", "n_choices", "damage", "wall_time"]]):
            number = row["chunk"]
            if self._times[number] >= 0:
                yield self._slice(None, number, f"chunk {number}", "chunk", row)

    def _shares(self) -> Iterator[dict[str, Any]]:
        """A slice for what each chunk brought each choice."""
        events = self._recording.events
        texts: defaultdict[tuple[int, Any], list[str]] = defaultdict(list)
        for chunk, choice, text in _cells(events[events["kind"].isin(SIZED_KINDS)], "chunk", "choice", "text"):
            texts[chunk, choice] += [text] if text is not None else []
        columns = ("chunk", "choice", "kind", "chars", "is_finish")
        for chunk, choice, kind, chars, is_finish in _cells(self._rows("shares"), *columns):
            if choice is not None and self._times[chunk] >= 0:
                said = {"chunk": chunk, "chars": chars, "text": "".join(texts[chunk, choice])}
                name = kind or ("finish" if is_finish else _OTHER)
                yield self._slice(choice, chunk, name, name, said)

    def _rows(self, name: str) -> pd.DataFrame:
        return self._beside.get(name, pd.DataFrame())

    def _usage(self) -> Iterator[dict[str, Any]]:
        for row in records(self._recording.usage):
            counts = {name: row[name] for name in _COUNTS if row[name] is not None}
            if counts and self._times[row["chunk"]] >= 0:
                at = int(self._times[row["chunk"]])
                yield {"ph": "C", "pid": self._pid, "name": "tokens", "ts": at, "args": counts}

    def _pace(self) -> Iterator[dict[str, Any]]:
        for row in records(self._rows("marks")) if self._has_pace else ():
            begin, end = (int(self._times[row[name]]) for name in ("first_chunk", "last_chunk"))
            yield {
                "ph": "X",
                "pid": self._pid,
                "tid": self._marks,
                "name": row["mark"],
                "cat": f"pace,{row['mark']}",
                "ts": begin,
                "dur": end - begin,
                "args": {name: row[name] for name in ("first_chunk", "last_chunk", "n_chunks", "wait_s", "words")},
            }

    def _findings(self) -> Iterator[dict[str, Any]]:
        for row in records(self._rows("findings")):
            number = row["chunk"]
            at = int(self._times[number]) if number is not None and self._times[number] >= 0 else 0
            yield {
                "ph": "i",
                "s": "p" if number is None else "t",
                "pid": self._pid,
                "tid": self._tracks.get(row["choice"], self._tracks[None]),
                "name": row["rule"],
                "cat": f"finding,{row['severity']}",
                "ts": at,
                "args": {name: row[name] for name in ("severity", "message", "evidence", "chunk", "last_chunk")},
            }

    def _slice(
        self, choice: int | None, chunk: int, name: str, category: str, said: Mapping[str, Any]
    ) -> dict[str, Any]:
        begin, end = int(self._begins[chunk]), int(self._times[chunk])
        colour = _CHROME_COLOURS.get(kind_named(category).colour) if category in KINDS else None
        # What took no time is an instant: some viewers lose slices without a length.
        span = {"ph": "X", "ts": begin, "dur": end - begin} if end > begin else {"ph": "i", "s": "t", "ts": end}
        return {
            **span,
            "pid": self._pid,
            "tid": self._tracks[choice],
            "name": name,
            "cat": category,
            **({"cname": colour} if colour else {}),
            "args": {key: value for key, value in said.items() if value is not None},
        }


def _begins(times: np.ndarray, *, from_zero: bool) -> np.ndarray:
    """When the wait for each chunk began: when the last one came whose time is known."""
    known = times >= 0
    before = np.maximum.accumulate(np.where(known, times, -1))
    begins = np.concatenate([[-1], before[:-1]])
    result: np.ndarray = np.where(begins >= 0, begins, 0 if from_zero else times)
    return result


def _cells(frame: pd.DataFrame, *names: str) -> Iterator[tuple[Any, ...]]:
    """The rows of some columns, what is missing as None."""
    if len(frame):
        yield from zip(*(map(plain, frame[name].tolist()) for name in names), strict=True)
