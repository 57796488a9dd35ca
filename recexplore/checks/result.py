"""What becomes of findings: which are new, which were accepted or suppressed, and whether that fails.

Takes a `Corpus` and `Settings`, gives a `Verdict`: plain values, for people, machines and CI to be told in their own way
(`recexplore.share.reports`). Never prints, never writes.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias, TypeVar

from recexplore import rules
from recexplore.checks.baseline import Baseline, Entry, Kind, Outdated, Unread, baseline_at, read_baseline
from recexplore.checks.beside import Searched, suppressions_of
from recexplore.checks.run import find
from recexplore.checks.settings import Settings
from recexplore.checks.suppression import Suppressed, Suppression, in_order, suppress
from recexplore.corpus import Corpus, Recording
from recexplore.model.errors import SourceChanged
from recexplore.model.exchange import Problem
from recexplore.model.location import place_of, relative
from recexplore.model.region import Region
from recexplore.model.severities import SEVERITIES, Severity
from recexplore.read.workers import Progress
from recexplore.rules import Finding, Rule
from recexplore.rules.finding import RecordingLabel

__all__ = [
    "CLEAN",
    "FINDINGS",
    "UNREADABLE",
    "Verdict",
    "baseline_of",
    "judge",
    "key_of",
]

_T = TypeVar("_T")

CLEAN, FINDINGS, UNREADABLE = range(3)
"""What a verdict comes to, as the exit codes of the command line count it (`recexplore.cli.exit_codes`)."""

_FAILING: Final[Mapping[str, Collection[str]]] = {
    "error": ("error",),
    "warning": ("error", "warning"),
    "note": SEVERITIES,
    "never": (),
}


def key_of(finding: Finding) -> Kind:
    """By what a baseline knows a finding."""
    return Kind(finding.label.path, finding.label.exchange, finding.choice, finding.rule, finding.severity)


def _key_of_problem(problem: Problem) -> Unread:
    return Unread(problem.path, problem.exchange, problem.what)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found, and what follows from it.

    Attributes
    ----------
    settings
        How it was judged.
    rules
        Those that ran, in the order of the catalogue.
    recordings
        All that were looked at, in their order.
    new
        Findings that nobody accepted, in the order of ``findings``.
    accepted
        Findings that the baseline accepts.
    outdated
        Entries of the baseline that accept more than there is.
    problems
        What could not be read, and nobody accepted.
    failed
        Rules that failed, and why: nobody knows what they would have found in the recordings of ``failed_in``.
    corpus
        Where it was looked for.
    suppressed
        Findings that a file beside the recording, or the settings, suppress; none of them is new or accepted.
    expired
        What suppressed findings until a day that is past: these are back.
    unused
        What suppresses nothing any more.
    accepted_problems
        What could not be read, as the baseline says.
    too_many_warnings
        Whether there are more new warnings than `Settings.max_warnings`: then all of them fail.
    hidden
        How many new findings somebody asked not to be told; they are not in ``new``, and none of them fails.
    seconds
        How long loading and checking took; None where nobody measured it.
    """

    settings: Settings
    rules: tuple[Rule, ...]
    recordings: tuple[RecordingLabel, ...]
    new: tuple[Finding, ...]
    accepted: tuple[Finding, ...]
    outdated: tuple[Outdated, ...]
    problems: tuple[Problem, ...]
    failed: Mapping[str, str]
    corpus: Corpus = field(repr=False, compare=False)
    failed_in: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    suppressed: tuple[Suppressed, ...] = ()
    expired: tuple[Suppression, ...] = ()
    unused: tuple[Suppression, ...] = ()
    accepted_problems: tuple[Problem, ...] = ()
    too_many_warnings: bool = False
    hidden: int = 0
    seconds: float | None = field(default=None, compare=False)
    _lines: _Lines = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def exit_code(self) -> int:
        """`UNREADABLE` where something could not be read or a rule failed, whatever `Settings.fail_on` says; `FINDINGS`
        where a new finding fails; else `CLEAN`."""
        if self.problems or self.failed:
            return UNREADABLE
        return FINDINGS if any(map(self.fails, self.new)) else CLEAN

    @property
    def counts(self) -> dict[Severity, int]:
        """New findings by severity, the worst first."""
        return {severity: sum(each.severity == severity for each in self.new) for severity in SEVERITIES}

    def fails(self, finding: Finding) -> bool:
        """Whether a finding is bad enough to fail."""
        if self.too_many_warnings and finding.severity == "warning":
            return True
        return finding.severity in _FAILING[self.settings.fail_on]

    def line(self, finding: Finding) -> int | None:
        """The line of the file, from one, where the finding's first chunk, or its recording, begins; None where that is not
        known, and for members of archives, which have lines but no file."""
        path, place = finding.label.path, (finding.label.recording, finding.chunk)
        if not self._lines:
            for each in (*self.new, *self.accepted, *(suppressed.finding for suppressed in self.suppressed)):
                self._lines.setdefault(each.label.path, {})[each.label.recording, each.chunk] = _UNKNOWN
        lines = self._lines.setdefault(path, {})
        if lines.get(place, _UNKNOWN) == _UNKNOWN:
            lines[place] = _UNKNOWN
            # Reports name findings in any order: all lines of a file are found when it is read for the first of them.
            lines.update({each: _line(self.corpus, path, *each) for each in lines})
        return lines[place]

    def begin(self, finding: Finding) -> tuple[int | None, int | None]:
        """Line and column, from one, where what the finding is about begins: its `region`; where that is not known its
        `line`, and no column."""
        found = self.region(finding)
        return (self.line(finding), None) if found is None else (found.start_line, found.start_column)

    def region(self, finding: Finding) -> Region | None:
        """The stretch of the file that the finding is about: of its spans, else of its chunks; None where that is not known,
        where it is about a whole recording, and for members of archives."""
        if finding.chunk is None or place_of(finding.label.path).member is not None:
            return None
        try:
            recording = self.corpus[finding.label.recording]
            return recording.region(finding.chunk, finding.last_chunk, finding.spans)
        except (SourceChanged, LookupError):
            return None


_UNKNOWN: Final = -1
"""A line that nobody looked for yet."""

_Lines: TypeAlias = dict[str, dict[tuple[str, int | None], int | None]]
"""By file, the lines of recordings and their chunks."""


def _line(corpus: Corpus, path: str, recording: str, chunk: int | None) -> int | None:
    if place_of(path).member is not None:
        return None
    try:
        return corpus[recording].line(chunk)
    except (SourceChanged, LookupError):
        return None


def judge(
    corpus: Corpus | Recording,
    settings: Settings | None = None,
    *,
    today: datetime.date | None = None,
    progress: Progress = False,
) -> Verdict:
    """Run the rules and say what follows.

    Parameters
    ----------
    corpus
        What `recexplore.load` gave, or one recording of it.
    settings
        What to look for and what is to fail; the defaults, if not given.
    today
        The day that decides what is suppressed no longer; the clock's, if not given.
    progress
        Whether to show a bar, as `recexplore.load` takes it: of rules.

    Raises
    ------
    ValueError
        No rule has such an id, or the baseline, or a file beside the recordings, cannot be read.
    TypeError
        ``corpus`` is not what `recexplore.load` gave.
    """
    settings = settings or Settings()
    accepted_before = None if settings.baseline is None else read_baseline(settings.baseline)
    running = settings.rules()
    findings = find(corpus, select=[rule.id for rule in running], judged=settings.judged, progress=progress)
    paths = {each.path for each in findings.labels} | {each.path for each in corpus.unread}
    excluded = set(filter(settings.is_excluded, paths))
    judged = [finding for finding in findings.found if finding.label.path not in excluded]
    labels = tuple(each for each in findings.labels if each.path not in excluded)
    whole = corpus.corpus if isinstance(corpus, Recording) else corpus
    suppressions = suppressions_of({each.path for each in labels}, settings, whole.places)
    new, suppressed, used, over = suppress(judged, suppressions, today or datetime.date.today())
    verdict = Verdict(
        settings=settings,
        rules=running,
        recordings=labels,
        new=tuple(new),
        accepted=(),
        outdated=(),
        problems=tuple(each for each in corpus.unread if each.path not in excluded),
        failed=findings.failed,
        failed_in=findings.failed_in,
        corpus=whole,
        suppressed=tuple(suppressed),
        expired=tuple(in_order(over)),
    )
    if isinstance(corpus, Corpus):
        searched = Searched(
            places=whole.places,
            read=frozenset(each.path for each in labels),
            unread=frozenset(each.path for each in verdict.problems),
            rules=frozenset({rule.id for rule in running} - findings.failed.keys()),
            is_whole={*settings.paths} <= {*whole.places} if settings.paths else False,
        )
        idle = {*settings.suppress}.union(*suppressions.values()) - used
        verdict = replace(verdict, unused=tuple(each for each in in_order(idle) if searched.decides(each)))
    if accepted_before is not None:
        verdict = _accepted(verdict, accepted_before)
    most = settings.max_warnings
    return replace(verdict, too_many_warnings=most is not None and verdict.counts["warning"] > most)


def baseline_of(verdict: Verdict, path: str) -> Baseline:
    """The baseline that accepts all that was found; of one that exists, what was not looked for is kept."""
    before = baseline_at(path)
    found = [key_of(finding) for finding in (*verdict.accepted, *verdict.new)]
    unread = [_key_of_problem(problem) for problem in (*verdict.accepted_problems, *verdict.problems)]
    return before.renewed([*found, *unread], _looked_for(verdict, before))


def _accepted(verdict: Verdict, baseline: Baseline) -> Verdict:
    kinds = [key_of(finding) for finding in verdict.new]
    unread = [_key_of_problem(problem) for problem in verdict.problems]
    new, accepted = _parted(verdict.new, baseline.accepts(kinds))
    problems, accepted_problems = _parted(verdict.problems, baseline.accepts(unread))
    # What is over and lets only accepted findings stay has nothing to say any more: it may go.
    is_told = [any(over.covers(each.label.path) and over.fits(each) for each in new) for over in verdict.expired]
    expired, settled = _parted(verdict.expired, [not each for each in is_told])
    return replace(
        verdict,
        new=new,
        accepted=accepted,
        problems=problems,
        accepted_problems=accepted_problems,
        expired=expired,
        unused=tuple(in_order((*verdict.unused, *settled))),
        outdated=tuple(baseline.outdated([*kinds, *unread], _looked_for(verdict, baseline))),
    )


def _parted(things: Sequence[_T], is_accepted: Sequence[bool]) -> tuple[tuple[_T, ...], tuple[_T, ...]]:
    """Those that are not accepted, and those that are."""
    pairs = list(zip(things, is_accepted, strict=True))
    return tuple(each for each, known in pairs if not known), tuple(each for each, known in pairs if known)


def _looked_for(verdict: Verdict, baseline: Baseline) -> Callable[[Entry], bool]:
    """Whether an entry of the baseline would have been found again if it were still true: a check of a few files, or with
    a few rules, says nothing about the others, nor does a file that could not be read."""
    not_run = {rule.id for rule in rules.known()} - ({rule.id for rule in verdict.rules} - verdict.failed.keys())
    recordings = {relative(each.path, baseline.folder) for each in verdict.recordings}
    problems = (*verdict.problems, *verdict.accepted_problems)
    unread = {relative(each.path, baseline.folder) for each in problems}

    def was_looked_for(kind: Entry) -> bool:
        if baseline.is_gone(kind):
            return isinstance(kind, Unread) or kind.rule not in not_run
        if isinstance(kind, Unread):
            return kind.file in recordings | unread
        return kind.rule not in not_run and kind.file in recordings - unread

    return was_looked_for
