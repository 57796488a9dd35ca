"""What a table looks like: builders in, Arrow tables out, DataFrames at the end.

Takes `Columns` of a batch of exchanges, gives one Arrow table a frame (`assemble`), and joins the tables of all batches
into the public DataFrames (`to_dataframe`). Whatever is derived from the rows alone, order, offsets, joined texts,
counts, is derived here once for all dialects, with no Python object a row. Never looks at JSON, except to say whether a
tool call's arguments are valid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from recexplore.columns import Columns, Rows
from recexplore.decoding import to_json_text
from recexplore.schema import FRAMES, KINDS, Column, kind_code

__all__ = ["Misfit", "Tables", "assemble", "empty_dataframe", "to_dataframe"]

_ARROW: Final[dict[str, pa.DataType]] = {
    "str": pa.large_string(),
    "int64": pa.int64(),
    "Int64": pa.int64(),
    "float64": pa.float64(),
    "boolean": pa.bool_(),
    "category": pa.int8(),
    "time": pa.timestamp("us", tz="UTC"),
}
_EXTENSIONS: Final[dict[str, Any]] = {
    "str": pd.StringDtype("pyarrow", na_value=np.nan),
    "Int64": pd.Int64Dtype(),
    "boolean": pd.BooleanDtype(),
}
_ORDINAL: Final = "ordinal"

_REASONING, _CONTENT, _TAG, _REFUSAL, _TOOL_CALL = (
    kind_code(kind) for kind in ("reasoning", "content", "tag", "refusal", "tool_call")
)


@dataclass(frozen=True, slots=True)
class Misfit:
    """A value that did not fit its column: replaced, and to be reported."""

    ordinal: int
    chunk: int | None
    column: str
    expected: str
    found: str


@dataclass(slots=True)
class Tables:
    """The Arrow tables of one batch, joined on ``ordinal``: the position of the exchange in the batch."""

    tables: dict[str, pa.Table]
    n_exchanges: int
    misfits: list[Misfit] = field(default_factory=list)


def assemble(columns: Columns) -> Tables:
    """Arrow tables of everything in the builders, in wire order."""
    n = len(columns.recordings)
    wire = _Wire(columns.wire, n)
    batch = _Batch(wire)
    chunks = batch.chunks(columns.chunks)
    usage = batch.rows("usage", columns.usage)
    events = _Events(*batch.events(columns.events), wire)
    tables = {
        "chunks": chunks,
        "usage": usage,
        "events": events.table,
        "choices": events.choices(),
        "tool_calls": events.tool_calls(),
    }
    tables["recordings"] = batch.recordings(columns.recordings, tables, events.first_errors(n))
    return Tables(tables, n, batch.misfits)


def to_dataframe(frame: str, batches: Sequence[Tables], recording_ids: Sequence[str]) -> pd.DataFrame:
    """One public frame from the batches' tables, ``recording`` put in the place of the ordinals."""
    declared = FRAMES[frame].columns
    if not batches:
        return empty_dataframe(frame)
    table = pa.concat_tables([batch.tables[frame] for batch in batches])
    first = np.cumsum([0, *(batch.n_exchanges for batch in batches)])
    offsets = np.repeat(first[:-1], [batch.tables[frame].num_rows for batch in batches])
    ids = pa.array(recording_ids, pa.large_string())
    cells: dict[str, Any] = {}
    for column in declared:
        if column.name == "recording":
            rows = table[_ORDINAL].to_numpy() + offsets
            cells["recording"] = _series(ids.take(pa.array(rows)), column)
        else:
            cells[column.name] = _series(table[column.name], column)
    return pd.DataFrame(cells, copy=False)


def empty_dataframe(frame: str) -> pd.DataFrame:
    """The frame without a row, every column of its declared type."""
    return rows_dataframe(frame, {name: [] for name in FRAMES[frame].names})


def rows_dataframe(frame: str, cells: dict[str, list[Any]]) -> pd.DataFrame:
    """A small frame from plain lists, every column of its declared type."""
    return pd.DataFrame(
        {
            column.name: _series(pa.array(cells[column.name], _ARROW[column.dtype]), column)
            for column in FRAMES[frame].columns
        }
    )


def _series(values: pa.Array | pa.ChunkedArray, column: Column) -> Any:
    if isinstance(values, pa.Array):
        values = pa.chunked_array([values])
    if column.dtype in _EXTENSIONS:
        return _EXTENSIONS[column.dtype].__from_arrow__(values)
    if column.dtype == "category":
        codes = pc.fill_null(values, -1).to_numpy()
        return pd.Categorical.from_codes(codes, dtype=pd.CategoricalDtype(list(column.categories)))
    if column.dtype == "time":
        return values.to_pandas().dt.as_unit("us").array
    return values.to_numpy()


class _Wire:
    """The chunks of all exchanges in their final order; builders' rows are translated to places in it."""

    def __init__(self, wire: Rows, n_exchanges: int) -> None:
        owner = np.asarray(wire.column("owner"), dtype=np.int64)
        order = np.argsort(owner, kind="stable")
        self.n_exchanges = n_exchanges
        self.order = order
        self.place_of_row = np.empty_like(order)
        self.place_of_row[order] = np.arange(order.size)
        self.ordinal = owner[order]
        self.counts = np.bincount(owner, minlength=n_exchanges)
        first = np.cumsum(self.counts) - self.counts
        self.chunk = np.arange(order.size) - np.repeat(first, self.counts)
        self.t_s = _floats(wire, "t_s")[order]
        self.wall_s = _floats(wire, "wall_s")[order]
        self.damage = wire.column("damage")

    def gaps(self) -> np.ndarray:
        gap = np.full_like(self.t_s, np.nan)
        gap[1:] = self.t_s[1:] - self.t_s[:-1]
        gap[self.chunk == 0] = np.nan
        return gap

    def wall_times(self) -> pa.Array:
        known = ~np.isnan(self.wall_s)
        micros = np.round(np.where(known, self.wall_s, 0) * 1e6).astype("datetime64[us]")
        return pa.array(micros, _ARROW["time"], mask=~known)

    def spans(self) -> tuple[np.ndarray, np.ndarray]:
        """First and last time of each exchange; infinite where it has none."""
        known = ~np.isnan(self.t_s)
        first, last = np.full(self.n_exchanges, np.inf), np.full(self.n_exchanges, -np.inf)
        np.minimum.at(first, self.ordinal[known], self.t_s[known])
        np.maximum.at(last, self.ordinal[known], self.t_s[known])
        return first, last


def _floats(rows: Rows, name: str) -> np.ndarray:
    """Floats with NaN where missing."""
    return np.asarray(rows.column(name) if name in rows.used else np.full(rows.n, np.nan), dtype=np.float64)


class _Batch:
    """Turns builders into Arrow tables and keeps what did not fit."""

    def __init__(self, wire: _Wire) -> None:
        self.wire = wire
        self.misfits: list[Misfit] = []

    def chunks(self, rows: Rows) -> pa.Table:
        wire = self.wire
        facts = np.argsort(np.asarray(rows.column("row"), dtype=np.int64))[wire.order]
        given = {
            "chunk": pa.array(wire.chunk),
            "t_s": pa.array(wire.t_s),
            "gap_s": pa.array(wire.gaps()),
            "wall_time": wire.wall_times(),
            "damage": pa.array(wire.damage, pa.large_string()).take(pa.array(wire.order)),
        }
        return self._table("chunks", rows, facts, wire.ordinal, given)

    def rows(self, frame: str, rows: Rows) -> pa.Table:
        """A table whose rows name the row of their chunk."""
        places = self.wire.place_of_row[np.asarray(rows.column("row"), dtype=np.int64)]
        order = np.argsort(places, kind="stable")
        places = places[order]
        return self._table(frame, rows, order, self.wire.ordinal[places], {"chunk": pa.array(self.wire.chunk[places])})

    def events(self, rows: Rows) -> tuple[pa.Table, np.ndarray]:
        """The events in the order of the wire, and the place of each one's chunk on it."""
        places = self.wire.place_of_row[np.asarray(rows.column("row"), dtype=np.int64)]
        kind = np.asarray(rows.column("kind"), dtype=np.int64)
        has_no_choice = pa.array(rows.column("choice")).is_null().to_numpy(zero_copy_only=False)
        # Events without a choice come last in their chunk.
        within = np.where(has_no_choice, 0x3FF, np.minimum(_ints(rows, "place"), 0x3FE))
        rank = _ints(rows, "rank")
        rank = np.where(rank < 0, kind, rank)
        order = np.argsort((places << 14) | (np.maximum(within, 0) << 4) | rank, kind="stable")
        places = places[order]
        given = {"chunk": pa.array(self.wire.chunk[places]), "t_s": pa.array(self.wire.t_s[places])}
        return self._table("events", rows, order, self.wire.ordinal[places], given), places

    def recordings(self, rows: list[dict[str, Any]], tables: dict[str, pa.Table], errors: pa.Array) -> pa.Table:
        n = len(rows)
        declared = {column.name: column for column in FRAMES["recordings"].columns}
        first, last = self.wire.spans()
        timed = np.isfinite(first)
        from_request = np.fromiter((row["t_zero"] == "request" for row in rows), dtype=bool, count=n)
        cells: dict[str, pa.Array] = {
            _ORDINAL: pa.array(np.arange(n)),
            "n_choices": pa.array(_count(tables["choices"], n)),
            "n_chunks": pa.array(self.wire.counts),
            "n_events": pa.array(_count(tables["events"], n)),
            "duration_s": pa.array(
                np.subtract(last, np.where(from_request, 0, first), where=timed, out=np.full(n, np.nan))
            ),
            "ttfc_s": pa.array(np.where(timed & from_request, first, np.nan)),
            "model_served": _first_said(tables["chunks"], "model", n),
        }
        for name in rows[0] if rows else (name for name in declared if name not in (*cells, "recording")):
            cells[name] = self._array([row[name] for row in rows], declared[name], np.arange(n), None)
        cells["error"] = pc.coalesce(cells["error"], errors)
        return pa.table(cells)

    def _table(
        self, frame: str, rows: Rows, order: np.ndarray, ordinal: np.ndarray, given: dict[str, pa.Array]
    ) -> pa.Table:
        """The builder's columns, in the given order, and the given ones."""
        cells: dict[str, pa.Array] = {_ORDINAL: pa.array(ordinal), **given}
        used = frozenset(rows.used)
        is_ordered = bool(np.all(order[1:] > order[:-1])) if order.size else True
        take = pa.array(order)
        for column in FRAMES[frame].columns:
            if column.name in used:
                array = self._array(rows.column(column.name), column, None, rows)
                cells[column.name] = array if is_ordered else array.take(take)
            elif column.name not in cells and column.name in rows.names:
                cells[column.name] = pa.nulls(rows.n, _ARROW[column.dtype])
        return pa.table(cells)

    def _array(self, values: list[Any], column: Column, ordinals: np.ndarray | None, rows: Rows | None) -> pa.Array:
        kind = _ARROW[column.dtype]
        try:
            return pa.array(values, kind)
        except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError, ValueError, OverflowError):
            fixed = [_fitting(value, column) for value in values]
        for at, (value, fitting) in enumerate(zip(values, fixed, strict=True)):
            if fitting is not value:
                ordinal, chunk = (int(ordinals[at]), None) if ordinals is not None else self._whose(rows, at)
                expected = "text that is valid Unicode" if isinstance(value, str) else _EXPECTED[column.dtype]
                self.misfits.append(Misfit(ordinal, chunk, column.name, expected, _json_excerpt(value)))
        return pa.array(fixed, kind)

    def _whose(self, rows: Rows | None, at: int) -> tuple[int, int]:
        assert rows is not None
        place = self.wire.place_of_row[rows.column("row")[at]]
        return int(self.wire.ordinal[place]), int(self.wire.chunk[place])


_EXPECTED: Final[dict[str, str]] = {
    "str": "a string",
    "int64": "an integer",
    "Int64": "an integer",
    "float64": "a number",
    "boolean": "true or false",
    "category": "a code",
    "time": "a time",
}


def _ints(rows: Rows, name: str) -> np.ndarray:
    """Integers with -1 where missing."""
    if name not in rows.used:
        return np.full(rows.n, -1, dtype=np.int64)
    values = pc.fill_null(pa.array(rows.column(name), pa.int64()), -1)
    return np.asarray(values.to_numpy(), dtype=np.int64)


def _count(table: pa.Table, n: int) -> np.ndarray:
    return np.bincount(table[_ORDINAL].to_numpy(), minlength=n)


def _first_said(table: pa.Table, name: str, n: int) -> pa.Array:
    """The first non-empty value of a text column in each exchange."""
    values = table[name].combine_chunks()
    said = pc.fill_null(pc.greater(pc.binary_length(values), 0), False).to_numpy(zero_copy_only=False)
    rows = np.flatnonzero(said)
    return _pick(values, rows, table[_ORDINAL].to_numpy()[rows], np.ones(rows.size, dtype=bool), n, last=False)


def _fitting(value: Any, column: Column) -> Any:
    """The value itself where its column can hold it, else the nearest thing that loses least."""
    if value is None:
        return value
    if column.dtype == "str":
        if type(value) is not str:
            value = to_json_text(value)
        try:
            value.encode()
        except UnicodeEncodeError:
            return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return value
    if column.dtype in ("int64", "Int64"):
        return value if type(value) is int and -(2**63) <= value < 2**63 else None
    return value if type(value) in (int, float) else None


def _json_excerpt(value: Any, length: int = 80) -> str:
    return to_json_text(value).encode("utf-8", "backslashreplace").decode()[:length]


class _Events:
    """The event table in wire order, and what is assembled from it."""

    def __init__(self, table: pa.Table, places: np.ndarray, wire: _Wire) -> None:
        self.table = table
        self.ordinal, self.chunk, self.t_s = wire.ordinal[places], wire.chunk[places], wire.t_s[places]
        self.choice = _filled(table["choice"], -1)
        self.kind = table["kind"].to_numpy().astype(np.int64)
        self.tool_index = _filled(table["tool_index"], -1)
        self.length = _filled(pc.utf8_length(table["text"]), 0)
        self._add_derived()

    def _add_derived(self) -> None:
        start, end, has_offset = self._offsets()
        phase = np.full(self.kind.size, -1, dtype=np.int8)
        phase[self.kind == _REASONING], phase[self.kind == _CONTENT] = 0, 1
        derived = {
            "seq": pa.array(_Groups(self.ordinal, self.choice).position),
            "phase": pa.array(phase, mask=phase < 0),
            "start": pa.array(start, mask=~has_offset),
            "end": pa.array(end, mask=~has_offset),
        }
        for name, values in derived.items():
            self.table = self.table.append_column(name, values)

    def first_errors(self, n: int) -> pa.Array:
        """Text of the first error of each exchange."""
        rows = np.flatnonzero(self.kind == kind_code("error"))
        text = self.table["text"].combine_chunks()
        return _pick(text, rows, self.ordinal[rows], np.ones(rows.size, dtype=bool), n, last=False)

    def _offsets(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Where each event's text stands in the text it is assembled into."""
        has_offset = np.isin(self.kind, (_REASONING, _CONTENT, _REFUSAL, _TOOL_CALL)) & (self.choice >= 0)
        rows = np.flatnonzero(has_offset)
        start = np.zeros(self.kind.size, dtype=np.int64)
        groups = _Groups(self.ordinal[rows], self.choice[rows], self.kind[rows], self.tool_index[rows])
        lengths = self.length[rows][groups.order]
        before = np.cumsum(lengths) - lengths
        start[rows[groups.order]] = before - np.repeat(before[groups.first], groups.sizes)
        return start, start + self.length, has_offset

    def choices(self) -> pa.Table:
        """One row a choice."""
        rows = np.flatnonzero(self.choice >= 0)
        groups = _Groups(self.ordinal[rows], self.choice[rows])
        rows = rows[groups.order]
        member = np.repeat(np.arange(groups.n), groups.sizes)
        kind, length = self.kind[rows], self.length[rows]
        text = self.table["text"].combine_chunks()
        cells: dict[str, Any] = {
            _ORDINAL: pa.array(self.ordinal[rows[groups.first]]),
            "choice": pa.array(self.choice[rows[groups.first]]),
            "role": _pick(text, rows, member, kind == kind_code("role"), groups.n, last=False),
            "finish_reason": _pick(
                self.table["finish_reason"].combine_chunks(),
                rows,
                member,
                kind == kind_code("finish"),
                groups.n,
                last=True,
            ),
            "n_events": pa.array(groups.sizes),
            "first_chunk": pa.array(self.chunk[rows[groups.first]]),
            "last_chunk": pa.array(self.chunk[rows[groups.last]]),
            "t_first_s": pa.array(self.t_s[rows[groups.first]]),
            "t_last_s": pa.array(self.t_s[rows[groups.last]]),
        }
        for name in ("content", "reasoning", "refusal", "tag", "tool_call"):
            of_kind = kind == kind_code(name)
            cells[f"{name}_chars"] = pa.array(
                np.bincount(member[of_kind], weights=length[of_kind], minlength=groups.n).astype(np.int64)
            )
            if name in ("content", "reasoning", "refusal"):
                cells[name] = _join(text, rows[of_kind], member[of_kind], groups.n)
        return pa.table(cells)

    def tool_calls(self) -> pa.Table:
        """One row an assembled tool call."""
        rows = np.flatnonzero((self.kind == _TOOL_CALL) & (self.choice >= 0))
        groups = _Groups(self.ordinal[rows], self.choice[rows], self.tool_index[rows])
        rows = rows[groups.order]
        member = np.repeat(np.arange(groups.n), groups.sizes)
        everyone = np.ones(rows.size, dtype=bool)
        arguments = _join(self.table["text"].combine_chunks(), rows, member, groups.n)

        def first(column: str) -> pa.Array:
            values = self.table[column].combine_chunks()
            given = everyone & values.take(pa.array(rows)).is_valid().to_numpy(zero_copy_only=False)
            return _pick(values, rows, member, given, groups.n, last=False)

        return pa.table(
            {
                _ORDINAL: pa.array(self.ordinal[rows[groups.first]]),
                "choice": pa.array(self.choice[rows[groups.first]]),
                "tool_index": pa.array(self.tool_index[rows[groups.first]]),
                "id": first("tool_call_id"),
                "name": first("tool_name"),
                "arguments": arguments,
                "arguments_valid": pa.array([_is_json_object(text) for text in arguments.to_pylist()], pa.bool_()),
                "n_events": pa.array(groups.sizes),
                "t_first_s": pa.array(self.t_s[rows[groups.first]]),
                "t_last_s": pa.array(self.t_s[rows[groups.last]]),
            }
        )


class _Groups:
    """Rows with equal keys, in the order of the keys, rows of a group in the order they stand."""

    def __init__(self, *keys: np.ndarray) -> None:
        size = keys[0].size
        self.order = np.lexsort(keys[::-1]) if size else np.empty(0, dtype=np.int64)
        changes = np.zeros(size, dtype=bool)
        if size:
            changes[0] = True
            for key in keys:
                ordered = key[self.order]
                changes[1:] |= ordered[1:] != ordered[:-1]
        self.first = np.flatnonzero(changes)
        self.n = self.first.size
        self.sizes = np.diff(np.append(self.first, size))
        self.last = self.first + self.sizes - 1

    @property
    def position(self) -> np.ndarray:
        """Position of each row within its group, in the order of the rows."""
        position = np.empty(self.order.size, dtype=np.int64)
        position[self.order] = np.arange(self.order.size) - np.repeat(self.first, self.sizes)
        return position


def _filled(values: pa.ChunkedArray, missing: int) -> np.ndarray:
    return np.asarray(pc.fill_null(values, missing).to_numpy(), dtype=np.int64)


def _join(text: pa.Array, rows: np.ndarray, member: np.ndarray, n: int) -> pa.Array:
    """The texts of the rows, joined a group; "" for a group without any."""
    offsets = np.concatenate(([0], np.cumsum(np.bincount(member, minlength=n)))).astype(np.int32)
    lists = pa.ListArray.from_arrays(pa.array(offsets), text.take(pa.array(rows)))
    return pc.binary_join(lists, pa.scalar("", pa.large_string()))


def _pick(
    values: pa.Array, rows: np.ndarray, member: np.ndarray, chosen: np.ndarray, n: int, *, last: bool
) -> pa.Array:
    """The first or last chosen value of each group; null for a group without any."""
    at = np.full(n, -1, dtype=np.int64)
    picked, owner = rows[chosen], member[chosen]
    if last:
        at[owner] = picked
    else:
        at[owner[::-1]] = picked[::-1]
    return values.take(pa.array(at, mask=at < 0))


def _is_json_object(text: str) -> bool | None:
    if not text.strip():
        return None
    try:
        return isinstance(orjson.loads(text), dict)
    except orjson.JSONDecodeError:
        return False


assert len(KINDS) <= 16, "the order of events keeps four bits for the kind"
