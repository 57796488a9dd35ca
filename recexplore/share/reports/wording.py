"""How every report words a finding: where it is, what shows it.

Takes findings, gives text of one line. What a recording says is made harmless here, once for all reports.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from recexplore.model.counts import count
from recexplore.rules import Finding
from recexplore.views.text.safe_text import one_line

__all__ = ["excerpt", "excerpts", "in_short", "where"]

_MOST_LINES: Final = 3
_QUOTED: Final = re.compile(r"`([^`]+)`|\"([^\"]+)\"|“([^”]+)”|'([^']+)'|‘([^’]+)’")


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
    """The evidence: line by line where a rule gave it in two or three, else on one."""
    lines = [line for line in (finding.evidence or "").split("\n") if line.strip()]
    told = lines if 1 < len(lines) <= _MOST_LINES else [finding.evidence or ""]
    return [said for line in told if (said := excerpt(finding, limit, line))]


def excerpt(finding: Finding, limit: int, evidence: str | None = None) -> str:
    """The evidence on one line: whole where it is short, else the part that the message quotes, else both its ends."""
    text = one_line(finding.evidence or "" if evidence is None else evidence)
    if len(text) <= limit:
        return text
    quoted = [next(filter(None, found.groups())) for found in _QUOTED.finditer(one_line(finding.message))]
    at = next((text.find(words) for words in quoted if words in text), -1)
    if at < 0:
        tail = limit // 3
        return f"{text[: limit - tail - 3]} … {text[-tail:]}"
    start = min(max(at - limit // 3, 0), len(text) - limit)
    end = start + limit
    return f"{'… ' if start else ''}{text[start + 2 * bool(start) : end - 2]}{' …' if end < len(text) else text[end - 2 :]}"
