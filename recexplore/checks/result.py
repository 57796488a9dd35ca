"""What becomes of findings: which are new, which were accepted, and whether that fails.

Takes a `Corpus` and `Settings`, gives a `Verdict`: plain values, for people, machines and CI to be told in their own way
(`recexplore.share.reports`). Never prints, never writes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from recexplore import rules
from recexplore.checks.baseline import Baseline, Kind, Outdated, baseline_at, read_baseline
from recexplore.checks.run import find
from recexplore.checks.settings import Settings
from recexplore.corpus.corpus import Corpus, Recording
from recexplore.model.errors import SourceChanged
from recexplore.model.exchange import Problem
from recexplore.model.location import place_of, relative
from recexplore.model.region import Region
from recexplore.model.severities import SEVERITIES, Severity
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

CLEAN, FINDINGS, UNREADABLE = range(3)
"""What a verdict comes to, as the exit codes of the command line count it (`recexplore.cli.exit_codes`)."""

_FAILING: Final[Mapping[str, Collection[str]]] = {"error": ("error",), "warning": ("error", "warning"), "never": ()}


def key_of(finding: Finding) -> Kind:
    """By what a baseline knows a finding."""
    return Kind(finding.label.path, finding.label.exchange, finding.choice, finding.rule)


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
        What could not be read.
    failed
        Rules that failed, and why: nobody knows what they would have found in the recordings of ``failed_in``.
    corpus
        Where it was looked for.
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
        return finding.severity in _FAILING[self.settings.fail_on]

    def line(self, finding: Finding) -> int | None:
        """The line of the file, from one, where the finding's first chunk, or its recording, begins; None where that is not
        known, and for members of archives, which have lines but no file."""
        if place_of(finding.label.path).member is not None:
            return None
        try:
            return self.corpus[finding.label.recording].line(finding.chunk)
        except (SourceChanged, LookupError):
            return None

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


def judge(corpus: Corpus | Recording, settings: Settings | None = None) -> Verdict:
    """Run the rules and say what follows.

    Parameters
    ----------
    corpus
        What `recexplore.load` gave, or one recording of it.
    settings
        What to look for and what is to fail; the defaults, if not given.

    Raises
    ------
    ValueError
        No rule has such an id, or the baseline cannot be read.
    TypeError
        ``corpus`` is not what `recexplore.load` gave.
    """
    settings = settings or Settings()
    accepted_before = None if settings.baseline is None else read_baseline(settings.baseline)
    findings = find(corpus, select=settings.select, ignore=settings.ignore)
    judged = [
        replace(finding, severity=settings.severity_of(finding.rule, finding.severity))
        for finding in findings.found
        if not settings.is_ignored(finding.rule, finding.label.path)
    ]
    verdict = Verdict(
        settings=settings,
        rules=rules.chosen(settings.select, settings.ignore),
        recordings=tuple(findings.labels),
        new=tuple(judged),
        accepted=(),
        outdated=(),
        problems=corpus.unread,
        failed=findings.failed,
        failed_in=findings.failed_in,
        corpus=corpus.corpus if isinstance(corpus, Recording) else corpus,
    )
    return verdict if accepted_before is None else _accepted(verdict, accepted_before)


def baseline_of(verdict: Verdict, path: str) -> Baseline:
    """The baseline that accepts all that was found; of one that exists, what was not looked for is kept."""
    before = baseline_at(path)
    return before.renewed(map(key_of, (*verdict.accepted, *verdict.new)), _looked_for(verdict, before))


def _accepted(verdict: Verdict, baseline: Baseline) -> Verdict:
    kinds = [key_of(finding) for finding in verdict.new]
    is_accepted = baseline.accepts(kinds)
    return replace(
        verdict,
        new=tuple(each for each, known in zip(verdict.new, is_accepted, strict=True) if not known),
        accepted=tuple(each for each, known in zip(verdict.new, is_accepted, strict=True) if known),
        outdated=tuple(baseline.outdated(kinds, _looked_for(verdict, baseline))),
    )


def _looked_for(verdict: Verdict, baseline: Baseline) -> Callable[[Kind], bool]:
    """Whether an entry of the baseline would have been found again if it were still true: a check of a few files, or with
    a few rules, says nothing about the others, nor does a file that could not be read."""
    not_run = {rule.id for rule in rules.known()} - ({rule.id for rule in verdict.rules} - verdict.failed.keys())
    read = {each.path for each in verdict.recordings} - {each.path for each in verdict.problems}
    files = {relative(path, baseline.folder) for path in read}
    return lambda kind: kind.rule not in not_run and (kind.file in files or baseline.is_gone(kind))
