"""Exchanges of httpx and httpx2, recorded where a client hands them to the network.

Takes a request on its way into a transport and the answer on its way back, both of one of these libraries; gives the
transport the same request and the client the same answer, and tells an `ExchangeTap` of them. Every read is told as the
client pulls it, compressed or not as the server sent it, before the client has it: a client that dies of a chunk has that
chunk in its journal. Never changes what is asked for, and never reads a body by itself.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING, Any, Final

from recexplore.capture.in_process.exchange_tap import Choose, ExchangeTap, note_failure
from recexplore.capture.in_process.off_the_loop import off_the_loop
from recexplore.capture.in_process.recorder import Only, Recorder, warn_of
from recexplore.capture.in_process.replaced_method import Method, ReplacedMethod

if TYPE_CHECKING:
    import os

    import httpx

__all__ = ["AsyncRecordingTransport", "RecordingTransport", "replaced_methods"]

_LIBRARIES: Final = frozenset({"httpx", "httpx2"})


def replaced_methods(library: ModuleType, choose: Choose) -> list[ReplacedMethod]:
    """Have the transports that reach the network tell of what they carry."""

    def telling(send: Method) -> Method:
        return lambda self, request: _send(partial(send, self), request, choose)

    def telling_async(send: Method) -> Method:
        async def handle_async_request(self: Any, request: httpx.Request) -> httpx.Response:
            return await _send_async(partial(send, self), request, choose)

        return handle_async_request

    return [
        ReplacedMethod(library.HTTPTransport, "handle_request", telling),
        ReplacedMethod(library.AsyncHTTPTransport, "handle_async_request", telling_async),
    ]


class _Recording:
    """What both transports have: the one that is wrapped, and who records."""

    def __init__(
        self, wrapped: Any, folder: str | os.PathLike[str], *, test_id: str | None = None, only: Only = None
    ) -> None:
        self._wrapped = wrapped
        self.recorder: Final = Recorder(Path(folder), test_id=test_id, only=only)


class RecordingTransport(_Recording):
    """A transport that records what another one carries: ``httpx.Client(transport=RecordingTransport(wrapped, folder))``.

    Closing it, which its client does, makes recordings of the journals.

    Parameters
    ----------
    wrapped
        A transport of httpx or httpx2, of any kind.
    folder, test_id, only
        As `recexplore.recording` takes them.
    """

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request by the wrapped transport."""
        return _send(self._wrapped.handle_request, request, self.recorder.chosen)

    def close(self) -> None:
        """Close the wrapped transport, and make recordings of the journals."""
        try:
            self._wrapped.close()
        finally:
            warn_of(self.recorder.close())

    def __enter__(self) -> RecordingTransport:
        self._wrapped.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._wrapped.__exit__(kind, error, trace)
        finally:
            warn_of(self.recorder.close(), error)


class AsyncRecordingTransport(_Recording):
    """`RecordingTransport` for asynchronous clients."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request by the wrapped transport."""
        return await _send_async(self._wrapped.handle_async_request, request, self.recorder.chosen)

    async def aclose(self) -> None:
        """Close the wrapped transport, and make recordings of the journals."""
        try:
            await self._wrapped.aclose()
        finally:
            warn_of(await off_the_loop(self.recorder.close))

    async def __aenter__(self) -> AsyncRecordingTransport:
        await self._wrapped.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self._wrapped.__aexit__(kind, error, trace)
        finally:
            warn_of(await off_the_loop(self.recorder.close), error)


def _send(send: Callable[[httpx.Request], httpx.Response], request: httpx.Request, choose: Choose) -> httpx.Response:
    tap = _tap(request, choose)
    if tap is None:
        return send(request)
    streams = _streams_of(request)
    with _asking(tap):
        response = send(_with_stream(request, streams.sent(request.stream, tap)))
    _tell_head(response, tap)
    response.stream = streams.received(response.stream, tap)
    return response


async def _send_async(
    send: Callable[[httpx.Request], Awaitable[httpx.Response]], request: httpx.Request, choose: Choose
) -> httpx.Response:
    tap = _tap(request, choose)
    if tap is None:
        return await send(request)
    streams = _streams_of(request)
    with _asking(tap):
        response = await send(_with_stream(request, streams.sent_async(request.stream, tap)))
    _tell_head(response, tap)
    response.stream = streams.received_async(response.stream, tap)
    return response


def _tap(request: httpx.Request, choose: Choose) -> ExchangeTap | None:
    url = str(request.url)
    recorders = choose(url)
    if not recorders:
        return None
    try:
        # A body that is in memory is known at once; of any other one `content` would raise.
        body = request.content if hasattr(request, "_content") else None
        _streams_of(request)
        return ExchangeTap(recorders, request.method, url, request.headers.multi_items(), body)
    except Exception as error:  # a library that is made otherwise; the client asks all the same
        note_failure(recorders, error)
        return None


def _with_stream(request: httpx.Request, stream: Any) -> httpx.Request:
    """The request with another stream as its body; the client's own stays as it is, to be sent again."""
    other: httpx.Request = object.__new__(type(request))
    other.__dict__.update(request.__dict__, stream=stream)
    return other


def _tell_head(response: httpx.Response, tap: ExchangeTap) -> None:
    try:
        tap.headers(response.status_code, response.headers.multi_items())
        if response.is_closed:  # no network: all of it is there, and nobody will read the stream
            tap.read(b"".join(response.stream))  # type: ignore[arg-type]
            tap.completed()
    except Exception as error:
        tap.failed(error)


@contextmanager
def _asking(tap: ExchangeTap) -> Iterator[None]:
    """Tell what goes wrong before the head of the answer is there."""
    try:
        yield
    except BaseException as error:
        tap.broke(error)
        raise


@contextmanager
def _sending(tap: ExchangeTap) -> Iterator[None]:
    """Tell how it ends that the network takes the body of a request."""
    try:
        yield
    except Exception as error:
        tap.gave_up(error)
        raise
    tap.sent()


@contextmanager
def _receiving(tap: ExchangeTap) -> Iterator[None]:
    """Tell how it ends that a client pulls the body of an answer."""
    try:
        yield
    except GeneratorExit:
        # Clients let go of one iterator and go on with another; the end is when they close the answer.
        raise
    except BaseException as error:
        tap.broke(error)
        raise
    tap.completed()


class _Told:
    """A stream of a library, and who is told of it."""

    def __init__(self, stream: Any, tap: ExchangeTap) -> None:
        self._stream, self._tap = stream, tap


class _Sent(_Told):
    """The body of a request, told part by part as the network takes it."""

    def __iter__(self) -> Iterator[bytes]:
        with _sending(self._tap):
            for part in self._stream:
                self._tap.body(part)
                yield part

    def close(self) -> None:
        self._stream.close()


class _SentAsync(_Told):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _sending(self._tap):
            async for part in self._stream:
                self._tap.body(part)
                yield part

    async def aclose(self) -> None:
        await self._stream.aclose()


class _Received(_Told):
    """The body of an answer, told read by read as the client pulls it."""

    def __iter__(self) -> Iterator[bytes]:
        with _receiving(self._tap):
            for data in self._stream:
                self._tap.read(data)
                yield data

    def close(self) -> None:
        self._tap.closed()
        self._stream.close()


class _ReceivedAsync(_Told):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _receiving(self._tap):
            async for data in self._stream:
                self._tap.read(data)
                yield data

    async def aclose(self) -> None:
        self._tap.closed()
        await self._stream.aclose()


class _Streams:
    """The streams above as streams of a library, whose clients want no others."""

    def __init__(self, library: ModuleType) -> None:
        sync, asynchronous = library.SyncByteStream, library.AsyncByteStream
        self.sent: Any = type("SentStream", (_Sent, sync), {})
        self.sent_async: Any = type("AsyncSentStream", (_SentAsync, asynchronous), {})
        self.received: Any = type("ReceivedStream", (_Received, sync), {})
        self.received_async: Any = type("AsyncReceivedStream", (_ReceivedAsync, asynchronous), {})


def _streams_of(request: httpx.Request) -> _Streams:
    tops = [cls.__module__.partition(".")[0] for cls in type(request).__mro__]
    (library,) = _LIBRARIES.intersection(tops)
    return _library_streams(library)


@cache
def _library_streams(library: str) -> _Streams:
    return _Streams(sys.modules[library])
