"""The thread that writes journals, so that no disk is ever waited for by a client.

Takes what happened to exchanges (`Journal`), writes a line for each with one ``os.write`` to a file of its own, opened for
appending. What cannot be written is counted as lost and said in the journal as soon as that can be written again; where the
disk stays full, the last reads make room for it. Nothing here raises into whoever records. `Writer.status` tells whether the
thread lives, and what was lost.

A file is locked while its journal is written, so that others can tell a journal in progress from one that a dead recorder
left.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import SimpleQueue
from typing import Final, NamedTuple

from recexplore.capture.journal.file_lock import lock, unlock
from recexplore.capture.journal.first_line import FirstLine
from recexplore.capture.journal.lines import Headers, end_line, gap_line, headers_line, sent_line
from recexplore.capture.journal.read_lines import ReadLines, made
from recexplore.capture.journal.writer_status import Status, words_of

__all__ = ["Journal", "Status", "Writer"]

MOST_WAITING_BYTES: Final = 64 * 1024 * 1024
"""What may wait for the disk; what comes then is lost to the recording, and counted."""
_RECORD_BYTES: Final = 500
"""What a record in the queue takes beside its data."""
_REMEMBERED_LINES: Final = 16
"""How many of a journal's last lines may be given up for saying what is lost."""
_NO_SPACE: Final = (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))
_log: Final = logging.getLogger(__name__)

Clock = Callable[[], int]


class _Lines(NamedTuple):
    """Reads that a line of a journal tells of, and where it begins: a read that is written, or reads that are lost."""

    offset: int
    n_reads: int
    n_bytes: int
    is_written: bool


@dataclass(eq=False, slots=True)
class Journal:
    """What happens to one exchange, told to the writer by whoever sees it; no method waits or raises.

    Times are nanoseconds of `Writer.clock`.
    """

    received_ns: int
    _writer: Writer
    _first: FirstLine
    _reads: ReadLines
    _is_begun: bool = False
    """Whether the first line is written."""
    path: Path | None = None
    """The file, once its first line is written."""
    _file: int | None = None
    _size: int = 0
    _is_torn: bool = False
    _lost: list[int] = field(default_factory=lambda: [0, 0])
    """Reads, and bytes, that are lost before the next line, and not said."""
    _lost_waiting: list[int] = field(default_factory=lambda: [0, 0])
    """The same of what is lost before the next record that may wait."""
    _last: deque[_Lines] = field(default_factory=lambda: deque(maxlen=_REMEMBERED_LINES))
    _is_ended: bool = False
    """Whether the end was told."""
    _is_finished: bool = False
    """Whether it is written."""

    def sent(self, t_ns: int) -> None:
        """The request is on its way."""
        self._put(t_ns, lambda: sent_line(t_ns - self.received_ns))

    def headers(self, t_ns: int, status: int, headers: Headers, *, is_unpacked: bool = False) -> None:
        """The head of the answer came; with ``is_unpacked``, reads are told without the encodings that it names."""
        fields = list(headers)
        self._reads.headers(fields, is_unpacked=is_unpacked)
        self._put(t_ns, lambda: headers_line(t_ns - self.received_ns, status, fields, self._first.keys))

    def read(self, t_ns: int, data: bytes) -> None:
        """A read of the answer's body came; ``data`` is not changed afterwards."""
        self._put(t_ns, self._reads.next_line(t_ns - self.received_ns, data), n_bytes=len(data))

    def end(self, t_ns: int, how: str, error: str | None = None) -> None:
        """The exchange is over; what is told afterwards is not recorded."""
        if not self._is_ended:
            self._is_ended = True
            self._put(t_ns, lambda: end_line(t_ns - self.received_ns, how, error, self._first.keys), ends=True)

    def _put(self, t_ns: int, line: Callable[[], bytes], *, n_bytes: int | None = None, ends: bool = False) -> None:
        record = _Record(self, line, n_bytes, t_ns - self.received_ns, ends)
        if self._is_ended and not ends:
            self._writer.lose(record)
        else:
            self._writer.put(record)


class _Record(NamedTuple):
    """A line; ``n_bytes`` of a read, None of anything else; ``n_held`` of a request; the reads ``lost`` before it."""

    journal: Journal
    line: Callable[[], bytes]
    n_bytes: int | None
    t_ns: int
    ends: bool
    n_held: int = 0
    lost: tuple[int, int] = (0, 0)

    @property
    def size(self) -> int:
        return _RECORD_BYTES + (self.n_bytes or 0) + self.n_held


class Writer:
    """Writes the journals of a folder.

    Parameters
    ----------
    folder
        Where journals are written; made where it is not there.
    ended
        Called by the thread with the path of each journal that ended and is on disk.
    clock
        Nanoseconds that never go back; all times that journals are told come from it.
    """

    def __init__(
        self,
        folder: Path,
        *,
        ended: Callable[[Path], None] = lambda path: None,
        clock: Clock = time.monotonic_ns,
        most_waiting_bytes: int = MOST_WAITING_BYTES,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.clock = folder, clock
        self._ended, self._most_waiting = ended, most_waiting_bytes
        self._queue: SimpleQueue[_Record | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._counts = Status()
        self._open: set[Journal] = set()
        self._thread = threading.Thread(target=self._run, name="recexplore-journals", daemon=True)
        self._thread.start()

    @property
    def status(self) -> Status:
        """How far the writer is now."""
        with self._lock:
            return replace(self._counts, is_alive=self._counts.is_alive and self._thread.is_alive())

    def open(
        self, method: str, url: str, headers: Headers, body: bytes, *, received_ns: int, test_id: str | None = None
    ) -> Journal:
        """Begin the journal of an exchange whose request was received at ``received_ns``."""
        posix_ns = time.time_ns() - (self.clock() - received_ns)
        with self._lock:
            self._counts.n_open += 1
            is_full = self._counts.waiting_bytes + len(body) > self._most_waiting
            n_lost = len(body) if is_full else 0
            self._counts.lost_requests += bool(n_lost)
        kept = b"" if n_lost else body
        first = FirstLine(method, url, headers, kept, n_lost=n_lost, received_posix_ns=posix_ns, test_id=test_id)
        journal = Journal(received_ns, self, first, ReadLines(first))
        self.put(_Record(journal, bytes, None, 0, ends=False, n_held=len(kept)))
        return journal

    def put(self, record: _Record) -> None:
        """Hand a record to the thread; where too much waits already, a read is lost."""
        size = record.size
        with self._lock:
            counts = self._counts
            is_full = counts.waiting_bytes + size > self._most_waiting
            if counts.is_alive and not (is_full and record.n_bytes is not None):
                journal = record.journal
                lost, journal._lost_waiting = journal._lost_waiting, [0, 0]
                counts.waiting_bytes += size
                self._queue.put(record._replace(lost=(lost[0], lost[1])))
                return
            self._lose(record, waiting=True)
            if record.ends:
                self._count_end()

    def lose(self, record: _Record) -> None:
        """Count a read that was told too late to be written, or to be missing."""
        with self._lock:
            self._lose(record, waiting=True)

    def close(self, timeout_s: float = 10.0) -> Status:
        """Write what waits and end the thread; the status after that, or after ``timeout_s``."""
        self._queue.put(None)
        self._thread.join(timeout_s)
        return self.status

    def _count_end(self) -> None:
        self._counts.n_open -= 1
        self._counts.n_ended += 1

    def _lose(self, record: _Record, *, waiting: bool = False) -> None:
        """Count a read that will not be written; with ``waiting``, it is lost behind what waits. The lock is held."""
        if record.n_bytes is not None:
            journal = record.journal
            self._count_lost(journal._lost_waiting if waiting else journal._lost, 1, record.n_bytes)

    def _count_lost(self, lost: list[int], n_reads: int, n_bytes: int) -> None:
        lost[0] += n_reads
        lost[1] += n_bytes
        self._counts.lost_reads += n_reads
        self._counts.lost_bytes += n_bytes

    def _run(self) -> None:
        record: _Record | None = None
        try:
            while (record := self._queue.get()) is not None:
                self._take(record)
                with self._lock:
                    self._counts.waiting_bytes -= record.size
        except BaseException as error:  # nobody else would tell
            self._note_error(error, None if record is None else record.journal)
        finally:
            self._give_up(record)

    def _take(self, record: _Record) -> None:
        with self._lock:
            for at, n in enumerate(record.lost):
                record.journal._lost[at] += n
            if record.journal._is_finished:  # told at the same time as the end
                self._lose(record)
                return
        try:
            self._write(record)
        except Exception as error:  # whatever it is, the next record is written
            self._note_error(error, record.journal)
            with self._lock:
                self._lose(record)
        if record.ends:
            self._finish(record.journal)

    def _give_up(self, record: _Record | None) -> None:
        """No more is written: what waits is lost, and the files are for others to finish."""
        with self._lock:
            self._counts.is_alive = False
            while record is not None or not self._queue.empty():
                if record is not None:
                    self._counts.waiting_bytes -= record.size
                    self._lose(record)
                    if record.ends:
                        self._count_end()
                record = None if self._queue.empty() else self._queue.get()
        for journal in tuple(self._open):
            self._close_file(journal)

    def _note_error(self, error: BaseException, journal: Journal | None = None) -> None:
        words = words_of(error, None if journal is None else journal._first)
        with self._lock:
            is_new = self._counts.error != words
            self._counts.error = words
        if is_new:
            _log.warning("a journal cannot be written: %s", words)

    def _begin(self, journal: Journal) -> None:
        """Make the file with its first line; tried again with each record until it succeeds."""
        if journal._is_begun:
            return
        name, line = journal._first.named
        if journal._file is None:
            flags, path = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, self.folder / name
            journal._file, journal.path = os.open(path, flags | getattr(os, "O_BINARY", 0), 0o600), path
            self._open.add(journal)
            lock(journal._file)
        self._append(journal, line)
        journal._is_begun = True
        del journal._first.named

    def _write(self, record: _Record) -> None:
        journal, (line, left_out) = record.journal, made(record.line)
        self._begin(journal)
        try:
            self._say_gap(record)
            offset = journal._size
            self._append(journal, line)
        except OSError:
            if not record.ends:
                raise
            self._make_room(record, line)
        if record.n_bytes is not None:
            journal._last.append(_Lines(offset, 1, record.n_bytes, is_written=True))
            with self._lock:
                self._counts.n_reads += 1
                self._counts.n_bytes += record.n_bytes
        if left_out is not None:
            raise left_out

    def _say_gap(self, record: _Record) -> None:
        """What was lost before, as soon as that can be written."""
        with self._lock:
            n_reads, n_bytes = (journal := record.journal)._lost
        if n_reads:
            offset = journal._size
            self._append(journal, gap_line(record.t_ns, n_reads, n_bytes))
            journal._last.append(_Lines(offset, n_reads, n_bytes, is_written=False))
            with self._lock:
                journal._lost[0] -= n_reads
                journal._lost[1] -= n_bytes

    def _make_room(self, record: _Record, line: bytes) -> None:
        """Give up the last lines until what is lost, and the end, can be said instead."""
        journal = record.journal
        while True:
            try:
                self._say_gap(record)
                return self._append(journal, line)
            except OSError as error:
                if error.errno not in _NO_SPACE:  # room would not help
                    raise
            while not self._give_up_last(journal):
                continue

    def _give_up_last(self, journal: Journal) -> bool:
        """Take away the last line that tells of reads; whether it was a read, and not a gap, which is said anew."""
        if not journal._last:
            raise OSError("no space is left for the end of a journal")
        last = journal._last.pop()
        self._cut(journal, last.offset)
        with self._lock:
            if last.is_written:
                self._count_lost(journal._lost, last.n_reads, last.n_bytes)
                self._counts.n_reads -= last.n_reads
                self._counts.n_bytes -= last.n_bytes
            else:
                journal._lost[0] += last.n_reads
                journal._lost[1] += last.n_bytes
        return last.is_written

    def _append(self, journal: Journal, line: bytes) -> None:
        """Write a whole line or none of it."""
        assert journal._file is not None
        if journal._is_torn:
            self._cut(journal, journal._size)
        n_written = 0
        try:
            while n_written < len(line):
                n_written += os.write(journal._file, line[n_written:])
        except OSError:
            # Whoever failed may have written part of it.
            journal._is_torn = True
            with contextlib.suppress(OSError):
                self._cut(journal, journal._size)
            raise
        journal._size += n_written

    def _cut(self, journal: Journal, size: int) -> None:
        """Take away what stands behind the last line that counts."""
        assert journal._file is not None
        os.ftruncate(journal._file, size)
        journal._size, journal._is_torn = size, False

    def _finish(self, journal: Journal) -> None:
        """The journal ended: it is put on the disk for good, and told."""
        with self._lock:
            self._count_end()
            journal._is_finished = True
        if journal._file is None or journal.path is None:
            return
        with contextlib.suppress(OSError):
            os.fdatasync(journal._file) if hasattr(os, "fdatasync") else os.fsync(journal._file)
        self._close_file(journal)
        if not journal._is_begun:  # without a request the file says nothing
            with contextlib.suppress(OSError):
                journal.path.unlink()
            return
        try:
            self._ended(journal.path)
        except Exception as error:
            self._note_error(error, journal)

    def _close_file(self, journal: Journal) -> None:
        self._open.discard(journal)
        if journal._file is not None:
            unlock(journal._file)
            with contextlib.suppress(OSError):
                os.close(journal._file)
            journal._file = None
