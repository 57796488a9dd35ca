"""A verdict for the summary of a job, or a comment: Markdown as GitHub and GitLab show it.

Takes a `Verdict`, gives text: a table of counts, errors with their evidence, warnings and notes folded away. No text of a
recording is Markdown there, nor HTML, a link, a mention or mathematics. Long lists are cut, for a summary has no room for
more than a megabyte; what is left out is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from recexplore.checks.result import Verdict
from recexplore.model.counts import count
from recexplore.model.severities import SEVERITIES
from recexplore.rules import Finding
from recexplore.share.reports.advice import hint, remedies
from recexplore.share.reports.order import worst_first
from recexplore.share.reports.tallies import Tally, by_rule, folded
from recexplore.share.reports.text import summary
from recexplore.share.reports.wording import excerpts, where
from recexplore.views.text.markdown_text import block, escaped

__all__ = ["parts", "report"]

_MOST: Final = 50
_EVIDENCE: Final = 300


def report(verdict: Verdict) -> str:
    """The verdict as Markdown."""
    return "\n\n".join(["### recexplore", escaped(summary(verdict)), *parts(verdict)]) + "\n"


def parts(verdict: Verdict) -> Iterator[str]:
    """All but the sentence that it begins with, part by part."""
    alone, recurring = folded(verdict)
    if tallies := by_rule(verdict):
        yield _table(tallies)
    unread = [str(each) for each in verdict.problems]
    unread += [f"the rule {rule} failed: {why}" for rule, why in verdict.failed.items()]
    yield from _list("Could not be read or judged", map(escaped, unread), len(unread))
    yield from _list("Suppressed no longer", (escaped(each.over) for each in verdict.expired), len(verdict.expired))
    by_severity = {severity: [each for each in alone if each.severity == severity] for severity in SEVERITIES}
    if errors := by_severity["error"]:
        yield f"#### {count(len(errors), 'error').capitalize()}"
        yield from (_told(finding, verdict) for finding in errors[:_MOST])
        if len(errors) > _MOST:
            yield f"… and {len(errors) - _MOST:,} more."
    if warnings := by_severity["warning"]:
        yield _folded(
            count(len(warnings), "warning"), [_line(each, verdict) for each in warnings[:_MOST]], len(warnings)
        )
    if notes := [
        *(_recurring(each) for each in recurring),
        *(_line(each, verdict) for each in by_severity["note"][:_MOST]),
    ]:
        n = len(recurring) + len(by_severity["note"])
        yield _folded(count(verdict.counts["note"], "note"), notes[:_MOST], n)
    if said := remedies(verdict, worst_first(verdict.new)):
        lines = [f"**{escaped(rule)}**: {escaped(remedy)}" for rule, remedy in said.items()]
        yield _folded("What to do", lines, len(lines))
        yield escaped(hint(list(said))).replace("&#96;", "`")


def _table(tallies: Sequence[Tally]) -> str:
    rows = [
        f"| {each.count:,} | {each.recordings:,} | {each.severity} | {escaped(each.rule)} |" for each in tallies[:_MOST]
    ]
    return "\n".join(["| count | recordings | severity | rule |", "|---:|---:|---|---|", *rows])


def _told(finding: Finding, verdict: Verdict) -> str:
    """A finding with its evidence, which stands in a block that no text of its can end."""
    evidence = "\n".join(excerpts(finding, _EVIDENCE))
    return f"{_line(finding, verdict)}\n\n{block(evidence)}" if evidence else _line(finding, verdict)


def _line(finding: Finding, verdict: Verdict) -> str:
    line, _ = verdict.begin(finding)
    place = f"{finding.label.path}:{line}" if line is not None else finding.label.path
    beside = f" ({said})" if (said := where(finding)) else ""
    return f"**{escaped(finding.rule)}** <code>{escaped(place)}</code>{beside} {escaped(finding.message)}"


def _recurring(tally: Tally) -> str:
    served = f", {escaped(tally.served_by)}" if tally.served_by else ""
    times = f"×{tally.count:,}{served}, in {count(tally.recordings, 'recording')}"
    return f"**{escaped(tally.rule)}** {times}: {escaped(tally.findings[0].message)}"


def _list(title: str, lines: Iterable[str], n: int) -> Iterator[str]:
    if n:
        yield f"#### {title}"
        yield _items([line for line, _ in zip(lines, range(_MOST), strict=False)], n)


def _folded(title: str, lines: Sequence[str], n: int) -> str:
    return f"<details><summary>{title}</summary>\n\n{_items(lines, n)}\n\n</details>"


def _items(lines: Sequence[str], n: int) -> str:
    more = [f"… and {n - len(lines):,} more"] if n > len(lines) else []
    return "\n".join(f"- {line}" for line in [*lines, *more])
