"""The recording proxy: a local server that passes every request to another one, and the answer back.

Takes requests at 127.0.0.1, from programs of this machine alone, and gives each the answer of the server behind it
(`recexplore.capture.proxy.exchange`); ``GET /recexplore/status`` tells how things stand. The writer of journals never makes
a client wait.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
from aiohttp import web

from recexplore.capture.guards import refusal
from recexplore.capture.journal.writer import Writer
from recexplore.capture.local_server import HOST, STATUS_PATH, error_answer
from recexplore.capture.proxy.exchange import Exchange, PassedOn, tracing
from recexplore.capture.proxy.upstream import Upstream

__all__ = ["Exchanged", "Proxy"]

_MOST_FIELD_BYTES: Final = 1 << 20
_MOST_FIELDS: Final = 10_000
_MOST_UNREAD_BYTES: Final = 1 << 16
"""What waits of one answer where its client reads slowly, before the server has to wait, too."""
_STOPS_WITHIN_S: Final = 2.0
_NS: Final = 1e9

_quiet: Final = logging.getLogger("recexplore.capture.http")
"""What the HTTP server says of malformed requests, which may hold keys, is said to nobody."""
_quiet.addHandler(logging.NullHandler())
_quiet.propagate = False


@dataclass(frozen=True, slots=True)
class Exchanged:
    """An exchange that is over, for who watches.

    Attributes
    ----------
    method, url
        What was asked of the server, without keys.
    status
        What was answered; None where nothing was.
    how, error
        How it ended, and what went wrong, as the journal has it, without keys; an empty text where nothing did.
    n_reads, n_bytes
        The reads of the answer's body.
    seconds
        From the request to the end.
    """

    method: str
    url: str
    status: int | None
    how: str
    error: str
    n_reads: int
    n_bytes: int
    seconds: float


class Proxy:
    """A server that listens while it is started.

    Parameters
    ----------
    upstream
        The server behind it.
    writer
        Who writes down what passes.
    test_id
        The id of the test that asks, noted with every exchange.
    more_status
        What ``GET /recexplore/status`` tells beside what the proxy and the writer know.

    Attributes
    ----------
    exchanged
        Called with every exchange that is over.
    """

    def __init__(
        self,
        upstream: Upstream,
        writer: Writer,
        *,
        test_id: str | None = None,
        more_status: Callable[[], dict[str, Any]] = dict,
    ) -> None:
        self.upstream, self.writer, self.test_id = upstream, writer, test_id
        self.exchanged: Callable[[Exchanged], None] = lambda exchanged: None
        self._more_status = more_status
        self._exchanges: set[Exchange] = set()
        self._port = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{HOST}:{self._port}"

    async def start(self, ports: range) -> None:
        """Listen at the first of the ports that is free.

        Raises
        ------
        OSError
            None of them is.
        """
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ssl=_certificates()),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(),
            auto_decompress=False,
            trace_configs=[tracing()],
            read_bufsize=_MOST_UNREAD_BYTES,
            max_line_size=_MOST_FIELD_BYTES,
            max_field_size=_MOST_FIELD_BYTES,
        )
        application = web.Application(client_max_size=0)
        application.router.add_route("*", "/{target:.*}", self._handle)
        application.on_response_prepare.append(_leave_as_sent)
        self._runner = web.AppRunner(
            application,
            handler_cancellation=True,
            access_log=None,
            logger=_quiet,
            shutdown_timeout=_STOPS_WITHIN_S,
            auto_decompress=False,
            max_line_size=_MOST_FIELD_BYTES,
            max_field_size=_MOST_FIELD_BYTES,
            max_headers=_MOST_FIELDS,
        )
        await self._runner.setup()
        try:
            await self._listen(ports)
        except OSError:
            await self.stop()
            raise

    async def _listen(self, ports: range) -> None:
        for port in ports:
            try:
                await web.TCPSite(self._runner, HOST, port).start()
            except OSError as error:
                if port == ports[-1]:
                    tried = (
                        f"port {port} is not free" if len(ports) == 1 else f"no port from {ports[0]} to {port} is free"
                    )
                    raise OSError(f"{tried} at {HOST}: name another with --port") from error
            else:
                self._port = int(self._runner.addresses[0][1])
                return

    async def stop(self) -> None:
        """Listen no more; exchanges under way end as ``stopped``."""
        for site in tuple(self._runner.sites):
            await site.stop()
        for exchange in self._exchanges:
            exchange.stop()
        await self._runner.cleanup()
        await self._session.close()

    def status(self) -> dict[str, Any]:
        """How things stand."""
        now, now_ns = self.writer.status, self.writer.clock()
        silent_s = [
            each for each in (exchange.pace.silent_s(now_ns) for exchange in self._exchanges) if each is not None
        ]
        return {
            "upstream": self.upstream.url,
            "open": len(self._exchanges),
            "silent": {"streams": len(silent_s), "longest_s": round(max(silent_s, default=0.0), 3)},
            "ended": now.n_ended,
            "reads": now.n_reads,
            "bytes": now.n_bytes,
            "lost": {"reads": now.lost_reads, "bytes": now.lost_bytes},
            "lost_requests": now.lost_requests,
            "waiting_bytes": now.waiting_bytes,
            "writer_alive": now.is_alive,
            "error": now.error,
            **self._more_status(),
        }

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        refused = refusal(request.headers.items(), self._port)
        if refused is not None:
            return error_answer(refused.status, "recexplore_refused", refused.reason)
        if request.path == STATUS_PATH:
            return web.json_response(self.status())
        if not request.raw_path.startswith("/"):
            reason = f"expected a path, found a whole URL: {self.url} is the base URL of a client, not its proxy"
            return error_answer(400, "recexplore_refused", reason)
        if request.headers.get("Upgrade", "").lower() == "websocket":
            reason = "recexplore capture passes HTTP requests on and no WebSockets: use the API's HTTP streaming"
            return error_answer(501, "recexplore_no_websockets", reason)
        exchange = Exchange(request, await request.read(), self.upstream, self.writer, self.test_id)
        self._exchanges.add(exchange)
        try:
            return await exchange.run(self._session)
        finally:
            self._exchanges.discard(exchange)
            seconds = (exchange.end() - exchange.received_ns) / _NS
            self.exchanged(
                Exchanged(
                    request.method,
                    exchange.shown_url,
                    exchange.status,
                    exchange.how,
                    exchange.error,
                    exchange.n_reads,
                    exchange.n_bytes,
                    seconds,
                )
            )


async def _leave_as_sent(request: web.Request, answer: web.StreamResponse) -> None:
    if isinstance(answer, PassedOn):
        answer.leave_as_sent()


def _certificates() -> ssl.SSLContext:
    """The certificates that this system trusts, and those that HTTP clients of Python bring with them."""
    context = ssl.create_default_context()
    try:
        import certifi
    except ImportError:
        return context
    context.load_verify_locations(certifi.where())
    return context
