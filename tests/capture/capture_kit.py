"""Recording proxies that tests run: in a thread of this process, or as the command of a process of its own."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from recexplore.capture.journal.finisher import Finisher
from recexplore.capture.proxy.recording_proxy import Outcome, RecordingProxy
from recexplore.capture.proxy.upstream import Upstream

PATIENCE_S = 30


@dataclass
class RunningProxy:
    """A recording proxy in a thread; ``outcome`` is there once it has stopped."""

    folder: Path
    url: str = ""
    recording: RecordingProxy | None = None
    outcome: Outcome | None = None
    ended: list[str] = field(default_factory=list)
    """How the exchanges ended, in order."""

    def status(self) -> dict[str, Any]:
        return dict(httpx.get(f"{self.url}/recexplore/status").json())

    def wait_for(self, is_so: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The status once it is so."""
        for _ in range(PATIENCE_S * 50):
            if is_so(status := self.status()):
                return status
            threading.Event().wait(0.02)
        raise AssertionError(status)


@contextmanager
def running_proxy(upstream: str, folder: Path, test_id: str | None = None) -> Iterator[RunningProxy]:
    """A proxy in front of a server, until the block ends."""
    running = RunningProxy(folder)
    ready, told = threading.Event(), threading.Event()

    async def serve() -> None:
        running.recording = recording = RecordingProxy(
            Upstream.of(upstream), folder, test_id=test_id, finisher=Finisher(n_starts=0)
        )
        recording.proxy.exchanged = lambda exchanged: running.ended.append(exchanged.how)
        await recording.proxy.start(range(1))
        running.url = recording.proxy.url
        ready.set()
        await asyncio.to_thread(told.wait)
        running.outcome = await recording.stop()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert ready.wait(PATIENCE_S)
    try:
        yield running
    finally:
        told.set()
        thread.join(PATIENCE_S)


@dataclass
class CaptureProcess:
    """``recexplore capture`` as a process."""

    process: subprocess.Popen[str]
    url: str
    folder: Path

    def stop(self) -> tuple[int, str, str]:
        """Control-C: exit code, and what was said after its address."""
        self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, out, err


@contextmanager
def capture_process(upstream: str, folder: Path, *, env: Mapping[str, str] | None = None) -> Iterator[CaptureProcess]:
    """The command in front of a server; killed with the block, if it has not ended before."""
    process = subprocess.Popen(
        [sys.executable, "-m", "recexplore", "capture", "--upstream", upstream, "--out", str(folder), "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **(env or {})},
    )
    with process:
        try:
            assert process.stdout is not None
            url = next(found[1] for line in process.stdout if (found := re.search(r"ANTHROPIC_BASE_URL=(\S+)", line)))
            process.stdout.readline()
            yield CaptureProcess(process, url, folder)
        finally:
            process.kill()
