"""One line that fails where a run says something else than expected: for a test, or a notebook that runs in CI.

Takes recordings, corpora or what `recexplore.load` takes; raises with the comparison in words, or says nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TypeAlias

from recexplore.api import load
from recexplore.comparison.changes import changes
from recexplore.comparison.levels import COMPARED, ComparedLevel
from recexplore.comparison.runs import By
from recexplore.corpus import Corpus, Recording

__all__ = ["assert_same"]

Given: TypeAlias = Corpus | Recording | str | os.PathLike[str] | Iterable[Corpus | Recording]


def assert_same(run: Given, expected: Given, *, level: ComparedLevel = "text", by: By = "request") -> None:
    """Fail where recordings differ from those that are expected.

    Parameters
    ----------
    run
        What was recorded now: a recording (also one of `from_chunks`), what `load` gave, or a path or glob that it takes.
    expected
        What it is compared with: one recording with one, else all runs of each request, whatever their files are called
        (`recexplore.changes` with ``as_runs``).
    level
        In what they have to agree: ``"structure"`` (what a program acts on: finish reasons, tool calls, errors), ``"text"``
        (and the words), ``"wire"`` (and how they were sent: usage, where chunks are cut …).
    by
        What makes requests the same, as `recexplore.runs` takes it; requests that differ fail. Where the request does not
        matter, give a function that is the same for all recordings: ``lambda recording: 0``.

    Raises
    ------
    AssertionError
        What differs, in words; or something could not be read, or there is nothing to look at.
    ValueError
        There is no such ``level`` or ``by``.
    FileNotFoundError
        A path does not exist, or a glob matches nothing.
    """
    __tracebackhide__ = True  # pytest's word for: show the test and not what it calls
    if level not in COMPARED:
        raise ValueError(f"level is one of {', '.join(COMPARED)}, not {level!r}")
    sides = [_loaded(side) for side in (expected, run)]
    between = changes(sides[0], sides[1], by, as_runs=True)
    unread = [problem for side in sides for each in side for problem in each.unread]
    if not between and not unread:
        raise AssertionError("there is no recording to look at")
    if between.differs(level) or unread:
        from recexplore.share.comparisons.outcome import outcome_of_changes
        from recexplore.share.comparisons.text import plain

        names = ("expected", "run")
        raise AssertionError(plain(outcome_of_changes(between, names, level, unread, side_names=names)))


def _loaded(given: Given) -> list[Corpus | Recording]:
    if isinstance(given, str | os.PathLike):
        return [load(given, progress=False)]
    recordings = [given] if isinstance(given, Corpus | Recording) else list(given)
    for each in recordings:
        if not isinstance(each, Corpus | Recording):
            raise TypeError(
                f"assert_same takes a path, or what recexplore.load gave, not a list of {type(each).__name__}"
            )
    return recordings
