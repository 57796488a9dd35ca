"""What the server is asked: the page, its script and style, questions, folders, and what happened since.

Takes HTTP and WebSocket requests, each of a signed-in user (Jupyter Server's identity provider) and from this very site (its
XSRF, origin and host checks); asks an `OpenCorpus` and sends what it answers. Recorded text leaves as JSON and bytes only.
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final

from jupyter_server.auth.decorator import authorized, ws_authenticated
from jupyter_server.base.handlers import APIHandler, JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from jupyter_server.extension.handler import ExtensionHandlerMixin
from jupyter_server.utils import url_path_join
from tornado import web
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from recexplore.server.errors import OutOfDate, OutsideRoot
from recexplore.server.open_corpora import OpenCorpora
from recexplore.server.page import POLICY, page
from recexplore.views.explorer import web as page_files
from recexplore.views.text.safe_text import without_lone_surrogates

if TYPE_CHECKING:
    from recexplore.server.notices import Notice
    from recexplore.server.open_corpus import OpenCorpus
    from recexplore.views.explorer.answers import Answer

__all__ = ["handlers"]

_RESOURCE: Final = "recexplore"
"""What an authorizer is asked about: whoever may execute may look."""
_SCRIPTS: Final[dict[str, tuple[str, Callable[[], str]]]] = {
    "page.js": ("text/javascript", page_files.window),
    "page.css": ("text/css", page_files.style),
}


class _Handler(ExtensionHandlerMixin, JupyterHandler):
    auth_resource = _RESOURCE

    @property
    def corpora(self) -> OpenCorpora:
        found: OpenCorpora = self.settings["recexplore_corpora"]
        return found

    @property
    def place(self) -> str:
        """The place that the page is about: below the server's folder; "" is the one that the server was started with."""
        return self.get_query_argument("path", "")

    def opened(self) -> OpenCorpus:
        try:
            return self.corpora.opened(self.place)
        except (OutsideRoot, FileNotFoundError) as error:
            raise web.HTTPError(404, str(error)) from None


class PageHandler(_Handler):
    @property
    def content_security_policy(self) -> str:
        return POLICY

    @web.authenticated
    @authorized
    async def get(self) -> None:
        begin = {} if self.place else self.settings["recexplore_begin"]
        facts = {"xsrf": self.xsrf_token.decode(), "path": self.place}
        if self.place or self.corpora.has_own:
            self.opened()
        else:
            facts["choose"] = "folder"
        for name in ("recording", "chunk"):
            facts[name] = self.get_query_argument(name, begin.get(name, ""))
        self.set_header("Cache-Control", "no-store")
        self.finish(page(url_path_join(self.base_url, "recexplore/"), facts))


class AssetHandler(_Handler):
    @web.authenticated
    @authorized
    async def get(self, name: str) -> None:
        kind, text = _SCRIPTS[name]
        self.set_header("Content-Type", f"{kind}; charset=utf-8")
        # Asked for each time, sent only where it is another one: an upgrade is seen at once.
        self.set_header("Cache-Control", "no-cache")
        self.finish(text())


class AskHandler(_Handler, APIHandler):
    @web.authenticated
    @authorized
    async def post(self) -> None:
        """One question, ``{"ask", "given", "revision"}``.

        The answer is bytes: the length of its JSON head (unsigned, four bytes, little-endian), the head with ``value`` or
        ``error``, ``revision`` and the lengths of ``buffers``, and these.
        """
        asked = self.get_json_body()
        if not isinstance(asked, dict) or not isinstance(given := asked.get("given", {}), dict):
            raise web.HTTPError(400, "expected an object with ask, given and revision")
        try:
            revision, answer = await self.opened().answer(str(asked.get("ask")), given, asked.get("revision"))
            head, buffers = _head(revision, answer)
        except OutOfDate as error:
            head, buffers = {"error": str(error), "is_out_of_date": True}, []
        except Exception as error:  # said where it was asked, as a kernel does
            head, buffers = {"error": without_lone_surrogates(str(error)) or type(error).__name__}, []
        packed = json.dumps(head, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
        self.set_header("Content-Type", "application/octet-stream")
        self.set_header("Cache-Control", "no-store")
        self.finish(b"".join([struct.pack("<I", len(packed)), packed, *buffers]))


def _head(revision: int, answer: Answer[Any]) -> tuple[dict[str, Any], list[bytes]]:
    value, buffers = answer
    return {"value": value, "revision": revision, "buffers": [len(each) for each in buffers]}, buffers


class FoldersHandler(_Handler, APIHandler):
    @web.authenticated
    @authorized
    async def get(self) -> None:
        """The folders below one of the server's, to choose from."""
        try:
            self.finish(json.dumps(self.corpora.folders(self.place)))
        except (OutsideRoot, OSError) as error:
            raise web.HTTPError(404, str(error)) from None


class NoticesHandler(WebSocketMixin, WebSocketHandler, _Handler):
    """Sends every notice of the place; hears nothing."""

    _end: Callable[[], None] | None = None

    @ws_authenticated
    async def get(self, *given: Any, **named: Any) -> None:
        allowed = self.authorizer.is_authorized(self, self.current_user, "read", _RESOURCE)
        if not (await allowed if isinstance(allowed, Awaitable) else allowed):
            raise web.HTTPError(403)
        self._corpus = self.opened()
        await super().get(*given, **named)

    def open(self, *given: Any, **named: Any) -> None:
        super().open(*given, **named)
        self._end = self._corpus.listen(self._send)

    def _send(self, notice: Notice) -> None:
        try:
            sent = self.write_message(json.dumps(notice))
        except WebSocketClosedError:
            return
        sent.add_done_callback(lambda done: done.exception())

    def on_message(self, message: str | bytes) -> None:
        pass

    def on_close(self) -> None:
        super().on_close()
        if self._end is not None:
            self._end()


handlers: Final = [
    (r"/recexplore/?", PageHandler),
    (rf"/recexplore/assets/({'|'.join(map(re.escape, _SCRIPTS))})", AssetHandler),
    (r"/recexplore/api/ask", AskHandler),
    (r"/recexplore/api/folders", FoldersHandler),
    (r"/recexplore/api/notices", NoticesHandler),
]
"""Patterns below the server's base URL."""
