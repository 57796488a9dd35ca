"""Makes recordings of the journals that ended, in a process of its own, so that no stream waits for it.

Takes paths of journals, from any thread and without making it wait; a child process
(`recexplore.capture.journal.finishing_process`) finishes one after the other. If it dies it is started once more; what is
left at the end is finished in this process. A journal that cannot be finished stays where it is, and `Finished.failures`
says why.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Final

__all__ = ["Finished", "Finisher"]

_STARTS: Final = 2
_ANSWERS: Final = ("recording", "error")
_log: Final = logging.getLogger(__name__)
_START: Final = (
    "import json, sys; sys.path[:] = json.loads(sys.stdin.readline()); "
    "from recexplore.capture.journal.finishing_process import main; main()"
)


@dataclass
class Finished:
    """What became of journals.

    Attributes
    ----------
    recordings
        The files that were written, in order.
    journals
        What they were made of, in the same order.
    failures
        The journals that stay, with what is wrong.
    """

    recordings: list[Path] = field(default_factory=list)
    journals: list[Path] = field(default_factory=list)
    failures: dict[Path, str] = field(default_factory=dict)


class Finisher:
    """Finishes journals while it is open.

    Parameters
    ----------
    n_starts
        How often the child process may be started.
    """

    def __init__(self, n_starts: int = _STARTS) -> None:
        self.finished = Finished()
        self._n_starts = n_starts
        self._queue: SimpleQueue[Path | None] = SimpleQueue()
        self._left: list[Path] = []
        self._child: subprocess.Popen[str] | None = None
        self._thread = threading.Thread(target=self._run, name="recexplore-finisher", daemon=True)
        self._thread.start()

    @property
    def child_id(self) -> int | None:
        """The process that finishes; None where there is none."""
        child = self._child
        return None if child is None or child.poll() is not None else child.pid

    @property
    def is_alive(self) -> bool:
        """Whether journals are finished now; where not, that waits for the end."""
        return self._thread.is_alive()

    def finish(self, journal: Path) -> None:
        """Have a journal finished that ended."""
        self._queue.put(journal)

    def close(self) -> Finished:
        """Finish what was asked for, here where the child could not; what became of all journals."""
        self._queue.put(None)
        self._thread.join()
        while not self._queue.empty():  # the thread died
            self._left += [each for each in (self._queue.get(),) if each is not None]
        if self._left:
            from recexplore.capture.journal.finish import finish

            for journal in self._left:
                try:
                    self._note(journal, {"recording": os.fspath(finish(journal))})
                except Exception as error:  # whatever it is, the journal holds what was recorded
                    self._note(journal, {"error": str(error) or repr(error)})
        for journal in [each for each in self.finished.failures if not each.exists()]:
            del self.finished.failures[journal]  # another process finished it meanwhile
        return self.finished

    def _run(self) -> None:
        with suppress(OSError):  # no process may be had: then all is left for the end
            self._start()
        journal: Path | None = None
        try:
            while (journal := self._queue.get()) is not None:
                answer = self._ask(journal)
                if answer is None:
                    self._left.append(journal)
                else:
                    self._note(journal, answer)
        except BaseException as error:  # nobody else would tell
            self._left += [] if journal is None else [journal]
            _log.warning("journals are finished at the end: %r", error)
        finally:
            self._end_child()

    def _note(self, journal: Path, answer: dict[str, str]) -> None:
        if "recording" in answer:
            self.finished.recordings.append(Path(answer["recording"]))
            self.finished.journals.append(journal)
        elif journal.exists():
            self.finished.failures[journal] = answer["error"]

    def _ask(self, journal: Path) -> dict[str, str] | None:
        """What the child answers; None where it died, says something else, or cannot be had any more."""
        try:
            if self._child is None:
                self._start()
            child = self._child
            if child is None or child.stdout is None:
                return None
            self._say(child, os.fspath(journal))
            answer = json.loads(child.stdout.readline())
            if not isinstance(answer, dict) or not any(isinstance(answer.get(each), str) for each in _ANSWERS):
                raise ValueError(f"expected one of {_ANSWERS}, found {answer!r}")
            return answer
        except (OSError, ValueError, RecursionError):  # it died, or somebody else writes where it does
            self._end_child()
            return None

    def _start(self) -> None:
        if self._n_starts == 0:
            return
        self._n_starts -= 1
        self._child = subprocess.Popen(
            [sys.executable, "-c", _START],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            start_new_session=True,  # Control-C in a terminal is for this process
        )
        self._say(self._child, sys.path)

    def _say(self, child: subprocess.Popen[str], value: Any) -> None:
        assert child.stdin is not None
        child.stdin.write(json.dumps(value) + "\n")
        child.stdin.flush()

    def _end_child(self) -> None:
        if self._child is not None:
            with suppress(OSError), self._child:  # closes its pipes, and waits for it
                pass
            self._child = None
