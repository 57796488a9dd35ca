"""An event loop whose timers are as exact as those of the system.

Gives a loop of asyncio. On Linux, asyncio waits by ``epoll`` with a time of whole milliseconds, rounded up, and every timer
is late by up to one of them. This loop waits by ``select`` for the epoll itself, with a time of microseconds, never
spinning. Elsewhere it is the usual loop.
"""

from __future__ import annotations

import asyncio
import select
import selectors
import sys
from typing import Final

__all__ = ["exact_loop"]

_MOST_OF_SELECT: Final = 1024
"""File numbers from here on are more than ``select`` takes; with such a one the loop is as exact as the usual one."""


def exact_loop() -> asyncio.AbstractEventLoop:
    """A new event loop."""
    if sys.platform != "linux":
        return asyncio.new_event_loop()
    return asyncio.SelectorEventLoop(_ExactSelector())


if sys.platform == "linux":

    class _ExactSelector(selectors.EpollSelector):
        """Waits for its epoll, and takes what is ready then without a wait."""

        def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
            if timeout is not None and timeout > 0 and self.fileno() < _MOST_OF_SELECT:
                select.select([self.fileno()], [], [], timeout)
                timeout = 0
            return super().select(timeout)
