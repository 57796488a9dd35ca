"""What a comparison comes to, in sentences.

Takes what a comparison found, gives text: which runs are alike, which are not and how, in what they differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pandas as pd

from recexplore.comparison.levels import TABLE, Outcome
from recexplore.model.counts import count

__all__ = ["RESPELLED", "sentences"]

RESPELLED: Final = "tool arguments are written otherwise: the same JSON"
"""What differs where runs say other words, and mean the same by them."""

_MOST_NAMED: Final = 3


def sentences(
    runs: pd.DataFrame,
    reference: int,
    differing: Sequence[str],
    whole_differs: Sequence[str],
    respelled: Sequence[int] = (),
) -> tuple[str, ...]:
    """The sentences of a comparison, the runs first.

    Parameters
    ----------
    runs, reference, differing, whole_differs, respelled
        As `recexplore.comparison.comparison.Comparison` has them.
    """
    n = count(len(runs), "run")
    verdicts = runs["verdict"]
    n_alike = int((verdicts == "identical").sum())
    if n_alike == len(runs):
        return (f"{n}, all alike.",)
    head = f"{n_alike:,} alike; " if n_alike > 1 else f"beside {runs['name'][reference]}, "
    odd = [_runs_of(each, runs.loc[verdicts == each.verdict, "name"].tolist()) for each in reversed(TABLE)]
    return (
        f"{n}: {head}{'; '.join(filter(None, odd))}.",
        f"They differ in {', '.join(differing)}.",
        *([f"Of {_named(runs['name'][list(respelled)].tolist())} only {RESPELLED}."] if respelled else []),
        *([f"Streamed and whole answers differ in {', '.join(whole_differs)}."] if whole_differs else []),
    )


def _runs_of(outcome: Outcome, names: Sequence[str]) -> str:
    if not names or outcome.verdict == "identical":
        return ""
    words = outcome.one if len(names) == 1 else outcome.several
    return f"{len(names):,} {words} ({_named(names)})"


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else ""
    return f"{', '.join(names[:_MOST_NAMED])}{more}"
