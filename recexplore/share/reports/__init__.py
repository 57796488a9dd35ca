"""A verdict in the words of whoever is told: people, scripts, code scanning, a pull request, a build server.

Each module beside this one takes a `recexplore.checks.result.Verdict` and gives a whole report. Whatever a recording holds,
the report stays well-formed: no text of it can end a line, an element or a string that is ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from rich.console import RenderableType

    from recexplore.checks.result import Verdict

__all__ = ["FORMATS", "STATISTICS", "Report"]

Report: TypeAlias = "Callable[[Verdict], RenderableType]"


def _made_by(module: str, function: str = "report") -> Report:
    """The report that a module beside this one makes; it is imported when a report is asked for, not where formats are
    listed."""

    def report(verdict: Verdict) -> RenderableType:
        made: Any = getattr(import_module(f"{__name__}.{module}"), function)(verdict)
        return made  # type: ignore[no-any-return]

    return report


FORMATS: Final[Mapping[str, Report]] = {
    "text": _made_by("text"),
    "concise": _made_by("concise"),
    "json": _made_by("as_json"),
    "sarif": _made_by("sarif"),
    "github": _made_by("github"),
    "gitlab": _made_by("gitlab"),
    "junit": _made_by("junit"),
    "markdown": _made_by("markdown"),
}
"""Every format by its name; all but ``text`` give a `str` that ends with a line feed."""

STATISTICS: Final[Mapping[str, Report]] = {
    "text": _made_by("statistics", "table"),
    "json": _made_by("statistics", "as_json"),
}
"""How many there are of what, in the formats that tell it."""
