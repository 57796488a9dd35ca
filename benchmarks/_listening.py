"""Other people's servers, started beside a benchmark: each is told the port that it is to listen at.

Takes a command, gives the process once it listens. Ends it.
"""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

__all__ = ["listening"]


@contextmanager
def listening(command: Callable[[int], Sequence[str]]) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """A process that listens at a free port, for which ``command`` is made; ended as by `kill`."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with subprocess.Popen(command(port), stdout=subprocess.DEVNULL) as process:
        try:
            while process.poll() is None:
                try:
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
                except OSError:
                    time.sleep(0.1)
            yield port, process
        finally:
            process.terminate()
