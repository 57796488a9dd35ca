"""Whether a folder takes files, asked before anybody relies on it.

Takes a folder, makes it where it is not there, and a file in it, which is removed. Raises what is wrong in words.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

__all__ = ["require_writable"]


def require_writable(folder: Path) -> None:
    """Make a folder and a file in it.

    Raises
    ------
    OSError
        One of them cannot be made; nothing is left behind but folders that were made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OSError(f"the folder {folder} cannot be made ({error.strerror or error}): name another") from error
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".recexplore-", suffix=".tmp") as file:
            file.write(b"\n")
            file.flush()
    except OSError as error:
        raise OSError(f"no file can be written in {folder} ({error.strerror or error}): name another folder") from error
