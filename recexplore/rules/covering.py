"""One defect is one finding: what of two rules at the same place counts.

Takes findings, gives those that no other one tells better. Looks up places instead of comparing all with all.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import TypeAlias

from recexplore.model.severities import SEVERITIES, Severity
from recexplore.model.span import Span
from recexplore.rules.finding import Finding

__all__ = ["uncovered"]

_Interval: TypeAlias = tuple[int, int]
"""From where to where, the end exclusive."""


def uncovered(found: Sequence[Finding], covering: Mapping[str, tuple[str, ...]]) -> list[Finding]:
    """The findings without those that another one tells better, and as badly or worse: at all of their stretches of text,
    or, where one of the two has none, in all of their chunks.

    Parameters
    ----------
    found
        All findings.
    covering
        For rules, by id, the ids of those whose findings at the same place count instead.
    """
    better = {rule for rules in covering.values() for rule in rules}
    by: dict[_Where, list[Finding]] = {}
    for each in found:
        if each.rule in better:
            # What is told as an error counts for a warning, too.
            for severity in SEVERITIES[SEVERITIES.index(each.severity) :]:
                by.setdefault((each.rule, each.label.recording, severity), []).append(each)
    places = {where: _Places(findings) for where, findings in by.items()}
    return [each for each in found if not any(place.holds(each) for place in _better(each, covering, places))]


_Where: TypeAlias = tuple[str, str, Severity]
"""A rule, a recording, and how bad its findings are at least."""


def _better(
    finding: Finding, covering: Mapping[str, tuple[str, ...]], places: Mapping[_Where, _Places]
) -> Iterator[_Places]:
    for rule in covering.get(finding.rule, ()):
        if (place := places.get((rule, finding.label.recording, finding.severity))) is not None:
            yield place


class _Places:
    """Where the findings of one rule in one recording are."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        findings = list(findings)
        spanless = [each for each in findings if not each.spans]
        self._spans = _Overlaps((_lane(span), (span.start, span.end)) for each in findings for span in each.spans)
        self._all = _Chunks(findings)
        self._spanless = self._all if len(spanless) == len(findings) else _Chunks(spanless)

    def holds(self, finding: Finding) -> bool:
        """Whether each of its stretches of text is one of theirs, at least in part, or, where one of the two has none, all
        of its chunks of a choice are theirs."""
        if not finding.spans:
            return self._all.hold(finding)
        same = all(self._spans.overlap(_lane(span), (span.start, span.end)) for span in finding.spans)
        return same or self._spanless.hold(finding)


class _Chunks:
    """The chunks of findings; those of a finding about no choice are any choice's."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        findings = list(findings)
        placed = [(each.choice, where) for each in findings if (where := _chunks(each)) is not None]
        self._by_choice = _Overlaps(placed)
        self._of_any = _Overlaps((None, where) for _, where in placed)
        self._whole = {each.choice for each in findings if each.chunk is None}

    def hold(self, finding: Finding) -> bool:
        where = _chunks(finding)
        if where is None:
            return bool(self._whole) and (finding.choice is None or bool({None, finding.choice} & self._whole))
        if finding.choice is None:
            return self._of_any.contain(None, where)
        return self._by_choice.contain(finding.choice, where) or self._by_choice.contain(None, where)


class _Overlaps:
    """Intervals by what they belong to, asked whether any overlaps another one, or contains it."""

    def __init__(self, intervals: Iterable[tuple[Hashable, _Interval]]) -> None:
        by: dict[Hashable, list[_Interval]] = {}
        for owner, interval in intervals:
            by.setdefault(owner, []).append(interval)
        # Of all that begin before a place, how far the one reaches that reaches furthest.
        self._starts = {owner: sorted(start for start, _ in mine) for owner, mine in by.items()}
        self._reach = {owner: list(accumulate((end for _, end in sorted(mine)), max)) for owner, mine in by.items()}

    def overlap(self, owner: Hashable, interval: _Interval) -> bool:
        start, end = interval
        n = bisect_left(self._starts.get(owner, ()), end)
        return n > 0 and self._reach[owner][n - 1] > start

    def contain(self, owner: Hashable, interval: _Interval) -> bool:
        start, end = interval
        n = bisect_right(self._starts.get(owner, ()), start)
        return n > 0 and self._reach[owner][n - 1] >= end


def _lane(span: Span) -> Hashable:
    return span._replace(start=0, end=0)


def _chunks(finding: Finding) -> _Interval | None:
    """The chunks of a finding; None where it is about the whole recording."""
    if finding.chunk is None or finding.last_chunk is None:
        return None
    return finding.chunk, finding.last_chunk + 1
