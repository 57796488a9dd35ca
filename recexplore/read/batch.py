"""One batch: exchanges in, the Arrow tables of what their dialects understood out.

Takes exchanges one by one, lets each dialect read many that look alike at once. Whatever a recording does to a dialect, or a
dialect to a recording, costs that recording alone, and is a problem.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from recexplore.corpus.source_file import Source
from recexplore.model.credentials import Credentials, masked_text
from recexplore.model.exchange import DONE_MARK, Blob, Exchange, Json, Problem, Skipped, Skips
from recexplore.model.kinds import KINDS, kind_code
from recexplore.model.notes import notes_in
from recexplore.read.dialects import unknown
from recexplore.read.exchange.masked_columns import mask_columns
from recexplore.read.exchange.reasoning_tags import label_tags
from recexplore.read.exchange.recording_row import check_chunk_facts, check_times, recording_row, request_body
from recexplore.read.exchange.request_row import RequestReader, n_requested
from recexplore.read.exchange.server_clock import read_server_clock
from recexplore.read.exchange.surrogate_pairs import pair_across_chunks
from recexplore.read.extract.dialect import Dialect
from recexplore.read.hosts import HOSTS, Fields, Host
from recexplore.read.registry import known
from recexplore.read.wire.aws_frames import without_unions
from recexplore.tables.assembly import Tables, assemble
from recexplore.tables.builders import Columns, Rows
from recexplore.tables.typed_rows import TypedBatch, typed

__all__ = ["Batch", "BatchBuilder"]

GROUP_BYTES: Final = 200_000
"""How many bytes of exchanges wait for their dialects."""
COLUMN_EVENTS: Final = 4_000
"""How many events are kept as lists, which take several times the memory of Arrow columns."""


@dataclass(slots=True)
class Batch:
    """What was read of some files: tables, where each recording was found, what could not be read, what was passed over."""

    tables: Tables
    sources: list[Source]
    problems: list[Problem]
    skipped: list[Skipped]


_Looks: TypeAlias = tuple[str | bool | None, ...]
"""What tells apart exchanges that are not worth reading together."""


@dataclass(slots=True)
class BatchBuilder:
    """What is being collected for one batch.

    Exchanges wait until there are enough of them for a dialect to read many that look alike at once: what it costs to
    begin is then paid once. Few enough, that their parsed trees stay small against the frames.
    """

    credentials: Credentials = "masked"
    columns: Columns = field(default_factory=Columns)
    sources: list[Source] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    requests: RequestReader = field(default_factory=lambda: RequestReader(known().request))
    settled: list[TypedBatch] = field(default_factory=list)
    n_events: int = 0
    """How many events of how many exchanges are settled."""
    n_exchanges: int = 0
    waiting: dict[tuple[Dialect, _Looks], list[tuple[int, Exchange]]] = field(default_factory=dict)
    waiting_bytes: int = 0
    host_fields: dict[int, list[tuple[Host, dict[int, Fields]]]] = field(default_factory=dict)
    """What Amazon Bedrock said beside the chunks of an exchange, by the exchange's ordinal and the chunk's position."""

    def add(self, exchange: Exchange, source: Source, size: int) -> None:
        check_chunk_facts(exchange)
        ordinal = len(self.columns.recordings)
        check_times(exchange)
        dialects = known()
        read_server_clock(exchange, dialects.stamps)
        whole = without_unions(exchange)
        exchange = self._without_host_fields(whole, ordinal)
        dialect = dialects.choose(exchange if any(exchange.chunks) else whole)
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
        self.columns.requests.append(self.requests.row(exchange.request, body))
        last = exchange.chunks[-1] if exchange.chunks else None
        looks = (exchange.streaming, *last) if type(last) is dict else ()
        self.waiting.setdefault((dialect, looks), []).append((ordinal, exchange))
        self.waiting_bytes += size
        for problem in exchange.problems:
            self.note(problem, source.blob, source.exchange)
        if self.waiting_bytes > GROUP_BYTES:
            self.extract()
        if self.columns.events.n >= COLUMN_EVENTS:
            self.settle()

    def _without_host_fields(self, exchange: Exchange, ordinal: int) -> Exchange:
        """The exchange as its model answered; what hosts said in it waits for the dialect to be done."""
        for host in HOSTS:
            chunks, fields = host.split(exchange.chunks)
            if fields:
                self.host_fields.setdefault(ordinal, []).append((host, fields))
                exchange = replace(exchange, chunks=list(chunks))
        return exchange

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
        self.waiting, self.waiting_bytes, self.host_fields = {}, 0, {}

    def _extract_alone(self, dialect: Dialect, member: tuple[int, Exchange]) -> None:
        try:
            self._extract(dialect, [member])
        except Exception as error:
            ordinal, _ = member
            what, found = f"the dialect {dialect.name} failed", f"{type(error).__name__}: {error}"
            hint = "kept as unknown events; please report it"
            source = self._source(ordinal)
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
        beside = [
            (host, {first_rows[ordinal] + at: found for at, found in fields.items()})
            for ordinal, _ in members
            for host, fields in self.host_fields.get(ordinal, ())
        ]
        hosts_rows = {row for _, fields in beside for row in fields}
        try:
            if DONE_MARK in chunks:
                chunks, rows = _without_done(chunks, rows, columns)
            if hosts_rows:
                left = [(row, chunk) for row, chunk in zip(rows, chunks, strict=True) if chunk or row not in hosts_rows]
                chunks, rows = [chunk for _, chunk in left], [row for row, _ in left]
            dialect.extract(chunks, rows, columns)
            for host, fields in beside:
                host.add_events(fields, columns, first_event, first_usage)
            _check_rows(all_rows, columns, first_chunk, first_event, first_usage)
            _leave_no_gap(all_rows, columns, first_event, first_chunk)
            if any(exchange.lone_surrogates for _, exchange in members):
                pair_across_chunks(columns, first_event)
            label_tags(columns, first_event)
        except Exception:
            columns.go_back(mark)
            raise
        # What is kept as text for want of JSON was told by whoever wanted JSON.
        texts = {
            (ordinal, problem.chunk)
            for ordinal, exchange in members
            for problem in exchange.problems
            if problem.chunk in range(len(exchange.chunks)) and type(exchange.chunks[problem.chunk or 0]) is str
        }
        for row, problem in columns.problems[first_problem:]:
            ordinal = columns.wire.column("owner")[row]
            if (ordinal, row - first_rows[ordinal]) in texts:
                continue
            source = self._source(ordinal)
            self.note(problem, source.blob, source.exchange, row - first_rows[ordinal])

    def note(self, problem: Problem, blob: Blob, exchange: int | None = None, chunk: int | None = None) -> None:
        """Say where a problem is, as far as who noticed it could not know, in text that any column can hold."""
        texts = {name: self._shown(getattr(problem, name)) for name in ("what", "expected", "found", "hint")}
        exchange = problem.exchange if exchange is None else exchange
        chunk = problem.chunk if chunk is None else chunk
        self.problems.append(replace(problem, **texts, path=blob.path, exchange=exchange, chunk=chunk))

    def _shown(self, text: str) -> str:
        clean = _clean(text)
        return masked_text(clean) if self.credentials == "masked" else clean

    def skip(self, blob: Blob, reason: str, kind: Skips) -> None:
        """Say that a file gave no recording, and why that is no problem."""
        self.skipped.append(Skipped(blob.path, self._shown(reason), kind))

    def _source(self, ordinal: int) -> Source:
        """Where an exchange was found whose ordinal counts from the first that is not settled."""
        return self.sources[self.n_exchanges + ordinal]

    def settle(self) -> None:
        """Turn what was read into typed rows, and begin with empty columns again."""
        self.extract()
        if self.credentials == "masked":
            mask_columns(self.columns)
        rows = typed(self.columns)
        for misfit in rows.misfits:
            hint = "replaced by what the column can hold; the raw chunk has the original"
            problem = Problem(f"`{misfit.column}` does not fit its column", misfit.expected, misfit.found, hint)
            source = self._source(misfit.ordinal)
            self.note(problem, source.blob, source.exchange, misfit.chunk)
        self.settled.append(rows)
        self.n_exchanges += rows.n_exchanges
        self.n_events += self.columns.events.n
        self.columns = Columns()

    def close(self) -> Batch:
        """The tables of everything that was added."""
        self.settle()
        return Batch(assemble(self.settled), self.sources, self.problems, self.skipped)


def _without_done(chunks: list[Json], rows: Sequence[int], columns: Columns) -> tuple[list[Json], list[int]]:
    """Take out the chunks that only say that the stream is done, which means the same in every dialect."""
    done = [row for row, chunk in zip(rows, chunks, strict=True) if chunk == DONE_MARK]
    columns.chunks.add(len(done), {"row": done}, n_choices=0)
    columns.events.add(len(done), {"row": done}, kind=kind_code("empty"), text=DONE_MARK)
    left = [(row, chunk) for row, chunk in zip(rows, chunks, strict=True) if chunk != DONE_MARK]
    return [chunk for _, chunk in left], [row for row, _ in left]


def _check_rows(rows: range, columns: Columns, first_chunk: int, first_event: int, first_usage: int) -> None:
    """Whether a dialect spoke only of chunks that it was given, described none twice, and named only kinds and notes
    that there are.

    Raises
    ------
    ValueError
        It did not, which is the dialect's mistake.
    """
    described = columns.chunks.column("row")[first_chunk:]
    events, usage = columns.events.column("row")[first_event:], columns.usage.column("row")[first_usage:]
    if len(set(described)) < len(described) or not all(_are_within(rows, told) for told in (described, events, usage)):
        raise ValueError("it spoke of chunks that it was not given, or described one twice")
    if not set(columns.events.column("kind")[first_event:]).issubset(range(len(KINDS))):
        raise ValueError("it named a kind of events that is none")
    if "notes" in columns.events.used:
        for cell in set(columns.events.column("notes")[first_event:]) - {None}:
            notes_in(cell)


def _are_within(rows: range, told: list[int]) -> bool:
    return not told or (min(told) >= rows.start and max(told) < rows.stop)


def _leave_no_gap(rows: range, columns: Columns, first_event: int, first_chunk: int) -> None:
    """A row for each chunk, and an event: one that a dialect had nothing to say of is empty."""
    if columns.chunks.n - first_chunk < len(rows):
        undescribed = sorted(set(rows).difference(columns.chunks.column("row")[first_chunk:]))
        columns.chunks.add(len(undescribed), {"row": undescribed}, n_choices=0)
    said = set(columns.events.column("row")[first_event:])
    if len(said) < len(rows):
        silent = sorted(set(rows).difference(said))
        columns.events.add(len(silent), {"row": silent}, kind=kind_code("empty"))


def _wire_rows(wire: Rows, ordinal: int, exchange: Exchange) -> int:
    """What is known of the chunks without knowing the dialect; gives the row of the first."""
    first = wire.n
    given = {"t_s": exchange.times_s, "wall_s": exchange.wall_times, **exchange.wire}
    wire.add(len(exchange.chunks), given, owner=ordinal)
    if exchange.damaged_chunk is not None:
        wire.column("damage")[first + exchange.damaged_chunk] = exchange.damage
    return first


def _clean(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()
