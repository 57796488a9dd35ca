"""Exchanges of aiohttp, recorded where a session hands them to the network.

Takes a request on its way to the connection and the reader of its answer, gives both back as they are, and tells an
`ExchangeTap` of them. Every read is told when it arrives, after it was handed to the client's buffer; where a session
uncompresses answers, which it does by default, the reads are uncompressed. Never changes what is asked for, and never reads
a body by itself.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING, Any, Final

from recexplore.capture.in_process.exchange_tap import Choose, ExchangeTap, note_failure
from recexplore.capture.in_process.off_the_loop import off_the_loop
from recexplore.capture.in_process.recorder import Only, Recorder, warn_of
from recexplore.capture.in_process.replaced_method import Method, ReplacedMethod

if TYPE_CHECKING:
    import os

    import aiohttp

__all__ = ["RecordingMiddleware", "replaced_methods"]

Handler = Callable[["aiohttp.ClientRequest"], Awaitable["aiohttp.ClientResponse"]]

_UNCOMPRESSED: Final = frozenset({"gzip", "deflate", "br", "zstd"})
"""What sessions uncompress that do not say so."""
_TAPS: Final[dict[int, list[ExchangeTap]]] = {}
"""Who is told of a reader, by its identity, until its answer ends: readers have slots, with room for neither a tap nor a
weak reference."""


def replaced_methods(library: ModuleType, choose: Choose) -> list[ReplacedMethod]:
    """Have all sessions tell of what they ask: a middleware that stands next to the network, behind all others."""

    async def tell(request: aiohttp.ClientRequest, handler: Handler) -> aiohttp.ClientResponse:
        return await _send(request, handler, choose)

    def telling(send: Method) -> Method:
        async def request(self: Any, *args: Any, middlewares: Any = None, **options: Any) -> Any:
            others = self._middlewares if middlewares is None else middlewares
            return await send(self, *args, middlewares=(*others, tell), **options)

        return request

    return [ReplacedMethod(library.ClientSession, "_request", telling)]


class RecordingMiddleware:
    """A middleware that records what a session asks: ``aiohttp.ClientSession(middlewares=[recording])``.

    The last of several stands next to the network and sees requests as they are sent. Closing it, or leaving its ``async
    with``, makes recordings of the journals.

    Parameters
    ----------
    folder, test_id, only
        As `recexplore.recording` takes them.
    """

    def __init__(self, folder: str | os.PathLike[str], *, test_id: str | None = None, only: Only = None) -> None:
        self.recorder: Final = Recorder(Path(folder), test_id=test_id, only=only)

    async def __call__(self, request: aiohttp.ClientRequest, handler: Handler) -> aiohttp.ClientResponse:
        """Send a request, as a session asks of its middlewares."""
        return await _send(request, handler, self.recorder.chosen)

    async def close(self) -> None:
        """Make recordings of the journals."""
        warn_of(await off_the_loop(self.recorder.close))

    async def __aenter__(self) -> RecordingMiddleware:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        warn_of(await off_the_loop(self.recorder.close), error)


async def _send(request: aiohttp.ClientRequest, handler: Handler, choose: Choose) -> aiohttp.ClientResponse:
    url = str(request.url)
    recorders = choose(url)
    if not recorders:
        return await handler(request)
    try:
        tap = ExchangeTap(recorders, request.method, url, request.headers.items(), _body_in_memory(request))
        _tell_sending(request, tap)
    except Exception as error:  # an aiohttp that is made otherwise; the client asks all the same
        note_failure(recorders, error)
        return await handler(request)
    try:
        response = await handler(request)
    except BaseException as error:
        tap.broke(error)
        raise
    finally:
        # A request may be sent again.
        vars(request).pop("send", None)
        vars(request).pop("write_bytes", None)
    try:
        tap.headers(response.status, response.headers.items(), is_unpacked=_is_unpacked(request, response))
        _tell_reading(response.content, tap)
    except Exception as error:
        tap.failed(error)
    return response


def _body_in_memory(request: aiohttp.ClientRequest) -> bytes | None:
    """The body where it is known before it is sent; None where it is not."""
    from aiohttp.payload import BytesPayload

    body = request.body
    if isinstance(body, BytesPayload):
        return bytes(body._value)
    return None if body else b""


def _tell_sending(request: aiohttp.ClientRequest, tap: ExchangeTap) -> None:
    """Tell of the body's parts as the network takes them, and when the last one was taken."""
    send, write_bytes = request.send, request.write_bytes

    async def telling_send(conn: Any) -> Any:
        response = await send(conn)
        if not request.body:
            tap.sent()
        return response

    async def telling_write_bytes(writer: Any, conn: Any, *rest: Any) -> None:
        write = writer.write

        async def telling_write(chunk: Any, *args: Any, **options: Any) -> None:
            tap.body(bytes(chunk))
            await write(chunk, *args, **options)

        writer.write = telling_write
        await write_bytes(writer, conn, *rest)
        if conn.protocol is not None and conn.protocol.exception() is None:
            tap.sent()

    vars(request).update(send=telling_send, write_bytes=telling_write_bytes)


def _is_unpacked(request: aiohttp.ClientRequest, response: aiohttp.ClientResponse) -> bool:
    """Whether the reader is given the body without its encoding; the header is left as it was."""
    reader: Any = response.content
    if hasattr(reader, "total_compressed_bytes"):  # None where nothing is uncompressed on its way to the reader
        return reader.total_compressed_bytes is not None
    is_known = response.headers.get("Content-Encoding", "").lower() in _UNCOMPRESSED
    return is_known and response.method != "HEAD" and bool(request.session.auto_decompress)


def _tell_reading(reader: Any, tap: ExchangeTap) -> None:
    """Tell of all that the reader was given, and of all that it will be given."""
    for data in tuple(reader._buffer) if not reader.is_eof() or reader.total_bytes else ():
        tap.read(bytes(data))
    if reader.exception() is not None:
        _tell_end(reader.exception(), tap)
    elif reader.is_eof():
        tap.completed()
    else:
        _TAPS.setdefault(id(reader), []).append(tap)
        reader_class: Any = type(reader)
        reader.__class__ = _telling_class(reader_class)


@cache
def _telling_class(reader_class: Any) -> Any:
    """The readers of a class, telling their taps."""
    if issubclass(reader_class, _Telling):
        return reader_class
    return type("TellingReader", (_Telling, reader_class), {"__slots__": ()})


class _Telling:
    __slots__ = ()

    def feed_data(self, data: Any, *rest: Any) -> Any:
        done = super().feed_data(data, *rest)  # type: ignore[misc]
        for tap in _TAPS.get(id(self), ()):
            tap.read(bytes(data))
        return done

    def feed_eof(self) -> None:
        super().feed_eof()  # type: ignore[misc]
        for tap in _TAPS.pop(id(self), ()):
            tap.completed()

    def set_exception(self, exc: BaseException, *rest: Any) -> None:
        super().set_exception(exc, *rest)  # type: ignore[misc]
        for tap in _TAPS.pop(id(self), ()):
            _tell_end(exc, tap)

    def __del__(self, forget: Any = _TAPS.pop) -> None:
        forget(id(self), None)


def _tell_end(error: BaseException, tap: ExchangeTap) -> None:
    import aiohttp

    # This very class, and none of those made from it, says that the client closed the answer.
    if type(error) is aiohttp.ClientConnectionError:
        tap.closed()
    else:
        tap.broke(error)
