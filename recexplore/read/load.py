"""Loading: the one place that joins the reading half.

Takes what a user names, gives a `Corpus`: finds the files, has them read (`read_batches`), and puts what they hold together
(`corpus_of_batches`).
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from recexplore.corpus.corpus import Check, Corpus, Exporter
from recexplore.corpus.source_file import Positions, Source
from recexplore.model.credentials import Credentials
from recexplore.model.exchange import Blob, Exchange, Skipped
from recexplore.model.location import fits_glob
from recexplore.read import envelopes
from recexplore.read.batch import Batch, BatchBuilder
from recexplore.read.positions.file_positions import FilePositions
from recexplore.read.processes import fitting_jobs, read_in_processes
from recexplore.read.read_files import MAX_FILE_BYTES, ReadOptions, numbered, read_files
from recexplore.read.sources import Where, search, shown_place
from recexplore.read.wire.content import Content
from recexplore.read.workers import Progress, with_progress, without_collector

__all__ = [
    "MAX_FILE_BYTES",
    "corpus_of",
    "corpus_of_batches",
    "load_blobs",
    "read_batches",
    "read_corpus",
    "read_exchanges",
]


def read_corpus(
    where: Where,
    *,
    check: Check,
    export: Exporter | None = None,
    strict: bool = False,
    jobs: int | None = None,
    progress: Progress = None,
    max_file_bytes: int = MAX_FILE_BYTES,
    rev: str | None = None,
    exclude: Iterable[str] | Callable[[str], bool] = (),
    credentials: Credentials = "masked",
) -> Corpus:
    """What `recexplore.load` gives; ``check`` makes the corpus' frame ``findings``, ``export`` is its own method's."""
    if isinstance(where, str | os.PathLike | Blob):
        shown: str | list[str] = shown_place(where)
    else:
        where = _places(where)
        shown = [shown_place(each) for each in where]
    is_excluded = _excluding(exclude)
    found = [
        Skipped(each.path, "it is excluded", "excluded") if is_excluded(each.path) else each
        for each in search(where, rev=rev)
    ]
    return load_blobs(
        [each for each in found if isinstance(each, Blob)],
        shown,
        skipped=[each for each in found if isinstance(each, Skipped)],
        check=check,
        export=export,
        strict=strict,
        jobs=jobs,
        progress=progress,
        max_file_bytes=max_file_bytes,
        credentials=credentials,
    )


def load_blobs(
    found: list[Blob],
    where: str | list[str],
    *,
    check: Check,
    export: Exporter | None = None,
    skipped: Sequence[Skipped] = (),
    strict: bool = False,
    jobs: int | None = None,
    progress: Progress = None,
    max_file_bytes: int = MAX_FILE_BYTES,
    credentials: Credentials = "masked",
) -> Corpus:
    """The same of files that were found already, ``where`` in words, ``skipped`` those that no search is for."""
    if credentials not in ("masked", "shown"):
        raise ValueError(f"credentials: expected 'masked' or 'shown', found {credentials!r}")
    options = ReadOptions(strict=strict, max_file_bytes=max_file_bytes, credentials=credentials)
    return corpus_of_batches(
        read_batches(found, options, jobs=jobs, progress=progress),
        found,
        where,
        options=options,
        check=check,
        export=export,
        skipped=skipped,
    )


def read_batches(
    found: Sequence[Blob], options: ReadOptions, *, jobs: int | None = None, progress: Progress = None
) -> list[Batch]:
    """What the files hold, in their order, read in as many processes as are asked for, or as it is worth."""
    n_jobs = fitting_jobs(found) if jobs is None else jobs
    with without_collector():
        if n_jobs > 1 and len(found) > 1:
            return read_in_processes(found, options, n_jobs, progress)
        return list(read_files(with_progress(found, total=len(found), unit="file", show=progress), options))


def corpus_of_batches(
    batches: Sequence[Batch],
    found: Sequence[Blob],
    where: str | list[str],
    *,
    options: ReadOptions,
    check: Check,
    export: Exporter | None = None,
    skipped: Sequence[Skipped] = (),
) -> Corpus:
    """The corpus of what was read of the files that were found."""
    place = {blob.path: at for at, blob in enumerate(found)}
    unread = sorted((each for batch in batches for each in batch.problems), key=lambda each: place[each.path])
    return Corpus(
        [batch.tables for batch in batches],
        [source for batch in batches for source in batch.sources],
        unread,
        where=where,
        skipped=[*(each for batch in batches for each in batch.skipped), *skipped],
        reader=partial(read_exchanges, max_file_bytes=options.max_file_bytes),
        check=check,
        credentials=options.credentials,
        export=export,
    )


def corpus_of(exchange: Exchange, path: str, check: Check, export: Exporter | None = None) -> Corpus:
    """A corpus of one exchange that is in memory already."""

    def refuse(max_bytes: int) -> bytes:
        raise OSError("it was never a file")

    batch = BatchBuilder()
    batch.add(exchange, Source(Blob(path, path, refuse, ("memory", path)), exchange.number, 1, 0), 0)
    closed = batch.close()
    return Corpus(
        [closed.tables],
        closed.sources,
        closed.problems,
        where=path,
        reader=lambda blob: (0, [exchange], FilePositions(None)),
        check=check,
        export=export,
    )


def _excluding(exclude: Iterable[str] | Callable[[str], bool]) -> Callable[[str], bool]:
    """Whether a path is left out: it fits one of the globs, seen from the working directory."""
    if callable(exclude):
        return exclude
    globs = [exclude] if isinstance(exclude, str) else list(exclude)
    return lambda path: any(fits_glob(path, glob, os.getcwd()) for glob in globs)


def _places(where: object) -> list[str | os.PathLike[str] | Blob]:
    if isinstance(where, Iterable) and not isinstance(where, bytes | Mapping):
        places = list(where)
        if all(isinstance(place, str | os.PathLike | Blob) for place in places):
            return places
    raise TypeError(f"load takes a path, a glob or a list of these, not {type(where).__name__}")


def read_exchanges(blob: Blob, max_file_bytes: int = MAX_FILE_BYTES) -> tuple[int, list[Exchange], Positions]:
    """The file's checksum, its exchanges with their chunks as recorded, and what knows their places in it."""
    data = blob.read(max_file_bytes)
    content = Content(blob.name, data)
    envelope = envelopes.choose(content, is_named=blob.is_named)
    if envelope is None:
        return zlib.crc32(data), [], FilePositions(None)
    exchanges = numbered(each for each in envelope.read(content) if isinstance(each, Exchange))
    return zlib.crc32(data), exchanges, FilePositions(content)
