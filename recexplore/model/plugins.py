"""What other packages add, found by entry point.

Takes the name of a group, gives what is installed under it. One that cannot be imported is left out with a warning: a
broken plugin never keeps anybody from loading recordings.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from importlib.metadata import entry_points
from typing import Any

__all__ = ["installed"]


def installed(group: str) -> tuple[Any, ...]:
    """Everything that installed packages offer under an entry point group, in the order of the names."""
    return tuple(_loaded(group))


def _loaded(group: str) -> Iterator[Any]:
    for point in sorted(entry_points(group=group), key=lambda point: point.name):
        try:
            yield point.load()
        except (Exception, SystemExit) as error:  # whatever a stranger's import does
            warnings.warn(f"{group}: {point.name!r} ({point.value}) is left out: {error!r}", stacklevel=2)
