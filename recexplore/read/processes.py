"""Reading with the help of child processes.

Takes files, gives their batches in the order of the files, whoever read them. The helpers (`recexplore.read.helper_process`)
are plain child processes, so nobody's ``__main__`` is run again: it works from notebooks, from standard input and in scripts
without a guard. This process reads too, from the front; helpers take parts from behind. A helper that comes late, fails or
is killed costs nothing but its part, which is read here.
"""

from __future__ import annotations

import mmap
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
import threading
import warnings
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import pyarrow as pa

from recexplore.model.exchange import Blob
from recexplore.read.batch import Batch
from recexplore.read.growth import Growth
from recexplore.read.helper_process import PartRead, Task, readers_here
from recexplore.read.options import ReadOptions
from recexplore.read.packed_batch import read_batch
from recexplore.read.read_files import read_files
from recexplore.read.workers import Progress, with_progress

__all__ = ["fitting_jobs", "read_in_processes"]

_BYTES_PER_JOB: Final = 30_000_000
"""What a process has to read to be worth its start, which costs about as much CPU as reading 25 MB."""
_PART_BYTES: Final = 8_000_000
_PARTS_PER_JOB: Final = 4
_UNKNOWN_FILE_BYTES: Final = 100_000
"""What a file counts whose size is not known before it is read."""
_SHARED_MEMORY: Final = "/dev/shm"
_LISTEN_S: Final = 0.5
"""How long to wait for helpers before Control-C is listened for, where a wait does not end with it."""
_PARENT_READS: Final = True

_START: Final = (
    "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer); "
    "from recexplore.read.helper_process import main; main()"
)


def fitting_jobs(found: Sequence[Blob]) -> int:
    """How many processes are worth it: one for a few files, at most as many as there are cores."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, sum(map(_size, found)) // _BYTES_PER_JOB))


def read_in_processes(
    found: Sequence[Blob], options: ReadOptions, jobs: int, progress: Progress, growth: Growth | None = None
) -> list[Batch]:
    """The batches of all files, in their order, read by this process and ``jobs - 1`` others."""
    parts = list(_parts(found, min(_PART_BYTES, sum(map(_size, found)) // (jobs * _PARTS_PER_JOB))))
    work = _Work(parts)
    with _scratch_folder(sum(map(_size, found))) as folder, _helpers(work, options, folder, jobs - 1 if folder else 0):
        done = with_progress(
            work.read(options),
            total=len(found),
            unit="file",
            show=progress,
            weigh=len,
            total_bytes=0 if any(blob.n_bytes is None for blob in found) else sum(map(_size, found)),
            weigh_bytes=lambda part: sum(map(_size, part)),
        )
        for _ in done:
            if growth is not None and len(work.batches) < len(parts):
                growth.grow(work.done)
    return work.done()


def _size(blob: Blob) -> int:
    return _UNKNOWN_FILE_BYTES if blob.n_bytes is None else blob.n_bytes


def _parts(found: Sequence[Blob], most_bytes: int) -> Iterator[list[Blob]]:
    """Neighbours, about as many bytes each."""
    part: list[Blob] = []
    size = 0
    for blob in found:
        part.append(blob)
        size += _size(blob)
        if size >= most_bytes:
            yield part
            part, size = [], 0
    if part:
        yield part


class _Work:
    """The parts that are to be read, and what was read: shared by the threads that wait for a helper each."""

    def __init__(self, parts: list[list[Blob]]) -> None:
        self.parts = parts
        self.batches: dict[int, list[Batch]] = {}
        self._waiting = deque(range(len(parts)))
        self._returned: deque[int] = deque()
        self._changed = threading.Condition()
        self._n_helpers = 0
        self._warnings: list[warnings.WarningMessage] = []

    def last(self) -> int | None:
        """Take the last part that nobody reads."""
        with self._changed:
            return self._waiting.pop() if self._waiting else None

    def finish(self, number: int, batches: list[Batch], noticed: Sequence[Any] = ()) -> None:
        with self._changed:
            self.batches[number] = batches
            self._warnings += noticed
            self._changed.notify_all()

    def give_back(self, number: int) -> None:
        """A part that its helper could not read: it is for this process alone, lest one helper after another fails."""
        with self._changed:
            self._returned.append(number)
            self._changed.notify_all()

    def done(self) -> list[Batch]:
        """The batches that are read, in the order of their files."""
        with self._changed:
            return [batch for number in sorted(self.batches) for batch in self.batches[number]]

    def read(self, options: ReadOptions) -> Iterator[list[Blob]]:
        """Read from the front until all is read; gives every part that is done, whoever read it."""
        told: set[int] = set()
        while len(told) < len(self.parts):
            with self._changed:
                number = self._next()
                while number is None and self.batches.keys() <= told:
                    self._changed.wait(_LISTEN_S)
                    number = self._next()
            if number is not None:
                self.finish(number, list(read_files(self.parts[number], options)))
            with self._changed:
                noticed, self._warnings = self._warnings, []
                done = self.batches.keys() - told
            for each in noticed:
                warnings.warn_explicit(each.message, each.category, each.filename, each.lineno)
            told |= done
            yield from (self.parts[each] for each in sorted(done))

    def _next(self) -> int | None:
        if self._returned:
            return self._returned.popleft()
        may_read = self._waiting and (_PARENT_READS or not self._n_helpers)
        return self._waiting.popleft() if may_read else None

    def helper_comes(self) -> None:
        with self._changed:
            self._n_helpers += 1

    def helper_goes(self) -> None:
        with self._changed:
            self._n_helpers -= 1
            self._changed.notify_all()


@dataclass(slots=True)
class _Helper:
    """A child process, and the thread that gives it parts."""

    process: subprocess.Popen[bytes]
    thread: threading.Thread


@contextmanager
def _helpers(work: _Work, options: ReadOptions, folder: Path | None, n: int) -> Iterator[None]:
    """Child processes that read parts until there is none, or until the end."""
    started: list[_Helper] = []
    try:
        for _ in range(n):
            with suppress(OSError):  # no process may be had: then fewer read
                process = subprocess.Popen(
                    [sys.executable, *(f"-W{each}" for each in sys.warnoptions), "-c", _START],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    start_new_session=True,  # Control-C in a terminal is for this process
                )
                work.helper_comes()
                thread = threading.Thread(target=_serve, args=(process, work, options, folder), daemon=True)
                started.append(_Helper(process, thread))
                thread.start()
        yield
    finally:
        for helper in started:
            helper.process.kill()
        for helper in started:
            with suppress(OSError), helper.process:  # waits for it, and closes its pipes
                helper.thread.join()


def _serve(process: subprocess.Popen[bytes], work: _Work, options: ReadOptions, folder: Path | None) -> None:
    """Give a helper part after part; what it cannot read is given back."""
    assert process.stdin is not None
    assert process.stdout is not None
    number: int | None = None
    try:
        _send(process.stdin, sys.path)
        _send(process.stdin, Task(options, str(folder), readers_here(), list(warnings.filters)))
        if pickle.load(process.stdout) is not True:
            warnings.warn(
                "a helper process has other code than this one or lacks plug-ins: files are read in one process",
                stacklevel=2,
            )
            return
        while (number := work.last()) is not None:
            part = work.parts[number]
            _send(process.stdin, part)
            answer: PartRead | None = pickle.load(process.stdout)
            if answer is None:
                work.give_back(number)
            else:
                work.finish(number, [_taken(Path(path), part) for path in answer.paths], answer.warnings)
    except Exception:  # it is gone, or what it was to be given cannot travel: its part is read here
        if number is not None:
            work.give_back(number)
    finally:
        work.helper_goes()


def _send(pipe: IO[bytes], value: object) -> None:
    pipe.write(pickle.dumps(value))
    pipe.flush()


def _taken(path: Path, part: Sequence[Blob]) -> Batch:
    """A batch that a helper wrote; its file goes, what it holds stays in memory."""
    with path.open("rb") as file:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if os.name == "posix" else file.read()
    path.unlink()
    return read_batch(pa.py_buffer(data), part)


@contextmanager
def _scratch_folder(n_bytes: int) -> Iterator[Path | None]:
    """A folder for what helpers read: in shared memory where there is room for it, else among temporary files; None where
    none can be had."""
    has_room = os.path.isdir(_SHARED_MEMORY) and shutil.disk_usage(_SHARED_MEMORY).free > n_bytes
    try:
        folder = tempfile.mkdtemp(prefix="recexplore-", dir=_SHARED_MEMORY if has_room else None)
    except OSError:  # it is full, or only to be read
        yield None
        return
    try:
        yield Path(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
