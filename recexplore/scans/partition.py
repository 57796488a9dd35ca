"""A batch of files that is read by itself, wherever that is: in a thread, in another process, on another machine.

Takes the files that a search found, gives partitions of neighbours with about as many bytes each. A partition holds all that
is needed to read it, ids of its files included, and is pickled.
"""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from recexplore.corpus import Corpus, Recording
from recexplore.corpus.ids import file_ids
from recexplore.corpus.source_file import recording_ids
from recexplore.corpus.unread import problems_frame, skipped_frame
from recexplore.model.exchange import Blob, Problem, Skipped
from recexplore.model.schema import PROBLEMS, SKIPPED
from recexplore.read.batches import read_batches
from recexplore.read.file_sizes import FileSizes
from recexplore.read.load import corpus_of_batches
from recexplore.read.options import ReadOptions
from recexplore.tables.assembly import Tables
from recexplore.tables.pandas_frames import to_dataframe

__all__ = ["Partition", "PartitionTables", "partition_of", "partitions_of"]

_FAST: Final = 1
"""A level of compression: paths of a folder are much alike, and a cluster is sent all of them."""

_FRAMES_OF_PROBLEMS: Final[dict[str, Callable[[PartitionTables], pd.DataFrame]]] = {
    PROBLEMS.name: lambda read: problems_frame(read.problems),
    SKIPPED.name: lambda read: skipped_frame(read.skipped),
}


@dataclass(frozen=True, slots=True)
class PartitionTables:
    """What was read of a partition: Arrow tables, which travel between processes, and what frames are made of beside."""

    batches: list[Tables]
    ids: list[str]
    problems: list[Problem]
    skipped: list[Skipped]

    def frame(self, name: str) -> pd.DataFrame:
        """One of its frames."""
        make = _FRAMES_OF_PROBLEMS.get(name)
        return to_dataframe(name, self.batches, self.ids) if make is None else make(self)


@dataclass(frozen=True, slots=True)
class Partition:
    """Some files that follow each other.

    Attributes
    ----------
    number
        Its place among the partitions.
    n_files
        How many they are.
    packed
        The files with their ids, pickled and compressed: who reads them opens archives and repositories for itself, also in
        a thread.
    options
        How they are read.
    """

    number: int
    n_files: int
    packed: bytes
    options: ReadOptions

    def files(self) -> tuple[list[Blob], dict[str, str]]:
        """The files, and their ids by path."""
        blobs: list[Blob]
        blobs, ids = pickle.loads(zlib.decompress(self.packed))
        return blobs, dict(zip((blob.path for blob in blobs), ids, strict=True))

    def tables(self) -> PartitionTables:
        """Read the files."""
        blobs, ids = self.files()
        batches = read_batches(blobs, self.options, jobs=1, progress=False)
        place = {blob.path: position for position, blob in enumerate(blobs)}
        return PartitionTables(
            [batch.tables for batch in batches],
            recording_ids([source for batch in batches for source in batch.sources], ids),
            sorted((each for batch in batches for each in batch.problems), key=lambda each: place[each.path]),
            [each for batch in batches for each in batch.skipped],
        )

    def corpus(self) -> Corpus:
        """Read the files as a corpus, which reads them again for raw chunks and requests."""
        blobs, ids = self.files()
        batches = read_batches(blobs, self.options, jobs=1, progress=False)
        return corpus_of_batches(batches, blobs, "a partition", options=self.options, check=_unchecked, ids=ids)


def _unchecked(subject: Corpus | Recording) -> pd.DataFrame:
    """Findings are those of a whole scan."""
    raise TypeError("a partition has no findings: some rules look at several; call recexplore.check(scan)")


def partitions_of(found: Sequence[Blob], options: ReadOptions, max_bytes: int) -> list[Partition]:
    """The files in their order, in partitions of at most so many bytes, or of one file."""
    ids = file_ids((blob.path, blob.name) for blob in found)
    return [
        partition_of([(blob, ids[blob.path]) for blob in blobs], options, number)
        for number, blobs in enumerate(_neighbours(found, max_bytes))
    ]


def partition_of(files: Sequence[tuple[Blob, str]], options: ReadOptions, number: int = 0) -> Partition:
    """A partition of some files, given with their ids."""
    packed = pickle.dumps(([blob for blob, _ in files], [id_ for _, id_ in files]))
    return Partition(number, len(files), zlib.compress(packed, _FAST), options)


def _neighbours(found: Sequence[Blob], max_bytes: int) -> Iterator[list[Blob]]:
    sizes = FileSizes(found)
    part: list[Blob] = []
    n_bytes = 0
    for blob in found:
        size = sizes.assumed(blob)
        if part and n_bytes + size > max_bytes:
            yield part
            part, n_bytes = [], 0
        part.append(blob)
        n_bytes += size
    if part:
        yield part
