"""Recordings as the recorder of llama-stack (now OGX) writes them: a JSON object a file, named by the request's hash.

Takes recordings, gives a file each. A stream of parsed objects becomes a list of items, each under the label of the SDK's
class where one is known; a stream of events becomes the list of its lines, as the recorder keeps those that it passes
through. With a loss allowed, a stream of events whose class is known becomes objects, too, for only these are replayed to an
SDK. What that recorder has no place for, times and the body as it came, is written as recexplore's own recorder does, into
``timing`` and ``wire``, where it would be lost without.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from recexplore.corpus import Recording
from recexplore.matching.generations import GENERATIONS
from recexplore.matching.ogx_hash import hash_of
from recexplore.matching.ogx_labels import labelled, ogx_label
from recexplore.matching.request import request_of
from recexplore.model.exchange import DONE_MARK, UNSEEN_ENDS, Exchange, Json
from recexplore.share.exports.conversion import conversions, numbered
from recexplore.share.exports.options import Options
from recexplore.share.exports.outcome import Outcome
from recexplore.share.exports.selection import Selection
from recexplore.share.exports.target import File
from recexplore.share.exports.wire_text import event_streams

__all__ = ["files"]

_SUFFIX: Final = ".json"
_NS: Final = 1e9
_EVENTS: Final = {"content-type": "text/event-stream"}
_LABEL: Final = "__type__"
_TAKEN: Final = frozenset({_LABEL, "request", "response", "body", "test_id", "timing", "wire"})
"""Names in a file that what another recorder noted must not take."""
_OTHER_KINDS: Final = ("request.tool_name", "request.api")
"""What is noted of a request that is no call of a model: all of it is the request."""


def files(selection: Selection, options: Options, outcome: Outcome) -> Iterator[File]:
    """A file for each recording."""

    def attempts(recording: Recording, exchange: Exchange) -> Iterator[bytes]:
        for document in _documents(recording, exchange, prefers_objects=options.lossy):
            yield json.dumps(document, indent=2).encode() + b"\n"

    made = conversions(selection, options, outcome, attempts, _SUFFIX)
    return numbered((_name(each.recording), _SUFFIX, each.data) for each in made)


def _name(recording: Recording) -> str:
    """The hash under which the recorder looks the request up; the recording's id where it has none."""
    return hash_of(request_of(recording), GENERATIONS[0]) or recording.id


def _documents(recording: Recording, exchange: Exchange, *, prefers_objects: bool) -> Iterator[dict[str, Json]]:
    beside = exchange.extra or {}
    label = _label(recording, beside)
    document: dict[str, Json] = {"test_id": exchange.test_id} if exchange.test_id is not None else {}
    document["request"] = _request(exchange, beside)
    response = {name.removeprefix("response."): value for name, value in beside.items() if name.startswith("response.")}
    others = {name: value for name, value in beside.items() if "." not in name and name not in _TAKEN}
    bodies = list(_bodies(exchange, label, prefers_objects=prefers_objects))
    timing = _timing(exchange)
    for more in [{}, {"timing": timing}] if timing else [{}]:
        for body in bodies:
            yield {**document, "response": {**body, **_status(exchange), **response}, **others, **more}
    if exchange.wire_format == "sse" and label is not None:
        objects = {"body": _objects(exchange, label), "is_streaming": True}
        for text in event_streams(exchange):
            wire = {**_given(status=exchange.status), "headers": _EVENTS, "lines": text.splitlines(keepends=True)}
            answered = {**objects, **_status(exchange), **response}
            yield {**document, "response": answered, **others, **({"timing": timing} if timing else {}), "wire": wire}


def _label(recording: Recording, beside: Mapping[str, Json]) -> str | None:
    if exchange_labels := beside.get(_LABEL):
        return str(exchange_labels[0])
    if recording.exchange.envelope == "llama-stack":
        return None
    return ogx_label(str(recording.facts["dialect"]), streaming=bool(recording.exchange.streaming))


def _request(exchange: Exchange, beside: Mapping[str, Json]) -> dict[str, Json]:
    noted = {name.removeprefix("request."): value for name, value in beside.items() if name.startswith("request.")}
    if not beside.keys().isdisjoint(_OTHER_KINDS):
        return {**exchange.request, **_given(provider=exchange.provider)}
    asked_for = exchange.request.get("model")
    model = exchange.model if exchange.model is not None else asked_for if isinstance(asked_for, str) else None
    metadata = noted.get("provider_metadata")
    is_told = isinstance(metadata, dict) and metadata.get("provider") == exchange.provider
    return {
        **_given(method=exchange.method, url=exchange.url),
        "headers": {},
        "body": exchange.request,
        **_given(endpoint=exchange.endpoint, model=model, provider=None if is_told else exchange.provider),
        **noted,
    }


def _bodies(exchange: Exchange, label: str | None, *, prefers_objects: bool) -> Iterator[dict[str, Json]]:
    """The answer in the forms that the recorder has for it."""
    chunks = exchange.chunks
    if not exchange.streaming:
        if len(chunks) <= 1:
            yield {**({"body": labelled(chunks[0], label)} if chunks else {}), "is_streaming": False}
        return
    objects = {"body": [labelled(chunk, label) for chunk in chunks], "is_streaming": True}
    if exchange.wire_format != "sse":
        yield objects
        return
    if prefers_objects and label is not None:
        yield {**objects, "body": _objects(exchange, label)}
        return
    for text in event_streams(exchange):
        yield {"body": text.removesuffix("\n").split("\n"), "is_streaming": True}


def _objects(exchange: Exchange, label: str) -> list[Json]:
    """The chunks as objects; the mark of the end is a thing of the wire, no object."""
    return [labelled(chunk, label) for chunk in exchange.chunks if chunk != DONE_MARK]


def _timing(exchange: Exchange) -> dict[str, Json]:
    """When each chunk came, where a recorder measured it, and how the exchange ended, where it saw that."""
    end = _given(end=exchange.ended)
    if end and exchange.ended not in ("complete", *UNSEEN_ENDS) and exchange.error is not None:
        _, is_told, error = exchange.error.partition(": ")
        end |= {"error": error} if is_told else {}
    if exchange.clock != "measured" or exchange.times_s is None:
        return end
    is_sent = exchange.t_zero == "request"
    zero_posix_s = exchange.wall_times[0] - exchange.times_s[0] if exchange.wall_times else None
    return {
        "clock": "monotonic",
        "unit": "ns",
        **({"zero": "request sent", "request_sent": 0} if is_sent else {"zero": "first chunk"}),
        **_given(zero_at=None if zero_posix_s is None else datetime.fromtimestamp(zero_posix_s, UTC).isoformat()),
        **_given(ended=None if exchange.ended_s is None else round(exchange.ended_s * _NS)),
        **end,
        "chunks": [None if math.isnan(t_s) else round(t_s * _NS) for t_s in exchange.times_s],
    }


def _status(exchange: Exchange) -> dict[str, Any]:
    is_error = exchange.is_exception
    return _given(status=exchange.status, is_exception=is_error, exception_message=exchange.error if is_error else None)


def _given(**values: Any) -> dict[str, Any]:
    """The values that there are."""
    return {name: value for name, value in values.items() if value is not None}
