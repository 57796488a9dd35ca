"""The files that recordings were read from, read again for what no frame holds: raw chunks, requests, places in the file.

Takes a `Source`, gives its exchange as recorded, the lines where its chunks begin and the regions they take. Says so when a
file is no longer what was loaded. Never writes.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol, TypeAlias, TypeVar, overload

import numpy as np

from recexplore.corpus.ids import exchange_id
from recexplore.model.errors import SourceChanged
from recexplore.model.exchange import Blob, Exchange
from recexplore.model.region import Piece, Region

__all__ = ["LazySources", "Positions", "Reader", "SomeSources", "Source", "SourceFiles", "recording_ids"]


F = TypeVar("F", bound=Hashable)


class Positions(Protocol):
    """Where in its file something of an exchange stands; None where it cannot be told."""

    def line(self, exchange: Exchange, chunk: int | None) -> int | None:
        """The line where a chunk, or the exchange, begins."""

    def region(self, exchange: Exchange, chunk: int, last_chunk: int, pieces: Sequence[Piece]) -> Region | None:
        """Where pieces of the chunks' texts were written, else where the chunks were."""


Reader: TypeAlias = Callable[[Blob, int], tuple[int, list[Exchange], Positions]]
"""Reads a file whose bytes had a CRC-32: the one they have, its exchanges, and what knows their places in it."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a recording was found: the file, which of its exchanges it is, and the CRC-32 of the file's bytes."""

    blob: Blob
    exchange: int
    n_exchanges: int
    checksum: int


def recording_ids(sources: Iterable[Source], file_ids: Mapping[str, str]) -> list[str]:
    """The id of each recording, given those of the files by path."""
    return [exchange_id(file_ids[each.blob.path], each.exchange, each.n_exchanges) for each in sources]


class _Sources(Sequence[Source]):
    """Sources that are made when they are asked for, one by one; of some of them, too."""

    def _made(self, position: int) -> Source:
        raise NotImplementedError

    @overload
    def __getitem__(self, key: int) -> Source: ...
    @overload
    def __getitem__(self, key: slice) -> Sequence[Source]: ...
    def __getitem__(self, key: int | slice) -> Source | Sequence[Source]:
        return SomeSources(self, range(len(self))[key]) if isinstance(key, slice) else self._made(key)


class LazySources(_Sources):
    """Where recordings were found, each made when it is asked for.

    Parameters
    ----------
    files
        Of each recording what tells its file.
    numbers
        Arrays with a number a recording: which exchange of its file it is, of how many, and the CRC-32 of the file.
    blob
        Makes the blob of a file; asked once for each.
    """

    def __init__(self, files: Sequence[F], numbers: Sequence[np.ndarray], blob: Callable[[F], Blob]) -> None:
        self._files, self._numbers = files, numbers
        self._blob = cache(blob)

    def __len__(self) -> int:
        return len(self._files)

    def _made(self, position: int) -> Source:
        exchange, n_exchanges, checksum = (int(column[position]) for column in self._numbers)
        return Source(self._blob(self._files[position]), exchange, n_exchanges, checksum)


class SomeSources(_Sources):
    """Those of some recordings, by position; each is made when it is asked for."""

    def __init__(self, sources: Sequence[Source], positions: Sequence[int]) -> None:
        self._sources, self._positions = sources, positions

    def __len__(self) -> int:
        return len(self._positions)

    def _made(self, position: int) -> Source:
        return self._sources[self._positions[position]]


class SourceFiles:
    """Reads files again; the last one is kept, so that a recording that is looked at costs one reading."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self._last: tuple[Blob, int, list[Exchange], Positions] | None = None

    def exchange(self, source: Source) -> Exchange:
        """The exchange as recorded; raises `SourceChanged` where the file is gone or another."""
        exchanges, _ = self._read(source)
        return exchanges[source.exchange]

    def line(self, source: Source, chunk: int | None) -> int | None:
        """The line where a chunk or, with None, the exchange begins; raises `SourceChanged` as `exchange` does."""
        exchanges, positions = self._read(source)
        return positions.line(exchanges[source.exchange], chunk)

    def region(self, source: Source, chunk: int, last_chunk: int, pieces: Sequence[Piece] = ()) -> Region | None:
        """Where pieces of the chunks' texts were written, else where the chunks were; raises `SourceChanged` as `exchange`
        does."""
        exchanges, positions = self._read(source)
        return positions.region(exchanges[source.exchange], chunk, last_chunk, pieces)

    def _read(self, source: Source) -> tuple[list[Exchange], Positions]:
        if self._last is None or self._last[0] is not source.blob:
            try:
                self._last = (source.blob, *self.reader(source.blob, source.checksum))
            except OSError as error:
                raise SourceChanged(f"{source.blob.path} cannot be read any more: {error}") from error
        _, checksum, exchanges, positions = self._last
        if checksum != source.checksum:
            self._last = None
            raise SourceChanged(f"{source.blob.path} is not what was loaded any more; load it again")
        return exchanges, positions
