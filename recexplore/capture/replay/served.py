"""A replay that is served: in the loop that runs, or in a thread of its own.

Takes a `Replay`, gives its address. Listens at 127.0.0.1 alone, and leaves nothing running.
"""

from __future__ import annotations

import asyncio
import errno
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

from aiohttp import web

from recexplore.capture.local_server import HOST
from recexplore.capture.replay.event_loop import exact_loop
from recexplore.capture.replay.server import Replay
from recexplore.model.errors import RecexploreError

__all__ = ["FIRST_PORT", "in_a_thread", "served"]

FIRST_PORT: Final = 8790
_PORTS_TRIED: Final = 50
_SHUTDOWN_S: Final = 0.05


@asynccontextmanager
async def served(replay: Replay, port: int | None = None) -> AsyncIterator[str]:
    """Serve in the loop that runs; gives the address, ``http://127.0.0.1:PORT``.

    Parameters
    ----------
    port
        0: any that is free; None: the first free one from `FIRST_PORT` on.

    Raises
    ------
    RecexploreError
        Another program has the port.
    """
    runner = web.AppRunner(
        replay.application(), handler_cancellation=True, shutdown_timeout=_SHUTDOWN_S, access_log=None
    )
    await runner.setup()
    try:
        yield f"http://{HOST}:{await _bound(runner, port)}"
    finally:
        await runner.cleanup()


async def _bound(runner: web.AppRunner, port: int | None) -> int:
    """The port that is listened at."""
    for each in range(FIRST_PORT, FIRST_PORT + _PORTS_TRIED) if port is None else (port,):
        site = web.TCPSite(runner, HOST, each)
        try:
            await site.start()
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            await site.stop()
            continue
        return int(runner.addresses[-1][1])
    ports = f"the ports {FIRST_PORT} to {FIRST_PORT + _PORTS_TRIED - 1} are" if port is None else f"port {port} is"
    raise RecexploreError(f"{ports} in use: name another one with --port, or 0 for any that is free")


@contextmanager
def in_a_thread(replay: Replay, port: int = 0) -> Iterator[str]:
    """Serve in a thread, with a loop of its own; gives the address."""
    ready, failed = threading.Event(), list[BaseException]()
    address, loop = list[str](), exact_loop()
    stop = asyncio.Event()

    async def run() -> None:
        async with served(replay, port) as found:
            address.append(found)
            ready.set()
            await stop.wait()

    def work() -> None:
        try:
            loop.run_until_complete(run())
        except BaseException as error:
            failed.append(error)
        finally:
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()
            ready.set()

    thread = threading.Thread(target=work, name="recexplore replay", daemon=True)
    thread.start()
    ready.wait()
    if failed:
        thread.join()
        raise failed[0]
    try:
        yield address[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
