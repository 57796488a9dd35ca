"""A text inside a file, and where in the file each of its characters was written: escaped, folded, indented.

Takes a JSON string as it is written, gives what it says; readers of other notations make the steps themselves. Never raises
for what is written.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import Final, NamedTuple

__all__ = ["Written", "characters", "json_string", "verbatim"]

_ESCAPE: Final = re.compile(r"\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u....|\\.", re.DOTALL)


class Written(NamedTuple):
    """A text, and the steps of its source.

    Attributes
    ----------
    text
        What is said.
    at, source
        From which character of the text on it stands from which offset of its source on; between two steps both go on
        alike. The last step is the end.
    """

    text: str
    at: Sequence[int]
    source: Sequence[int]

    def place(self, character: int) -> int:
        """The offset where a character was written."""
        step = bisect_right(self.at, character) - 1
        return self.source[step] + character - self.at[step]

    def moved(self, by: int) -> Written:
        """The same, its source beginning elsewhere."""
        return self._replace(source=[each + by for each in self.source])


def verbatim(text: str) -> Written:
    """A text that stands as it is."""
    return Written(text, [0], [0])


def json_string(literal: str) -> Written | None:
    """What a JSON string says that begins with its quote; None where it cannot be read."""
    try:
        text = json.loads(literal, strict=False)
    except ValueError:
        return None
    if not isinstance(text, str):
        return None
    at, source = [0], [1]
    for escape in _ESCAPE.finditer(literal, 1, len(literal) - 1):
        start = at[-1] + escape.start() - source[-1]
        if start > at[-1]:
            at.append(start)
            source.append(escape.start())
        at.append(start + 1)
        source.append(escape.end())
    end = at[-1] + len(literal) - 1 - source[-1]
    if end != len(text):
        return None
    if end > at[-1]:
        at.append(end)
        source.append(len(literal) - 1)
    return Written(text, at, source)


def characters(text: str, offsets: Sequence[int]) -> list[int]:
    """Offsets in a text's UTF-8 as numbers of its characters; they have to ascend."""
    if text.isascii():
        return list(offsets)
    data, at, count = text.encode("utf-8", "surrogatepass"), 0, 0
    found = []
    for offset in offsets:
        count += len(data[at:offset].decode("utf-8", "replace"))
        at = offset
        found.append(count)
    return found
