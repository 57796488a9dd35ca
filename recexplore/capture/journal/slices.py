"""Bytes looked at slice by slice, for nothing else runs in this process while one is looked at.

Takes bytes of any size, gives what a pattern finds in them, the same with something in its place, and the JSON that notes
them; lets other threads run between slices. Of what fits into a slice all is done at once.
"""

from __future__ import annotations

import base64
import codecs
import re
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

import orjson

__all__ = ["SLICE", "found_in", "noted", "pause", "replaced"]

SLICE: Final = 3 * 4096
"""What a pattern takes well under a millisecond for; a whole number of base64's groups."""
_REACH: Final = 16 * 1024
"""How far behind a slice what begins in it may reach, before more is looked at."""
_PAUSE_S: Final = 20e-6
"""Long enough for a thread that waits to get its turn; a pause of nothing is over before it has."""


def pause() -> None:
    """Let other threads run."""
    time.sleep(_PAUSE_S)


def found_in(pattern: re.Pattern[bytes], data: bytes, reach: int = _REACH) -> Iterator[re.Match[bytes]]:
    """What a pattern finds; also what reaches from one slice into others.

    Parameters
    ----------
    reach
        How many bytes the pattern has to see of what it finds. Where they are many, slices are as long, so that no byte is
        looked at more than twice.
    """
    at, size = 0, SLICE if reach <= _REACH else reach
    while at < len(data):
        next_at, end = at + size, min(at + size + reach, len(data))
        while (found := pattern.search(data, at, end)) is not None and found.start() < next_at:
            seen = end
            while found.end() == seen < len(data):  # it goes on
                seen = min(2 * seen - at, len(data))
                found = pattern.match(data, found.start(), seen) or found
            yield found
            at = max(found.end(), at + 1)
            if at >= next_at:
                break
        at = max(at, next_at)
        if at < len(data):
            pause()


def replaced(
    pattern: re.Pattern[bytes], replace: Callable[[re.Match[bytes]], bytes], data: bytes, reach: int = _REACH
) -> bytes:
    """The bytes with something in place of all that a pattern finds, as `found_in` does."""
    parts, done = [], 0
    for found in found_in(pattern, data, reach):
        parts += [data[done : found.start()], replace(found)]
        done = found.end()
    return b"".join([*parts, data[done:]]) if parts else data


def noted(data: bytes, name: str) -> dict[str, Any]:
    """The field that holds the bytes: a text with this name, or ``base64`` where they are none; serialised already."""
    try:
        text = b"".join(_in_slices(data, _texts()))
    except UnicodeDecodeError:
        name, text = "base64", b"".join(_in_slices(data, lambda part, is_last: base64.b64encode(part)))
    return {name: orjson.Fragment(b'"' + text + b'"')}


def _texts() -> Callable[[bytes, bool], bytes]:
    """What makes the inside of a JSON text, part by part."""
    decode = codecs.getincrementaldecoder("utf-8")().decode
    return lambda part, is_last: orjson.dumps(decode(part, is_last))[1:-1]


def _in_slices(data: bytes, make: Callable[[bytes, bool], bytes]) -> Iterator[bytes]:
    for at in range(0, len(data), SLICE):
        is_last = at + SLICE >= len(data)
        yield make(data[at : at + SLICE], is_last)
        if not is_last:
            pause()
