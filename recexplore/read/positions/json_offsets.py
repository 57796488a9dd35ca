"""Where in the bytes of a JSON document a value begins.

Takes bytes, gives offsets by path of keys and indices. The document is looked at once, without recursion and without
building anything: numpy finds the brackets, commas and colons that stand outside of strings. Never raises for what the bytes
hold; what stands before a document breaks off is found. Of duplicate keys the last one counts, as when it is decoded.

Written here because nothing fits: json-source-map takes a second for a megabyte, recurses and refuses what breaks off;
tree-sitter's grammar takes a tenth, but forgets the nesting of what breaks off.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias

import numpy as np

from recexplore.read.positions.line_numbers import LineNumbers
from recexplore.read.wire.content import Content
from recexplore.read.wire.json_text import BYTE_ORDER_MARK

__all__ = ["JsonPlaces", "Place", "places_in"]

_SPACE: Final = re.compile(rb"[ \t\n\r]*")
_SCALAR: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[^\s\[\]{},:"]*+', re.DOTALL)
_MARKS: Final = b'"\\[]{},:'
_ONLY_MARKS: Final = bytes(code if code in _MARKS else 0 for code in range(256))
_QUOTE, _BACKSLASH, _COLON = b'"\\:'
_CLOSE: Final = b"]}"

_Numbers: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.int64]]"
_Bytes: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.uint8]]"
_Flags: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.bool_]]"


_STEPS: Final = np.array([(code in b"[{") - (code in b"]}") for code in range(256)], np.int8)
"""How much deeper a bracket leads."""


class Place(NamedTuple):
    """A value: the offset of its first character, and which of the document's marks are inside."""

    offset: int
    first: int
    end: int


class JsonPlaces:
    """The places of a document's values.

    Parameters
    ----------
    data
        One JSON document, in UTF-8; a byte order mark may stand before, anything behind.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at, self._codes = _outside_of_strings(data)
        steps = _STEPS[self._codes]
        # A bracket has the depth of what it holds.
        closes = steps < 0
        self._depth = np.cumsum(steps, dtype=np.int32)
        self._depth += closes
        self._is_border = self._codes != _COLON
        start = self._value_from(len(BYTE_ORDER_MARK) if data.startswith(BYTE_ORDER_MARK) else 0)
        ends = np.flatnonzero(closes & (self._depth <= 1))
        end = int(ends[0]) + 1 if len(ends) else len(self._at)
        self._root = Place(start, 0, end) if start < len(data) else None
        self._items: dict[Place, list[Place]] = {}

    def find(self, *path: str | int, within: Place | None = None) -> Place | None:
        """The value at a path; None where there is none.

        Parameters
        ----------
        path
            Keys and indices, from the document's value or from that of ``within``.
        within
            A place that this document gave.
        """
        place = self._root if within is None else within
        for step in path:
            if place is None:
                return None
            if isinstance(step, str):
                place = self._member(place, step)
            else:
                # A path is followed for each item of a list.
                if place not in self._items:
                    self._items[place] = self.items(place)
                items = self._items[place]
                place = items[step] if 0 <= step < len(items) else None
        return place

    def items(self, place: Place | None) -> list[Place]:
        """The items of a list, as far as they are there; none where the value is no list."""
        if not self._holds(place, b"["):
            return []
        borders = self._borders(place)
        items = []
        for before, after in pairwise(borders):
            offset = self._value_from(int(self._at[before]) + 1)
            if self._data[offset : offset + 1] not in (b"", b"]", b"}", b","):
                items.append(Place(offset, before + 1, after))
        return items

    def line(self, place: Place | None) -> int | None:
        """The line where a value begins."""
        return None if place is None else self._numbers.at(place.offset)

    def end(self, place: Place) -> int:
        """The offset behind a value, or behind the document where that breaks off."""
        if borders := self._data[place.offset : place.offset + 1] in (b"[", b"{") and self._borders(place):
            is_closed = borders[-1] < len(self._at) and int(self._codes[borders[-1]]) in _CLOSE
            return int(self._at[borders[-1]]) + 1 if is_closed else len(self._data)
        found = _SCALAR.match(self._data, place.offset)
        return found.end() if found is not None else len(self._data)

    def text(self, place: Place | None) -> str | None:
        """A text whose parts have lines of their own: in JSON there is none."""
        return None

    def lines_within(self, place: Place | None, offsets: Sequence[int]) -> list[int]:
        """The lines of a text's parts: none but the one where it begins."""
        return []

    @cached_property
    def _numbers(self) -> LineNumbers:
        return LineNumbers(self._data)

    def _member(self, place: Place, key: str) -> Place | None:
        if not self._holds(place, b"{"):
            return None
        borders = self._borders(place)
        for at in range(len(borders) - 2, -1, -1):
            colon = borders[at] + 1
            if colon >= borders[at + 1] or self._codes[colon] != _COLON:
                continue
            if _is_key(self._data[int(self._at[colon - 1]) + 1 : int(self._at[colon])].strip(), key):
                offset = self._value_from(int(self._at[colon]) + 1)
                return Place(offset, colon + 1, borders[at + 1]) if offset < len(self._data) else None
        return None

    def _holds(self, place: Place | None, bracket: bytes) -> bool:
        """Whether a value begins with a bracket."""
        return place is not None and self._data[place.offset : place.offset + 1] == bracket

    def _borders(self, place: Place | None) -> list[int]:
        """The marks between which the members of a list or an object stand: its brackets and its commas."""
        if place is None or place.first >= place.end:
            return []
        first = place.first
        is_ours = self._depth[first : place.end] == self._depth[first]
        is_ours &= self._is_border[first : place.end]
        borders: list[int] = (is_ours.nonzero()[0] + first).tolist()
        # Where the document breaks off there is no closing bracket.
        is_closed = int(self._codes[borders[-1]]) in _CLOSE
        return borders if is_closed else [*borders, place.end]

    def _value_from(self, offset: int) -> int:
        found = _SPACE.match(self._data, offset)
        return found.end() if found is not None else offset


def _outside_of_strings(data: bytes) -> tuple[_Numbers, _Bytes]:
    """Where brackets, commas and colons stand that are no text, and which they are."""
    kinds = np.frombuffer(data.translate(_ONLY_MARKS), np.uint8)
    at = np.flatnonzero(kinds != 0)
    codes = kinds[at]
    is_backslash = codes == _BACKSLASH
    is_quote = codes == _QUOTE
    behind = np.flatnonzero(is_quote[1:] & is_backslash[:-1]) + 1
    is_quote[behind[_escaped(at[behind], at[is_backslash])]] = False
    is_outside = np.cumsum(is_quote, dtype=np.int32) & 1 == 0
    is_outside &= (codes != _QUOTE) & ~is_backslash
    return at[is_outside], codes[is_outside]


def _escaped(quotes: _Numbers, backslashes: _Numbers) -> _Flags:
    """Which quotes an odd number of backslashes precedes; some has to stand before each."""
    begins = backslashes[np.diff(backslashes, prepend=-2) != 1]
    last = backslashes[np.searchsorted(backslashes, quotes) - 1]
    run = begins[np.searchsorted(begins, quotes) - 1]
    found: _Flags = (last == quotes - 1) & ((quotes - run) % 2 == 1)
    return found


def _is_key(written: bytes, key: str) -> bool:
    """Whether a key, as it is written, means this one."""
    if b"\\" not in written:
        return written == b'"%b"' % key.encode("utf-8", "surrogatepass")
    try:
        return bool(json.loads(written) == key)
    except ValueError:
        return False


def places_in(content: Content) -> JsonPlaces:
    """The places of a file's values: what stands behind its damage is not looked at, for it was not loaded."""
    return content.once(_places)


def _places(content: Content) -> JsonPlaces:
    data = content.data
    if not content.document.is_cut:
        return JsonPlaces(data)
    # Before a mark the reader stops: spaces stand in for it.
    mark = BYTE_ORDER_MARK if data.startswith(BYTE_ORDER_MARK) else b""
    text = (b" " * len(mark) + data.removeprefix(mark)).decode("utf-8", "surrogateescape")
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return JsonPlaces(data[: len(text[: error.pos + 1].encode("utf-8", "surrogateescape"))])
    except (ValueError, RecursionError):
        pass
    return JsonPlaces(data)
