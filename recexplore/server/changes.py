"""What became of files: which are new, which are others now, which are gone.

Takes the places that were opened, gives their files with what tells one state of a file from another. Never reads a file.
"""

from __future__ import annotations

import glob
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, TypeAlias

from recexplore.model.exchange import Blob
from recexplore.read.sources import files, git, urls
from recexplore.read.sources.paths import SETTINGS_FILE

__all__ = ["Changes", "Snapshot", "difference", "is_local", "snapshot", "watched_folders"]

Snapshot: TypeAlias = dict[str, object]
"""The files of some places by path, each with what another state of it would not equal."""

_RACY_NS: Final = 50_000_000
"""A file that was written this shortly before it was looked at may be written again within the same tick of its clock."""


@dataclass(frozen=True, slots=True)
class Changes:
    """Paths, sorted."""

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.gone)


def is_local(place: str) -> bool:
    """Whether a place is on a disk that can be watched: no URL, and no revision of a repository, which never changes."""
    return not urls.is_url(place) and not git.is_git_url(place)


def snapshot(places: Iterable[str]) -> Snapshot:
    """The files of the local places as they are now; a place that is not there has none.

    A file that changed a moment ago never equals itself, so that it is looked at once more.
    """
    now_ns, seen = time.time_ns(), {}
    for place in map(os.path.expanduser, filter(is_local, places)):
        with suppress(FileNotFoundError):
            for path, told in _in_folder(place) if os.path.isdir(place) else _named(place):
                seen[path] = None if told is None else _state(told, now_ns)
    return seen


def _in_folder(folder: str) -> Iterator[tuple[str, Sequence[object] | None]]:
    """Every file below a folder, with what the system says of those that are read: of thousands no blob is made."""
    for each in files.entries(folder):
        if each.is_read:
            about = each.about
            yield each.path, () if about is None else (about.st_size, about.st_mtime_ns)
        elif os.path.basename(each.path) != SETTINGS_FILE:
            yield each.path, None


def _named(place: str) -> Iterator[tuple[str, Sequence[object] | None]]:
    for each in files.below(place):
        yield each.path, each.identity if isinstance(each, Blob) else None


def _state(identity: Sequence[object], now_ns: int) -> object:
    changed_ns = identity[-1] if identity else None
    return object() if isinstance(changed_ns, int) and abs(now_ns - changed_ns) < _RACY_NS else identity


def difference(before: Mapping[str, object], after: Mapping[str, object]) -> Changes:
    """What became of the files between two snapshots."""
    return Changes(
        new=tuple(sorted(after.keys() - before.keys())),
        changed=tuple(sorted(path for path in after.keys() & before.keys() if after[path] != before[path])),
        gone=tuple(sorted(before.keys() - after.keys())),
    )


def watched_folders(places: Iterable[str]) -> dict[bool, tuple[str, ...]]:
    """The folders in which something has to happen for a place to change: below them (True), or in themselves (False)."""
    found: dict[bool, set[str]] = {True: set(), False: set()}
    for place in filter(is_local, places):
        path = os.path.expanduser(place)
        if glob.has_magic(path) and not os.path.lexists(path):
            found[True].add(os.path.abspath(files.fixed_folder(path)))
        elif os.path.isdir(path):
            found[True].add(os.path.abspath(path))
        else:
            found[False].add(os.path.dirname(os.path.abspath(path)))
    return {is_deep: tuple(sorted(filter(os.path.isdir, folders))) for is_deep, folders in found.items() if folders}
