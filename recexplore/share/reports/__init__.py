"""A verdict in the words of whoever is told: people, scripts, code scanning, a pull request, a build server.

Each module beside this one takes a `recexplore.checks.result.Verdict` and gives a whole report. Whatever a recording holds,
the report stays well-formed: no text of it can end a line, an element or a string that is ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from rich.console import RenderableType

from recexplore.checks.result import Verdict
from recexplore.share.reports import as_json, concise, github, gitlab, junit, markdown, sarif, statistics, text

__all__ = ["FORMATS", "STATISTICS", "Report"]

Report: TypeAlias = Callable[[Verdict], RenderableType]

FORMATS: Final[Mapping[str, Report]] = {
    "text": text.report,
    "concise": concise.report,
    "json": as_json.report,
    "sarif": sarif.report,
    "github": github.report,
    "gitlab": gitlab.report,
    "junit": junit.report,
    "markdown": markdown.report,
}
"""Every format by its name; all but ``text`` give a `str` that ends with a line feed."""

STATISTICS: Final[Mapping[str, Report]] = {"text": statistics.table, "json": statistics.as_json}
"""How many there are of what, in the formats that tell it."""
