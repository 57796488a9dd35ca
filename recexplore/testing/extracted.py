"""What a dialect makes of some chunks, outside any recording: its rows, its texts, and the words it drops.

Never reads a file and never says whether what is read is right.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final, TypeAlias

from recexplore.model.exchange import Json
from recexplore.model.kinds import JOINED_KINDS, KINDS
from recexplore.read.extract.dialect import Dialect
from recexplore.tables.builders import Columns, Rows

__all__ = [
    "KIND_FIELDS",
    "Cells",
    "all_texts",
    "extracted",
    "joined_texts",
    "kinds_of",
    "lost_words",
    "rows_of",
    "words_of",
]

KIND_FIELDS: Final = frozenset(["type", "object"])
"""Fields that say what something is: read, but not always kept as text."""

Cells: TypeAlias = tuple[Any, ...]


def extracted(dialect: Dialect, chunks: Sequence[Json], first_row: int = 0) -> Columns:
    """The rows of the chunks, which are numbered from ``first_row``."""
    columns = Columns()
    dialect.extract(chunks, range(first_row, first_row + len(chunks)), columns)
    return columns


def kinds_of(dialect: Dialect, chunk: Json) -> set[str]:
    """The kinds of a chunk's events."""
    return {KINDS[code] for code in extracted(dialect, [chunk]).events.column("kind")}


def rows_of(rows: Rows) -> list[tuple[int, Cells]]:
    """The rows of a table with the number of their chunk, in the order of chunks, and in it of choices.

    Those of one chunk and choice stay as they were added. A choice that has no place in its chunk has the first.
    """
    names = [name for name in rows.names if name not in ("row", "place")]
    order = rows.column("place") if "place" in rows.names else [0] * rows.n
    cells = zip(rows.column("row"), order, zip(*map(rows.column, names), strict=True), strict=True)
    return [(row, values) for row, _, values in sorted(cells, key=lambda cell: (cell[0], cell[1] or 0))]


def all_texts(columns: Columns) -> str:
    """The text of every cell."""
    cells = (
        cell
        for rows in (columns.chunks, columns.events, columns.usage)
        for name in rows.names
        for cell in rows.column(name)
    )
    return "\n".join(cell if type(cell) is str else json.dumps(cell) for cell in cells if cell is not None)


def joined_texts(dialect: Dialect, chunks: Sequence[Json]) -> dict[Cells, str]:
    """The texts that a stream says, by what they belong to."""
    events = extracted(dialect, chunks).events
    keys = zip(*map(events.column, ("kind", "choice", "block", "tool_index")), strict=True)
    joined: dict[Cells, str] = defaultdict(str)
    order = sorted(zip(events.column("row"), keys, events.column("text"), strict=True), key=lambda event: event[0])
    for _, (kind, *rest), text in order:
        if KINDS[kind] in JOINED_KINDS:
            joined[KINDS[kind], *rest] += text or ""
    return {key: text for key, text in joined.items() if text}


def lost_words(dialect: Dialect, chunk: Json, ignored: frozenset[str] = KIND_FIELDS) -> list[str]:
    """The texts of a chunk that are in no cell.

    Parameters
    ----------
    dialect
        The dialect that reads it.
    chunk
        The chunk.
    ignored
        Fields that are not looked into.
    """
    cells = all_texts(extracted(dialect, [chunk]))
    return [word for word in words_of(chunk, ignored) if word not in cells and json.dumps(word)[1:-1] not in cells]


def words_of(value: Json, ignored: frozenset[str]) -> Iterator[str]:
    """Every text in a value that says something."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key not in ignored:
                yield from words_of(inner, ignored)
    elif isinstance(value, list):
        for inner in value:
            yield from words_of(inner, ignored)
    elif isinstance(value, str) and value:
        yield value
