"""What tells one state of a folder's files from another, without reading them.

Takes the entries of a folder, gives a stamp for each: size, times of change, number of the file. A file that changed shortly
before it was looked at may change again within the same tick of its clock: it has no stamp, and never equals itself (git
calls such files racily clean).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Final, Protocol, TypeAlias

import numpy as np

__all__ = ["Stamps", "stamps_of"]

_RACY_NS: Final = 2_000_000_000
"""The coarsest clock of a file system in use: FAT's."""


class Entry(Protocol):
    """A file of a folder (`recexplore.read.sources.files.Entry`)."""

    @property
    def path(self) -> str: ...

    @property
    def about(self) -> os.stat_result | None: ...

    @property
    def is_read(self) -> bool: ...


_LATEST_NS: Final = 2**63 - 1
_NO_STAMP: Final = (-1, -1, -1, -1)
_NEVER_READ: Final = (0, 0, 0, 0)
"""Of a file that no search is for, only the name counts."""


@dataclass(frozen=True, slots=True)
class Stamps:
    """The files of a folder in their order.

    Attributes
    ----------
    paths
        As `Entry` has them.
    values : numpy.ndarray
        Shape (files, 4), int64: size in bytes, time of change of the content and of the file's own record in nanoseconds,
        number in its file system; -1 throughout where a file has no stamp.
    """

    paths: list[str]
    values: np.ndarray

    @property
    def are_lasting(self) -> np.ndarray:
        """For each file, whether it has a stamp."""
        lasting: np.ndarray = self.values[:, 0] >= 0
        return lasting

    def forget(self, file: int) -> None:
        """Let a file have no stamp."""
        self.values[file] = _NO_STAMP

    def taken(self, files: Sequence[int]) -> Stamps:
        """Those of some files."""
        return Stamps([self.paths[file] for file in files], self.values[files])

    def unchanged_since(self, earlier: Stamps) -> np.ndarray:
        """For each file its position among the earlier ones, where it is what it was; -1 where it is not."""
        if self.paths == earlier.paths:
            positions = np.arange(len(self.paths))
        else:
            place = {path: position for position, path in enumerate(earlier.paths)}
            positions = np.array([place.get(path, -1) for path in self.paths], dtype=np.int64)
        if not len(earlier.paths):
            return positions
        same = (self.values == earlier.values[positions]).all(axis=1) & self.are_lasting & (positions >= 0)
        unchanged: np.ndarray = np.where(same, positions, -1)
        return unchanged


def stamps_of(listed: Sequence[Entry], now_ns: int) -> Stamps:
    """The stamps of files that were listed after ``now_ns``, nanoseconds since 1970."""
    told = [_stamp(entry.about) if entry.is_read else _NEVER_READ for entry in listed]
    try:
        values = np.array(told, dtype=np.int64).reshape(-1, 4)
    except OverflowError:
        values = np.array([_fitting(stamp) for stamp in told], dtype=np.int64)
    times = values[:, 1:3]
    values[(times.min(axis=1, initial=0) < 0) | (times.max(axis=1, initial=-1) > now_ns - _RACY_NS)] = _NO_STAMP
    return Stamps([entry.path for entry in listed], values)


_Stamp: TypeAlias = tuple[int, int, int, int]
_TOLD: Final = attrgetter("st_size", "st_mtime_ns", "st_ctime_ns", "st_ino")


def _stamp(about: os.stat_result | None) -> _Stamp:
    return _NO_STAMP if about is None else _TOLD(about)


def _fitting(stamp: _Stamp) -> _Stamp:
    """In 64 bits with a sign: numbers of files have none, and a time may be any."""
    n_bytes, changed_ns, about_changed_ns, number = stamp
    if not all(0 <= each <= _LATEST_NS for each in (changed_ns, about_changed_ns)):
        return _NO_STAMP
    return n_bytes, changed_ns, about_changed_ns, number & _LATEST_NS
