"""Recordings as cassettes that vcrpy plays: requests and answers as HTTP, in YAML.

Takes recordings, gives a cassette each, or one that holds them all where one file is wanted. An answer that was kept as
parsed objects is framed as its API frames it, as server-sent events or as lines; that, a status and the media type are
filled in, for HTTP has to say them.
"""

from __future__ import annotations

import http
from collections.abc import Iterator
from typing import Any, Final

import yaml

from recexplore.corpus import Recording
from recexplore.model.exchange import Exchange
from recexplore.share.exports.answer_bodies import JSON_TYPE, answer_bodies
from recexplore.share.exports.conversion import conversions, file_of, numbered
from recexplore.share.exports.options import Options
from recexplore.share.exports.outcome import Outcome
from recexplore.share.exports.selection import Selection
from recexplore.share.exports.target import File
from recexplore.share.exports.wire_text import json_text

__all__ = ["files"]

_SUFFIX: Final = ".yaml"
_DUMPER: Final = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_LINE: Final = 1 << 20
_HEAD, _TAIL = b"interactions:\n", b"version: 1\n"
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
    for media_type, body in answer_bodies(exchange, dialect):
        answer = {"body": {"string": body}, "headers": {"content-type": [media_type]}, "status": _status(exchange)}
        interaction = [{"request": _request(exchange), "response": answer}]
        text = yaml.dump(interaction, Dumper=_DUMPER, allow_unicode=True, sort_keys=False, width=_LINE)
        yield _HEAD + str(text).encode() + _TAIL


def _request(exchange: Exchange) -> dict[str, Any]:
    body = json_text(exchange.request) if exchange.request else None
    return {
        "body": body,
        "headers": {"content-type": [JSON_TYPE]} if body else {},
        "method": exchange.method or "POST",
        "uri": exchange.url or exchange.endpoint or "",
    }


def _status(exchange: Exchange) -> dict[str, Any]:
    status = exchange.status or _OK
    known_status = status in {each.value for each in http.HTTPStatus}
    return {"code": status, "message": http.HTTPStatus(status).phrase if known_status else ""}
