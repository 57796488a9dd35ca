"""Files of runs as a line of a report has room for them.

Takes paths, gives each its name, with as much of the folders as tells the files apart; of long names that begin alike what
is between that beginning and where they part is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from typing import Final

__all__ = ["short_names"]

_KEPT: Final = 12
"""Characters of a beginning that many names share: as many as an id has."""
_LEAST_LEFT_OUT: Final = 4


def short_names(paths: Sequence[str]) -> list[str]:
    """A name for each path: equal where the paths are."""
    parts = [each.split("/") for each in paths]
    n_files = len(set(paths))
    deepest = max(map(len, parts), default=1)
    depth = next((n for n in range(1, deepest) if len({tuple(each[-n:]) for each in parts}) == n_files), deepest)
    stems = [each[-1].partition(".")[0] for each in parts]
    alike = takewhile(lambda letters: len(set(letters)) == 1, zip(*stems, strict=False)) if n_files > 1 else ()
    n_alike = sum(1 for _ in alike)
    return ["/".join([*each[-depth:-1], _cut(each[-1], n_alike)]) for each in parts]


def _cut(name: str, n_alike: int) -> str:
    return name if n_alike < _KEPT + _LEAST_LEFT_OUT else f"{name[:_KEPT]}…{name[n_alike:]}"
