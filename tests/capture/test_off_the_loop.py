from __future__ import annotations

import asyncio
import threading

import pytest

from recexplore.capture.in_process.off_the_loop import off_the_loop


def test_a_thread_does_it_while_the_loop_runs() -> None:
    async def ask() -> tuple[threading.Thread, bool]:
        ran = asyncio.Event()
        asyncio.get_running_loop().call_soon(ran.set)
        return await off_the_loop(threading.current_thread), ran.is_set()

    thread, ran = asyncio.run(ask())
    assert thread is not threading.current_thread()
    assert ran


def test_without_a_loop_of_asyncio_it_is_done_at_once() -> None:
    with pytest.raises(StopIteration) as done:
        off_the_loop(threading.current_thread).send(None)

    assert done.value.value is threading.current_thread()
