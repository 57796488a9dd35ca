"""One file: its pieces, what they are replaced by, and its bytes anew.

Takes a file's content, gives what was made of it, or says why it cannot be redacted; then nothing of it is passed on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from recexplore.model.credentials import SECRET_FORMS
from recexplore.read import envelopes
from recexplore.read.wire.content import Content
from recexplore.read.wire.json_text import BYTE_ORDER_MARK
from recexplore.share.redact.fields import Kind
from recexplore.share.redact.notations.bodies import enter_json, inside, inside_pieces, lines
from recexplore.share.redact.notations.http_text import NotHttp, http_text
from recexplore.share.redact.notations.json_tree import Node, NotJson
from recexplore.share.redact.notations.packing import CannotUnpack
from recexplore.share.redact.notations.pieces import Holder, Piece
from recexplore.share.redact.notations.yaml_text import NotYaml, YamlText, yaml_text
from recexplore.share.redact.replacing import Replacer
from recexplore.share.redact.walk import Walk

__all__ = ["CannotRedact", "Place", "RedactedFile", "redacted_file"]

_STREAMS: Final = ("chunk-list", "event-stream")
_RAW: Final = ("httprr", "http-text")
_UNFINISHED: Final = ("journal",)
_LEAST_KNOWN: Final = 8
_SWEPT: Final = (Kind.HEADER, Kind.CREDENTIAL, Kind.ID)


class CannotRedact(ValueError):
    """A file that is not passed on, and why."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is that would be replaced."""

    line: int
    kind: Kind
    name: str


@dataclass(slots=True)
class RedactedFile:
    """What a file is after it was redacted.

    Attributes
    ----------
    data
        Its bytes.
    counts
        How many values were replaced, by kind.
    places
        Where they stood: the line in the file as it was, the kind and the field.
    """

    data: bytes
    counts: Counter[Kind] = field(default_factory=Counter)
    places: list[Place] = field(default_factory=list)


def redacted_file(content: Content, replacer: Replacer) -> RedactedFile:
    """A file, redacted.

    Raises
    ------
    CannotRedact
        It is no recording, or is damaged or packed in a way in which nobody can tell what stands in it.
    """
    envelope = envelopes.choose(content, is_named=True)
    if envelope is None:
        raise CannotRedact("it is no recording that recexplore knows")
    if envelope.NAME in _UNFINISHED:
        raise CannotRedact(
            "it is the journal of a stream that is not finished; `recexplore capture` on its folder finishes it"
        )
    walk = Walk(inside, inside_pieces)
    try:
        root, encode = _opened(content, envelope.NAME, walk)
        counts = replacer.replace(walk.pieces, walk.names)
        text = _swept(root.render(), walk.pieces)
    except (NotJson, NotYaml, NotHttp, CannotUnpack, RecursionError) as error:
        raise CannotRedact(str(error) or "it is nested too deep") from error
    text, n_left = SECRET_FORMS.subn(lambda found: found["prefix"] + "*" * len(found["secret"]), text)
    counts[Kind.SECRET] += n_left
    changed = [piece for piece in walk.pieces if piece.new is not None and piece.new != piece.text]
    return RedactedFile(encode(text), +counts, _places(root.text, changed))


def _opened(content: Content, name: str, walk: Walk) -> tuple[Holder, Callable[[str], bytes]]:
    """A file as a tree of holders, and what makes bytes of its text."""
    if name in _RAW:
        return http_text(walk, content.data), lambda text: text.encode("latin-1")
    mark = BYTE_ORDER_MARK if content.data.startswith(BYTE_ORDER_MARK) else b""
    text = content.data.removeprefix(mark).decode("utf-8", "surrogateescape")

    def encode(text: str) -> bytes:
        return mark + text.encode("utf-8", "surrogateescape")

    is_stream = name in _STREAMS
    if content.looks_like_json:
        try:
            zone, joins = ("body" if is_stream else "envelope"), is_stream
            held = enter_json(walk, text, (), None, zone, joins=joins)  # type: ignore[arg-type]
            if held is not None:
                return held, encode
        except NotJson:
            if name != "event-stream":
                raise
            walk.pieces.clear()
    if name == "event-stream" or content.name.lower().endswith(".sse"):
        found = inside(walk, text, "", frozenset(), (), 0)
        return found if found is not None else lines(walk, text), encode
    document = yaml_text(content.data)
    walk.value(document.root, partial(_put, document), "envelope", ())
    for start, end in document.comments():
        piece = walk.piece(text[start:end], Kind.TEXT, "comment", ("comment", start), start)
        document.beside.append((start, end, piece))
    return document, encode


def _put(document: YamlText, node: Node, part: Holder) -> None:
    document.parts.append((node, part))


def _swept(text: str, pieces: list[Piece]) -> str:
    """The text, in which what was masked or got a pseudonym stands nowhere else either."""
    words = {piece.text for piece in pieces if piece.kind is Kind.STRUCTURE}
    known = {
        piece.text: piece.new
        for piece in pieces
        if piece.kind in _SWEPT
        and piece.new not in (None, piece.text)
        and piece.text not in words
        and _is_telling(piece)
    }
    for value in sorted(known, key=len, reverse=True):
        if value in text:
            text = text.replace(value, known[value] or "")
    return text


def _is_telling(piece: Piece) -> bool:
    """Whether a value is nothing that stands elsewhere by chance, and is written in any notation as it is."""
    is_written = all(each.isalnum() or each in "-_./+=" for each in piece.text) and piece.text.isascii()
    has_digits = sum(each.isdigit() for each in piece.text) >= 2
    return len(piece.text) >= _LEAST_KNOWN and is_written and has_digits


def _places(text: str, pieces: list[Piece]) -> list[Place]:
    """The lines of pieces."""
    places, line, at = [], 1, 0
    for piece in sorted(pieces, key=lambda each: each.offset):
        line += text.count("\n", at, piece.offset)
        at = max(at, piece.offset)
        places.append(Place(line, piece.kind, piece.name))
    return places
