"""Where the text of a run first differs from the reference's.

Takes the frames of runs, their choices numbered alike, gives one row a text that differs: at which character, word and
chunk, and what each says there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import takewhile
from typing import Final, NamedTuple

import pandas as pd

from recexplore.analysis.common_prefix import common_prefix_chars
from recexplore.comparison.answer_texts import NO_PIECES, TextPlace, pieces_of, places_of, texts_of
from recexplore.comparison.run_frames import RunFrames
from recexplore.comparison.words import similarity, words_of

__all__ = ["DIVERGENCE_COLUMNS", "divergences"]

DIVERGENCE_COLUMNS: Final = {
    "run": "int64",
    "choice": "int64",
    "kind": "str",
    "tool_index": "Int64",
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
"""``kind`` is that of the events that brought the text; ``tool_index`` is the call's, of tool arguments alone; ``char`` and
``word`` are how many characters, and whole words without signs, the texts begin with alike; ``chunk`` holds the first
that differs, in the run and in the reference (missing where the text ends there); ``share`` is ``char`` by the longer text;
``logprob`` is that of the event there, where it was recorded; ``before``, ``says`` and ``reference_says`` are up to 40
characters before and from there."""

_EXCERPT: Final = 40


class _Parting(NamedTuple):
    """Where a text parts from another, and what each says there."""

    char: int
    word: int
    share: float
    similarity: float
    before: str
    says: str
    reference_says: str


def divergences(frames: RunFrames, reference: int) -> pd.DataFrame:
    """Where each run's texts part from the reference's; the columns are `DIVERGENCE_COLUMNS`."""
    rows = [row for place in places_of(frames) for row in _rows(frames, reference, place)]
    frame = pd.DataFrame(rows, columns=list(DIVERGENCE_COLUMNS)).astype(DIVERGENCE_COLUMNS)
    return frame.sort_values("run", kind="stable", ignore_index=True)


def _rows(frames: RunFrames, reference: int, place: TextPlace) -> Iterable[list[object]]:
    texts = texts_of(frames, place)
    expected = texts.get(reference, "")
    different = [run for run in range(len(frames.recordings)) if texts.get(run, "") != expected]
    if not different:
        return
    pieces = pieces_of(frames, place)
    partings: Mapping[str, _Parting] = {
        text: _parting(text, expected) for text in {texts.get(run, "") for run in different}
    }
    for run in different:
        parting = partings[texts.get(run, "")]
        chunk, logprob = pieces.get(run, NO_PIECES).at(parting.char)
        reference_chunk, reference_logprob = pieces.get(reference, NO_PIECES).at(parting.char)
        cells = {
            **place._asdict(),
            **parting._asdict(),
            "run": run,
            "chunk": chunk,
            "logprob": logprob,
            "reference_chunk": reference_chunk,
            "reference_logprob": reference_logprob,
        }
        yield [cells[name] for name in DIVERGENCE_COLUMNS]


def _common_words(one: str, other: str) -> int:
    """How many words both begin with alike; a sign is no word."""
    alike = takewhile(lambda pair: pair[0] == pair[1], zip(words_of(one), words_of(other), strict=False))
    return sum(any(map(str.isalnum, word)) for word, _ in alike)


def _parting(text: str, expected: str) -> _Parting:
    char = common_prefix_chars(text, expected)
    return _Parting(
        char,
        _common_words(text, expected),
        char / max(len(text), len(expected)),
        similarity(text, expected),
        text[max(0, char - _EXCERPT) : char],
        text[char : char + _EXCERPT],
        expected[char : char + _EXCERPT],
    )
