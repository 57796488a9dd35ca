"""Whether somebody still writes a file.

Takes an open file, locks and unlocks it, or asks whether a file is locked. A process that was forked meanwhile has the same
lock until it ends: closing the file is not enough. Where the system has no such locks, a file that changed a moment ago
counts as being written.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

__all__ = ["is_written", "lock", "unlock"]

_A_MOMENT_S: Final = 60.0
_TRIES: Final = 3
_BETWEEN_TRIES_S: Final = 0.005
"""Whoever only asks holds the lock for some microseconds."""

if sys.platform == "win32":

    def lock(file: int) -> bool:
        """Locks on Windows keep others from reading: none is taken."""
        return True

    def unlock(file: int) -> None:
        """There is no lock."""

    def is_written(path: Path) -> bool:
        """Whether the file changed within the last minute."""
        return time.time() - path.stat().st_mtime < _A_MOMENT_S

else:
    import fcntl

    def lock(file: int) -> bool:
        """Lock an open file; False where somebody else did. Where the file system has no locks it goes without."""
        for _ in range(_TRIES):
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(_BETWEEN_TRIES_S)
            except OSError:
                return True
            else:
                return True
        return False

    def unlock(file: int) -> None:
        """Unlock an open file, also where a process that was forked has it open."""
        with suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_UN)

    def is_written(path: Path) -> bool:
        """Whether another process, or another opening of the file, holds its lock."""
        # A pipe of that name would be opened once somebody else writes to it.
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return time.time() - path.stat().st_mtime < _A_MOMENT_S
        else:
            unlock(file)
        finally:
            os.close(file)
        return False
