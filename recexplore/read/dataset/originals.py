"""The files that a dataset was made of, for what it does not hold: raw chunks, requests, lines.

Takes paths as frames have them, gives blobs that look for the file when they are read.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial

from recexplore.model.exchange import Blob
from recexplore.model.location import place_of
from recexplore.read.sources import search

__all__ = ["original"]


def original(path: str, name: str, folder: str) -> Blob:
    """A file that was read before.

    Parameters
    ----------
    path, name
        As its blob had them.
    folder
        The working directory in which it was found.
    """
    return Blob(path, name, partial(_read, path, folder), ("dataset", folder, path), is_named=True)


def _read(path: str, folder: str, max_bytes: int) -> bytes:
    """Its content; raises `OSError` where it is not to be had.

    No machine is asked for it: a dataset may be anybody's, and who looks at a recording asked nobody.
    """
    place = place_of(path)
    if place.kind != "disk" or place_of(folder).kind != "disk":
        raise OSError("a dataset reads again only what is on a disk of this machine; load it from where it is")
    file = os.path.join(folder, place.file)
    wanted = file if place.member is None else f"{file}!/{place.member}"
    for each in _found(file):
        if each.path == wanted or place.member is None:
            return each.read(max_bytes)
    raise OSError("it is not there any more")


def _found(file: str) -> Iterator[Blob]:
    try:
        yield from (each for each in search(file) if isinstance(each, Blob))
    except (OSError, ValueError) as error:  # a revision is told by more than a path
        raise OSError(f"it is not found again: {error}") from error
