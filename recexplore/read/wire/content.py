"""What a file holds: its bytes, and what they are as JSON.

Takes a name and bytes, decodes when first asked and keeps what was made of them. Never raises for what the bytes hold.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

import orjson

from recexplore.read.wire.json_text import BYTE_ORDER_MARK, Decoded, decode_json

__all__ = ["LOOKED_AT", "Content"]

P = ParamSpec("P")
T = TypeVar("T")

LOOKED_AT: Final = 10
"""How many lines or records of a file tell what they all are."""

_LINE_SUFFIXES: Final = (".jsonl", ".ndjson")
_FIRST_LINE: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?P<first>[^\[\s][^\n]*)(?:\n\s*(?P<more>\{)?)?")
"""A line that begins no array, and whether the next line with anything on it begins an object."""


class Content:
    """What a file holds: the bytes, and what they are as JSON, found out when first asked."""

    def __init__(self, name: str, data: bytes) -> None:
        self.name, self.data = name, data
        head = data[:64].removeprefix(BYTE_ORDER_MARK).lstrip()
        self.is_lines = self._is_lines()
        """Whether it is one JSON object a line, not one document; the first line may be a broken one."""
        self.looks_like_json = self.is_lines or head[:1] in (b"{", b"[") or not head
        """Whether it is lines, or the first character can begin an object or an array."""
        self._document: Decoded | None = None
        self._made: dict[tuple[Any, ...], Any] = {}

    def _is_lines(self) -> bool:
        # The content may be large: it is looked at, never copied.
        found = _FIRST_LINE.match(self.data)
        if found is None:
            return False
        is_named_so = self.name.lower().endswith(_LINE_SUFFIXES)
        if not found["more"] and not is_named_so:
            return False
        if _is_object(found["first"]):
            return True
        # Where the first line is broken, those behind it tell; the only line may be the one that breaks off.
        behind = self.first_lines()[1:]
        if not behind:
            return is_named_so and found["first"].startswith(b"{")
        return 2 * sum(map(_is_object, behind)) > len(behind)

    def first_lines(self, n: int = LOOKED_AT) -> list[bytes]:
        """The first lines that hold something."""
        lines = self.data.removeprefix(BYTE_ORDER_MARK).split(b"\n", 2 * n)[: 2 * n]
        return [line for line in lines if line.strip()][:n]

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Every line without its end, and the byte where it begins."""
        offset = 0
        for line in self.data.splitlines(keepends=True):
            yield offset, line.rstrip(b"\r\n")
            offset += len(line)

    @property
    def document(self) -> Decoded:
        """The content as one JSON document."""
        if self._document is None:
            self._document = decode_json(self.data)
        return self._document

    def once(self, make: Callable[Concatenate[Content, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What a function makes of it and of further arguments, made when first asked and kept."""
        key = (make, *args, *kwargs.items())
        if key not in self._made:
            self._made[key] = make(self, *args, **kwargs)
        found: T = self._made[key]
        return found


def _is_object(line: bytes) -> bool:
    """Whether a line is a whole JSON object."""
    try:
        return line.startswith(b"{") and isinstance(orjson.loads(line), dict)
    except orjson.JSONDecodeError:
        return False
