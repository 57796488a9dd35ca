"""VCR cassettes: recorded HTTP, several interactions a file, as YAML or JSON.

Takes a cassette, gives one exchange for each interaction. Layouts: vcrpy and pytest-recording (``interactions``, the
body under ``string`` or ``base64_string``), pydantic-ai's (``parsed_body``), go-vcr's (``body`` as text, ``code``),
Ruby's (``http_interactions``), and langchain-tests', which has ``requests`` and ``responses`` in two lists
(https://github.com/langchain-ai/langchain/blob/master/libs/standard-tests/langchain_tests/conftest.py). Bodies may be
compressed, base64 or, of old, tagged ``!!python/unicode``. What cannot be read as YAML, or asks for more than plain data,
becomes a problem (`recexplore.read.wire.yaml_text`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from recexplore.model.exchange import Exchange, Json, Problem
from recexplore.read.wire.content import Content
from recexplore.read.wire.http_exchange import note_damage, object_in
from recexplore.read.wire.http_message import BODY_NAMES, read_request, read_response
from recexplore.read.wire.json_text import Decoded
from recexplore.read.wire.records import items_at, read_items
from recexplore.read.wire.yaml_text import decode_yaml, readable_prefix

__all__ = ["NAME", "read", "sniff"]

NAME: Final = "vcr"

_LISTS: Final = ("interactions", "http_interactions")
_REQUESTS: Final = "requests"
_RESPONSES: Final = "responses"
_WHOLE_REQUEST: Final = frozenset({"method", "uri", "body", "headers"})
_BEGINS_LIST: Final = re.compile(
    rb"^(?:\xef\xbb\xbf)?[\"']?(?:(?:http_)?interactions|(?P<parted>requests))[\"']?[ \t]*:|^\{[^{}]*interactions",
    re.MULTILINE,
)
_HEAD: Final = 65_536
_LOOKED_AT: Final = 10


def sniff(content: Content) -> float:
    if content.looks_like_json:
        value = None if content.is_lines else content.document.value
        # Contracts between a consumer and a provider (Pact) have interactions, too.
        if not isinstance(value, dict) or "consumer" in value:
            return 0.0
        return float(any(_are_interactions(value.get(name)) for name in _LISTS) or _is_parted(value))
    begin = _BEGINS_LIST.search(content.data, 0, _HEAD)
    if begin is None:
        return 0.0
    document = content.once(_document)
    if begin["parted"]:
        is_refused = not document.value and b"\nresponses:" in content.data
        return float(is_refused or _is_parted(document.value))
    lists = [document.value[name] or [] for name in _LISTS if name in document.value]
    return 1.0 if document.damage or any(map(_are_interactions, lists)) else 0.0


def _are_interactions(value: Json) -> bool:
    """Whether a list is one of requests and answers; what is no object in it, or an empty one, is damage."""
    if not isinstance(value, list):
        return False
    objects = [each for each in value[:_LOOKED_AT] if isinstance(each, dict) and each]
    return not objects or any("request" in each or "response" in each for each in objects)


def _is_parted(cassette: dict[str, Json]) -> bool:
    """Whether requests and answers stand in a list each; where the second is missing, the file breaks off before it."""
    requests, responses = cassette.get(_REQUESTS), cassette.get(_RESPONSES)
    if not isinstance(requests, list):
        return False
    if responses is None:
        return bool(requests) and isinstance(requests[0], dict) and requests[0].keys() >= _WHOLE_REQUEST
    if not isinstance(responses, list):
        return False
    sides = ((requests, ("uri", "url")), (responses, ("status", "body")))
    known = [any(name in each for name in names) for items, names in sides for each in items if isinstance(each, dict)]
    return all(known) and (bool(known) or not (requests or responses))


def read(content: Content) -> Iterator[Exchange | Problem]:
    document = content.once(_document)
    if _is_parted(document.value):
        return _read_parted(document)
    # A test that called nobody leaves an empty list, which is as it should be.
    name = next((name for name in _LISTS if isinstance(document.value.get(name), list)), _LISTS[0])
    return read_items(document, (name,), NAME, _fill, called="an interaction")


def _read_parted(document: Decoded) -> Iterator[Exchange | Problem]:
    """The exchanges of a cassette with two lists: those that stand at the same place of each belong together."""
    requests, responses = (items_at(document, (name,)) for name in (_REQUESTS, _RESPONSES))
    n, last = max(len(requests), len(responses)), max(0, len(responses or requests) - 1)
    if not n:
        yield from document.damage
    for number in range(n):
        place = _RESPONSES if number < len(responses) else _REQUESTS
        exchange = Exchange(NAME, number=number, path=(place, number), lone_surrogates=document.lone_surrogates)
        pair = {"request": requests, "response": responses}
        _fill(exchange, {name: items[number] if number < len(items) else {} for name, items in pair.items()})
        if number >= min(len(requests), len(responses)) and not document.is_cut:
            what = "a request has no answer" if place == _REQUESTS else "an answer has no request"
            found = f"{len(requests)} requests, {len(responses)} responses"
            exchange.problems.append(Problem(what, "as many responses as requests", found, "read without it"))
        exchange.chunk_path = exchange.chunk_path[1:]
        note_damage(exchange, document.damage, is_cut=document.is_cut, is_last=number == last)
        yield exchange


def _document(content: Content) -> Decoded:
    """The cassette; empty where it cannot be read."""
    if content.looks_like_json:
        return content.document
    value, problem = decode_yaml(content.data)
    if problem is None or value is not None:
        cassette, damage = value if isinstance(value, dict) else {}, (problem,) if problem else ()
        is_cut = not content.data.endswith(b"\n") and _ends_in_body(cassette)
        return Decoded(cassette, is_cut=is_cut, damage=(*damage, *((_no_line_end(),) if is_cut else ())))
    prefix = readable_prefix(content.data)
    is_cut = isinstance(prefix, dict)
    return Decoded(prefix if is_cut else {}, is_cut=is_cut, damage=(problem,))


def _ends_in_body(cassette: dict[str, Json]) -> bool:
    """Whether nothing follows the last answer's body: every recorder writes something behind it."""
    value: Json = cassette
    lists = (*_LISTS, _RESPONSES)
    for names in (lists, BODY_NAMES) if _RESPONSES in cassette else (lists, ("response",), BODY_NAMES):
        if not isinstance(value, dict) or next(reversed(value), "") not in names:
            return False
        value = next(reversed(value.values()))
        value = value[-1] if isinstance(value, list) and value and names is lists else value
    return True


def _no_line_end() -> Problem:
    hint = "the last value may be cut; record it again"
    return Problem("the file breaks off", "the end of a line", "a body that ends with the file", hint)


def _fill(exchange: Exchange, interaction: dict[str, Json]) -> None:
    request, response = (object_in(exchange, interaction, name) for name in ("request", "response"))
    read_request(exchange, request)
    exchange.chunk_path = ("response",)
    read_response(exchange, response)
    if isinstance(interaction.get("recorded_at"), str):
        exchange.extra = {**(exchange.extra or {}), "recorded_at": interaction["recorded_at"]}
