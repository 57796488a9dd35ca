"""Loading: the one place that joins the reading half.

Takes what a user names, gives a `Corpus`. Never ends because of one bad file: what cannot be read is a row of
``problems`` (or, with ``strict=True``, the end). Each file's parsed tree is let go before the next is read.
"""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final

from recexplore.corpus.corpus import Check, Corpus, Exporter
from recexplore.corpus.source_file import Positions, Source
from recexplore.model.credentials import Credentials
from recexplore.model.errors import NotLoadable
from recexplore.model.exchange import Blob, Exchange, Problem, Skipped
from recexplore.model.json_text import to_json_text
from recexplore.model.location import fits_glob
from recexplore.read import envelopes
from recexplore.read.batch import Batch, BatchBuilder
from recexplore.read.envelopes.batch import unwrapped_results
from recexplore.read.positions.file_positions import FilePositions
from recexplore.read.sources import Where, is_looked_into, search, shown_place
from recexplore.read.wire.content import Content
from recexplore.read.wire.json_text import decode_json
from recexplore.read.workers import Progress, in_processes, with_progress, without_collector

__all__ = ["MAX_FILE_BYTES", "corpus_of", "load_blobs", "read_corpus", "read_exchanges"]

MAX_FILE_BYTES: Final = 256 * 1024 * 1024
"""A parsed document takes ten to thirty times its size in memory."""

_BATCH_EVENTS: Final = 20_000
"""How many events are put into order at once: what that costs to begin is paid once for all of them."""
_HEAD_BYTES: Final = 1 << 16


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
    read = partial(_read_files, strict=strict, max_file_bytes=max_file_bytes, credentials=credentials)
    with without_collector():
        if jobs is not None and jobs > 1 and len(found) > 1:
            batches = list(in_processes(found, read, jobs, progress))
        else:
            batches = list(read(with_progress(found, total=len(found), unit="file", show=progress)))
    sources = [source for batch in batches for source in batch.sources]
    place = {blob.path: at for at, blob in enumerate(found)}
    unread = sorted((each for batch in batches for each in batch.problems), key=lambda each: place[each.path])
    return Corpus(
        [batch.tables for batch in batches],
        sources,
        unread,
        where=where,
        skipped=[*(each for batch in batches for each in batch.skipped), *skipped],
        reader=partial(read_exchanges, max_file_bytes=max_file_bytes),
        check=check,
        credentials=credentials,
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
    exchanges = _numbered(each for each in envelope.read(content) if isinstance(each, Exchange))
    return zlib.crc32(data), exchanges, FilePositions(content)


def _read_files(
    found: Iterable[Blob], *, strict: bool, max_file_bytes: int, credentials: Credentials = "masked"
) -> Iterator[Batch]:
    batch = BatchBuilder(credentials)
    for blob in found:
        _read_file(blob, batch, max_file_bytes)
        if strict and batch.problems:
            raise _not_loadable(batch.problems)
        if batch.n_events + batch.columns.events.n >= _BATCH_EVENTS:
            yield _closed(batch, strict)
            batch = BatchBuilder(credentials)
    yield _closed(batch, strict)


def _closed(batch: BatchBuilder, strict: bool) -> Batch:
    closed = batch.close()
    if strict and closed.problems:
        raise _not_loadable(closed.problems)
    return closed


def _numbered(exchanges: Iterable[Exchange]) -> list[Exchange]:
    """The exchanges of a file, each with its position there as its number, whatever its envelope called it.

    A body that holds the results of a batch is as many exchanges as there are results.
    """
    numbered = [one for exchange in exchanges for one in unwrapped_results(exchange)]
    for position, exchange in enumerate(numbered):
        exchange.number = position
    return numbered


def _read_file(blob: Blob, batch: BatchBuilder, max_file_bytes: int) -> None:
    try:
        is_prose = not blob.is_named and is_looked_into(blob.name)
        # Where the beginning cannot be had by itself, the file is read once.
        data = blob.head(_HEAD_BYTES) if is_prose and blob.head is not None else blob.read(max_file_bytes)
        if is_prose and envelopes.choose(Content(blob.name, data[:_HEAD_BYTES]), is_named=False) is None:
            batch.skip(blob, "text that is no stream and no recording", "foreign")
            return
        if is_prose and blob.head is not None:
            data = blob.read(max_file_bytes)
    except Exception as error:  # whatever a source does, the load goes on
        said = str(error) if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
        problem = Problem("the file cannot be read", "a readable file", said, "check the file")
        batch.note(problem, blob)
        return
    content = Content(blob.name, data)
    checksum, name = zlib.crc32(data), "recexplore"
    try:
        if is_in_conflict := _is_in_conflict(content):
            batch.note(_CONFLICT, blob)
        envelope = envelopes.choose(content, is_named=blob.is_named)
        name = f"the envelope {getattr(envelope, 'NAME', envelope)}"
        if envelope is None:
            if not is_in_conflict:
                _note_foreign(content, blob, batch)
            return
        found = list(envelope.read(content))
        exchanges = _numbered(each for each in found if isinstance(each, Exchange))
        if not found:
            batch.skip(blob, f"{envelope.NAME}: nothing was recorded", "empty")
        for problem in (each for each in found if isinstance(each, Problem)):
            batch.note(problem, blob)
        for exchange in exchanges:
            batch.add(exchange, Source(blob, exchange.number, len(exchanges), checksum), len(data))
    except Exception as error:  # whatever a file does to whoever reads it, the load goes on
        said = f"{type(error).__name__}: {error}"
        problem = Problem(f"{name} failed", "a recording it can read", said, "please report it to whoever wrote it")
        batch.note(problem, blob)


_JSON_SUFFIXES: Final = (".json", ".har", ".jsonl", ".ndjson")
_EMPTY: Final = Problem("the file is empty", "a recording", "nothing but white space", "record it again")

_CONFLICT: Final = Problem(
    "a merge conflict that nobody resolved",
    "one of its two sides",
    "both, between the marks <<<<<<< and >>>>>>>",
    "resolve it, or record it again",
)
_CONFLICT_MARK: Final = re.compile(rb"^(?:<{7}|>{7}) \S", re.MULTILINE)
_HAS_NO_SUCH_LINE: Final = (".json", ".jsonl", ".ndjson", ".har", ".yaml", ".yml", ".sse")


def _is_in_conflict(content: Content) -> bool:
    """Whether a merge left its marks: in these formats no text of a recording stands at the beginning of a line."""
    if not content.name.lower().endswith(_HAS_NO_SUCH_LINE):
        return False
    if content.looks_like_json and not content.is_lines and not content.document.damage:
        return False
    # A substring is found many times faster than a pattern, and hardly any file has one.
    may_be = b"<<<<<<< " in content.data or b">>>>>>> " in content.data
    return may_be and _CONFLICT_MARK.search(content.data) is not None


def _note_foreign(content: Content, blob: Blob, batch: BatchBuilder) -> None:
    """What no recorder wrote: passed over, unless it was named, or is damaged."""
    if not blob.is_named and _is_sound(content):
        batch.skip(blob, f"no recording: {_foreign(content).found}", "foreign")
        return
    if not content.data.strip() and not content.name.lower().endswith(_JSON_SUFFIXES):
        batch.note(_EMPTY, blob)
        return
    damage = content.document.damage if _should_be_json(content) and not content.is_lines else ()
    for problem in damage or [_foreign(content)]:
        batch.note(problem, blob)


def _is_sound(content: Content) -> bool:
    """Whether a file that is no recording is none that broke: an empty one may be, and what should be JSON and says nothing,
    or has a recording's names where it is damaged. No recorder writes comments or templates, but one of them may have come
    before what it wrote."""
    if not content.data.strip():
        return False
    if not _should_be_json(content) or not content.document.damage:
        return True
    if content.is_lines and not any(decode_json(line).damage for line in content.first_lines()):
        return True
    if not content.document.value:
        is_by_hand = _WRITTEN_BY_HAND.match(content.data) is not None
        return is_by_hand and _RECORDS_MORE.search(content.data, 0, _HEAD_BYTES) is None
    return _RECORDS.search(content.data, 0, _HEAD_BYTES) is None


_WRITTEN_BY_HAND: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:[{\[]\s*)?(?://|/\*|#|<|\{[{%#])")
"""How configuration, templates and pages begin that are named like JSON."""

_RECORDS: Final = re.compile(
    rb'"(?:request|response|responses|interactions|http_interactions|entries|choices|fixtures|is_streaming|test_id)"\s*:'
)
"""Names that recorders give to what they record."""

_RECORDS_MORE: Final = re.compile(_RECORDS.pattern + rb"\s*[{\[]")
"""The same with an object or a list: settings of an editor may well have a word under such a name."""


def _should_be_json(content: Content) -> bool:
    return content.looks_like_json or content.name.lower().endswith(_JSON_SUFFIXES)


def _foreign(content: Content) -> Problem:
    is_json = _should_be_json(content) and content.document.readable
    value = content.document.value if is_json else content.data[:80].decode("utf-8", "replace")
    found = f"an object with {sorted(value)[:8]}" if isinstance(value, dict) else to_json_text(value)[:80]
    known = ", ".join(envelope.NAME for envelope in envelopes.known())
    return Problem("not a recording that recexplore knows", f"one of {known}", found, "leave it out, or convert it")


def _not_loadable(problems: list[Problem]) -> NotLoadable:
    first = problems[0]
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return NotLoadable(f"{first}{more}")
