"""The thread that writes journals, so that no disk is ever waited for by a client.

Takes what happened to exchanges (`Journal`), writes a line for each with one ``os.write`` to a file of its own, opened for
appending. What cannot be written is counted as lost and said in the journal as soon as that can be written again; nothing
here raises into whoever records. `Writer.status` tells whether the thread lives, and what was lost.

A file is locked while its journal is written, so that others can tell a journal in progress from one that a dead recorder
left.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import SimpleQueue
from typing import Final

from recexplore.capture.file_lock import lock
from recexplore.capture.journal_lines import (
    Headers,
    end_line,
    gap_line,
    headers_line,
    read_line,
    request_line,
    sent_line,
)
from recexplore.capture.journal_name import journal_name
from recexplore.capture.secrets import KeyMask

__all__ = ["Journal", "Status", "Writer"]

MOST_WAITING_BYTES: Final = 64 * 1024 * 1024
"""What may wait for the disk; what comes then is lost to the recording, and counted."""
_RECORD_BYTES: Final = 200
"""What a record in the queue takes beside its data."""
_log: Final = logging.getLogger(__name__)

Clock = Callable[[], int]


@dataclass(frozen=True, slots=True)
class Status:
    """How far the writer is.

    Attributes
    ----------
    n_open, n_ended
        Exchanges that are recorded, and that were.
    n_reads, n_bytes
        Reads of answers that are on disk.
    lost_reads, lost_bytes
        Reads that are not, and never will be.
    waiting_bytes
        What waits for the disk.
    is_alive
        Whether the thread that writes lives.
    error
        The last thing that went wrong; None where nothing did.
    """

    n_open: int = 0
    n_ended: int = 0
    n_reads: int = 0
    n_bytes: int = 0
    lost_reads: int = 0
    lost_bytes: int = 0
    waiting_bytes: int = 0
    is_alive: bool = True
    error: str | None = None


@dataclass(eq=False)
class Journal:
    """What happens to one exchange, told to the writer by whoever sees it; no method waits or raises.

    Times are nanoseconds of `Writer.clock`.
    """

    received_ns: int
    _writer: Writer
    _name: Callable[[], str]
    _keys: KeyMask
    _file: int | None = None
    _size: int = 0
    _lost: list[int] = field(default_factory=lambda: [0, 0])
    _is_ended: bool = False
    path: Path | None = None
    """The file, once its first line is written."""

    def sent(self, t_ns: int) -> None:
        """The request is on its way."""
        self._put(lambda: sent_line(t_ns - self.received_ns))

    def headers(self, t_ns: int, status: int, headers: Headers) -> None:
        """The head of the answer came."""
        fields = list(headers)
        self._put(lambda: headers_line(t_ns - self.received_ns, status, fields))

    def read(self, t_ns: int, data: bytes) -> None:
        """A read of the answer's body came; ``data`` is not changed afterwards."""
        self._put(lambda: read_line(t_ns - self.received_ns, self._keys.masked(data)), n_bytes=len(data), t_ns=t_ns)

    def end(self, t_ns: int, how: str, error: str | None = None) -> None:
        """The exchange is over; what is told afterwards is not recorded."""
        if not self._is_ended:
            self._is_ended = True
            self._put(lambda: end_line(t_ns - self.received_ns, how, error), t_ns=t_ns, ends=True)

    def _put(
        self, line: Callable[[], bytes], *, n_bytes: int | None = None, t_ns: int | None = None, ends: bool = False
    ) -> None:
        self._writer.put(_Record(self, line, n_bytes, (t_ns or self.received_ns) - self.received_ns, ends))


@dataclass(frozen=True, slots=True)
class _Record:
    """A line to be written; ``n_bytes`` of a read, None of anything else."""

    journal: Journal
    line: Callable[[], bytes]
    n_bytes: int | None
    t_ns: int
    ends: bool

    @property
    def size(self) -> int:
        return _RECORD_BYTES + (self.n_bytes or 0)


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
        self._status = Status()
        self._thread = threading.Thread(target=self._run, name="recexplore-journals", daemon=True)
        self._thread.start()

    @property
    def status(self) -> Status:
        """How far the writer is now."""
        with self._lock:
            return replace(self._status, is_alive=self._thread.is_alive())

    def open(
        self, method: str, url: str, headers: Headers, body: bytes, *, received_ns: int, test_id: str | None = None
    ) -> Journal:
        """Begin the journal of an exchange whose request was received at ``received_ns``."""
        fields = list(headers)
        posix_ns = time.time_ns() - (self.clock() - received_ns)
        asked = {"method": method, "url": url, "body": body, "test_id": test_id}
        journal = Journal(received_ns, self, lambda: journal_name(asked, posix_ns), KeyMask(fields, url))
        self._count(n_open=1)
        self.put(
            _Record(
                journal,
                lambda: request_line(method, url, fields, body, received_posix_ns=posix_ns, test_id=test_id),
                None,
                0,
                ends=False,
            )
        )
        return journal

    def put(self, record: _Record) -> None:
        """Hand a record to the thread; where too much waits already, a read is lost."""
        with self._lock:
            is_full = self._status.waiting_bytes + record.size > self._most_waiting
            is_read = record.n_bytes is not None
            if not (self._thread.is_alive() and not (is_full and is_read)):
                self._lose(record)
                return
            self._status = replace(self._status, waiting_bytes=self._status.waiting_bytes + record.size)
        self._queue.put(record)

    def close(self, timeout_s: float = 10.0) -> Status:
        """Write what waits and end the thread; the status after that, or after ``timeout_s``."""
        self._queue.put(None)
        self._thread.join(timeout_s)
        return self.status

    def _count(self, **more: int) -> None:
        with self._lock:
            self._status = replace(self._status, **{name: getattr(self._status, name) + n for name, n in more.items()})

    def _lose(self, record: _Record) -> None:
        """Count a read that will not be written. The lock is held."""
        if record.n_bytes is None:
            return
        lost = record.journal._lost
        lost[0], lost[1] = lost[0] + 1, lost[1] + record.n_bytes
        now = self._status
        self._status = replace(now, lost_reads=now.lost_reads + 1, lost_bytes=now.lost_bytes + record.n_bytes)

    def _run(self) -> None:
        while (record := self._queue.get()) is not None:
            try:
                self._write(record)
            except Exception as error:  # whatever it is, the next record is written
                self._failed(record, error)
            finally:
                self._count(waiting_bytes=-record.size)
                if record.ends:
                    self._finish(record.journal)

    def _failed(self, record: _Record, error: Exception) -> None:
        with self._lock:
            is_new = self._status.error != str(error)
            self._status = replace(self._status, error=str(error) or repr(error))
            self._lose(record)
        if is_new:
            _log.warning("a journal cannot be written: %s", error)

    def _write(self, record: _Record) -> None:
        journal = record.journal
        if journal._file is None:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_CLOEXEC", 0)
            if record.n_bytes is not None or record.ends or journal._size:
                raise OSError("its first line could not be written")
            path = self.folder / journal._name()
            journal._file = os.open(path, flags, 0o600)
            journal.path = path
            lock(journal._file)
        self._say_gap(record)
        self._append(journal, record.line())
        if record.n_bytes is not None:
            self._count(n_reads=1, n_bytes=record.n_bytes)

    def _say_gap(self, record: _Record) -> None:
        """What was lost before, as soon as that can be written."""
        journal = record.journal
        with self._lock:
            n_reads, n_bytes = journal._lost
        if n_reads:
            self._append(journal, gap_line(record.t_ns, n_reads, n_bytes))
            with self._lock:
                journal._lost[0] -= n_reads
                journal._lost[1] -= n_bytes

    def _append(self, journal: Journal, line: bytes) -> None:
        """Write a whole line or none of it."""
        assert journal._file is not None
        n_written = 0
        try:
            while n_written < len(line):
                n_written += os.write(journal._file, line[n_written:])
        except OSError:
            if n_written:
                os.ftruncate(journal._file, journal._size)
            raise
        journal._size += n_written

    def _finish(self, journal: Journal) -> None:
        """The journal ended: it is put on the disk for good, and told."""
        self._count(n_open=-1, n_ended=1)
        if journal._file is None or journal.path is None:
            return
        with contextlib.suppress(OSError):
            os.fdatasync(journal._file) if hasattr(os, "fdatasync") else os.fsync(journal._file)
        with contextlib.suppress(OSError):
            os.close(journal._file)
        journal._file = None
        try:
            self._ended(journal.path)
        except Exception as error:
            with self._lock:
                self._status = replace(self._status, error=str(error) or repr(error))
            _log.warning("%s: ended, but %s", journal.path.name, error)
