"""A verdict in the words of whoever is told: people, scripts, code scanning, a pull request, a build server.

Each module beside this one takes a `recexplore.checks.result.Verdict` and gives a whole report. Whatever a recording holds,
the report stays well-formed: no text of it can end a line, an element or a string that is ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from rich.console import RenderableType

from recexplore.checks.result import Verdict
from recexplore.share.reports import as_json, github, junit, sarif, text

__all__ = ["FORMATS", "Report"]

Report: TypeAlias = Callable[[Verdict], RenderableType]

FORMATS: Final[Mapping[str, Report]] = {
    "text": text.report,
    "json": as_json.report,
    "sarif": sarif.report,
    "github": github.report,
    "junit": junit.report,
}
"""Every format by its name; all but ``text`` give a `str` that ends with a line feed."""
