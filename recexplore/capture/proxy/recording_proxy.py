"""Everything that runs while a proxy records: the writer of journals, the process that finishes them, and the server.

Takes where to and from where, gives what came of it when it is told to stop. Never starts where nothing can be written.
Journals that a dead recorder left in the folder are finished, too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recexplore.capture.journal.finisher import Finished, Finisher
from recexplore.capture.journal.left_journals import left_journals
from recexplore.capture.journal.writable import require_writable
from recexplore.capture.journal.writer import Status, Writer
from recexplore.capture.proxy.proxy import Proxy
from recexplore.capture.proxy.upstream import Upstream

__all__ = ["Outcome", "RecordingProxy"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of recording: the writer's last status, whether its thread lived until it was told to end, what became of
    the journals, and how many of those that were finished a dead recorder had left."""

    status: Status
    writer_lived: bool
    finished: Finished
    n_left: int = 0

    def failures(self) -> Iterator[str]:
        """What went wrong, a sentence each."""
        now = self.status
        if not self.writer_lived:
            yield f"the thread that writes journals died: {now.error or 'nobody knows why'}"
        if now.waiting_bytes:
            yield f"{now.waiting_bytes:,} bytes wait for a disk that does not take them: they are not recorded"
        if now.lost_requests:
            yield f"the bodies of {now.lost_requests:,} requests are not recorded: too much waited"
        if now.lost_reads:
            yield f"{now.lost_reads:,} reads ({now.lost_bytes:,} bytes) are not recorded: {now.error or 'too much waited'}"
        elif now.error is not None:
            yield f"a journal could not be written as it should: {now.error}"
        for journal, error in self.finished.failures.items():
            yield f"{journal} stays a journal, which can be read as it is: {error}"


class RecordingProxy:
    """A proxy with all it needs.

    Parameters
    ----------
    upstream, folder, test_id
        What is recorded, where to, and for which test.
    finisher
        Who makes recordings of journals; by default a process of its own.

    Raises
    ------
    OSError
        Nothing can be written in the folder.
    """

    def __init__(
        self,
        upstream: Upstream,
        folder: Path,
        *,
        test_id: str | None = None,
        finisher: Finisher | None = None,
    ) -> None:
        require_writable(folder)
        self.finisher = finisher or Finisher()
        self.writer = Writer(folder, ended=self.finisher.finish)
        self._left = frozenset(left_journals(folder))
        for journal in sorted(self._left):
            self.finisher.finish(journal)
        self.proxy = Proxy(upstream, self.writer, test_id=test_id, more_status=self._finishing_status)

    async def stop(self) -> Outcome:
        """End what is under way, and finish all."""
        await self.proxy.stop()
        return await asyncio.to_thread(self.close)

    def close(self) -> Outcome:
        """Finish all, where the proxy was never started or has stopped."""
        lived = self.writer.status.is_alive
        status = self.writer.close()
        finished = self.finisher.close()
        return Outcome(status, lived, finished, len(self._left.intersection(finished.journals)))

    def _finishing_status(self) -> dict[str, Any]:
        finished = self.finisher.finished
        return {
            "recordings": len(finished.recordings),
            "unfinished": len(finished.failures),
            "finisher_alive": self.finisher.is_alive,
        }
