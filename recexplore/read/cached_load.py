"""Loading a folder of which something was read before.

Takes a folder, looks at every file, reads what is new or changed, and has the rest from the cache. Gives the same as
reading all of it. Whatever is wrong with the cache, the folder is read.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from recexplore.corpus.ids import file_ids
from recexplore.corpus.source_file import LazySources, Source, recording_ids
from recexplore.model.errors import SourceChanged
from recexplore.model.exchange import Blob, Skipped
from recexplore.model.plugins import DIALECTS, ENVELOPES, left_out
from recexplore.read.cache.folder import Folder, FolderSources, Passed, joined, updated
from recexplore.read.cache.parts_file import DamagedParts
from recexplore.read.cache.place import MOST_BYTES, tidy, used
from recexplore.read.cache.stamps import stamps_of
from recexplore.read.cache.stored_folder import StoredFolder, open_folder, write_folder
from recexplore.read.options import CANNOT_BE_READ
from recexplore.read.sources import entries, in_folder

if TYPE_CHECKING:
    from recexplore.read.batch import Batch

__all__ = ["CannotCache", "FolderLoad"]

_FEWEST_BYTES: Final = 4_000_000
"""A folder with less is read as quickly as a cache of it is found."""

_FEW: Final = 0.01
"""As long as so many of a folder's files are others than in the cache, reading these costs less than writing it anew."""

_MANY: Final = 0.2
"""From so many on, reading all costs no more than finding out which rows can stay."""


class CannotCache(Exception):
    """Nothing can be kept of a folder."""


class FolderLoad:
    """One load of a folder.

    Parameters
    ----------
    folder
        As the user named it.
    is_excluded
        Whether a path is left out.
    read
        Reads blobs, in their order.

    Attributes
    ----------
    kept_at
        The file of the cache.
    content
        What was read, or had from the cache.
    ids
        Of the recordings.
    stamp
        Of the file that keeps just this content; None where none does.
    """

    kept_at: Path
    content: Folder
    ids: list[str]
    stamp: str | None = None

    def __init__(
        self,
        folder: str,
        *,
        is_excluded: Callable[[str], bool],
        read: Callable[[Sequence[Blob]], Iterable[Batch]],
    ) -> None:
        self._folder = folder
        self._is_excluded = is_excluded
        self._read = read
        now_ns = time.time_ns()
        self._listed = list(entries(folder))
        self._now = stamps_of(self._listed, now_ns)
        self._is_as_kept = False

    @property
    def n_bytes(self) -> int:
        """The size of all files that a search reads and that have a stamp."""
        return int(self._now.values[:, 0].clip(0).sum())

    @property
    def pays(self) -> bool:
        """Whether a cache of the folder is found more quickly than the folder is read."""
        return self.n_bytes >= _FEWEST_BYTES

    def run(self, kept_at: Path, about: Mapping[str, object]) -> None:
        """Set the attributes, with the help of a file of the cache; ``about`` is noted in it.

        Raises
        ------
        CannotCache
            A path is not written as it is where a user reads it, so that two may be written alike; or there is no file.
        """
        if not self._listed or not "".join(self._now.paths).isprintable():
            raise CannotCache
        self.kept_at = kept_at
        stored = self._opened()
        origins = np.full(len(self._listed), -1) if stored is None else self._now.unchanged_since(stored.folder.stamps)
        others = np.flatnonzero(origins < 0)
        if stored is not None and not len(others) and len(self._listed) == len(stored.folder.stamps.paths):
            self._is_as_kept = True
            self.content, self.ids, self.stamp = stored.folder, stored.ids, stored.stamp
            used(self.kept_at)
            return
        n_outdated = len(self._listed)
        self.content = self._updated(stored, origins, others) or self._fresh(range(len(self._listed)))
        if stored is not None:
            gone = len(stored.folder.stamps.paths) - int((origins >= 0).sum())
            n_outdated = max(gone, int(self._now.are_lasting[others].sum()))
        self.ids = self._ids(stored)
        if n_outdated > _FEW * len(self._listed):
            self._keep(about)

    def _opened(self) -> StoredFolder | None:
        with suppress(OSError, DamagedParts):
            return open_folder(str(self.kept_at), self._read_again)
        return None

    def _updated(self, stored: StoredFolder | None, origins: np.ndarray, others: np.ndarray) -> Folder | None:
        """What was kept, with the files that are new or changed; None where it is no use."""
        if stored is None or len(others) > _MANY * len(self._listed):
            return None
        fresh = self._fresh(others.tolist())
        if fresh.batches:
            fresh = Folder(fresh.stamps, [joined(fresh.batches)], fresh.sources, fresh.problems, fresh.passed)
        places = origins.copy()
        places[others] = ~np.arange(len(others))
        with suppress(DamagedParts):
            return updated(self._now, places, stored.folder, fresh)
        return None

    def _fresh(self, files: Sequence[int]) -> Folder:
        """What is read of some of the files, which are counted from zero."""
        blobs: dict[str, Blob] = {}
        places: dict[str, int] = {}
        passed: list[Passed] = []
        for file, position in enumerate(files):
            for each in in_folder(self._listed[position], self._folder):
                places[each.path] = file
                if self._is_excluded(each.path):
                    passed.append(Passed(file, True, Skipped(each.path, "it is excluded", "excluded")))
                elif isinstance(each, Skipped):
                    passed.append(Passed(file, True, each))
                else:
                    blobs[each.path] = each
        batches = list(self._read(list(blobs.values())))
        sources = [source for batch in batches for source in batch.sources]
        rows = [(places[each.blob.path], each.exchange, each.n_exchanges, each.checksum) for each in sources]
        passed += [Passed(places[each.path], False, each) for batch in batches for each in batch.skipped]
        problems = [(places[each.path], each) for batch in batches for each in batch.problems]
        # What kept a file from being read may pass without a change of the file.
        for file, _ in (each for each in problems if each[1].what == CANNOT_BE_READ):
            self._now.forget(files[file])
        return Folder(
            self._now.taken(files),
            [batch.tables for batch in batches],
            FolderSources(*np.array(rows, dtype=np.int64).reshape(-1, 4).T),
            sorted(problems, key=lambda each: each[0]),
            sorted(passed, key=lambda each: each.file),
        )

    def _ids(self, stored: StoredFolder | None) -> list[str]:
        if (
            stored is not None
            and stored.folder.stamps.paths == self._now.paths
            and stored.folder.sources.names_as(self.content.sources)
        ):
            return stored.ids
        return recording_ids(self.sources, file_ids(self._files()))

    def _files(self) -> Iterator[tuple[str, str]]:
        """Path and name of every file that a search reads."""
        for entry in self._listed:
            for each in in_folder(entry, self._folder) if entry.is_read else ():
                if isinstance(each, Blob) and not self._is_excluded(each.path):
                    yield each.path, each.name

    @property
    def sources(self) -> Sequence[Source]:
        """Where each recording was found."""
        of = self.content.sources
        return LazySources(of.file.tolist(), (of.exchange, of.n_exchanges, of.checksum), self._blob)

    def _blob(self, file: int) -> Blob:
        """Of a file that gave recordings."""
        (blob,) = (each for each in in_folder(self._listed[file], self._folder) if isinstance(each, Blob))
        return blob

    def _keep(self, about: Mapping[str, object]) -> None:
        """Write the cache, where it can be and will be of use; not of what a plug-in that failed would have read."""
        n_bytes = sum(table.nbytes for batch in self.content.batches for table in batch.tables.values())
        if n_bytes > MOST_BYTES or self._now.are_lasting.mean() < 1 - _MANY:
            return
        if any(left_out(group) for group in (DIALECTS, ENVELOPES)):
            return
        with suppress(OSError):
            self.stamp = write_folder(str(self.kept_at), self.content, self.ids, about)
            tidy(self.kept_at.parent)

    def is_current(self) -> bool:
        """Whether every file is still what it was when the folder was loaded."""
        now = stamps_of(list(entries(self._folder)), time.time_ns())
        return len(now.paths) == len(self._listed) and bool((now.unchanged_since(self._now) >= 0).all())

    def _read_again(self) -> Mapping[str, pa.Table]:
        """All tables of the folder, where one in the cache turned out to be damaged.

        Raises
        ------
        DamagedParts
            The folder is another: it is read anyhow.
        SourceChanged
            It has become another since.
        """
        if not self._is_as_kept:
            raise DamagedParts("a table is not what was written")
        with suppress(OSError):
            self.kept_at.unlink()
        content = self._fresh(range(len(self._listed)))
        if not content.sources.equals(self.content.sources):
            raise SourceChanged(
                f"{self._folder}: the cache is damaged, and files are not what was loaded; load it again"
            )
        return joined(content.batches).tables
