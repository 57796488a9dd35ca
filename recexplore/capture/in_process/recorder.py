"""What one client's exchanges become: journals while they last, recordings when all is over.

Takes a folder and what happens to exchanges, as whoever stands between client and network sees it; gives the paths of their
recordings, in the order of the requests, and what is missing. Never raises while exchanges last: what went wrong is told
once, by `Recorder.close`. In a child that was forked it records nothing, and leaves alone what its parent records.
"""

from __future__ import annotations

import os
import threading
import time
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from recexplore.capture.journal.finish import finish
from recexplore.capture.journal.lines import Headers
from recexplore.capture.journal.writer import Journal, Status, Writer
from recexplore.model.errors import NotLoadable

__all__ = ["Lost", "Only", "RecordedExchange", "Recorder", "RecordingIncomplete", "warn_of"]

Only = str | Callable[[str], bool] | None
"""Which URLs are recorded: those with this in them, or of which the function says so; None: all."""

_CURRENT_TEST: Final = "PYTEST_CURRENT_TEST"
_MOST_NAMED: Final = 3


class RecordingIncomplete(UserWarning):
    """Something that clients received is not in the recordings, or not in a finished one."""


class Lost(NamedTuple):
    """What clients received and no recording holds.

    Attributes
    ----------
    exchanges
        Exchanges of which nothing was written.
    reads, bytes
        Reads of answers, and how much they brought.
    """

    exchanges: int = 0
    reads: int = 0
    bytes: int = 0


@dataclass(eq=False, slots=True)
class RecordedExchange:
    """What happens to one exchange, told to its journal until it ended or the recorder was closed; no method raises."""

    _recorder: Recorder
    journal: Journal
    number: int

    def sent(self, t_ns: int) -> None:
        """The request is on its way."""
        if self._recorder.is_here:
            self.journal.sent(t_ns)

    def headers(self, t_ns: int, status: int, headers: Headers, *, is_unpacked: bool = False) -> None:
        """The head of the answer came; with ``is_unpacked``, reads are told without the encodings that it names."""
        if self._recorder.is_here:
            self.journal.headers(t_ns, status, headers, is_unpacked=is_unpacked)

    def read(self, t_ns: int, data: bytes) -> None:
        """A read of the answer's body came."""
        self._recorder._read(self, t_ns, data)

    def end(self, t_ns: int, how: str, error: str | None = None) -> None:
        """The exchange is over."""
        self._recorder._end(self, t_ns, how, error)


class Recorder:
    """Records exchanges into a folder.

    Parameters
    ----------
    folder
        Where journals and recordings are written; made where it is not there.
    test_id
        Which test asks; by default what pytest says is running.
    only
        Which URLs are recorded.
    """

    def __init__(self, folder: Path, *, test_id: str | None = None, only: Only = None) -> None:
        self.folder = folder
        self._test_id, self._only = test_id, only
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._open: dict[int, RecordedExchange] = {}
        self._written: dict[int, Path] = {}
        self._n_begun = self._n_reads = self._n_bytes = 0
        self._failures: list[str] = []
        self._is_closed = False
        self._writer = Writer(folder, ended=self._keep)

    @property
    def is_here(self) -> bool:
        """Whether this is the process that records, and no child that was forked; there whoever held a lock holds it for
        good."""
        return self._process == os.getpid()

    @property
    def paths(self) -> list[Path]:
        """The files of the exchanges in the order of their requests: journals, and recordings once they are finished."""
        with self._lock:
            begun = {number: each.journal.path for number, each in self._open.items()} | self._written
        return [path for _, path in sorted(begun.items()) if path is not None]

    @property
    def lost(self) -> Lost:
        """What was lost; until the recorder is closed, what waits for the disk counts as lost."""
        status, n_files = self._writer.status, len(self.paths)
        with self._lock:
            return Lost(self._n_begun - n_files, self._n_reads - status.n_reads, self._n_bytes - status.n_bytes)

    def chosen(self, url: str) -> list[Recorder]:
        """This recorder, where it records the exchange with a URL; else none."""
        if not self.is_here:
            return []
        if self._only is None or isinstance(self._only, str):
            return [self] if (self._only or "") in url else []
        try:
            return [self] if self._only(url) else []
        except Exception as error:  # the client's call goes on
            self.failed(f"`only` failed, and what it was asked about was not recorded: {error!r}")
            return []

    def begin(
        self, method: str, url: str, headers: Headers, body: bytes, *, received_ns: int
    ) -> RecordedExchange | None:
        """Begin an exchange; None where the recorder is closed already, or another process's."""
        if not self.is_here:
            return None
        test_id = self._test_id or _running_test()
        with self._lock:
            if self._is_closed:
                return None
            self._n_begun += 1
            journal = self._writer.open(method, url, headers, body, received_ns=received_ns, test_id=test_id)
            exchange = RecordedExchange(self, journal, self._n_begun)
            self._open[exchange.number] = exchange
            return exchange

    def failed(self, what: str) -> None:
        """Note what went wrong, to be warned about."""
        if not self.is_here:
            return
        with self._lock:
            if what not in self._failures:
                self._failures.append(what)

    def close(self) -> str:
        """End what is still open, write what waits, make recordings of the journals.

        Returns
        -------
        str
            What is missing and why, to be warned about; empty where nothing is, and where it was said before.
        """
        if not self.is_here:
            return ""
        with self._lock:
            if self._is_closed:
                return ""
            self._is_closed = True
            left = list(self._open.values())
        now_ns = time.monotonic_ns()
        for exchange in left:
            exchange.journal.end(now_ns, "stopped")
        had_died = not self._writer.status.is_alive
        status = self._writer.close()
        with self._lock:
            # What a dead thread left has no end, and becomes a recording that says so; what a live one waits with is its.
            unended = {} if status.is_alive else {number: each.journal.path for number, each in self._open.items()}
            journals = sorted((self._written | {number: path for number, path in unended.items() if path}).items())
        for number, journal in journals:
            self._finish(number, journal)
        return self._missing(status, had_died)

    def _read(self, exchange: RecordedExchange, t_ns: int, data: bytes) -> None:
        if not self.is_here:
            return
        with self._lock:
            if self._is_closed or exchange.number not in self._open:
                return
            self._n_reads += 1
            self._n_bytes += len(data)
            exchange.journal.read(t_ns, data)

    def _end(self, exchange: RecordedExchange, t_ns: int, how: str, error: str | None) -> None:
        if not self.is_here:
            return
        with self._lock:
            if not self._is_closed:
                exchange.journal.end(t_ns, how, error)

    def _keep(self, path: Path) -> None:
        """Called by the writer's thread: a journal ended. Of its exchange no more than the path is kept."""
        with self._lock:
            for number, exchange in self._open.items():
                if exchange.journal.path == path:
                    self._written[number] = path
                    del self._open[number]
                    return

    def _finish(self, number: int, journal: Path) -> None:
        path: Path | None = None
        try:
            path = finish(journal)
        except FileNotFoundError:  # nothing of it could be written
            pass
        except (OSError, NotLoadable) as error:
            self.failed(f"{journal.name} stays a journal, which can be loaded as it is: {error}")
            path = journal
        with self._lock:
            self._open.pop(number, None)
            self._written.pop(number, None)
            if path is not None:
                self._written[number] = path

    def _missing(self, status: Status, had_died: bool) -> str:
        """What is missing and why, in words; empty where nothing is."""
        lost, said = self.lost, []
        if lost.exchanges:
            said.append(f"of {lost.exchanges} of {self._n_begun} exchanges nothing was written")
        if lost.reads:
            said.append(f"{lost.reads} reads of answers ({lost.bytes} bytes) were not written")
        if status.lost_requests:
            said.append(f"the bodies of {status.lost_requests} requests were not written, for too much waited")
        if said and status.error:
            said.append(f"the last error was: {status.error}")
        if status.is_alive:
            said.append("the disk is still waited for; what is not finished stays a journal")
        if had_died:
            said.append("the thread that writes had died")
        return f"{self.folder}: {'; '.join([*said, *_first(self._failures)])}" if said or self._failures else ""


def warn_of(missing: str, error: BaseException | None = None) -> None:
    """Warn whoever called the caller of what is missing.

    An exception that is on its way is not replaced, even where warnings are errors.

    Warns
    -----
    RecordingIncomplete
        Something is missing.
    """
    if missing:
        with suppress(*([] if error is None else [RecordingIncomplete])):
            warnings.warn(missing, RecordingIncomplete, stacklevel=3)


def _first(texts: Sequence[str]) -> list[str]:
    more = [f"and {len(texts) - _MOST_NAMED} more"] if len(texts) > _MOST_NAMED else []
    return [*texts[:_MOST_NAMED], *more]


def _running_test() -> str | None:
    """The test that pytest runs, as recorders note it; None where none runs."""
    return os.environ.get(_CURRENT_TEST, "").rpartition(" ")[0] or None
