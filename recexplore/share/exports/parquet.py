"""Frames as Parquet, which pandas, Polars, DuckDB and Spark read.

Takes tables, gives a dataset (`recexplore.read.dataset.layout`): a folder a frame, in it a file a part; or one file, where
one frame is wanted. zstd, texts dictionary-encoded as Parquet does by itself, types and the meaning of every column kept.
`pandas.read_parquet` gives the very frame of the corpus.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain
from typing import BinaryIO, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from recexplore import __version__
from recexplore.corpus import Corpus
from recexplore.model.credentials import Credentials
from recexplore.model.exchange import Skipped
from recexplore.read.dataset.layout import ABOUT, FRAMES_OF_RECORDINGS, SOURCES, SOURCES_SCHEMA, About, part_name
from recexplore.share.exports.frames import chosen_frames, frame_files
from recexplore.share.exports.options import Options
from recexplore.share.exports.outcome import Outcome
from recexplore.share.exports.selection import Selection
from recexplore.share.exports.target import File
from recexplore.share.exports.unmasked import note_unmasked_frames

__all__ = ["about_file", "files", "part_files", "table_file"]

_ROWS_A_GROUP: Final = 1 << 15
"""What is read at least of a frame, to see one recording."""
_EVENTS_A_PART: Final = 1 << 20


def files(selection: Selection, options: Options, outcome: Outcome) -> Iterator[File]:
    """The files of a dataset, or a Parquet file a frame where one file is wanted."""
    if options.as_one:
        yield from frame_files(selection, options, outcome, ".parquet", _write)
        return
    names = chosen_frames(selection, options)
    note_unmasked_frames(selection, names, outcome)
    of_recordings = tuple(name for name in FRAMES_OF_RECORDINGS if name in names)
    parts = list(_parts(selection))
    is_corpus = isinstance(selection.chosen, Corpus)
    for number, recordings in enumerate(parts):
        yield from part_files(selection, (*of_recordings, *((SOURCES,) if is_corpus else ())), number, recordings)
    made = [name for name in names if name not in of_recordings]
    for name in made:
        yield File(part_name(name, 0), partial(_write_frame, selection, name))
    if is_corpus:
        corpus = selection.corpus
        n_parts = {**dict.fromkeys((*of_recordings, SOURCES), len(parts)), **dict.fromkeys(made, 1)}
        sizes = [len(each) for each in parts]
        yield about_file(corpus.places, corpus.credentials, n_parts, sizes, corpus.skipped_files)


def part_files(selection: Selection, names: Iterable[str], number: int, recordings: range) -> Iterator[File]:
    """The files of one part: the rows of some recordings that follow each other, in frames that were read."""
    for name in names:
        if name == SOURCES:
            yield File(part_name(name, number), partial(_write_sources, selection.corpus, recordings))
        else:
            yield File(part_name(name, number), partial(_write_rows, selection, name, recordings))


def table_file(name: str, table: pa.Table) -> File:
    """The file of a frame in one part."""
    return File(part_name(name, 0), partial(_write_table, table))


def about_file(
    places: Iterable[str],
    credentials: Credentials,
    n_parts: dict[str, int],
    n_recordings: list[int],
    skipped: Iterable[Skipped],
) -> File:
    """The file that says what the dataset holds."""
    about = About(
        frames=n_parts,
        n_recordings=sum(n_recordings),
        partitions=n_recordings,
        where=list(places),
        folder=os.getcwd(),
        credentials=credentials,
        written_by=f"recexplore {__version__}",
        skipped=[each.kind for each in skipped],
    )
    return File(ABOUT, partial(_write_bytes, about.to_bytes()))


def _parts(selection: Selection) -> Iterator[range]:
    """Recordings that follow each other and have about as many events, or are one."""
    if not isinstance(selection.chosen, Corpus):
        position = selection.chosen.position
        yield range(position, position + 1)
        return
    bounds = selection.corpus.bounds("events")
    first, n = 0, len(selection.corpus)
    if not n:
        yield range(0)
    while first < n:
        last = int(np.searchsorted(bounds, bounds[first] + _EVENTS_A_PART, side="right")) - 1
        last = min(max(last, first + 1), n)
        yield range(first, last)
        first = last


def _write_frame(selection: Selection, name: str, file: BinaryIO) -> None:
    _write(selection.pieces(name), file)


def _write_rows(selection: Selection, name: str, recordings: range, file: BinaryIO) -> None:
    _write(selection.pieces(name, recordings), file)


def _write_sources(corpus: Corpus, recordings: range, file: BinaryIO) -> None:
    sources = [corpus.sources[each] for each in recordings]
    columns = {
        "recording": corpus.column("recordings", "recording").iloc[recordings.start : recordings.stop].tolist(),
        "path": [each.blob.path for each in sources],
        "name": [each.blob.name for each in sources],
        "exchange": [each.exchange for each in sources],
        "n_exchanges": [each.n_exchanges for each in sources],
        "crc32": [each.checksum for each in sources],
    }
    for name in FRAMES_OF_RECORDINGS:
        columns[f"{name}_rows"] = np.diff(corpus.bounds(name)[recordings.start : recordings.stop + 1]).tolist()
    _write_table(pa.table(columns, schema=SOURCES_SCHEMA), file)


def _write_bytes(content: bytes, file: BinaryIO) -> None:
    file.write(content)


def _write_table(table: pa.Table, file: BinaryIO) -> None:
    _write(iter([table]), file)


def _write(pieces: Iterator[pa.Table], file: BinaryIO) -> None:
    """The pieces have whole groups of rows, all but the last: the file is the same whatever they are."""
    first = next(pieces)
    with pq.ParquetWriter(file, first.schema, compression="zstd") as writer:
        for piece in chain([first], pieces):
            writer.write_table(piece, row_group_size=_ROWS_A_GROUP)
