"""What a comparison came to, in the words of whoever reads it: people, scripts, a pull request, a page of its own.

Each module that the table names takes an `Outcome` and gives a whole report; the others hold what all of them say. Whatever
a recording holds, the report stays well-formed: no text of it can end a line, an element or a string that is ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from rich.console import RenderableType

    from recexplore.share.comparisons.outcome import Outcome

__all__ = ["FORMATS", "ComparisonReport"]

ComparisonReport: TypeAlias = "Callable[[Outcome], RenderableType]"


def _made_by(module: str) -> ComparisonReport:
    """The report that a module beside this one makes; it is imported when a report is asked for."""

    def report(outcome: Outcome) -> RenderableType:
        made: Any = import_module(f"{__name__}.{module}").report(outcome)
        return made  # type: ignore[no-any-return]

    return report


FORMATS: Final[Mapping[str, ComparisonReport]] = {
    "text": _made_by("text"),
    "json": _made_by("as_json"),
    "markdown": _made_by("markdown"),
    "html": _made_by("html"),
}
"""Every format by its name; all but ``text`` give a `str` that ends with a line feed."""
