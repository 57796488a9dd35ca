"""The text of a stream as it came over the wire, made again of its chunks.

Takes an exchange, gives the text of its server-sent events. What stood around the data (names, ids, comments) comes from
where it was noted. How JSON was spaced and escaped nobody notes: `styles_of` are the usual ways, and the sizes of the events
tell which it was.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeAlias

import orjson

from recexplore.model.exchange import Exchange, Json

__all__ = ["JsonStyle", "event_stream", "event_streams", "json_text", "styles_of"]

JsonStyle: TypeAlias = Callable[[Json], str]


def _styled(separators: tuple[str, str], ensure_ascii: bool) -> JsonStyle:
    def write(value: Json) -> str:
        text = json.dumps(value, ensure_ascii=ensure_ascii, separators=separators)
        if not ensure_ascii and not text.isascii():
            try:
                text.encode()
            except UnicodeEncodeError:  # half a character can only stand there escaped
                return json.dumps(value, separators=separators)
        return text

    return write


JSON_STYLES: Final[tuple[JsonStyle, ...]] = tuple(
    _styled(separators, ensure_ascii) for ensure_ascii in (False, True) for separators in ((",", ":"), (", ", ": "))
)
"""Compact, as most servers write JSON, or with blanks; as it is, or with all but ASCII escaped."""

json_text: Final = JSON_STYLES[0]
_LINE_ENDS: Final = ("\n", "\r\n")
_FIELDS: Final = ("data", "event", "id", "retry")


def event_streams(exchange: Exchange, names: Sequence[str | None] | None = None) -> list[str]:
    """The text in every usual style, the one first that is as long as what came; in one style alone where nobody noted
    sizes."""
    sizes = exchange.wire.get("bytes")
    if not sizes:
        return [event_stream(exchange, names=names)]
    texts = [
        event_stream(exchange, style, end, names, spaces_comments=spaces_comments)
        for spaces_comments in (False, True)
        for end in _LINE_ENDS
        for style in JSON_STYLES
    ]
    length = sum(size or 0 for size in sizes)
    return sorted(dict.fromkeys(texts), key=lambda text: abs(len(text.encode()) - length))


def styles_of(exchange: Exchange) -> Sequence[JsonStyle]:
    """The ways in which its JSON may have been written; one alone where nobody noted sizes by which they could be told."""
    return JSON_STYLES if exchange.wire.get("bytes") else JSON_STYLES[:1]


def event_stream(
    exchange: Exchange,
    style: JsonStyle = json_text,
    end: str = "\n",
    names: Sequence[str | None] | None = None,
    *,
    spaces_comments: bool = False,
) -> str:
    """The chunks as server-sent events.

    Parameters
    ----------
    style
        How JSON is written.
    end
        What ends a line.
    names
        The names of the events, where nobody noted any.
    spaces_comments
        Whether a blank line follows a comment.
    """
    wire = exchange.wire
    chunks = exchange.chunks
    named = wire.get("event") or list(names or [None] * len(chunks))
    framing = [json.loads(each) if each else {} for each in wire.get("framing") or [None] * len(chunks)]
    texts = _text_names(named, chunks)
    lines: list[str] = []
    for number, (chunk, name, frame) in enumerate(zip(chunks, named, framing, strict=True)):
        data = _data(chunk, style, is_text=name in texts)
        part, parts = frame.get("part", 1), frame.get("parts", 1)
        if frame.get("outside"):
            lines += [*frame.get("before", ()), data]
            continue
        lines += _before(frame.get("before", ()), spaces_comments)
        lines += [f"id: {frame['id']}"] if "id" in frame else []
        lines += [f"retry: {frame['retry']}"] if "retry" in frame else []
        if name is not None and (part == 1 or name != named[number - 1]):
            lines.append(f"event: {name}")
        lines += [f"data: {frame.get('prefix', '')}{line}" for line in data.split("\n")]
        is_broken_off = number == exchange.damaged_chunk and exchange.damage == "unterminated"
        lines += [] if is_broken_off or part < parts else [""]
        lines += frame.get("after", ())
    return end.join([*lines, ""])


def _text_names(names: Sequence[str | None], chunks: Sequence[Json]) -> set[str]:
    """The names of events that bring text and no JSON."""
    named = {name for name in names if name}
    return named - {name for name, chunk in zip(names, chunks, strict=True) if name and not isinstance(chunk, str)}


def _data(chunk: Json, style: JsonStyle, *, is_text: bool) -> str:
    """The data of an event; a text stands for itself, unless it would be read as JSON."""
    if not isinstance(chunk, str):
        return style(chunk)
    try:
        return chunk if is_text or orjson.loads(chunk) == chunk else style(chunk)
    except orjson.JSONDecodeError:
        return chunk


def _before(lines: Sequence[str], spaces_comments: bool) -> Iterator[str]:
    """Lines that belong to no event: a block without data ends with a blank line, a comment may stand anywhere."""
    is_open = False
    for line in lines:
        is_field = line.partition(":")[0] in _FIELDS
        if is_open and not is_field:
            yield ""
        yield line
        is_open = is_field or spaces_comments
    if is_open:
        yield ""
