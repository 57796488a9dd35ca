"""Writing what somebody may keep: whole or not at all, and never over a file that recexplore did not write.

Takes a path and text, writes the file.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final

from recexplore.checks.file_update import update_file

__all__ = ["require_writable", "write_text"]

_HEAD_BYTES: Final = 4_096
"""What a file says of itself stands in so many bytes at its beginning."""


def require_writable(path: str, is_ours: Callable[[bytes], bool], force: bool = False) -> None:
    """Raise what `write_text` would raise of a path, before what is written is made.

    Raises
    ------
    FileExistsError
        There is a file that recexplore did not write.
    FileNotFoundError
        There is no such folder.
    """
    folder = os.path.dirname(path) or "."
    if not os.path.isdir(folder):
        raise FileNotFoundError(f"{path}: there is no folder {folder}")
    if os.path.isdir(path):
        raise FileExistsError(f"{path} is a folder")
    if not force and os.path.exists(path):
        with open(path, "rb") as file:
            _require_ours(path, file.read(_HEAD_BYTES), is_ours)


def _require_ours(path: str, before: bytes | None, is_ours: Callable[[bytes], bool]) -> None:
    if before and not is_ours(before):
        raise FileExistsError(f"{path} is there, and recexplore did not write it; choose another name, or force it")


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
    require_writable(path, is_ours, force)

    def change(before: bytes | None) -> bytes:
        if not force:
            _require_ours(path, before, is_ours)
        return text.encode()

    update_file(path, change)
