"""The explorer's own window, its server played by this process: what that tells and answers comes when the test says so."""

from __future__ import annotations

import json
import struct
from typing import Any

from recexplore.server.page import page as html
from recexplore.views.explorer import web
from recexplore.views.explorer.answers import Answers

__all__ = ["PlayedServer"]

ADDRESS = "http://localhost/recexplore/"


class PlayedServer:
    """A server that a page asks: of the state that the question is of, else of the one that was told last."""

    def __init__(self, page: Any, **facts: str) -> None:
        self.page, self.answers, self.revision, self._tell = page, None, 0, None
        self._states: dict[int | None, Answers] = {}
        self._give("*", "text/html", html("/recexplore/", {"xsrf": "", "path": "", **facts}))
        self._give("assets/page.js", "text/javascript", web.window())
        self._give("assets/page.css", "text/css", web.style())
        page.route(f"{ADDRESS}api/ask*", self._answer)
        page.route_web_socket(f"{ADDRESS.replace('http', 'ws')}api/notices*", self._connect)

    def _give(self, path: str, kind: str, text: str) -> None:
        self.page.route(f"{ADDRESS}{path}", lambda route: route.fulfill(body=text, content_type=kind))

    def _connect(self, socket: Any) -> None:
        self._tell = lambda notice: socket.send(json.dumps(notice))

    def _answer(self, route: Any) -> None:
        asked = json.loads(route.request.post_data)
        revision = asked.get("revision")
        known = revision in self._states
        answers = self._states[revision] if known else self.answers
        value, buffers = answers.answer(asked["ask"], asked["given"])
        head = {
            "value": value,
            "revision": revision if known else self.revision,
            "buffers": [len(each) for each in buffers],
        }
        packed = json.dumps(head).encode()
        route.fulfill(body=b"".join([struct.pack("<I", len(packed)), packed, *buffers]))

    def open(self) -> None:
        self.page.goto(ADDRESS)
        self.page.wait_for_function("() => document.querySelector('.rx-blank')")
        while self._tell is None:
            self.page.wait_for_timeout(5)

    def tell(self, state: str, answers: Answers | None = None, **said: Any) -> None:
        if answers is not None:
            self.answers, self.revision = answers, self.revision + 1
            self._states[self.revision] = answers
        notice = {"state": state, "revision": self.revision or None, "changes": {}, **said}
        self._tell(notice if state == "ready" else {"words": "", "share": 0, **notice})
