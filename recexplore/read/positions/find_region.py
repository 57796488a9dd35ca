"""Which stretch of its file chunks take, or a text that they brought.

Takes a file's content, an `Exchange` and chunks, gives a `Region`. What a text says is compared with what the strings of its
chunk's JSON say, through the escapes of each notation that is wrapped around: nothing is searched but strings that are there
once. Gives None rather than a place that may be another. Never raises for what the file holds.
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np

from recexplore.model.exchange import Exchange, Json
from recexplore.model.region import Piece, Region
from recexplore.read.positions.find_line import followed, parted
from recexplore.read.positions.json_offsets import JsonPlaces, places_in
from recexplore.read.positions.line_numbers import LineNumbers
from recexplore.read.positions.written import Written, characters, json_string, verbatim
from recexplore.read.positions.yaml_lines import YamlPlaces, yaml_places_in
from recexplore.read.wire.content import Content
from recexplore.read.wire.json_text import BYTE_ORDER_MARK

__all__ = ["find_region"]

_STRING: Final = re.compile(r'"(?:[^"\\]++|\\.)*+(?:(?P<is_closed>")(?P<is_key>\s*+:)?|\\?\Z)', re.DOTALL)
"""A string, or the rest of a text in which one is not closed: no string begins in it."""
_END_OF_EVENT: Final = re.compile(r"(?:\r\n|\n|\r)[ \t]*(?:\r\n|\n|\r)")
_LINE_END: Final = re.compile(r"\r\n|\n|\r")

_Stretch: TypeAlias = tuple[int, int]
"""From one character of the file to the one behind the last."""


class _Chunk(NamedTuple):
    """A chunk as it was written: a stretch of a text of the file."""

    written: Written
    start: int
    end: int

    def stretch(self, start: int, end: int) -> _Stretch:
        return self.written.place(start), self.written.place(end)


class _String(NamedTuple):
    """A string of a chunk's JSON, and where it begins."""

    start: int
    written: Written


class _Text:
    """A text by its UTF-8, without a byte order mark; raises where it is none."""

    def __init__(self, data: bytes, errors: str = "strict") -> None:
        self._n_marks = int(data.startswith(BYTE_ORDER_MARK))
        self.text = data.removeprefix(BYTE_ORDER_MARK).decode("utf-8", errors)
        codes = np.frombuffer(data, np.uint8)
        self._before = None if self.text.isascii() and not self._n_marks else np.cumsum((codes & 0xC0) != 0x80)

    def character(self, offset: int) -> int:
        """The number of the character that begins at a byte."""
        if self._before is None:
            return offset
        return max((int(self._before[offset - 1]) if offset else 0) - self._n_marks, 0)


class _File(_Text):
    """A file's text."""

    def __init__(self, content: Content) -> None:
        super().__init__(content.data)
        self.numbers = LineNumbers(self.text)

    def region(self, start: int, end: int) -> Region:
        return Region(*self.numbers.place(start), *self.numbers.place(end), self.text[start:end])


def find_region(
    content: Content, exchange: Exchange, chunk: int, last_chunk: int, pieces: Sequence[Piece] = ()
) -> Region | None:
    """Where some pieces of text were written; else where the chunks were, from the first character to the last.

    Parameters
    ----------
    chunk, last_chunk
        The chunks, the last one included.
    pieces
        The region reaches from the first of them to the last. If one of them cannot be told from its chunk's other strings,
        or stands in none, all of the chunks is said.

    Returns
    -------
    Region or None
        None where it is not known where the chunks stand: their body is packed, or folded in a way that cannot be followed,
        or the file is no UTF-8.
    """
    if exchange.path is None:
        return None
    try:
        file, chunks = content.once(_File), content.once(_chunks_of, exchange)
        if len(chunks) != len(exchange.chunks) or not 0 <= chunk <= last_chunk < len(chunks):
            return None
        found = [_written_piece(content, exchange, chunks[each.chunk], each) for each in pieces]
        stretches = [each for each in found if each is not None]
        if not stretches or len(stretches) < len(found):
            stretches = [each.stretch(each.start, each.end) for each in (chunks[chunk], chunks[last_chunk])]
        start, end = min(each[0] for each in stretches), max(each[1] for each in stretches)
        return file.region(start, min(end, len(file.text))) if start < end else None
    except UnicodeDecodeError:
        return None
    except Exception as error:  # whatever a stranger's envelope says, a finding without a place is still one
        place = f"{content.name}, exchange {exchange.number}"
        warnings.warn(f"{place}: {exchange.envelope} says a path that cannot be followed: {error!r}", stacklevel=2)
        return None


def _written_piece(content: Content, exchange: Exchange, chunk: _Chunk, piece: Piece) -> _Stretch | None:
    """Where a piece was written, if its text is said by one string of the chunk, or is a part of one and only there."""
    strings = content.once(_strings_of, exchange, piece.chunk)
    said = [(each, 0) for each in strings if each.written.text == piece.text]
    said = said or [
        (each, each.written.text.find(piece.text)) for each in strings if each.written.text.count(piece.text) == 1
    ]
    if len(said) != 1 or (string := said[0][0]).written.text.count(piece.text) != 1:
        return None
    offset = said[0][1]
    start, end = (string.start + string.written.place(offset + at) for at in (piece.start, piece.end))
    return chunk.stretch(start, end)


def _strings_of(content: Content, exchange: Exchange, chunk: int) -> list[_String]:
    """The strings of a chunk that are no keys; all of it, where it is no JSON."""
    written, start, end = content.once(_chunks_of, exchange)[chunk]
    found = [
        _String(literal.start(), said)
        for literal in _STRING.finditer(written.text, start, end)
        if literal["is_closed"] and not literal["is_key"] and (said := json_string(literal[0])) is not None
    ]
    return found or [_String(start, verbatim(written.text[start:end]))]


def _chunks_of(content: Content, exchange: Exchange) -> list[_Chunk]:
    """The chunks of an exchange as they were written; none where one of them is not known."""
    file = content.once(_File)
    whole = verbatim(file.text)
    path = exchange.path
    if isinstance(path, int):
        if exchange.offsets:
            return _parts(whole, [file.character(offset) for offset in exchange.offsets])
        # Of a file of lines each is a document of its own.
        line_end = _LINE_END.search(file.text, begins := file.character(path))
        line = file.text[begins : line_end.start() if line_end else None]
        chunks = list(_chunks_in(_json_in(line), exchange, ()))
        return [each._replace(written=each.written.moved(begins)) for each in chunks]
    if content.looks_like_json:
        return list(_chunks_in(_Json(places_in(content), file), exchange, path or ()))
    return list(_chunks_in(_Yaml(yaml_places_in(content), file.text), exchange, path or ()))


def _chunks_in(document: _Json | _Yaml, exchange: Exchange, path: Any) -> Iterator[_Chunk]:
    places: Any = document.places
    before, after = parted(exchange.chunk_path)
    body, is_there = followed(places, (*path, *before), places.find())
    if not is_there:
        # A path may lead on to a wrapping that this body has not.
        if body is not None and exchange.chunks and _says(whole := document.value(body), exchange.chunks[0]):
            yield whole
        return
    written = document.written(body)
    if after is None:
        if exchange.offsets is None:
            yield document.value(body)
        elif written is not None:
            yield from _parts(written, characters(written.text, exchange.offsets))
        return
    if written is not None:
        inner = _json_in(written.text)
        values = [followed(inner.places, after, item)[0] for item in inner.places.items(inner.places.find())]
        for value in values:
            yield _Chunk(written, *inner.stretch(value))
        return
    items = [document.value(followed(places, after, item)[0]) for item in places.items(body)]
    if exchange.items is None:
        yield from items
    elif all(item < len(items) for item in exchange.items):
        yield from (items[item] for item in exchange.items)


def _says(chunk: _Chunk, value: Json) -> bool:
    """Whether a chunk was written as the JSON of a value."""
    try:
        return bool(json.loads(chunk.written.text[chunk.start : chunk.end]) == value)
    except (ValueError, RecursionError):
        return False


def _parts(written: Written, begins: Sequence[int]) -> list[_Chunk]:
    """The chunks that were cut from a text, each up to its own end: of its JSON, its line, or its event."""
    text = written.text
    return [_Chunk(written, start, _end(text, start, before)) for start, before in pairwise([*begins, len(text)])]


def _end(text: str, start: int, before: int) -> int:
    if text.startswith(("{", "["), start):
        try:
            return json.JSONDecoder(strict=False).raw_decode(text, start)[1]
        except (ValueError, RecursionError):
            pass
    end_of_event = _END_OF_EVENT.search(text, start, before)
    return start + len(text[start : end_of_event.start() if end_of_event else before].rstrip())


class _Json:
    """A JSON document: a file's, or one inside a text."""

    def __init__(self, places: JsonPlaces, of: _Text) -> None:
        self.places = places
        self._of = of

    def stretch(self, place: Any) -> _Stretch:
        return self._of.character(place.offset), self._of.character(self.places.end(place))

    def written(self, place: Any) -> Written | None:
        """The text at a place, and where it was written; None where there is none."""
        start, end = self.stretch(place)
        text = self._of.text
        said = json_string(text[start:end]) if text.startswith('"', start) else None
        return None if said is None else said.moved(start)

    def value(self, place: Any) -> _Chunk:
        """A chunk that is a value, or what a text says."""
        if (written := self.written(place)) is not None:
            return _Chunk(written, 0, len(written.text))
        return _Chunk(verbatim(self._of.text), *self.stretch(place))


def _json_in(text: str) -> _Json:
    data = text.encode("utf-8", "surrogatepass")
    return _Json(JsonPlaces(data), _Text(data, "surrogatepass"))


class _Yaml:
    """The YAML document of a file."""

    def __init__(self, places: YamlPlaces, text: str) -> None:
        self.places = places
        self._text = text

    def written(self, node: Any) -> Written | None:
        return self.places.written(node)

    def value(self, node: Any) -> _Chunk:
        if (written := self.written(node)) is not None:
            return _Chunk(written, 0, len(written.text))
        start, end = self.places.offset(node), self.places.end(node)
        return _Chunk(verbatim(self._text), start, start + len(self._text[start:end].rstrip()))
