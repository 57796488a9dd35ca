"""Loading: the one place that joins the reading half.

Takes what a user names, gives a `Corpus`. Never ends because of one bad file: what cannot be read is a row of
``problems`` (or, with ``strict=True``, the end). Each file's parsed tree is let go before the next is read.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from typing import Final, TypeAlias, TypeVar

from recexplore.corpus.corpus import Check, Corpus
from recexplore.corpus.source_file import FindLine, Source
from recexplore.model.errors import NotLoadable
from recexplore.model.exchange import DONE_MARK, Blob, Exchange, Json, Problem
from recexplore.model.json_text import to_json_text
from recexplore.model.kinds import KINDS, kind_code
from recexplore.model.notes import notes_in
from recexplore.read import envelopes
from recexplore.read.dialects import unknown
from recexplore.read.exchange.reasoning_tags import label_tags
from recexplore.read.exchange.recording_row import check_chunk_facts, check_times, recording_row, request_body
from recexplore.read.exchange.request_row import n_requested, request_row
from recexplore.read.exchange.server_clock import read_server_clock
from recexplore.read.exchange.surrogate_pairs import pair_across_chunks
from recexplore.read.extract.dialect import Dialect
from recexplore.read.positions.find_line import find_line
from recexplore.read.registry import known
from recexplore.read.sources import Where, blobs, shown_place
from recexplore.read.wire.content import Content
from recexplore.tables.builders import Columns, Rows
from recexplore.tables.pandas_frames import Tables, assemble

__all__ = ["MAX_FILE_BYTES", "corpus_of", "load_blobs", "read_corpus", "read_exchanges"]

MAX_FILE_BYTES: Final = 256 * 1024 * 1024
"""A parsed document takes ten to thirty times its size in memory."""

_BATCH_EVENTS: Final = 2_000
_FILES_PER_JOB: Final = 200
_SHOW_PROGRESS_AFTER_S: Final = 1.0
_GROUP_BYTES: Final = 200_000

T = TypeVar("T")


def read_corpus(
    where: Where,
    *,
    check: Check,
    strict: bool = False,
    jobs: int | None = None,
    progress: bool | None = None,
    max_file_bytes: int = MAX_FILE_BYTES,
    rev: str | None = None,
) -> Corpus:
    """What `recexplore.load` gives; ``check`` makes the corpus' frame ``findings``."""
    if not isinstance(where, str | os.PathLike):
        where = _places(where)
    shown = (
        shown_place(os.fspath(where))
        if isinstance(where, str | os.PathLike)
        else [shown_place(os.fspath(each)) for each in where]
    )
    return load_blobs(
        list(blobs(where, rev=rev)),
        shown,
        check=check,
        strict=strict,
        jobs=jobs,
        progress=progress,
        max_file_bytes=max_file_bytes,
    )


def load_blobs(
    found: list[Blob],
    where: str | list[str],
    *,
    check: Check,
    strict: bool = False,
    jobs: int | None = None,
    progress: bool | None = None,
    max_file_bytes: int = MAX_FILE_BYTES,
) -> Corpus:
    """The same of files that were found already, ``where`` in words."""
    read = partial(_read_files, strict=strict, max_file_bytes=max_file_bytes)
    with _without_collector():
        if jobs is not None and jobs > 1 and len(found) > 1:
            batches = list(_in_processes(found, read, jobs, progress))
        else:
            batches = list(read(_progress(found, total=len(found), unit="file", show=progress)))
    sources = [source for batch in batches for source in batch.sources]
    place = {blob.path: at for at, blob in enumerate(found)}
    unread = sorted((each for batch in batches for each in batch.problems), key=lambda each: place[each.path])
    return Corpus(
        [batch.tables for batch in batches],
        sources,
        unread,
        where=where,
        reader=partial(read_exchanges, max_file_bytes=max_file_bytes),
        check=check,
    )


def corpus_of(exchange: Exchange, path: str, check: Check) -> Corpus:
    """A corpus of one exchange that is in memory already."""

    def refuse(max_bytes: int) -> bytes:
        raise OSError("it was never a file")

    batch = _Open()
    batch.add(exchange, Source(Blob(path, path, refuse, ("memory", path)), exchange.number, 1, 0), 0)
    closed = batch.close()
    return Corpus(
        [closed.tables],
        closed.sources,
        closed.problems,
        where=path,
        reader=lambda blob: (0, [exchange], _no_line),
        check=check,
    )


def _no_line(exchange: Exchange, chunk: int | None) -> int | None:
    """What was never a file has no lines."""
    return None


def _places(where: object) -> list[str | os.PathLike[str]]:
    if isinstance(where, Iterable) and not isinstance(where, bytes | Mapping):
        places = list(where)
        if all(isinstance(place, str | os.PathLike) for place in places):
            return places
    raise TypeError(f"load takes a path, a glob or a list of these, not {type(where).__name__}")


def read_exchanges(blob: Blob, max_file_bytes: int = MAX_FILE_BYTES) -> tuple[int, list[Exchange], FindLine]:
    """The file's checksum, its exchanges with their chunks as recorded, and what finds their lines in it."""
    data = blob.read(max_file_bytes)
    content = Content(blob.name, data)
    envelope = envelopes.choose(content)
    if envelope is None:
        return zlib.crc32(data), [], _no_line
    exchanges = _numbered(each for each in envelope.read(content) if isinstance(each, Exchange))
    return zlib.crc32(data), exchanges, partial(find_line, content)


@dataclass(slots=True)
class _Batch:
    tables: Tables
    sources: list[Source]
    problems: list[Problem]


_Looks: TypeAlias = tuple[str | bool | None, ...]
"""What tells apart exchanges that are not worth reading together."""


@dataclass(slots=True)
class _Open:
    """What is being collected for one batch.

    Exchanges wait until there are enough of them for a dialect to read many that look alike at once: what it costs to
    begin is then paid once. Few enough, that their parsed trees stay small against the frames.
    """

    columns: Columns = field(default_factory=Columns)
    sources: list[Source] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    waiting: dict[tuple[Dialect, _Looks], list[tuple[int, Exchange]]] = field(default_factory=dict)
    waiting_bytes: int = 0

    def add(self, exchange: Exchange, source: Source, size: int) -> None:
        check_chunk_facts(exchange)
        ordinal = len(self.sources)
        check_times(exchange)
        dialects = known()
        read_server_clock(exchange, dialects.stamps)
        dialect = dialects.choose(exchange)
        exchange.provider = exchange.provider or dialects.provider_of(exchange.url)
        exchange.model = exchange.model or dialects.model_asked(exchange)
        fields, body = dialects.request, request_body(exchange)
        row = recording_row(
            exchange,
            dialect=dialect.name,
            path=source.blob.path,
            size=size,
            n_requested=n_requested(exchange.request, fields),
            body=body,
        )
        self.sources.append(source)
        self.columns.recordings.append(row)
        self.columns.requests.append(request_row(exchange, fields, body))
        last = exchange.chunks[-1] if exchange.chunks else None
        looks = (exchange.streaming, *last) if type(last) is dict else ()
        self.waiting.setdefault((dialect, looks), []).append((ordinal, exchange))
        self.waiting_bytes += size
        for problem in exchange.problems:
            self.note(problem, source.blob, source.exchange)
        if self.waiting_bytes > _GROUP_BYTES:
            self.extract()

    def extract(self) -> None:
        """Let the dialects read what is waiting."""
        for (dialect, _), members in self.waiting.items():
            try:
                self._extract(dialect, members)
            except (
                Exception
            ):  # whatever a recording does to a dialect, the load goes on: find out which, keep its answer
                for member in members:
                    self._extract_alone(dialect, member)
        self.waiting, self.waiting_bytes = {}, 0

    def _extract_alone(self, dialect: Dialect, member: tuple[int, Exchange]) -> None:
        try:
            self._extract(dialect, [member])
        except Exception as error:
            ordinal, _ = member
            what, found = f"the dialect {dialect.name} failed", f"{type(error).__name__}: {error}"
            hint = "kept as unknown events; please report it"
            source = self.sources[ordinal]
            self.note(Problem(what, "an answer it can read", found, hint), source.blob, source.exchange)
            self.columns.recordings[ordinal]["dialect"] = unknown.DIALECT.name
            self._extract(unknown.DIALECT, [member])

    def _extract(self, dialect: Dialect, members: list[tuple[int, Exchange]]) -> None:
        columns = self.columns
        mark = columns.mark()
        first_row, first_chunk, first_event, first_usage, first_problem = mark
        first_rows = {ordinal: _wire_rows(columns.wire, ordinal, exchange) for ordinal, exchange in members}
        chunks = [chunk for _, exchange in members for chunk in exchange.chunks]
        all_rows = range(first_row, first_row + len(chunks))
        rows: Sequence[int] = all_rows
        try:
            if DONE_MARK in chunks:
                chunks, rows = _without_done(chunks, rows, columns)
            dialect.extract(chunks, rows, columns)
            _check_rows(all_rows, columns, first_chunk, first_event, first_usage)
            _leave_no_gap(all_rows, columns, first_event, first_chunk)
            if any(exchange.lone_surrogates for _, exchange in members):
                pair_across_chunks(columns, first_event)
            label_tags(columns, first_event)
        except Exception:
            columns.go_back(mark)
            raise
        for row, problem in columns.problems[first_problem:]:
            ordinal = columns.wire.column("owner")[row]
            source = self.sources[ordinal]
            self.note(problem, source.blob, source.exchange, row - first_rows[ordinal])

    def note(self, problem: Problem, blob: Blob, exchange: int | None = None, chunk: int | None = None) -> None:
        """Say where a problem is, as far as who noticed it could not know, in text that any column can hold."""
        texts = {name: _clean(getattr(problem, name)) for name in ("what", "expected", "found", "hint")}
        exchange = problem.exchange if exchange is None else exchange
        chunk = problem.chunk if chunk is None else chunk
        self.problems.append(replace(problem, **texts, path=blob.path, exchange=exchange, chunk=chunk))

    def close(self) -> _Batch:
        self.extract()
        tables = assemble(self.columns)
        for misfit in tables.misfits:
            hint = "replaced by what the column can hold; the raw chunk has the original"
            problem = Problem(f"`{misfit.column}` does not fit its column", misfit.expected, misfit.found, hint)
            source = self.sources[misfit.ordinal]
            self.note(problem, source.blob, source.exchange, misfit.chunk)
        return _Batch(tables, self.sources, self.problems)


_Reader: TypeAlias = Callable[[Iterable[Blob]], Iterator[_Batch]]


def _read_files(found: Iterable[Blob], *, strict: bool, max_file_bytes: int) -> Iterator[_Batch]:
    batch = _Open()
    for blob in found:
        _read_file(blob, batch, max_file_bytes)
        if strict and batch.problems:
            raise _not_loadable(batch.problems)
        if batch.columns.events.n >= _BATCH_EVENTS:
            yield _closed(batch, strict)
            batch = _Open()
    yield _closed(batch, strict)


def _closed(batch: _Open, strict: bool) -> _Batch:
    closed = batch.close()
    if strict and closed.problems:
        raise _not_loadable(closed.problems)
    return closed


def _without_done(chunks: list[Json], rows: Sequence[int], columns: Columns) -> tuple[list[Json], list[int]]:
    """Take out the chunks that only say that the stream is done, which means the same in every dialect."""
    done = [row for row, chunk in zip(rows, chunks, strict=True) if chunk == DONE_MARK]
    columns.chunks.add(len(done), {"row": done}, n_choices=0)
    columns.events.add(len(done), {"row": done}, kind=kind_code("empty"), text=DONE_MARK)
    left = [(row, chunk) for row, chunk in zip(rows, chunks, strict=True) if chunk != DONE_MARK]
    return [chunk for _, chunk in left], [row for row, _ in left]


def _check_rows(rows: Sequence[int], columns: Columns, *firsts: int) -> None:
    """Whether a dialect spoke only of chunks that it was given, described none twice, and named only kinds and notes
    that there are.

    Raises
    ------
    ValueError
        It did not, which is the dialect's mistake.
    """
    described, *told = (
        table.column("row")[first:]
        for table, first in zip((columns.chunks, columns.events, columns.usage), firsts, strict=True)
    )
    if len(set(described)) < len(described) or not set(rows).issuperset(chain(described, *told)):
        raise ValueError("it spoke of chunks that it was not given, or described one twice")
    if not set(columns.events.column("kind")[firsts[1] :]).issubset(range(len(KINDS))):
        raise ValueError("it named a kind of events that is none")
    if "notes" in columns.events.used:
        for cell in set(columns.events.column("notes")[firsts[1] :]) - {None}:
            notes_in(cell)


def _leave_no_gap(rows: Sequence[int], columns: Columns, first_event: int, first_chunk: int) -> None:
    """A row for each chunk, and an event: one that a dialect had nothing to say of is empty."""
    if columns.chunks.n - first_chunk < len(rows):
        undescribed = sorted(set(rows).difference(columns.chunks.column("row")[first_chunk:]))
        columns.chunks.add(len(undescribed), {"row": undescribed}, n_choices=0)
    if silent := sorted(set(rows).difference(columns.events.column("row")[first_event:])):
        columns.events.add(len(silent), {"row": silent}, kind=kind_code("empty"))


def _wire_rows(wire: Rows, ordinal: int, exchange: Exchange) -> int:
    """What is known of the chunks without knowing the dialect; gives the row of the first."""
    first = wire.n
    given = {"t_s": exchange.times_s, "wall_s": exchange.wall_times, **exchange.wire}
    wire.add(len(exchange.chunks), given, owner=ordinal)
    if exchange.damaged_chunk is not None:
        wire.column("damage")[first + exchange.damaged_chunk] = exchange.damage
    return first


def _numbered(exchanges: Iterable[Exchange]) -> list[Exchange]:
    """The exchanges of a file, each with its position there as its number, whatever its envelope called it."""
    numbered = list(exchanges)
    for position, exchange in enumerate(numbered):
        exchange.number = position
    return numbered


def _read_file(blob: Blob, batch: _Open, max_file_bytes: int) -> None:
    try:
        data = blob.read(max_file_bytes)
    except Exception as error:  # whatever a source does, the load goes on
        said = str(error) if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
        problem = Problem("the file cannot be read", "a readable file", said, "check the file")
        batch.note(problem, blob)
        return
    content = Content(blob.name, data)
    checksum, name = zlib.crc32(data), "recexplore"
    try:
        envelope = envelopes.choose(content)
        name = f"the envelope {getattr(envelope, 'NAME', envelope)}"
        if envelope is None:
            damage = content.document.damage if _should_be_json(content) else ()
            for problem in damage or [_foreign(content)]:
                batch.note(problem, blob)
            return
        found = list(envelope.read(content))
        exchanges = _numbered(each for each in found if isinstance(each, Exchange))
        if not found:
            batch.note(_empty(envelope.NAME), blob)
        for problem in (each for each in found if isinstance(each, Problem)):
            batch.note(problem, blob)
        for exchange in exchanges:
            batch.add(exchange, Source(blob, exchange.number, len(exchanges), checksum), len(data))
    except Exception as error:  # whatever a file does to whoever reads it, the load goes on
        said = f"{type(error).__name__}: {error}"
        problem = Problem(f"{name} failed", "a recording it can read", said, "please report it to whoever wrote it")
        batch.note(problem, blob)


def _clean(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()


def _empty(envelope: str) -> Problem:
    return Problem(
        "no exchange in the file", "one at least", f"an empty {envelope}", "leave it out, or record it again"
    )


def _should_be_json(content: Content) -> bool:
    return content.looks_like_json or content.name.lower().endswith((".json", ".har"))


def _foreign(content: Content) -> Problem:
    value = content.document.value if _should_be_json(content) else content.data[:80].decode("utf-8", "replace")
    found = f"an object with {sorted(value)[:8]}" if isinstance(value, dict) else to_json_text(value)[:80]
    known = ", ".join(envelope.NAME for envelope in envelopes.known())
    return Problem("not a recording that recexplore knows", f"one of {known}", found, "leave it out, or convert it")


def _not_loadable(problems: list[Problem]) -> NotLoadable:
    first = problems[0]
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return NotLoadable(f"{first}{more}")


def _in_processes(found: list[Blob], read: _Reader, jobs: int, show: bool | None) -> Iterator[_Batch]:
    per_job = max(1, min(_FILES_PER_JOB, -(-len(found) // jobs)))
    parts = [found[at : at + per_job] for at in range(0, len(found), per_job)]
    # A forked child of a threaded parent (any notebook) can deadlock.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        done = pool.map(partial(_read_part, read), parts)
        for batches in _progress(done, total=len(parts), unit="part", show=show):
            yield from batches


def _read_part(read: _Reader, part: list[Blob]) -> list[_Batch]:
    with _without_collector():
        return list(read(part))


@contextmanager
def _without_collector() -> Iterator[None]:
    """The cycle collector walks every parsed tree again and again and finds nothing: parsed JSON has no cycles."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _progress(items: Iterable[T], *, total: int, unit: str, show: bool | None) -> Iterator[T]:
    """The items, with a bar where asked for or where it takes long enough to want one."""
    if show is False:
        yield from items
        return
    bar = None
    started = time.monotonic()
    try:
        for done, item in enumerate(items):
            if bar is None and (show or time.monotonic() - started > _SHOW_PROGRESS_AFTER_S):
                from tqdm.auto import tqdm

                bar = tqdm(total=total, initial=done, desc="loading", unit=unit, leave=False)
            yield item
            if bar is not None:
                bar.update()
    finally:
        if bar is not None:
            bar.close()
