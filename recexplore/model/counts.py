"""How many and how much, in words.

Takes a number and a noun in the singular, or a number of bytes, gives text.
"""

from __future__ import annotations

from typing import Final

__all__ = ["count", "plural", "size_in_words"]

_UNITS: Final = ("bytes", "kB", "MB", "GB")
_STEP: Final = 1000


def count(n: int, noun: str) -> str:
    """``1 chunk``, ``2 entries``, ``1,136 recordings``."""
    return f"{n:,} {plural(n, noun)}"


def plural(n: int, noun: str) -> str:
    """The noun as it stands after the number: ``chunk``, ``entries``."""
    if n == 1:
        return noun
    return f"{noun[:-1]}ies" if noun.endswith("y") and noun[-2:-1] not in "aeiou" else f"{noun}s"


def size_in_words(n_bytes: int) -> str:
    """A size in decimal units, as disks have them."""
    size, unit = float(n_bytes), _UNITS[0]
    for unit in _UNITS:
        if size < _STEP or unit == _UNITS[-1]:
            break
        size /= _STEP
    return f"{size:,.0f} {unit}" if unit == _UNITS[0] else f"{size:,.1f} {unit}"
