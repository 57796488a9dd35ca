"""What a load gives: a corpus with its frames.

Takes the tables of the reading half, gives DataFrames on first use, and its recordings one by one. Never writes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from operator import index
from typing import Any, SupportsIndex

import numpy as np
import pandas as pd
import pyarrow as pa

from recexplore.corpus.derived import Derived, cut, rows_between
from recexplore.corpus.frame_tables import FrameTables, SomeTables
from recexplore.corpus.frames import Frames
from recexplore.corpus.lookup import position_of
from recexplore.corpus.neighbours import neighbours
from recexplore.corpus.recording import Recording
from recexplore.corpus.services import Check, Exporter, Services
from recexplore.corpus.source_file import Reader, SomeSources, Source, SourceFiles
from recexplore.corpus.unread import problems_frame, skipped_frame
from recexplore.model.counts import count
from recexplore.model.credentials import Credentials
from recexplore.model.errors import RecordingNotFound
from recexplore.model.exchange import Blob, Problem, Skipped

__all__ = ["Corpus"]


class Corpus(Frames):
    """Recordings as tidy frames, all joined on ``recording``.

    Attributes
    ----------
    recordings, requests, chunks, events, choices, tool_calls, usage, findings, problems : pandas.DataFrame
        The public data model; every column is described in ``docs/columns.md`` and in `recexplore.model.schema`.
    skipped : pandas.DataFrame
        The files that the search met and that gave no recording: ``path`` and ``reason``.
    unread : tuple of Problem
        What could not be read: the rows of ``problems`` one by one.
    skipped_files : tuple of Skipped
        The rows of ``skipped`` one by one.
    credentials : str
        ``masked`` or ``shown``, as it was loaded: what frames hold of URLs and notes, and what views show of requests.

    Notes
    -----
    ``corpus[key]`` takes an id, the beginning of an id or of a file's name, or a path, and gives a `Recording`.
    Iteration gives all recordings in the order they were found.
    """

    def __init__(
        self,
        tables: FrameTables,
        sources: Sequence[Source],
        unread: Sequence[Problem],
        *,
        ids: Sequence[str],
        where: Any,
        reader: Reader,
        check: Check,
        export: Exporter | None = None,
        skipped: Sequence[Skipped] = (),
        credentials: Credentials = "masked",
    ) -> None:
        self._services = Services(check, export, SourceFiles(reader))
        self._tables = tables
        self._sources = sources
        self.unread = tuple(unread)
        self.skipped_files = tuple(skipped)
        self.credentials: Credentials = credentials
        self._where = where
        self._ids = [*ids]
        self._ordinals = {name: ordinal for ordinal, name in enumerate(self._ids)}

    @cached_property
    def findings(self) -> pd.DataFrame:
        """What is wrong: `recexplore.check` with the rules that are on by themselves."""
        return self._services.check(self)

    @cached_property
    def problems(self) -> pd.DataFrame:
        return problems_frame(self.unread)

    @cached_property
    def skipped(self) -> pd.DataFrame:
        return skipped_frame(self.skipped_files)

    @property
    def where(self) -> str:
        """What was loaded, in words: the place as it was given, or how many."""
        return _shown(self._where)

    @property
    def places(self) -> tuple[str, ...]:
        """The places that were loaded, as they were given."""
        where = self._where
        return (os.fspath(where),) if isinstance(where, str | os.PathLike) else tuple(map(os.fspath, where))

    @property
    def checksums(self) -> dict[str, int]:
        """The CRC-32 of every file that gave recordings, as it was read, by path."""
        return {source.blob.path: source.checksum for source in self._sources}

    @property
    def blobs(self) -> tuple[Blob, ...]:
        """The files that gave recordings, each once."""
        return tuple({source.blob.path: source.blob for source in self._sources}.values())

    @property
    def sources(self) -> Sequence[Source]:
        """Where each recording was found."""
        return self._sources

    def bounds(self, name: str) -> np.ndarray:
        """For each recording, the position of its first row in a frame; behind them how many rows there are."""
        return self._tables.bounds(name)

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[Recording]:
        return map(self._recording, range(len(self)))

    def __getitem__(self, key: str | os.PathLike[str] | SupportsIndex) -> Recording:
        if isinstance(key, str | os.PathLike):
            return self._recording(position_of(os.fspath(key), self._ordinals, self._sources))
        try:
            return self._recording(range(len(self))[index(key)])
        except IndexError:
            raise IndexError(f"corpus[{key}]: there are {len(self)} recordings") from None
        except TypeError:
            kinds = "an id, an id's beginning, a path or a position"
            raise TypeError(f"corpus[...] takes {kinds}, not {type(key).__name__}") from None

    def together(self, ids: Iterable[str]) -> list[Recording]:
        """Some recordings that share what is derived of them: an analysis that one is asked for is made of all at once.

        Parameters
        ----------
        ids
            Whole ids.

        Raises
        ------
        RecordingNotFound
            There is no such recording.
        """
        positions = [self[each].position for each in ids]
        derived = Derived(lambda name: self.rows_of(positions, name), is_of_one=False)
        return [self._recording(each, derived) for each in positions]

    def _recording(self, position: int, derived: Derived | None = None) -> Recording:
        return Recording(self, position, self._ids[position], self._services, derived)

    def __contains__(self, key: object) -> bool:
        if isinstance(key, Recording):
            return key.corpus is self
        try:
            return isinstance(key, str | os.PathLike) and self[key] is not None
        except RecordingNotFound:
            return False

    def __repr__(self) -> str:
        if not self._ids and not self.unread:
            return f"Corpus: empty, no recording was found in {_shown(self._where)}"
        counts = {
            "recording": len(self),
            "chunk": self._tables.n_rows("chunks"),
            "event": self._tables.n_rows("events"),
            "problem": len(self.unread),
        }
        said = ", ".join(count(n, noun) for noun, n in counts.items())
        return f"Corpus: {said}, from {_shown(self._where)}"

    @property
    def is_parted(self) -> bool:
        """Whether rows of some recordings are had without reading those of all."""
        return self._tables.is_parted

    def ranges(self) -> list[range]:
        """The positions of recordings that are looked at together, where it is done a part at a time."""
        files = self.column("recordings", "path").to_numpy(dtype=object)
        return neighbours(files, self.bounds("events"))

    def parts(self) -> Iterator[Corpus]:
        """The recordings of each of these `ranges`; who lets go of one lets go of its frames."""
        return map(self.some, self.ranges())

    def some(self, positions: Sequence[int]) -> Corpus:
        """Some of its recordings as a corpus: under the same ids, their frames read when they are asked for.

        Parameters
        ----------
        positions
            Of the recordings in ``recordings``, each once, ascending.
        """
        if len(positions) == len(self):
            return self
        return Corpus(
            SomeTables(self._tables, positions),
            SomeSources(self._sources, positions),
            (),
            ids=[self._ids[each] for each in positions],
            where=self._where,
            reader=self._services.files.reader,
            check=self._services.check,
            export=self._services.exporter,
            credentials=self.credentials,
        )

    def table(self, name: str, rows: range | None = None) -> pa.Table:
        """A frame as an Arrow table, as it came from the files: what a cache, an export or another process needs.

        Parameters
        ----------
        name
            ``recordings``, ``requests``, ``chunks``, ``events``, ``choices``, ``tool_calls`` or ``usage``.
        rows
            Those that are wanted, by position; all if None.

        Returns
        -------
        pyarrow.Table
            The frame's columns (categories as small integers, see `recexplore.model.schema`), ``recording`` among them.

        Raises
        ------
        KeyError
            There is no such table; ``findings`` and ``problems`` are made, not read.
        """
        return self._tables.table(name, None if rows is None else [(rows.start, rows.stop)])

    def export(self, path: Any, format: str | None = None, **options: Any) -> Any:  # noqa: A002 - as pandas calls it
        """Write it in another format: what `recexplore.export` does, which describes the parameters.

        Raises
        ------
        TypeError
            The corpus was made by something that hands it no exporter; `recexplore.load` does.
        """
        return self._services.export(self, path, format, options)

    def _frame(self, name: str) -> pd.DataFrame:
        """The frame, made on first use."""
        return self._tables.frame(name)

    def rows_of(self, positions: Sequence[int], name: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """The rows of some recordings, one behind the other, index from zero; the whole frame is made for them only where
        that costs no more.

        Parameters
        ----------
        positions
            Of the recordings in ``recordings``.
        name
            The frame's.
        columns
            Those that are wanted; all if None.
        """
        bounds = self._tables.bounds(name)
        return self._rows(name, [(int(bounds[each]), int(bounds[each + 1])) for each in positions], columns)

    def column(self, name: str, column: str) -> pd.Series[Any]:
        """One column of a frame, for which the whole frame is made only where that costs no more."""
        if name not in vars(self) and (cells := self._tables.column(name, column)) is not None:
            return cells
        found: pd.Series[Any] = getattr(self, name)[column]
        return found

    def _rows(self, name: str, bounds: Sequence[tuple[int, int]], columns: Sequence[str] | None = None) -> pd.DataFrame:
        if name not in vars(self) and (rows := self._tables.rows(name, bounds, columns)) is not None:
            return rows
        frame: pd.DataFrame = getattr(self, name)
        frame = frame if columns is None else frame[[*columns]]
        return cut(frame, slice(*bounds[0])) if len(bounds) == 1 else rows_between(frame, bounds)

    def facts(self, position: int) -> pd.Series[Any]:
        """A row of ``recordings``, by its position."""
        return pd.Series(
            [cells[position] for cells in self._cells], index=self.recordings.columns, dtype=object, name=0
        )

    @cached_property
    def _cells(self) -> list[Any]:
        """The columns of ``recordings`` as arrays: a cell of each costs less than a row of the frame."""
        return [column.array for _, column in self.recordings.items()]

    @cached_property
    def derived(self) -> Derived:
        """What analyses make of all recordings together."""
        return Derived(lambda name: getattr(self, name), is_of_one=False)


def _shown(where: Any) -> str:
    if isinstance(where, str | os.PathLike):
        return repr(os.fspath(where))
    places = [os.fspath(each) for each in where]
    return repr(places[0]) if len(places) == 1 else f"{len(places)} places"
