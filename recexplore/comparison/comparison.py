"""Runs of one request, compared: what is equal, what differs, and where the texts part.

Takes recordings, gives a `Comparison`: frames, a verdict and how stable the request is. One of the runs is the reference
that the others are told by; which one follows from what the runs hold, not from their order.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate, chain, pairwise

import numpy as np
import pandas as pd

from recexplore.comparison.answer_texts import (
    ARGUMENTS,
    NO_PIECES,
    TextPieces,
    TextPlace,
    pieces_of,
    places_of,
    texts_of,
)
from recexplore.comparison.choice_matching import with_matched_choices
from recexplore.comparison.classes import agreement, classified
from recexplore.comparison.divergence import divergences
from recexplore.comparison.levels import COMPARED, VERDICTS, Verdict
from recexplore.comparison.prefix_tree import prefix_tree
from recexplore.comparison.reference import broken_runs, references
from recexplore.comparison.run_frames import RunFrames
from recexplore.comparison.run_table import run_tables
from recexplore.comparison.similarities import pairs_of
from recexplore.comparison.wording import sentences
from recexplore.corpus import Corpus, Recording
from recexplore.model.kinds import CHOICE_TEXTS

__all__ = ["Comparison", "compare", "compare_each"]


@dataclass(frozen=True, eq=False)
class Comparison:
    """What `compare` found.

    Attributes
    ----------
    recordings
        The runs, by their place.
    reference
        The place of the run that others are compared with: of the most frequent answer, a run that is not broken.
    runs
        One row a run: ``run`` (its place in ``recordings``, `texts` and `pieces`, from 0; the figures, the explorer
        and a replay, which people read, call the first one run 1), ``recording``, ``name`` (what tells it from the
        others: its id, or its path where runs of several corpora have one id), ``path``, ``test_id``, ``model``,
        ``streaming``, ``n_choices``, ``n_chunks``, ``prompt_tokens``, ``completion_tokens``, ``finish`` (the finish
        reasons of its choices), ``broken`` (why; missing where it is not), ``structure``, ``text`` and ``wire`` (runs
        with equal numbers are equal in this level and all above it; the reference has 0) and ``verdict``, by the
        reference.
    aspects
        One row an aspect: ``aspect``, ``title``, ``level``, ``n_values`` that the runs have, ``differs``, ``values`` (which
        runs agree: a list of lists of runs, the largest first).
    """

    recordings: tuple[Recording, ...]
    reference: int
    runs: pd.DataFrame
    aspects: pd.DataFrame
    _frames: RunFrames = field(repr=False)
    """Of more runs than these: of all that were compared together."""
    _start: int = field(repr=False)

    @cached_property
    def frames(self) -> RunFrames:
        """The runs' frames, with ``run``; their choices have the reference's numbers, and their own in ``own_choice``."""
        return self._frames.between(self._start, self._start + len(self.recordings))

    @cached_property
    def choices(self) -> pd.DataFrame:
        """One row a choice of a run: ``run``, ``choice`` (the reference's number of it), ``own_choice`` (the run's), and
        ``finish_reason``, ``content``, ``reasoning``, ``refusal``."""
        return self.frames.choices[["run", "choice", "own_choice", "finish_reason", *CHOICE_TEXTS]]

    @cached_property
    def divergences(self) -> pd.DataFrame:
        """One row a text in which a run differs from the reference, where they part first: see
        `recexplore.comparison.divergence`."""
        return divergences(self.frames, self.reference)

    @property
    def verdict(self) -> Verdict:
        """What all runs come to: the worst of their verdicts."""
        verdicts = set(self.runs["verdict"])
        return next((each for each in VERDICTS if each in verdicts), "identical")

    @property
    def stability(self) -> dict[str, float]:
        """By level, the share of pairs of runs that are equal in it and in all levels above it; 1 where all are.

        Definition: sum of n(n - 1) over the classes of equal runs, divided by N(N - 1): the probability that two runs, drawn
        without putting back, agree (Simpson 1949).
        """
        return {level: agreement(self.runs[level]) for level in COMPARED}

    @property
    def differing(self) -> list[str]:
        """The titles of the aspects in which runs differ, the weightiest first, without what differs every time."""
        differing = self.aspects[self.aspects["differs"] & (self.aspects["level"] != "incidental")]
        return differing["title"].tolist()

    @property
    def is_mixed(self) -> bool:
        """Whether some runs are streamed and some came whole: their chunks are not compared."""
        return self.runs["streaming"].nunique(dropna=False) > 1

    @property
    def whole_differs(self) -> list[str]:
        """The titles of the aspects in which no answer that came whole is like one that was streamed; empty where all runs
        came alike. Whether an API answers differently when it streams is a question of its own."""
        answered = self.runs[self.runs["broken"].isna()]
        came_whole = answered["streaming"].eq(False).fillna(False)
        whole, streamed = set(answered.index[came_whole]), set(answered.index[~came_whole])
        differing = self.aspects[self.aspects["differs"] & (self.aspects["level"] != "incidental")]
        return [
            title
            for title, agreeing in zip(differing["title"], differing["values"], strict=True)
            if streamed
            and any(whole.intersection(runs) for runs in agreeing)
            and not any(whole.intersection(runs) and streamed.intersection(runs) for runs in agreeing)
        ]

    @cached_property
    def respelled(self) -> list[int]:
        """The runs that say other words than the reference only in how their tool arguments are written: the same JSON, its
        keys in another order or with other spaces."""
        weighty = self.aspects[self.aspects["differs"] & self.aspects["level"].isin(("structure", "text"))]
        differing: dict[int, set[str]] = {}
        for aspect, agreeing in zip(weighty["aspect"], weighty["values"], strict=True):
            for run in chain.from_iterable(runs for runs in agreeing if self.reference not in runs):
                differing.setdefault(run, set()).add(aspect)
        return sorted(run for run, aspects in differing.items() if aspects == {"arguments"})

    @property
    def words(self) -> str:
        """The verdict in sentences: which runs are alike, which are not and how, in what they differ."""
        return " ".join(self.sentences)

    @property
    def sentences(self) -> tuple[str, ...]:
        """`words`, one by one: the runs first."""
        return sentences(self.runs, self.reference, self.differing, self.whole_differs, self.respelled)

    @cached_property
    def pairs(self) -> pd.DataFrame:
        """One row a pair of answers that differ in text: ``run`` and ``other`` (the first run of each), ``n_runs`` and
        ``n_other`` of them, ``common_prefix`` in characters, and ``similarity`` (`recexplore.comparison.words`)."""
        return pairs_of(self.runs, self.whole_texts)

    @cached_property
    def places(self) -> list[TextPlace]:
        """The texts that the runs have: choice and kind, of tool arguments (kind ``tool_call``) also ``tool_index``."""
        return places_of(self.frames)

    def texts(self, choice: int | None = None, kind: str = "content", tool_index: int | None = None) -> list[str]:
        """A text of each run, "" where it has none; of the first choice, and call, that has such a text if none is named.

        Raises
        ------
        ValueError
            There is no such kind.
        """
        own = texts_of(self.frames, self._place(choice, kind, tool_index))
        return [own.get(run, "") for run in range(len(self.recordings))]

    def pieces(
        self, choice: int | None = None, kind: str = "content", tool_index: int | None = None
    ) -> list[TextPieces]:
        """How a text of each run was cut, as `texts` gives them: where its pieces start and end, their chunks and log
        probabilities."""
        own = pieces_of(self.frames, self._place(choice, kind, tool_index))
        return [own.get(run, NO_PIECES) for run in range(len(self.recordings))]

    def tree(self, choice: int | None = None, kind: str = "content", tool_index: int | None = None) -> pd.DataFrame:
        """The divergence tree of a text: `recexplore.comparison.prefix_tree.prefix_tree`, with ``first`` a run, and of that
        the ``chunk`` that brought the node's first character and the ``logprob`` of that piece, where it was recorded."""
        tree = prefix_tree(self.texts(choice, kind, tool_index))
        pieces = self.pieces(choice, kind, tool_index)
        parting = [pieces[run].at(start) for run, start in zip(tree["first"], tree["start"], strict=True)]
        chunks, logprobs = zip(*parting, strict=True) if parting else ((), ())
        return tree.assign(
            chunk=pd.array(chunks, dtype="Int64"), logprob=np.array(logprobs, dtype=np.float64)
        )  # fmt: skip

    @cached_property
    def whole_texts(self) -> list[str]:
        """All that each run says, choice by choice: reasoning, content, refusals and tool arguments."""
        parts: list[list[str]] = [[] for _ in self.recordings]
        for place in self.places:
            for run, text in texts_of(self.frames, place).items():
                parts[run] += [text] if text else []
        return ["\n".join(each) for each in parts]

    def _place(self, choice: int | None, kind: str, tool_index: int | None) -> TextPlace:
        """The first text that fits what was named of it; one that no run has, where none does."""
        if kind not in (*CHOICE_TEXTS, ARGUMENTS):
            raise ValueError(f"kind: expected one of {', '.join((*CHOICE_TEXTS, ARGUMENTS))}, found {kind!r}")
        fitting = (
            each
            for each in self.places
            if each.kind == kind and choice in (None, each.choice) and tool_index in (None, each.tool_index)
        )
        return next(fitting, TextPlace(choice or 0, kind, tool_index))

    def __len__(self) -> int:
        return len(self.recordings)

    def __repr__(self) -> str:
        scores = ", ".join(f"{level} {share:.0%}" for level, share in self.stability.items())
        return f"Comparison: {self.verdict}. {self.words} Stability: {scores}."


def compare(runs: Corpus | Iterable[Recording]) -> Comparison:
    """Compare runs of one request.

    Parameters
    ----------
    runs
        A group of `recexplore.runs`, a corpus, or recordings; two and more. A recording may be named twice.

    Raises
    ------
    ValueError
        There are fewer than two runs.
    TypeError
        One is no recording.
    """
    (comparison,) = compare_each([runs])
    return comparison


def compare_each(groups: Iterable[Corpus | Iterable[Recording]]) -> list[Comparison]:
    """Compare the runs of each of several requests, as `compare` does, in one pass over all of them.

    Parameters
    ----------
    groups
        What `recexplore.runs` gives, or several of what `compare` takes.

    Raises
    ------
    ValueError
        A group has fewer than two runs.
    TypeError
        One is no recording.
    """
    members = [tuple(runs) for runs in groups]
    for runs in members:
        for each in runs:
            if not isinstance(each, Recording):
                raise TypeError(f"compare takes recordings, not {type(each).__name__}")
        if len(runs) < 2:
            raise ValueError(f"expected two runs or more, found {len(runs)}")
    if not members:
        return []
    bounds = [0, *accumulate(map(len, members))]
    numbers = [range(low, high) for low, high in pairwise(bounds)]
    frames = RunFrames.of([each for runs in members for each in runs])
    broken = broken_runs(frames, numbers)
    own = references(frames, numbers, broken)
    frames = with_matched_choices(frames, numbers, own)
    classes = classified(frames, numbers, own)
    about = run_tables(frames, numbers, own, classes, broken)
    return [
        Comparison(runs, reference - group.start, rows, each.aspects, frames, group.start)
        for runs, group, reference, each, rows in zip(members, numbers, own, classes, about, strict=True)
    ]
