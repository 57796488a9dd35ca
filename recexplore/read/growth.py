"""What is read so far of a load that takes long, handed on while the rest is read.

Takes batches as they come, hands on all there are: at once when the first has come, then the more seldom the longer the load
takes, so that whoever shows them costs the load a bounded share of its time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from recexplore.read.batch import Batch

__all__ = ["Growth"]

_EVERY_S: Final = 1.0
_EVERY_SHARE: Final = 0.25
"""Of the time since the load began, where that is longer."""


class Growth:
    """One load as it goes on.

    Parameters
    ----------
    hand_on
        Is given the batches that are read, in the order of their files; called in the thread that reads.
    """

    def __init__(self, hand_on: Callable[[Sequence[Batch]], None]) -> None:
        self._hand_on = hand_on
        self._began_s = time.monotonic()
        self._next_s = self._began_s

    def grow(self, batches: Callable[[], Sequence[Batch]]) -> None:
        """Hand on what is read, if it is time; ``batches`` gives it."""
        now_s = time.monotonic()
        if now_s >= self._next_s:
            self._hand_on(batches())
            self._next_s = time.monotonic() + max(_EVERY_S, _EVERY_SHARE * (now_s - self._began_s))
