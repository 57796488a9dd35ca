"""Texts that hold another notation: JSON, lines of JSON, server-sent events, forms, and what packs one of these.

Takes a text of a recording, gives a holder of what is in it, or None where it is a text of its own.
"""

from __future__ import annotations

import base64
import re
from functools import partial
from typing import Final
from urllib.parse import quote_plus, unquote_plus

from recexplore.model.credentials import is_key_parameter
from recexplore.read.wire.aws_frames import from_shown
from recexplore.read.wire.packed_text import from_hex, from_whole_base64, is_legible
from recexplore.read.wire.sse import looks_like_events
from recexplore.share.redact.fields import Kind, kind_of
from recexplore.share.redact.notations.aws_frames import frame_header_kind, frames_of
from recexplore.share.redact.notations.json_tree import Node, NotJson, json_documents
from recexplore.share.redact.notations.packing import Unpacked, unpacked
from recexplore.share.redact.notations.pieces import Holder, JsonText, Packed, Piece, PieceOf, Slot, Spliced, Whole
from recexplore.share.redact.walk import PACKED_PIECES, Walk
from recexplore.share.redact.zones import Zone

__all__ = ["enter_json", "inside", "inside_packed", "inside_pieces", "lines"]

_LINE: Final = re.compile(r"\ufeff?(?P<name>[A-Za-z]*)(?P<colon>:[ ]?)(?P<value>[^\r\n]*)")
_LINES: Final = re.compile(r"[^\r\n]+")
_CODED: Final = re.compile(r"(?P<code>[0-9a-z]{1,2}:)(?P<value>[{\[\"\d].*)")
_FORM: Final = re.compile(r"[\w.%+\[\]-]+=[^&\s{}<>\"]*(?:&[\w.%+\[\]-]+=[^&\s{}<>\"]*)*")
_BYTES: Final = re.compile("[\udc80-\udcff]")
"""What stands for bytes that are no UTF-8."""
_FIELDS: Final = ("data", "event", "id", "retry")
_DONE: Final = re.compile(r"\[DONE\]|\s*")
_KEPT_COMMENT: Final = re.compile(r"\s*(?:ping|keep-?alive|heartbeat|OPENROUTER PROCESSING)?\s*", re.IGNORECASE)


def inside(walk: Walk, text: str, name: str, beside: frozenset[str], slot: Slot, offset: int) -> Holder | None:
    """What a text holds; None where it is no other notation."""
    begin = text.lstrip()[:1]
    if begin in ("{", "["):
        held = enter_json(walk, text, (*slot, "json"), offset, name=name, beside=beside)
        if held is not None:
            return held
    if text.strip() in _FIELDS:
        return Spliced(text)  # a stream that breaks off in its first line
    if looks_like_events(text[:4096].encode("utf-8", "surrogatepass")) and ":" in text[:64]:
        return _events(walk, text, (*slot, "events"), offset)
    if _CODED.match(text) and all(_CODED.match(line) for line in text.split("\n", 8)[:8] if line.strip()):
        return _coded_lines(walk, text, (*slot, "lines"), offset)
    found = unpacked(text, name, beside)
    if found is None and name == "bytes" and (data := from_whole_base64(text)) and is_legible(data):
        found = Unpacked(data.decode(), True, lambda new: base64.b64encode(new.encode()).decode())
    if found is None and name == "bytes" and (shown := from_shown(text)) is not None:
        said = shown.decode("utf-8", "surrogateescape")
        found = Unpacked(said, True, lambda new: repr(new.encode("utf-8", "surrogateescape")))
    if found is not None:
        return Packed(text, inside_packed(walk, found, slot, offset), found.pack)
    if "&" in text and _FORM.fullmatch(text):
        return _form(walk, text, slot, offset)
    return None


def enter_json(
    walk: Walk,
    text: str,
    slot: Slot,
    offset: int | None,
    zone: Zone = "body",
    *,
    joins: bool = True,
    name: str = "",
    beside: frozenset[str] = frozenset(),
) -> JsonText | None:
    """JSON: one document or several; None where it is none. Without an ``offset`` the text is the file's own.

    A list of texts may be the pieces of one that a field of this ``name`` holds, with others ``beside`` it.
    """
    try:
        documents = json_documents(text)
    except NotJson:
        if offset is None:
            raise
        return None
    held = JsonText(text)
    items = documents[0].items if len(documents) == 1 and offset is not None else []
    if items and all(item.kind == "string" for item in items):
        pieces = inside_pieces(walk, [item.value for item in items], name, beside, slot, offset or 0)
        held.parts += zip(items, pieces, strict=False)
        if pieces:
            return held
    for number, document in enumerate(documents):
        own = slot if joins else (*slot, number)
        walk.value(document, partial(_put, held), zone, own, base=offset, joins=joins)
    return held


def _put(held: JsonText, node: Node, part: Holder) -> None:
    held.parts.append((node, part))


def inside_pieces(
    walk: Walk, texts: list[str], name: str, beside: frozenset[str], slot: Slot, offset: int
) -> list[Holder]:
    """What a text holds that was cut into pieces anywhere; nothing where each piece is one of its own."""
    if name == PACKED_PIECES:
        return _packed_pieces(walk, texts, slot, offset)
    joined = "".join(texts)
    packed = from_hex(joined) if len(joined) > 8 else None
    if packed is None and all(not text.strip() or _is_line(text) for text in texts):
        return []
    held = inside(walk, joined, name, beside, slot, offset)
    if held is None:
        return []
    whole = Whole(texts, held)
    return [PieceOf(text, whole, at) for at, text in enumerate(texts)]


def _packed_pieces(walk: Walk, texts: list[str], slot: Slot, offset: int) -> list[Holder]:
    """Pieces of a text that are base64 each."""
    pieces = [from_whole_base64(text) for text in texts]
    if any(piece is None for piece in pieces):
        return []
    said = [(piece or b"").decode("utf-8", "surrogateescape") for piece in pieces]
    held = inside(walk, "".join(said), "", frozenset(), slot, offset)
    if held is None:
        return []
    whole = Whole(said, held)
    parts = [PieceOf(text, whole, at) for at, text in enumerate(said)]
    return [Packed(text, part, _to_base64) for text, part in zip(texts, parts, strict=True)]


def _to_base64(text: str) -> str:
    return base64.b64encode(text.encode("utf-8", "surrogateescape")).decode()


def _is_line(text: str) -> bool:
    return text.lstrip()[:1] in ("{", "[") or looks_like_events(text.encode("utf-8", "surrogatepass"))


def _events(walk: Walk, text: str, slot: Slot, offset: int) -> Spliced:
    """Server-sent events, line by line."""
    held, event = Spliced(text), ""
    for line in _LINES.finditer(text):
        found = _LINE.match(text, line.start(), line.end())
        if found is None and line[0] in _FIELDS:
            continue
        if found is None:
            part = _data(walk, line[0], "", slot, offset)
            held.parts.append((line.start(), line.end(), part))
            continue
        name, value = found["name"], found["value"]
        if name == "event":
            event = value
        start = found.start("value")
        if name == "data":
            # The name of the field may stand twice.
            while (again := _LINE.match(text, start, line.end())) is not None and again["name"] == "data":
                start = again.start("value")
            value = text[start : line.end()]
            if not _DONE.fullmatch(value):
                held.parts.append((start, line.end(), _data(walk, value, event, slot, offset)))
        elif name == "id" and value:
            held.parts.append((start, line.end(), walk.piece(value, Kind.ID, "id", slot, offset)))
        elif name == "event" and value and kind_of("event", value) is Kind.TEXT:
            held.parts.append((start, line.end(), walk.piece(value, Kind.TEXT, "event", (*slot, "event"), offset)))
        elif name == "" and not _KEPT_COMMENT.fullmatch(value):
            held.parts.append(
                (start, line.end(), walk.piece(value, Kind.TEXT, "comment", (*slot, line.start()), offset))
            )
        elif name not in ("event", "id", "retry", "") or (name == "retry" and not value.strip().isdigit()):
            held.parts.append((line.start(), line.end(), _data(walk, line[0], "", slot, offset)))
    return held


def lines(walk: Walk, text: str) -> Spliced:
    """A file of lines, some of which are JSON."""
    held = Spliced(text)
    for line in _LINES.finditer(text):
        start = line.start()
        part = enter_json(walk, line[0], (), start) if line[0].lstrip()[:1] in ("{", "[") else None
        held.parts.append((start, line.end(), part or walk.piece(line[0], Kind.TEXT, "line", (start,), start)))
    return held


def _data(walk: Walk, value: str, event: str, slot: Slot, offset: int) -> Holder:
    """What one line of data holds."""
    if value.lstrip()[:1] in ("{", "["):
        held = enter_json(walk, value, slot, offset)
        if held is not None:
            return held
    coded = _CODED.fullmatch(value)
    if coded is not None and (line := _coded_line(walk, coded, slot, offset)) is not None:
        return Spliced(value, [(coded.start("value"), coded.end("value"), line)])
    # Pieces of text under one name go on with one another.
    return walk.piece(value, Kind.TEXT, "data", (*slot, "text", event), offset)


def _coded_lines(walk: Walk, text: str, slot: Slot, offset: int) -> Spliced:
    """Lines of JSON behind a code each, as Vercel's AI SDK writes them."""
    held = Spliced(text)
    for line in _LINES.finditer(text):
        found = _CODED.fullmatch(line[0])
        part = _coded_line(walk, found, slot, offset) if found is not None else None
        start = line.start() + (found.start("value") if found is not None and part is not None else 0)
        part = part or walk.piece(line[0], Kind.TEXT, "line", (*slot, line.start()), offset)
        held.parts.append((start, line.end(), part))
    return held


def _coded_line(walk: Walk, found: re.Match[str], slot: Slot, offset: int) -> Holder | None:
    return enter_json(walk, found["value"], (*slot, found["code"]), offset)


def inside_packed(walk: Walk, found: Unpacked, slot: Slot, offset: int) -> Holder:
    """What stands in a packed text."""
    text = found.text
    if not found.is_text:
        frames = frames_of(
            text.encode("latin-1"),
            lambda payload: _payload(walk, payload, (*slot, "frames"), offset),
            lambda name, value: walk.piece(
                value, frame_header_kind(name), name, (*slot, name, len(walk.pieces)), offset
            ),
        )
        return frames if frames is not None else walk.piece(text, Kind.BINARY, "body", slot, offset)
    held = inside(walk, text, "", frozenset(), (*slot, "packed"), offset)
    return held if held is not None else walk.piece(text, Kind.TEXT, "body", slot, offset)


def _payload(walk: Walk, payload: str, slot: Slot, offset: int) -> Holder:
    """A frame's payload: JSON, in which ``bytes`` are again base64 of JSON."""
    if (held := enter_json(walk, payload, slot, offset)) is not None:
        return held
    kind = Kind.BINARY if _BYTES.search(payload) else Kind.TEXT
    return walk.piece(payload, kind, "payload", slot, offset)


def _form(walk: Walk, text: str, slot: Slot, offset: int) -> Spliced:
    """Fields of a form, percent-encoded."""
    held, at = Spliced(text), 0
    for field in text.split("&"):
        name, _, value = field.partition("=")
        start = at + len(name) + 1
        if value:
            said = unquote_plus(value)
            kind = Kind.CREDENTIAL if is_key_parameter(name) else Kind.PARAMETER
            piece: Piece = walk.piece(said, kind, name, (*slot, name), offset)
            held.parts.append((start, start + len(value), Packed(value, piece, quote_plus)))
        at += len(field) + 1
    return held
