"""All that a page may ask about runs that are compared, answered: those of each request of which it holds several.

Takes `Answers` and ids, gives plain values by question, and the buffers of the texts. All texts stand on one axis, from
which the page takes those of any runs that it shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple, TypedDict

import numpy as np

from recexplore.matching.nearest import places_of
from recexplore.matching.run_order import run_order
from recexplore.views.explorer.answers import Answers
from recexplore.views.explorer.comparing.alike import Alike
from recexplore.views.explorer.comparing.branches import Branches
from recexplore.views.explorer.comparing.summary import ComparisonView
from recexplore.views.explorer.comparing.texts import AlignedTexts

__all__ = ["MOST_RUNS", "PackedComparison", "RunsInPage", "comparison_answers", "runs_in_page"]

MOST_RUNS: Final = 200
"""Of one request; of more the first are compared."""


class PackedComparison(TypedDict):
    """The answers about runs; ``trees`` by choice, kind and call, as the page names a text."""

    view: ComparisonView
    texts: AlignedTexts
    trees: dict[str, Branches]
    alike: Alike


class RunsInPage(NamedTuple):
    """The ids of runs that are compared, and of how many requests not all runs are."""

    groups: list[list[str]]
    n_cut: int


def runs_in_page(answers: Answers, kept: np.ndarray, compared: Sequence[str]) -> RunsInPage:
    """Which recordings of a page are compared with which.

    Parameters
    ----------
    answers
        About the whole corpus.
    kept
        The positions of the recordings that the page holds.
    compared
        Ids of recordings that are compared in any case, be they runs of one request or not.
    """
    ids = answers.corpus.recordings["recording"].to_numpy()
    numbers = answers.finder.arrays.request_groups.numbers[kept]
    runs: dict[int, list[int]] = {}
    for number, position in zip(numbers.tolist(), kept.tolist(), strict=True):
        runs.setdefault(number, []).append(position)
    places = places_of(answers.corpus)
    several = [
        [str(ids[position]) for position in sorted(each, key=lambda position: run_order(places[position]))]
        for each in runs.values()
        if len(each) > 1
    ]
    groups = [each[:MOST_RUNS] for each in several]
    if len(compared) > 1 and {*compared} not in [{*each} for each in groups]:
        groups.insert(0, list(compared))
    return RunsInPage(groups, sum(len(each) > MOST_RUNS for each in several))


def comparison_answers(answers: Answers, ids: Sequence[str]) -> tuple[PackedComparison, list[bytes]]:
    """The answers, and the buffers that travel beside ``texts``."""
    by = {"recordings": ids}
    view = answers.answer("compare", by)[0]
    reference = view["reference"]
    runs = [reference, *(run for run in range(len(view["runs"])) if run != reference)]
    texts, buffers = answers.answer("compare_texts", {**by, "runs": runs})
    places = [{name: each[name] for name in ("choice", "kind", "tool")} for each in view["texts"]]
    return {
        "view": view,
        "texts": texts,
        "trees": {_name(place): answers.answer("compare_tree", {**by, **place})[0] for place in places},
        "alike": answers.answer("compare_alike", by)[0],
    }, buffers


def _name(place: dict[str, object]) -> str:
    choice, kind, tool = place.values()
    return f"{choice}/{kind}/{'' if tool is None else tool}"
