"""A verdict for scripts: one JSON object.

Takes a `Verdict`, gives text. Keys are never renamed and never left out; new ones may come. What is missing is null.
"""

from __future__ import annotations

from typing import Any

import orjson

from recexplore.checks.result import Verdict
from recexplore.model.schema import FRAMES
from recexplore.rules import Finding
from recexplore.views.text.safe_text import without_lone_surrogates

__all__ = ["report"]


def report(verdict: Verdict) -> str:
    """The verdict as JSON: ``exit_code``, ``fail_on``, ``counts``, ``findings``, ``accepted``, ``outdated``, ``problems``,
    ``skipped``, ``failed_rules`` and ``rules``."""
    document = {
        "exit_code": verdict.exit_code,
        "fail_on": verdict.settings.fail_on,
        "counts": {
            "recordings": len(verdict.recordings),
            **{f"{severity}s": n for severity, n in verdict.counts.items()},
            "accepted": len(verdict.accepted),
            "outdated": len(verdict.outdated),
            "problems": len(verdict.problems),
            "skipped": len(verdict.corpus.skipped_files),
        },
        "findings": [_finding(each) | {"line": verdict.line(each)} for each in verdict.new],
        "accepted": [_finding(each) | {"line": verdict.line(each)} for each in verdict.accepted],
        "outdated": [
            {**each.kind._asdict(), "accepted": each.accepted, "found": each.found} for each in verdict.outdated
        ],
        "problems": [{name: getattr(each, name) for name in FRAMES["problems"].names} for each in verdict.problems],
        # What nobody looked into may be a whole tree of files: they are counted.
        "skipped": [
            {"path": each.path, "reason": each.reason}
            for each in verdict.corpus.skipped_files
            if each.kind != "not searched"
        ],
        "failed_rules": dict(verdict.failed),
        "rules": [rule.id for rule in verdict.rules],
    }
    return orjson.dumps(_clean(document), option=orjson.OPT_INDENT_2).decode() + "\n"


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


def _clean(value: Any) -> Any:
    """The same without halves of characters, which JSON for others must not hold."""
    if isinstance(value, str):
        return without_lone_surrogates(value)
    if isinstance(value, dict):
        return {without_lone_surrogates(str(key)): _clean(each) for key, each in value.items()}
    return [_clean(each) for each in value] if isinstance(value, list) else value
