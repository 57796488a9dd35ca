"""The recordings that show each rule: one in which it fires, one that only looks like it.

``RULE.fires.*`` and ``RULE.silent.*``; a folder of that name holds one file whose own name matters. All made by hand.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal, TypeAlias, get_args

__all__ = ["FOLDER", "WHICH", "Which", "example"]

Which: TypeAlias = Literal["fires", "silent"]
WHICH: Final[tuple[Which, ...]] = get_args(Which)

FOLDER: Final = Path(__file__).parent


def example(rule: str, which: Which) -> Path | None:
    """The file; None for rules of other packages."""
    found = next(iter(sorted(FOLDER.glob(f"{rule}.{which}.*"))), None)
    return next(found.iterdir()) if found is not None and found.is_dir() else found
