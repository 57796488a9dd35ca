"""Loading: the one place that joins the reading half.

Takes what a user names, gives a `Corpus`: finds the files, has them read (`recexplore.read.batches`), and puts what they
hold together (`corpus_of_batches`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from recexplore.corpus.corpus import Corpus
from recexplore.corpus.frame_tables import BatchTables
from recexplore.corpus.ids import file_ids
from recexplore.corpus.services import Check, Exporter
from recexplore.corpus.source_file import Positions, Reader, Source, recording_ids
from recexplore.model.credentials import Credentials
from recexplore.model.exchange import Blob, Exchange, Skipped
from recexplore.read.batches import read_batches
from recexplore.read.cache.place import Cache, cache_folder, file_name
from recexplore.read.cache.stored_findings import remembered
from recexplore.read.cached_load import CannotCache, FolderLoad
from recexplore.read.dataset.layout import dataset_in
from recexplore.read.found_files import as_globs, excluding, found_files, named_places
from recexplore.read.growth import Growth
from recexplore.read.options import MAX_FILE_BYTES, ReadOptions
from recexplore.read.sources import Where
from recexplore.read.sources.urls import is_url
from recexplore.read.workers import Progress

if TYPE_CHECKING:
    from recexplore.read.batch import Batch

__all__ = [
    "corpus_of",
    "corpus_of_batches",
    "load_blobs",
    "read_corpus",
    "read_options",
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
    cache: Cache = None,
    growing: Callable[[Corpus], None] | None = None,
) -> Corpus:
    """What `recexplore.load` gives; ``check`` makes the corpus' frame ``findings``, ``export`` is its own method's.

    ``growing`` is handed a corpus of what is read so far, again and again, while most of the place has to be read; ids in it
    may be others than in the whole.
    """
    where, shown = named_places(where)
    exclude = exclude if callable(exclude) else as_globs(exclude)
    options = read_options(strict, max_file_bytes, credentials)
    if (dataset := dataset_in(where, rev)) is not None:
        from recexplore.read.dataset.opened import open_dataset

        is_excluded = excluding(exclude)
        return open_dataset(
            dataset, reader=_reader(options), check=check, export=export, is_excluded=is_excluded, strict=strict
        )
    only = where[0] if isinstance(where, list) and len(where) == 1 else where
    if not strict and rev is None and isinstance(only, str | os.PathLike):
        read = partial(_read, where=shown, options=options, check=check, jobs=jobs, progress=progress, growing=growing)
        folder = _cached_folder(os.fspath(only), exclude, options, cache, read)
        if folder is not None:
            return _corpus_of_folder(folder, shown, options, check, export)
    found, skipped = found_files(where, rev, exclude)
    return load_blobs(
        found,
        shown,
        skipped=skipped,
        check=check,
        export=export,
        strict=strict,
        jobs=jobs,
        progress=progress,
        max_file_bytes=max_file_bytes,
        credentials=credentials,
        growing=growing,
    )


def read_options(strict: bool, max_file_bytes: int, credentials: Credentials) -> ReadOptions:
    """How files are read; raises `ValueError` where there is no such option."""
    if credentials not in ("masked", "shown"):
        raise ValueError(f"credentials: expected 'masked' or 'shown', found {credentials!r}")
    return ReadOptions(strict=strict, max_file_bytes=max_file_bytes, credentials=credentials)


def _cached_folder(
    where: str,
    exclude: tuple[str, ...] | Callable[[str], bool],
    options: ReadOptions,
    cache: Cache,
    read: Callable[..., list[Batch]],
) -> FolderLoad | None:
    """A folder, read with the help of the cache; None where that cannot be had, or does not pay."""
    # What a function excludes cannot be known beforehand, and credentials are written nowhere.
    if cache is False or callable(exclude) or options.credentials == "shown":
        return None
    folder = os.path.expanduser(where)
    if is_url(where) or not os.path.isdir(folder):
        return None
    load = FolderLoad(
        folder,
        is_excluded=excluding(exclude),
        # Of few files that changed, nobody would make out the whole.
        read=lambda found: read(found, grows=2 * sum(blob.n_bytes or 0 for blob in found) > load.n_bytes),
    )
    if cache is None and not load.pays:
        return None
    # What is installed is looked through, and a folder made, only for what pays.
    depends_on = (where, os.path.abspath(folder), options, exclude, os.getcwd() if exclude else "")
    if (kept_in := cache_folder(cache)) is None or (name := file_name(*depends_on)) is None:
        return None
    try:
        load.run(kept_in / name, {"folder": os.path.abspath(folder)})
    except CannotCache:
        return None
    return load


def _corpus_of_folder(
    folder: FolderLoad, where: str | list[str], options: ReadOptions, check: Check, export: Exporter | None
) -> Corpus:
    corpus: Corpus
    if folder.stamp is not None:
        check = remembered(check, lambda of: of is corpus, folder.is_current, folder.kept_at, folder.stamp)
    corpus = Corpus(
        BatchTables(folder.content.batches, folder.ids),
        folder.sources,
        [problem for _, problem in folder.content.problems],
        where=where,
        skipped=folder.content.skipped,
        reader=_reader(options),
        check=check,
        credentials=options.credentials,
        export=export,
        ids=folder.ids,
    )
    return corpus


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
    growing: Callable[[Corpus], None] | None = None,
) -> Corpus:
    """The same of files that were found already, ``where`` in words, ``skipped`` those that no search is for."""
    options = read_options(strict, max_file_bytes, credentials)
    return corpus_of_batches(
        _read(found, where=where, options=options, check=check, jobs=jobs, progress=progress, growing=growing),
        found,
        where,
        options=options,
        check=check,
        export=export,
        skipped=skipped,
    )


def _reader(options: ReadOptions) -> Reader:
    """What reads a file once more; imported when the first is."""

    def read(blob: Blob, checksum: int) -> tuple[int, list[Exchange], Positions]:
        from recexplore.read.read_again import read_exchanges

        return read_exchanges(blob, checksum, options.max_file_bytes)

    return read


def _read(
    found: Sequence[Blob],
    *,
    where: str | list[str],
    options: ReadOptions,
    check: Check,
    jobs: int | None,
    progress: Progress,
    growing: Callable[[Corpus], None] | None,
    grows: bool = True,
) -> list[Batch]:
    """What the files hold; ``growing`` is handed a corpus of what is read so far, where it ``grows``."""

    def hand_on(batches: Sequence[Batch]) -> None:
        assert growing is not None
        growing(corpus_of_batches(batches, found, where, options=options, check=check))

    return read_batches(
        found, options, jobs=jobs, progress=progress, growth=Growth(hand_on) if growing and grows else None
    )


def corpus_of_batches(
    batches: Sequence[Batch],
    found: Sequence[Blob],
    where: str | list[str],
    *,
    options: ReadOptions,
    check: Check,
    export: Exporter | None = None,
    skipped: Sequence[Skipped] = (),
    ids: Mapping[str, str] | None = None,
) -> Corpus:
    """The corpus of what was read of the files that were found.

    Parameters
    ----------
    ids
        Of the files, by path, where these are not all that a search found.
    """
    place = {blob.path: at for at, blob in enumerate(found)}
    unread = sorted((each for batch in batches for each in batch.problems), key=lambda each: place[each.path])
    sources = [source for batch in batches for source in batch.sources]
    by_file = file_ids((blob.path, blob.name) for blob in found) if ids is None else ids
    of_recordings = recording_ids(sources, by_file)
    return Corpus(
        BatchTables([batch.tables for batch in batches], of_recordings),
        sources,
        unread,
        ids=of_recordings,
        where=where,
        skipped=[*(each for batch in batches for each in batch.skipped), *skipped],
        reader=_reader(options),
        check=check,
        credentials=options.credentials,
        export=export,
    )


def corpus_of(exchange: Exchange, path: str, check: Check, export: Exporter | None = None) -> Corpus:
    """A corpus of one exchange that is in memory already."""
    from recexplore.read.batch import BatchBuilder
    from recexplore.read.positions.file_positions import FilePositions

    def refuse(max_bytes: int) -> bytes:
        raise OSError("it was never a file")

    batch = BatchBuilder()
    batch.add(exchange, Source(Blob(path, path, refuse, ("memory", path)), exchange.number, 1, 0), 0)
    closed = batch.close()
    ids = recording_ids(closed.sources, file_ids([(path, path)]))
    return Corpus(
        BatchTables([closed.tables], ids),
        closed.sources,
        closed.problems,
        ids=ids,
        where=path,
        reader=lambda blob, checksum: (checksum, [exchange], FilePositions(None)),
        check=check,
        export=export,
    )
