"""What to do about what was found: each rule's remedy, once, and where more of it is told.

Takes a `Verdict`, gives plain text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from recexplore.checks.result import Verdict
from recexplore.rules import Finding
from recexplore.share.reports.order import worst_first
from recexplore.views.text.safe_text import one_line

__all__ = ["hint", "remedies"]


def remedies(verdict: Verdict, findings: Iterable[Finding]) -> dict[str, str]:
    """What to do, by rule, the rules with the worst findings first."""
    said = {rule.id: one_line(rule.remedy) for rule in verdict.rules}
    rules = dict.fromkeys(finding.rule for finding in worst_first(findings))
    return {rule: said[rule] for rule in rules if said.get(rule)}


def hint(rules: Sequence[str]) -> str:
    """What to type to know more of a rule."""
    which = one_line(rules[0]) if len(rules) == 1 else "RULE"
    return f"`recexplore explain {which}` says what it means, where it comes from, and what is legal"
