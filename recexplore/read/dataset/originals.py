"""The files that a dataset was made of, for what it does not hold: raw chunks, requests, lines.

Takes paths as frames have them, gives blobs that look for the file when they are read.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import partial
from typing import overload

import numpy as np

from recexplore.corpus.source_file import Source
from recexplore.model.exchange import Blob
from recexplore.model.location import place_of
from recexplore.read.sources import search

__all__ = ["DatasetSources", "original"]


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
    """Its content; raises `OSError` where it is not to be had."""
    place = place_of(path)
    file = os.path.join(folder, place.file) if place.kind == "disk" else place.file
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


class DatasetSources(Sequence[Source]):
    """Where the recordings of a dataset were found, each made when it is asked for."""

    def __init__(self, folder: str, paths: Sequence[str], names: Sequence[str], numbers: Sequence[np.ndarray]) -> None:
        self._folder, self._paths, self._names = folder, paths, names
        self._numbers = numbers
        self._blobs: dict[str, Blob] = {}

    def __len__(self) -> int:
        return len(self._paths)

    @overload
    def __getitem__(self, key: int) -> Source: ...
    @overload
    def __getitem__(self, key: slice) -> Sequence[Source]: ...
    def __getitem__(self, key: int | slice) -> Source | Sequence[Source]:
        if isinstance(key, slice):
            return [self[position] for position in range(*key.indices(len(self)))]
        path = self._paths[key]
        if path not in self._blobs:
            self._blobs[path] = original(path, self._names[key], self._folder)
        exchange, n_exchanges, crc32 = (int(column[key]) for column in self._numbers)
        return Source(self._blobs[path], exchange, n_exchanges, crc32)
