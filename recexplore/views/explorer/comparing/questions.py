"""What the page asks about runs of one request, and the answers.

Takes `Comparisons`, gives plain values and buffers for the names in `QUESTIONS`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from recexplore.views.explorer.comparing.alike import Alike, alike
from recexplore.views.explorer.comparing.branches import Branches, branches
from recexplore.views.explorer.comparing.comparisons import Comparisons
from recexplore.views.explorer.comparing.summary import ComparisonView, comparison_view
from recexplore.views.explorer.comparing.texts import AlignedTexts, aligned_texts
from recexplore.views.explorer.messages import Answer, Grouping, RunCount

__all__ = ["QUESTIONS"]


def _grouping(comparisons: Comparisons, *, is_asked: bool) -> Answer[Grouping]:
    """Group recordings by their requests for a moment: the page asks again until all are grouped."""
    n_read, of = comparisons.group(is_asked)
    return {"n_read": n_read, "of": of}, []


def _runs(comparisons: Comparisons, *, recording: str) -> Answer[RunCount]:
    return {
        "n_runs": comparisons.n_runs(recording),
        "is_costly": comparisons.groups.is_large,
    }, []


def _compare(comparisons: Comparisons, *, recordings: Sequence[str]) -> Answer[ComparisonView]:
    """These recordings compared; one alone stands for all runs of its request."""
    return comparison_view(comparisons.of(recordings)), []


def _compare_texts(comparisons: Comparisons, *, recordings: Sequence[str], runs: Sequence[int]) -> Answer[AlignedTexts]:
    compared = comparisons.of(recordings)
    return aligned_texts(compared.comparison, compared.places, runs)


def _compare_tree(
    comparisons: Comparisons, *, recordings: Sequence[str], choice: int, kind: str, tool: int | None
) -> Answer[Branches]:
    return branches(comparisons.of(recordings).comparison, choice, kind, tool), []


def _compare_alike(comparisons: Comparisons, *, recordings: Sequence[str]) -> Answer[Alike]:
    return alike(comparisons.of(recordings).comparison), []


QUESTIONS: Final[dict[str, Callable[..., Answer[Any]]]] = {
    "grouping": _grouping,
    "runs": _runs,
    "compare": _compare,
    "compare_texts": _compare_texts,
    "compare_tree": _compare_tree,
    "compare_alike": _compare_alike,
}
"""What a page may ask about runs, by name."""
