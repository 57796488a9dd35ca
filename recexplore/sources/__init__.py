"""Where the bytes are: files, folders, globs, archives, URLs, git revisions.

Takes what a user names, gives `Blob`s in a stable order. Never reads a byte before it is asked to, except the list of an
archive's members; never unpacks to disk.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from functools import partial
from typing import TypeAlias

from recexplore.model import Blob
from recexplore.sources import archives, files, git, urls

__all__ = ["Where", "blobs"]

Where: TypeAlias = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]


def blobs(where: Where, *, rev: str | None = None) -> Iterator[Blob]:
    """Every file that ``where`` names, each once, folders in the order of their names.

    Raises
    ------
    FileNotFoundError
        A path, a repository or a revision does not exist, or a glob matches nothing.
    """
    if isinstance(where, str | os.PathLike):
        yield from _below(os.fspath(where), rev)
        return
    seen: set[str] = set()
    for root in where:
        for blob in _below(os.fspath(root), rev):
            if (real := blob.path if urls.is_url(blob.path) or rev else os.path.abspath(blob.path)) not in seen:
                seen.add(real)
                yield blob


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
                yield from archives.members(partial(files.open_file, blob.path), blob.path)
            else:
                yield blob
