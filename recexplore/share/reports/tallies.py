"""How many findings there are of what: by rule, and by rule and model.

Takes a `Verdict`, gives rows of numbers; also which notes recur so often that people are told them once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from recexplore.checks.result import Verdict
from recexplore.model.plain_values import records
from recexplore.model.severities import SEVERITIES, Severity
from recexplore.rules import Finding

__all__ = ["Tally", "by_model", "by_rule", "folded", "served_by"]

_FEWEST: Final = 3
"""Fewer notes of a kind are no longer to read than the line that stands for them."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Findings that have rule and severity in common and, where they are told apart by that, provider and model."""

    rule: str
    severity: Severity
    provider: str | None
    model: str | None
    findings: tuple[Finding, ...]

    @property
    def count(self) -> int:
        return len(self.findings)

    @property
    def recordings(self) -> int:
        """In how many recordings they are."""
        return len({each.label.recording for each in self.findings})

    @property
    def served_by(self) -> str:
        """Provider and model, as far as they are known."""
        return " · ".join(filter(None, (self.provider, self.model)))


def by_rule(verdict: Verdict) -> list[Tally]:
    """The worst severity first, then the most frequent."""
    return _tallies(verdict.new, lambda finding: (None, None))


def by_model(verdict: Verdict) -> list[Tally]:
    """The same, told apart by who answered."""
    return _tallies(verdict.new, served_by(verdict))


def folded(verdict: Verdict) -> tuple[list[Finding], list[Tally]]:
    """Findings to be told one by one, and notes that recur with one model, to be told once."""
    if not verdict.settings.fold:
        return list(verdict.new), []
    recurring = [each for each in by_model(verdict) if each.severity == "note" and each.count >= _FEWEST]
    # Findings may be equal to one another; told once is each of those that were counted.
    counted = {id(finding) for tally in recurring for finding in tally.findings}
    return [each for each in verdict.new if id(each) not in counted], recurring


def served_by(verdict: Verdict) -> Callable[[Finding], tuple[str | None, str | None]]:
    """Provider and model of a finding's recording."""
    rows = records(verdict.corpus.recordings[["recording", "provider"]])
    providers = {row["recording"]: row["provider"] for row in rows}
    return lambda finding: (providers.get(finding.label.recording), finding.label.model)


def _tallies(findings: Iterable[Finding], served: Callable[[Finding], tuple[str | None, str | None]]) -> list[Tally]:
    groups: dict[tuple[str, Severity, str | None, str | None], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.rule, finding.severity, *served(finding)), []).append(finding)
    tallies = [Tally(*key, tuple(group)) for key, group in groups.items()]
    return sorted(tallies, key=lambda each: (SEVERITIES.index(each.severity), -each.count, each.rule))
