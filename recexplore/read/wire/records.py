"""The records of a file: its one object, the items of its list or of one inside it, or one object a line.

Takes a file's content or its document, gives an exchange for each record, with its place in the file and what is the matter
with it. What a record's fields mean is the envelope's business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from recexplore.model.exchange import CHUNK, Exchange, Json, Path, Problem
from recexplore.model.json_text import to_json_text
from recexplore.read.wire.content import LOOKED_AT, Content
from recexplore.read.wire.http_exchange import note_damage
from recexplore.read.wire.json_text import BYTE_ORDER_MARK, Decoded, decode_json

__all__ = ["FillExchange", "first_records", "items_at", "read_items", "read_records"]

FillExchange: TypeAlias = Callable[[Exchange, dict[str, Json]], None]
"""Fills an exchange from its record; ``chunk_path`` leads on from there."""


def first_records(content: Content) -> Sequence[Json]:
    """The first few records, by which an envelope knows its files; none where the file is no JSON."""
    return content.once(_first_records) if content.looks_like_json else ()


def _first_records(content: Content) -> Sequence[Json]:
    if content.is_lines:
        return [decode_json(line).value for line in content.first_lines()]
    value = content.document.value
    return value[:LOOKED_AT] if isinstance(value, list) else [value]


def read_records(content: Content, envelope: str, fill: FillExchange) -> Iterator[Exchange]:
    """The exchanges of an envelope's file, each filled from its record."""
    for number, record in enumerate(_records(content)):
        exchange = Exchange(envelope, number=number, path=record.path, lone_surrogates=record.lone_surrogates)
        if record.is_readable:
            _fill(exchange, record.value, fill, "a record")
        if isinstance(record.path, int):
            exchange.offsets = None  # they are counted in a text of the line, not in the file
        exchange.problems[:0] = record.damage
        if record.is_cut and exchange.chunks and _is_at_the_end(record.value, exchange.chunk_path):
            exchange.damaged_chunk = len(exchange.chunks) - 1
        yield exchange


def items_at(document: Decoded, path: Sequence[str]) -> list[Json]:
    """The items of a list inside a document; none where there is no list."""
    value = document.value
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, list) else []


def read_items(
    document: Decoded, path: tuple[str, ...], envelope: str, fill: FillExchange, *, called: str
) -> Iterator[Exchange | Problem]:
    """The exchanges of a list inside a document, each filled from its item; of an empty one what is the matter with it."""
    items = items_at(document, path)
    if not items:
        yield from document.damage
    for number, item in enumerate(items):
        exchange = Exchange(envelope, number=number, path=(*path, number), lone_surrogates=document.lone_surrogates)
        _fill(exchange, item, fill, called)
        note_damage(exchange, document.damage, is_cut=document.is_cut, is_last=number == len(items) - 1)
        yield exchange


def _fill(exchange: Exchange, record: Json, fill: FillExchange, called: str) -> None:
    if isinstance(record, dict):
        fill(exchange, record)
        return
    found = to_json_text(record)[:80]
    exchange.problems.append(Problem(f"{called} is not as recorded", "an object", found, "read as empty"))


@dataclass(frozen=True, slots=True)
class _Record:
    """What stands at a place; ``is_cut`` where the damage of a file that breaks off is here. What is not readable is told by
    its damage alone."""

    path: Path | int
    value: Json
    damage: Sequence[Problem] = ()
    is_cut: bool = False
    lone_surrogates: bool = False
    is_readable: bool = True


def _records(content: Content) -> Iterator[_Record]:
    if content.is_lines:
        for offset, line in content.lines():
            if line.removeprefix(BYTE_ORDER_MARK).strip():
                found = decode_json(line)
                yield _Record(offset, found.value, found.damage, found.is_cut, found.lone_surrogates, found.readable)
        return
    document = content.document
    is_list = isinstance(document.value, list)
    values = document.value if is_list else [document.value]
    damaged = len(values) - 1 if document.is_cut else 0
    for number, value in enumerate(values):
        is_here = number == damaged
        yield _Record(
            (number,) if is_list else (),
            value,
            document.damage if is_here else (),
            document.is_cut and is_here,
            document.lone_surrogates,
        )


def _is_at_the_end(value: Json, path: Path) -> bool:
    """Whether nothing stands behind what a path leads to: it is what the end of the file cuts."""
    for step in path:
        if step is CHUNK:
            return True
        if not isinstance(value, dict) or next(reversed(value), None) != step:
            return False
        value = value[step]
    return True
