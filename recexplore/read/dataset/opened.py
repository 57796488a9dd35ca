"""A dataset as a corpus: what holds of all is read, frames and rows when they are asked for."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from recexplore.corpus.corpus import Corpus
from recexplore.corpus.recording import Recording
from recexplore.corpus.services import Check, Exporter
from recexplore.corpus.source_file import LazySources, Reader
from recexplore.model.errors import NotLoadable
from recexplore.model.exchange import Problem, Skipped
from recexplore.model.plain_values import records
from recexplore.model.schema import FRAMES, PROBLEMS, SKIPPED
from recexplore.read.dataset.layout import FRAMES_OF_RECORDINGS, SOURCES, SOURCES_SCHEMA, About, part_name, read_about
from recexplore.read.dataset.originals import original
from recexplore.read.dataset.parquet_tables import ParquetTables, read_frame
from recexplore.tables.pandas_frames import table_dataframe

__all__ = ["open_dataset"]

_FINDINGS: Final = "findings"


def open_dataset(
    folder: str,
    *,
    reader: Reader,
    check: Check,
    export: Exporter | None,
    is_excluded: Callable[[str], bool],
    strict: bool,
) -> Corpus:
    """The corpus that a dataset was written of; ``findings`` are those of when it was.

    Raises
    ------
    ValueError
        The dataset is of another version, not whole, or holds what is to be left out.
    NotLoadable
        Something could not be read when it was written, and ``strict`` is True.
    """
    about = read_about(folder)
    sources = _sources(folder, about)
    paths = sources["path"].to_pylist()
    if excluded := next((path for path in paths if is_excluded(path)), None):
        raise ValueError(f"{folder}: {excluded} is in the dataset and is to be left out; write it without, or load all")
    problems = read_frame(folder, PROBLEMS.name, about.frames[PROBLEMS.name])
    unread = [Problem(**row) for row in records(table_dataframe(PROBLEMS, problems))]
    if strict and unread:
        raise NotLoadable(str(unread[0]))
    skipped = records(table_dataframe(SKIPPED, read_frame(folder, SKIPPED.name, about.frames[SKIPPED.name])))
    files = list(zip(paths, sources["name"].to_pylist(), strict=True))
    numbers = [sources[name].to_numpy() for name in ("exchange", "n_exchanges", "crc32")]
    corpus: Corpus

    def found(subject: Corpus | Recording) -> pd.DataFrame:
        if subject is corpus and _FINDINGS in about.frames:
            return table_dataframe(FRAMES[_FINDINGS], read_frame(folder, _FINDINGS, about.frames[_FINDINGS]))
        return check(subject)

    corpus = Corpus(
        ParquetTables(
            folder,
            len(about.partitions),
            {name: sources[f"{name}_rows"].to_numpy() for name in FRAMES_OF_RECORDINGS},
        ),
        LazySources(files, numbers, lambda file: original(*file, about.folder)),
        unread,
        ids=sources["recording"].to_pylist(),
        where=folder,
        reader=reader,
        check=found,
        credentials=about.credentials,
        export=export,
        skipped=[Skipped(kind=kind, **row) for row, kind in zip(skipped, about.skipped, strict=True)],
    )
    return corpus


def _sources(folder: str, about: About) -> pa.Table:
    parts = [pq.read_table(os.path.join(folder, part_name(SOURCES, part))) for part in range(len(about.partitions))]
    table = pa.concat_tables(parts) if parts else SOURCES_SCHEMA.empty_table()
    if table.num_rows != about.n_recordings:
        raise ValueError(f"{folder}: {about.n_recordings} recordings were written, {table.num_rows} are there")
    return table
