"""Which answers the runs of an entry gave: equal runs together, what is odd about each, and where it parts.

Takes an `Entry`, gives `Answer` after `Answer`, that of the reference first, then the weightiest difference.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from recexplore.comparison.answer_texts import NO_PIECES
from recexplore.comparison.comparison import Comparison
from recexplore.comparison.levels import VERDICTS, Verdict
from recexplore.model.plain_values import plain, records
from recexplore.share.comparisons.aspect_values import values_in_words
from recexplore.share.comparisons.entry import Entry
from recexplore.share.comparisons.excerpts import seen

__all__ = [
    "Answer",
    "Continuation",
    "Cut",
    "Parting",
    "answers",
    "cut_of",
    "partings_of",
    "place_in_words",
]

_MOST_WAYS: Final = 12
_PIECES_BEFORE, _PIECES_FROM = 2, 4


@dataclass(frozen=True, slots=True)
class Answer:
    """Runs that gave the same answer.

    Attributes
    ----------
    runs
        Their numbers; the first stands for all.
    verdict
        By the reference.
    why
        In what it differs from the reference, in words.
    broken
        Why it is broken, if it is.
    n_ways
        In how many ways it was sent.
    """

    runs: tuple[int, ...]
    verdict: Verdict
    why: tuple[str, ...]
    broken: str | None
    n_ways: int


@dataclass(frozen=True, slots=True)
class Continuation:
    """What a run says from where texts part: the text, its chunk and its log probability, where they are known."""

    text: str
    chunk: int | None
    logprob: float | None


@dataclass(frozen=True, slots=True)
class Parting:
    """A text in which an answer parts from the reference, after ``char`` characters and ``word`` words."""

    place: str
    char: int
    word: int
    before: str
    base: Continuation
    other: Continuation


@dataclass(frozen=True, slots=True)
class Cut:
    """Where chunks are first cut otherwise: the pieces from there on, of the reference and of the answer."""

    place: str
    char: int
    base: tuple[str, ...]
    other: tuple[str, ...]


def answers(entry: Entry) -> list[Answer]:
    """Runs of equal text and structure are one answer; where all runs are that, or the wire was asked for and few ways
    differ, those that were sent alike."""
    comparison = entry.comparison
    if comparison is None:
        return []
    is_by_wire = entry.told_apart_by == "wire" and comparison.runs["wire"].nunique() <= _MOST_WAYS
    level = "wire" if is_by_wire or comparison.runs["text"].nunique() == 1 else "text"
    classes = comparison.runs[level].to_numpy()
    own = classes[entry.reference]
    numbers, counts = np.unique(classes, return_counts=True)
    weights = {verdict: weight for weight, verdict in enumerate(VERDICTS)}
    members = [np.flatnonzero(classes == number).tolist() for number in numbers]
    worst = [min(weights[comparison.runs["verdict"][run]] for run in runs) for runs in members]
    order = sorted(
        range(len(numbers)), key=lambda each: (numbers[each] != own, worst[each], -counts[each], numbers[each])
    )
    aspects = list(_compared(comparison, level))
    return [_answer(entry, comparison, aspects, members[each]) for each in order]


@dataclass(frozen=True, slots=True)
class _Compared:
    """An aspect in which runs differ: for each run which value it has, and that in words, if it is one."""

    title: str
    values: dict[int, int]
    words: Sequence[str]

    def why(self, run: int, base: int) -> str | None:
        """In what a run differs from another; None where it does not, or where one of them has no such thing."""
        own, other = self.values.get(run), self.values.get(base)
        if own is None or other is None or own == other:
            return None
        if not self.words or self.words[run] == self.words[base]:
            return self.title
        return f"{self.title.partition(':')[0]}: {self.words[run]}, not {self.words[base]}"


def _compared(comparison: Comparison, level: str) -> Iterator[_Compared]:
    columns = ["aspect", "title", "level", "differs", "values"]
    for aspect, title, of, differs, groups in comparison.aspects[columns].itertuples(index=False):
        # Other words are cut otherwise, which says nothing more.
        if differs and of != "incidental" and (of != "wire" or level == "wire"):
            values = {run: number for number, group in enumerate(groups) for run in group}
            yield _Compared(title, values, values_in_words(comparison, aspect))


def _answer(entry: Entry, comparison: Comparison, aspects: Sequence[_Compared], runs: list[int]) -> Answer:
    first, base = runs[0], entry.reference
    same = base in runs
    # Of a pair, what was before may be the one that differs from the reference.
    worst = min((comparison.runs["verdict"].iloc[run] for run in (first, base)), key=list(VERDICTS).index)
    broken = plain(comparison.runs["broken"].iloc[first])
    return Answer(
        runs=tuple(runs),
        verdict="identical" if same else worst,
        why=() if same else tuple(filter(None, (aspect.why(first, base) for aspect in aspects))),
        broken=None if broken is None else seen(broken),
        n_ways=int(comparison.runs["wire"].iloc[runs].nunique()),
    )


def partings_of(entry: Entry, answer: Answer) -> list[Parting]:
    """Where the texts of an answer part from the reference's."""
    comparison = entry.comparison
    if comparison is None:
        return []
    run, base, is_turned = answer.runs[0], entry.reference, False
    if base != comparison.reference:
        # The comparison's own reference is the other of the two here.
        run, is_turned = base, True
    rows = comparison.divergences[comparison.divergences["run"] == run]
    return [_parting(each, is_turned) for each in records(rows)] if base not in answer.runs else []


def _parting(row: dict[str, Any], is_turned: bool) -> Parting:
    sides = [
        Continuation(row["says"] or "", row["chunk"], _number(row["logprob"])),
        Continuation(row["reference_says"] or "", row["reference_chunk"], _number(row["reference_logprob"])),
    ]
    base, other = sides if is_turned else sides[::-1]
    place = place_in_words(row["choice"], row["kind"], row["tool_index"])
    before = row["before"] or ""
    return Parting(place, row["char"], row["word"], f"…{before}" if row["char"] > len(before) else before, base, other)


def _number(value: Any) -> float | None:
    return None if value is None or math.isnan(value) else float(value)


def cut_of(entry: Entry, answer: Answer) -> Cut | None:
    """Where an answer of equal text is first cut otherwise than the reference."""
    if entry.reference in answer.runs:
        return None
    runs = entry.reference, answer.runs[0]
    for place, texts in entry.texts.items():
        if texts[runs[0]] != texts[runs[1]]:
            continue
        own = entry.pieces.get(place, {})
        base, other = (
            [texts[run][low:high] for low, high in zip(pieces.starts, pieces.ends, strict=True)]
            for run in runs
            for pieces in [own.get(run, NO_PIECES)]
        )
        if base == other or not base or not other:
            continue
        first = next(number for number, pair in enumerate(zip(base, other, strict=False)) if pair[0] != pair[1])
        shown = slice(max(0, first - _PIECES_BEFORE), first + _PIECES_FROM)
        char = sum(map(len, base[:first]))
        return Cut(place_in_words(*place), char, tuple(base[shown]), tuple(other[shown]))
    return None


def place_in_words(choice: int, kind: str, tool_index: int | None = None) -> str:
    """Which text: ``choice 0, content``; ``choice 0, arguments of call 1``."""
    return f"choice {choice}, {kind if tool_index is None else f'arguments of call {tool_index}'}"
