"""From builders to Arrow tables, in the order of the wire.

Takes the column builders of a batch, gives Arrow tables joined on ``ordinal``, the position of the exchange in the batch.
Rows may have been added in any order: one sort brings them into that of the wire. Types are checked here, a column at a
time: only where Arrow refuses a column is the value looked for that does not fit, replaced, and kept as a `Misfit`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recexplore.model.json_text import to_json_text
from recexplore.model.kinds import KINDS
from recexplore.model.schema import FRAMES, MAX_INDEX, TOKEN_COUNTS, Column
from recexplore.tables.builders import WIRE_FACTS, Rows
from recexplore.tables.groups import pick_one

__all__ = ["ARROW_TYPES", "ORDINAL", "Misfit", "TableMaker", "Wire"]

ARROW_TYPES: Final[dict[str, pa.DataType]] = {
    "str": pa.large_string(),
    "int64": pa.int64(),
    "Int64": pa.int64(),
    "float64": pa.float64(),
    "boolean": pa.bool_(),
    "category": pa.int8(),
    "time": pa.timestamp("us", tz="UTC"),
}
ORDINAL: Final = "ordinal"


@dataclass(frozen=True, slots=True)
class Misfit:
    """A value that did not fit its column: replaced, and to be reported."""

    ordinal: int
    chunk: int | None
    column: str
    expected: str
    found: str


class Wire:
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
        self.rows = wire

    def gaps(self) -> np.ndarray:
        gap = np.full_like(self.t_s, np.nan)
        gap[1:] = self.t_s[1:] - self.t_s[:-1]
        gap[self.chunk == 0] = np.nan
        return gap

    def wall_times(self) -> pa.Array:
        known = ~np.isnan(self.wall_s)
        micros = np.round(np.where(known, self.wall_s, 0) * 1e6).astype("datetime64[us]")
        return pa.array(micros, ARROW_TYPES["time"], mask=~known)

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


class TableMaker:
    """Turns builders into Arrow tables and keeps what did not fit."""

    def __init__(self, wire: Wire) -> None:
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
        }
        used = frozenset(wire.rows.used)
        for column in FRAMES["chunks"].columns:
            if column.name in WIRE_FACTS and column.name in used:
                noted = self._array(wire.rows.column(column.name), column, None, wire.rows)
                given[column.name] = noted.take(pa.array(wire.order))
            elif column.name in WIRE_FACTS:
                given[column.name] = pa.nulls(rows.n, ARROW_TYPES[column.dtype])
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
        # Events without a choice come last in their chunk.
        within = np.where(self._numbers(rows, "choice") < 0, 0x3FF, np.minimum(self._numbers(rows, "place"), 0x3FE))
        rank = self._numbers(rows, "rank")
        rank = np.where(rank < 0, kind, rank)
        order = np.argsort((places << 14) | (np.maximum(within, 0) << 4) | rank, kind="stable")
        places = places[order]
        given = {"chunk": pa.array(self.wire.chunk[places]), "t_s": pa.array(self.wire.t_s[places])}
        return self._table("events", rows, order, self.wire.ordinal[places], given), places

    def _numbers(self, rows: Rows, name: str) -> np.ndarray:
        """Small integers that place a row, -1 where missing; what is none goes missing in its builder, and is a misfit."""
        if name not in rows.used:
            return np.full(rows.n, -1, dtype=np.int64)
        values = rows.column(name)
        if not _are_small(values):
            for at, value in enumerate(values):
                if value is not None and not _are_small([value]):
                    self.misfits.append(Misfit(*self._whose(rows, at), name, "a small integer", _json_excerpt(value)))
                    values[at] = None
        return np.asarray(pc.fill_null(pa.array(values, pa.int64()), -1).to_numpy(), dtype=np.int64)

    def recordings(self, rows: list[dict[str, Any]], tables: dict[str, pa.Table], errors: pa.Array) -> pa.Table:
        n = len(rows)
        declared = {column.name: column for column in FRAMES["recordings"].columns}
        first, last = self.wire.spans()
        timed = np.isfinite(first)
        from_request = np.fromiter((row["t_zero"] == "request" for row in rows), dtype=bool, count=n)
        cells: dict[str, pa.Array] = {
            ORDINAL: pa.array(np.arange(n)),
            "n_choices": pa.array(_count(tables["choices"], n)),
            "n_chunks": pa.array(self.wire.counts),
            "n_events": pa.array(_count(tables["events"], n)),
            "duration_s": pa.array(
                np.subtract(last, np.where(from_request, 0, first), where=timed, out=np.full(n, np.nan))
            ),
            "ttfc_s": pa.array(np.where(timed & from_request, first, np.nan)),
            "model_served": _first_said(tables["chunks"], "model", n),
            **{f"{name}_tokens": _last_count(tables["usage"], name, n) for name in TOKEN_COUNTS},
        }
        for name in rows[0] if rows else (name for name in declared if name not in (*cells, "recording")):
            cells[name] = self._array([row[name] for row in rows], declared[name], np.arange(n), None)
        status = cells["status"].to_pylist()
        failed = pa.array([f"HTTP {code}" if code and code >= 400 else None for code in status], pa.large_string())
        cells["error"] = pc.coalesce(cells["error"], errors, failed)
        return pa.table(cells)

    def requests(self, rows: list[dict[str, Any]]) -> pa.Table:
        places = np.arange(len(rows))
        cells = {ORDINAL: pa.array(places)}
        for column in FRAMES["requests"].columns[1:]:
            cells[column.name] = self._array([row[column.name] for row in rows], column, places, None)
        return pa.table(cells)

    def _table(
        self, frame: str, rows: Rows, order: np.ndarray, ordinal: np.ndarray, given: dict[str, pa.Array]
    ) -> pa.Table:
        """The builder's columns, in the given order, and the given ones."""
        cells: dict[str, pa.Array] = {ORDINAL: pa.array(ordinal), **given}
        used = frozenset(rows.used)
        is_ordered = bool(np.all(order[1:] > order[:-1])) if order.size else True
        take = pa.array(order)
        for column in FRAMES[frame].columns:
            if column.name in used:
                array = self._array(rows.column(column.name), column, None, rows)
                cells[column.name] = array if is_ordered else array.take(take)
            elif column.name not in cells and column.name in rows.names:
                cells[column.name] = pa.nulls(rows.n, ARROW_TYPES[column.dtype])
        return pa.table(cells)

    def _array(self, values: list[Any], column: Column, ordinals: np.ndarray | None, rows: Rows | None) -> pa.Array:
        kind = ARROW_TYPES[column.dtype]
        try:
            # Arrow would cut a fraction off without a word.
            if column.dtype != "Int64" or set(map(type, values)) <= _WHOLE:
                return pa.array(values, kind)
            fixed = [_fitting(value, column) for value in values]
        except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError, ValueError, OverflowError):
            fixed = [_fitting(value, column) for value in values]
        for at, (value, fitting) in enumerate(zip(values, fixed, strict=True)):
            if fitting is not value and not _is_number_as_text(value, fitting):
                ordinal, chunk = (int(ordinals[at]), None) if ordinals is not None else self._whose(rows, at)
                expected = (
                    "text that is valid Unicode"
                    if column.dtype == "str" and isinstance(value, str)
                    else _EXPECTED[column.dtype]
                )
                self.misfits.append(Misfit(ordinal, chunk, column.name, expected, _json_excerpt(value)))
        return pa.array(fixed, kind)

    def _whose(self, rows: Rows | None, at: int) -> tuple[int, int]:
        """Which exchange and chunk a builder's row is about; a row of the wire is its chunk's."""
        assert rows is not None
        place = self.wire.place_of_row[at if rows is self.wire.rows else rows.column("row")[at]]
        return int(self.wire.ordinal[place]), int(self.wire.chunk[place])


_WHOLE: Final = frozenset({int, type(None)})
_NUMBER: Final = re.compile(r"-?[0-9]{1,19}(?:\.[0-9]{1,9})?")
_CUT_TO_SECONDS: Final = frozenset(["created"])
"""Columns of which a fraction says no more than the whole number."""
_EXPECTED: Final[dict[str, str]] = {
    "str": "a string",
    "int64": "an integer",
    "Int64": "an integer",
    "float64": "a number",
    "boolean": "true or false",
    "category": "a code",
    "time": "a time",
}


def _are_small(values: list[Any]) -> bool:
    """Whether all values that are not missing are numbers that a choice can have."""
    distinct = set(values) if set(map(type, values)) <= _WHOLE else {-1}
    distinct.discard(None)
    return not distinct or (min(distinct) >= 0 and max(distinct) < MAX_INDEX)


def _count(table: pa.Table, n: int) -> np.ndarray:
    return np.bincount(table[ORDINAL].to_numpy(), minlength=n)


def _last_count(usage: pa.Table, name: str, n: int) -> pa.Array:
    """The last value of a count that each exchange reported."""
    values = usage[name].combine_chunks()
    rows = np.flatnonzero(values.is_valid().to_numpy(zero_copy_only=False))
    return pick_one(values, rows, usage[ORDINAL].to_numpy()[rows], np.ones(rows.size, dtype=bool), n, last=True)


def _first_said(table: pa.Table, name: str, n: int) -> pa.Array:
    """The first non-empty value of a text column in each exchange."""
    values = table[name].combine_chunks()
    said = pc.fill_null(pc.greater(pc.binary_length(values), 0), False).to_numpy(zero_copy_only=False)
    rows = np.flatnonzero(said)
    return pick_one(values, rows, table[ORDINAL].to_numpy()[rows], np.ones(rows.size, dtype=bool), n, last=False)


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
        if type(value) is str and _NUMBER.fullmatch(value.strip()):
            value = float(value) if "." in value else int(value)
        if type(value) is float and abs(value) < 2**53 and (value.is_integer() or column.name in _CUT_TO_SECONDS):
            value = int(value)
        return value if type(value) is int and -(2**63) <= value < 2**63 else None
    return value if type(value) in (int, float) else None


def _is_number_as_text(value: Any, fitting: Any) -> bool:
    """Whether a whole number was sent as text or with a decimal point, which is common enough to be read."""
    return type(value) in (str, float) and type(fitting) is int


def _json_excerpt(value: Any, length: int = 80) -> str:
    return to_json_text(value).encode("utf-8", "backslashreplace").decode()[:length]


assert len(KINDS) <= 16, "the order of events keeps four bits for the kind"
