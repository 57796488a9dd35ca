"""What was read of a folder, file by file, so that a part of it can be kept and a part read anew.

Takes tables of recordings in the order of their files, gives them with the files that changed in the place of what they
were.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from recexplore.model.exchange import Problem, Skipped
from recexplore.read.cache.stamps import Stamps
from recexplore.tables.arrow import ORDINAL
from recexplore.tables.assembly import Tables

__all__ = ["Folder", "FolderSources", "Passed", "joined", "updated"]


@dataclass(frozen=True, slots=True, eq=False)
class FolderSources:
    """Where each recording was found, a number a recording in each array.

    Attributes
    ----------
    file
        The position of its file among the files of the folder; it never falls.
    exchange, n_exchanges, checksum
        As `recexplore.corpus.source_file.Source` has them.
    """

    file: np.ndarray
    exchange: np.ndarray
    n_exchanges: np.ndarray
    checksum: np.ndarray

    def taken(self, rows: slice, file: np.ndarray) -> FolderSources:
        """Some of them, in files at other positions."""
        return FolderSources(file, self.exchange[rows], self.n_exchanges[rows], self.checksum[rows])

    def equals(self, other: FolderSources) -> bool:
        """Whether the same recordings were read of the same bytes."""
        return self.names_as(other) and np.array_equal(self.checksum, other.checksum)

    def names_as(self, other: FolderSources) -> bool:
        """Whether recordings stand at the same places in files, and have the same ids, then, where the files' names are."""
        return all(
            np.array_equal(getattr(self, name), getattr(other, name)) for name in ("file", "exchange", "n_exchanges")
        )


@dataclass(frozen=True, slots=True)
class Passed:
    """A file that was passed over: its position, and whether it was by the search or by who read it."""

    file: int
    by_search: bool
    skipped: Skipped


@dataclass(frozen=True, slots=True)
class Folder:
    """What was read of a folder.

    Attributes
    ----------
    stamps
        Its files, and what they were when they were read.
    batches
        The tables of its recordings, in the order of the files.
    sources
        Where each recording was found.
    problems
        What could not be read, with the position of its file, in the order of the files.
    passed
        The files that were passed over, in the order of the files.
    """

    stamps: Stamps
    batches: Sequence[Tables]
    sources: FolderSources
    problems: Sequence[tuple[int, Problem]]
    passed: Sequence[Passed]

    @property
    def skipped(self) -> list[Skipped]:
        """As a corpus has them: first what who read it passed over, then what the search did."""
        return [each.skipped for by_search in (False, True) for each in self.passed if each.by_search is by_search]


def updated(stamps: Stamps, origins: np.ndarray, kept: Folder, fresh: Folder) -> Folder:
    """A folder of files of which some are what they were, and the others were read anew.

    Parameters
    ----------
    stamps
        The files as they are now.
    origins
        For each file its position in ``kept``, or ~position in ``fresh`` (-1 for the first, -2 for the second …).
    kept, fresh
        What was read before, and what was read anew; each one batch of tables at most, see `joined`.
    """
    batches, sources, problems, passed = [], [], [], []
    for files, folder, start in _runs(origins, kept, fresh):
        stop = start + len(files)
        moved = files.start - start
        rows = slice(*np.searchsorted(folder.sources.file, [start, stop]).tolist())
        batches += [_sliced(each, rows) for each in folder.batches]
        sources.append(folder.sources.taken(rows, folder.sources.file[rows] + moved))
        problems += [(file + moved, each) for file, each in folder.problems if start <= file < stop]
        passed += [Passed(p.file + moved, p.by_search, p.skipped) for p in folder.passed if start <= p.file < stop]
    columns = [np.concatenate([getattr(each, name) for each in sources]) for name in FolderSources.__slots__]
    return Folder(stamps, batches, FolderSources(*columns), problems, passed)


def _runs(origins: np.ndarray, kept: Folder, fresh: Folder) -> Iterator[tuple[range, Folder, int]]:
    """Files that follow each other in where they come from, too: their positions, the folder, their first position there."""
    is_kept = origins >= 0
    origin = np.where(is_kept, origins, ~origins)
    breaks = np.flatnonzero((np.diff(origin) != 1) | (np.diff(is_kept) != 0)) + 1
    for first, last in zip([0, *breaks.tolist()], [*breaks.tolist(), len(origins)], strict=True):
        if first < last:
            yield range(first, last), kept if is_kept[first] else fresh, int(origin[first])


def _sliced(tables: Tables, rows: slice) -> Tables:
    """Some recordings that follow each other."""
    found = {}
    for name, table in tables.tables.items():
        ordinals = table[ORDINAL].to_numpy()
        first, last = np.searchsorted(ordinals, [rows.start, rows.stop]).tolist()
        found[name] = _with_ordinals(table.slice(first, last - first), ordinals[first:last] - rows.start)
    return Tables(found, rows.stop - rows.start)


def joined(batches: Sequence[Tables]) -> Tables:
    """One batch of several, which are one at least; texts and numbers are not copied."""
    if len(batches) == 1:
        return batches[0]
    first = np.cumsum([0, *(batch.n_exchanges for batch in batches)]).tolist()
    tables = {
        name: pa.concat_tables([_counted_from(batch.tables[name], n) for batch, n in zip(batches, first, strict=False)])
        for name in batches[0].tables
    }
    return Tables(tables, first[-1])


def _counted_from(table: pa.Table, first: int) -> pa.Table:
    """The table, its recordings counted from another number."""
    return _with_ordinals(table, table[ORDINAL].to_numpy() + first)


def _with_ordinals(table: pa.Table, ordinals: np.ndarray) -> pa.Table:
    place = table.schema.get_field_index(ORDINAL)
    return table.set_column(place, table.schema.field(ORDINAL), pa.array(ordinals))
