"""How the work of a load is carried out: in this process or in several, with a bar where it takes long.

Takes files and what reads them, gives batches. Knows nothing of recordings.
"""

from __future__ import annotations

import gc
import multiprocessing
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Final, TypeAlias, TypeVar

from recexplore.model.exchange import Blob
from recexplore.read.batch import Batch

__all__ = ["Progress", "Reader", "in_processes", "with_progress", "without_collector"]

_FILES_PER_JOB: Final = 200
_SHOW_PROGRESS_AFTER_S: Final = 1.0

T = TypeVar("T")

Reader: TypeAlias = Callable[[Iterable[Blob]], Iterator[Batch]]

Progress: TypeAlias = bool | Callable[[int, int], None] | None
"""Whether to show a bar: None where it takes long. Or a function that is told how many files are read, and of how many."""


def in_processes(found: list[Blob], read: Reader, jobs: int, show: Progress) -> Iterator[Batch]:
    """The batches of all files, read by child processes, in the order of the files."""
    per_job = max(1, min(_FILES_PER_JOB, -(-len(found) // jobs)))
    parts = [found[at : at + per_job] for at in range(0, len(found), per_job)]
    # A forked child of a threaded parent (any notebook) can deadlock.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        done = pool.map(partial(_read_part, read), parts)
        for batches in with_progress(done, total=len(parts), unit="part", show=show):
            yield from batches


def _read_part(read: Reader, part: list[Blob]) -> list[Batch]:
    with without_collector():
        return list(read(part))


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


def with_progress(items: Iterable[T], *, total: int, unit: str, show: Progress, doing: str = "loading") -> Iterator[T]:
    """The items, with a bar where asked for or where it takes long enough to want one; or told to a function."""
    if show is False:
        yield from items
        return
    if callable(show):
        for done, item in enumerate(items, 1):
            yield item
            show(done, total)
        return
    bar = None
    started = time.monotonic()
    try:
        for done, item in enumerate(items):
            if bar is None and (show or time.monotonic() - started > _SHOW_PROGRESS_AFTER_S):
                from tqdm.auto import tqdm

                bar = tqdm(total=total, initial=done, desc=doing, unit=unit, leave=False)
            yield item
            if bar is not None:
                bar.update()
    finally:
        if bar is not None:
            bar.close()
