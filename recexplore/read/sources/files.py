"""Files, folders and globs on the local disk.

Takes paths, gives blobs. Never follows a link to a folder, never opens a hidden folder, never reads before asked, but for
the beginning of what may be the count sheet of redacted recordings.
"""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import BinaryIO, Final

from recexplore.model.exchange import Blob, Identity, Skipped
from recexplore.read.sources.paths import (
    REDACTION_FORM,
    REDACTION_SHEET,
    SETTINGS_FILE,
    is_searched_for,
    shown,
    why_skipped,
)

__all__ = ["below", "fixed_folder", "open_file", "read_file"]

# Opening a pipe must not wait for somebody to write to it.
_OPEN_FLAGS: Final = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)

_SHEET_HEAD: Final = 64
"""Bytes in which a count sheet says what it is."""


def below(root: str) -> Iterator[Blob | Skipped]:
    """Every file that a path or a glob names, folders in the order of their names, and those that no search is for.

    Raises
    ------
    FileNotFoundError
        The path does not exist, or the glob matches nothing.
    """
    root = os.path.expanduser(root)
    if os.path.isdir(root):
        yield from _folder(root)
    elif os.path.lexists(root):
        # A shell names every file of a folder.
        if not _is_sheet(root):
            yield replace(_file(root, os.path.basename(root)), is_named=True)
    elif glob.has_magic(root):
        yield from _glob(root)
    else:
        raise FileNotFoundError(_not_found(root))


def _folder(root: str) -> Iterator[Blob | Skipped]:
    prefix = len(os.path.join(root, ""))
    closed: list[OSError] = []
    for folder, folders, files in os.walk(root, onerror=closed.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = os.path.join(folder, name)
            if _is_sheet(path):
                continue
            if is_searched_for(name):
                yield _file(path, path[prefix:])
            elif not name.startswith(".") and name != SETTINGS_FILE:
                yield Skipped(shown(path), why_skipped(name), "not searched")
    for error in closed:
        path = shown(str(error.filename))
        yield Blob(path, path, partial(_refuse, error), ("file", os.path.abspath(error.filename)))


def _is_sheet(path: str) -> bool:
    """Whether a file is the count sheet of redacted recordings."""
    if os.path.basename(path) != REDACTION_SHEET:
        return False
    try:
        return REDACTION_FORM.encode() in _read_head(path, _SHEET_HEAD)
    except OSError:
        return False


def _glob(pattern: str) -> Iterator[Blob | Skipped]:
    matches = sorted(set(glob.glob(pattern, recursive=True)))
    if not matches:
        raise FileNotFoundError(f"no file matches {pattern!r} (looked from {os.getcwd()})")
    fixed = fixed_folder(pattern)
    seen: set[str] = set()
    for match in matches:
        if _is_sheet(match):
            continue
        for found in _folder(match) if os.path.isdir(match) else [_file(match, "")]:
            if found.path in seen:
                continue
            seen.add(found.path)
            if isinstance(found, Blob):
                found = replace(found, name=shown(os.path.relpath(found.path, fixed)))
            yield found


def fixed_folder(pattern: str) -> Path:
    """The folder below which everything lies that a glob can match."""
    return Path(*takewhile(lambda part: not glob.has_magic(part), Path(pattern).parts))


def _file(path: str, name: str) -> Blob:
    return Blob(shown(path), shown(name), partial(read_file, path), _identity(path), head=partial(_read_head, path))


def _identity(path: str) -> Identity:
    try:
        about = os.stat(path)
    except OSError:  # a link that leads nowhere: whoever reads it is told
        return "file", os.path.abspath(path)
    return "file", os.path.abspath(path), about.st_size, about.st_mtime_ns


def _refuse(error: OSError, max_bytes: int) -> bytes:
    """The content of a folder that cannot be opened."""
    raise error


def read_file(path: str, max_bytes: int) -> bytes:
    """The content of a regular file that is no larger than ``max_bytes``."""
    # Plain read(2): on thousands of small files a buffered reader costs half as much again.
    fd = os.open(path, _OPEN_FLAGS)
    try:
        about = os.fstat(fd)
        if not stat.S_ISREG(about.st_mode):
            raise OSError("not a regular file")
        if about.st_size > max_bytes:
            raise OSError(f"{about.st_size} bytes; the limit is {max_bytes} (max_file_bytes)")
        data = os.read(fd, about.st_size + 1)
        while len(data) < about.st_size and (more := os.read(fd, about.st_size + 1 - len(data))):
            data += more
        return data
    finally:
        os.close(fd)


def _read_head(path: str, n: int) -> bytes:
    """The first bytes of a regular file."""
    with open_file(path) as file:
        return file.read(n)


def open_file(path: str) -> BinaryIO:
    """A file to read from, for readers that need to move in it."""
    fd = os.open(path, _OPEN_FLAGS)
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise OSError("not a regular file")
    return os.fdopen(fd, "rb")


def _not_found(path: str) -> str:
    parent = Path(path).absolute().parent
    while not parent.exists():
        parent = parent.parent
    return f"{path!r} does not exist; the nearest folder that does is {str(parent)!r}"
