"""The verdict on some recordings of those that were judged.

Takes a `Verdict` on a corpus, gives one that tells of these recordings alone. They were judged among the others: runs of
one request are held against one another.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import replace

from recexplore.checks.baseline import Entry
from recexplore.checks.result import Verdict
from recexplore.model.exchange import Problem
from recexplore.model.location import relative

__all__ = ["narrowed"]


def narrowed(verdict: Verdict, ids: Collection[str]) -> Verdict:
    """The verdict on some recordings.

    What suppresses nothing may be about any recording that there is, or was: it is not told of some of them.

    Parameters
    ----------
    verdict
        Of `recexplore.checks.result.judge`, which hides no finding.
    ids
        The recordings that are meant.
    """
    recordings = tuple(each for each in verdict.recordings if each.recording in ids)
    places = {(each.path, each.exchange) for each in recordings}
    paths = {path for path, _ in places}
    folder = os.path.dirname(os.path.abspath(verdict.settings.baseline or ""))
    accepted_places = {(relative(path, folder), exchange) for path, exchange in places}
    accepted_paths = {path for path, _ in accepted_places}

    def has(problem: Problem) -> bool:
        return problem.path in paths if problem.exchange is None else (problem.path, problem.exchange) in places

    def accepts(entry: Entry) -> bool:
        return (
            entry.file in accepted_paths if entry.exchange is None else (entry.file, entry.exchange) in accepted_places
        )

    new = tuple(each for each in verdict.new if each.label.recording in ids)
    failed_in = {
        rule: mine
        for rule, where in verdict.failed_in.items()
        if (mine := tuple(each for each in where if each in ids))
    }
    most = verdict.settings.max_warnings
    return replace(
        verdict,
        recordings=recordings,
        new=new,
        accepted=tuple(each for each in verdict.accepted if each.label.recording in ids),
        outdated=tuple(each for each in verdict.outdated if accepts(each.kind)),
        problems=tuple(filter(has, verdict.problems)),
        failed={
            rule: why for rule, why in verdict.failed.items() if rule in failed_in or rule not in verdict.failed_in
        },
        failed_in=failed_in,
        suppressed=tuple(each for each in verdict.suppressed if each.finding.label.recording in ids),
        expired=tuple(
            over for over in verdict.expired if any(over.covers(each.label.path) and over.fits(each) for each in new)
        ),
        unused=(),
        accepted_problems=tuple(filter(has, verdict.accepted_problems)),
        too_many_warnings=most is not None and sum(each.severity == "warning" for each in new) > most,
    )
