"""Where the bytes are: files, folders, globs, archives, packed files, URLs, git revisions.

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
from recexplore.read.sources.paths import is_looked_into

__all__ = ["Where", "is_looked_into", "search", "shown_place"]

Where: TypeAlias = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]


def search(where: Where, *, rev: str | None = None) -> Iterator[Blob | Skipped]:
    """Every file that ``where`` names, each once, folders in the order of their names, and the files it passes over.

    Raises
    ------
    FileNotFoundError
        A path, a repository or a revision does not exist, or a glob matches nothing.
    """
    places = [where] if isinstance(where, str | os.PathLike) else where
    seen: set[Identity | str] = set()
    named: dict[str, int] = {}
    for root in map(_text, places):
        for found in _below(root, rev):
            identity = found.path if isinstance(found, Skipped) else found.identity
            if identity in seen:
                continue
            seen.add(identity)
            if isinstance(found, Skipped):
                yield found
                continue
            blob = packed.unpacked_blob(found)
            # What tells files apart need not be shown: the repository, the query of a URL.
            named[blob.path] = times = named.get(blob.path, 0) + 1
            yield blob if times == 1 else replace(blob, path=f"{blob.path} ({times})")


def _text(place: str | os.PathLike[str]) -> str:
    return os.fspath(place)


def shown_place(place: str) -> str:
    """A place as a user may read it: without what could be a secret."""
    return urls.without_secrets(place) if urls.is_url(place) and not git.is_git_url(place) else place


def _below(root: str, rev: str | None) -> Iterator[Blob | Skipped]:
    if rev is not None:
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
