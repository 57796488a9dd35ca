"""A verdict for scripts: one JSON object.

Takes a `Verdict`, gives text. Keys are never renamed and never left out; new ones may come. What is missing is null.
"""

from __future__ import annotations

from typing import Any

import orjson

from recexplore.checks.baseline import Outdated
from recexplore.checks.result import Verdict
from recexplore.checks.suppression import Suppression
from recexplore.model.exchange import Problem
from recexplore.model.schema import FRAMES
from recexplore.rules import Finding
from recexplore.share.reports.order import worst_first
from recexplore.views.text.safe_text import without_lone_surrogates

__all__ = ["as_text", "report"]


def report(verdict: Verdict) -> str:
    """The verdict as JSON: ``exit_code``, ``fail_on``, ``max_warnings``, ``counts``, ``findings`` (errors first),
    ``accepted``, ``suppressed``, ``outdated``, ``expired``, ``unused``, ``problems``, ``accepted_problems``, ``skipped``,
    ``failed_rules`` and ``rules``."""
    document = {
        "exit_code": verdict.exit_code,
        "fail_on": verdict.settings.fail_on,
        "max_warnings": verdict.settings.max_warnings,
        "counts": {
            "recordings": len(verdict.recordings),
            **{f"{severity}s": n for severity, n in verdict.counts.items()},
            "hidden": verdict.hidden,
            "accepted": len(verdict.accepted),
            "suppressed": len(verdict.suppressed),
            "outdated": len(verdict.outdated),
            "problems": len(verdict.problems),
            "accepted_problems": len(verdict.accepted_problems),
            "skipped": len(verdict.corpus.skipped_files),
        },
        "findings": [_finding(each) | _begin(each, verdict) for each in worst_first(verdict.new)],
        "accepted": [_finding(each) | _begin(each, verdict) for each in verdict.accepted],
        "suppressed": [
            _finding(each.finding) | _begin(each.finding, verdict) | {"suppression": _suppression(each.by)}
            for each in verdict.suppressed
        ],
        "outdated": [_outdated(each) for each in verdict.outdated],
        "expired": [_suppression(each) for each in verdict.expired],
        "unused": [_suppression(each) for each in verdict.unused],
        "problems": [_problem(each) for each in verdict.problems],
        "accepted_problems": [_problem(each) for each in verdict.accepted_problems],
        # What nobody looked into may be a whole tree of files: they are counted.
        "skipped": [
            {"path": each.path, "reason": each.reason}
            for each in verdict.corpus.skipped_files
            if each.kind not in ("not searched", "excluded")
        ],
        "failed_rules": dict(verdict.failed),
        "rules": [rule.id for rule in verdict.rules],
    }
    return as_text(document)


def as_text(document: Any) -> str:
    """A document of recorded text as JSON that everybody reads."""
    return orjson.dumps(_clean(document), option=orjson.OPT_INDENT_2).decode() + "\n"


def _problem(problem: Problem) -> dict[str, Any]:
    return {name: getattr(problem, name) for name in FRAMES["problems"].names}


def _outdated(outdated: Outdated) -> dict[str, Any]:
    keys: dict[str, Any] = dict.fromkeys(("file", "exchange", "choice", "rule", "severity", "what"))
    return {**keys, **outdated.kind._asdict(), "accepted": outdated.accepted, "found": outdated.found}


def _suppression(suppression: Suppression) -> dict[str, Any]:
    return {
        "rule": suppression.rule,
        "files": list(suppression.files),
        "choice": suppression.choice,
        "reason": suppression.reason,
        "until": None if suppression.until is None else suppression.until.isoformat(),
        "source": suppression.source,
        "entry": suppression.number,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "recording": finding.label.recording,
        "path": finding.label.path,
        "exchange": finding.label.exchange,
        "test_id": finding.label.test_id,
        "model": finding.label.model,
        "chunk": finding.chunk,
        "last_chunk": finding.last_chunk,
        "choice": finding.choice,
        "message": finding.message,
        "evidence": finding.evidence,
        "spans": [span._asdict() for span in finding.spans],
    }


def _begin(finding: Finding, verdict: Verdict) -> dict[str, int | None]:
    return dict(zip(("line", "column"), verdict.begin(finding), strict=True))


def _clean(value: Any) -> Any:
    """The same without halves of characters, which JSON for others must not hold."""
    if isinstance(value, str):
        return without_lone_surrogates(value)
    if isinstance(value, dict):
        return {without_lone_surrogates(str(key)): _clean(each) for key, each in value.items()}
    return [_clean(each) for each in value] if isinstance(value, list) else value
