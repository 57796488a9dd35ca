"""A verdict for people: findings by recording, what to do about them, and one line that sums them up.

Takes a `Verdict`, gives a rich renderable that fits itself to the console; `plain` gives the same as text. Recordings with
errors come first, and errors come first in them; notes that recur with one model are told once, below. Where nothing was
found it is that one line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.text import Text

from recexplore.checks.result import Verdict
from recexplore.model.counts import count
from recexplore.rules import Finding
from recexplore.rules.finding import RecordingLabel
from recexplore.share.reports.advice import hint, remedies
from recexplore.share.reports.order import by_recording
from recexplore.share.reports.tallies import Tally, folded
from recexplore.share.reports.wording import excerpts, where
from recexplore.views.text.safe_text import without_ci_commands
from recexplore.views.text.severity_styles import STYLES
from recexplore.views.text.skipped import skipped_line

__all__ = ["plain", "printed", "report", "summary", "told"]

_INDENT: Final = 11
_EVIDENCE_LINES: Final = 2
_WIDEST: Final = 140


@dataclass(frozen=True, slots=True)
class _Findings:
    """Findings by recording, errors first, fitted to the console."""

    findings: Sequence[Finding]
    line: Callable[[Finding], int | None] = lambda finding: None

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        room = min(options.max_width, _WIDEST) - _INDENT
        for label, group in by_recording(self.findings):
            yield from _head(label)
            for finding in group:
                yield from _finding(finding, room, self.line(finding))
            yield Text()


def report(verdict: Verdict) -> RenderableType:
    """The verdict for a console of any width."""
    alone, recurring = folded(verdict)

    def line(finding: Finding) -> int | None:
        return verdict.begin(finding)[0]

    return Group(
        _Findings(alone, line),
        *_recurring(recurring, line),
        *_beside(verdict),
        *_advice(verdict),
        Text(summary(verdict), _mood(verdict)),
    )


def plain(verdict: Verdict, width: int = 100) -> str:
    """The verdict as text without colour."""
    return printed(report(verdict), width)


def told(findings: Sequence[Finding], width: int = 100) -> str:
    """A few findings as text without colour."""
    return printed(_Findings(findings), width)


def printed(what: RenderableType, width: int = 100) -> str:
    """What a console would show, as text without colour."""
    console = Console(width=width, color_system=None, force_terminal=False, force_jupyter=False, highlight=False)
    with console.capture() as captured:
        console.print(what)
    return "\n".join(line.rstrip() for line in captured.get().rstrip("\n").split("\n"))


def _head(label: RecordingLabel) -> Iterator[Text]:
    """The file; below it, where they are known, the model and the test."""
    yield Text(without_ci_commands(label.name), "bold")
    test = (label.test_id or "").rpartition("::")[2]
    if facts := [without_ci_commands(each) for each in (label.model or "", test) if each]:
        yield Text(f"  {' · '.join(facts)}", "bright_black", no_wrap=True, overflow="ellipsis")


def _finding(finding: Finding, room: int, line: int | None) -> Iterator[RenderableType]:
    severity = (f"  {finding.severity:<{_INDENT - 2}}", STYLES[finding.severity])
    told = [where(finding), f"line {line:,}" if line is not None and finding.chunk is not None else ""]
    place = f"  {', '.join(filter(None, told))}" if any(told) else ""
    yield Text.assemble(severity, (without_ci_commands(finding.rule), "bold"), (place, "bright_black"))
    yield _indented(finding.message)
    for said in excerpts(finding, max(room - 2, 20) * _EVIDENCE_LINES - 4):
        yield _indented(f"› {said}", "bright_black")


def _recurring(tallies: Sequence[Tally], line: Callable[[Finding], int | None]) -> Iterator[RenderableType]:
    """Notes that recur, each told by its first."""
    for tally in tallies:
        first = tally.findings[0]
        known = line(first)
        place = [where(first), "" if known is None or first.chunk is None else f"line {known:,}"]
        told = (f"×{tally.count:,}", without_ci_commands(tally.served_by), f"in {count(tally.recordings, 'recording')}")
        times = f"  {', '.join(filter(None, told))}"
        severity = (f"  {tally.severity:<{_INDENT - 2}}", STYLES[tally.severity])
        yield Text.assemble(severity, (without_ci_commands(tally.rule), "bold"), (times, "bright_black"))
        yield _indented(first.message)
        yield _indented(f"first in {', '.join(filter(None, [first.label.name, *place]))}", "bright_black")
    if tallies:
        yield Text()


def _advice(verdict: Verdict) -> Iterator[RenderableType]:
    """What to do, once a rule."""
    if not (said := remedies(verdict, verdict.new)):
        return
    yield Text("What to do", "bold")
    for rule, remedy in said.items():
        yield Text(f"  {without_ci_commands(rule)}", "bold")
        yield _indented(remedy)
    yield Text(f"  {without_ci_commands(hint(list(said)))}", "bright_black")
    yield Text()


def _indented(said: str, style: str = "") -> RenderableType:
    return Padding(Text(without_ci_commands(said), style), (0, 0, 0, _INDENT), expand=False)


def _beside(verdict: Verdict) -> Iterator[Text]:
    """What could not be read or judged, what is suppressed no longer, and what need not be accepted or suppressed."""
    told = [("unread", "bold red", str(each)) for each in verdict.problems]
    told += [("failed", "bold red", f"the rule {rule}: {why}") for rule, why in verdict.failed.items()]
    told += [("expired", "yellow", each.over) for each in verdict.expired]
    told += [("outdated", "bright_black", str(each)) for each in verdict.outdated]
    told += [("outdated", "bright_black", f"{each}: suppresses nothing") for each in verdict.unused]
    for mark, style, said in told:
        yield Text.assemble((f"  {mark:<{_INDENT - 2}}", style), without_ci_commands(said))
    if told:
        yield Text()


def summary(verdict: Verdict) -> str:
    """The verdict in one line."""
    looked_at = count(len(verdict.recordings), "recording")
    limit = count(verdict.settings.max_warnings or 0, "warning")
    facts = (
        (len(verdict.accepted), "finding", "accepted"),
        (len(verdict.accepted_problems), "problem", "accepted"),
        (len(verdict.suppressed), "finding", "suppressed"),
        (verdict.hidden, "finding", "not told"),
        (len(verdict.outdated), "entry", "of the baseline outdated"),
        (len(verdict.expired), "suppression", "expired"),
        (len(verdict.unused), "suppression", "outdated"),
        (len(verdict.problems), "problem", "while reading"),
        (len(verdict.failed), "rule", "failed"),
    )
    beside = [f"more than {limit} fail"] if verdict.too_many_warnings else []
    beside += [f"{count(n, noun)} {what}" for n, noun, what in facts if n]
    if skipped := skipped_line(verdict.corpus):
        beside.append(skipped)
    if not verdict.new:
        nothing = "nothing so bad found" if verdict.hidden else "nothing found"
        nothing = "nothing new found" if verdict.accepted and not verdict.hidden else nothing
        return "; ".join([f"{looked_at}, {nothing}", *beside])
    found = ", ".join(count(n, severity) for severity, n in verdict.counts.items() if n)
    n = len({each.label.recording for each in verdict.new})
    return "; ".join([f"{found} in {n:,} of {looked_at}", *beside])


def _mood(verdict: Verdict) -> str:
    if verdict.exit_code:
        return "bold red"
    return "bold yellow" if verdict.new else "bold green"
