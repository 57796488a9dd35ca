"""Words for messages: lists, and recorded text between quotes.

Takes values, gives text. What is recorded is shortened but not made safe here: whoever shows a finding does that.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from recexplore.model.counts import count

__all__ = ["ends_with", "excerpt", "listed", "quoted", "says", "shortened"]

_LONGEST: Final = 240
_LEFT_OUT: Final = " … "
_AROUND: Final = 24
_MOST: Final = 6


def says(n: int, noun: str, one: str, several: str) -> str:
    """``1 delta has``, ``2 deltas have``."""
    return f"{count(n, noun)} {one if n == 1 else several}"


def quoted(text: Any) -> str:
    """Recorded text between quotes, its middle left out where it is long."""
    return f"“{shortened(str(text), _LONGEST + len(_LEFT_OUT))}”"


def shortened(text: str, length: int) -> str:
    """A text of at most so many characters (not fewer than a few): both its ends, if it is longer."""
    if len(text) <= length:
        return text
    head, tail = (length - len(_LEFT_OUT) + 1) // 2, (length - len(_LEFT_OUT)) // 2
    return f"{text[:head]}{_LEFT_OUT}{text[len(text) - tail :]}"


def excerpt(text: str, start: int, end: int) -> str:
    """A stretch of a text between quotes, with a little of what stands around it; its middle left out where it is long."""
    before, after = max(0, start - _AROUND), min(len(text), end + _AROUND)
    return quoted(f"{'…' if before else ''}{text[before:after]}{'…' if after < len(text) else ''}")


def ends_with(text: str, length: int = 60) -> str:
    """The end of a text."""
    return text if len(text) <= length else f"…{text[-length:]}"


def listed(values: Iterable[Any]) -> str:
    """``1, 2 and 3``; of many the first few."""
    words = [str(value) for value in values]
    if len(words) > _MOST:
        return f"{', '.join(words[:_MOST])} and {len(words) - _MOST:,} more"
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
