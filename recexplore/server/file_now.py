"""What a file is at this moment: its size, when it changed last, and whether the recorder that began it still writes it.

Takes a path, gives a `FileNow`. Never waits, and leaves a lock to whoever wants it.
"""

from __future__ import annotations

import os
from pathlib import Path

from recexplore.capture.journal.file_lock import is_written
from recexplore.views.explorer.coming import FileNow

__all__ = ["file_now"]


def file_now(path: str) -> FileNow | None:
    """None where the file just went, as that of a journal that ended; nobody writes what is no file of this system."""
    try:
        found = os.stat(path)
        return FileNow(is_written(Path(path)), found.st_size, found.st_mtime)
    except FileNotFoundError:
        return None if os.path.isdir(os.path.dirname(path) or ".") else FileNow(False, None, None)
    except OSError:
        return FileNow(False, None, None)
