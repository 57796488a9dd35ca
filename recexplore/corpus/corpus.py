"""What a load gives: a corpus with its frames, and its recordings one by one.

Takes the tables of the reading half, gives DataFrames on first use. Reads a file again only when a recording is asked for
its raw chunks or its request, and says so when that file is no longer what was loaded. Never writes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import deepcopy
from functools import cached_property
from operator import index
from typing import Any, SupportsIndex, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa

from recexplore.corpus.derived import Analysis, Derived, cut, rows_between
from recexplore.corpus.frame_tables import FrameTables, SomeTables
from recexplore.corpus.frames import Frames
from recexplore.corpus.lookup import position_of
from recexplore.corpus.neighbours import neighbours
from recexplore.corpus.source_file import Reader, SomeSources, Source, SourceFiles
from recexplore.corpus.span_pieces import pieces_at_the_ends
from recexplore.corpus.unread import problems_frame, skipped_frame
from recexplore.model.counts import count
from recexplore.model.credentials import Credentials
from recexplore.model.errors import RecordingNotFound
from recexplore.model.exchange import Blob, Exchange, Json, Problem, Skipped
from recexplore.model.kinds import TEXT_KINDS
from recexplore.model.region import Region
from recexplore.model.span import Span

__all__ = ["Check", "Corpus", "Exporter", "Recording"]

Check: TypeAlias = "Callable[[Corpus | Recording], pd.DataFrame]"
"""What makes the frame ``findings``: the corpus is handed it and knows no rule."""

Exporter: TypeAlias = Callable[..., Any]
"""What writes a corpus or a recording in another format: the corpus is handed it and knows none."""


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
        self._export = export
        self._tables = tables
        self._sources = sources
        self.unread = tuple(unread)
        self.skipped_files = tuple(skipped)
        self.credentials: Credentials = credentials
        self._files = SourceFiles(reader)
        self._check = check
        self._where = where
        self._ids = [*ids]
        self._ordinals = {name: ordinal for ordinal, name in enumerate(self._ids)}

    @cached_property
    def findings(self) -> pd.DataFrame:
        """What is wrong: `recexplore.check` with the rules that are on by themselves."""
        return self._check(self)

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
        return (Recording(self, ordinal) for ordinal in range(len(self)))

    def __getitem__(self, key: str | os.PathLike[str] | SupportsIndex) -> Recording:
        if isinstance(key, str | os.PathLike):
            return Recording(self, position_of(os.fspath(key), self._ordinals, self._sources))
        try:
            return Recording(self, range(len(self))[index(key)])
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
        recordings = [self[id_] for id_ in ids]
        derived = Derived(lambda name: self._rows(name, [each.bounds(name) for each in recordings]), is_of_one=False)
        for each in recordings:
            each._derived = derived
        return recordings

    def __contains__(self, key: object) -> bool:
        if isinstance(key, Recording):
            return key._corpus is self
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
            reader=self._files.reader,
            check=self._check,
            export=self._export,
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
        if self._export is None:
            raise TypeError("this corpus was made without an exporter: call recexplore.export(corpus, path)")
        return self._export(self, path, format, **options)

    def _frame(self, name: str) -> pd.DataFrame:
        """The frame, made on first use."""
        return self._tables.frame(name)

    def _rows_of(self, name: str, ordinal: int) -> tuple[int, int]:
        """Which rows of a frame belong to one recording: frames keep recordings together, in order."""
        start, end = self._tables.bounds(name)[ordinal : ordinal + 2].tolist()
        return start, end

    def _count(self, name: str, ordinal: int) -> int:
        """How many rows of a frame belong to one recording."""
        start, end = self._rows_of(name, ordinal)
        return end - start

    def _slice(self, name: str, ordinal: int) -> pd.DataFrame:
        """The rows of one recording."""
        return self._rows(name, [self._rows_of(name, ordinal)])

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

    @cached_property
    def _cells(self) -> list[Any]:
        """The columns of ``recordings`` as arrays: a cell of each costs less than a row of the frame."""
        return [column.array for _, column in self.recordings.items()]

    @cached_property
    def _derived(self) -> Derived:
        return Derived(lambda name: getattr(self, name), is_of_one=False)


class Recording(Frames):
    """One exchange of a corpus: the same frames, for this one alone.

    Attributes
    ----------
    id
        Its id in the corpus.
    facts : pandas.Series
        Its row of ``corpus.recordings``.
    recordings, requests, chunks, events, choices, tool_calls, usage, findings, problems : pandas.DataFrame
        The rows of the corpus' frames that belong to it, index from zero.
    """

    def __init__(self, corpus: Corpus, ordinal: int) -> None:
        self._corpus = corpus
        self._ordinal = ordinal

    @property
    def corpus(self) -> Corpus:
        """The corpus it is one of."""
        return self._corpus

    @property
    def id(self) -> str:
        return self._corpus._ids[self._ordinal]

    @property
    def position(self) -> int:
        """Its row in the corpus' ``recordings``."""
        return self._ordinal

    def bounds(self, name: str) -> tuple[int, int]:
        """Which rows of a frame of its corpus are its own: from the first to before the second, by position."""
        return self._corpus._rows_of(name, self._ordinal)

    @property
    def name(self) -> str:
        """Its file as seen from the place that was loaded, the same wherever that stands, and with ``#k`` the k-th exchange
        of a file with several."""
        source = self._corpus._sources[self._ordinal]
        return f"{source.blob.name}#{source.exchange}" if source.n_exchanges > 1 else source.blob.name

    @property
    def checksum(self) -> int | None:
        """The CRC-32 of its file, as it was read; None where it was never a file."""
        source = self._corpus._sources[self._ordinal]
        return None if source.blob.identity[0] == "memory" else source.checksum

    @property
    def facts(self) -> pd.Series[Any]:
        # What is copied is shared until somebody writes into it.
        return self._facts.copy(deep=False)

    @cached_property
    def _facts(self) -> pd.Series[Any]:
        cells = [column[self._ordinal] for column in self._corpus._cells]
        return pd.Series(cells, index=self._corpus.recordings.columns, dtype=object, name=0)

    def derive(self, analysis: Analysis, *frames: str) -> pd.DataFrame:
        """What an analysis makes of its frames; made once, and shared: not to be changed.

        Parameters
        ----------
        analysis
            Takes frames, gives one with a column ``recording``; of several recordings the rows of each as if there were no
            other, and together.
        frames
            Their names.

        Returns
        -------
        pandas.DataFrame
            Its own rows, index from zero.
        """
        return self._derived.rows(self.id, analysis, frames)

    def derive_among(self, analysis: Analysis, *frames: str) -> pd.DataFrame:
        """Its own rows of what an analysis makes of the whole corpus: of one that holds recordings against one another."""
        return self._corpus._derived.rows(self.id, analysis, frames)

    @cached_property
    def _derived(self) -> Derived:
        return Derived(lambda name: getattr(self, name), is_of_one=True)

    def _frame(self, name: str) -> pd.DataFrame:
        """The corpus' rows that belong to it."""
        return self._corpus._slice(name, self._ordinal)

    @cached_property
    def findings(self) -> pd.DataFrame:
        """What is wrong with it: `recexplore.check` with the rules that are on by themselves."""
        return self._corpus._check(self)

    @cached_property
    def problems(self) -> pd.DataFrame:
        return problems_frame(self.unread)

    @property
    def unread(self) -> tuple[Problem, ...]:
        """What could not be read of it; what concerns its whole file is said of the file's first recording."""
        source = self._corpus._sources[self._ordinal]
        place = source.blob.path, source.exchange
        return tuple(each for each in self._corpus.unread if (each.path, each.exchange or 0) == place)

    @property
    def request(self) -> dict[str, Json]:
        """The recorded request body, read from the source.

        Raises
        ------
        SourceChanged
            The file is gone or is not what was loaded.
        """
        return deepcopy(self.exchange.request)

    @property
    def url(self) -> str | None:
        """The recorded URL with all that it holds, read from the source; ``facts["url"]`` is without credentials.

        Raises
        ------
        SourceChanged
            The file is gone or is not what was loaded.
        """
        return self.exchange.url

    def raw(self, chunk: int) -> Json:
        """One chunk as recorded, read from the source.

        Parameters
        ----------
        chunk
            Zero-based position on the wire.

        Raises
        ------
        IndexError
            There is no such chunk.
        SourceChanged
            The file is gone or is not what was loaded.
        """
        self._check_position(chunk)
        return deepcopy(self.exchange.chunks[chunk])

    def line(self, chunk: int | None = None) -> int | None:
        """The line of its file where a chunk begins, found in the source.

        Parameters
        ----------
        chunk
            Zero-based position on the wire. None: where the recording itself begins.

        Returns
        -------
        int or None
            Counted from one: the line of the chunk's first character; of a server-sent event, of its first ``data`` line.
            Where that cannot be told (a body that is packed), the line where the body or the recording begins. None where
            nothing is known: the envelope cannot say, or the recording was never a file. In an archive, lines are those of
            the member, as it is when unpacked.

        Raises
        ------
        IndexError
            There is no such chunk.
        SourceChanged
            The file is gone or is not what was loaded.

        Notes
        -----
        A file is searched once and what was found is kept until another file is read.

        Examples
        --------
        >>> import recexplore as rx
        >>> recording = rx.load("recordings/llama-stack")["f6960cae871e"]
        >>> recording.line(), recording.line(0), recording.line(1)
        (1, 97, 124)
        """
        if chunk is not None:
            self._check_position(chunk)
        return self._corpus._files.line(self._corpus._sources[self._ordinal], chunk)

    def region(self, chunk: int, last_chunk: int | None = None, spans: Iterable[Span] = ()) -> Region | None:
        """The stretch of its file that chunks take, or the one where spans of their text were written.

        Parameters
        ----------
        chunk, last_chunk
            Zero-based positions on the wire, the last one included; one chunk, if only ``chunk`` is given.
        spans
            As a row of ``findings`` has them. The region then reaches from the first to the last of what these chunks
            brought of them; where that cannot be told (arguments that were recorded as an object, a text that stands twice
            in its chunk), it is that of the chunks.

        Returns
        -------
        Region or None
            Lines and columns from one, and the file's own text, escaped as it is. Of a server-sent event it begins with
            its first ``data`` line. None where it is not known where the chunks stand: their body is packed, the envelope
            cannot say, the file is no UTF-8 or the recording was never a file.

        Raises
        ------
        IndexError
            There is no such chunk.
        SourceChanged
            The file is gone or is not what was loaded.

        Examples
        --------
        >>> import recexplore as rx
        >>> recording = rx.load("recordings/llama-stack")["f6960cae871e"]
        >>> region = recording.region(1)
        >>> region.start_line, region.start_column, region.text[:1], region.text[-1:]
        (124, 21, '{', '}')
        """
        last_chunk = chunk if last_chunk is None else last_chunk
        self._check_position(chunk)
        self._check_position(last_chunk)
        spans, pieces = tuple(spans), []
        if spans:
            events = self.events
            pieces = pieces_at_the_ends(spans, events[events["chunk"].between(chunk, last_chunk)])
        return self._corpus._files.region(self._corpus._sources[self._ordinal], chunk, last_chunk, pieces)

    @property
    def exchange(self) -> Exchange:
        """The exchange as its envelope gave it, read from the source and shared: not to be changed.

        Raises
        ------
        SourceChanged
            The file is gone or is not what was loaded.
        """
        return self._corpus._files.exchange(self._corpus._sources[self._ordinal])

    def export(self, path: Any, format: str | None = None, **options: Any) -> Any:  # noqa: A002 - as pandas calls it
        """Write it in another format: what `recexplore.export` does, which describes the parameters.

        Raises
        ------
        TypeError
            Its corpus was made by something that hands it no exporter; `recexplore.load` does.
        """
        if self._corpus._export is None:
            raise TypeError(
                "this recording's corpus was made without an exporter: call recexplore.export(recording, path)"
            )
        return self._corpus._export(self, path, format, **options)

    def _check_position(self, chunk: int) -> None:
        """Raise where there is no such chunk."""
        if not isinstance(chunk, int):
            raise TypeError(f"a chunk is asked for by its position, not by {type(chunk).__name__}")
        n_chunks = self._corpus._count("chunks", self._ordinal)
        if not 0 <= chunk < n_chunks:
            raise IndexError(
                f"recording {self.id} has the chunks 0 to {n_chunks - 1}, not {chunk}"
                if n_chunks
                else f"recording {self.id} has no chunk"
            )

    def text(self, choice: int = 0) -> str:
        """The text of one choice exactly as recorded: content, reasoning and tags joined in the order they came.

        Raises
        ------
        LookupError
            There is no such choice.
        """
        if choice not in (numbers := self.choices["choice"].tolist()):
            raise RecordingNotFound(f"recording {self.id} has the choices {numbers}, not {choice}")
        events = self.events
        mine = events[(events["choice"] == choice) & events["kind"].isin(TEXT_KINDS)]
        return "".join(mine.sort_values("seq")["text"])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Recording) and (self._corpus is other._corpus and self._ordinal == other._ordinal)

    def __hash__(self) -> int:
        return hash((id(self._corpus), self._ordinal))

    def __repr__(self) -> str:
        facts = self.facts
        model = facts["model_served"] if isinstance(facts["model_served"], str) else facts["model_requested"]
        counts = [(facts["n_choices"], "choice"), (facts["n_chunks"], "chunk"), (facts["n_events"], "event")]
        said = ", ".join(count(n, noun) for n, noun in counts)
        return f"Recording {self.id}: {model if isinstance(model, str) else 'no model'}, {said}"


def _shown(where: Any) -> str:
    if isinstance(where, str | os.PathLike):
        return repr(os.fspath(where))
    places = [os.fspath(each) for each in where]
    return repr(places[0]) if len(places) == 1 else f"{len(places)} places"
