"""On which line of its file an exchange begins, or one of its chunks: the one answer for all envelopes.

Takes a file's content and an `Exchange`, whose path says where it stands, gives a line. How paths lead through a document is
its syntax' business (`recexplore.read.positions.json_offsets`, `recexplore.read.positions.yaml_lines`); how a recorder lays
a file out is known to its envelope alone, which says it in paths. Never raises for what the file holds.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, Protocol

from recexplore.model.exchange import CHUNK, Exchange, Path
from recexplore.read.positions.json_offsets import JsonPlaces, places_in
from recexplore.read.positions.line_numbers import ExchangeLines, lines_in
from recexplore.read.positions.yaml_lines import yaml_places_in
from recexplore.read.wire.content import Content

__all__ = ["find_line", "followed", "parted"]


class _Places(Protocol):
    """The values of a document, whatever its syntax; a node is a value's place, as the document knows it."""

    def find(self, *path: Any, within: Any | None = None) -> Any | None: ...

    def items(self, node: Any | None, /) -> list[Any]: ...

    def line(self, node: Any | None, /) -> int | None: ...

    def text(self, node: Any | None, /) -> str | None: ...

    def lines_within(self, node: Any | None, offsets: Sequence[int], /) -> list[int]: ...


def find_line(content: Content, exchange: Exchange, chunk: int | None) -> int | None:
    """The line where a chunk or, with None, the exchange begins.

    Returns
    -------
    int or None
        Counted from one. Where the chunk's place cannot be told, because its body is packed or folded in a way that cannot
        be followed, the line where the body or the exchange begins; None where the exchange has no path.

    Notes
    -----
    All lines of an exchange are found when the first is asked for, and kept by `Content.once`.
    """
    if exchange.path is None:
        return None
    try:
        return content.once(_lines_of, exchange).of(chunk)
    except Exception as error:  # whatever a stranger's envelope says, a finding without a line is still one
        place = f"{content.name}, exchange {exchange.number}"
        warnings.warn(f"{place}: {exchange.envelope} says a path that cannot be followed: {error!r}", stacklevel=2)
        return None


def _lines_of(content: Content, exchange: Exchange) -> ExchangeLines:
    if isinstance(exchange.path, int):
        numbers = lines_in(content)
        return ExchangeLines(numbers.at(exchange.path), [numbers.at(offset) for offset in exchange.offsets or ()])
    places: _Places = places_in(content) if content.looks_like_json else yaml_places_in(content)
    whole, is_there = followed(places, exchange.path or (), places.find())
    if not is_there:
        return ExchangeLines(places.line(whole))
    before, after = parted(exchange.chunk_path)
    body, is_there = followed(places, before, whole)
    chunks: Sequence[int] = ()
    if is_there and after is None:
        chunks = places.lines_within(body, exchange.offsets or ())
    elif is_there and after is not None:
        items = _item_lines(places, body, after)
        chunks = items if exchange.items is None else [items[item] for item in exchange.items if item < len(items)]
    return ExchangeLines(places.line(whole), chunks, places.line(body))


def parted(path: Path) -> tuple[Path, Path | None]:
    """What stands before `CHUNK` in a path, and what behind; None where it is not in the path."""
    if CHUNK not in path:
        return path, None
    n_before = path.index(CHUNK)
    return path[:n_before], path[n_before + 1 :]


def _item_lines(places: _Places, body: Any, path: Path) -> list[int]:
    """The lines of a list's items, or of what they wrap; a text is entered as the JSON it holds."""
    if (text := places.text(body)) is not None:
        inner = JsonPlaces(text.encode("utf-8", "surrogatepass"))
        values = (followed(inner, path, item)[0] for item in inner.items(inner.find()))
        return places.lines_within(body, [value.offset for value in values if value is not None])
    lines = (places.line(followed(places, path, item)[0]) for item in places.items(body))
    return [line for line in lines if line is not None]


def followed(places: _Places, path: Path, start: Any | None) -> tuple[Any | None, bool]:
    """The last node that a path leads to, and whether it leads to its end."""
    node = start
    for step in path:
        deeper = None if node is None else places.find(step, within=node)
        if deeper is None:
            return node, False
        node = deeper
    return node, node is not None
