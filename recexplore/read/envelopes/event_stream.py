"""A stream as it came: server-sent events or lines of JSON, saved as they are (``curl -N … > answer.sse``), or as a JSON
list of its pieces (``json.dump(list(response.iter_lines()), file)``).

Takes the text of an answer, gives one exchange; of several answers, one behind the other, one each. Nothing but the answers
is known: no request, no time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Final

from recexplore.model.exchange import DONE_MARK, Exchange, Json
from recexplore.read.registry import known
from recexplore.read.wire.content import Content
from recexplore.read.wire.event_body import read_events
from recexplore.read.wire.http_exchange import note_damage
from recexplore.read.wire.json_text import decode_json
from recexplore.read.wire.line_body import are_coded_lines, read_lines
from recexplore.read.wire.sse import looks_like_events
from recexplore.read.wire.stream_text import documents_as_lines, joined_pieces

__all__ = ["NAME", "read", "sniff"]

NAME: Final = "event-stream"

_LOOKED_AT: Final = 50
_SUFFIXES: Final = (".sse",)
_HEAD: Final = 1 << 16
_TELLING_DATA: Final = re.compile(
    rb"""^(?:data: ?(?:\{"|\[\{|\[DONE\]|[0-9a-z]:[{\["])|event: ?[^\r\n]+\r?\n(?:id: ?[^\r\n]*\r?\n)?data:)""",
    re.MULTILINE,
)
"""A line of data that holds JSON or the mark of the end, or one right behind the event's name."""
_BEFORE_EVENTS: Final = re.compile(rb"\s*\{[^\r\n]*\}\s*data: ?(?:\[DONE\]|\{)")
"""A line of JSON, and events behind it."""
_BLANK_LINES: Final = re.compile(rb"(?:\xef\xbb\xbf)?[\r\n]*")


def sniff(content: Content) -> float:
    if content.is_lines:
        return _of_lines(content.first_lines(_LOOKED_AT))
    if content.looks_like_json:
        is_before_events = content.document.has_more and _BEFORE_EVENTS.match(content.data) is not None
        if is_before_events and known().may_be_answer(content.document.value):
            return 0.9
        text = content.once(documents_as_lines) or content.once(joined_pieces) or b""
        lines = text.split(b"\n", _LOOKED_AT)[:_LOOKED_AT]
        return 0.5 if looks_like_events(text) and _TELLING_DATA.search(text, 0, _HEAD) else _of_lines(lines)
    if are_coded_lines(content.data):
        return 0.5
    if content.name.lower().endswith(_SUFFIXES):
        return 0.9
    # A mapping of YAML may begin with a word that is a field of events.
    if content.name.lower().endswith((".yaml", ".yml")) or not looks_like_events(content.data):
        return 0.0
    if _TELLING_DATA.search(content.data, 0, _HEAD):
        return 0.5
    return 0.1  # and so may prose


def _of_lines(lines: Iterable[bytes]) -> float:
    return 0.5 if any(known().may_be_answer(decode_json(line).value) for line in lines if line.strip()) else 0.0


def read(content: Content) -> Iterator[Exchange]:
    is_document = content.looks_like_json and not content.is_lines
    lines = content.once(documents_as_lines) if is_document else content.data if content.is_lines else None
    if lines is not None:
        yield from _answers(lines, is_lines=True)
        return
    pieces = content.once(joined_pieces) if is_document else None
    if pieces is None:
        yield from _answers(content.data, is_lines=are_coded_lines(content.data))
        return
    is_lines = are_coded_lines(pieces) or not looks_like_events(pieces)
    exchanges, document = list(_answers(pieces, is_lines=is_lines)), content.document
    for exchange in exchanges:
        exchange.path, exchange.offsets = (), None
        damage = [replace(each, chunk=max(0, len(exchange.chunks) - 1)) for each in document.damage]
        note_damage(exchange, damage, is_cut=document.is_cut, is_last=exchange is exchanges[-1])
        yield exchange


def _answers(data: bytes, *, is_lines: bool) -> Iterator[Exchange]:
    body = (read_lines if is_lines else read_events)(data)
    end, exchanges, borders = 0, list[Exchange](), list[int]()
    for number, part in enumerate(body.cut(known().last_chunks(body.chunks))):
        exchange = Exchange(NAME, number=number, streaming=len(part.chunks) != 1 or not _ends(part.chunks[0]))
        part.fill(exchange)
        # A line of JSON begins its exchange; an event may have a name and comments before its data.
        begins = exchange.offsets if is_lines else None
        exchange.path = begins[0] if begins else _behind_blank_lines(data, end)
        exchanges.append(exchange)
        borders.append(begins[0] if number and begins else end)
        end += sum(exchange.wire.get("bytes", []))
    for exchange, (begin, end) in zip(exchanges, pairwise([*borders, len(data)]), strict=True):
        exchange.body = data[begin:end]
        yield exchange


def _behind_blank_lines(data: bytes, offset: int) -> int:
    found = _BLANK_LINES.match(data, offset)
    return found.end() if found is not None else offset


def _ends(chunk: Json) -> bool:
    """Whether nothing can follow in the same answer, except the mark of the wire."""
    return bool(chunk == DONE_MARK) or known().ends_answer(chunk)
