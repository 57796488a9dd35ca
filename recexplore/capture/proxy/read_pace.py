"""How evenly the reads of an answer come, and for how long nothing has come now.

Takes times in nanoseconds, gives seconds. Counts only while the server is waited for: what a client takes that reads slowly
is no silence of the server, and no gap. Knows nothing of what a read brings, so that nothing has to be understood of an
answer while it passes.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from recexplore.model.silence import TOGETHER_S, longest_silence_s

__all__ = ["ReadPace"]

_REMEMBERED_GAPS: Final = 255
"""The usual gap is that of the last ones, so that a long stream costs no more than a short one."""
_LEAST_GAPS: Final = 3
"""With fewer, the wait for the first text is not told from a stall."""
_NS: Final = 1e9


class ReadPace:
    """The pace of one answer."""

    def __init__(self) -> None:
        self._waits_since_ns: int | None = None
        self._has_come = False
        self._gaps_s: deque[float] = deque(maxlen=_REMEMBERED_GAPS)

    def wait(self, now_ns: int) -> None:
        """From now on the server is waited for."""
        self._waits_since_ns = now_ns

    def note(self, read_ns: int) -> None:
        """A read came, or the end: the server is not waited for."""
        since_ns, self._waits_since_ns = self._waits_since_ns, None
        if self._has_come and since_ns is not None and (gap_s := (read_ns - since_ns) / _NS) > TOGETHER_S:
            self._gaps_s.append(gap_s)
        self._has_come = True

    def silent_s(self, now_ns: int) -> float | None:
        """For how long nothing has come, where that is longer than is usual of it."""
        if self._waits_since_ns is None or len(self._gaps_s) < _LEAST_GAPS:
            return None
        quiet_s = (now_ns - self._waits_since_ns) / _NS
        return quiet_s if quiet_s > longest_silence_s(self._gaps_s) else None
