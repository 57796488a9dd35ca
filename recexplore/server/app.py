"""What Jupyter Server knows of the explorer: an application that runs inside any server, and a server of its own for it.

Takes settings, starts what `handlers` answers. Holds no page and reads no recording.
"""

from __future__ import annotations

import gc
import logging
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

from jupyter_server.extension.application import ExtensionApp
from jupyter_server.serverapp import ServerApp
from jupyter_server.services.contents.largefilemanager import LargeFileManager
from traitlets import Dict, List, Unicode
from traitlets.config import Config

from recexplore.model.credentials import Credentials
from recexplore.server.handlers import handlers
from recexplore.server.open_corpora import OpenCorpora

__all__ = ["RecexploreApp", "serve"]

_NAME: Final = "recexplore"


_SAY_WHAT_IS_SEEN: Final = ("start_app", "_confirm_exit", "_signal_stop")
"""Functions of Jupyter Server that log, as critical, where the server is and that it ends."""


class _NoFiles(LargeFileManager):
    """Shows no file: a contents manager brings a handler for them with it, whatever services a server has."""

    def get_extra_handlers(self) -> list[Any]:
        return []


class _Server(ServerApp):
    """A server for the explorer alone: it runs no kernel and shows no other file."""

    default_services = ("api", "auth", "security", "shutdown")  # type: ignore[assignment]

    def init_signal(self) -> None:
        """As Jupyter's; but Control-C asks nothing, and ends it without a terminal, too.

        A `KeyboardInterrupt` in the loop, which is what else would come of it, waits for the threads that watch folders.
        """
        super().init_signal()
        if sys.platform != "win32" and signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
            signal.signal(signal.SIGINT, self._signal_stop)

    def start_app(self) -> None:
        """As Jupyter's; but the address is said once, not as an error, and when somebody answers there."""
        self.log.addFilter(lambda record: record.funcName not in _SAY_WHAT_IS_SEEN)
        super().start_app()
        # The loop begins by listening, which was asked of it before this.
        self.io_loop.add_callback(self._say_where)

    def _say_where(self) -> None:
        sys.stderr.write(f"recexplore: {self.connect_url}\nControl-C ends it.\n")
        sys.stderr.flush()


class RecexploreApp(ExtensionApp):
    """The explorer at ``<base URL>/recexplore/``.

    Without ``places`` a page names what it is about: ``?path=`` a file or folder below the server's own folder.
    """

    name = _NAME
    extension_url = "/recexplore/"
    load_other_extensions = False
    serverapp_class = _Server
    places = List(Unicode(), help="What to open: files, folders, globs, archives, URLs.").tag(config=True)
    rev = Unicode("", help="A git revision of the places.").tag(config=True)
    prices = Unicode("", help="A table of what tokens cost.").tag(config=True)
    credentials = Unicode("masked", help="Whether keys in URLs and requests are masked or shown.").tag(config=True)
    begin = Dict(help="Where to begin in them: recording, chunk.").tag(config=True)

    def initialize_settings(self) -> None:
        assert self.serverapp is not None
        self._corpora = OpenCorpora(
            self.serverapp.root_dir,
            self.places,
            rev=self.rev or None,
            prices=self.prices or None,
            credentials="shown" if self.credentials == "shown" else "masked",
        )
        self.settings["recexplore_corpora"] = self._corpora
        self.settings["recexplore_begin"] = dict(self.begin)

    def initialize_handlers(self) -> None:
        self.handlers.extend(handlers)

    async def _start_jupyter_server_extension(self, serverapp: ServerApp) -> None:
        if self.places:
            self._corpora.opened("")
        if isinstance(serverapp, _Server):
            # Nobody else's process: what was imported until now stays, and no collection has to walk through it again.
            gc.freeze()

    async def stop_extension(self) -> None:
        await self._corpora.close()


def serve(
    places: Sequence[str],
    *,
    rev: str | None = None,
    recording: str | None = None,
    chunk: int | None = None,
    prices: str | None = None,
    credentials: Credentials = "masked",
    port: int | None = None,
    ip: str = "localhost",
    open_browser: bool = True,
) -> None:
    """Open places in a window of the browser, until Control-C.

    Parameters
    ----------
    places
        What `recexplore.load` takes, as text.
    rev
        A git revision of them.
    recording, chunk
        Where to begin: an id, its beginning or a path; a position on the wire.
    prices
        The path of a table of what tokens cost.
    credentials
        As `recexplore.load` has it.
    port
        By default the first free one from 8888 on.
    ip
        The address to listen at.
    open_browser
        Whether to open a browser, where there is one.

    Raises
    ------
    OSError
        The port is taken, or the address is not this machine's.
    """
    begin = {"recording": recording or "", "chunk": "" if chunk is None else str(chunk)}
    config = Config(
        {
            "RecexploreApp": {
                "places": list(places),
                "rev": rev or "",
                "prices": prices or "",
                "credentials": credentials,
                "begin": begin,
            },
            "ServerApp": {
                "ip": ip,
                "open_browser": open_browser,
                "log_level": logging.ERROR,
                # Nothing is run for whoever signs in: root is as good as any user, and nothing has to be confirmed.
                "allow_root": True,
                "answer_yes": True,
                "terminals_enabled": False,
                "contents_manager_class": _NoFiles,
                **({} if port is None else {"port": port, "port_retries": 0}),
            },
        }
    )
    try:
        server = RecexploreApp.initialize_server(argv=[], config=config)  # type: ignore[no-untyped-call]
    except SystemExit as ended:
        raise OSError(f"the server could not start at {ip}, port {port or 'any'}: see above") from ended
    with suppress(KeyboardInterrupt):
        server.start()
