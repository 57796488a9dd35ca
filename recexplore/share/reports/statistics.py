"""How many findings there are, by rule, and by rule, provider and model, and how much could not be read: tables for
people, JSON for scripts.

Takes a `Verdict`, gives a rich renderable, or text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from recexplore.checks.result import Verdict
from recexplore.share.reports.as_json import as_text
from recexplore.share.reports.tallies import Tally, by_model, by_rule
from recexplore.share.reports.text import summary
from recexplore.views.text.safe_text import without_ci_commands
from recexplore.views.text.severity_styles import STYLES

__all__ = ["as_json", "table"]

_RULE: Final = ("rule",)
_MODEL: Final = ("rule", "provider", "model")


def table(verdict: Verdict) -> RenderableType:
    """Two tables, one of what could not be read, and the line that sums them up."""
    tables = (_table(by_rule(verdict), _RULE), Text(), _table(by_model(verdict), _MODEL), Text())
    unread = (_table_of_problems(verdict), Text())
    return Group(*(tables if verdict.new else ()), *(unread if verdict.problems else ()), Text(summary(verdict)))


def as_json(verdict: Verdict) -> str:
    """The same as data: ``exit_code``, ``counts``, ``by_rule``, ``by_model`` and ``by_problem``."""
    return as_text(
        {
            "exit_code": verdict.exit_code,
            "counts": {
                "recordings": len(verdict.recordings),
                **{f"{severity}s": n for severity, n in verdict.counts.items()},
                "problems": len(verdict.problems),
            },
            "by_rule": [_row(each, _RULE) for each in by_rule(verdict)],
            "by_model": [_row(each, _MODEL) for each in by_model(verdict)],
            "by_problem": [{"what": what, "count": n, "files": files} for what, n, files in _problems(verdict)],
        }
    )


def _problems(verdict: Verdict) -> list[tuple[str, int, int]]:
    """What could not be read, how often, and in how many files; the most frequent first."""
    times = Counter(each.what for each in verdict.problems)
    files = Counter(what for what, _ in {(each.what, each.path) for each in verdict.problems})
    return [(what, n, files[what]) for what, n in times.most_common()]


def _table_of_problems(verdict: Verdict) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bright_black")
    for name in ("count", "files"):
        table.add_column(name, no_wrap=True, justify="right")
    table.add_column("could not be read")
    for what, n, files in _problems(verdict):
        table.add_row(f"{n:,}", f"{files:,}", Text(without_ci_commands(what)))
    return table


def _row(tally: Tally, names: Sequence[str]) -> dict[str, Any]:
    counted = {"severity": tally.severity, "count": tally.count, "recordings": tally.recordings}
    return {name: getattr(tally, name) for name in names} | counted


def _table(tallies: Sequence[Tally], names: Sequence[str]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bright_black")
    for name in ("count", "recordings"):
        table.add_column(name, no_wrap=True, justify="right")
    for name in ("severity", *names):
        table.add_column(name, no_wrap=name != "model")
    for tally in tallies:
        told = (Text(without_ci_commands(getattr(tally, name) or "")) for name in names)
        severity = Text(tally.severity, STYLES[tally.severity])
        table.add_row(f"{tally.count:,}", f"{tally.recordings:,}", severity, *told)
    return table
