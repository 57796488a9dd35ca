"""Changing a file that is somebody's: whole or not at all, and never what another wrote meanwhile.

Takes a path and what makes new content of the old, writes the file. A link stays a link, the mode stays, and nothing else in
the folder is touched.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

__all__ = ["update_file"]

_MOST_TRIES: Final = 20
_writing: Final = threading.Lock()
"""One change at a time in this process; of other processes' changes it is told by the content."""


def update_file(path: str, change: Callable[[bytes | None], bytes]) -> None:
    """Replace a file's content.

    Parameters
    ----------
    path
        A file, a link to one, or where one is to be.
    change
        Given the content as it is, None where there is no file, gives the new one; called again where another process was
        faster. What it raises is raised, and the file stays.

    Raises
    ------
    OSError
        The file cannot be written, or others write it again and again.
    """
    target = os.path.realpath(path)
    with _writing:
        for _ in range(_MOST_TRIES):
            before = _content(target)
            if before is not None and not os.access(target, os.W_OK):
                raise PermissionError(f"{path} may not be written")
            content = change(before)
            try:
                if _replaced(target, before, content):
                    return
            except OSError as error:  # it names the file beside
                raise type(error)(f"{path} cannot be written: {error.strerror or error}") from error
    raise OSError(f"{path} is being written by others; try again")


def _replaced(target: str, before: bytes | None, content: bytes) -> bool:
    """Write beside the file and move, if it still is as it was; a full disk must not leave half a file."""
    descriptor, temporary = tempfile.mkstemp(dir=os.path.dirname(target), prefix=f".{os.path.basename(target)[:50]}.")
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if before is None:
            os.chmod(temporary, 0o666 & ~_umask())
        else:
            shutil.copymode(target, temporary)
        if _content(target) != before:
            return False
        os.replace(temporary, target)
        return True
    finally:
        with suppress(FileNotFoundError):
            os.remove(temporary)


def _content(target: str) -> bytes | None:
    try:
        with open(target, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


def _umask() -> int:
    """What new files of this process may not allow; to read it is to set it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
