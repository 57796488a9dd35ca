"""Where the bytes are: files, folders, globs, archives, packed files, URLs, git revisions, memory.

Takes what a user names, gives `Blob`s in a stable order, and the files that a search met and is not for. Never reads a byte
before it is asked to, except the list of an archive's members; never unpacks to disk.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import TypeAlias

from recexplore.model.exchange import Blob, Identity, Skipped
from recexplore.read.sources import archives, files, git, packed, urls
from recexplore.read.sources.files import Entry, entries
from recexplore.read.sources.memory import held
from recexplore.read.sources.paths import is_looked_into

__all__ = ["Entry", "Where", "entries", "held", "in_folder", "is_looked_into", "search", "shown_place"]

Where: TypeAlias = str | os.PathLike[str] | Blob | Iterable[str | os.PathLike[str] | Blob]


def search(where: Where, *, rev: str | None = None) -> Iterator[Blob | Skipped]:
    """Every file that ``where`` names, each once, folders in the order of their names, and the files it passes over.

    Raises
    ------
    FileNotFoundError
        A path, a repository or a revision does not exist, or a glob matches nothing.
    """
    places = [where] if isinstance(where, str | os.PathLike | Blob) else where
    times: dict[str, int] = {}
    for each in _found(map(_place, places), rev):
        if isinstance(each, Skipped):
            yield each
            continue
        blob = packed.unpacked_blob(each)
        # What tells files apart need not be shown: the repository, the query of a URL.
        times[blob.path] = n = times.get(blob.path, 0) + 1
        yield blob if n == 1 else replace(blob, path=f"{blob.path} ({n})")


def in_folder(entry: Entry, root: str) -> Iterator[Blob | Skipped]:
    """What a search of a folder makes of one of its `entries`."""
    for each in files.in_folder(entry, root):
        yield each if isinstance(each, Skipped) else packed.unpacked_blob(each)


def _found(roots: Iterable[str | Blob], rev: str | None) -> Iterable[Blob | Skipped]:
    """Every file once, where it was met first; it is named outright where any of the places names it so."""
    found: dict[Identity | str, Blob | Skipped] = {}
    for root in roots:
        for each in _below(root, rev):
            if isinstance(each, Skipped):
                found.setdefault(each.path, each)
                continue
            first = found.setdefault(each.identity, each)
            if isinstance(first, Blob) and each.is_named:
                found[each.identity] = replace(first, is_named=True)
    return found.values()


def _place(place: str | os.PathLike[str] | Blob) -> str | Blob:
    return place if isinstance(place, Blob) else os.fspath(place)


def shown_place(place: str | os.PathLike[str] | Blob) -> str:
    """A place as a user may read it: without what could be a secret."""
    if isinstance(place, Blob):
        return place.path
    place = os.fspath(place)
    return urls.without_secrets(place) if urls.is_url(place) and not git.is_git_url(place) else place


def _below(root: str | Blob, rev: str | None) -> Iterator[Blob | Skipped]:
    if isinstance(root, Blob):
        yield root
    elif rev is not None:
        if urls.is_url(root):
            raise ValueError(f"rev= needs a path in a repository, not {root!r}")
        yield from git.at_revision(root, rev)
    elif git.is_git_url(root):
        yield from git.below(root)
    elif urls.is_url(root):
        yield from urls.below(root)
    else:
        for found in files.below(root):
            if isinstance(found, Blob) and archives.is_archive(found.path):
                # Where the path is given outright, it is opened as given: shown is only what can be read.
                real = root if os.path.lexists(root) else found.path
                yield from archives.members(partial(files.open_file, real), found.path, found.identity)
            else:
                yield found
