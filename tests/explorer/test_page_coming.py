"""Streams that still come, in the explorer's own window: the list and the head say so while nothing happens to any file."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from explorer_inputs import Opener
from journal_kit import journal_bytes
from page_objects import choose, expect, search, total
from played_server import PlayedServer
from scripted_streams import chat_text, chat_tool_calls

import recexplore
from recexplore.views.explorer.answers import Answers
from recexplore.views.explorer.coming import FileNow

MS = 1_000_000
RECEIVED_S = 1_776_160_000
EVENTS = chat_text(["A", " wren", " sings", " before", " dawn", "."])
LAST_S = RECEIVED_S + 0.1
"""When the fifth event came."""


class Recorder:
    """Who writes the journal of a stream, as far as a page sees it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.now_s, self.is_alive, self.n_unread_bytes = folder, LAST_S, True, 0
        self.write("whole", 9, (200 * MS, "complete"))
        self.write("open", 5)

    def write(self, name: str, n: int, end: tuple[int, str] | None = None, events: Sequence[bytes] = EVENTS) -> None:
        reads = [((at + 1) * 20 * MS, event) for at, event in enumerate(events[:n])]
        journal = journal_bytes(
            "http://localhost/v1/chat/completions",
            b'{"model": "m", "stream": true, "messages": [{"role": "user", "content": "What sings?"}]}',
            reads,
            sent_ns=0,
            end=end,
            received_posix_ns=RECEIVED_S * 1_000_000_000,
        )
        (self.folder / f"{name}.journal.jsonl").write_bytes(journal)

    def end(self) -> None:
        self.write("open", 9, (200 * MS, "complete"))

    def hand_over(self) -> None:
        """What a finished journal becomes has another name."""
        self.end()
        (self.folder / "open.journal.jsonl").rename(self.folder / "recorded.journal.jsonl")

    def answers(self, before: Answers | None = None) -> Answers:
        corpus = recexplore.load(self.folder, progress=False)
        return Answers(corpus, False, look=self._look, clock=lambda: self.now_s, before=before)

    def _look(self, path: str) -> FileNow | None:
        if not Path(path).exists():
            return None
        return FileNow(self.is_alive, Path(path).stat().st_size + self.n_unread_bytes, LAST_S)


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    return Recorder(tmp_path)


@pytest.fixture
def live(bare_page: Any, recorder: Recorder) -> Callable[[], Any]:
    """Opens a window on the recorder's folder."""

    def live() -> Any:
        server = PlayedServer(bare_page)
        server.open()
        server.tell("ready", recorder.answers())
        bare_page.locator('.rx-row[data-id^="open"]').click()
        return server

    return live


def test_a_stream_falls_silent_while_no_file_changes(
    bare_page: Any, recorder: Recorder, live: Callable[[], PlayedServer]
) -> None:
    recorder.now_s = LAST_S + 0.2
    server = live()
    sign, end = bare_page.locator(".rx-list .rx-coming"), bare_page.locator(".rx-head [class*=rx-fact-]")
    expect(sign).to_have_text(["coming"])
    expect(sign).to_have_attribute("title", "still coming; last chunk 0.2 s ago")
    expect(end).to_have_text("still coming; last chunk 0.2 s ago")

    recorder.now_s = LAST_S + 12.7
    expect(sign).to_have_text(["silent for 12 s"])
    expect(end).to_have_text("still coming; nothing came for 12 s, and more than 0.25 s is a stall")
    row = bare_page.get_by_role("row", name="silent for 12 s")
    expect(row).to_have_count(1)

    recorder.n_unread_bytes = 100
    expect(sign).to_have_text(["coming"])
    expect(end).to_have_text("still coming")

    recorder.n_unread_bytes = 0
    recorder.end()
    server.tell("ready", recorder.answers(), changes={"changed": 1})
    expect(sign).to_have_count(0)
    expect(total(bare_page)).to_have_text("2 of 2 recordings")


def test_a_journal_that_goes_on_leaves_what_was_said_of_other_files(
    bare_page: Any, recorder: Recorder, live: Callable[[], PlayedServer]
) -> None:
    server, said = live(), bare_page.locator(".rx-notice")
    server.tell("ready", recorder.answers(), changes={"new": 1, "changed": 0, "gone": 0})
    expect(said).to_contain_text("1 file new")

    recorder.end()
    server.tell("ready", recorder.answers(), changes={"new": 0, "changed": 0, "gone": 0})
    expect(bare_page.locator(".rx-list .rx-coming")).to_have_count(0)
    expect(said).to_contain_text("1 file new")

    server.tell("failed", words="the disk is gone")
    expect(said).to_contain_text("the disk is gone")
    server.tell("ready", recorder.answers(), changes={"new": 0, "changed": 0, "gone": 0})
    expect(said).to_be_hidden()


def test_a_question_that_failed_takes_no_sign_away(
    bare_page: Any, recorder: Recorder, live: Callable[[], PlayedServer]
) -> None:
    recorder.now_s = LAST_S + 30
    server = live()
    sign = bare_page.locator(".rx-list .rx-coming")
    expect(sign).to_have_text(["silent for 30 s"])
    bare_page.evaluate(
        """() => {
          window.signs = new Set();
          const signs = document.getElementsByClassName("rx-coming");
          const note = () => [...signs].forEach((sign) => window.signs.add(sign.textContent));
          new MutationObserver(note).observe(document.body, { subtree: true, childList: true, characterData: true });
        }"""
    )

    def fail(route: Any) -> None:
        if json.loads(route.request.post_data)["ask"] == "coming":
            route.fulfill(status=500, body="busy")
        else:
            route.fallback()

    bare_page.route("**/api/ask*", fail)
    with bare_page.expect_response(lambda response: response.status == 500):
        pass
    bare_page.unroute("**/api/ask*", fail)
    recorder.now_s = LAST_S + 40
    server.tell("ready", recorder.answers())

    expect(sign).to_have_text(["silent for 40 s"])
    assert bare_page.evaluate("() => [...window.signs].sort()") == ["silent for 30 s", "silent for 40 s"]


def test_a_recorder_that_dies_leaves_no_silence(
    bare_page: Any, recorder: Recorder, live: Callable[[], PlayedServer]
) -> None:
    recorder.now_s = LAST_S + 30
    live()
    sign = bare_page.locator(".rx-list .rx-coming")
    expect(sign).to_have_text(["silent for 30 s"])

    recorder.is_alive, recorder.now_s = False, LAST_S + 3 * 24 * 3600

    expect(sign).to_have_text(["no end"])
    expect(bare_page.locator(".rx-fact-left")).to_have_text(
        "nobody writes it any more: its recorder died before the end"
    )


def test_where_no_file_is_followed_it_is_only_said_that_there_is_no_end(opened: Opener, recorder: Recorder) -> None:
    page = opened(corpus=recexplore.load(recorder.folder, progress=False), findings=False)

    expect(page.locator(".rx-list .rx-coming")).to_have_text(["no end yet"])
    choose(page, "shows", "no end yet")
    expect(total(page)).to_have_text("1 of 2 recordings")
    search(page, "wren", "1 of 2 recordings")
    expect(page.locator(".rx-list .rx-match mark")).to_have_text("wren")
    expect(page.locator(".rx-list .rx-coming")).to_have_text(["no end yet"])


def test_a_journal_that_is_gone_goes_on_showing_what_it_showed(
    bare_page: Any, recorder: Recorder, live: Callable[[], PlayedServer]
) -> None:
    server, title = live(), bare_page.locator(".rx-head .rx-prompt")
    expect(title).to_have_text("What sings?")
    answers = recorder.answers()
    recorder.hand_over()
    shown = bare_page.evaluate("() => document.querySelector('.rx-row[data-id^=open]').dataset.id")
    server.tell("ready", answers, changes={"changed": 1, "recordings": [shown]})

    beside = bare_page.locator(".rx-beside")
    expect(beside).to_contain_text("Its journal is gone since it was read: it was finished, or removed.")
    expect(title).to_have_text("What sings?")
    expect(bare_page.locator("main")).not_to_contain_text("Errno")


def test_what_a_journal_became_is_followed_to_its_end(
    bare_page: Any, recorder: Recorder, live: Callable[[], PlayedServer]
) -> None:
    server, cursor = live(), bare_page.locator(".rx-slider")
    search(bare_page, "wren", "2 of 2 recordings")
    bare_page.keyboard.press("Escape")
    bare_page.locator('.rx-row[data-id^="open"]').click()
    expect(bare_page.locator(".rx-head .rx-prompt")).to_have_text("What sings?")
    before = bare_page.evaluate("() => document.querySelector('.rx-row[data-id^=open]').dataset.id")
    bare_page.locator(".rx-right").press("End")
    expect(cursor).to_have_value("4")
    recorder.hand_over()
    answers = recorder.answers()
    after = next(each.id for each in answers.corpus if "recorded" in each.facts["path"])

    server.tell("ready", answers, changes={"new": 1, "gone": 1, "renamed": {before: after}})

    expect(bare_page.locator(".rx-where code")).to_have_text(after)
    last = len(answers.corpus[after].chunks) - 1
    assert last > 4
    expect(cursor).to_have_value(str(last))


def test_rows_are_titled_by_what_was_asked_while_another_is_no_longer_there(recorder: Recorder) -> None:
    answers = recorder.answers()
    (whole,) = [each.id for each in answers.corpus if each.id.startswith("whole")]
    prompts, _ = answers.answer("prompts", {"recordings": ["gone", whole]})
    assert prompts == {whole: "What sings?"}


def test_a_row_keeps_its_title_when_its_journal_becomes_a_recording(
    bare_page: Any, recorder: Recorder, live: Callable[[], PlayedServer]
) -> None:
    server, name = live(), bare_page.locator(".rx-row .rx-name")
    expect(name).to_have_text(["What sings?", "What sings?"])
    before = bare_page.evaluate("() => document.querySelector('.rx-row[data-id^=open]').dataset.id")
    recorder.hand_over()
    answers = recorder.answers()
    after = next(each.id for each in answers.corpus if "recorded" in each.facts["path"])
    bare_page.route(
        "**/api/ask*",
        lambda route: None if json.loads(route.request.post_data)["ask"] == "prompts" else route.fallback(),
    )

    server.tell("ready", answers, changes={"new": 1, "gone": 1, "renamed": {before: after}})

    expect(bare_page.locator(f'.rx-row[data-id="{after}"] .rx-name')).to_have_text("What sings?")
    expect(name).to_have_text(["What sings?", "What sings?"])


def test_a_stream_that_still_comes_has_not_finished_yet(
    bare_page: Any, recorder: Recorder, live: Callable[[], PlayedServer]
) -> None:
    live()
    said = bare_page.locator(".rx-as-of")
    expect(said).to_have_text("not finished yet")
    expect(bare_page.locator(".rx-words")).to_contain_text("finished not yet")

    recorder.is_alive = False
    expect(said).to_have_text("never finished")
    expect(bare_page.locator(".rx-words")).to_contain_text("finished no end")


def test_arguments_that_still_come_are_not_cut_off(
    bare_page: Any, recorder: Recorder, live: Callable[[], PlayedServer]
) -> None:
    recorder.write("open", 3, events=chat_tool_calls())
    live()
    bare_page.locator('.rx-tab[data-tab="tools"]').click()
    said = bare_page.locator(".rx-state")
    expect(said).to_have_text("not complete yet")

    recorder.is_alive = False
    expect(said).to_contain_text("cut off")


def test_how_many_runs_there_are_stays_said_while_a_stream_comes(
    bare_page: Any, recorder: Recorder, live: Callable[[], PlayedServer]
) -> None:
    server, sign, compare = live(), bare_page.locator(".rx-run-count"), bare_page.locator(".rx-head .rx-compare")
    expect(sign).to_have_text(["×2", "×2"])
    expect(compare).to_have_count(1)
    (coming,) = [each.id for each in server.answers.corpus if each.id.startswith("open")]
    bare_page.evaluate(
        """() => {
          window.fewest = { ".rx-run-count": 2, ".rx-head .rx-compare": 1 };
          const count = (name) => document.querySelectorAll(name).length;
          const note = () => Object.keys(fewest).forEach((name) => { fewest[name] = Math.min(fewest[name], count(name)); });
          new MutationObserver(note).observe(document.body, { subtree: true, childList: true });
        }"""
    )
    with bare_page.expect_response(lambda response: json.loads(response.request.post_data)["ask"] == "grouping"):
        for n in (6, 7):
            recorder.write("open", n)
            server.tell("ready", recorder.answers(server.answers), changes={"recordings": [coming]})
            expect(bare_page.locator(".rx-slider")).to_have_value(str(n - 1))
    assert bare_page.evaluate("() => fewest") == {".rx-run-count": 2, ".rx-head .rx-compare": 1}
