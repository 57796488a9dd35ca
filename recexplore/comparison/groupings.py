"""By what recordings can be grouped as runs of one request, by name.

Takes nothing, gives names; `recexplore.comparison.runs` does the grouping. Nothing large is imported for it.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias, get_args

__all__ = ["GROUPINGS", "Grouping"]

Grouping: TypeAlias = Literal["request", "streamed-or-whole", "messages", "test"]
GROUPINGS: Final[tuple[Grouping, ...]] = get_args(Grouping)
"""Every name; the first is taken where none is named."""
