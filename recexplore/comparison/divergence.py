"""Where the text of a run first differs from the reference's.

Takes the frames of runs, their choices numbered alike, gives one row a text that differs: at which character, word and
chunk, and what each says there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from recexplore.comparison.run_frames import RunFrames
from recexplore.comparison.words import common_prefix_chars, similarity, words_of

__all__ = ["DIVERGENCE_COLUMNS", "TextPlace", "divergences"]

DIVERGENCE_COLUMNS: Final = {
    "run": "int64",
    "choice": "int64",
    "kind": "str",
    "char": "int64",
    "word": "int64",
    "chunk": "Int64",
    "reference_chunk": "Int64",
    "share": "float64",
    "similarity": "float64",
    "logprob": "float64",
    "reference_logprob": "float64",
    "before": "str",
    "says": "str",
    "reference_says": "str",
}
"""``char`` and ``word`` are how many of them the texts begin with alike; ``chunk`` holds the first that differs, in the run
and in the reference (missing where the text ends there); ``share`` is ``char`` by the longer text; ``logprob`` is that of
the event there, where it was recorded; ``before``, ``says`` and ``reference_says`` are up to 40 characters before and from
there."""

_EXCERPT: Final = 40


class TextPlace(NamedTuple):
    """Which text of a run: of a choice, of a kind."""

    choice: int
    kind: str


def divergences(frames: RunFrames, reference: int, places: Sequence[TextPlace]) -> pd.DataFrame:
    """Where each run's texts part from the reference's; the columns are `DIVERGENCE_COLUMNS`."""
    rows: list[list[object]] = []
    for choice, kind in places:
        mine = frames.choices[frames.choices["choice"] == choice].drop_duplicates("run").set_index("run")
        texts = mine[kind].fillna("").to_dict()
        expected = texts.get(reference, "")
        different = [run for run in range(len(frames.recordings)) if texts.get(run, "") != expected]
        if not different:
            continue
        pieces = _pieces(frames.events, choice, kind)
        known: dict[str, list[object]] = {}
        for run in different:
            text = texts.get(run, "")
            if text not in known:
                known[text] = _compared(text, expected)
            char, word, share, alike, before, says, expects = known[text]
            chunk, logprob = _piece(pieces.get(run), int(str(char)))
            other_chunk, other_logprob = _piece(pieces.get(reference), int(str(char)))
            rows.append(
                [
                    run,
                    choice,
                    kind,
                    char,
                    word,
                    chunk,
                    other_chunk,
                    share,
                    alike,
                    logprob,
                    other_logprob,
                    before,
                    says,
                    expects,
                ]
            )
    frame = pd.DataFrame(rows, columns=list(DIVERGENCE_COLUMNS)).astype(DIVERGENCE_COLUMNS)
    return frame.sort_values(["run", "choice"], kind="stable", ignore_index=True)


def _compared(text: str, expected: str) -> list[object]:
    char = common_prefix_chars(text, expected)
    return [
        char,
        len(words_of(text[:char])),
        char / max(len(text), len(expected)),
        similarity(text, expected),
        text[max(0, char - _EXCERPT) : char],
        text[char : char + _EXCERPT],
        expected[char : char + _EXCERPT],
    ]


_Pieces = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def _pieces(events: pd.DataFrame, choice: int, kind: str) -> dict[int, _Pieces]:
    """By run, the pieces of one text: where they start and end in it, their chunks and log probabilities."""
    mine = events[(events["choice"] == choice).fillna(False) & (events["kind"] == kind) & events["start"].notna()]
    runs = mine["run"].to_numpy()
    bounds = np.flatnonzero(np.append(True, runs[1:] != runs[:-1])) if len(runs) else np.empty(0, dtype=np.int64)
    columns = [
        mine["start"].to_numpy(dtype=np.int64), mine["end"].to_numpy(dtype=np.int64), mine["chunk"].to_numpy(),
        mine["logprob"].to_numpy(dtype=np.float64),
    ]  # fmt: skip
    ends = np.append(bounds[1:], len(runs))
    return {
        int(runs[low]): (columns[0][low:high], columns[1][low:high], columns[2][low:high], columns[3][low:high])
        for low, high in zip(bounds, ends, strict=True)
    }


def _piece(pieces: _Pieces | None, char: int) -> tuple[int | None, float]:
    """The chunk that holds a character, and the log probability of its piece; None where the text ends before."""
    if pieces is None:
        return None, float("nan")
    starts, ends, chunks, logprobs = pieces
    place = int(np.searchsorted(ends, char, side="right"))
    if place == len(ends) or starts[place] > char:
        return None, float("nan")
    return int(chunks[place]), float(logprobs[place])
