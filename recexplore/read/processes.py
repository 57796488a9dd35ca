"""Reading with the help of child processes.

Takes files, gives their batches in the order of the files, whoever read them. The helpers (`recexplore.read.helper_process`)
are plain child processes, so nobody's ``__main__`` is run again: it works from notebooks, from standard input and in scripts
without a guard. This process reads too, from the front; helpers take parts from behind. Whoever takes a part claims it by a
file in the folder that they share, so no helper ever waits for this process. A helper that comes late, fails or is killed
costs nothing but its part, which is read here.
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
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import IO, Final

import pyarrow as pa

from recexplore.model.exchange import Blob
from recexplore.read.batch import Batch
from recexplore.read.claims import claim
from recexplore.read.growth import Growth
from recexplore.read.helper_process import PartsRead, Task, readers_here
from recexplore.read.options import ReadOptions
from recexplore.read.packed_batch import read_batch
from recexplore.read.read_files import read_files
from recexplore.read.workers import Progress, with_progress

__all__ = ["fitting_jobs", "read_in_processes"]

_BYTES_PER_JOB: Final = 30_000_000
"""What a process has to read to be worth its start, which costs about as much CPU as reading 25 MB."""
_PART_BYTES: Final = 2_000_000
_PARTS_PER_JOB: Final = 4
_UNKNOWN_FILE_BYTES: Final = 100_000
"""What a file counts whose size is not known before it is read."""
_SHARED_MEMORY: Final = "/dev/shm"
_LISTEN_S: Final = 0.5
"""How long to wait for helpers before Control-C is listened for, where a wait does not end with it."""
_PARENT_READS: Final = True
_NO_THREADS: Final = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""A helper has no use for the threads that NumPy and Arrow start for every core: at its start they keep busy the one this
process reads on."""

_START: Final = """
import pickle, sys
try:
    sys.path[:] = pickle.load(sys.stdin.buffer)
except EOFError:
    sys.exit()
from recexplore.read.helper_process import main
main(sys.argv[1])
"""


def fitting_jobs(found: Sequence[Blob]) -> int:
    """How many processes are worth it: one for a few files, at most as many as there are cores."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, sum(map(_size, found)) // _BYTES_PER_JOB))


def read_in_processes(
    found: Sequence[Blob], options: ReadOptions, jobs: int, progress: Progress, growth: Growth | None = None
) -> list[Batch]:
    """The batches of all files, in their order, read by this process and ``jobs - 1`` others."""
    n_bytes = sum(map(_size, found))
    parts = list(_parts(found, min(_PART_BYTES, n_bytes // (jobs * _PARTS_PER_JOB))))
    with _scratch_folder(n_bytes) as folder:
        work = _Work(parts, folder, jobs)
        with _helpers(work, options, folder, jobs - 1 if folder else 0):
            done = with_progress(
                work.read(options),
                total=len(found),
                unit="file",
                show=progress,
                weigh=len,
                total_bytes=0 if any(blob.n_bytes is None for blob in found) else n_bytes,
                weigh_bytes=lambda part: sum(map(_size, part)),
            )
            for _ in done:
                if growth is not None and not work.is_done:
                    growth.grow(work.batches)
    return work.batches()


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
    """The parts that are to be read, and what was read. Threads that listen to a helper each say what it has read."""

    def __init__(self, parts: list[list[Blob]], folder: Path | None, jobs: int) -> None:
        self.parts = parts
        self.jobs = jobs
        self._folder = folder
        self._batches: dict[int, list[Batch]] = {}
        """By the first of the parts that they hold, which stand beside each other."""
        self._done: set[int] = set()
        self._changed = threading.Condition()
        self._n_helpers = 0
        self._answers: deque[PartsRead] = deque()

    def helper_comes(self) -> None:
        with self._changed:
            self._n_helpers += 1

    def helper_goes(self) -> None:
        with self._changed:
            self._n_helpers -= 1
            self._changed.notify_all()

    def answer(self, read: PartsRead) -> None:
        with self._changed:
            self._answers.append(read)
            self._changed.notify_all()

    @property
    def is_done(self) -> bool:
        return len(self._done) == len(self.parts)

    def batches(self) -> list[Batch]:
        """What is read, in the order of the files."""
        return [batch for part in sorted(self._batches) for batch in self._batches[part]]

    def read(self, options: ReadOptions) -> Iterator[list[Blob]]:
        """Read from the front until all is read; gives every part that is done, whoever read it."""
        if _PARENT_READS:
            yield from self._read(takewhile(self._claim, range(len(self.parts))), options)
        while not self.is_done:
            yield from self._take_answers()
            yield from self._read(self._left(), options)

    def _read(self, parts: Iterable[int], options: ReadOptions) -> Iterator[list[Blob]]:
        """Read parts that stand beside each other as one, for every batch costs something."""
        begun: list[int] = []

        def found() -> Iterator[Blob]:
            for part in parts:
                begun.append(part)
                yield from self.parts[part]

        for batch in read_files(found(), options):
            if begun:
                self._batches.setdefault(begun[0], []).append(batch)
            yield from self._finish(begun[:-1])
            yield from self._take_answers()
        yield from self._finish(begun)

    def _finish(self, parts: Iterable[int]) -> Iterator[list[Blob]]:
        for part in parts:
            if part not in self._done:
                self._done.add(part)
                yield self.parts[part]

    def _take_answers(self) -> Iterator[list[Blob]]:
        while self._answers:
            read = self._answers.popleft()
            found = [blob for part in read.parts for blob in self.parts[part]]
            self._batches[read.parts.start] = [_taken(Path(path), found) for path in read.paths]
            for each in read.warnings:
                warnings.warn_explicit(each.message, each.category, each.filename, each.lineno)
            yield from self._finish(read.parts)

    def _claim(self, part: int) -> bool:
        return self._folder is None or claim(self._folder, part) is not False

    def _left(self) -> list[int]:
        """Parts beside each other that nobody reads any more, once no helper is there; none as long as one may answer."""
        with self._changed:
            if self._n_helpers and not self._answers:
                self._changed.wait(_LISTEN_S)
            if self._n_helpers or self._answers:
                return []
        left = [part for part in range(len(self.parts)) if part not in self._done]
        return [part for at, part in enumerate(left) if part == left[0] + at]


@dataclass(slots=True)
class _Helper:
    """A child process, and the thread that listens to it."""

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
                    [sys.executable, *(f"-W{each}" for each in sys.warnoptions), "-c", _START, str(folder)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    env=os.environ | _NO_THREADS,
                    start_new_session=True,  # Control-C in a terminal is for this process
                )
                work.helper_comes()
                thread = threading.Thread(target=_listen, args=(process, work, options), daemon=True)
                started.append(_Helper(process, thread))
                thread.start()
        yield
    finally:
        for helper in started:
            helper.process.kill()
        for helper in started:
            with suppress(OSError), helper.process:  # waits for it, and closes its pipes
                helper.thread.join()


def _listen(process: subprocess.Popen[bytes], work: _Work, options: ReadOptions) -> None:
    """Tell a helper what there is to read, and say what it has read until it ends."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        _send(process.stdin, sys.path)
        parts = [_portable(part) for part in work.parts]
        _send(process.stdin, Task(options, work.jobs, readers_here(), list(warnings.filters), parts))
        if pickle.load(process.stdout) is not True:
            warnings.warn(
                "a helper process has other code than this one or lacks plug-ins: files are read in one process",
                stacklevel=2,
            )
            return
        while (answer := pickle.load(process.stdout)) is not None:
            work.answer(answer)
    except Exception:  # it is gone, or cannot be told anything: what it has not read is read here
        return
    finally:
        work.helper_goes()


def _portable(part: list[Blob]) -> bytes | None:
    """The part as another process can be told it; None where it cannot."""
    try:
        return pickle.dumps(part)
    except Exception:  # what a file is read with may be anything
        return None


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
