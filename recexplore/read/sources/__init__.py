"""Where the bytes are: files, folders, globs, archives, URLs, git revisions.

Takes what a user names, gives `Blob`s in a stable order. Never reads a byte before it is asked to, except the list of an
archive's members; never unpacks to disk.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import TypeAlias

from recexplore.model.exchange import Blob, Identity
from recexplore.read.sources import archives, files, git, urls

__all__ = ["Where", "blobs", "shown_place"]

Where: TypeAlias = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]


def blobs(where: Where, *, rev: str | None = None) -> Iterator[Blob]:
    """Every file that ``where`` names, each once, folders in the order of their names.

    Raises
    ------
    FileNotFoundError
        A path, a repository or a revision does not exist, or a glob matches nothing.
    """
    places = [where] if isinstance(where, str | os.PathLike) else where
    seen: set[Identity] = set()
    named: dict[str, int] = {}
    for root in map(_text, places):
        for blob in _below(root, rev):
            if blob.identity in seen:
                continue
            seen.add(blob.identity)
            # What tells files apart need not be shown: the repository, the query of a URL.
            named[blob.path] = times = named.get(blob.path, 0) + 1
            yield blob if times == 1 else replace(blob, path=f"{blob.path} ({times})")


def _text(place: str | os.PathLike[str]) -> str:
    return os.fspath(place)


def shown_place(place: str) -> str:
    """A place as a user may read it: without what could be a secret."""
    return urls.without_secrets(place) if urls.is_url(place) and not git.is_git_url(place) else place


def _below(root: str, rev: str | None) -> Iterator[Blob]:
    if rev is not None:
        if urls.is_url(root):
            raise ValueError(f"rev= needs a path in a repository, not {root!r}")
        yield from git.at_revision(root, rev)
    elif git.is_git_url(root):
        yield from git.below(root)
    elif urls.is_url(root):
        yield from urls.below(root)
    else:
        for blob in files.below(root):
            if archives.is_archive(blob.path):
                # Where the path is given outright, it is opened as given: shown is only what can be read.
                real = root if os.path.lexists(root) else blob.path
                yield from archives.members(partial(files.open_file, real), blob.path, blob.identity)
            else:
                yield blob
