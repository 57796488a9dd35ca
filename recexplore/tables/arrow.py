"""From typed rows to Arrow tables, in the order of the wire.

Takes the rows of a batch, gives Arrow tables joined on ``ordinal``, the position of the exchange in the batch. Rows may
have been added in any order: one sort brings them into that of the wire.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recexplore.model.kinds import KINDS
from recexplore.model.schema import FRAMES, TOKEN_COUNTS
from recexplore.tables.builders import DERIVED, WIRE_FACTS
from recexplore.tables.groups import pick_one
from recexplore.tables.typed_rows import ARROW_TYPES, TypedRows

__all__ = ["ORDINAL", "TableMaker", "Wire"]

ORDINAL: Final = "ordinal"


class Wire:
    """The chunks of all exchanges in their final order; rows are translated to places in it."""

    def __init__(self, rows: TypedRows, n_exchanges: int) -> None:
        owner = rows.ints("owner")
        order = np.argsort(owner, kind="stable")
        self.n_exchanges = n_exchanges
        self.order = order
        self.place_of_row = np.empty_like(order)
        self.place_of_row[order] = np.arange(order.size)
        self.ordinal = owner[order]
        self.counts = np.bincount(owner, minlength=n_exchanges)
        first = np.cumsum(self.counts) - self.counts
        self.chunk = np.arange(order.size) - np.repeat(first, self.counts)
        self.t_s = rows.floats("t_s")[order]
        self.wall_s = rows.floats("wall_s")[order]
        self.rows = rows

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


class TableMaker:
    """Turns typed rows into Arrow tables."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire

    def chunks(self, rows: TypedRows) -> pa.Table:
        wire = self.wire
        facts = np.argsort(rows.ints("row"))[wire.order]
        noted = {name: array for name, array in wire.rows.columns.items() if name in WIRE_FACTS}
        given = {
            "chunk": pa.array(wire.chunk),
            "t_s": pa.array(wire.t_s),
            "gap_s": pa.array(wire.gaps()),
            "wall_time": wire.wall_times(),
            **{name: _taken(array, wire.order) for name, array in noted.items()},
        }
        return self._table("chunks", rows, facts, wire.ordinal, given)

    def rows(self, frame: str, rows: TypedRows) -> pa.Table:
        """A table whose rows name the row of their chunk."""
        places = self.wire.place_of_row[rows.ints("row")]
        order = np.argsort(places, kind="stable")
        places = places[order]
        return self._table(frame, rows, order, self.wire.ordinal[places], {"chunk": pa.array(self.wire.chunk[places])})

    def events(self, rows: TypedRows) -> tuple[pa.Table, np.ndarray]:
        """The events in the order of the wire, and the place of each one's chunk on it."""
        places = self.wire.place_of_row[rows.ints("row")]
        # Events without a choice come last in their chunk.
        within = np.where(rows.ints("choice") < 0, 0x3FF, np.minimum(rows.ints("place"), 0x3FE))
        rank = rows.ints("rank")
        rank = np.where(rank < 0, rows.ints("kind"), rank)
        order = np.argsort((places << 14) | (np.maximum(within, 0) << 4) | rank, kind="stable")
        places = places[order]
        given = {"chunk": pa.array(self.wire.chunk[places]), "t_s": pa.array(self.wire.t_s[places])}
        return self._table("events", rows, order, self.wire.ordinal[places], given), places

    def recordings(self, rows: TypedRows, tables: dict[str, pa.Table], errors: pa.Array) -> pa.Table:
        n = rows.n
        cells = _padded("recordings", rows)
        first, last = self.wire.spans()
        timed = np.isfinite(first)
        from_request = pc.fill_null(pc.equal(cells["t_zero"], "request"), False).to_numpy(zero_copy_only=False)
        duration = np.subtract(last, np.where(from_request, 0, first), where=timed, out=np.full(n, np.nan))
        cells |= {
            ORDINAL: pa.array(np.arange(n)),
            "n_choices": pa.array(_count(tables["choices"], n)),
            "n_chunks": pa.array(self.wire.counts),
            "n_events": pa.array(_count(tables["events"], n)),
            "duration_s": pa.array(duration),
            "ttfc_s": pa.array(np.where(timed & from_request, first, np.nan)),
            "model_served": _first_said(tables["chunks"], "model", n),
            "error": pc.coalesce(cells["error"], errors, _http_errors(cells["status"])),
            **{f"{name}_tokens": _last_count(tables["usage"], name, n) for name in TOKEN_COUNTS},
        }
        return pa.table(cells)

    def requests(self, rows: TypedRows) -> pa.Table:
        return pa.table({ORDINAL: pa.array(np.arange(rows.n)), **_padded("requests", rows)})

    def _table(
        self, frame: str, rows: TypedRows, order: np.ndarray, ordinal: np.ndarray, given: dict[str, pa.Array]
    ) -> pa.Table:
        """The given columns and those of the rows, in the given order."""
        cells: dict[str, pa.Array] = {ORDINAL: pa.array(ordinal)}
        for column in FRAMES[frame].columns:
            name = column.name
            if name in given:
                cells[name] = given[name]
            elif name in rows.columns:
                cells[name] = _taken(rows.columns[name], order)
            elif name not in DERIVED or name in WIRE_FACTS:
                cells[name] = pa.nulls(rows.n, ARROW_TYPES[column.dtype])
        return pa.table(cells)


def _taken(values: pa.Array, order: np.ndarray) -> pa.Array:
    """The values in an order, which most often is theirs already."""
    is_theirs = not order.size or bool(np.all(order[1:] > order[:-1]))
    return values if is_theirs else values.take(pa.array(order))


def _padded(frame: str, rows: TypedRows) -> dict[str, pa.Array]:
    """A cell each for the columns of a frame, but for the recording's id."""
    return {
        column.name: rows.columns.get(column.name, pa.nulls(rows.n, ARROW_TYPES[column.dtype]))
        for column in FRAMES[frame].columns
        if column.name != "recording"
    }


def _http_errors(status: pa.Array) -> pa.Array:
    """What a status says of an answer that failed."""
    text = pa.large_string()
    words = pc.binary_join_element_wise(pa.scalar("HTTP", text), pc.cast(status, text), pa.scalar(" ", text))
    return pc.if_else(pc.greater_equal(status, 400), words, pa.scalar(None, text))


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


assert len(KINDS) <= 16, "the order of events keeps four bits for the kind"
