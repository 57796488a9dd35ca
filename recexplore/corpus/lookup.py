"""Which recording of a corpus a key means: an id, an id's beginning, a path or the end of one, with ``#`` and a number where
a file holds several. An id that a larger load gave, with ``~`` for it tells files apart which begin alike, means the file
whose name it was made of; where no such file is loaded, the only one that begins so.

Takes ids and sources, gives the position of the one recording that fits; raises where none fits, or several do.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from recexplore.corpus.ids import hashed_id, is_hashed, is_shortened
from recexplore.corpus.source_file import Source
from recexplore.model.errors import RecordingNotFound

__all__ = ["ignored_suffix", "position_of"]

_NEAR: Final = 5


def position_of(key: str, ids: Mapping[str, int], sources: Sequence[Source]) -> int:
    """The position of the recording that a key means.

    Parameters
    ----------
    ids
        The ids in the order of the recordings, each with its position.

    Raises
    ------
    RecordingNotFound
        None fits, or several do.
    """
    if key in ids:
        return ids[key]
    names = list(ids)
    for fitting in _readings(key, names, sources):
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            some = ", ".join(names[each] for each in fitting[:_NEAR])
            more = ", …" if len(fitting) > _NEAR else ""
            raise RecordingNotFound(
                f"{key!r} fits {len(fitting)} recordings: {some}{more}; give more of the id or path"
            )
    near = difflib.get_close_matches(key, names, n=3, cutoff=0.6)
    hint = f"; near: {', '.join(near)}" if near else f"; `corpus.recordings` lists the {len(names)} there are"
    raise RecordingNotFound(f"no recording has the id, the id's beginning or the path {key!r}{hint}")


def ignored_suffix(key: str, name: str, path: str) -> str | None:
    """The ``~`` and what follows of a key that a recording was found by without it; None where it was not left out.

    Parameters
    ----------
    name, path
        The id and the path of the recording that was found.
    """
    told = hashed_id(key)
    if told is None or name.startswith(key) or not is_shortened(told.stem, path) or is_hashed(told, path):
        return None
    return f"~{told.hash}"


def _readings(key: str, names: Sequence[str], sources: Sequence[Source]) -> Iterator[list[int]]:
    """Which recordings fit a key, by one way of reading it after the other."""
    path = key.replace(os.sep, "/")
    file, _, number = path.rpartition("#")
    if number.isdigit():
        yield [
            position
            for position, source in enumerate(sources)
            if source.exchange == int(number) and _ends_with(source.blob.path, file)
        ]
    yield [position for position, source in enumerate(sources) if source.blob.path == path]
    if key:
        yield [position for position, name in enumerate(names) if name.startswith(key)]
        yield [position for position, source in enumerate(sources) if _file_name(source).startswith(key)]
        yield [position for position, source in enumerate(sources) if _ends_with(source.blob.path, path)]
    if told := hashed_id(key):
        alike = [
            (position, source.blob.path)
            for position, source in enumerate(sources)
            if source.exchange == told.exchange and is_shortened(told.stem, source.blob.path)
        ]
        yield [position for position, each in alike if is_hashed(told, each)]
        yield [position for position, _ in alike]


def _file_name(source: Source) -> str:
    return source.blob.name.rpartition("/")[2]


def _ends_with(path: str, end: str) -> bool:
    return path.endswith("/" + end.removeprefix("./")) or os.path.abspath(path) == os.path.abspath(end)
