"""One HTTP request and its answer as a JSON object, ``{"request": …, "response": …}``, as Datadog's test agent writes them.

Takes such an object, a list of them or one a line, gives one exchange for each. A request has a URL, an answer has a
status or headers; bodies are text, JSON, or base64, which the test agent marks with ``base64:``. Headers may say that a
body is compressed though it no longer is. What else stands in it is kept in ``extra``: so are the patterns by which a
mapping of WireMock knows its requests. Sources of the fields:
https://github.com/DataDog/dd-apm-test-agent/blob/master/ddapm_test_agent/vcr_proxy.py and, of others that write this
shape, https://github.com/ericclemmons/node-recorder, https://wiremock.org/docs/stubbing/.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from recexplore.model.exchange import Exchange, Json
from recexplore.read.wire.content import Content
from recexplore.read.wire.http_exchange import object_in
from recexplore.read.wire.http_message import others_in, read_request, read_response, status_of, url_of
from recexplore.read.wire.records import first_records, read_records

__all__ = ["NAME", "read", "sniff"]

NAME: Final = "http-pair"

_PAIR: Final = ("request", "response")


def sniff(content: Content) -> float:
    return 0.9 if any(map(_is_pair, first_records(content))) else 0.0


def _is_pair(value: Json) -> bool:
    request, response = (value.get("request"), value.get("response")) if isinstance(value, dict) else (None, None)
    if not isinstance(request, dict) or not isinstance(response, dict):
        return False
    is_answer = status_of(response) is not None or isinstance(response.get("headers"), dict | list)
    return isinstance(url_of(request), str) and is_answer


def read(content: Content) -> Iterator[Exchange]:
    return read_records(content, NAME, _fill)


def _fill(exchange: Exchange, pair: dict[str, Json]) -> None:
    request, response = (object_in(exchange, pair, name) for name in _PAIR)
    others = others_in(pair, _PAIR)
    for name, message in zip(_PAIR, (request, response), strict=True):
        others |= {f"{name}.{key}": value for key, value in others_in(message).items()}
    exchange.extra = others or None
    read_request(exchange, request)
    exchange.chunk_path = ("response",)
    read_response(exchange, response)
