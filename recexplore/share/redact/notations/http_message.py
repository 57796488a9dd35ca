"""One HTTP message as it was written to the wire: first line, header fields, a body that may come in chunks.

Takes its bytes, gives a holder of them as Latin-1 text. The chunks of a body stay cut where they were; what stands beside
them, extensions and fields behind the last one, is replaced as header fields are.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from recexplore.read.wire.raw_message import head_end, parse_message
from recexplore.share.redact.fields import Kind, kind_of
from recexplore.share.redact.notations.bodies import inside, inside_packed
from recexplore.share.redact.notations.packing import unpacked_bytes
from recexplore.share.redact.notations.pieces import Holder, Slot, Spliced
from recexplore.share.redact.walk import Walk

__all__ = ["http_message"]

_REQUEST: Final = re.compile(r"(?P<method>[A-Z]+) (?P<url>\S+) HTTP/[\d.]+")
_ANSWER: Final = re.compile(r"HTTP/[\d.]+ \d{3}(?: (?P<reason>.*))?")
_LINE: Final = re.compile(r"[^\r\n]+")
_FIELD: Final = re.compile(r"(?P<name>[^\s:]+):[ \t]*(?P<value>.*)")
_LENGTH: Final = re.compile(r"(?mi)^(content-length:[ \t]*)(\d{1,12})")
_SIZE: Final = re.compile(r"[ \t]*[0-9a-fA-F]+[ \t]*(?:;(?P<extension>.*))?")


@dataclass(slots=True, eq=False)
class _Message:
    """A message: its head, its body, and what stands before each piece of that and behind the last one."""

    text: str
    head: Spliced
    body: Holder | None
    framing: list[Spliced]
    begins: list[int]
    """Where in the body each piece begins."""
    is_chunked: bool

    def render(self) -> str:
        head = self.head.render()
        framing = [each.render() for each in self.framing]
        if self.body is None:
            return head + "".join(framing)
        old = self.body.text.encode("utf-8", "surrogateescape")
        new = self.body.render().encode("utf-8", "surrogateescape")
        said = new.decode("latin-1")
        if self.is_chunked and len(new) != len(old):
            return f"{head}{len(new):x}\r\n{said}{framing[-1]}"
        if len(new) != len(old):
            head = _LENGTH.sub(lambda found: f"{found[1]}{int(found[2]) + len(new) - len(old)}", head)
        ends = [*self.begins[1:], len(said)]
        cuts = zip(self.begins, ends, strict=True)
        return (
            head
            + "".join(before + said[begin:end] for before, (begin, end) in zip(framing[:-1], cuts, strict=True))
            + framing[-1]
        )


@dataclass(slots=True, eq=False)
class _Compressed:
    """A body that is no text as it stands, as UTF-8 with escapes for what is none."""

    text: str
    inside: Holder
    pack: Callable[[str], str]

    def render(self) -> str:
        new = self.inside.render()
        if new == self.inside.text:
            return self.text
        return self.pack(new).encode("latin-1").decode("utf-8", "surrogateescape")


def http_message(walk: Walk, data: bytes, offset: int) -> Holder:
    """A message, which begins at a place of the file."""
    end, slot = head_end(data, 0, len(data)), ("http", offset)
    text = data.decode("latin-1")
    message = parse_message(data)
    body = _body(walk, message.body, (*slot, "body"), offset) if message.body else None
    begins, places = list(message.pieces[0]), list(message.pieces[1])
    ends = [end, *(at + size for at, size in zip(places, _sizes(begins, len(message.body)), strict=False))]
    is_chunked = message.headers.get("transfer-encoding").lower().endswith("chunked") and message.misfit is None
    between = [(ends[number], at) for number, at in enumerate(places[: len(ends) - 1])]
    framing = [_framing(walk, text[start:stop], slot, offset) for start, stop in [*between, (ends[-1], len(text))]]
    return _Message(text, _head(walk, text[:end], slot, offset), body, framing, begins, is_chunked)


def _sizes(begins: list[int], length: int) -> list[int]:
    return [end - begin for begin, end in pairwise([*begins, length])]


def _head(walk: Walk, text: str, slot: Slot, offset: int) -> Spliced:
    """First line and header fields."""
    held = Spliced(text)
    first = _LINE.match(text)
    start = first.end() if first is not None else 0
    if first is not None:
        if (asked := _REQUEST.fullmatch(first[0])) is not None:
            held.parts.append((*asked.span("url"), walk.piece(asked["url"], Kind.URL, "url", slot, offset)))
        elif (answered := _ANSWER.fullmatch(first[0])) is None:
            held.parts.append((0, start, walk.piece(first[0], Kind.TEXT, "first line", (*slot, "line"), offset)))
        elif answered["reason"]:
            kind = kind_of("statusText", answered["reason"])
            piece = walk.piece(answered["reason"], kind, "statusText", (*slot, "line"), offset)
            held.parts.append((*answered.span("reason"), piece))
    held.parts += _fields(walk, text, start, slot, offset)
    return held


def _fields(walk: Walk, text: str, at: int, slot: Slot, offset: int) -> list[tuple[int, int, Holder]]:
    """Header fields from a place on; a line that is none goes on with the field before it."""
    parts: list[tuple[int, int, Holder]] = []
    name = ""
    for line in _LINE.finditer(text, at):
        found = _FIELD.fullmatch(line[0])
        name = found["name"] if found is not None else name if line[0][0] in " \t" else ""
        said = (found["value"] if found is not None else line[0].lstrip()).rstrip()
        if said:
            start = line.start() + (found.start("value") if found is not None else line[0].index(said))
            parts.append((start, start + len(said), walk.header(name, said, slot, offset)))
    return parts


def _framing(walk: Walk, text: str, slot: Slot, offset: int) -> Spliced:
    """What stands between two chunks, or behind the last one: a size with an extension, and at the end fields."""
    held = Spliced(text)
    size = next((line for line in _LINE.finditer(text) if line[0].strip()), None)
    if size is None:
        return held
    found = _SIZE.fullmatch(size[0])
    if found is not None and found["extension"]:
        start, end = (size.start() + each for each in found.span("extension"))
        held.parts.append((start, end, walk.header("", found["extension"], slot, offset)))
    held.parts += _fields(walk, text, size.end() if found is not None else 0, slot, offset)
    return held


def _body(walk: Walk, body: bytes, slot: Slot, offset: int) -> Holder:
    text = body.decode("utf-8", "surrogateescape")
    if (packed := unpacked_bytes(body)) is not None:
        return _Compressed(text, inside_packed(walk, packed, slot, offset), packed.pack)
    held = inside(walk, text, "", frozenset(), slot, offset)
    return held or walk.piece(text, Kind.TEXT, "body", slot, offset)
