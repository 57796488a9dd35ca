"""How long work is carried out: with a bar where it takes long, and without the cycle collector.

Takes things to be done one by one. Knows nothing of recordings.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Final, TypeAlias, TypeVar

__all__ = ["Progress", "with_progress", "without_collector"]

_SHOW_PROGRESS_AFTER_S: Final = 1.0

T = TypeVar("T")

Progress: TypeAlias = bool | Callable[[int, int], None] | None
"""Whether to show a bar: None where it takes long. Or a function that is told how many files are read, and of how many."""


@contextmanager
def without_collector() -> Iterator[None]:
    """The cycle collector walks every parsed tree again and again and finds nothing: parsed JSON has no cycles."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def with_progress(
    items: Iterable[T],
    *,
    total: int,
    unit: str,
    show: Progress,
    doing: str = "loading",
    weigh: Callable[[T], int] = lambda item: 1,
) -> Iterator[T]:
    """The items, with a bar where asked for or where it takes long enough to want one; or told to a function.

    ``doing`` stands before the bar; ``weigh`` says how many of the units that ``total`` counts an item is.
    """
    if show is False:
        yield from items
        return
    done = 0
    if callable(show):
        for item in items:
            yield item
            done += weigh(item)
            show(done, total)
        return
    bar = None
    started = time.monotonic()
    try:
        for item in items:
            if bar is None and (show or time.monotonic() - started > _SHOW_PROGRESS_AFTER_S):
                from tqdm.auto import tqdm

                bar = tqdm(total=total, initial=done, desc=doing, unit=unit, leave=False)
            yield item
            done += weigh(item)
            if bar is not None:
                bar.update(weigh(item))
    finally:
        if bar is not None:
            bar.close()
