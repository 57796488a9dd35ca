"""A stream of server-sent events as chunks: one for each event, or for each document where several came as one event.

Takes bytes, or events that a recorder parsed, gives a `Body`. Never looks at what a provider meant.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from itertools import pairwise

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
    events, after = parse(pieces)
    body = Body(streamed=True, wire_format="sse")
    if not is_utf8(b"".join(pieces)):
        hint = "what could not be read is U+FFFD; the file has the bytes"
        body.problem("bytes that are not UTF-8", "UTF-8, as a stream of events is", "other bytes", hint)
    texts = text_names((event.name, event.data) for event in events)
    for event in _documents(events):
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
            begins[name] += 1 if data.lstrip()[:1] == "{" else -1
    return frozenset(name for name, n in begins.items() if n < 0)


@dataclass(slots=True)
class _Part(Event):
    """One of several documents that came as one event."""

    part: int = 0
    parts: int = 0


def _documents(events: Iterable[Event]) -> Iterator[Event]:
    """The events; one whose data lines are documents of their own, for want of blank lines between them, taken apart."""
    begin = 0
    for event in events:
        end = begin + event.size
        if event.lines and _are_documents(event):
            yield from _taken_apart(event, begin, end)
        else:
            yield event
        begin = end


def _are_documents(event: Event) -> bool:
    *others, last = (text for _, text, _ in event.lines)
    # The last one may be cut with the stream.
    return all(map(_is_document, others)) and (not event.is_whole or _is_document(last))


def _taken_apart(event: Event, begin: int, end: int) -> list[Event]:
    """One event for each data line of one that stands between two places of the stream."""
    n = len(event.lines)
    borders = [begin, *(at for _, _, at in event.lines[1:]), end]
    sizes = [after - before for before, after in pairwise(borders)]
    has_names = any(name for name, _, _ in event.lines)
    parts: list[Event] = [
        _Part(text, name if has_names else event.name, size=size, at=at, part=number, parts=n)
        for number, ((name, text, at), size) in enumerate(zip(event.lines, sizes, strict=True), 1)
    ]
    parts[0].before, parts[0].id, parts[0].retry = event.before, event.id, event.retry
    parts[-1].is_whole = event.is_whole
    return parts


def _is_document(text: str) -> bool:
    """Whether a data line is a JSON object, or the mark of the end, by itself."""
    if text == DONE_MARK:
        return True
    decoded = decode_json(text.encode("utf-8", "surrogatepass")) if text.startswith("{") else None
    return decoded is not None and decoded.readable and not (decoded.is_cut or decoded.has_more)


def _framing(event: Event) -> str | None:
    noted: dict[str, Json] = {"id": event.id, "retry": event.retry, "before": list(event.before) or None}
    if isinstance(event, _Part):
        noted |= {"part": event.part, "parts": event.parts}
    said = {name: value for name, value in noted.items() if value is not None}
    return to_json_text(said) if said else None


def _json(text: str | None) -> dict[str, Json]:
    return dict(decode_json(text.encode()).value) if text else {}
