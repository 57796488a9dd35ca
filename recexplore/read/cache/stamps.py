"""What tells one state of a folder's files from another, without reading them.

Takes the entries of a folder, gives a stamp for each: size, times of change, number of the file. A file that changed shortly
before it was looked at may change again within the same tick of its clock: it has no stamp, and never equals itself (git
calls such files racily clean).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

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
    values = np.array([_stamp(entry) for entry in listed], dtype=np.int64).reshape(-1, 4)
    latest = values[:, 1:3].max(axis=1, initial=-1)
    values[latest > now_ns - _RACY_NS] = _NO_STAMP
    return Stamps([entry.path for entry in listed], values)


def _stamp(entry: Entry) -> tuple[int, int, int, int]:
    about = entry.about
    if not entry.is_read:
        return _NEVER_READ
    if about is None:
        return _NO_STAMP
    # Numbers of files are unsigned; a time may be any.
    times = about.st_mtime_ns, about.st_ctime_ns
    if not all(0 <= each <= _LATEST_NS for each in times):
        return _NO_STAMP
    return about.st_size, *times, about.st_ino & _LATEST_NS
