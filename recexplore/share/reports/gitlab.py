"""A verdict for merge requests on GitLab: a report of its Code Quality.

Takes a `Verdict`, gives text: a list of violations (https://docs.gitlab.com/ci/testing/code_quality/). Every one has a line,
because GitLab takes no other: the first where nobody knows which. Paths are seen from the working directory, which has to be
the repository's top.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any, Final

from recexplore.checks.baseline import Unread
from recexplore.checks.result import Verdict, key_of
from recexplore.model.location import place_of, relative
from recexplore.model.severities import Severity
from recexplore.share.reports.as_json import as_text
from recexplore.share.reports.fingerprints import fingerprints
from recexplore.share.reports.order import badness
from recexplore.share.reports.wording import where
from recexplore.views.text.safe_text import one_line

__all__ = ["report"]

_SEVERITIES: Final[Mapping[Severity, str]] = {"error": "critical", "warning": "minor", "note": "info"}
_UNKNOWN: Final = "blocker"
"""Where something could not be read, or a rule failed, nobody knows how bad it is."""


def report(verdict: Verdict) -> str:
    """The verdict as a list of violations."""
    return as_text([*_findings(verdict), *_others(verdict)])


def _findings(verdict: Verdict) -> Iterator[dict[str, Any]]:
    # Which of several equal ones a finding is must not depend on the order in which they are told.
    marked = zip(verdict.new, fingerprints(map(key_of, verdict.new)), strict=True)
    for finding, mark in sorted(marked, key=lambda pair: badness(pair[0])):
        place = where(finding)
        said = one_line(finding.message) + (f" ({place})" if place else "")
        line = verdict.begin(finding)[0] or 1
        yield _violation(finding.rule, _SEVERITIES[finding.severity], said, finding.label.path, line, mark)


def _others(verdict: Verdict) -> Iterator[dict[str, Any]]:
    """What could not be read, and rules that failed."""
    unread = [Unread(each.path, each.exchange, each.what) for each in verdict.problems]
    for problem, mark in zip(verdict.problems, fingerprints(unread), strict=True):
        yield _violation("unread", _UNKNOWN, one_line(str(problem)), problem.path, 1, mark)
    failed = [Unread("", None, f"the rule {rule} failed") for rule in verdict.failed]
    for rule, mark in zip(verdict.failed, fingerprints(failed), strict=True):
        said = one_line(f"the rule {rule} failed: {verdict.failed[rule]}")
        where_looked = next(iter(verdict.corpus.places), ".")
        yield _violation(rule, _UNKNOWN, said, where_looked, 1, mark)


def _violation(rule: str, severity: str, said: str, path: str, line: int, mark: str) -> dict[str, Any]:
    place = place_of(path)
    file = relative(place.file, os.getcwd()) if place.kind == "disk" else place.file
    return {
        "description": said,
        "check_name": one_line(rule),
        "fingerprint": mark,
        "severity": severity,
        "location": {"path": one_line(file), "lines": {"begin": line}},
    }
