"""What a user names to be read: what it is called where it is shown, and which files it is.

Takes places and what is to be left out, gives the files in their order. Never reads one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping

from recexplore.model.exchange import Blob, Skipped
from recexplore.model.location import fits_glob
from recexplore.read.sources import Where, search, shown_place

__all__ = ["as_globs", "excluding", "found_files", "named_places"]


def named_places(where: Where) -> tuple[Where, str | list[str]]:
    """What is to be loaded, and what it is called where it is shown.

    Raises
    ------
    TypeError
        It is nothing that can be loaded.
    """
    if isinstance(where, str | os.PathLike | Blob):
        return where, shown_place(where)
    places = _places(where)
    return places, [shown_place(each) for each in places]


def found_files(
    where: Where, rev: str | None = None, exclude: Iterable[str] | Callable[[str], bool] = ()
) -> tuple[list[Blob], list[Skipped]]:
    """The files to be read, in their order, and those that are passed over unread; raises as `recexplore.load` does."""
    is_excluded = excluding(exclude if callable(exclude) else as_globs(exclude))
    found = [
        Skipped(each.path, "it is excluded", "excluded") if is_excluded(each.path) else each
        for each in search(where, rev=rev)
    ]
    return [each for each in found if isinstance(each, Blob)], [each for each in found if isinstance(each, Skipped)]


def excluding(exclude: tuple[str, ...] | Callable[[str], bool]) -> Callable[[str], bool]:
    """Whether a path is left out: it fits one of the globs, seen from the working directory."""
    if callable(exclude):
        return exclude
    return lambda path: any(fits_glob(path, glob, os.getcwd()) for glob in exclude)


def as_globs(exclude: Iterable[str]) -> tuple[str, ...]:
    """Several globs, or one."""
    return (exclude,) if isinstance(exclude, str) else tuple(exclude)


def _places(where: object) -> list[str | os.PathLike[str] | Blob]:
    if isinstance(where, Iterable) and not isinstance(where, bytes | Mapping):
        places = list(where)
        if all(isinstance(place, str | os.PathLike | Blob) for place in places):
            return places
    raise TypeError(f"load takes a path, a glob or a list of these, not {type(where).__name__}")
