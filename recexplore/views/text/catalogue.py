"""The catalogue of rules in a terminal: a list, and all that one rule says.

Takes rules, gives rich renderables.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from recexplore.rules import Rule
from recexplore.rules.rule import SECTIONS
from recexplore.views.text.safe_text import one_line, visible
from recexplore.views.text.severity_styles import STYLES

__all__ = ["explained", "listed"]


def listed(rules: Sequence[Rule]) -> RenderableType:
    """One line a rule; those that run only when asked for say so."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bright_black")
    table.add_column("rule", no_wrap=True, style="bold")
    table.add_column("severity", no_wrap=True)
    table.add_column("what is wrong")
    for rule in rules:
        title = one_line(rule.title) + ("" if rule.on else " (only when selected)")
        table.add_row(Text(one_line(rule.id)), Text(rule.severity, STYLES[rule.severity]), Text(title))
    return table


def explained(rule: Rule, examples: Sequence[str] = ()) -> RenderableType:
    """All that a rule says, and the files that show it."""
    head = Text.assemble((one_line(rule.id), "bold underline"), "  ", (rule.severity, STYLES[rule.severity]))
    parts: list[RenderableType] = [head, Text(one_line(rule.title), "bold")]
    for title, said in _sections(rule, examples):
        parts += [Text(f"\n{title}", "bright_black"), Padding(Text(visible(said)), (0, 0, 0, 2), expand=False)]
    return Group(*parts)


def _sections(rule: Rule, examples: Sequence[str]) -> Iterator[tuple[str, str]]:
    for title, name in SECTIONS:
        if said := getattr(rule, name):
            yield title, said
    yield "Looks at", ", ".join(rule.formats) or "whatever was recorded"
    if rule.needs:
        yield "Needs", f"recorded: {', '.join(rule.needs)}"
    if not rule.on:
        yield "Runs", "only when it is selected"
    if rule.sources:
        yield "Seen in, or defined by", "\n".join(rule.sources)
    if examples:
        yield "Examples", "\n".join(examples)
