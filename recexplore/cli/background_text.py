"""Text for a terminal or a pipe, written by a thread of its own: whoever has it written never waits for who reads it.

Takes a stream and texts, writes them in order. Where more waits than a short queue holds, what comes is dropped, and how
many texts were is said as soon as something can be written again. Never raises for a stream that nobody reads any more.
"""

from __future__ import annotations

import os
from contextlib import suppress
from queue import Full, Queue
from threading import Thread
from time import monotonic
from types import TracebackType
from typing import Final, TextIO

from recexplore.model.counts import count

__all__ = ["BackgroundText"]

_MOST_WAITING: Final = 200
_ENDS_WITHIN_S: Final = 1.0


class BackgroundText:
    """A stream that is written to by a thread, until the block ends and one more second at most."""

    def __init__(self, stream: TextIO, most_waiting: int = _MOST_WAITING) -> None:
        self._stream, self._n_dropped = stream, 0
        self._queue: Queue[str | None] = Queue(most_waiting)
        self._thread = Thread(target=self._run, name="recexplore-text", daemon=True)
        self._thread.start()

    @property
    def is_idle(self) -> bool:
        """Whether all is written."""
        return not self._queue.unfinished_tasks

    def write(self, text: str) -> None:
        """Have a text written, or drop it."""
        try:
            self._queue.put_nowait(text)
        except Full:
            self._n_dropped += 1

    def __enter__(self) -> BackgroundText:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        until = monotonic() + _ENDS_WITHIN_S
        with suppress(Full):
            self._queue.put(None, timeout=_ENDS_WITHIN_S)
        self._thread.join(max(until - monotonic(), 0))

    def _run(self) -> None:
        n_told = 0
        while (text := self._queue.get()) is not None:
            with suppress(OSError, ValueError):  # nobody reads it, or it is closed
                self._written(text)
                if n_new := self._n_dropped - n_told:
                    n_told += n_new
                    self._written(f"... not shown, for nobody took them in time: {count(n_new, 'line')}\n")
            self._queue.task_done()

    def _written(self, text: str) -> None:
        try:
            file = self._stream.fileno()
        except (OSError, AttributeError):  # a stream that is no file
            self._stream.write(text)
            self._stream.flush()
            return
        # Past the stream, which would be locked for the whole process as long as a write waits.
        data = text.encode(self._stream.encoding or "utf-8", "backslashreplace")
        while data:
            data = data[os.write(file, data) :]
