"""Which process takes which part of some work: a file a part in a folder that they share, which only one of them can make.

Takes a folder and the numbers of parts. Nobody waits for another process, and one that is killed leaves a part that is
claimed and not done.
"""

from __future__ import annotations

import os

__all__ = ["claim", "n_claimed"]

_SUFFIX = ".claimed"


def claim(folder: str | os.PathLike[str], part: int) -> bool | None:
    """Take a part, for this process alone: False where another one has it, None where nobody can claim anything."""
    try:
        os.close(os.open(os.path.join(folder, f"{part}{_SUFFIX}"), os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    except FileExistsError:
        return False
    except OSError:  # there is no room, or no folder any more
        return None
    return True


def n_claimed(folder: str | os.PathLike[str]) -> int:
    """How many parts are taken."""
    try:
        return sum(name.endswith(_SUFFIX) for name in os.listdir(folder))
    except OSError:
        return 0
