"""The explorer's own window while its place is still being read: what is there can be looked at, and becomes the whole.

The server is played by this process: what it tells and answers comes when the test says so.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from page_objects import expect, expect_shown, rows, selected, total
from synthetic import says, stream

import recexplore
from recexplore.server.page import page as html
from recexplore.views.explorer import web
from recexplore.views.explorer.answers import Answers

ADDRESS = "http://localhost/recexplore/"
PATIENCE_MS = 10_000
NAMES = ("alpha", "beta", "gamma", "delta")


class Server:
    """A server that a page asks: of the state that was told last."""

    def __init__(self, page: Any, **facts: str) -> None:
        self.page, self.answers, self.revision, self._tell = page, None, 0, None
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
        value, buffers = self.answers.answer(asked["ask"], asked["given"])
        head = {"value": value, "revision": self.revision, "buffers": [len(each) for each in buffers]}
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
        notice = {"state": state, "revision": self.revision or None, "changes": {}, **said}
        self._tell(notice if state == "ready" else {"words": "", "share": 0, **notice})


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    page = browser.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    yield page
    assert not page.errors
    page.close()


@pytest.fixture
def answers_of(tmp_path: Path) -> Callable[..., Answers]:
    """Answers about the first of some recordings, without findings while there are fewer than all."""

    def answers_of(n: int) -> Answers:
        for name in NAMES[:n]:
            (tmp_path / f"{name}.json").write_text(json.dumps(stream(says("one"), says("two"))))
        is_whole = n == len(NAMES)
        corpus = recexplore.load(tmp_path, progress=False)
        return Answers(corpus, None if is_whole else False, is_growing=not is_whole)

    return answers_of


def test_what_is_read_so_far_is_shown_and_grows(page: Any, answers_of: Callable[[int], Answers]) -> None:
    server = Server(page)
    server.open()
    expect(page.locator(".rx-blank")).to_have_text("reading…")
    server.tell("loading", words="reading 0 of 4 files", share=0)
    expect(page.locator(".rx-blank")).to_have_text("reading 0 of 4 files")
    server.tell("loading", answers_of(2), words="reading 2 of 4 files, <b>1 s</b> left", share=0.5)
    expect(total(page)).to_have_text("2 of 2 recordings")
    expect(page.locator(".rx-notice span")).to_have_text("reading 2 of 4 files, <b>1 s</b> left")
    assert page.locator(".rx-notice progress").evaluate("(bar) => bar.value") == 0.5
    page.locator('.rx-list .rx-row[data-id="beta"]').click()
    expect_shown(page, "beta")
    server.tell("loading", answers_of(3), words="reading 3 of 4 files", share=0.75)
    expect(total(page)).to_have_text("3 of 3 recordings")
    assert sorted(rows(page)) == ["alpha", "beta", "gamma"]
    expect(selected(page)).to_have_attribute("data-id", "beta")
    expect(page.locator(".rx-notice span")).to_have_text("reading 3 of 4 files")
    server.tell("loading", words="looking for what is wrong: 3 of 60 rules", share=0.05)
    expect(page.locator(".rx-notice span")).to_have_text("looking for what is wrong: 3 of 60 rules")
    expect(page.locator(".rx-tab", has_text="Findings")).to_have_text("Findings")
    server.tell("ready", answers_of(4))
    expect(total(page)).to_have_text("4 of 4 recordings")
    expect(page.locator(".rx-notice")).to_be_hidden()
    expect(selected(page)).to_have_attribute("data-id", "beta")
    expect_shown(page, "beta")
    expect(page.locator(".rx-tab", has_text="Findings")).not_to_have_text("Findings"), "what is shown has findings now"


def test_ids_that_change_while_it_grows_stay_chosen(page: Any, answers_of: Callable[[int], Answers]) -> None:
    server = Server(page)
    server.open()
    server.tell("loading", answers_of(1), words="reading", share=0.2)
    expect_shown(page, "alpha")
    server.tell("loading", answers_of(2), words="reading", share=0.5, changes={"renamed": {"alpha": "beta"}})
    expect_shown(page, "beta")
    expect(selected(page)).to_have_attribute("data-id", "beta")


def test_where_the_reader_begins_is_waited_for(page: Any, answers_of: Callable[[int], Answers]) -> None:
    server = Server(page, recording="delta")
    server.open()
    server.tell("loading", answers_of(2), words="reading 2 of 4 files", share=0.5)
    expect(page.locator(".rx-blank")).to_have_text("reading 2 of 4 files")
    server.tell("ready", answers_of(4))
    expect_shown(page, "delta")


def test_what_fails_while_it_grows_is_said(page: Any, answers_of: Callable[[int], Answers]) -> None:
    server = Server(page)
    server.open()
    server.tell("loading", answers_of(2), words="reading 2 of 4 files", share=0.5)
    expect_shown(page, "alpha")
    server.tell("failed", words="the disk is gone")
    expect(page.locator(".rx-notice span")).to_have_text("the disk is gone")
    expect(page.locator(".rx-notice progress")).to_be_hidden()
    expect(total(page)).to_have_text("2 of 2 recordings")
