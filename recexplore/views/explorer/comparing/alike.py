"""How alike the differing answers of runs are, and after how much of its text each run parts from the reference.

Takes a `Comparison`, gives plain values; of very many different answers only the most frequent are compared pair by pair.
"""

from __future__ import annotations

from typing import Final, TypedDict

import numpy as np

from recexplore.analysis.clustering import clustered_order
from recexplore.comparison.comparison import Comparison
from recexplore.comparison.similarities import pairs_of

__all__ = ["Alike", "AnswerView", "alike"]

_MOST: Final = 80
_BINS: Final = 20


class AnswerView(TypedDict):
    """An answer: the first of its runs, and how many give it."""

    run: int
    n_runs: int


class Alike(TypedDict):
    """Answers in the order of their clusters (`recexplore.analysis.clustering`); ``similarity`` is by row and column.

    ``n_answers`` there are, of which so many are shown. ``partings`` counts the runs by the share of the text after which
    they leave the reference, in bins of equal width; ``n_equal`` of them never do.
    """

    answers: list[AnswerView]
    similarity: list[list[float]]
    n_answers: int
    partings: list[int]
    n_equal: int


def alike(comparison: Comparison) -> Alike:
    """How alike the answers are."""
    texts = comparison.whole_texts
    runs_of: dict[str, list[int]] = {}
    for run, text in enumerate(texts):
        runs_of.setdefault(text, []).append(run)
    # As they were first said, or clusters could be another way round than in the figure.
    frequent = sorted(sorted(runs_of.values(), key=lambda runs: (-len(runs), runs[0]))[:_MOST])
    firsts = [runs[0] for runs in frequent]
    scores = np.eye(len(firsts))
    if len(firsts) > 1:
        pairs = pairs_of(comparison.runs.iloc[firsts], [texts[run] for run in firsts])
        place = {run: number for number, run in enumerate(firsts)}
        one, other = pairs["run"].map(place).to_numpy(), pairs["other"].map(place).to_numpy()
        scores[one, other] = scores[other, one] = pairs["similarity"].to_numpy()
    frequencies = [len(runs) for runs in frequent]
    of_reference = next((n for n, runs in enumerate(frequent) if comparison.reference in runs), None)
    order = clustered_order(1 - scores, frequencies, of_reference)
    first = comparison.divergences.drop_duplicates("run")["share"].to_numpy()
    bins = np.minimum((first * _BINS).astype(np.int64), _BINS - 1)
    return {
        "answers": [{"run": firsts[each], "n_runs": frequencies[each]} for each in order],
        "similarity": np.round(scores[np.ix_(order, order)], 3).tolist(),
        "n_answers": len(runs_of),
        "partings": np.bincount(bins, minlength=_BINS).tolist(),
        "n_equal": len(comparison) - len(first),
    }
