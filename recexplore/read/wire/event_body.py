"""A stream of server-sent events as chunks: one for each event, or for each document where several came as one event.

Takes bytes, or events that a recorder parsed, gives a `Body`. Never looks at what a provider meant.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Final

from recexplore.model.exchange import DONE_MARK, Json
from recexplore.model.json_text import to_json_text
from recexplore.read.wire.body import Body
from recexplore.read.wire.json_text import decode_json
from recexplore.read.wire.packed_text import is_utf8
from recexplore.read.wire.sse import Event, parse

__all__ = ["add_event", "read_events", "text_names"]


def read_events(data: bytes | Iterable[bytes]) -> Body:
    """One chunk for each server-sent event; its JSON, or its text where it is none or where its name brings text."""
    pieces = [data] if isinstance(data, bytes) else list(data)
    whole = b"".join(pieces)
    events, after = parse(pieces)
    body = Body(streamed=True, wire_format="sse")
    if not is_utf8(whole):
        hint = "what could not be read is U+FFFD; the file has the bytes"
        body.problem("bytes that are not UTF-8", "UTF-8, as a stream of events is", "other bytes", hint)
    texts = text_names((event.name, event.data) for event in events)
    # Lines of JSON by themselves are no stream of events.
    after_last, rest = _outside(after, sum(event.size for event in events), whole)
    if events or len(after_last) > sum(line.startswith("{") for line in after):
        after = rest
    else:
        after_last = []
    for event in [*_documents(events, whole), *after_last]:
        if not event.is_whole:
            body.damage = "unterminated"
        add_event(body, event, texts, size=event.size, at=event.at)
    if after and not body.chunks:
        found = " / ".join(after)[:80]
        body.problem("the stream of events holds no event", "an event with data", found, "record it again")
    elif after:
        noted = {**_json(body.framing[-1]), "after": list(after)}
        body.framing[-1] = to_json_text(noted)
    return body


def add_event(body: Body, event: Event, texts: Set[str], *, size: int | None = None, at: int | None = None) -> None:
    """One more chunk: what an event brings, which is its text where its name is one of those that bring text.

    Where somebody else parsed the stream, nobody knows how many bytes the event took, nor where they stood.
    """
    chunk: Json = event.data
    if event.name not in texts:
        data = event.data.encode("utf-8", "surrogatepass")
        chunk = body.decode(data, "an event's data", may_be_cut=not event.is_whole)
    body.add(chunk, name=event.name or None, framing=_framing(event), size=size, at=at)


def text_names(events: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Names under which events bring plain text, of pairs of name and data: most of it does not begin as an object does.

    Text is kept as it came: a piece of it may look like JSON (``12``, ``"yes"``, ``[]``) and mean the characters. Events
    without a name, and `[DONE]`, tell nothing.
    """
    begins = Counter[str]()
    for name, data in events:
        if name and data != DONE_MARK:
            begins[name] += 1 if _BEGINS_OBJECT.match(data) else -1
    return frozenset(name for name, n in begins.items() if n < 0)


_BEGINS_OBJECT: Final = re.compile(r"\s*(?:data:\s*)*\{")
"""How data begins that is an object, be it framed twice."""


@dataclass(slots=True)
class _Part(Event):
    """A document that did not come as an event of its own.

    Attributes
    ----------
    part, parts
        Which of several documents it is that came as one event.
    prefix
        What stands before it in its data: the name of the field once more.
    outside
        Whether it stands outside any data line.
    """

    part: int = 1
    parts: int = 1
    prefix: str = ""
    outside: bool = False


def _documents(events: Iterable[Event], data: bytes) -> Iterator[Event]:
    """The events; one that holds several documents taken apart, and documents that stand before one given by themselves."""
    begin = 0
    for event in events:
        end = begin + event.size
        if event.before:
            loose, event.before = _outside(event.before, begin, data)
            yield from loose
            begin += sum(each.size for each in loose)
            event.size = end - begin
        if not event.lines and not (event.data.startswith(("{", _FIELD)) and _SUSPICIOUS.search(event.data)):
            yield event
            begin = end
            continue
        lines = event.lines or (("", event.data, event.at),)
        pieces = [piece for line in lines for piece in _pieces(*line)]
        if any(piece.prefix for piece in pieces):  # so are the other fields of what was framed already
            pieces = [piece for piece in pieces if not _OTHER_FIELD.match(piece.data)]
        if len(pieces) == 1 and pieces[0].prefix:
            pieces[0].name, pieces[0].before, pieces[0].size = event.name, event.before, event.size
            pieces[0].id, pieces[0].retry, pieces[0].is_whole = event.id, event.retry, event.is_whole
            yield pieces[0]
        elif len(pieces) > 1 and _are_documents(event, pieces):
            yield from _taken_apart(event, pieces, begin, end)
        else:
            yield event
        begin = end


def _are_documents(event: Event, pieces: Sequence[Event]) -> bool:
    """Whether what came as one event are documents by themselves: all of them, or some beside others that are broken."""
    *others, last = (piece.data for piece in pieces)
    # The last one may be cut with the stream.
    if all(map(_is_document, others)) and (not event.is_whole or _is_document(last)):
        return True
    return (
        all(piece.data.startswith(("{", DONE_MARK)) for piece in pieces)
        and any(_is_document(piece.data) and piece.data.startswith("{") for piece in pieces)
        and not _is_document(event.data)
    )


def _taken_apart(event: Event, pieces: Sequence[_Part], begin: int, end: int) -> Sequence[Event]:
    """One event for each document of one that stands between two places of the stream."""
    borders = [begin, *(piece.at for piece in pieces[1:]), end]
    has_names = any(piece.name for piece in pieces)
    for number, (piece, (before, after)) in enumerate(zip(pieces, pairwise(borders), strict=True), 1):
        piece.name = piece.name if has_names else event.name
        piece.size, piece.part, piece.parts = after - before, number, len(pieces)
    pieces[0].before, pieces[0].id, pieces[0].retry = event.before, event.id, event.retry
    pieces[-1].is_whole = event.is_whole
    return pieces


_FIELD: Final = "data:"
_SUSPICIOUS: Final = re.compile(r"data:|\}\s*(?:\{|(?:event|id|retry):)|\}\s*\[DONE\]\s*$")
"""What stands between two documents on one line; where it stands in a string, the line is one document."""


_FIELDS: Final = re.compile(_FIELD)
_MOST_FIELDS: Final = 16
"""How often the name of the field may stand in the strings of a document that breaks off."""
_OTHER_FIELD: Final = re.compile(r"(?:event|id|retry):[^{}]*\Z")
"""What the next event begins with, where it stands behind a document on its line."""


def _pieces(name: str, line: str, at: int) -> list[_Part]:
    """The documents of one line of data, one behind the other, and what is broken before them; the line itself where it is
    one."""
    if not line.startswith(("{", _FIELD)) or not _SUSPICIOUS.search(line) or _is_document(line):
        return [_Part(line, name, at=at)]
    found: list[_Part] = []
    start = 0
    while start < len(line):
        begin = _behind_blanks(line, start)
        while line.startswith(_FIELD, begin):
            begin = _behind_blanks(line, begin + len(_FIELD))
        if found and _OTHER_FIELD.match(line, begin):
            break
        end = _end_of_document(line, begin)
        if end is None:
            # A document that breaks off: the next one begins where the name of the field stands.
            fields = islice(_FIELDS.finditer(line, begin + 1), _MOST_FIELDS)
            end = next((each.start() for each in fields if _end_of_document(line, each.end())), len(line))
        if begin < end:
            prefix = line[start:begin] if not found else ""
            found.append(_Part(line[begin:end], name, at=at + len(line[:begin].encode()), prefix=prefix))
        start = max(end, begin)
    if any(_is_document(piece.data) for piece in found):
        found[0].at = at
        return found
    return [_Part(line, name, at=at)]


def _end_of_document(line: str, begin: int) -> int | None:
    """Where the object, or the mark of the end, that begins at a place ends; None where none does."""
    begin = _behind_blanks(line, begin)
    if line.startswith(DONE_MARK, begin):
        return begin + len(DONE_MARK)
    if not line.startswith("{", begin):
        return None
    try:
        return _DECODER.raw_decode(line, begin)[1]
    except (ValueError, RecursionError):
        return None


def _behind_blanks(line: str, begin: int) -> int:
    found = _BLANKS.match(line, begin)
    return begin if found is None else found.end()


_DECODER: Final = json.JSONDecoder()
_BLANKS: Final = re.compile(r"\s*")


def _outside(lines: Sequence[str], begin: int, data: bytes) -> tuple[list[_Part], tuple[str, ...]]:
    """The documents among lines that belong to no event, with what follows them on their line; and the other lines."""
    found: list[_Part] = []
    others: list[str] = []
    for line in lines:
        pieces = _pieces("", line, 0) if line.startswith("{") else []
        if not pieces or not _is_document(pieces[0].data):
            others.append(line)
            continue
        at = max(begin, data.find(line.encode("utf-8", "surrogatepass"), begin))
        stop = data.find(b"\n", at)
        stop = len(data) if stop < 0 else stop + 1
        for piece in pieces:
            piece.at, piece.size, piece.outside = at, 0, True
        pieces[0].size = stop - begin
        found += pieces
        begin = stop
    return found, tuple(others)


def _is_document(text: str) -> bool:
    """Whether a data line is a JSON object, or the mark of the end, by itself."""
    if text == DONE_MARK:
        return True
    decoded = decode_json(text.encode("utf-8", "surrogatepass")) if text.startswith("{") else None
    return decoded is not None and decoded.readable and not (decoded.is_cut or decoded.has_more)


def _framing(event: Event) -> str | None:
    noted: dict[str, Json] = {"id": event.id, "retry": event.retry, "before": list(event.before) or None}
    if isinstance(event, _Part):
        if event.parts > 1:
            noted |= {"part": event.part, "parts": event.parts}
        noted |= {"prefix": event.prefix or None, "outside": event.outside or None}
    said = {name: value for name, value in noted.items() if value is not None}
    return to_json_text(said) if said else None


def _json(text: str | None) -> dict[str, Json]:
    return dict(decode_json(text.encode()).value) if text else {}
