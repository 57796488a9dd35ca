"""The loop that a replay runs in: asyncio's, with timers that are not rounded up to milliseconds."""

from __future__ import annotations

import asyncio
import select
import signal
import socket
import sys
from collections.abc import Iterator

import pytest

from recexplore.capture.replay.event_loop import exact_loop

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it is the usual loop")


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    made = exact_loop()
    yield made
    made.close()


def test_timers_come_in_their_order_and_never_early(loop: asyncio.AbstractEventLoop) -> None:
    came = list[str]()

    async def wait(name: str, time_s: float) -> None:
        due = loop.time() + time_s
        await asyncio.sleep(time_s)
        assert loop.time() >= due - 1e-6
        came.append(name)

    async def all_of_them() -> None:
        await asyncio.gather(wait("c", 0.009), wait("a", 0.0004), wait("b", 0.003), wait("at once", 0))

    loop.run_until_complete(all_of_them())

    assert came == ["at once", "a", "b", "c"]


def test_what_is_read_wakes_a_loop_that_waits_for_a_timer(loop: asyncio.AbstractEventLoop) -> None:
    one, other = socket.socketpair()

    async def read_before_the_timer() -> bytes:
        one.setblocking(False)
        loop.call_soon(other.send, b"x")
        return await asyncio.wait_for(loop.sock_recv(one, 1), 60)

    with one, other:
        assert loop.run_until_complete(read_before_the_timer()) == b"x"


def test_threads_and_signals_wake_it(loop: asyncio.AbstractEventLoop) -> None:
    async def wait() -> str:
        came = asyncio.Event()
        if sys.platform != "win32":
            loop.add_signal_handler(signal.SIGUSR1, came.set)
            await asyncio.to_thread(signal.raise_signal, signal.SIGUSR1)
            await asyncio.wait_for(came.wait(), 60)
            loop.remove_signal_handler(signal.SIGUSR1)
        return await asyncio.wait_for(asyncio.to_thread(str, "woken"), 60)

    assert loop.run_until_complete(wait()) == "woken"
    loop.run_until_complete(loop.shutdown_default_executor())


@on_linux
def test_it_waits_for_microseconds(loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch) -> None:
    waits, wait = list[float](), select.select

    def noted(reads: list[int], writes: list[int], odd: list[int], timeout: float) -> tuple[list[int], ...]:
        waits.append(timeout)
        return wait(reads, writes, odd, timeout)

    monkeypatch.setattr(select, "select", noted)
    loop.run_until_complete(asyncio.sleep(0.0005))

    assert waits
    assert all(0 < each <= 0.0005 for each in waits)


@on_linux
def test_a_file_number_that_select_cannot_take_is_waited_for_as_usual(
    loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recexplore.capture.replay.event_loop._MOST_OF_SELECT", 0)
    monkeypatch.setattr(select, "select", None)

    loop.run_until_complete(asyncio.sleep(0.001))
