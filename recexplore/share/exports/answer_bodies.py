"""The bodies that an answer may have had over HTTP, made again of its chunks.

Takes an exchange and the name of its dialect, gives media types and texts, the likeliest first: server-sent events or lines
where it was streamed, as it was framed or as its API frames it, else one JSON value. Nothing where that cannot be told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from recexplore.model.exchange import Exchange
from recexplore.model.traits import Trait
from recexplore.read.registry import known
from recexplore.share.exports.wire_text import event_streams, styles_of

__all__ = ["JSON_TYPE", "answer_bodies"]

JSON_TYPE: Final = "application/json"
_EVENTS_TYPE: Final = "text/event-stream; charset=utf-8"
_LINES_TYPE: Final = "application/x-ndjson"


def answer_bodies(exchange: Exchange, dialect: str) -> Iterator[tuple[str, str]]:
    """The bodies that the answer may have had, each with its media type."""
    yield from _BODIES[_form(exchange, dialect)](exchange, dialect)


def _form(exchange: Exchange, dialect: str) -> str:
    """How the answer was framed, or is framed where nobody recorded it."""
    if not exchange.streaming or exchange.wire_format:
        return exchange.wire_format or "whole"
    return "json-lines" if Trait.LINES in known().named(dialect).traits else "sse"


def _whole(exchange: Exchange, dialect: str) -> Iterator[tuple[str, str]]:
    if len(exchange.chunks) <= 1:
        yield from ((JSON_TYPE, "".join(map(style, exchange.chunks))) for style in styles_of(exchange))


def _events(exchange: Exchange, dialect: str) -> Iterator[tuple[str, str]]:
    yield from ((_EVENTS_TYPE, text) for text in event_streams(exchange, _names(exchange, dialect)))


def _names(exchange: Exchange, dialect: str) -> list[str | None] | None:
    """The names of the events of an API whose clients go by them, where the recorder kept only what they brought."""
    if Trait.NAMED_EVENTS not in known().named(dialect).traits:
        return None
    return [chunk.get("type") if isinstance(chunk, dict) else None for chunk in exchange.chunks]


def _lines(exchange: Exchange, dialect: str) -> Iterator[tuple[str, str]]:
    for style in styles_of(exchange):
        yield _LINES_TYPE, "".join(f"{style(chunk)}\n" for chunk in exchange.chunks)


def _nothing(exchange: Exchange, dialect: str) -> Iterator[tuple[str, str]]:
    """Frames of Amazon's event stream have headers and checksums of which nothing is known."""
    yield from ()


_BODIES: Final[Mapping[str, Callable[[Exchange, str], Iterator[tuple[str, str]]]]] = {
    "whole": _whole,
    "sse": _events,
    "json-lines": _lines,
    "aws-event-stream": _nothing,
}
"""The bodies that an answer may have had, with their media type, by how it was framed."""
