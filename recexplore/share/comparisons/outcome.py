"""What was compared and what came of it, whether between two sides or among the runs of requests.

Takes `Changes`, groups of runs or recordings, gives an `Outcome`, from which every report is made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from recexplore.comparison.changes import STATUSES, Change, Changes, changes_in_words
from recexplore.comparison.comparison import Comparison, compare, compare_each
from recexplore.comparison.levels import COMPARED, ComparedLevel
from recexplore.comparison.runs import RunGroup, Runs, request_title
from recexplore.corpus import Recording
from recexplore.model.counts import count
from recexplore.model.exchange import Problem
from recexplore.read.workers import watched
from recexplore.share.comparisons.entry import SIDES, Entry
from recexplore.views.text.test_names import test_name

__all__ = ["Outcome", "outcome_of_changes", "outcome_of_recordings", "outcome_of_runs"]


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
        Whether only requests that fit a query were compared; how many others were recorded once is not said then.
    """

    entries: tuple[Entry, ...]
    places: tuple[str, ...]
    level: ComparedLevel
    n_alone: int = 0
    n_unknown: int = 0
    unread: tuple[Problem, ...] = ()
    is_of_sides: bool = False
    is_of_query: bool = False

    @property
    def differing(self) -> list[Entry]:
        """Those that differ at the level that was asked for, in the order of reports: the weightiest first."""
        entries = [each for each in self.entries if each.differs(self.level)]
        return sorted(entries, key=_rank)

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
            return f"1 recording: {entry.status}"
        if entry.status is None and entry.comparison is not None:
            return entry.comparison.words.removesuffix(".")
        head = "The requests differ; the" if entry.status == "request changed" else "The"
        answers = "agree" if entry.level is None else f"differ in {', '.join(entry.differing)}"
        return f"{head} answers {answers}"

    @property
    def _of_many(self) -> str:
        lighter = [f"{len(self.lighter):,} only below the level “{self.level}”"] if self.lighter else []
        if self.is_of_sides:
            statuses = Counter(each.status for each in self.differing if each.status is not None)
            are_single = all(max(each.sides.count(side) for side in SIDES) == 1 for each in self.entries)
            return changes_in_words(len(self.entries), statuses, lighter, are_single=are_single)
        if not self.entries:
            which = "that fits was recorded" if self.is_of_query else "was recorded"
            of = f", of {count(self.n_alone, 'request')}" if self.n_alone else ""
            return f"There is nothing to compare: no request {which} more than once{of}"
        levels = Counter(each.level for each in self.differing)
        parts = [f"{levels[level]:,} differing in {level}" for level in COMPARED if levels[level]]
        n = sum(len(each.recordings) for each in self.entries)
        alone = f"; {self.n_alone:,} more recorded once" if self.n_alone else ""
        requests = count(len(self.entries), "request")
        return f"{requests} with {n:,} runs: {', '.join([*parts, *lighter]) or 'all runs agree'}{alone}"


def _rank(entry: Entry) -> tuple[int, int]:
    statuses = list(STATUSES)
    return (
        COMPARED.index(entry.level) if entry.level is not None else len(COMPARED),
        statuses.index(entry.status) if entry.status is not None else 0,
    )


def outcome_of_changes(
    changes: Iterable[Change] | Changes,
    places: Sequence[str],
    level: ComparedLevel,
    unread: Sequence[Problem] = (),
    side_names: tuple[str, str] = SIDES,
) -> Outcome:
    """What changed between two sides."""
    entries = tuple(_of_change(each, side_names) for each in changes)
    return Outcome(_told_apart(entries, level), tuple(places), level, unread=tuple(unread), is_of_sides=True)


def _told_apart(entries: Iterable[Entry], level: ComparedLevel) -> tuple[Entry, ...]:
    return tuple(replace(each, told_apart_by=level) for each in entries)


def _of_change(change: Change, side_names: tuple[str, str]) -> Entry:
    n_more = max(len(change.before), len(change.after)) - 1
    return Entry(
        name=f"{change.name} and {n_more:,} more" if n_more else change.name,
        title=change.title,
        status=change.status,
        sides=(SIDES[0],) * len(change.before) + (SIDES[1],) * len(change.after),
        recordings=(*change.before, *change.after),
        comparison=change.comparison,
        verdict=change.verdict,
        level=change.level,
        differing=tuple(change.differing),
        left_out=change.left_out,
        request=change.request,
        side_names=side_names,
    )


def outcome_of_runs(
    groups: Runs,
    places: Sequence[str],
    level: ComparedLevel,
    unread: Sequence[Problem] = (),
    chosen: Sequence[RunGroup] | None = None,
) -> Outcome:
    """How the runs of requests compare; ``chosen``: of these groups alone, which fit a query."""
    compared = groups if chosen is None else chosen
    pairs = zip(compared, compare_each(compared), strict=True)
    entries = [
        _of_runs(comparison, group.title, group.left_out)
        for group, comparison in watched(pairs, total=len(compared), unit="request", doing="comparing")
    ]
    n_alone, n_unknown = (groups.n_alone, groups.n_unknown) if chosen is None else (0, 0)
    is_of_query = chosen is not None
    return Outcome(
        _told_apart(entries, level), tuple(places), level, n_alone, n_unknown, tuple(unread), is_of_query=is_of_query
    )


def outcome_of_recordings(
    recordings: Sequence[Recording],
    n_requests: int,
    places: Sequence[str],
    level: ComparedLevel,
    unread: Sequence[Problem] = (),
) -> Outcome:
    """How recordings compare that were named one by one, whatever they asked."""
    note = f"They are of {n_requests} different requests." if n_requests > 1 else ""
    entry = _of_runs(compare(recordings), request_title(recordings[0]), (), note)
    if n_requests > 1:
        name = count(len(recordings), "recording")
        entry = replace(entry, name=name, title=name)
    return Outcome(_told_apart([entry], level), tuple(places), level, unread=tuple(unread))


def _of_runs(comparison: Comparison, title: str, left_out: Sequence[str], note: str = "") -> Entry:
    level: ComparedLevel | None = next((each for each in COMPARED if comparison.runs[each].nunique() > 1), None)
    return Entry(
        name=_name(comparison.recordings, title),
        title=title,
        status=None,
        sides=("",) * len(comparison),
        recordings=comparison.recordings,
        comparison=comparison,
        verdict=comparison.verdict,
        level=level,
        differing=tuple(comparison.differing),
        left_out=tuple(left_out),
        note=note,
    )


def _name(recordings: Sequence[Recording], title: str) -> str:
    """The test that asked, if one did."""
    test = next((test for each in recordings if isinstance(test := each.facts["test_id"], str) and test), None)
    return title if test is None else " ".join(filter(None, test_name(test)))
