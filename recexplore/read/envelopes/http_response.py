"""An HTTP answer alone, as tests keep it to give it again: ``{"status": 200, "headers": …, "body": …}``.

Takes such an object, a list of them or one a line, gives one exchange for each. Nothing is known of the request, except
where URL and method stand beside the answer. The status may be called ``statusCode`` or ``status_code``, the body
``content``, ``data`` or ``text``; it is text, JSON, or base64. Many projects write this by hand, in the terms of their
client: fetch (https://developer.mozilla.org/en-US/docs/Web/API/Response), httpx, axios, AWS Lambda.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from recexplore.model.exchange import Exchange, Json
from recexplore.read.registry import known
from recexplore.read.wire.content import Content
from recexplore.read.wire.http_exchange import fill_request
from recexplore.read.wire.http_message import BODY_NAMES, read_response, status_of, url_of
from recexplore.read.wire.records import first_records, read_records

__all__ = ["NAME", "read", "sniff"]

NAME: Final = "http-response"

_OTHERS: Final = frozenset({"request", "response", "scope"})
"""What says that the object is more than an answer."""

_STATUSES: Final = range(100, 600)


def sniff(content: Content) -> float:
    return max(map(_share, first_records(content)), default=0.0)


def _share(value: Json) -> float:
    if not isinstance(value, dict) or not _OTHERS.isdisjoint(value) or status_of(value) not in _STATUSES:
        return 0.0
    if isinstance(value.get("headers"), dict | list):
        return 0.0 if value.keys().isdisjoint(BODY_NAMES) else 0.9
    # Without headers it may be any record that has a status.
    return (0.6 if known().may_be_answer(value["body"]) else 0.15) if "body" in value else 0.0


def read(content: Content) -> Iterator[Exchange]:
    return read_records(content, NAME, _fill)


def _fill(exchange: Exchange, answer: dict[str, Json]) -> None:
    fill_request(exchange, answer.get("method"), url_of(answer), None)
    read_response(exchange, answer)
