"""What changed between two loads of recordings: what is equal, what differs and at which level, what came and what went.

Takes the recordings of two sides, gives `Changes`. Recordings of one request belong together; where the request itself
changed, those of one file do. Files that are equal byte by byte are not compared, but as runs of a request that has others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Final, Literal, TypeAlias, overload

import pandas as pd

from recexplore.comparison.comparison import Comparison, compare_each
from recexplore.comparison.levels import COMPARED, VERDICTS, ComparedLevel, Verdict
from recexplore.comparison.runs import BY, By, request_title
from recexplore.comparison.side_differences import aspects_between, level_between, verdict_between
from recexplore.comparison.side_matching import Match, matches
from recexplore.corpus import Corpus, Recording
from recexplore.matching.difference import Difference
from recexplore.model.counts import count

__all__ = ["STATUSES", "Change", "Changes", "Status", "changes", "changes_in_words", "is_at_least"]

Status: TypeAlias = Literal["same", "changed", "request changed", "added", "removed"]
STATUSES: Final[Mapping[Status, str]] = {
    "request changed": "the request is another one",
    "changed": "the same request, answered otherwise",
    "removed": "only before",
    "added": "only after",
    "same": "nothing differs but what differs every time",
}
"""What became of a request, and what that means; in the order in which reports have it."""

_COUNTED: Final[Mapping[Status, str]] = {
    "changed": "answered otherwise",
    "request changed": "with another request",
    "added": "added",
    "removed": "removed",
}


@dataclass(frozen=True)
class Change:
    """What became of one request.

    Attributes
    ----------
    status
        One of `STATUSES`.
    before, after
        The recordings of each side; one of them is empty where the request was added or removed.
    left_out
        What their requests hold and are not compared by.
    request
        In what the requests differ, ``recorded`` before and ``asked`` after.
    """

    status: Status
    before: tuple[Recording, ...]
    after: tuple[Recording, ...]
    left_out: tuple[str, ...] = ()
    request: tuple[Difference, ...] = ()
    comparison: Comparison | None = None

    @property
    def name(self) -> str:
        """The file after the change, else before."""
        return (self.after or self.before)[0].name

    @property
    def title(self) -> str:
        """What was asked, shortly: method and path, model."""
        return request_title((self.after or self.before)[0])

    @cached_property
    def level(self) -> ComparedLevel | None:
        """The weightiest level in which the answers of the two sides differ; None where they do not.

        Sides are equal in a level where each run of one has an equal one on the other.
        """
        return None if self.comparison is None else level_between(self.comparison, len(self.before))

    @property
    def verdict(self) -> Verdict | None:
        """What the answers of the two sides come to; None where there is nothing to compare with."""
        if self.status in ("added", "removed"):
            return None
        return "identical" if self.comparison is None else verdict_between(self.comparison, len(self.before))

    @property
    def differing(self) -> list[str]:
        """The titles of the aspects in which the answers of the two sides differ, the weightiest first.

        In an aspect that is not among them the runs of a side may differ, as the other's do.
        """
        return [] if self.comparison is None else aspects_between(self.comparison, len(self.before))

    def differs(self, level: ComparedLevel = "wire") -> bool:
        """Whether the sides differ in this level or a weightier one; another request always does, as one without a
        counterpart."""
        return self.status in ("request changed", "added", "removed") or is_at_least(self.level, level)


@dataclass(frozen=True)
class Changes(Sequence[Change]):
    """What became of the requests of two loads, in the order of the second, then what was removed.

    Attributes
    ----------
    changes
        One for each request, and for each file that is equal byte by byte.
    """

    changes: tuple[Change, ...]

    @overload
    def __getitem__(self, place: int) -> Change: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Change, ...]: ...
    def __getitem__(self, place: int | slice) -> Change | tuple[Change, ...]:
        return self.changes[place]

    def __len__(self) -> int:
        return len(self.changes)

    @property
    def counts(self) -> dict[Status, int]:
        """How many there are of each status, in the order of `STATUSES`."""
        counts = Counter(each.status for each in self.changes)
        return {status: counts[status] for status in STATUSES}

    @property
    def level(self) -> ComparedLevel | None:
        """The weightiest level in which any answers differ; None where none do."""
        met = {each.level for each in self.changes}
        return next((level for level in COMPARED if level in met), None)

    @property
    def verdict(self) -> Verdict:
        """The worst of all."""
        met = {each.verdict for each in self.changes}
        return next((verdict for verdict in VERDICTS if verdict in met), "identical")

    def differs(self, level: ComparedLevel = "wire") -> bool:
        """Whether anything differs in this level or a weightier one, was added or removed."""
        return any(each.differs(level) for each in self.changes)

    @property
    def words(self) -> str:
        """What changed, as a sentence."""
        are_single = all(max(len(each.before), len(each.after)) == 1 for each in self.changes)
        return f"{changes_in_words(len(self), self.counts, are_single=are_single)}."

    @property
    def frame(self) -> pd.DataFrame:
        """One row a change: ``change`` (from 0), ``name``, ``status``, ``verdict`` and ``level`` (missing where nothing
        differs), ``n_before`` and ``n_after`` recordings, ``before`` and ``after`` (their paths), ``differs`` (titles of
        the aspects), ``request`` (where the requests differ), ``left_out``."""
        rows = [[number, *_row(each)] for number, each in enumerate(self.changes)]
        return pd.DataFrame(rows, columns=list(_COLUMNS)).astype(_COLUMNS)

    def __repr__(self) -> str:
        return f"Changes: {self.words}"


_COLUMNS: Final = {
    "change": "int64",
    "name": "str",
    "status": "str",
    "verdict": "str",
    "level": "str",
    "n_before": "int64",
    "n_after": "int64",
    "before": "str",
    "after": "str",
    "differs": "str",
    "request": "str",
    "left_out": "str",
}


def _row(change: Change) -> list[object]:
    paths = [", ".join(each.facts["path"] for each in side) or None for side in (change.before, change.after)]
    return [
        change.name,
        change.status,
        change.verdict,
        change.level,
        len(change.before),
        len(change.after),
        *paths,
        ", ".join(change.differing),
        ", ".join(each.path for each in change.request),
        ", ".join(change.left_out),
    ]


def changes_in_words(
    n: int, counts: Mapping[Status, int], beside: Sequence[str] = (), *, are_single: bool = True
) -> str:
    """What became of so many recordings, as a sentence without its end; ``beside``: what else is to be said.

    Where a change is of several runs of a request (not ``are_single``), requests are counted.
    """
    if not n:
        return "There is nothing to compare"
    parts = [f"{counts[status]:,} {words}" for status, words in _COUNTED.items() if counts.get(status)]
    return f"{count(n, 'recording' if are_single else 'request')}: {', '.join([*parts, *beside]) or 'nothing changed'}"


def is_at_least(difference: ComparedLevel | None, level: ComparedLevel) -> bool:
    """Whether a level in which something differs is this one or a weightier one."""
    return difference is not None and COMPARED.index(difference) <= COMPARED.index(level)


Side: TypeAlias = Corpus | Recording | Iterable[Corpus | Recording]


def changes(before: Side, after: Side, by: By = "request", *, as_runs: bool = False) -> Changes:
    """What changed between two loads.

    Parameters
    ----------
    before, after
        What `recexplore.load` gave of each side (a folder, an archive, a revision …), recordings of it, or several.
    by
        What recordings of one request have in common, as `recexplore.runs` takes it.
    as_runs
        Whether files are runs whose names say nothing: all recordings of one request are compared with one another, and
        the sides are equal where each run of one has an equal one on the other. By default a file stands for what it was
        before, as cassettes do, and one that is gone or new is told.

    Returns
    -------
    Changes
        A file that is called alike and asks the same is compared with itself; of the others, equal files belong together,
        then recordings of one request, then files that are called alike and ask another request. Where each side holds
        exactly one recording these are compared in any case. Files that are equal byte by byte (size and CRC-32) are the
        same without being read.

    Raises
    ------
    TypeError
        A side is nothing that was loaded.
    ValueError
        There is no such ``by``.
    """
    if not callable(by) and by not in BY:
        raise ValueError(f"by: expected one of {', '.join(BY)} or a function, found {by!r}")
    sides = _recordings(before), _recordings(after)
    matched = list(matches(*sides, by, as_runs=as_runs))
    comparisons = iter(compare_each([*each.before, *each.after] for each in matched if each.needs_comparison))
    every = [_change(each, next(comparisons) if each.needs_comparison else None) for each in matched]
    places = {each: place for place, each in enumerate(chain(sides[1], sides[0]))}
    return Changes(tuple(sorted(every, key=lambda each: places[(each.after or each.before)[0]])))


def _recordings(side: Side) -> list[Recording]:
    recordings: dict[Recording, None] = {}
    for each in [side] if isinstance(side, Corpus | Recording) else side:
        if not isinstance(each, Corpus | Recording):
            raise TypeError(f"changes takes what recexplore.load gave, not {type(each).__name__}")
        recordings.update(dict.fromkeys([each] if isinstance(each, Recording) else each))
    return list(recordings)


def _change(match: Match, comparison: Comparison | None) -> Change:
    status: Status
    if match.is_same_file:
        status = "same"
    elif comparison is None:
        status = "removed" if match.before else "added"
    elif match.is_other_request:
        status = "request changed"
    else:
        status = "same" if level_between(comparison, len(match.before)) is None else "changed"
    return Change(status, match.before, match.after, match.left_out, match.request, comparison)
