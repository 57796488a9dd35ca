"""In what two sides of a comparison differ: each run of one has an equal one on the other, or it has not.

Takes a `Comparison` whose first runs are one side's, gives the level, the verdict and the aspects.
"""

from __future__ import annotations

from collections.abc import Sequence

from recexplore.comparison.comparison import Comparison
from recexplore.comparison.levels import COMPARED, OF_LEVEL, ComparedLevel, Verdict

__all__ = ["aspects_between", "level_between", "verdict_between"]


def level_between(comparison: Comparison, n_before: int) -> ComparedLevel | None:
    """The weightiest level in which a run of one side has no equal one on the other; None where all have."""
    return next((level for level in COMPARED if _alone(comparison, n_before, level)), None)


def verdict_between(comparison: Comparison, n_before: int) -> Verdict:
    """What the runs without an equal one come to."""
    level = level_between(comparison, n_before)
    if level is None:
        return "identical"
    alone = comparison.runs[level].isin(_alone(comparison, n_before, level))
    broken = comparison.runs["broken"].notna()
    return "broken" if broken[alone].any() and not broken.all() else OF_LEVEL[level]


def aspects_between(comparison: Comparison, n_before: int) -> list[str]:
    """The titles of the aspects of which a value is on one side only, the weightiest first."""
    if level_between(comparison, n_before) is None:
        return []
    aspects = comparison.aspects[comparison.aspects["differs"] & (comparison.aspects["level"] != "incidental")]
    titles = [
        title
        for title, values in aspects[["title", "values"]].itertuples(index=False)
        if any(len({run < n_before for run in runs}) == 1 for runs in _with_rest(values, comparison))
    ]
    # Where each value is on both sides and only what goes with what is not, no aspect alone says in what they differ.
    return titles or comparison.differing


def _alone(comparison: Comparison, n_before: int, level: ComparedLevel) -> set[int]:
    """The classes that are on one side only."""
    classes = comparison.runs[level]
    return set(classes[:n_before]) ^ set(classes[n_before:])


def _with_rest(values: Sequence[Sequence[int]], comparison: Comparison) -> list[list[int]]:
    """Runs by their value; those that have none agree with the reference, as in `recexplore.comparison.classes`."""
    rest = set(range(len(comparison))).difference(*values)
    usual = next((runs for runs in values if comparison.reference in runs), values[0])
    return [[*runs, *rest] if runs is usual else list(runs) for runs in values]
