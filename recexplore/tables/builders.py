"""Column builders: where dialects put what they understood, whole columns at a time.

Takes sequences, and values for all rows of a block. The two are told apart by how they are given, never by their type: a
recorded list is a value like any other. Gives lists of equal length. Never makes an object per row; types are checked once
per column, when it becomes an Arrow array (`recexplore.tables.arrow`).

A batch holds the chunks of many exchanges, numbered through: an event names its chunk by that **row**, so a dialect need
not know where one exchange ends and the next begins, and rows may be added in any order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import repeat
from types import MappingProxyType
from typing import Any, Final

from recexplore.model.exchange import Problem
from recexplore.model.schema import FRAMES

__all__ = ["DERIVED", "WIRE_FACTS", "Columns", "Rows"]

WIRE_FACTS: Final = ("event", "framing", "bytes", "damage")
"""Columns of ``chunks`` that the envelope fills, not the dialect."""

DERIVED: Final = frozenset(
    {"recording", "chunk", "seq", "phase", "start", "end", "t_s", "gap_s", "wall_time", *WIRE_FACTS}
)
_PRIVATE: Final = {
    # row: of the chunk; place: of the choice inside its chunk; rank: overrides the order of kinds inside one choice
    "events": ("row", "place", "rank"),
    "usage": ("row",),
    "chunks": ("row",),
}

_NO_COLUMNS: Final[Mapping[str, Sequence[Any]]] = MappingProxyType({})


class Rows:
    """The columns of one table under construction.

    A column that a block does not name stays shorter than the table and is padded with None when next written or read,
    so a rare column costs nothing.
    """

    __slots__ = ("_cells", "n")

    def __init__(self, *names: str) -> None:
        self._cells: dict[str, list[Any]] = {name: [] for name in names}
        self.n = 0

    def add(self, n: int, columns: Mapping[str, Sequence[Any] | None] = _NO_COLUMNS, /, **same: Any) -> None:
        """Append ``n`` rows.

        Parameters
        ----------
        n
            How many.
        columns
            ``n`` values a name; None is the same as not to name the column.
        same
            One value a name, for all ``n`` rows.

        Raises
        ------
        KeyError
            The table has no such column.
        ValueError
            A column does not have ``n`` values.
        """
        # Called for every event: the columns are padded in place rather than by a call each.
        cells, before = self._cells, self.n
        for name, values in columns.items():
            if values is not None:
                if len(values) != n:
                    raise ValueError(f"{len(values)} values of `{name}` for {n} rows")
                column = cells[name]
                if len(column) < before:
                    column.extend(repeat(None, before - len(column)))
                column.extend(values)
        for name, value in same.items():
            column = cells[name]
            if len(column) < before:
                column.extend(repeat(None, before - len(column)))
            column.extend(repeat(value, n))
        self.n = before + n

    def column(self, name: str) -> list[Any]:
        """The column, padded to the table's length."""
        column = self._cells[name]
        if len(column) < self.n:
            column.extend(repeat(None, self.n - len(column)))
        return column

    @property
    def names(self) -> list[str]:
        return list(self._cells)

    @property
    def used(self) -> list[str]:
        """The columns that anything was ever written to."""
        return [name for name, column in self._cells.items() if column]

    def truncate(self, n: int) -> None:
        """Forget every row from ``n`` on."""
        for column in self._cells.values():
            del column[n:]
        self.n = n


class Columns:
    """The builders of one batch.

    Contract for a dialect, which is handed chunks and the row of each: ``chunks`` gets
    one row for each, naming it in ``row``; ``events`` gets at least one for each. Category columns take codes
    (`recexplore.model.kinds.kind_code`). Events of one chunk and choice are later ordered by kind; several choices in one
    chunk by ``place``.
    """

    __slots__ = ("chunks", "events", "problems", "recordings", "requests", "usage", "wire")

    def __init__(self) -> None:
        self.recordings: list[dict[str, Any]] = []
        self.requests: list[dict[str, Any]] = []
        self.wire = Rows("owner", "t_s", "wall_s", *WIRE_FACTS)
        """What is known of each chunk without knowing the dialect; ``owner`` is a position in ``recordings``."""
        self.chunks = _rows("chunks")
        self.events = _rows("events")
        self.usage = _rows("usage")
        self.problems: list[tuple[int, Problem]] = []

    def event_name(self, row: int) -> str | None:
        """How the server-sent event of the chunk at ``row`` is named, for APIs that say only there what a chunk is."""
        names = self.wire.column("event") if "event" in self.wire.used else []
        return names[row] if row < len(names) else None

    def is_damaged(self, row: int) -> bool:
        """Whether the file's damage reaches into the chunk at ``row``: what it lacks may have been cut off."""
        return "damage" in self.wire.used and self.wire.column("damage")[row] is not None

    def owner(self, row: int) -> int | None:
        """Which exchange the chunk at ``row`` belongs to, for readers that must not take one for the other."""
        owners = self.wire.column("owner")
        return owners[row] if row < len(owners) else None

    def provider(self, row: int) -> str | None:
        """Who answered with the chunk at ``row``, as far as that is known."""
        owner = self.owner(row)
        return self.recordings[owner]["provider"] if owner is not None and owner < len(self.recordings) else None

    def status(self, row: int) -> int:
        """The status of HTTP with which the chunk at ``row`` came; 0 where none was recorded."""
        owner = self.owner(row)
        return (self.recordings[owner]["status"] or 0) if owner is not None and owner < len(self.recordings) else 0

    def problem(self, row: int, what: str, expected: str, found: str, hint: str) -> None:
        """Note what is the matter with the chunk at ``row``."""
        self.problems.append((row, Problem(what, expected, found[:80], hint)))

    def mark(self) -> tuple[int, ...]:
        """Where the builders stand, to go back to."""
        return self.wire.n, self.chunks.n, self.events.n, self.usage.n, len(self.problems)

    def go_back(self, mark: tuple[int, ...]) -> None:
        """Forget everything that was added since the mark."""
        for rows, n in zip((self.wire, self.chunks, self.events, self.usage), mark, strict=False):
            rows.truncate(n)
        del self.problems[mark[-1] :]


def _rows(frame: str) -> Rows:
    return Rows(*(name for name in FRAMES[frame].names if name not in DERIVED), *_PRIVATE[frame])
