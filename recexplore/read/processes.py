"""Reading with the help of child processes.

Takes files, gives their batches in the order of the files, whoever read them. The helpers (`recexplore.read.helper_process`)
are plain child processes, so nobody's ``__main__`` is run again: it works from notebooks, from standard input and in scripts
without a guard. This process reads too, from the front; helpers take parts from behind. Whoever takes a part claims it by a
file in the folder that they share, so that no helper waits for this process, and this one only for what others took. A
helper that comes late, fails or is killed costs nothing but its parts, which are read here.
"""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
import tempfile
import threading
import warnings
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

import pyarrow as pa

from recexplore.model.exchange import Blob
from recexplore.read.batch import Batch
from recexplore.read.claims import claim
from recexplore.read.file_sizes import FileSizes
from recexplore.read.growth import Growth
from recexplore.read.helper_process import PartsRead, Task, readers_here
from recexplore.read.options import ReadOptions
from recexplore.read.packed_batch import read_batch
from recexplore.read.pickled_parts import write_parts
from recexplore.read.read_files import read_files
from recexplore.read.workers import Progress, with_progress

__all__ = ["fitting_jobs", "read_in_processes"]

_BYTES_PER_JOB: Final = 30_000_000
"""What a process has to read to be worth its start, which costs about as much CPU as reading 20 MB."""
_PART_BYTES: Final = 2_000_000
_PARTS_PER_JOB: Final = 4
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
    return max(1, min(cores, FileSizes([blob for blob in found if _may_travel(blob)]).total // _BYTES_PER_JOB))


def read_in_processes(
    found: Sequence[Blob], options: ReadOptions, jobs: int, progress: Progress, growth: Growth | None = None
) -> list[Batch]:
    """The batches of all files, in their order, read by this process and ``jobs - 1`` others."""
    sizes = FileSizes(found)
    parts = list(_parts(found, sizes, min(_PART_BYTES, sizes.total // (jobs * _PARTS_PER_JOB))))
    with _scratch_folder(sizes.total) as folder:
        work = _Work(parts, folder)
        with _helpers(work, options, jobs if any(map(_may_travel, found)) else 1):
            done = with_progress(
                work.read(options),
                total=len(found),
                unit="file",
                show=progress,
                weigh=len,
                total_bytes=sizes.total if sizes.are_known else 0,
                weigh_bytes=lambda part: sum(map(sizes.assumed, part)),
            )
            for _ in done:
                if growth is not None and not work.is_done:
                    growth.grow(work.batches)
    return work.batches()


def _may_travel(blob: Blob) -> bool:
    """Whether another process can read it for less than this one: an archive is opened once and read forwards, and what is
    in memory is here."""
    return blob.archive is None and blob.identity[0] != "memory"


def _parts(found: Sequence[Blob], sizes: FileSizes, most_bytes: int) -> Iterator[list[Blob]]:
    """Neighbours, about as many bytes each, of which all or none may travel."""
    part: list[Blob] = []
    size = 0
    for blob in found:
        if part and (size >= most_bytes or _may_travel(blob) != _may_travel(part[-1])):
            yield part
            part, size = [], 0
        part.append(blob)
        size += sizes.assumed(blob)
    if part:
        yield part


class _Work:
    """The parts that are to be read, and what was read. Threads that listen to a helper each say what it has read."""

    def __init__(self, parts: list[list[Blob]], folder: Path | None) -> None:
        self.parts = parts
        self.folder = folder
        self._batches: dict[int, list[Batch]] = {}
        """By the first of the parts that they hold, which stand beside each other."""
        self._done: set[int] = set()
        self._begun: set[int] = set()
        """What this process reads itself."""
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
        numbers = iter(range(len(self.parts) if _PARENT_READS else 0))
        while not self.is_done:
            if not (yield from self._read(self._stretch(numbers), options)):
                yield from self._take_answers()
                yield from self._read(self._left(), options)

    def _stretch(self, numbers: Iterator[int]) -> Iterator[int]:
        """The next parts beside each other that this process takes; those behind what others took may be only for it."""
        is_begun = False
        for part in numbers:
            # Where this process cannot claim anything it reads all the same; a helper that read it too is not heard.
            if part not in self._done and (self.folder is None or claim(self.folder, part) is not False):
                is_begun = True
                yield part
            elif is_begun:
                return

    def _read(self, parts: Iterable[int], options: ReadOptions) -> Generator[list[Blob], None, bool]:
        """Read parts that stand beside each other as one, for every batch costs something. Returns whether there was any."""
        begun: list[int] = []

        def found() -> Iterator[Blob]:
            for part in parts:
                begun.append(part)
                self._begun.add(part)
                yield from self.parts[part]

        for batch in read_files(found(), options):
            yield from self._finish(begun[:-1])
            yield from self._take_answers()
            if begun:
                self._batches.setdefault(begun[0], []).append(batch)
        yield from self._finish(begun)
        return bool(begun)

    def _finish(self, parts: Iterable[int]) -> Iterator[list[Blob]]:
        finished = [part for part in parts if part not in self._done]
        self._done.update(finished)
        yield from (self.parts[part] for part in finished)

    def _take_answers(self) -> Iterator[list[Blob]]:
        while self._answers:
            read = self._answers.popleft()
            if not (self._done.isdisjoint(read.parts) and self._begun.isdisjoint(read.parts)):
                continue
            found = [blob for part in read.parts for blob in self.parts[part]]
            try:
                batches = [_taken(path, found) for path in read.paths]
            except Exception:  # a file is gone or damaged: these parts are left, and are read here
                continue
            self._batches[read.parts.start] = batches
            for each in read.warnings:
                warnings.warn_explicit(each.message, each.category, each.filename, each.lineno)
            yield from self._finish(read.parts)

    def _left(self) -> list[int]:
        """Parts beside each other that nobody reads any more, once no helper is there; none as long as one may answer."""
        with self._changed:
            if self._n_helpers and not self._answers:
                self._changed.wait(_LISTEN_S)
            if self._n_helpers or self._answers:
                return []
        left = [part for part in range(len(self.parts)) if part not in self._done]
        return [part for at, part in enumerate(left) if part == left[0] + at]


@contextmanager
def _helpers(work: _Work, options: ReadOptions, jobs: int) -> Iterator[None]:
    """Child processes that read parts until there is none, or until the end; as many as can be had."""
    processes: list[subprocess.Popen[bytes]] = []
    listeners: list[threading.Thread] = []
    try:
        if work.folder is not None:
            with suppress(OSError, TypeError):  # TypeError: where Python is embedded it does not know how it is called
                processes.extend(_started(work.folder) for _ in range(jobs - 1))
        if processes and work.folder is not None:
            parts = [part if all(map(_may_travel, part)) else None for part in work.parts]
            places = write_parts(parts, work.folder)
            task = Task(options, jobs, readers_here(), list(warnings.filters), places)
            for process in processes:
                listener = threading.Thread(target=_listen, args=(process, work, task), daemon=True)
                work.helper_comes()
                try:
                    listener.start()
                    listeners.append(listener)
                except RuntimeError:  # no thread may be had: nothing is heard of it
                    work.helper_goes()
        yield
    finally:
        for process in processes:
            process.kill()
        for process in processes:
            with suppress(OSError), process:  # waits for it, and closes its pipes
                pass
        for listener in listeners:
            listener.join()


def _started(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, *(f"-W{each}" for each in sys.warnoptions), "-c", _START, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | _NO_THREADS,
        start_new_session=True,  # Control-C in a terminal is for this process
    )


def _listen(process: subprocess.Popen[bytes], work: _Work, task: Task) -> None:
    """Tell a helper what there is to read, and say what it has read until it ends."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        _send(process.stdin, sys.path)
        _send(process.stdin, task)
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


def _send(pipe: IO[bytes], value: object) -> None:
    pipe.write(pickle.dumps(value))
    pipe.flush()


def _taken(path: str, found: Sequence[Blob]) -> Batch:
    """A batch that a helper wrote; its file goes, what it holds stays in memory."""
    opened = pa.memory_map if os.name == "posix" else pa.OSFile  # what is mapped cannot be removed elsewhere
    with opened(path) as file:
        data = file.read_buffer()
    os.unlink(path)
    return read_batch(data, found)


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
