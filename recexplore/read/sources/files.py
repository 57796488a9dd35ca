"""Files, folders and globs on the local disk.

Takes paths, gives blobs. Never follows a link to a folder, never opens a hidden folder, never reads before asked, but for
the beginning of what may be the count sheet of redacted recordings.
"""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import takewhile
from operator import attrgetter
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

__all__ = ["Entry", "below", "entries", "fixed_folder", "in_folder", "open_file", "read_file"]

# Opening a pipe must not wait for somebody to write to it.
_OPEN_FLAGS: Final = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)

_NAME: Final = attrgetter("name")

_SHEET_HEAD: Final = 64
"""Bytes in which a count sheet says what it is."""


@dataclass(slots=True)
class Entry:
    """What a folder holds: a file, or a folder that cannot be opened.

    Attributes
    ----------
    path
        The folder that was listed, joined with the place below it.
    about
        What the system says of the file, of what a link leads to; None where that cannot be had.
    error
        Why a folder cannot be opened.
    """

    path: str
    about: os.stat_result | None = None
    error: OSError | None = None

    @property
    def is_read(self) -> bool:
        """Whether a search reads it: a file that no search is for is told by its name."""
        return self.error is not None or is_searched_for(self.path[self.path.rfind(os.sep) + 1 :])


def entries(root: str) -> Iterator[Entry]:
    """Every file below a folder that is not hidden, folders in the order of their names, their files before what is below
    them; then the folders that cannot be opened."""
    closed: list[Entry] = []
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as listed:
                members = sorted([each for each in listed if not each.name.startswith(".")], key=_NAME)
        except OSError as error:
            closed.append(Entry(folder, error=error))
            continue
        folders = []
        for each in members:
            if not _is_folder(each):
                yield _entry(each)
            elif not each.is_symlink():
                folders.append(each.path)
        waiting.extend(reversed(folders))
    yield from closed


def _is_folder(member: os.DirEntry[str]) -> bool:
    try:
        return member.is_dir()
    except OSError:
        return False


def _entry(file: os.DirEntry[str]) -> Entry:
    try:
        # What Windows lists of a file has no number, and may be older than the file.
        return Entry(file.path, os.stat(file.path) if os.name == "nt" else file.stat())
    except OSError:  # a link that leads nowhere: whoever reads it is told
        return Entry(file.path)


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
    for entry in entries(root):
        yield from in_folder(entry, root)


def in_folder(entry: Entry, root: str) -> Iterator[Blob | Skipped]:
    """What a search makes of an entry of a folder: one blob, one file that it is not for, or nothing."""
    name = os.path.basename(entry.path)
    if entry.error is not None:
        path = shown(entry.path)
        yield Blob(path, path, partial(_refuse, entry.error), ("file", os.path.abspath(entry.path)))
    elif entry.is_read and not _is_sheet(entry.path):
        yield _file(entry.path, entry.path[len(os.path.join(root, "")) :], entry.about)
    elif not entry.is_read and name != SETTINGS_FILE:
        yield Skipped(shown(entry.path), why_skipped(name), "not searched")


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


def _file(path: str, name: str, about: os.stat_result | None = None) -> Blob:
    identity = _identity(path, about or _about(path))
    return Blob(shown(path), shown(name), partial(read_file, path), identity, head=partial(_read_head, path))


def _about(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)
    except OSError:  # a link that leads nowhere: whoever reads it is told
        return None


def _identity(path: str, about: os.stat_result | None) -> Identity:
    absolute = os.path.abspath(path)
    return ("file", absolute) if about is None else ("file", absolute, about.st_size, about.st_mtime_ns)


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
