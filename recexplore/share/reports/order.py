"""In which order reports list findings: errors first, else as the frame ``findings`` has them.

Takes findings, gives the same in another order, or grouped.
"""

from __future__ import annotations

from collections.abc import Iterable

from recexplore.model.severities import SEVERITIES
from recexplore.rules import Finding
from recexplore.rules.finding import RecordingLabel

__all__ = ["badness", "by_recording", "worst_first"]


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """All errors, then all warnings, then all notes."""
    return sorted(findings, key=badness)


def by_recording(findings: Iterable[Finding]) -> list[tuple[RecordingLabel, list[Finding]]]:
    """The findings of each recording, errors first; recordings by the worst of theirs."""
    groups: dict[str, list[Finding]] = {}
    for finding in worst_first(findings):
        groups.setdefault(finding.label.recording, []).append(finding)
    # Groups were begun by the worst finding of each recording.
    return [(group[0].label, group) for group in groups.values()]


def badness(finding: Finding) -> int:
    """By what findings are sorted: errors are least."""
    return SEVERITIES.index(finding.severity)
