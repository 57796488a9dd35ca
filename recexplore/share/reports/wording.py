"""How every report words a finding: where it is, what shows it.

Takes findings, gives text of one line. What a recording says is made harmless here, once for all reports.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from recexplore.model.counts import count
from recexplore.rules import Finding
from recexplore.rules.quoting import shortened
from recexplore.views.text.safe_text import one_line, without_ci_commands

__all__ = ["excerpt", "excerpts", "in_short", "where"]

_MOST_LINES: Final = 3


def in_short(findings: Sequence[Finding]) -> str:
    """How many, and of which rules."""
    return f"{count(len(findings), 'finding')}: {', '.join(dict.fromkeys(each.rule for each in findings))}"


def where(finding: Finding) -> str:
    """The chunks and the choice it concerns: ``chunks 4–9, choice 1``."""
    parts = []
    if finding.chunk is not None:
        last = finding.last_chunk
        several = last is not None and last != finding.chunk
        parts.append(f"chunks {finding.chunk}–{last}" if several else f"chunk {finding.chunk}")
    if finding.choice is not None:
        parts.append(f"choice {finding.choice}")
    return ", ".join(parts)


def excerpts(finding: Finding, limit: int) -> list[str]:
    """The evidence as the rule gave it, shortened: line by line where it has two or three, else on one."""
    lines = [line for line in (finding.evidence or "").split("\n") if line.strip()]
    told = lines if 1 < len(lines) <= _MOST_LINES else [finding.evidence or ""]
    return [shortened(said, limit) for line in told if (said := without_ci_commands(line))]


def excerpt(finding: Finding, limit: int) -> str:
    """The evidence on one line, shortened."""
    return shortened(one_line(finding.evidence or ""), limit)
