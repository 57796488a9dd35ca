"""How many, in words.

Takes a number and a noun in the singular, gives text.
"""

from __future__ import annotations

__all__ = ["count", "plural"]


def count(n: int, noun: str) -> str:
    """``1 chunk``, ``2 entries``, ``1,136 recordings``."""
    return f"{n:,} {plural(n, noun)}"


def plural(n: int, noun: str) -> str:
    """The noun as it stands after the number: ``chunk``, ``entries``."""
    if n == 1:
        return noun
    return f"{noun[:-1]}ies" if noun.endswith("y") and noun[-2:-1] not in "aeiou" else f"{noun}s"
