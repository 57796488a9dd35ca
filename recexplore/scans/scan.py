"""What `recexplore.scan` gives: the frames of a corpus as Dask DataFrames, which are read when they are computed.

Takes partitions, gives frames with one partition each. However many frames are computed together, each partition is read
once. Holds no recording itself.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, TypeVar
from uuid import uuid4

import pandas as pd

from recexplore.corpus.unread import skipped_frame
from recexplore.model.counts import count
from recexplore.model.credentials import Credentials
from recexplore.model.exchange import Blob, Skipped
from recexplore.model.schema import FRAMES, SKIPPED
from recexplore.scans.partition import Partition, PartitionTables, partition_of
from recexplore.tables.pandas_frames import rows_dataframe

if TYPE_CHECKING:
    import dask.dataframe as dd

__all__ = ["SCANNED", "Scan", "require_dask"]

SCANNED: Final = {name: frame for name, frame in {**FRAMES, SKIPPED.name: SKIPPED}.items() if name != "findings"}
"""The frames of a scan; findings are what `recexplore.check` says of it."""

T = TypeVar("T")


class Scan:
    """Recordings as Dask DataFrames, all joined on ``recording``.

    Attributes
    ----------
    recordings, requests, chunks, events, choices, tool_calls, usage, problems, skipped : dask.dataframe.DataFrame
        The frames of a corpus, columns and types as `recexplore.load` has them, rows in the same order; divisions are not
        known. The index begins anew in every partition.
    partitions : tuple of Partition
        The batches of files that are read one by one.
    where : str or list of str
        What is scanned, as it may be shown.
    credentials : str
        ``masked`` or ``shown``.
    paths : sequence of str
        The files that are read.
    skipped_files : tuple of Skipped
        The files that the search passed over.
    batch_bytes : int
        Files of so many bytes are read once more together, where runs of one request are compared.
    """

    batch_bytes = 32 * 1024 * 1024

    if TYPE_CHECKING:
        recordings: dd.DataFrame
        requests: dd.DataFrame
        chunks: dd.DataFrame
        events: dd.DataFrame
        choices: dd.DataFrame
        tool_calls: dd.DataFrame
        usage: dd.DataFrame
        problems: dd.DataFrame
        skipped: dd.DataFrame

    def __init__(
        self,
        partitions: Sequence[Partition],
        skipped: Sequence[Skipped],
        where: str | list[str],
        credentials: Credentials,
        write: Callable[..., Any],
    ) -> None:
        self._write = write
        self._dask = _installed("dask")
        self.partitions = tuple(partitions)
        self.skipped_files = tuple(skipped)
        self.where = where
        self.credentials: Credentials = credentials
        # What is kept of one scan on a cluster is not taken for another's, whose files may have changed.
        self._name = uuid4().hex
        self._reads: list[Any] | None = None

    def __getattr__(self, name: str) -> Any:
        if name not in SCANNED:
            raise AttributeError(f"a scan has no {name!r}; its frames are {', '.join(SCANNED)}")
        frame = vars(self)[name] = self._frame(name)
        return frame

    def __len__(self) -> int:
        """How many files it reads."""
        return sum(each.n_files for each in self.partitions)

    def __repr__(self) -> str:
        place = self.where if isinstance(self.where, str) else f"{len(self.where)} places"
        return f"Scan: {count(len(self), 'file')} in {count(len(self.partitions), 'partition')}, from {place!r}"

    def each(self, function: Callable[[Any], T], arguments: Iterable[Any]) -> list[T]:
        """What a function makes of each of some arguments, in their order, wherever Dask has it run: all are pickled where
        that is on a cluster."""
        delayed = self._dask.delayed(function, pure=False)
        made: tuple[T, ...] = self._dask.compute(*map(delayed, arguments))
        return list(made)

    def part(self, paths: Iterable[str]) -> Partition:
        """Some of the files, in their order, as a partition of their own."""
        places = sorted({self._places[path] for path in paths})
        return partition_of([self._files[place] for place in places], self.partitions[0].options)

    @property
    def paths(self) -> Sequence[str]:
        """The files that it reads."""
        return tuple(self._places)

    @cached_property
    def _files(self) -> list[tuple[Blob, str]]:
        return [(blob, ids[blob.path]) for blobs, ids in (each.files() for each in self.partitions) for blob in blobs]

    @cached_property
    def _places(self) -> dict[str, int]:
        return {blob.path: place for place, (blob, _) in enumerate(self._files)}

    def to_parquet(self, path: str | os.PathLike[str], *, findings: bool = True, force: bool = False) -> Any:
        """Write a dataset, as ``corpus.export(path, "parquet")`` does; `recexplore.load` opens it without reading it all.

        Parameters
        ----------
        path
            A folder that is not there, is empty or holds an earlier export that nobody changed. Workers of a cluster write
            into it, so it has to be theirs, too.
        findings
            Whether what `recexplore.check` finds is part of it.
        force
            Whether files that are there may be replaced; never a recording.

        Returns
        -------
        Outcome
            ``files`` that were written.

        Raises
        ------
        ExportRefused
            Something is there that may not be replaced.
        OSError
            It cannot be written. Then nothing is.
        """
        return self._write(self, os.fspath(path), findings=findings, force=force)

    def _frame(self, name: str) -> Any:
        """A frame whose partitions are made of what all frames share: what was read of a partition."""
        delayed = self._dask.delayed
        if self._reads is None:
            self._reads = [
                delayed(Partition.tables)(each, dask_key_name=f"recexplore-read-{self._name}-{each.number}")
                for each in self.partitions
            ]
        parts = [
            delayed(PartitionTables.frame)(read, name, dask_key_name=f"recexplore-{name}-{self._name}-{number}")
            for number, read in enumerate(self._reads)
        ]
        meta = rows_dataframe(SCANNED[name], {column: [] for column in SCANNED[name].names})
        if name == SKIPPED.name or not parts:
            passed = skipped_frame(self.skipped_files) if name == SKIPPED.name else meta
            parts.append(delayed(pd.DataFrame)(passed, dask_key_name=f"recexplore-{name}-{self._name}-search"))
        # Its texts are Arrow's already.
        with self._dask.config.set({"dataframe.convert-string": False}):
            return _installed("dask.dataframe").from_delayed(parts, meta=meta, prefix=f"recexplore-{name}")


def require_dask() -> None:
    """Raise `ImportError`, which says what to install, where there is no Dask."""
    _installed("dask.dataframe")


def _installed(module: str) -> Any:
    try:
        return import_module(module)
    except ImportError as error:
        raise ImportError("recexplore.scan needs Dask: pip install 'recexplore[dask]'") from error
