"""A verdict to grep and to click: one line a finding, ``path:line:column: severity rule message``.

Takes a `Verdict`, gives text. Errors first, nothing is folded, numbers are plain; where no column is known the line stands
alone, where no line is known the path does. What could not be read is the rule ``unread``, a rule that failed is ``failed``.
"""

from __future__ import annotations

from collections.abc import Iterator

from recexplore.checks.result import Verdict
from recexplore.share.reports.order import worst_first
from recexplore.share.reports.text import summary
from recexplore.share.reports.wording import where
from recexplore.views.text.safe_text import without_ci_commands

__all__ = ["report"]


def report(verdict: Verdict) -> str:
    """The verdict line by line, and the line that sums it up."""
    return "\n".join(map(without_ci_commands, [*_lines(verdict), f"recexplore: {summary(verdict)}"])) + "\n"


def _lines(verdict: Verdict) -> Iterator[str]:
    for finding in worst_first(verdict.new):
        path = ":".join([finding.label.path, *(str(each) for each in verdict.begin(finding) if each is not None)])
        place = f" ({said})" if (said := where(finding)) else ""
        yield f"{path}: {finding.severity} {finding.rule} {finding.message}{place}"
    for problem in verdict.problems:
        yield f"{problem.path}: error unread {str(problem).removeprefix(problem.path).lstrip(',: ')}"
    for rule, why in verdict.failed.items():
        yield f"recexplore: error failed the rule {rule}: {why}"
    for suppression in verdict.expired:
        yield f"{suppression.source}: warning expired {suppression.over}"
