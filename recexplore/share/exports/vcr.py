"""Recordings as cassettes that vcrpy plays: requests and answers as HTTP, in YAML.

Takes recordings, gives a cassette each, or one that holds them all where one file is wanted. An answer that was kept as
parsed objects is framed as its API frames it, as server-sent events or as lines; that, a status and the media type are
filled in, for HTTP has to say them.
"""

from __future__ import annotations

import http
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import yaml

from recexplore.corpus import Recording
from recexplore.model.exchange import Exchange
from recexplore.model.traits import Trait
from recexplore.read.registry import known
from recexplore.share.exports.conversion import conversions, file_of, numbered
from recexplore.share.exports.options import Options
from recexplore.share.exports.outcome import Outcome
from recexplore.share.exports.selection import Selection
from recexplore.share.exports.target import File
from recexplore.share.exports.wire_text import event_streams, json_text, styles_of

__all__ = ["files"]

_SUFFIX: Final = ".yaml"
_DUMPER: Final = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_LINE: Final = 1 << 20
_HEAD, _TAIL = b"interactions:\n", b"version: 1\n"
_WHOLE, _EVENTS, _LINES = "application/json", "text/event-stream; charset=utf-8", "application/x-ndjson"
_OK: Final = 200


def files(selection: Selection, options: Options, outcome: Outcome) -> Iterator[File]:
    """A cassette for each recording, or one for all."""
    made = conversions(selection, options, outcome, _attempts, _SUFFIX)
    if not options.as_one:
        yield from numbered((each.recording.id, _SUFFIX, each.data) for each in made)
        return
    interactions = [each.data.removeprefix(_HEAD).removesuffix(_TAIL) for each in made]
    if interactions:
        yield file_of(f"cassette{_SUFFIX}", b"".join([_HEAD, *interactions, _TAIL]))


def _attempts(recording: Recording, exchange: Exchange) -> Iterator[bytes]:
    dialect = str(recording.facts["dialect"])
    for media_type, body in _BODIES[_form(exchange, dialect)](exchange, dialect):
        answer = {"body": {"string": body}, "headers": {"content-type": [media_type]}, "status": _status(exchange)}
        interaction = [{"request": _request(exchange), "response": answer}]
        text = yaml.dump(interaction, Dumper=_DUMPER, allow_unicode=True, sort_keys=False, width=_LINE)
        yield _HEAD + str(text).encode() + _TAIL


def _request(exchange: Exchange) -> dict[str, Any]:
    body = json_text(exchange.request) if exchange.request else None
    return {
        "body": body,
        "headers": {"content-type": [_WHOLE]} if body else {},
        "method": exchange.method or "POST",
        "uri": exchange.url or exchange.endpoint or "",
    }


def _status(exchange: Exchange) -> dict[str, Any]:
    status = exchange.status or _OK
    known_status = status in {each.value for each in http.HTTPStatus}
    return {"code": status, "message": http.HTTPStatus(status).phrase if known_status else ""}


def _form(exchange: Exchange, dialect: str) -> str:
    """How the answer was framed, or is framed where nobody recorded it."""
    if not exchange.streaming or exchange.wire_format:
        return exchange.wire_format or "whole"
    return "json-lines" if Trait.LINES in known().named(dialect).traits else "sse"


def _whole(exchange: Exchange, dialect: str) -> Iterator[tuple[str, str]]:
    if len(exchange.chunks) <= 1:
        yield from ((_WHOLE, "".join(map(style, exchange.chunks))) for style in styles_of(exchange))


def _events(exchange: Exchange, dialect: str) -> Iterator[tuple[str, str]]:
    yield from ((_EVENTS, text) for text in event_streams(exchange, _names(exchange, dialect)))


def _names(exchange: Exchange, dialect: str) -> list[str | None] | None:
    """The names of the events of an API whose clients go by them, where the recorder kept only what they brought."""
    if Trait.NAMED_EVENTS not in known().named(dialect).traits:
        return None
    return [chunk.get("type") if isinstance(chunk, dict) else None for chunk in exchange.chunks]


def _lines(exchange: Exchange, dialect: str) -> Iterator[tuple[str, str]]:
    for style in styles_of(exchange):
        yield _LINES, "".join(f"{style(chunk)}\n" for chunk in exchange.chunks)


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
