"""VCR cassettes: recorded HTTP, several interactions a file, as YAML or JSON.

Takes a cassette, gives one exchange for each interaction. Layouts: vcrpy and pytest-recording (``interactions``, the
body under ``string`` or ``base64_string``), pydantic-ai's (``parsed_body``), go-vcr's (``body`` as text, ``code``) and
Ruby's (``http_interactions``). Bodies may be compressed, base64 or, of old, tagged ``!!python/unicode``. What cannot be
read as YAML, or asks for more than plain data, becomes a problem (`recexplore.read.wire.yaml_text`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from recexplore.model.exchange import Exchange, Json, Problem
from recexplore.read.wire.content import Content
from recexplore.read.wire.http_exchange import object_in
from recexplore.read.wire.http_message import BODY_NAMES, read_request, read_response
from recexplore.read.wire.json_text import Decoded
from recexplore.read.wire.records import read_items
from recexplore.read.wire.yaml_text import decode_yaml, readable_prefix

__all__ = ["NAME", "read", "sniff"]

NAME: Final = "vcr"

_LISTS: Final = ("interactions", "http_interactions")
_BEGINS_LIST: Final = re.compile(
    rb"^(?:\xef\xbb\xbf)?[\"']?(?:http_)?interactions[\"']?[ \t]*:|^\{[^{}]*interactions", re.MULTILINE
)
_HEAD: Final = 65_536
_LOOKED_AT: Final = 10


def sniff(content: Content) -> float:
    if content.looks_like_json:
        value = None if content.is_lines else content.document.value
        # Contracts between a consumer and a provider (Pact) have interactions, too.
        if not isinstance(value, dict) or "consumer" in value:
            return 0.0
        return float(any(_are_interactions(value.get(name)) for name in _LISTS))
    if _BEGINS_LIST.search(content.data, 0, _HEAD) is None:
        return 0.0
    document = content.once(_document)
    lists = [document.value[name] or [] for name in _LISTS if name in document.value]
    return 1.0 if document.damage or any(map(_are_interactions, lists)) else 0.0


def _are_interactions(value: Json) -> bool:
    """Whether a list is one of requests and answers; what is no object in it, or an empty one, is damage."""
    if not isinstance(value, list):
        return False
    objects = [each for each in value[:_LOOKED_AT] if isinstance(each, dict) and each]
    return not objects or any("request" in each or "response" in each for each in objects)


def read(content: Content) -> Iterator[Exchange | Problem]:
    document = content.once(_document)
    # A test that called nobody leaves an empty list, which is as it should be.
    name = next((name for name in _LISTS if isinstance(document.value.get(name), list)), _LISTS[0])
    return read_items(document, (name,), NAME, _fill, called="an interaction")


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
    for names in (_LISTS, ("response",), BODY_NAMES):
        if not isinstance(value, dict) or next(reversed(value), "") not in names:
            return False
        value = next(reversed(value.values()))
        value = value[-1] if isinstance(value, list) and value and names is _LISTS else value
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
