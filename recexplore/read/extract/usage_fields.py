"""Reading a usage report, given where a provider puts each count.

Takes a report and a table of paths, gives the counts the schema has columns for, and what is left. Never computes a
count that was not reported, except that one split over several fields (audio in prompt and completion) is their sum.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import TypeAlias

from recexplore.model.exchange import Json

__all__ = ["Path", "Paths", "read_counts"]

Path: TypeAlias = tuple[str, ...]
Paths: TypeAlias = tuple[tuple[Path, ...], ...]
"""Alternatives, the first that is there counts; each alternative is one or more paths whose counts are added."""


def read_counts(
    reports: Sequence[dict[str, Json]], table: Mapping[str, Paths]
) -> tuple[dict[str, list[int | None]], list[dict[str, Json]]]:
    """The counts of all reports, a column each, and each report's other non-null fields."""
    said = dict(_columns(reports, ()))
    counts = {name: _counts(said, paths, len(reports)) for name, paths in table.items()}
    rest: list[dict[str, Json]] = [{} for _ in reports]
    for path, values in said.items():
        # Counts are taken out: hardly anything is left.
        if values.count(None) < len(values):
            for at, value in enumerate(values):
                if value is not None:
                    rest[at][".".join(path)] = value
    return counts, rest


def _columns(objects: Sequence[dict[str, Json] | None], at: Path) -> Iterator[tuple[Path, list[Json]]]:
    """Every path that some object has, with its value in each."""
    for key in dict.fromkeys(chain.from_iterable(filter(None, objects))):
        values = [each.get(key) if each else None for each in objects]
        if dict in set(map(type, values)):
            yield from _columns([value if type(value) is dict else None for value in values], (*at, key))
            values = [None if type(value) is dict else value for value in values]
        if values.count(None) < len(values):
            yield (*at, key), values


def _counts(said: dict[Path, list[Json]], paths: Paths, n: int) -> list[int | None]:
    """Takes a count out of what was said; alternatives that say the same go with it."""
    found: list[int | None] = [None] * n
    for summands in paths:
        columns = [said[path] for path in summands if path in said]
        if not columns:
            continue
        if len(columns) == 1 and found.count(None) == n and set(map(type, columns[0])) == {int}:
            # Nearly always every report says a count in the first place where it can stand.
            found, columns[0][:] = columns[0][:], [None] * n
            continue
        for at, values in enumerate(zip(*columns, strict=True)):
            counts = [value for value in values if type(value) is int]
            if counts and (found[at] is None or sum(counts) == found[at]):
                found[at] = sum(counts)
                for column in columns:
                    if type(column[at]) is int:
                        column[at] = None
    return found
