"""A server that answers as a test says: these pieces, after these pauses, with this end.

Takes a script for each path; gives a URL, and the requests that came. HTTP/1.1 written by hand, so that a test breaks
what it wants.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

GATE = None
"""The pause before a piece that is sent when the test calls `ScriptedServer.open_gate`."""


@dataclass(frozen=True)
class Script:
    """An answer.

    Attributes
    ----------
    pieces
        What is sent, each after a pause in seconds, or when the gate is opened.
    end
        ``complete``; ``cut``: the connection is closed without the end of the body; ``reset``: it is torn down.
    framing
        ``chunked``: the body is sent in chunks; ``length``: its length is announced; ``close``: it ends with the connection.
    n_missing
        How many bytes are announced that do not come.
    behind_gate_s
        The pause behind a gate, which is closed again; 0 where gates stay open.
    """

    pieces: Sequence[tuple[float | None, bytes]] = ()
    end: Literal["complete", "cut", "reset"] = "complete"
    status: int = 200
    content_type: str = "text/event-stream"
    headers: dict[str, str] = field(default_factory=dict)
    framing: Literal["chunked", "length", "close"] = "chunked"
    n_missing: int = 0
    behind_gate_s: float = 0

    @property
    def body(self) -> bytes:
        return b"".join(data for _, data in self.pieces)


@dataclass(frozen=True)
class Asked:
    """A request that came."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


def events(*chunks: Any, done: bool = True, names: bool = False) -> list[bytes]:
    """Server-sent events, one of each chunk."""
    made = [
        (f"event: {chunk['type']}\n" if names else "").encode() + f"data: {json.dumps(chunk)}\n\n".encode()
        for chunk in chunks
    ]
    return [*made, b"data: [DONE]\n\n"] if done else made


def sent(pieces: Sequence[bytes], **fields: Any) -> Script:
    """A script that sends these pieces, each by itself."""
    return Script([(0.002, piece) for piece in pieces], **fields)


class ScriptedServer:
    """Serves scripts by path, in a thread of its own, while it is open."""

    def __init__(self, scripts: dict[str, Script]) -> None:
        self.scripts, self.asked = scripts, list[Asked]()
        self.at_gate = threading.Event()
        """Set when an answer waits at its gate."""
        self._loop = asyncio.new_event_loop()
        self._gate = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, name="scripted-server")

    def open_gate(self) -> None:
        """Let the answers go on that wait."""
        self._loop.call_soon_threadsafe(self._gate.set)

    def __enter__(self) -> ScriptedServer:
        self._thread.start()
        self._server = self._wait(self._listen())
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    def __exit__(self, *_: object) -> None:
        self._wait(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _wait(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._serve, "127.0.0.1", 0)

    async def _stop(self) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while await self._answer(reader, writer):
                    pass
        finally:
            self._tasks.discard(task)
            with suppress(ConnectionError):
                writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; False where the connection ends with that."""
        asked = await _asked(reader)
        self.asked.append(asked)
        script = self.scripts[asked.target.partition("?")[0]]
        is_chunked = script.framing == "chunked"
        head = [
            f"HTTP/1.1 {script.status} Scripted",
            f"content-type: {script.content_type}",
            {
                "chunked": "transfer-encoding: chunked",
                "length": f"content-length: {len(script.body) + script.n_missing}",
                "close": "connection: close",
            }[script.framing],
            *(f"{name}: {value}" for name, value in script.headers.items()),
        ]
        writer.write("\r\n".join([*head, "", ""]).encode())
        for pause, piece in script.pieces:
            if pause is GATE:
                self.at_gate.set()
                await self._gate.wait()
                if script.behind_gate_s:
                    self._gate.clear()
                    await asyncio.sleep(script.behind_gate_s)
            else:
                await asyncio.sleep(pause)
            writer.write(b"%x\r\n%b\r\n" % (len(piece), piece) if is_chunked else piece)
            await writer.drain()
        if script.end == "reset":
            writer.transport.abort()
        elif script.end == "complete" and is_chunked:
            writer.write(b"0\r\n\r\n")
            await writer.drain()
        return script.end == "complete" and script.framing != "close"


async def _asked(reader: asyncio.StreamReader) -> Asked:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if headers.get("transfer-encoding") == "chunked":
        return Asked(method, target, headers, await _chunked(reader))
    return Asked(method, target, headers, await reader.readexactly(int(headers.get("content-length", 0))))


async def _chunked(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int(await reader.readuntil(b"\r\n"), 16):
        body += (await reader.readexactly(size + 2))[:-2]
    await reader.readuntil(b"\r\n")
    return body
