"""Which journals of a folder a dead recorder left.

Takes a folder, gives the paths of those that nobody writes. Never raises for one that another process finishes meanwhile.
"""

from __future__ import annotations

from pathlib import Path

from recexplore.capture.journal.file_lock import is_written
from recexplore.capture.journal.name import SUFFIX

__all__ = ["left_journals"]


def left_journals(folder: Path) -> list[Path]:
    """The journals in a folder that nobody writes; those that cannot be asked, too, for finishing them says why."""
    return [journal for journal in sorted(folder.glob(f"*{SUFFIX}")) if _is_left(journal)]


def _is_left(journal: Path) -> bool:
    try:
        return not is_written(journal)
    except FileNotFoundError:
        return False
    except OSError:
        return True
