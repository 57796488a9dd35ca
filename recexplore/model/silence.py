"""How long a stream may be silent: what the rule ``stall``, the explorer and the recorder hold a silence against.

Takes the gaps of a stream, gives seconds. Knows no clock and no frame.
"""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median
from typing import Final

__all__ = ["LONG_S", "STALL_FACTOR", "TOGETHER_S", "longest_silence_s"]

LONG_S: Final = 0.25
"""What is shorter may be the network: one lost packet costs a fifth of a second (Linux sends again after 200 ms)."""
STALL_FACTOR: Final = 10
"""A server that starts another's request in between takes several times its usual step, not ten times."""
TOGETHER_S: Final = 0.002
"""Chunks at most so far apart came together: the gap between them says nothing of the pace."""
_ALONE_S: Final = 1.0
"""How long a silence is that no other gap can be held against."""


def longest_silence_s(gaps_s: Iterable[float]) -> float:
    """How long nothing may come at the end of a stream that came with these gaps."""
    apart = [gap for gap in gaps_s if gap > TOGETHER_S]
    return max(LONG_S, STALL_FACTOR * median(apart)) if apart else _ALONE_S
