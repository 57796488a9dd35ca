"""Files in, batches of tables out, in one process or in several.

Takes files that were found, gives what they hold in their order. What reads is imported where there is something to read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import length_hint
from typing import TYPE_CHECKING

from recexplore.model.exchange import Blob
from recexplore.read.file_sizes import FileSizes
from recexplore.read.growth import Growth
from recexplore.read.options import ReadOptions
from recexplore.read.workers import Progress, with_progress, without_collector

if TYPE_CHECKING:
    from recexplore.read.batch import Batch

__all__ = ["read_batches"]


def read_batches(
    found: Sequence[Blob],
    options: ReadOptions,
    *,
    jobs: int | None = None,
    progress: Progress = None,
    growth: Growth | None = None,
) -> list[Batch]:
    """What the files hold, in their order, read in as many processes as are asked for, or as it is worth."""
    if not found:
        return []
    from recexplore.read.processes import fitting_jobs, read_in_processes
    from recexplore.read.read_files import read_files

    n_jobs = fitting_jobs(found) if jobs is None else jobs
    with without_collector():
        if n_jobs > 1 and len(found) > 1:
            return read_in_processes(found, options, n_jobs, progress, growth)
        batches: list[Batch] = []
        waiting = iter(found)
        for batch in read_files(_watched(waiting, found, progress), options):
            batches.append(batch)
            # All of it is what is given back.
            if growth is not None and length_hint(waiting):
                growth.grow(batches.copy)
        return batches


def _watched(waiting: Iterator[Blob], found: Sequence[Blob], progress: Progress) -> Iterator[Blob]:
    """The files that wait, with progress in bytes where every size is known."""
    sizes = FileSizes(found)
    return with_progress(
        waiting,
        total=len(found),
        unit="file",
        show=progress,
        total_bytes=sizes.total if sizes.are_known else 0,
        weigh_bytes=sizes.assumed,
    )
