"""Writing what somebody may keep: whole or not at all, and never over a file that recexplore did not write.

Takes a path and text, writes the file.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from recexplore.checks.file_update import update_file

__all__ = ["write_text"]


def write_text(path: str, text: str, is_ours: Callable[[bytes], bool], force: bool = False) -> None:
    """Write a file.

    Parameters
    ----------
    path
        The file; its folder is there.
    text
        What it holds.
    is_ours
        Whether a file with such content may be replaced.
    force
        Replace it in any case.

    Raises
    ------
    FileExistsError
        There is a file that recexplore did not write.
    FileNotFoundError
        There is no such folder.
    OSError
        The file cannot be written.
    """
    folder = os.path.dirname(path) or "."
    if not os.path.isdir(folder):
        raise FileNotFoundError(f"{path}: there is no folder {folder}")

    def change(before: bytes | None) -> bytes:
        if before and not force and not is_ours(before):
            raise FileExistsError(f"{path} is there, and recexplore did not write it; choose another name, or force it")
        return text.encode()

    update_file(path, change)
