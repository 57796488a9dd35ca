"""Builders' lists as typed Arrow columns, in the order in which their rows were added.

Takes the column builders of some exchanges, gives their rows (`TypedRows`), so that the lists and what they hold can be let
go; rows of many builders are joined behind one another. Types are checked here, a column at a time: only where Arrow refuses
a column is the value looked for that does not fit, replaced, and kept as a `Misfit`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recexplore.model.json_text import to_json_text
from recexplore.model.schema import FRAMES, MAX_INDEX, Column
from recexplore.tables.builders import Columns, Rows

__all__ = ["ARROW_TYPES", "Misfit", "TypedBatch", "TypedRows", "joined", "typed"]

ARROW_TYPES: Final[dict[str, pa.DataType]] = {
    "str": pa.large_string(),
    "int64": pa.int64(),
    "Int64": pa.int64(),
    "float64": pa.float64(),
    "boolean": pa.bool_(),
    "category": pa.int8(),
    "time": pa.timestamp("us", tz="UTC"),
}
_PRIVATE_TYPES: Final = {
    "owner": pa.int64(),
    "row": pa.int64(),
    "place": pa.int64(),
    "rank": pa.int64(),
    "t_s": pa.float64(),
    "wall_s": pa.float64(),
}
"""Columns of builders that no frame has."""

_SMALL: Final = ("choice", "place", "rank")
"""Columns that place an event: small integers, or missing."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """A value that did not fit its column: replaced, and to be reported."""

    ordinal: int
    chunk: int | None
    column: str
    expected: str
    found: str


@dataclass(slots=True)
class TypedRows:
    """The rows of one builder; a column that nothing was written to is not there."""

    n: int
    columns: dict[str, pa.Array] = field(default_factory=dict)

    def ints(self, name: str) -> np.ndarray:
        """A column of integers, -1 where missing."""
        if name not in self.columns:
            return np.full(self.n, -1, dtype=np.int64)
        return np.asarray(pc.fill_null(self.columns[name], -1).to_numpy(), dtype=np.int64)

    def floats(self, name: str) -> np.ndarray:
        """A column of floats, NaN where missing."""
        if name not in self.columns:
            return np.full(self.n, np.nan)
        return np.asarray(self.columns[name].to_numpy(zero_copy_only=False), dtype=np.float64)


@dataclass(slots=True)
class TypedBatch:
    """The rows of all builders, by their names, and what did not fit."""

    n_exchanges: int
    rows: dict[str, TypedRows]
    misfits: list[Misfit] = field(default_factory=list)


def typed(columns: Columns) -> TypedBatch:
    """The builders' rows, with every value of its column's type."""
    builders = _Builders(columns)
    return TypedBatch(
        len(columns.recordings),
        {
            "wire": builders.rows("chunks", columns.wire),
            "chunks": builders.rows("chunks", columns.chunks),
            "usage": builders.rows("usage", columns.usage),
            "events": builders.rows("events", columns.events),
            "requests": builders.exchanges("requests", columns.requests),
            "recordings": builders.exchanges("recordings", columns.recordings),
        },
        builders.misfits,
    )


def joined(batches: Sequence[TypedBatch]) -> TypedBatch:
    """The rows of all batches behind one another; those of the wire and the exchanges are numbered through.

    The batches are used up: they let go of what was joined.
    """
    if len(batches) == 1:
        return batches[0]
    sizes = [batch.rows["wire"].n for batch in batches]
    firsts = {
        "row": np.cumsum([0, *sizes[:-1]]),
        "owner": np.cumsum([0, *(batch.n_exchanges for batch in batches[:-1])]),
    }
    names = list(batches[0].rows) if batches else []
    rows = {name: _joined_rows([batch.rows.pop(name) for batch in batches], firsts) for name in names}
    return TypedBatch(sum(batch.n_exchanges for batch in batches), rows)


def _joined_rows(parts: list[TypedRows], firsts: dict[str, np.ndarray]) -> TypedRows:
    types = {name: array.type for part in parts for name, array in part.columns.items()}
    columns = {}
    for name, kind in types.items():
        arrays = [part.columns.pop(name) if name in part.columns else pa.nulls(part.n, kind) for part in parts]
        if name in firsts:
            arrays = [pc.add(array, int(first)) for array, first in zip(arrays, firsts[name], strict=True)]
        columns[name] = pa.concat_arrays(arrays)
    return TypedRows(sum(part.n for part in parts), columns)


class _Builders:
    """Turns builders into typed rows and keeps what did not fit."""

    def __init__(self, columns: Columns) -> None:
        self._wire = columns.wire
        self.misfits: list[Misfit] = []

    def rows(self, frame: str, rows: Rows) -> TypedRows:
        """The rows of a builder: each is about a chunk."""
        used = frozenset(rows.used)
        cells = {}
        if rows is not self._wire:
            for name in _SMALL:
                if name in used:
                    self._check_small(rows, name)
        for name in (name for name in used if name in _PRIVATE_TYPES):
            cells[name] = pa.array(rows.column(name), _PRIVATE_TYPES[name])
        for column in (column for column in FRAMES[frame].columns if column.name in used - cells.keys()):
            values = rows.column(column.name)
            cells[column.name], wrong = _array(values, column)
            for at, expected in wrong:
                self._note(*self._chunk(rows, at), column.name, expected, values[at])
        return TypedRows(rows.n, cells)

    def exchanges(self, frame: str, rows: list[dict[str, Any]]) -> TypedRows:
        """Rows that are about a whole exchange each."""
        cells = {}
        for column in (column for column in FRAMES[frame].columns if rows and column.name in rows[0]):
            values = [row[column.name] for row in rows]
            cells[column.name], wrong = _array(values, column)
            for at, expected in wrong:
                self._note(at, None, column.name, expected, values[at])
        return TypedRows(len(rows), cells)

    def _check_small(self, rows: Rows, name: str) -> None:
        """What is no small integer goes missing in its builder."""
        values = rows.column(name)
        if not _are_small(values):
            for at, value in enumerate(values):
                if value is not None and not _are_small([value]):
                    self._note(*self._chunk(rows, at), name, "a small integer", value)
                    values[at] = None

    def _chunk(self, rows: Rows, at: int) -> tuple[int, int]:
        """Which exchange and chunk a builder's row is about; a row of the wire is its chunk's."""
        row = at if rows is self._wire else rows.column("row")[at]
        owners = self._wire.column("owner")
        return owners[row], owners[:row].count(owners[row])

    def _note(self, ordinal: int, chunk: int | None, column: str, expected: str, value: Any) -> None:
        self.misfits.append(Misfit(ordinal, chunk, column, expected, _json_excerpt(value)))


def _array(values: list[Any], column: Column) -> tuple[pa.Array, list[tuple[int, str]]]:
    """The column, and for each value that did not fit, its position and what was expected."""
    kind = ARROW_TYPES[column.dtype]
    try:
        # Arrow would cut a fraction off without a word.
        if column.dtype != "Int64" or set(map(type, values)) <= _WHOLE:
            return pa.array(values, kind), []
    except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError, ValueError, OverflowError):
        pass
    fitting = [_fitting(value, column) for value in values]
    wrong = [
        (at, _expected(value, column))
        for at, (value, fit) in enumerate(zip(values, fitting, strict=True))
        if fit is not value and not _is_number_as_text(value, fit)
    ]
    return pa.array(fitting, kind), wrong


def _expected(value: Any, column: Column) -> str:
    is_odd_text = column.dtype == "str" and isinstance(value, str)
    return "text that is valid Unicode" if is_odd_text else _EXPECTED[column.dtype]


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
