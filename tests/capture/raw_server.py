"""A server that answers what a test scripts, byte for byte: pieces with gaps between them, whole, closed or reset."""

from __future__ import annotations

import asyncio
import re
import socket
import struct
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Literal

_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
_EVENTS = (("Content-Type", "text/event-stream"),)


@dataclass(frozen=True)
class Asked:
    """A request as it came: the head's lines, and the body."""

    head: bytes
    body: bytes

    @property
    def target(self) -> str:
        return self.head.split(b" ", 2)[1].decode()

    @property
    def fields(self) -> list[tuple[str, str]]:
        lines = self.head.decode("latin-1").split("\r\n")[1:]
        return [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines if line)]

    def field(self, name: str) -> str | None:
        return next((value for each, value in self.fields if each.lower() == name.lower()), None)


@dataclass(frozen=True)
class Script:
    """An answer.

    Attributes
    ----------
    pieces
        What is sent, each in a write of its own after so many seconds.
    framing
        How the end of the body is told: ``chunked``, by ``length``, or because the server will ``close``.
    ending
        ``whole``; or the connection is closed, or reset, where the pieces end.
    """

    pieces: Sequence[tuple[float, bytes]] = ()
    status: str = "200 OK"
    fields: Sequence[tuple[str, str]] = _EVENTS
    framing: Literal["chunked", "length", "close"] = "chunked"
    ending: Literal["whole", "close", "reset"] = "whole"

    @property
    def body(self) -> bytes:
        return b"".join(data for _, data in self.pieces)


def script_of(pieces: Iterable[bytes], gap_s: float = 0.002, **options: object) -> Script:
    """Pieces with the same gap before each."""
    return Script([(gap_s, piece) for piece in pieces], **options)  # type: ignore[arg-type]


@dataclass
class ScriptedServer:
    """Answers at 127.0.0.1 while it is entered, from a thread of its own."""

    answer: Callable[[Asked], Script]
    requests: list[Asked] = field(default_factory=list)
    gone: threading.Event = field(default_factory=threading.Event)
    """Set once a client closed its connection before its answer ended."""
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> ScriptedServer:
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(ready)), daemon=True)
        self._thread.start()
        assert ready.wait(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._told.set)
        self._thread.join(10)

    async def _serve(self, ready: threading.Event) -> None:
        self._loop, self._told = asyncio.get_running_loop(), asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        listening = socket.create_server(("127.0.0.1", 0))
        listening.setblocking(False)
        self.port = listening.getsockname()[1]
        accepting = asyncio.ensure_future(self._accept(listening))
        ready.set()
        await self._told.wait()
        accepting.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(accepting, *self._tasks, return_exceptions=True)
        listening.close()

    async def _accept(self, listening: socket.socket) -> None:
        while True:
            connection, _ = await self._loop.sock_accept(listening)
            task = asyncio.ensure_future(self._connected(connection))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _connected(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        received = b""
        with connection:
            while True:
                while b"\r\n\r\n" not in received:
                    received += (data := await self._receive(connection))
                    if not data:
                        return
                head, _, received = received.partition(b"\r\n\r\n")
                found = _LENGTH.search(head)
                length = int(found[1]) if found else 0
                while len(received) < length:
                    received += await self._receive(connection)
                asked = Asked(head, received[:length])
                received = received[length:]
                self.requests.append(asked)
                if not await self._send(connection, self.answer(asked), has_body=not head.startswith(b"HEAD ")):
                    return

    async def _receive(self, connection: socket.socket) -> bytes:
        try:
            return await self._loop.sock_recv(connection, 1 << 16)
        except OSError:
            return b""

    async def _send(self, connection: socket.socket, script: Script, has_body: bool) -> bool:
        """Send an answer; whether the connection stays open."""
        framing = {
            "chunked": ("Transfer-Encoding", "chunked"),
            "length": ("Content-Length", str(len(script.body) + (script.ending != "whole"))),
            "close": ("Connection", "close"),
        }[script.framing]
        fields = "".join(f"{name}: {value}\r\n" for name, value in (*script.fields, framing))
        is_chunked = script.framing == "chunked"
        try:
            await self._loop.sock_sendall(
                connection, f"HTTP/1.1 {script.status}\r\n{fields}\r\n".encode("utf-8", "surrogateescape")
            )
            for gap_s, data in script.pieces if has_body else ():
                if gap_s:
                    await asyncio.sleep(gap_s)
                await self._loop.sock_sendall(connection, b"%x\r\n%s\r\n" % (len(data), data) if is_chunked else data)
            if script.ending == "whole" and is_chunked and has_body:
                await self._loop.sock_sendall(connection, b"0\r\n\r\n")
        except OSError:
            self.gone.set()
            return False
        if script.ending == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return script.ending == "whole" and script.framing != "close"
