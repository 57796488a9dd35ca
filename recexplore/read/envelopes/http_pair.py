"""One HTTP request and its answer as a JSON object, ``{"request": …, "response": …}``, as Datadog's test agent writes them.

Takes such an object, a list of them (alone or under ``recordings``) or one a line, gives one exchange for each. A request
has a URL, an answer has a status or headers; bodies are text, JSON, or base64, which the test agent marks with ``base64:``.
Headers may say that a body is compressed though it no longer is. In place of the answer's body there may be a list, in it or
beside it: of the pieces in which it was read from the wire, with the times they came at, or of chunks that are decoded. What
else stands in it is kept in ``extra``: so are the patterns by which a mapping of WireMock knows its requests. Sources of the
fields: https://github.com/DataDog/dd-apm-test-agent/blob/master/ddapm_test_agent/vcr_proxy.py and, of others that write this
shape, https://github.com/ericclemmons/node-recorder, https://wiremock.org/docs/stubbing/,
https://github.com/agentjido/req_llm/blob/main/test/support/transcript.ex and
https://github.com/mastra-ai/mastra/blob/main/packages/_llm-recorder/src/llm-recorder.ts.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from typing import Final, TypeGuard

from recexplore.model.exchange import Exchange, Json, Path, Problem
from recexplore.model.json_text import to_json_text
from recexplore.read.registry import known
from recexplore.read.wire.body import Body
from recexplore.read.wire.content import LOOKED_AT, Content
from recexplore.read.wire.http_exchange import Headers, fill_chunks, object_in, to_bytes
from recexplore.read.wire.http_message import has_body, others_in, read_request, read_response, status_of, url_of
from recexplore.read.wire.packed_text import from_base64
from recexplore.read.wire.pieces import fill_pieces
from recexplore.read.wire.records import first_records, items_at, read_items, read_records

__all__ = ["NAME", "read", "sniff"]

NAME: Final = "http-pair"

_PAIR: Final = ("request", "response")
_LIST: Final = "recordings"
_LISTS: Final = ("chunks", "events", "stream")
"""What recorders call the list that stands for an answer's body."""

_PACKED: Final = "b64"
_STAMP: Final = "t_us"
_LATEST: Final = 1e15
_DELAYS: Final = "chunkTimings"
_OTHER_EVENTS: Final = frozenset(["status", "headers", "done"])
"""Types of what ReqLLM's first fixtures list among the pieces."""


def sniff(content: Content) -> float:
    return 0.9 if any(map(_is_pair, _listed(content)[:LOOKED_AT] or first_records(content))) else 0.0


def _listed(content: Content) -> list[Json]:
    """The items of the list that some recorders put all pairs into; none where there is none."""
    return [] if content.is_lines or not content.looks_like_json else items_at(content.document, (_LIST,))


def _is_pair(value: Json) -> bool:
    request, response = (value.get("request"), value.get("response")) if isinstance(value, dict) else (None, None)
    if not isinstance(request, dict) or not isinstance(response, dict):
        return False
    is_answer = status_of(response) is not None or isinstance(response.get("headers"), dict | list)
    return isinstance(url_of(request), str) and is_answer


def read(content: Content) -> Iterator[Exchange | Problem]:
    if _listed(content):
        return read_items(content.document, (_LIST,), NAME, _fill, called="a recording")
    return read_records(content, NAME, _fill)


def _fill(exchange: Exchange, pair: dict[str, Json]) -> None:
    request, response = (object_in(exchange, pair, name) for name in _PAIR)
    listed = _list_in(pair, response)
    others = others_in(pair, _PAIR)
    for name, message in zip(_PAIR, (request, response), strict=True):
        others |= {f"{name}.{key}": value for key, value in others_in(message).items()}
    read_request(exchange, request)
    # So some of ReqLLM's first fixtures have it.
    if exchange.request.keys() == {"canonical_json"} and isinstance(inner := exchange.request["canonical_json"], dict):
        exchange.request = inner
    exchange.chunk_path = ("response",)
    if listed is None:
        read_response(exchange, response)
    else:
        exchange.chunk_path, items = listed
        others.pop(".".join(map(str, exchange.chunk_path)))
        _fill_from_list(exchange, response, items)
        if exchange.times_s is not None:
            others.pop(f"response.{_DELAYS}", None)
    exchange.extra = {**others, **(exchange.extra or {})} or None


def _list_in(pair: dict[str, Json], response: dict[str, Json]) -> tuple[Path, list[Json]] | None:
    """The list that stands for the answer's body, and the path to it; None where there is none, or a body."""
    places: tuple[tuple[Path, dict[str, Json]], ...] = ((), pair), (("response",), response)
    for path, holder in places:
        for name in _LISTS:
            items = holder.get(name)
            if isinstance(items, list) and any(map(_is_part, items[:LOOKED_AT])) and not has_body(response):
                return (*path, name), items
    return None


def _is_part(item: Json) -> bool:
    return _bytes_of(item) is not None or known().may_be_answer(item)


def _bytes_of(item: Json) -> bytes | None:
    """The bytes of a piece: it is text, or has them as base64; None where it is no piece."""
    if isinstance(item, str):
        return to_bytes(item)
    return from_base64(item.get(_PACKED)) if isinstance(item, dict) else None


def _fill_from_list(exchange: Exchange, response: dict[str, Json], items: list[Json]) -> None:
    status, pieces = (
        status_of(response),
        {at: data for at, item in enumerate(items) if (data := _bytes_of(item)) is not None},
    )
    if not pieces:
        fill_chunks(exchange, status, Body(items, streamed=True, is_list=True))
        return
    for at, item in enumerate(items):
        if at not in pieces and not (isinstance(item, dict) and item.get("type") in _OTHER_EVENTS):
            found = to_json_text(item)[:80]
            exchange.problems.append(Problem("a piece is not as recorded", "text, or base64", found, "left out"))
    stamps = _stamps_ms(exchange, response, items)
    inside = () if isinstance(items[next(iter(pieces))], str) else (_PACKED,)
    fill_pieces(
        exchange,
        status,
        Headers(response.get("headers")),
        list(pieces.values()),
        items=list(pieces),
        inside=inside,
        stamps_ms=[stamps[at] for at in pieces] if stamps else (),
    )


def _stamps_ms(exchange: Exchange, response: dict[str, Json], items: list[Json]) -> list[float | None]:
    """When each piece came, by the clock of the first; none where that was not noted."""
    delays = response.get(_DELAYS)
    if isinstance(delays, list) and len(delays) == len(items) and all(map(_is_number, delays)):
        return list(accumulate(delays))
    if delays:
        found = to_json_text(delays)[:80]
        exchange.problems.append(
            Problem(f"`{_DELAYS}` is not as recorded", f"{len(items)} numbers", found, "read without times")
        )
    stamps = [item.get(_STAMP) if isinstance(item, dict) else None for item in items]
    return [float(each) / 1e3 if _is_number(each) else None for each in stamps] if any(map(_is_number, stamps)) else []


def _is_number(value: Json) -> TypeGuard[float]:
    return type(value) in (int, float) and 0 <= value < _LATEST
