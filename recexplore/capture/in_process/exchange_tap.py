"""What happens to one exchange of a client, told to all who record it.

Takes what a client's HTTP library does, as it does it, and stamps it with the time; tells the `Recorder` of each recording
that wants the exchange. No method waits for a disk, and none raises: what fails here is noted, and the client goes on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import Concatenate, Final, ParamSpec

from recexplore.capture.in_process.recorder import RecordedExchange, Recorder
from recexplore.capture.journal.writer import MOST_WAITING_BYTES
from recexplore.model.exchange import DONE_MARK
from recexplore.read.wire.recorded_wire import COMPLETE

__all__ = ["Choose", "ExchangeTap", "note_failure"]

Choose = Callable[[str], Sequence[Recorder]]
"""Who records the exchange with a URL."""

_P = ParamSpec("_P")
_TIMEOUTS: Final = frozenset({"TimeoutError", "TimeoutException"})
"""Python's, and that of httpx."""
_SWITCHING: Final = 101
_DONE: Final = DONE_MARK.encode()
_TAIL: Final = len(_DONE) + 16
"""How much of an answer's end is looked at: the mark of the end, and line ends that may follow it."""


def _quietly(method: Callable[Concatenate[ExchangeTap, _P], None]) -> Callable[Concatenate[ExchangeTap, _P], None]:
    @wraps(method)
    def told(self: ExchangeTap, /, *args: _P.args, **kwargs: _P.kwargs) -> None:
        try:
            method(self, *args, **kwargs)
        except Exception as error:  # whatever it is, the client goes on
            self.failed(error)

    return told


class ExchangeTap:
    """Tells recorders of one exchange.

    Parameters
    ----------
    recorders
        Who records it.
    method, url, headers
        What is asked.
    body
        What is sent, where that is known already; otherwise `body` is told of its parts.
    """

    def __init__(
        self,
        recorders: Sequence[Recorder],
        method: str,
        url: str,
        headers: Iterable[tuple[str, str]],
        body: bytes | None = None,
    ) -> None:
        self._received_ns = time.monotonic_ns()
        self._recorders, self._asked = recorders, (method, url, list(headers))
        self._exchanges: list[RecordedExchange] | None = None
        self._body = bytearray(body or b"")
        self._is_sent = self._is_ended = False
        self._n_expected: int | None = None
        self._n_read = 0
        self._tail = b""
        if body is not None:
            self.begun()

    def failed(self, error: Exception) -> None:
        """Note what went wrong with recording."""
        note_failure(self._recorders, error)

    @_quietly
    def begun(self) -> None:
        """The request's body is known, or there is none to come."""
        self._open()

    @_quietly
    def body(self, part: bytes) -> None:
        """A part of the request's body is handed over; it is not read a second time."""
        free = MOST_WAITING_BYTES - len(self._body)
        if self._exchanges is None and free > 0:
            self._body += part[:free]
            if len(part) > free:
                raise ValueError(f"of a request's body no more than {MOST_WAITING_BYTES} bytes are kept")

    @_quietly
    def sent(self) -> None:
        """The request is on its way, with its last byte."""
        if not self._is_sent:
            self._sent_at(time.monotonic_ns())

    @_quietly
    def headers(self, status: int, headers: Iterable[tuple[str, str]], *, is_unpacked: bool = False) -> None:
        """The head of the answer came; with ``is_unpacked``, reads are told without the encodings that it names."""
        now_ns, fields = time.monotonic_ns(), list(headers)
        if not self._is_sent:
            # An answer before the request's last byte, or a transport without a wire.
            self._sent_at(self._received_ns)
        for exchange in self._open():
            exchange.headers(now_ns, status, fields, is_unpacked=is_unpacked)
        lengths = [value for name, value in fields if name.lower() == "content-length"]
        self._n_expected = int(lengths[0]) if lengths and lengths[0].isdecimal() else None
        if status == _SWITCHING:
            self._end("stopped", "what is said over a WebSocket is not recorded")

    @_quietly
    def read(self, data: bytes) -> None:
        """A read of the answer's body came."""
        now_ns = time.monotonic_ns()
        if self._is_ended or not data:
            return
        self._n_read += len(data)
        self._tail = (self._tail + data[-_TAIL:])[-_TAIL:]
        for exchange in self._open():
            exchange.read(now_ns, data)

    @_quietly
    def completed(self) -> None:
        """The answer was read to its end."""
        self._end(COMPLETE)

    @_quietly
    def closed(self) -> None:
        """The client closed the answer; whole it is where all that was announced came, or the mark of the end."""
        is_whole = self._n_read == self._n_expected or self._tail.rstrip().endswith(_DONE)
        self._end(COMPLETE if is_whole else "client gone")

    @_quietly
    def broke(self, error: BaseException) -> None:
        """The exchange failed, in the words of the client's library."""
        text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        if not isinstance(error, Exception) or (self._is_sent and _is_timeout(error)):
            self._end("client gone", text)
        else:
            self._end("server broke off" if self._is_sent else "no connection", text)

    @_quietly
    def gave_up(self, error: BaseException) -> None:
        """The client failed to say what it wanted to ask."""
        self._end("client gone", f"{type(error).__name__}: {error}")

    def _open(self) -> list[RecordedExchange]:
        if self._exchanges is None:
            method, url, headers = self._asked
            begun = [
                each.begin(method, url, headers, bytes(self._body), received_ns=self._received_ns)
                for each in self._recorders
            ]
            self._exchanges = [each for each in begun if each is not None]
            self._body.clear()
        return self._exchanges

    def _sent_at(self, t_ns: int) -> None:
        self._is_sent = True
        for exchange in self._open():
            exchange.sent(t_ns)

    def _end(self, how: str, error: str | None = None) -> None:
        if not self._is_ended:
            self._is_ended = True
            now_ns = time.monotonic_ns()
            for exchange in self._open():
                exchange.end(now_ns, how, error)


def note_failure(recorders: Iterable[Recorder], error: Exception) -> None:
    """Note what went wrong with recording an exchange."""
    for recorder in recorders:
        recorder.failed(f"an exchange could not be recorded as it was: {error!r}")


def _is_timeout(error: BaseException) -> bool:
    """Whether the client would not wait any longer."""
    names = {cls.__name__ for cls in type(error).__mro__}
    return bool(names & _TIMEOUTS)
