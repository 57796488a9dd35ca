"""The explorer's own window while its place is still being read: what is there can be looked at, and becomes the whole.

What its server tells and answers comes when the test says so.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from page_objects import expect, expect_shown, rows, selected, total
from played_server import PlayedServer
from synthetic import says, stream

import recexplore
from recexplore.views.explorer.answers import Answers

NAMES = ("alpha", "beta", "gamma", "delta")


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


def test_what_is_read_so_far_is_shown_and_grows(bare_page: Any, answers_of: Callable[[int], Answers]) -> None:
    server = PlayedServer(bare_page)
    server.open()
    expect(bare_page.locator(".rx-blank")).to_have_text("reading…")
    server.tell("loading", words="reading 0 of 4 files", share=0)
    expect(bare_page.locator(".rx-blank")).to_have_text("reading 0 of 4 files")
    server.tell("loading", answers_of(2), words="reading 2 of 4 files, <b>1 s</b> left", share=0.5)
    expect(total(bare_page)).to_have_text("2 of 2 recordings")
    expect(bare_page.locator(".rx-notice span")).to_have_text("reading 2 of 4 files, <b>1 s</b> left")
    assert bare_page.locator(".rx-notice progress").evaluate("(bar) => bar.value") == 0.5
    bare_page.locator('.rx-list .rx-row[data-id="beta"]').click()
    expect_shown(bare_page, "beta")
    server.tell("loading", answers_of(3), words="reading 3 of 4 files", share=0.75)
    expect(total(bare_page)).to_have_text("3 of 3 recordings")
    assert sorted(rows(bare_page)) == ["alpha", "beta", "gamma"]
    expect(selected(bare_page)).to_have_attribute("data-id", "beta")
    expect(bare_page.locator(".rx-notice span")).to_have_text("reading 3 of 4 files")
    server.tell("loading", words="looking for what is wrong: 3 of 60 rules", share=0.05)
    expect(bare_page.locator(".rx-notice span")).to_have_text("looking for what is wrong: 3 of 60 rules")
    expect(bare_page.locator(".rx-tab", has_text="Findings")).to_have_text("Findings")
    server.tell("ready", answers_of(4))
    expect(total(bare_page)).to_have_text("4 of 4 recordings")
    expect(bare_page.locator(".rx-notice")).to_be_hidden()
    expect(selected(bare_page)).to_have_attribute("data-id", "beta")
    expect_shown(bare_page, "beta")
    (
        expect(bare_page.locator(".rx-tab", has_text="Findings")).not_to_have_text("Findings"),
        "what is shown has findings now",
    )


def test_ids_that_change_while_it_grows_stay_chosen(bare_page: Any, answers_of: Callable[[int], Answers]) -> None:
    server = PlayedServer(bare_page)
    server.open()
    server.tell("loading", answers_of(1), words="reading", share=0.2)
    expect_shown(bare_page, "alpha")
    server.tell("loading", answers_of(2), words="reading", share=0.5, changes={"renamed": {"alpha": "beta"}})
    expect_shown(bare_page, "beta")
    expect(selected(bare_page)).to_have_attribute("data-id", "beta")


def test_where_the_reader_begins_is_waited_for(bare_page: Any, answers_of: Callable[[int], Answers]) -> None:
    server = PlayedServer(bare_page, recording="delta")
    server.open()
    server.tell("loading", answers_of(2), words="reading 2 of 4 files", share=0.5)
    expect(bare_page.locator(".rx-blank")).to_have_text("reading 2 of 4 files")
    server.tell("ready", answers_of(4))
    expect_shown(bare_page, "delta")


def test_what_fails_while_it_grows_is_said(bare_page: Any, answers_of: Callable[[int], Answers]) -> None:
    server = PlayedServer(bare_page)
    server.open()
    server.tell("loading", answers_of(2), words="reading 2 of 4 files", share=0.5)
    expect_shown(bare_page, "alpha")
    server.tell("failed", words="the disk is gone")
    expect(bare_page.locator(".rx-notice span")).to_have_text("the disk is gone")
    expect(bare_page.locator(".rx-notice progress")).to_be_hidden()
    expect(total(bare_page)).to_have_text("2 of 2 recordings")
