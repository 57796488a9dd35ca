"""Rows that every dialect gives: usage reports, odd values, vendor fields, single events.

Takes values, appends to the builders. Never decides where a value belongs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from itertools import compress
from typing import Any, Final

from recexplore.model.exchange import Exchange, Json
from recexplore.model.json_text import to_json_text
from recexplore.model.kinds import kind_code
from recexplore.model.schema import MAX_INDEX
from recexplore.read.extract.usage_fields import Paths, read_counts
from recexplore.tables.builders import Columns

__all__ = [
    "UsageFields",
    "chunk",
    "confidence",
    "event",
    "extras",
    "is_error",
    "is_index",
    "is_stamp",
    "items_in",
    "joint_logprob",
    "malformed",
    "objects",
    "other_fields",
    "share",
    "text",
    "text_in",
    "usage",
]


@dataclass(frozen=True, slots=True)
class UsageFields:
    """Where a provider puts each count of a usage report, and what two of them mean there."""

    paths: Mapping[str, Paths]
    prompt_includes_cached: bool
    completion_includes_reasoning: bool


def share(chunks: Sequence[Json], belongs: Callable[[dict[str, Json]], bool]) -> float:
    """Which part of the chunks that are objects belongs to a dialect; 0 where there is none."""
    found = [belongs(chunk) for chunk in chunks if type(chunk) is dict]
    return sum(found) / len(found) if found else 0.0


def confidence(exchange: Exchange, belongs: Callable[[dict[str, Json]], bool], endpoints: tuple[str, ...]) -> float:
    """What a dialect answers to ``sniff``: the share of the chunks that belong to it.

    Where none does, and the request went to one of its endpoints (told by how they end), an error is its error.
    """
    if belonging := share(exchange.chunks, belongs):
        return belonging
    asked = (exchange.endpoint or "").endswith(endpoints)
    return 0.6 if asked and share(exchange.chunks, lambda chunk: "error" in chunk) else 0.0


def is_error(value: Mapping[str, Json]) -> bool:
    """Whether an object is an error itself, as vLLM's and Mistral's are and those of many gateways, and holds none.

    It says so by its ``object``, or is a message with a code, or what a framework answers by itself.
    """
    return (
        value.get("object") == "error"
        or (type(value.get("message")) is str and not _ERROR_MARKS.isdisjoint(value))
        or (value.keys() <= _REFUSAL and bool(value))
    )


_ERROR_MARKS: Final = frozenset(["code", "type", "status"])
_REFUSAL: Final = frozenset(["detail", "errors"])


def is_index(value: Json) -> bool:
    """Whether a value can be the number of a choice or a call; a huge one is no number but a mistake."""
    return type(value) is int and 0 <= value < MAX_INDEX


def is_stamp(value: Json) -> bool:
    """Whether it is a time that becomes the recording's clock (`recexplore.read.exchange.server_clock`)."""
    try:
        return type(value) is str and datetime.fromisoformat(value) is not None
    except ValueError:
        return False


def joint_logprob(tokens: Json) -> float | None:
    """Log probability of a text: the sum over its tokens, objects with a ``logprob``; None where one has none."""
    if type(tokens) is not list or not tokens:
        return None
    values: list[Json] = [token.get("logprob") if type(token) is dict else None for token in tokens]
    if not set(map(type, values)) <= {int, float}:
        return None
    try:
        return float(sum(values))
    except OverflowError:  # an integer that no float can hold
        return None


def objects(chunks: Sequence[Json], rows: Sequence[int], columns: Columns) -> Iterator[tuple[int, dict[str, Json]]]:
    """The chunks that are objects, with their rows; the others are kept as they are."""
    for row, chunk in zip(rows, chunks, strict=True):
        if type(chunk) is dict:
            yield row, chunk
        elif chunk == "":
            continue  # an event without data, such as a ping: it is empty
        else:
            columns.chunks.add(1, row=row, n_choices=0)
            malformed(columns, row, "the chunk", "an object", chunk)


def event(columns: Columns, kind: str, row: int, text: str | None = None, *, choice: Json = 0, **cells: Any) -> None:
    """One event. Those of one chunk and choice keep the order in which they are said.

    A choice that is no small integer is noted, and the event is of none.
    """
    if choice is not None and not is_index(choice):
        hint = "read as if it belonged to no choice"
        columns.problem(row, "the number of a choice has the wrong type", "a small integer", to_json_text(choice), hint)
        choice = None
    columns.events.add(1, row=row, kind=kind_code(kind), text=text, choice=choice, rank=0, **cells)


def chunk(columns: Columns, row: int, *, n_choices: int, extra: Mapping[str, Json] | None = None, **facts: Any) -> None:
    """What a chunk says of itself; ``extra`` is what no column holds."""
    columns.chunks.add(1, row=row, n_choices=n_choices, extra=to_json_text(extra) if extra else None, **facts)


def other_fields(value: Mapping[str, Json], known: Set[str]) -> dict[str, Json]:
    """The fields that nobody reads, where they say something."""
    return {key: each for key, each in value.items() if key not in known and each is not None}


def items_in(columns: Columns, row: int, value: Json, what: str, choice: int | None = 0) -> list[Json]:
    """The items of a list that a field holds; what is no list is kept as it is."""
    if type(value) is list:
        return value
    if value is not None:
        malformed(columns, row, what, "a list", value, choice)
    return []


def text(
    columns: Columns,
    kind: str,
    row: int,
    said: Mapping[str, Json],
    field: str,
    known: Set[str] = frozenset(),
    **cells: Any,
) -> bool:
    """One event of the text that a field holds, and beside it what no reader of ours ``known`` takes; whether there is text.

    Where there is no text, what stands beside it is an annotation.
    """
    value = said.get(field)
    rest = other_fields(said, {*known, field, "type"})
    extra = to_json_text(rest) if rest else None
    if type(value) is str and value:
        event(columns, kind, row, value, extra=extra, **cells)
        return True
    if value is not None and value != "":
        malformed(columns, row, f"`{field}`", "a string", value, cells.get("choice", 0))
    if rest:
        cells.pop("logprob", None)
        event(columns, "annotation", row, extra, **cells)
    return False


def text_in(columns: Columns, row: int, value: Json, what: str, choice: int | None = 0) -> str:
    """The text that a field holds; what is no text is kept as it is."""
    if type(value) is str:
        return value
    if value is not None:
        malformed(columns, row, what, "a string", value, choice)
    return ""


def malformed(
    columns: Columns, row: int, what: str, expected: str, found: Json, choice: int | None = None, rank: int | None = 0
) -> None:
    """Keep what has the wrong type as it is, and say so. A rank of None leaves its place in the chunk to its kind."""
    text = to_json_text(found)
    columns.events.add(1, row=row, choice=choice, kind=kind_code("unknown"), text=text, rank=rank)
    columns.problem(row, f"{what} has the wrong type", expected, text, "kept as an unknown event")


def extras(cells: Mapping[str, Sequence[Json]], known: Set[str]) -> list[str | None] | None:
    """What the fields nobody reads hold, as JSON a row; None where they hold nothing."""
    rest = {key: values for key, values in cells.items() if key not in known and values.count(None) < len(values)}
    if not rest:
        return None
    objects = [
        {key: value for key, value in zip(rest, row, strict=True) if value is not None}
        for row in zip(*rest.values(), strict=True)
    ]
    return [to_json_text(each) if each else None for each in objects]


def usage(
    columns: Columns,
    rows: Sequence[int],
    reports: Sequence[Json],
    fields: UsageFields,
    source: str,
    choices: Sequence[int | None] | None = None,
    beside: list[str | None] | None = None,
) -> None:
    """One event and one row of usage for each report; what is falsy is none. What stood beside goes with the event."""
    if set(map(type, reports)) - {dict, type(None)}:
        for at, report in enumerate(reports):
            if report and type(report) is not dict:
                malformed(columns, rows[at], "`usage`", "an object", report, choices[at] if choices else None)
        reports = [report if type(report) is dict else None for report in reports]
    own_rows = list(compress(rows, reports))
    own_choices = list(compress(choices, reports)) if choices else None
    counts, rests = read_counts(list(filter(None, reports)), fields.paths)
    extra = [to_json_text(rest) if rest else None for rest in rests]
    n = len(own_rows)
    told = list(compress(beside, reports)) if beside else None
    columns.events.add(n, {"row": own_rows, "choice": own_choices, "extra": told}, kind=kind_code("usage"))
    columns.usage.add(
        n,
        {"row": own_rows, "choice": own_choices, "extra": extra, **counts},
        source=source,
        prompt_includes_cached=fields.prompt_includes_cached,
        completion_includes_reasoning=fields.completion_includes_reasoning,
    )
