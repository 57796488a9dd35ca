"""What would make an event loop wait, done by a thread beside it.

Takes a function, gives what it returns; where no loop of asyncio runs, it is called at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

__all__ = ["off_the_loop"]

_T = TypeVar("_T")


async def off_the_loop(function: Callable[[], _T]) -> _T:
    """Call a function, and let the event loop run meanwhile."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:  # another library's loop
        return function()
    return await asyncio.to_thread(function)
