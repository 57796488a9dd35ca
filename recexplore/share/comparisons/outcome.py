"""What was compared and what came of it, whether between two sides or among the runs of requests.

Takes `Changes`, groups of runs or recordings, gives an `Outcome`, from which every report is made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

from recexplore.comparison.changes import GATES, STATUSES, Change, Changes, Gate, Status, is_at_least
from recexplore.comparison.comparison import Comparison, compare, compare_each
from recexplore.comparison.levels import Verdict
from recexplore.comparison.runs import RunGroup, Runs, request_title
from recexplore.corpus import Recording
from recexplore.matching.difference import Difference
from recexplore.model.counts import count
from recexplore.model.exchange import Problem
from recexplore.views.text.test_names import test_name

__all__ = ["Entry", "Outcome", "outcome_of_changes", "outcome_of_recordings", "outcome_of_runs"]

_SIDES: Final = ("before", "after")


@dataclass(frozen=True)
class Entry:
    """One request and its runs.

    Attributes
    ----------
    name
        The file; of runs of one request the test that asked, or the request.
    title
        What was asked, shortly.
    status
        What became of it from one side to the other; None where its runs stand for themselves.
    sides
        For each run ``before`` or ``after``; "" where its runs stand for themselves.
    recordings
        The runs, in the order of ``comparison``.
    comparison
        None where there is nothing to compare with, or where the files are equal byte by byte.
    level
        The weightiest level in which the runs, or the two sides, differ.
    left_out
        What the requests hold and are not compared by.
    request
        In what the requests of a pair differ.
    note
        What has to be known beside that.
    """

    name: str
    title: str
    status: Status | None
    sides: tuple[str, ...]
    recordings: tuple[Recording, ...]
    comparison: Comparison | None
    verdict: Verdict | None
    level: Gate | None
    left_out: tuple[str, ...] = ()
    request: tuple[Difference, ...] = ()
    note: str = ""

    def differs(self, level: Gate) -> bool:
        """Whether it differs in this level or a weightier one, or asks something else, or has no counterpart."""
        return self.status in ("request changed", "added", "removed") or is_at_least(self.level, level)

    @property
    def differing(self) -> list[str]:
        """The titles of the aspects in which its runs differ, the weightiest first."""
        return [] if self.comparison is None or self.level is None else self.comparison.differing

    @property
    def is_pair(self) -> bool:
        """Whether it is one recording before and one after: all is told by what was before."""
        return self.sides == _SIDES and self.comparison is not None

    @property
    def baseline(self) -> int:
        """The run by which the others are told."""
        return 0 if self.is_pair or self.comparison is None else self.comparison.reference

    @cached_property
    def labels(self) -> list[str]:
        """What each run is called: ``before`` and ``after``, or its id, name or path, whichever tells all runs apart."""
        if self.is_pair:
            return list(self.sides)
        about = self.comparison.runs if self.comparison is not None else None
        paths = [each.facts["path"] for each in self.recordings] if about is None else about["path"].tolist()
        namings = [each.id for each in self.recordings], [each.name for each in self.recordings], paths
        said = min((self._with_sides(names) for names in namings), key=lambda each: len(each) - len(set(each)))
        times = Counter(said)
        seen: Counter[str] = Counter()
        labels = []
        for each in said:
            seen[each] += 1
            labels.append(f"{each} [{seen[each]}]" if times[each] > 1 else each)
        return labels

    def _with_sides(self, names: Sequence[str]) -> list[str]:
        return [f"{name} ({side})" if side else name for name, side in zip(names, self.sides, strict=True)]


@dataclass(frozen=True)
class Outcome:
    """What was compared.

    Attributes
    ----------
    entries
        One for each request, in the order of the recordings.
    places
        What was compared, as it was named: two sides, or one place and more.
    level
        At which level the runs are asked to be equal.
    n_alone, n_unknown
        Recordings of requests that were recorded once, and recordings without a request that could be compared.
    unread
        What could not be read.
    is_of_sides
        Whether it says what changed from one place to another.
    is_of_query
        Whether only requests that fit a query were compared; how many others were recorded once is not told then.
    """

    entries: tuple[Entry, ...]
    places: tuple[str, ...]
    level: Gate
    n_alone: int = 0
    n_unknown: int = 0
    unread: tuple[Problem, ...] = ()
    is_of_sides: bool = False
    is_of_query: bool = False

    @property
    def differing(self) -> list[Entry]:
        """Those that differ at the level that was asked for, in the order in which they are told: the weightiest first."""
        told = [each for each in self.entries if each.differs(self.level)]
        statuses = list(STATUSES)
        ranks = {
            id(each): (
                GATES.index(each.level) if each.level is not None else len(GATES),
                statuses.index(each.status) if each.status is not None else 0,
            )
            for each in told
        }
        return sorted(told, key=lambda each: ranks[id(each)])

    @property
    def lighter(self) -> list[Entry]:
        """Those that differ, in a lighter level than was asked for."""
        return [each for each in self.entries if each.level is not None and not each.differs(self.level)]

    @property
    def differs(self) -> bool:
        return any(each.differs(self.level) for each in self.entries)

    @property
    def words(self) -> str:
        """What came of it, as a sentence."""
        return f"{self._of_one if len(self.entries) == 1 else self._of_many}."

    @property
    def _of_one(self) -> str:
        (entry,) = self.entries
        if entry.status in ("added", "removed"):
            return f"1 request: {entry.status}"
        if entry.comparison is not None and not entry.is_pair:
            return entry.comparison.words.removesuffix(".")
        differ = (
            f"the answers differ in {', '.join(entry.differing)}" if entry.level is not None else "the answers agree"
        )
        return f"The requests differ; {differ}" if entry.status == "request changed" else differ.capitalize()

    @property
    def _of_many(self) -> str:
        if not self.entries:
            return f"There is nothing to compare{self._why_nothing}"
        if self.is_of_sides:
            counted: Counter[Any] = Counter(each.status for each in self.differing)
            told = [f"{counted[status]:,} {said}" for status, said in _COUNTED.items() if counted[status]]
            head, nothing, alone = count(len(self.entries), "request"), "nothing changed", ""
        else:
            counted = Counter(each.level for each in self.differing)
            told = [f"{counted[level]:,} differing in {level}" for level in GATES if counted[level]]
            n = sum(len(each.recordings) for each in self.entries)
            head, nothing = f"{count(len(self.entries), 'request')} with {n:,} runs", "all runs agree"
            alone = f"; {self.n_alone:,} more recorded once" if self.n_alone else ""
        told += [f"{len(self.lighter):,} only below the level “{self.level}”"] if self.lighter else []
        return f"{head}: {', '.join(told) or nothing}{alone}"


    @property
    def _why_nothing(self) -> str:
        if self.is_of_sides:
            return ""
        which = "that fits was recorded more than once" if self.is_of_query else "was recorded more than once"
        of = f", of {count(self.n_alone, 'request')}" if self.n_alone else ""
        return f": no request {which}{of}"


_COUNTED: Final[dict[Status, str]] = {
    "changed": "answered otherwise",
    "request changed": "with another request",
    "added": "added",
    "removed": "removed",
}


def outcome_of_changes(
    changes: Iterable[Change] | Changes, places: Sequence[str], level: Gate, unread: Sequence[Problem] = ()
) -> Outcome:
    """What changed between two sides."""
    return Outcome(tuple(map(_of_change, changes)), tuple(places), level, unread=tuple(unread), is_of_sides=True)


def _of_change(change: Change) -> Entry:
    sides = ("before",) * len(change.before) + ("after",) * len(change.after)
    n_more = max(len(change.before), len(change.after)) - 1
    return Entry(
        name=f"{change.name} and {n_more:,} more" if n_more else change.name,
        title=change.title,
        status=change.status,
        sides=sides,
        recordings=(*change.before, *change.after),
        comparison=change.comparison,
        verdict=change.verdict,
        level=change.level,
        left_out=change.left_out,
        request=change.request,
    )


def outcome_of_runs(
    groups: Runs,
    places: Sequence[str],
    level: Gate,
    unread: Sequence[Problem] = (),
    chosen: Sequence[RunGroup] | None = None,
) -> Outcome:
    """How the runs of requests compare; ``chosen``: of these groups alone, which fit a query."""
    compared = groups if chosen is None else chosen
    entries = [
        _of_runs(comparison, group.title, group.left_out)
        for group, comparison in zip(compared, compare_each(compared), strict=True)
    ]
    n_alone, n_unknown = (groups.n_alone, groups.n_unknown) if chosen is None else (0, 0)
    return Outcome(
        tuple(entries),
        tuple(places),
        level,
        n_alone,
        n_unknown,
        tuple(unread),
        is_of_query=chosen is not None,
    )


def outcome_of_recordings(
    recordings: Sequence[Recording], n_requests: int, places: Sequence[str], level: Gate, unread: Sequence[Problem] = ()
) -> Outcome:
    """How recordings compare that were named one by one, whatever they asked."""
    note = f"They are of {n_requests} different requests." if n_requests > 1 else ""
    entry = _of_runs(compare(recordings), request_title(recordings[0]), (), note)
    if n_requests > 1:
        named = count(len(recordings), "recording")
        entry = replace(entry, name=named, title=named)
    return Outcome((entry,), tuple(places), level, unread=tuple(unread))


def _of_runs(comparison: Comparison, title: str, left_out: Sequence[str], note: str = "") -> Entry:
    level: Gate | None = next((each for each in GATES if comparison.runs[each].nunique() > 1), None)
    return Entry(
        name=_name(comparison.recordings, title),
        title=title,
        status=None,
        sides=("",) * len(comparison),
        recordings=comparison.recordings,
        comparison=comparison,
        verdict=comparison.verdict,
        level=level,
        left_out=tuple(left_out),
        note=note,
    )


def _name(recordings: Sequence[Recording], title: str) -> str:
    """The test that asked, if one did."""
    test = next((test for each in recordings if isinstance(test := each.facts["test_id"], str) and test), None)
    return title if test is None else " ".join(filter(None, test_name(test)))
