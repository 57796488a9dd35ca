"""One exchange: a client's request on its way to the server, and the answer on its way back.

Takes a request whose body is read, passes it on, and gives the client every read of the answer before it tells the journal.
Where the server broke off, the client's connection ends at the same place, without the end of an answer; where the client
went, the server's is closed.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import re
from collections.abc import Iterable
from functools import cached_property
from types import SimpleNamespace
from typing import Any, Final

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from recexplore.capture.hop_fields import end_to_end
from recexplore.capture.journal.keys import KeyMask
from recexplore.capture.journal.writer import Writer
from recexplore.capture.local_server import error_answer
from recexplore.capture.proxy.read_pace import ReadPace
from recexplore.capture.proxy.upstream import Upstream, to_be_sent
from recexplore.model.credentials import masked_text, masked_url

__all__ = ["Exchange", "PassedOn", "tracing"]

_NOT_ADDED: Final = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
"""Fields that the HTTP client would add where there are none."""
_ADDED: Final = ("Content-Type", "Date", "Server")
"""Fields that the HTTP server adds where there are none."""
_URL: Final = re.compile(r"https?://[^\s'\"]+")
"""Where a message names one: aiohttp's name the whole URL that was asked."""
_END_COMES_WITHIN_S: Final = 0.1
_MOST_SENT_AT_ONCE: Final = 1 << 20
"""Larger bodies go in parts, so that other streams go on."""


class PassedOn(web.StreamResponse):
    """An answer with the status and the fields that the server gave it, and no other."""

    def __init__(self, answered: aiohttp.ClientResponse) -> None:
        passed = _sendable(end_to_end(answered.headers.items()))
        super().__init__(status=answered.status, reason=answered.reason, headers=passed)
        self._not_sent = [name for name in _ADDED if name not in passed]

    def leave_as_sent(self) -> None:
        """Take away what was added for sending it."""
        for name in self._not_sent:
            self.headers.popall(name, None)


class Exchange:
    """A request, and what comes of it.

    Attributes
    ----------
    how, error
        How it ended, and what went wrong, as the journal says it: without keys.
    status
        What was answered; None where nothing was.
    n_reads, n_bytes, pace
        What came of the answer's body, and how evenly.
    """

    def __init__(
        self, request: web.Request, body: bytes, upstream: Upstream, writer: Writer, test_id: str | None
    ) -> None:
        self._request, self._body, self._upstream, self._clock = request, body, upstream, writer.clock
        self._n_unsent = len(body)
        self.received_ns = self._clock()
        self._url = upstream.url_of(request.raw_path)
        self._fields = to_be_sent(request.headers.items())
        self._journal = writer.open(
            request.method, self._url, self._fields, body, received_ns=self.received_ns, test_id=test_id
        )
        self._task: asyncio.Task[Any] | None = None
        self.how, self.error = "client gone", ""
        self.status: int | None = None
        self.n_reads = self.n_bytes = 0
        self.pace = ReadPace()

    async def run(self, session: aiohttp.ClientSession) -> web.StreamResponse:
        """Ask the server, and answer the client."""
        self._task = asyncio.current_task()
        try:
            answered = await session.request(
                self._request.method,
                URL(self._url, encoded=True),
                headers=_sendable(self._fields),
                skip_auto_headers=_NOT_ADDED,
                data=self._to_send(),
                allow_redirects=False,
                proxy=self._upstream.proxy,
                proxy_headers=dict(self._upstream.proxy_fields),
                trace_request_ctx=self,
            )
        except (aiohttp.ClientConnectorError, ValueError) as error:  # InvalidURL is a ValueError
            return self._unreached(error)
        except (aiohttp.ClientError, OSError) as error:
            return self._broken_off(error)
        async with answered:
            try:
                return await self._answer(answered)
            except (asyncio.CancelledError, ConnectionError):
                await self._see_whether_all_came(answered.content)
                raise

    @property
    def shown_url(self) -> str:
        """What was asked, without keys."""
        return masked_url(self._keys.masked_text(self._url))

    @cached_property
    def _keys(self) -> KeyMask:
        return KeyMask(self._fields, self._url)

    def stop(self) -> None:
        """End it where it is."""
        self.how = "stopped"
        if self._task is not None:
            self._task.cancel()

    def end(self) -> int:
        """Note the end; gives its time."""
        ended_ns = self._clock()
        self._journal.end(ended_ns, self.how, self.error or None)
        return ended_ns

    def sent(self, n_bytes: int) -> None:
        """So many bytes of the body are on their way, after the head."""
        self._n_unsent -= n_bytes
        if self._n_unsent <= 0:
            self._journal.sent(self._clock())

    def _to_send(self) -> bytes | io.BytesIO | None:
        if not self._body:
            return None
        return self._body if len(self._body) <= _MOST_SENT_AT_ONCE else io.BytesIO(self._body)

    async def _answer(self, answered: aiohttp.ClientResponse) -> web.StreamResponse:
        headers_ns = self._clock()
        self.status = answered.status
        closed = _closed(answered)
        answer = PassedOn(answered)
        try:
            await answer.prepare(self._request)
        finally:
            self._journal.headers(headers_ns, answered.status, answered.headers.items())
        error: BaseException | None = None
        while error is None:
            self.pace.wait(self._clock())
            data, error = await _next_read(answered.content)
            read_ns = self._clock()
            self.pace.note(read_ns)
            if data:
                try:
                    await answer.write(data)
                finally:
                    self._note(read_ns, data)
            elif error is None:
                break
        if error is None and closed is not None and closed.done():
            error = closed.exception()
        if error is not None:
            return self._broken_off(error, answer)
        self.how = "complete"
        await answer.write_eof()
        return answer

    async def _see_whether_all_came(self, content: aiohttp.StreamReader) -> None:
        """The client is gone, or nobody waits any more. Clients go as soon as they have the last event, when the end of the
        answer is about to come."""
        if content.exception() is None and (data := content.read_nowait()):
            self._note(self._clock(), data)
        with contextlib.suppress(aiohttp.ClientError, OSError, RuntimeError, TimeoutError):
            async with asyncio.timeout(_END_COMES_WITHIN_S):
                if not await content.readany():
                    self.how = "complete"

    def _note(self, read_ns: int, data: bytes) -> None:
        self.n_reads += 1
        self.n_bytes += len(data)
        self._journal.read(read_ns, data)

    def _unreached(self, error: Exception) -> web.Response:
        self.how, self.error = "no connection", self._words(error)
        return error_answer(502, "recexplore_no_upstream", f"{self._upstream.url} cannot be reached: {self.error}")

    def _broken_off(self, error: BaseException, answer: web.StreamResponse | None = None) -> web.StreamResponse:
        """End the client's connection as the server's ended: what was sent arrives, the end of an answer does not."""
        self.how, self.error = "server broke off", self._words(error)
        if self._request.transport is not None:
            self._request.transport.close()
        return answer or web.Response()

    def _words(self, error: BaseException) -> str:
        """What went wrong, without keys."""
        said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        return masked_text(_URL.sub(lambda found: masked_url(found[0]), self._keys.masked_text(said)))


def _sendable(headers: Iterable[tuple[str, str]]) -> CIMultiDict[str]:
    """The fields as aiohttp can send them: as UTF-8, so without the bytes that are none."""
    return CIMultiDict((name, value.encode("utf-8", "ignore").decode()) for name, value in headers)


def tracing() -> aiohttp.TraceConfig:
    """What has exchanges, given as ``trace_request_ctx``, know when their requests are sent."""
    traces = aiohttp.TraceConfig()

    async def head_sent(session: aiohttp.ClientSession, context: SimpleNamespace, sent: Any) -> None:
        if not context.trace_request_ctx._body:
            context.trace_request_ctx.sent(0)

    async def part_sent(
        session: aiohttp.ClientSession, context: SimpleNamespace, sent: aiohttp.TraceRequestChunkSentParams
    ) -> None:
        context.trace_request_ctx.sent(len(sent.chunk))

    traces.on_request_headers_sent.append(head_sent)
    traces.on_request_chunk_sent.append(part_sent)
    return traces


async def _next_read(content: aiohttp.StreamReader) -> tuple[bytes, Exception | None]:
    """What came; with it the error where the server broke off, nothing at the end."""
    try:
        return await content.readany(), None
    except (aiohttp.ClientError, OSError, RuntimeError) as error:
        # What had come before is still there to be read, once the error is put aside.
        content.set_exception(None)  # type: ignore[arg-type]
        return content.read_nowait(), error


def _closed(answered: aiohttp.ClientResponse) -> asyncio.Future[None] | None:
    """What tells how the connection was closed, where only that ends the answer."""
    is_ended_otherwise = "Content-Length" in answered.headers or "Transfer-Encoding" in answered.headers
    connection = answered.connection
    if is_ended_otherwise or connection is None or connection.protocol is None:
        return None
    return connection.protocol.closed
