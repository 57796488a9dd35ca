"""Rules that were to run and are not there: the package that brings them cannot be imported.

Takes a `Verdict`, gives it with them among the rules that failed: nobody knows what they would have found.
"""

from __future__ import annotations

from dataclasses import replace

from recexplore import rules
from recexplore.checks.result import Verdict
from recexplore.model.plugins import RULES, left_out

__all__ = ["missing_rules", "with_missing_rules"]


def missing_rules() -> dict[str, str]:
    """The entry points of packages with rules that could not be imported, and why."""
    rules.known()
    return {name: f"a rule's package could not be imported: {why}" for name, why in left_out(RULES).items()}


def with_missing_rules(verdict: Verdict) -> Verdict:
    """The verdict, which is not clean where rules are missing."""
    return replace(verdict, failed={**verdict.failed, **missing_rules()})
