"""The parts of some work as one file in a folder that processes share: each is pickled once, whoever takes it.

Takes lists of files that were found, gives back those of some parts. A part that cannot be pickled, or for which there is no
room, is not there for others.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Final, TypeAlias

from recexplore.model.exchange import Blob

__all__ = ["Place", "read_parts", "write_parts"]

Place: TypeAlias = tuple[int, int] | None
"""Where a part stands in the file, and how many bytes it takes; None of one that is not there."""

_NAME: Final = "parts"


def write_parts(parts: Sequence[Sequence[Blob] | None], folder: str | os.PathLike[str]) -> list[Place]:
    """Write the parts; None for one that is not for others."""
    places: list[Place] = [None for _ in parts]
    with suppress(OSError), open(os.path.join(folder, _NAME), "wb", buffering=0) as file:
        for at, part in enumerate(parts):
            if (pickled := _pickled(part)) is not None and file.write(pickled) == len(pickled):
                places[at] = file.tell() - len(pickled), len(pickled)
    return places


def read_parts(places: Iterable[Place], folder: str | os.PathLike[str]) -> list[Blob]:
    """The files of some parts, one behind the other."""
    found: list[Blob] = []
    with open(os.path.join(folder, _NAME), "rb") as file:
        for place in filter(None, places):
            file.seek(place[0])
            found += pickle.loads(file.read(place[1]))
    return found


def _pickled(part: Sequence[Blob] | None) -> bytes | None:
    try:
        return None if part is None else pickle.dumps(part)
    except Exception:  # what a file is read with may be anything
        return None
