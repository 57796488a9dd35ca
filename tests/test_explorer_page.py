"""Every feature of the explorer, in a real browser, without Jupyter: mouse and keyboard in, what is on the page out.

The page is `explorer_page`'s, answered by this process. What is expected was read off the recordings, not computed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from explorer_page import _MOUNT, browser_path, explorer_page, show
from synthetic import URL, calls, choice, chunk, fragment, recording, says, stream

import recexplore
from recexplore.corpus import Corpus
from recexplore.views.explorer import web

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed; `make test` installs it")
expect = sync_api.expect

ADDRESS = "http://localhost/"
"""Nothing is asked of it; but only pages of such an address may use the clipboard."""

PATIENCE_MS = 5000
PANE_NAMES = ("text", "reasoning", "tokens", "timing", "tools", "findings", "raw")
PALE = re.compile(r"/ 0\.34\)")
"""The colour of what has not come yet."""

Opener = Callable[..., Any]


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    if browser_path() is None:
        pytest.skip("no Chromium or Chrome found; `make test` installs one")
    with sync_api.sync_playwright() as playwright, explorer_page(playwright) as page:
        body = '<!doctype html><meta charset="utf-8"><style></style><body><div id="here"></div>'
        page.route(f"{ADDRESS}**", lambda route: route.fulfill(body=body, content_type="text/html"))
        page.goto(ADDRESS)
        page.evaluate("(style) => { document.querySelector('style').textContent = style; }", web.style())
        page.add_script_tag(content=web.modules() + _MOUNT, type="module")
        page.wait_for_function("() => Boolean(window.open_explorer)")
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        yield page
        expect.set_options(timeout=5000)


@pytest.fixture(scope="module")
def all_recordings(bundled_folder: Path) -> Corpus:
    return recexplore.load(bundled_folder.parent, progress=False)


@pytest.fixture(scope="module")
def made_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Corpus]:
    """A corpus of documents, each in a file of its own, under the names given."""

    def made_of(documents: dict[str, Any]) -> Corpus:
        folder = tmp_path_factory.mktemp("corpus")
        for name, document in documents.items():
            data = document if isinstance(document, bytes) else json.dumps(document).encode()
            (folder / f"{name}.json").write_bytes(data)
        return recexplore.load(folder, progress=False)

    return made_of


@pytest.fixture(scope="module")
def many(made_of: Callable[..., Corpus]) -> Corpus:
    return made_of({f"r{n:03}": stream(says(f"word{n} of many"), says("end"), says("!")) for n in range(320)})


N_LONG = 3000


@pytest.fixture(scope="module")
def long(made_of: Callable[..., Corpus]) -> Corpus:
    return made_of({"long": stream(*(says(f"word{n}, " if n % 40 else f"word{n}.\n") for n in range(N_LONG)))})


@pytest.fixture(scope="module")
def findings() -> pd.DataFrame:
    rows: list[dict[str, Any]] = [
        {"rule": "choice-bleed", "severity": "error", "chunk": 1, "choice": 0, "evidence": "WeWe need answer"},
        {"rule": "choice-bleed", "severity": "error", "chunk": 81, "choice": 0, "evidence": "The Sun in, Latin"},
        {"rule": "role-missing", "severity": "warning", "chunk": 2, "choice": 1},
    ]
    told = [{"recording": "f27523f3fec8", "message": f"message {n}", **row} for n, row in enumerate(rows)]
    told.append({"recording": "94d11daee205", "rule": "usage-missing", "severity": "note", "message": "none came"})
    return pd.DataFrame(told)


@pytest.fixture
def opened(page: Any, all_recordings: Corpus) -> Opener:
    """Opens an explorer in a window of 1400 by 1000, the keyboard's focus on the recording."""
    page.mouse.move(1, 990)
    page.set_viewport_size({"width": 1400, "height": 1000})
    page.emulate_media(color_scheme="light")
    page.keyboard.up("Control")
    # An element of its own for each explorer, as each output of a notebook has.
    page.evaluate("""() => {
      window.explorer?.destroy();
      window.explorer = null;
      document.getElementById("here").replaceWith(Object.assign(document.createElement("div"), { id: "here" }));
    }""")

    def opened(
        recording: str | None = None, at: int | None = None, *, corpus: Corpus = all_recordings, **options: Any
    ) -> Any:
        show(page, recexplore.explore(corpus, recording, at, **options))
        page.locator(".rx-question").click()
        return page

    return opened


# What the tests look at


def total(page: Any) -> Any:
    return page.locator(".rx-total")


def rows(page: Any) -> list[str]:
    ids: list[str] = page.evaluate("[...document.querySelectorAll('.rx-list .rx-row')].map((row) => row.dataset.id)")
    return ids


def selected(page: Any) -> Any:
    return page.locator(".rx-list .rx-selected")


def expect_cursor(page: Any, chunk: int | str) -> None:
    expect(page.locator(".rx-where-now b")).to_have_text(str(chunk))


def expect_shown(page: Any, recording: str) -> None:
    expect(page.locator(".rx-where code")).to_have_text(recording)


def search(page: Any, query: str, expected: str) -> None:
    page.locator(".rx-input").fill(query)
    expect(total(page)).to_have_text(expected)


def hear(page: Any) -> None:
    page.evaluate("""() => {
      window.heard = [];
      window.hearing ??= document.addEventListener("keydown", (event) => window.heard.push(event.key)) ?? true;
    }""")


def box(page: Any, css: str, nth: int = 0) -> dict[str, float]:
    found: dict[str, float] = page.locator(css).nth(nth).bounding_box()
    return found


LEFT, RIGHT, TOP, ALL_CHOICES = 78, 14, 26, 34


def place(page: Any, chunk: float, lane: int, n_chunks: int, n_choices: int, view: Any = None) -> tuple[float, float]:
    """Where a chunk's block stands: x from its number, y from its lane."""
    air = max((n_chunks - 1) * 0.012, 0.6)
    start, end = view or (-air, n_chunks - 1 + air)
    marks = box(page, ".rx-marks")
    tall = max(26.0, min(84.0, 330 / n_choices))
    y = TOP + tall * n_choices + ALL_CHOICES / 2 if lane == n_choices else TOP + tall * (lane + 0.5)
    x = LEFT + (chunk - start) / (end - start) * (marks["width"] - LEFT - RIGHT)
    return marks["x"] + x, marks["y"] + y


def picture(page: Any, css: str) -> str:
    made: str = page.evaluate("(css) => document.querySelector(css).toDataURL()", css)
    return made


def wait_for_another_picture(page: Any, css: str, before: str) -> None:
    page.wait_for_function(
        "([css, before]) => document.querySelector(css).toDataURL() !== before", arg=[css, before], polling=30
    )


def alpha_at(page: Any, css: str, x: float, y: float) -> int:
    """How opaque a canvas is at a place of the page."""
    found: int = page.evaluate(
        """([css, x, y]) => {
          const canvas = document.querySelector(css), box = canvas.getBoundingClientRect(), ratio = devicePixelRatio;
          return canvas.getContext("2d").getImageData((x - box.left) * ratio, (y - box.top) * ratio, 1, 1).data[3];
        }""",
        [css, x, y],
    )
    return found


def text_of(page: Any, nth: int) -> str:
    found: str = page.locator(".rx-text").nth(nth).text_content()
    return found


def open_pane(page: Any, name: str) -> Any:
    page.locator(f'.rx-tab[data-tab="{name}"]').click()
    expect(page.locator(f'.rx-tab[data-tab="{name}"]')).to_have_attribute("aria-selected", "true")
    return page.locator(".rx-content")


def table(page: Any, nth: int = 0) -> list[list[str]]:
    found: list[list[str]] = page.evaluate(
        """(nth) => [...document.querySelectorAll(".rx-content table")[nth].querySelectorAll("tr")]
          .map((row) => [...row.children].map((cell) => cell.textContent))""",
        nth,
    )
    return found


def copied(page: Any, button: Any) -> str:
    page.evaluate("navigator.clipboard.writeText('')")
    button.click()
    expect(page.get_by_role("button", name="copied")).to_have_count(1)
    text: str = page.evaluate("navigator.clipboard.readText()")
    return text


def follow_cursor(page: Any) -> None:
    """Note every chunk that the cursor comes to, and when."""
    page.evaluate("""() => {
      window.seen = [];
      explorer.state.on("cursor", (chunk) => window.seen.push([chunk, performance.now()]));
    }""")


def is_inside(page: Any) -> bool:
    found: bool = page.evaluate("document.querySelector('.rx-explorer').contains(document.activeElement)")
    return found


# Find


def test_words_are_found_in_questions_answers_and_ids(opened: Opener) -> None:
    page = opened()
    expect(total(page)).to_have_text("23 of 23 recordings")
    search(page, "saturn", "1 of 23 recordings")
    assert rows(page) == ["007c4711219f"]
    search(page, "saturn -rings", "0 of 23 recordings")
    search(page, "94d11", "1 of 23 recordings")
    assert rows(page) == ["94d11daee205"]


def test_a_hit_in_an_answer_is_shown(opened: Opener) -> None:
    page = opened()
    search(page, "washington", "1 of 23 recordings")
    assert rows(page) == ["94d11daee205"]
    snippet = page.locator(".rx-match")
    expect(snippet).to_have_text("…f the United States is Washington, D.C. (the District of Columbia).")
    expect(snippet.locator("mark")).to_have_text("Washington")
    expect(snippet).to_have_attribute("title", "found in choice 0, content")
    mark, row = box(page, ".rx-match mark"), box(page, ".rx-list .rx-col-model")
    assert row["x"] <= mark["x"]
    assert mark["x"] + mark["width"] <= row["x"] + row["width"] + 1


def test_fields_of_a_query(opened: Opener) -> None:
    page = opened()
    search(page, "n:3", "1 of 23 recordings")
    assert rows(page) == ["three-way"]
    search(page, "has:tools", "4 of 23 recordings")
    assert rows(page) == ["messages", "ollama", "responses#0", "tool-calls"]
    search(page, "model:gpt-4o has:tools", "1 of 23 recordings")
    search(page, "chunks:>50", "2 of 23 recordings")
    assert rows(page) == ["buffered", "f27523f3fec8"]
    search(page, "clock:measured duration:>2", "2 of 23 recordings")
    search(page, "model:", "23 of 23 recordings")


def test_an_unknown_field_is_noted(opened: Opener) -> None:
    page = opened()
    expect(page.locator(".rx-note")).to_be_hidden()
    search(page, "nonsense:5", "0 of 23 recordings")
    expect(page.locator(".rx-note")).to_contain_text(
        "no field `nonsense`: searched as text; fields are id, test, model"
    )
    search(page, "", "23 of 23 recordings")
    expect(page.locator(".rx-note")).to_be_hidden()


def test_nothing_matches(opened: Opener) -> None:
    page = opened("94d11")
    search(page, "zzzznothing", "0 of 23 recordings")
    expect(page.locator(".rx-list")).to_have_text(
        "Nothing matches. Every word has to be found; a facet above may leave too little."
    )
    expect_shown(page, "94d11daee205")


def test_problems_of_the_corpus_are_noted(opened: Opener, made_of: Callable[..., Corpus]) -> None:
    page = opened(corpus=made_of({"good": stream(says("a")), "broken": b"{"}))
    expect(page.locator(".rx-note")).to_have_text("1 problem while reading: see corpus.problems")


def test_facets_count_and_narrow(opened: Opener) -> None:
    page = opened()
    provider = page.locator('select[data-facet="provider"]')
    expect(provider.locator("option")).to_have_text(
        [
            "provider",
            "openai (12)",
            "not named (6)",
            "azure (1)",
            "bedrock (1)",
            "deepseek (1)",
            "ollama (1)",
            "vllm (1)",
        ]
    )
    page.locator('select[data-facet="shows"]').select_option("tools")
    expect(total(page)).to_have_text("4 of 23 recordings")
    expect(provider.locator("option")).to_have_text(["provider", "not named (2)", "openai (2)"])
    provider.select_option("openai")
    expect(total(page)).to_have_text("2 of 23 recordings")
    assert rows(page) == ["responses#0", "tool-calls"]
    search(page, "weather", "1 of 23 recordings")
    expect(provider).to_have_value("openai")
    provider.select_option("")
    page.locator('select[data-facet="shows"]').select_option("")
    search(page, "", "23 of 23 recordings")


def test_a_chosen_facet_without_recordings_can_be_taken_back(opened: Opener) -> None:
    page = opened()
    page.locator('select[data-facet="provider"]').select_option("azure")
    expect(total(page)).to_have_text("1 of 23 recordings")
    search(page, "saturn", "0 of 23 recordings")
    expect(page.locator('select[data-facet="provider"] option:checked')).to_have_text("azure (0)")
    page.locator('select[data-facet="provider"]').select_option("")
    expect(total(page)).to_have_text("1 of 23 recordings")


def test_sorting_both_ways_and_back(opened: Opener) -> None:
    page = opened()
    chunks, first = page.locator(".rx-header .rx-col-chunks"), page.locator(".rx-list .rx-row").first
    expect(first).to_have_attribute("data-id", "aiperf#0")
    chunks.click()
    expect(first).to_have_attribute("data-id", "f27523f3fec8")
    expect(chunks).to_have_attribute("aria-sort", "descending")
    expect(chunks).to_have_text("chunks ↓")
    chunks.click()
    expect(first).to_have_attribute("data-id", "bad-request")
    expect(chunks).to_have_attribute("aria-sort", "ascending")
    chunks.click()
    expect(first).to_have_attribute("data-id", "aiperf#0")
    expect(chunks).to_have_attribute("aria-sort", "none")
    expect(chunks).to_have_text("chunks")
    ids = page.locator(".rx-header .rx-col-id")
    ids.click()
    expect(ids).to_have_attribute("aria-sort", "ascending")
    expect(first).to_have_attribute("data-id", "007c4711219f")
    ids.click()
    expect(first).to_have_attribute("data-id", "whole-answer")
    page.locator(".rx-header .rx-col-tokens").click()
    expect(first).to_have_attribute("data-id", "reasoning")
    expect(ids).to_have_attribute("aria-sort", "none")


def test_j_and_k_walk_the_list(opened: Opener) -> None:
    page = opened()
    for key, then in (("j", "aiperf#1"), ("j", "browser"), ("k", "aiperf#1"), ("k", "aiperf#0"), ("k", "aiperf#0")):
        page.keyboard.press(key)
        expect_shown(page, then)
        expect(selected(page)).to_have_attribute("data-id", then)
        expect(selected(page)).to_have_attribute("aria-selected", "true")


def test_j_and_k_walk_what_was_found_as_it_is_sorted(opened: Opener) -> None:
    page = opened("f27523")
    search(page, "has:tools", "4 of 23 recordings")
    page.locator(".rx-header .rx-col-chunks").click()
    expect(page.locator(".rx-list .rx-row").first).to_have_attribute("data-id", "messages")
    page.locator(".rx-question").click()
    for then in ("messages", "responses#0", "tool-calls"):
        page.keyboard.press("j")
        expect_shown(page, then)


def test_slash_searches_and_enter_chooses_the_first(opened: Opener) -> None:
    page = opened()
    page.keyboard.press("/")
    expect(page.locator(".rx-input")).to_be_focused()
    page.keyboard.type("washington")
    expect(total(page)).to_have_text("1 of 23 recordings")
    page.keyboard.press("Enter")
    expect_shown(page, "94d11daee205")
    expect(page.locator(".rx-list")).to_be_focused()


def test_enter_right_after_typing_chooses_the_first_of_what_was_typed(opened: Opener) -> None:
    page = opened("f27523")
    page.keyboard.press("/")
    page.keyboard.type("washington")
    page.keyboard.press("Enter")
    expect(total(page)).to_have_text("1 of 23 recordings")
    expect_shown(page, "94d11daee205")


def test_escape_leaves_the_search(opened: Opener) -> None:
    page = opened()
    page.keyboard.press("/")
    page.keyboard.type("saturn")
    expect(total(page)).to_have_text("1 of 23 recordings")
    page.keyboard.press("Escape")
    expect(page.locator(".rx-input")).to_have_value("")
    expect(total(page)).to_have_text("23 of 23 recordings")
    page.keyboard.press("Escape")
    expect(page.locator(".rx-list")).to_be_focused()


def test_arrows_walk_the_list(opened: Opener) -> None:
    page = opened()
    page.keyboard.press("/")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".rx-list")).to_be_focused()
    for key, then in (
        *(("ArrowDown", "aiperf#1"), ("ArrowDown", "browser"), ("ArrowUp", "aiperf#1")),
        *(("End", "whole-answer"), ("ArrowDown", "whole-answer"), ("Home", "aiperf#0")),
    ):
        page.keyboard.press(key)
        expect_shown(page, then)
    page.keyboard.press("PageDown")
    expect(selected(page)).not_to_have_attribute("data-id", "aiperf#0")
    expect(selected(page)).to_be_in_viewport()


def test_a_click_on_a_row_chooses_it(opened: Opener) -> None:
    page = opened()
    page.locator('.rx-row[data-id="94d11daee205"]').click()
    expect_shown(page, "94d11daee205")
    expect(selected(page)).to_have_count(1)
    page.keyboard.press("ArrowDown")
    expect_shown(page, "f27523f3fec8")


def test_a_selection_survives_a_search(opened: Opener) -> None:
    page = opened("f27523", 40)
    search(page, "saturn", "1 of 23 recordings")
    expect(selected(page)).to_have_count(0)
    expect_shown(page, "f27523f3fec8")
    expect_cursor(page, 40)
    search(page, "bedrock", "1 of 23 recordings")
    expect(selected(page)).to_have_attribute("data-id", "f27523f3fec8")
    search(page, "", "23 of 23 recordings")
    expect(selected(page)).to_have_attribute("data-id", "f27523f3fec8")


def test_only_rows_in_sight_are_there(opened: Opener, many: Corpus) -> None:
    page = opened(corpus=many)
    expect(total(page)).to_have_text("320 of 320 recordings")
    assert rows(page)[:3] == ["r000", "r001", "r002"]
    assert len(rows(page)) < 40
    assert page.locator(".rx-spacer").evaluate("(node) => node.clientHeight") == 320 * 50
    around = box(page, ".rx-list")
    page.mouse.move(around["x"] + 100, around["y"] + 200)
    page.mouse.wheel(0, 150 * 50)
    expect(page.locator('.rx-list .rx-row[data-id="r155"]')).to_be_in_viewport()
    assert len(rows(page)) < 40
    page.mouse.wheel(0, 1_000_000)
    last = page.locator('.rx-list .rx-row[data-id="r319"]')
    expect(last).to_be_in_viewport()
    assert box(page, '.rx-row[data-id="r319"]')["y"] + 50 <= around["y"] + around["height"] + 1
    last.click()
    expect_shown(page, "r319")
    page.keyboard.press("Home")
    expect_shown(page, "r000")
    expect(page.locator('.rx-list .rx-row[data-id="r000"]')).to_be_in_viewport()
    page.keyboard.press("End")
    expect_shown(page, "r319")
    expect(page.locator('.rx-list .rx-row[data-id="r319"]')).to_be_in_viewport()
    search(page, "word17", "11 of 320 recordings")
    assert rows(page)[:3] == ["r017", "r170", "r171"]


def test_a_recording_far_down_is_in_sight_when_opened(opened: Opener, many: Corpus) -> None:
    page = opened("r250", corpus=many)
    expect(selected(page)).to_have_attribute("data-id", "r250")
    expect(selected(page)).to_be_in_viewport()


def test_walking_goes_on_from_a_recording_chosen_from_outside(opened: Opener, many: Corpus) -> None:
    page = opened(corpus=many)
    page.evaluate("explorer.go('r250')")
    expect_shown(page, "r250")
    page.keyboard.press("j")
    expect_shown(page, "r251")


def test_a_recording_chosen_from_outside_comes_into_sight(opened: Opener, many: Corpus) -> None:
    page = opened(corpus=many)
    page.evaluate("explorer.go('r080')")
    expect_shown(page, "r080")
    expect(selected(page)).to_have_attribute("data-id", "r080")
    expect(selected(page)).to_be_in_viewport()


def test_badges_of_findings(opened: Opener, findings: pd.DataFrame) -> None:
    page = opened("f27523", findings=findings)
    row = page.locator('.rx-row[data-id="f27523f3fec8"]')
    expect(row.locator(".rx-badge")).to_have_text(["E2", "W1"])
    expect(row.locator(".rx-badge-error")).to_have_attribute("title", "2 errors")
    expect(row.locator(".rx-badge-warning")).to_have_attribute("title", "1 warning")
    expect(page.locator('.rx-row[data-id="94d11daee205"] .rx-badge')).to_have_text(["N1"])
    expect(page.locator('.rx-row[data-id="three-way"] .rx-badge')).to_have_count(0)
    inside, badge = (
        box(page, '.rx-row[data-id="f27523f3fec8"]'),
        box(page, '.rx-row[data-id="f27523f3fec8"] .rx-badges'),
    )
    assert badge["y"] + badge["height"] <= inside["y"] + inside["height"]
    severity = page.locator('select[data-facet="severity"]')
    expect(severity.locator("option")).to_have_text(["severity", "error (1)", "warning (1)", "note (1)"])
    severity.select_option("note")
    expect(total(page)).to_have_text("1 of 23 recordings")
    severity.select_option("")
    search(page, "rule:choice-bleed", "1 of 23 recordings")


def test_every_stream_has_a_thumbnail(opened: Opener) -> None:
    page = opened()
    page.set_viewport_size({"width": 1400, "height": 1400})
    search(page, "id:nobody", "0 of 23 recordings")
    search(page, "-id:nobody", "23 of 23 recordings")
    blank = page.evaluate("""() => [...document.querySelectorAll(".rx-list .rx-row")].filter((row) => {
      const canvas = row.querySelector("canvas");
      if (!canvas) return true;
      return !canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some(Boolean);
    }).map((row) => row.dataset.id)""")
    page.locator(".rx-list").focus()
    page.keyboard.press("End")
    expect(selected(page)).to_have_attribute("data-id", "whole-answer")
    assert blank in ([], ["bad-request"])
    expect(page.locator('.rx-row[data-id="bad-request"] .rx-col-lanes .rx-badge')).to_have_text("error")


# Timeline


def test_a_click_on_any_block_sets_the_cursor_to_it(opened: Opener) -> None:
    page = opened("three-way")
    lanes = (0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 1, 1, 3)
    for number, lane in enumerate(lanes):
        page.mouse.click(*place(page, number, lane, 17, 3))
        expect_cursor(page, number)


def test_a_click_on_a_block_of_a_longer_stream(opened: Opener) -> None:
    page = opened("f27523")
    for number, lane in ((0, 0), (1, 0), (2, 1), (42, 1), (43, 0), (81, 0), (84, 1), (85, 1)):
        page.mouse.click(*place(page, number, lane, 86, 2))
        expect_cursor(page, number)
    expect(page.locator(".rx-raw h4")).to_contain_text("chunk 85, raw")


def test_hovering_a_block_shows_a_tip_and_lights_the_text(opened: Opener) -> None:
    page = opened("94d11")
    before = picture(page, ".rx-marks")
    page.mouse.move(*place(page, 16, 0, 43, 2))
    tip = page.locator(".rx-tip")
    expect(tip).to_be_visible()
    expect(tip.locator("b")).to_have_text("chunk 16")
    expect(tip.locator(".rx-tip-line")).to_have_text("choice 0 · content  Washington")
    expect(page.locator(".rx-text .rx-hover")).to_have_text(" Washington")
    expect(page.locator(".rx-text .rx-hover")).to_have_attribute("data-chunk", "16")
    wait_for_another_picture(page, ".rx-marks", before)
    expect_cursor(page, 42)
    page.mouse.move(*place(page, 19, 1, 43, 2))
    expect(tip.locator("b")).to_have_text("chunk 19")
    expect(tip.locator(".rx-tip-line")).to_have_text("choice 1 · content  Washington")
    expect(page.locator(".rx-text .rx-hover")).to_have_attribute("data-chunk", "19")
    page.mouse.move(1, 990)
    expect(tip).to_be_hidden()
    expect(page.locator(".rx-text .rx-hover")).to_have_count(0)


def test_a_tip_at_the_edge_stays_within_the_timeline(opened: Opener) -> None:
    page = opened("f27523")
    for number, lane in ((1, 0), (81, 0), (84, 1)):
        page.mouse.move(*place(page, number, lane, 86, 2))
        expect(page.locator(".rx-tip > b")).to_have_text(f"chunk {number}")
        tip, around = box(page, ".rx-tip"), box(page, ".rx-timeline")
        assert around["x"] <= tip["x"]
        assert tip["x"] + tip["width"] <= around["x"] + around["width"]


def test_hovering_text_marks_its_lane(opened: Opener) -> None:
    page = opened("94d11")
    x, y = place(page, 9, 1, 43, 2)
    before = picture(page, ".rx-marks")
    assert alpha_at(page, ".rx-marks", x, y) == 0
    page.locator('.rx-event[data-chunk="9"]').hover()
    wait_for_another_picture(page, ".rx-marks", before)
    assert alpha_at(page, ".rx-marks", x, y) > 0
    page.mouse.move(1, 990)
    page.wait_for_function("(before) => document.querySelector('.rx-marks').toDataURL() === before", arg=before)


def test_blocks_are_painted_where_their_chunks_are(opened: Opener) -> None:
    page = opened("three-way")
    page.wait_for_function("document.querySelector('.rx-blocks').width > 300")
    for number, lane in ((3, 0), (4, 1), (5, 2), (13, 1), (16, 3)):
        assert alpha_at(page, ".rx-blocks", *place(page, number, lane, 17, 3)) == 255
    assert alpha_at(page, ".rx-blocks", *place(page, 8.5, 3, 17, 3)) == 0


def fit(page: Any) -> Any:
    return page.locator(".rx-fit")


def test_dragging_zooms(opened: Opener) -> None:
    page = opened("f27523", 0)
    expect(fit(page)).to_be_disabled()
    (x, y), (to, _) = place(page, 20, 0, 86, 2), place(page, 40, 0, 86, 2)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 30, y)
    page.mouse.move(to, y, steps=3)
    page.mouse.up()
    expect(fit(page)).to_be_enabled()
    expect_cursor(page, 0)
    for number, lane in ((21, 0), (30, 1), (39, 0)):
        page.mouse.click(*place(page, number, lane, 86, 2, (20, 40)))
        expect_cursor(page, number)
    page.mouse.dblclick(*place(page, 30, 1, 86, 2, (20, 40)))
    expect(fit(page)).to_be_disabled()
    page.mouse.click(*place(page, 81, 0, 86, 2))
    expect_cursor(page, 81)


def test_dragging_backwards_zooms_as_well(opened: Opener) -> None:
    page = opened("f27523", 0)
    (x, y), (to, _) = place(page, 60, 0, 86, 2), place(page, 40, 0, 86, 2)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(to, y, steps=4)
    page.mouse.up()
    expect(fit(page)).to_be_enabled()
    page.mouse.click(*place(page, 51, 0, 86, 2, (40, 60)))
    expect_cursor(page, 51)


def test_keys_zoom(opened: Opener) -> None:
    page = opened("f27523", 42)
    whole = picture(page, ".rx-blocks")
    page.keyboard.press("+")
    expect(fit(page)).to_be_enabled()
    wait_for_another_picture(page, ".rx-blocks", whole)
    page.keyboard.press("-")
    expect(fit(page)).to_be_disabled()
    page.keyboard.press("=")
    page.keyboard.press("+")
    expect(fit(page)).to_be_enabled()
    page.keyboard.press("0")
    expect(fit(page)).to_be_disabled()
    page.wait_for_function("(whole) => document.querySelector('.rx-blocks').toDataURL() === whole", arg=whole)


def test_buttons_zoom(opened: Opener) -> None:
    page = opened("f27523", 42)
    page.get_by_role("button", name="zoom in").click()
    expect(fit(page)).to_be_enabled()
    page.get_by_role("button", name="zoom out").click()
    expect(fit(page)).to_be_disabled()
    page.get_by_role("button", name="zoom in").click()
    fit(page).click()
    expect(fit(page)).to_be_disabled()


def test_the_wheel_zooms_with_control_only(opened: Opener) -> None:
    page = opened("f27523", 0)
    spot = place(page, 51, 0, 86, 2)
    page.mouse.move(*spot)
    page.mouse.wheel(0, 1)
    expect(fit(page)).to_be_disabled()
    page.keyboard.down("Control")
    page.mouse.wheel(0, -600)
    page.keyboard.up("Control")
    expect(fit(page)).to_be_enabled()
    page.mouse.click(*spot)
    expect_cursor(page, 51)
    page.keyboard.down("Control")
    page.mouse.wheel(0, 900)
    page.keyboard.up("Control")
    expect(fit(page)).to_be_disabled()


def test_a_zoomed_timeline_follows_the_cursor(opened: Opener) -> None:
    page = opened("f27523", 0)
    for _ in range(4):
        page.keyboard.press("+")
    page.keyboard.press("End")
    expect_cursor(page, 85)
    marks = box(page, ".rx-marks")
    # The whole stream's end is the view's end again.
    page.mouse.click(marks["x"] + marks["width"] - RIGHT - 3, marks["y"] + TOP + 84 * 1.5)
    expect_cursor(page, 85)
    expect(fit(page)).to_be_enabled()


def test_zoom_belongs_to_a_recording(opened: Opener) -> None:
    page = opened("three-way")
    page.keyboard.press("+")
    expect(fit(page)).to_be_enabled()
    page.keyboard.press("j")
    expect_shown(page, "tool-calls")
    expect(fit(page)).to_be_disabled()
    page.keyboard.press("+")
    expect(fit(page)).to_be_enabled()


def test_without_a_clock_there_is_no_time_axis_and_it_says_why(opened: Opener) -> None:
    page = opened("f27523")
    axis = page.locator(".rx-axis")
    expect(axis).to_have_attribute("title", re.compile("^time not recorded: the recorder kept no arrival times"))
    expect(axis.locator('option[value="time"]')).to_have_text("x = time: not recorded")
    assert axis.locator('option[value="time"]').is_disabled()
    page.keyboard.press("x")
    expect(axis).to_have_value("chunk")


def test_along_time(opened: Opener) -> None:
    page = opened("aiperf#1")
    axis, chunks = page.locator(".rx-axis"), picture(page, ".rx-blocks")
    expect(axis.locator('option[value="time"]')).to_have_text("x = time (measured clock)")
    page.keyboard.press("x")
    expect(axis).to_have_value("time")
    wait_for_another_picture(page, ".rx-blocks", chunks)
    air = (3.001 - 0.31) * 0.012
    view = (0.31 - air, 3.001 + air)
    # There is a gap of 2.4 s before chunk 10.
    for number, t_s in ((10, 2.89), (9, 0.472), (1, 0.328)):
        page.mouse.click(*place(page, t_s, 0, 20, 1, view))
        expect_cursor(page, number)
    page.mouse.move(*place(page, 2.89, 0, 20, 1, view))
    expect(page.locator(".rx-tip > b")).to_have_text("chunk 10 · 2.89 s")
    expect(page.locator(".rx-tip-line").last).to_contain_text("stall warning · chunks 9–10")
    page.keyboard.press("x")
    expect(axis).to_have_value("chunk")
    axis.select_option("time")
    page.mouse.click(*place(page, 2.89, 0, 20, 1, view))
    expect_cursor(page, 10)
    expect(page.locator(".rx-where-now")).to_have_text("2.89 s · 10 / 19")


def test_the_time_axis_stays_where_there_is_a_clock_and_goes_where_there_is_none(opened: Opener) -> None:
    page = opened("aiperf#0")
    page.keyboard.press("x")
    page.keyboard.press("j")
    expect_shown(page, "aiperf#1")
    expect(page.locator(".rx-axis")).to_have_value("time")
    page.evaluate("explorer.go('f27523f3fec8')")
    expect_shown(page, "f27523f3fec8")
    expect(page.locator(".rx-axis")).to_have_value("chunk")
    page.mouse.click(*place(page, 42, 1, 86, 2))
    expect_cursor(page, 42)


def test_a_recording_without_chunks(opened: Opener) -> None:
    page = opened("bad-request")
    expect(page.locator(".rx-fact-error")).to_have_text("error Error code: 400 - the image is not valid")
    expect(page.locator(".rx-texts")).to_have_text("The recording holds no answer.")
    expect(page.locator(".rx-why")).to_contain_text("There is no chunk to show.")
    expect(page.locator(".rx-why .rx-finding")).to_contain_text("recorded-exception · warning · whole recording")
    expect(page.get_by_role("button", name="play")).to_be_disabled()
    expect(page.locator(".rx-slider")).to_be_disabled()
    for key in ("ArrowRight", "ArrowLeft", "Home", "End", "+", "-", "0", "x", "b", "n", "p"):
        page.keyboard.press(key)
    marks = box(page, ".rx-marks")
    page.mouse.click(marks["x"] + 200, marks["y"] + 20)
    expect_cursor(page, 0)
    for name in ("reasoning", "tokens", "timing", "tools"):
        expect(open_pane(page, name).locator(".rx-blank")).to_be_visible()
    expect(open_pane(page, "findings").locator(".rx-finding")).to_contain_text("whole recording")
    expect(open_pane(page, "raw")).to_contain_text("There is no chunk to show.")
    assert page.errors == []


def test_space_does_not_play_where_nothing_can_be_played(opened: Opener) -> None:
    page = opened("whole-answer")
    expect(page.locator(".rx-play")).to_be_disabled()
    page.keyboard.press(" ")
    expect(page.locator(".rx-play")).to_have_text("▶")


def test_a_recording_of_one_chunk(opened: Opener) -> None:
    page = opened("whole-answer")
    expect(page.locator(".rx-where-now")).to_have_text("0 / 0")
    expect(page.locator(".rx-slider")).to_be_disabled()
    page.wait_for_function("document.querySelector('.rx-blocks').width > 300")
    page.mouse.click(*place(page, 0, 0, 1, 1))
    expect_cursor(page, 0)
    page.mouse.move(*place(page, 0, 0, 1, 1))
    expect(page.locator(".rx-tip b")).to_have_text("chunk 0")
    assert alpha_at(page, ".rx-blocks", *place(page, 0, 0, 1, 1)) == 255
    for key in ("+", "-", "0", "ArrowRight", "ArrowLeft"):
        page.keyboard.press(key)
    expect_cursor(page, 0)


def test_three_choices_and_what_concerns_all(opened: Opener) -> None:
    page = opened("three-way")
    expect(page.locator(".rx-timeline")).to_have_attribute(
        "aria-label", "17 chunks in 4 lanes; arrow keys step along them"
    )
    expect(page.locator(".rx-transcript h4 span:first-child")).to_have_text(["choice 0", "choice 1", "choice 2"])
    page.mouse.move(*place(page, 16, 3, 17, 3))
    expect(page.locator(".rx-tip b")).to_have_text("chunk 16")
    expect(page.locator(".rx-tip-line")).to_have_text("all choices · usage ")
    expect(page.locator(".rx-legend").first).to_have_text("contentusagerole, finish, other")
    expect(page.locator(".rx-words")).to_contain_text("finished 12, 15, 11")


# Transcript

SPOKEN = {
    "94d11daee205": [
        "The capital of the United States is Washington, D.C. (the District of Columbia).",
        "The capital of the United States is Washington, D.C. (officially the District of Columbia).",
    ],
    "three-way": ["Red is warm.", "Blue, I think, is calm.", "Green."],
    "think-tags": [
        "<think>\nThe user asks for the square of 12, that is 12 × 12 = 144.\n</think>\n\n12 squared is **144**."
    ],
    "reasoning": ["They want the third prime after 20: 23, 29, 31.The third prime after 20 is 31."],
}


@pytest.mark.parametrize("name", SPOKEN)
def test_text_is_what_was_recorded(name: str, opened: Opener) -> None:
    page = opened(name)
    expect(page.locator(".rx-text")).to_have_count(len(SPOKEN[name]))
    assert [text_of(page, nth) for nth in range(len(SPOKEN[name]))] == SPOKEN[name]


@pytest.mark.parametrize("name", ["f27523f3fec8", "browser", "gemini", "f6960cae871e", "logprobs", "server-clock"])
def test_text_is_that_of_the_recording(name: str, opened: Opener, all_recordings: Corpus) -> None:
    page = opened(name)
    numbers = all_recordings[name].choices["choice"].tolist()
    expect(page.locator(".rx-text")).to_have_count(len(numbers))
    assert [text_of(page, nth) for nth in range(len(numbers))] == [all_recordings[name].text(n) for n in numbers]


def test_hostile_text_is_text(opened: Opener, made_of: Callable[..., Corpus]) -> None:
    said = [
        "<img src=x onerror='throw 1'>",
        "\u202eabc",
        "👩‍👩‍👧",
        "😀",
        "a\tb\r\nc",
        "&amp;</span>",
        "\ufeff",
        "é",
    ]
    corpus = made_of({"hostile": stream(*map(says, said), request={"messages": [{"role": "user", "content": "<b>q"}]})})
    page = opened(corpus=corpus)
    expect(page.locator(".rx-question")).to_have_text("<b>q")
    assert text_of(page, 0) == "".join(said) == corpus["hostile"].text(0)
    spans = page.locator(".rx-event").evaluate_all("(all) => all.map((node) => node.textContent)")
    assert spans == said
    assert page.locator(".rx-explorer img").count() == 0


def test_reasoning_is_tinted(opened: Opener) -> None:
    page = opened("f27523")
    expect(page.locator(".rx-text").nth(0).locator(".rx-event.rx-kind-reasoning")).to_have_count(1)
    expect(page.locator(".rx-text").nth(1).locator(".rx-event.rx-kind-reasoning")).to_have_count(40)
    page.evaluate("explorer.go('think-tags')")
    expect_shown(page, "think-tags")
    expect(page.locator(".rx-event.rx-kind-reasoning")).to_have_count(9)
    plain, tinted = (
        page.locator(f".rx-event.rx-kind-{kind}").first.evaluate("(node) => getComputedStyle(node).backgroundColor")
        for kind in ("content", "reasoning")
    )
    assert plain == "rgba(0, 0, 0, 0)"
    assert tinted != plain


def test_tags_are_seen_with_boundaries_only(opened: Opener) -> None:
    page = opened("think-tags")
    tags, toggle = page.locator(".rx-event.rx-kind-tag"), page.locator(".rx-toggle input")
    expect(tags).to_have_text(["<th", "ink>", "</", "think", ">"])
    expect(tags.first).to_be_hidden()
    page.keyboard.press("b")
    expect(tags.first).to_be_visible()
    expect(toggle).to_be_checked()
    shadow = page.locator(".rx-event.rx-kind-content").first.evaluate("(node) => getComputedStyle(node).boxShadow")
    assert "inset" in shadow
    toggle.uncheck()
    expect(tags.first).to_be_hidden()
    toggle.check()
    expect(tags.last).to_be_visible()
    page.locator(".rx-question").click()
    page.keyboard.press("b")
    expect(toggle).not_to_be_checked()


def test_boundaries_stay_for_the_next_recording(opened: Opener) -> None:
    page = opened("server-clock")
    page.keyboard.press("b")
    page.keyboard.press("j")
    expect_shown(page, "think-tags")
    expect(page.locator(".rx-toggle input")).to_be_checked()
    expect(page.locator(".rx-event.rx-kind-tag").first).to_be_visible()


def test_what_comes_later_is_pale(opened: Opener) -> None:
    page = opened("94d11", 20)
    expect(page.locator(".rx-text").nth(0).locator(".rx-event.rx-later")).to_have_count(8)
    expect(page.locator(".rx-text").nth(1).locator(".rx-event.rx-later")).to_have_count(12)
    later = page.locator('.rx-event[data-chunk="22"]')
    expect(later).to_have_css("color", PALE)
    expect(page.locator('.rx-event[data-chunk="20"]')).not_to_have_css("color", PALE)
    expect(page.locator(".rx-now")).to_have_text([" D"])
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(later).not_to_have_css("color", PALE)
    expect(page.locator(".rx-now")).to_have_text([".C"])
    page.keyboard.press("Home")
    expect(page.locator(".rx-now")).to_have_count(0)
    expect(page.locator(".rx-event.rx-later, .rx-later .rx-event")).to_have_count(38)
    page.keyboard.press("End")
    expect(page.locator(".rx-later")).to_have_count(0)


def test_headers_say_how_far_each_choice_is(opened: Opener) -> None:
    page = opened("three-way", 16)
    heads = page.locator(".rx-as-of")
    expect(heads).to_have_text(["stop", "stop", "stop"])
    page.mouse.click(*place(page, 12, 0, 17, 3))
    expect(heads).to_have_text(["stop", "as of chunk 12", "stop"])
    page.mouse.click(*place(page, 4, 1, 17, 3))
    expect(heads).to_have_text(["as of chunk 4", "as of chunk 4", "nothing yet"])


def test_a_choice_without_a_role_says_so(opened: Opener) -> None:
    page = opened("f27523")
    expect(page.locator(".rx-as-of")).to_have_text(["stop", "no role was ever sent · stop"])
    page.mouse.click(*place(page, 40, 1, 86, 2))
    expect(page.locator(".rx-as-of")).to_have_text(["as of chunk 40", "no role was ever sent · as of chunk 40"])


def test_a_choice_that_never_finished_says_so(opened: Opener, made_of: Callable[..., Corpus]) -> None:
    corpus = made_of(
        {"cut": stream(says("a", role="assistant"), says("b"), chunk(choice({"content": "c"}, 1, "length")))}
    )
    page = opened(corpus=corpus)
    expect(page.locator(".rx-as-of")).to_have_text(["never finished", "no role was ever sent · length"])


def test_a_click_on_text_moves_the_cursor(opened: Opener) -> None:
    page = opened("94d11")
    page.locator('.rx-event[data-chunk="16"]').click()
    expect_cursor(page, 16)
    expect(page.locator(".rx-raw h4")).to_contain_text("chunk 16, raw")
    page.keyboard.press("ArrowRight")
    expect_cursor(page, 17)


def drag_over(page: Any, node: dict[str, float], from_: float = 0.1, to: float = 0.9) -> str:
    y = node["y"] + node["height"] / 2
    page.mouse.move(node["x"] + node["width"] * from_, y)
    page.mouse.down()
    page.mouse.move(node["x"] + node["width"] * to, y, steps=4)
    page.mouse.up()
    chosen: str = page.evaluate("String(getSelection())")
    return chosen


def test_selecting_text_does_not_move_the_cursor(opened: Opener) -> None:
    page = opened("94d11")
    chosen = drag_over(page, box(page, '.rx-event[data-chunk="4"]'))
    assert chosen
    assert chosen in " capital"
    expect_cursor(page, 42)
    page.locator(".rx-question").click()
    first, last = box(page, '.rx-event[data-chunk="4"]'), box(page, '.rx-event[data-chunk="8"]')
    across = {**first, "width": last["x"] + last["width"] - first["x"]}
    assert "of the United" in drag_over(page, across)
    expect_cursor(page, 42)
    page.locator('.rx-event[data-chunk="9"]').click()
    expect_cursor(page, 9)


def n_apart(page: Any) -> int:
    found: int = page.locator(".rx-event").count()
    return found


def scroll_text(page: Any, by: float) -> None:
    around = box(page, ".rx-text")
    page.mouse.move(around["x"] + 60, around["y"] + 100)
    page.mouse.wheel(0, by)


def height_of_text(page: Any) -> int:
    found: int = page.locator(".rx-text").evaluate("(node) => node.scrollHeight")
    return found


def in_sight(number: int) -> str:
    return f"""() => {{
      const node = document.querySelector('.rx-event[data-chunk="{number}"]'), text = document.querySelector(".rx-text");
      if (!node) return false;
      const [own, around] = [node.getBoundingClientRect(), text.getBoundingClientRect()];
      return own.top >= around.top && own.bottom <= around.bottom;
    }}"""


MOST_APART = 1000
"""Of 3,000 events; a pane shows about 400 and a margin."""


def test_of_a_long_text_only_what_is_in_sight_is_taken_apart(opened: Opener, long: Corpus) -> None:
    page = opened(corpus=long)
    expect_cursor(page, "2,999")
    page.wait_for_function(in_sight(N_LONG - 1))
    said = long["long"].text(0)
    assert text_of(page, 0) == said
    assert 0 < n_apart(page) <= MOST_APART
    heights = {height_of_text(page)}
    for by in (-1_000_000, 2500, 2500, 3000, -700, 1_000_000):
        before = page.locator(".rx-text").evaluate("(node) => node.scrollTop")
        scroll_text(page, by)
        page.wait_for_function("(before) => document.querySelector('.rx-text').scrollTop !== before", arg=before)
        page.wait_for_function("""() => {
          const around = document.querySelector(".rx-text").getBoundingClientRect();
          const at = document.elementFromPoint(around.left + 40, around.top + around.height / 2);
          return at.matches(".rx-event") || Boolean(at.querySelector(".rx-event"));
        }""")
        assert 0 < n_apart(page) <= MOST_APART
        heights.add(height_of_text(page))
        assert text_of(page, 0) == said
    assert len(heights) == 1
    page.locator(".rx-list").focus()
    page.keyboard.press("/")
    page.keyboard.press("Escape")


def test_the_cursor_stays_in_sight_in_a_long_text(opened: Opener, long: Corpus) -> None:
    page = opened(corpus=long)
    for key, number in (("Home", 0), ("Shift+ArrowRight", 10), ("End", N_LONG - 1), ("Shift+ArrowLeft", N_LONG - 11)):
        page.keyboard.press(key)
        expect_cursor(page, f"{number:,}")
        page.wait_for_function(in_sight(number))
        expect(page.locator(".rx-now")).to_have_attribute("data-chunk", str(number))
    page.locator(".rx-slider").fill("1500")
    page.wait_for_function(in_sight(1500))
    expect(page.locator('.rx-event[data-chunk="1501"]')).to_have_css("color", PALE)
    assert n_apart(page) <= MOST_APART
    page.keyboard.press("b")
    assert text_of(page, 0) == long["long"].text(0)


def test_going_about_a_long_text_leaves_nothing_taken_apart(opened: Opener, long: Corpus) -> None:
    page = opened("long", 0, corpus=long)
    inside = """() => {
      const around = document.querySelector(".rx-text").getBoundingClientRect();
      const boxes = [...document.querySelectorAll(".rx-event:not(.rx-now)")].map((node) => node.getBoundingClientRect());
      const box = boxes.find((each) => each.top > around.top + 90 && each.bottom < around.top + 220 && each.height < 20);
      return box ? [box.left + box.width / 2, box.top + box.height / 2] : null;
    }"""
    for _ in range(10):
        scroll_text(page, 700)
        spot = page.wait_for_function(inside).json_value()
        page.mouse.click(*spot)
    expect(page.locator(".rx-now")).to_have_count(1)
    page.wait_for_timeout(100)
    assert n_apart(page) <= MOST_APART


def test_a_hidden_tag_under_the_cursor_does_not_send_the_text_to_its_beginning(
    opened: Opener, made_of: Callable[..., Corpus]
) -> None:
    long_thought = [says("<think>"), *(says(f"thought {n}, ") for n in range(400)), says("</think>"), says("Answer")]
    page = opened(corpus=made_of({"thinks": stream(*long_thought)}))
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".rx-now")).to_have_text("thought 399, ")
    page.wait_for_function(in_sight(400))
    page.keyboard.press("ArrowRight")
    expect(page.locator(".rx-now")).to_have_text("</think>")
    page.wait_for_timeout(100)
    assert page.evaluate(in_sight(400))


# Scrubber


def test_keys_step(opened: Opener) -> None:
    page = opened("f27523", 40)
    for key, then in (
        *(("ArrowRight", 41), ("ArrowLeft", 40), ("Shift+ArrowRight", 50), ("Shift+ArrowLeft", 40)),
        *(
            ("Home", 0),
            ("ArrowLeft", 0),
            ("Shift+ArrowLeft", 0),
            ("End", 85),
            ("ArrowRight", 85),
            ("Shift+ArrowRight", 85),
        ),
    ):
        page.keyboard.press(key)
        expect_cursor(page, then)


def test_buttons_step(opened: Opener) -> None:
    page = opened("f27523", 84)
    back, forth = (page.get_by_role("button", name=f"{name} chunk") for name in ("previous", "next"))
    forth.click()
    expect_cursor(page, 85)
    expect(forth).to_be_disabled()
    back.click()
    expect_cursor(page, 84)
    page.locator(".rx-question").click()
    page.keyboard.press("Home")
    expect(back).to_be_disabled()


def test_the_slider_moves_the_cursor(opened: Opener) -> None:
    page = opened("f27523")
    slider = page.locator(".rx-slider")
    expect(slider).to_have_value("85")
    slider.fill("31")
    expect_cursor(page, 31)
    expect(slider).to_have_attribute("aria-valuetext", "chunk 31 of 85")
    around = box(page, ".rx-slider")
    page.mouse.click(around["x"] + around["width"] / 2, around["y"] + around["height"] / 2)
    assert 41 <= int(page.locator(".rx-where-now b").inner_text()) <= 44
    page.keyboard.press("Home")
    expect_cursor(page, 0)
    page.keyboard.press("ArrowRight")
    expect_cursor(page, 1)
    page.keyboard.press("Shift+ArrowRight")
    expect_cursor(page, 11)


def test_playing_goes_to_the_end_and_stops(opened: Opener) -> None:
    page = opened("three-way")
    page.get_by_label("speed").select_option("5")
    follow_cursor(page)
    page.get_by_role("button", name="play").click()
    expect(page.get_by_role("button", name="pause")).to_have_text("❚❚")
    expect(page.get_by_role("button", name="play")).to_be_visible()
    expect_cursor(page, 16)
    seen = [number for number, _ in page.evaluate("seen")]
    assert seen[0] == 0
    assert seen == sorted(seen)
    assert len(seen) > 5


def test_playing_from_the_beginning_begins_there(opened: Opener) -> None:
    page = opened("f27523", 0)
    follow_cursor(page)
    # The first frame may be of before the key was pressed.
    for _ in range(12):
        page.keyboard.press(" ")
        page.keyboard.press("Home")
    assert min([number for number, _ in page.evaluate("seen")], default=0) >= 0


def test_space_plays_and_pauses(opened: Opener) -> None:
    page = opened("f27523", 0)
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="pause")).to_be_visible()
    page.wait_for_function("explorer.state.get('cursor') >= 3")
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="play")).to_be_visible()
    stopped = int(page.locator(".rx-where-now b").inner_text())
    assert 3 <= stopped < 20
    page.wait_for_timeout(250)
    expect_cursor(page, stopped)
    page.keyboard.press(" ")
    page.wait_for_function("(stopped) => explorer.state.get('cursor') > stopped", arg=stopped)
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("button", name="play")).to_be_visible()


def test_speed_is_heeded(opened: Opener) -> None:
    page = opened("f27523", 0)
    follow_cursor(page)
    page.keyboard.press(" ")
    page.wait_for_function("explorer.state.get('cursor') >= 6")
    page.keyboard.press(" ")
    slow = page.evaluate("seen")
    page.keyboard.press("Home")
    page.get_by_label("speed").select_option("5")
    page.locator(".rx-question").click()
    page.evaluate("seen.length = 0")
    page.keyboard.press(" ")
    page.wait_for_function("explorer.state.get('cursor') >= 30")
    page.keyboard.press(" ")
    fast = page.evaluate("seen")

    def pace(seen: list[list[float]]) -> float:
        return (seen[-1][0] - seen[0][0]) / (seen[-1][1] - seen[0][1]) * 1000

    assert 9 < pace(slow) < 15
    assert 48 < pace(fast) < 75


def test_playing_in_true_time_waits_as_long_as_the_stream_did(opened: Opener) -> None:
    page = opened("aiperf#1", 0)
    follow_cursor(page)
    page.keyboard.press(" ")
    page.wait_for_timeout(1000)
    expect_cursor(page, 9)
    expect(page.get_by_role("button", name="play")).to_be_visible()
    expect_cursor(page, 19)
    came = dict(page.evaluate("seen"))
    first_after_gap = min(number for number in came if number > 9)
    assert 2200 < came[first_after_gap] - came[9] < 2700
    assert 2300 < came[19] - min(came.values()) < 3000


def test_playing_stops_when_another_recording_is_chosen(opened: Opener) -> None:
    page = opened("f27523", 0)
    page.keyboard.press(" ")
    page.wait_for_function("explorer.state.get('cursor') >= 2")
    page.evaluate("explorer.go('three-way', 4)")
    expect_shown(page, "three-way")
    expect(page.get_by_role("button", name="play")).to_have_text("▶")
    expect_cursor(page, 4)
    page.wait_for_timeout(300)
    expect_cursor(page, 4)
    page.keyboard.press("k")
    expect_shown(page, "think-tags")
    expect_cursor(page, 17)


def test_where_the_reader_goes_while_playing_is_heeded(opened: Opener) -> None:
    page = opened("f27523", 0)
    page.keyboard.press(" ")
    page.wait_for_function("explorer.state.get('cursor') >= 2")
    page.mouse.click(*place(page, 81, 0, 86, 2))
    page.wait_for_timeout(150)
    assert int(page.locator(".rx-where-now b").inner_text()) >= 81


# Panes


def test_reasoning_of_a_field_of_its_own(opened: Opener) -> None:
    page = opened("reasoning")
    pane = open_pane(page, "reasoning")
    expect(pane.locator("h4")).to_have_text("choice 0no tags in the text")
    expect(pane.locator("tbody tr")).to_have_count(2)
    assert table(page) == [
        ["phase", "stretches", "events", "characters", "share", "time", "tokens", "from"],
        ["content", "1", "3", "31", "40 %", "–", "12", "chunk 5"],
        ["reasoning", "1", "4", "47", "60 %", "–", "22", "chunk 1"],
    ]
    strip = pane.locator(".rx-strip > span")
    expect(strip.nth(0)).to_have_attribute("title", "reasoning: chunks 1 to 4, 47 characters")
    expect(strip.nth(1)).to_have_attribute("title", "content: chunks 5 to 7, 31 characters")
    strip.nth(0).click()
    expect_cursor(page, 1)
    pane.get_by_role("button", name="chunk 5").click()
    expect_cursor(page, 5)


def test_reasoning_between_tags(opened: Opener) -> None:
    page = opened("think-tags")
    pane = open_pane(page, "reasoning")
    expect(pane.locator(".rx-noted-note")).to_have_text(
        "60 characters of reasoning came; its tokens were not reported."
    )
    assert table(page)[1:] == [
        ["content", "1", "4", "24", "29 %", "–", "–", "chunk 12"],
        ["reasoning", "1", "9", "60", "71 %", "–", "–", "chunk 2"],
    ]


def test_a_tag_in_pieces_is_counted_once(opened: Opener) -> None:
    page = opened("think-tags")
    expect(open_pane(page, "reasoning").locator("h4 .rx-label")).to_have_text(
        re.compile("1 (open.*1 close|close.*1 open)")
    )


def test_hidden_reasoning_is_noted(opened: Opener, made_of: Callable[..., Corpus]) -> None:
    details = {"completion_tokens_details": {"reasoning_tokens": 7}}
    usage = {"prompt_tokens": 3, "completion_tokens": 9, "total_tokens": 12, **details}
    page = opened(corpus=made_of({"hidden": stream(says("a"), chunk(usage=usage))}))
    expect(open_pane(page, "reasoning").locator(".rx-noted-warning")).to_have_text(
        "Hidden reasoning: 7 reasoning tokens were reported, but no reasoning text came."
    )


def test_tokens_as_reported(opened: Opener) -> None:
    page = opened("f6960cae871e")
    expect(page.locator(".rx-facts")).to_contain_text("tokens 744")
    pane = open_pane(page, "tokens")
    expect(pane.locator(".rx-noted-note")).to_have_text("707 prompt + 37 completion = 744, as reported.")
    expect(pane.locator(".rx-seen")).to_have_text("seen on the wire 36 text deltas, 172 characters of content")
    expect(pane.locator(".rx-legend")).to_have_text("0 cached prompt707 prompt0 reasoning37 visible completion")
    expect(pane.locator(".rx-tokens-bar .rx-piece")).to_have_count(2)
    wide = [box(page, ".rx-tokens-bar .rx-piece", nth)["width"] for nth in (0, 1)]
    assert abs(wide[0] / sum(wide) - 707 / 744) < 0.01
    assert [row[:7] for row in table(page)] == [
        ["chunk", "choice", "prompt", "completion", "total", "cached", "reasoning"],
        ["chunk 38", "all", "707", "37", "744", "0", "0"],
    ]
    assert table(page)[1][-1] == "usage"
    page.locator(".rx-question").click()
    page.keyboard.press("Home")
    pane.get_by_role("button", name="chunk 38").click()
    expect_cursor(page, 38)


def test_tokens_that_were_not_reported(opened: Opener) -> None:
    page = opened("94d11")
    expect(page.locator(".rx-facts")).to_contain_text("tokens not reported")
    expect(open_pane(page, "tokens")).to_have_text(
        "Tokens not reportedThe request did not ask for it: OpenAI's servers report only with"
        " stream_options.include_usage.seen on the wire 38 text deltas, 171 characters of content"
    )


def test_tokens_beside_those_of_the_same_model(opened: Opener, made_of: Callable[..., Corpus]) -> None:
    def told(n: int) -> Any:
        return stream(says("a"), chunk(usage={"prompt_tokens": n, "completion_tokens": 2 * n, "total_tokens": 3 * n}))

    page = opened("m3", corpus=made_of({f"m{n}": told(n) for n in (1, 2, 3, 4, 5)}))
    pane = open_pane(page, "tokens")
    expect(pane.locator(".rx-position")).to_have_text(
        ["prompt3: more than 2 of 4 others", "completion6: more than 2 of 4 others", "total9: more than 2 of 4 others"]
    )
    expect(pane.locator("h4").first).to_have_text("Among the recordings of m")
    assert pane.locator(".rx-scale i").first.evaluate("(node) => node.style.left") == "50%"


def test_timing_with_a_clock(opened: Opener) -> None:
    page = opened("aiperf#1")
    pane = open_pane(page, "timing")
    expect(pane.locator("p").first).to_have_text(
        "Seconds since the request was sent. Measured clock: a recorder stamped each arrival."
    )
    assert table(page) == [
        ["choice", "TTFC", "TTFT", "TTFO", "ITL", "gap p50", "gap p95", "gap max", "speed"],
        ["choice 0", "0.31 s", "0.33 s", "0.33 s", "0.17 s", "18 ms", "0.74 s", "2.42 s", "25.1 characters/s"],
    ]
    expect(pane.locator(".rx-gaps > span")).to_have_count(20)
    expect(pane.locator(".rx-gaps > span").nth(10)).to_have_attribute("title", "chunk 10: 2.42 s, stall")
    expect(pane.locator("li")).to_have_text("stall chunk 9: 2.42 s without text; usually 18 ms between chunks")
    expect(pane.locator("figcaption")).to_have_text("choice 0, 15 gaps")
    pane.locator(".rx-gaps > span").nth(10).click()
    expect_cursor(page, 10)
    pane.locator("summary").click()
    expect(pane.locator("dt").first).to_have_text("TTFC · Time to first chunk")


def test_timing_without_a_clock(opened: Opener) -> None:
    page = opened("f27523")
    expect(open_pane(page, "timing")).to_have_text(
        "Time not recordedThe recorder kept no arrival times and the provider stamped no chunk."
        " Nothing is drawn against an invented time."
    )


def test_tool_calls_as_far_as_they_have_come(opened: Opener) -> None:
    page = opened("tool-calls")
    pane = open_pane(page, "tools")
    expect(page.locator('.rx-tab[data-tab="tools"]')).to_have_text("Tools2")
    states = pane.locator(".rx-state")
    expect(states).to_have_text(["complete JSON", "complete JSON"])
    expect(pane.locator(".rx-call-name")).to_have_text(["get_weather", "get_weather"])
    expect(pane.locator(".rx-arguments")).to_have_text(['{"city":"Oslo"}', '{"city":"Quito"}'])
    page.keyboard.press("Home")
    for number, first, second in (
        (0, "not begun", "not begun"),
        (1, "no argument yet", "not begun"),
        (2, "not complete yet", "not begun"),
        (7, "complete JSON", "not begun"),
        (8, "complete JSON", "no argument yet"),
        (13, "complete JSON", "not complete yet"),
        (14, "complete JSON", "complete JSON"),
    ):
        page.locator(".rx-slider").fill(str(number))
        expect(states).to_have_text([first, second])
    page.locator(".rx-slider").fill("4")
    expect(pane.locator(".rx-arguments .rx-now")).to_have_text('":"')
    expect(pane.locator(".rx-call").nth(0).locator(".rx-later")).to_have_count(3)
    pane.locator('.rx-event[data-chunk="12"]').click()
    expect_cursor(page, 12)
    pane.locator(".rx-declared summary").first.click()
    declared = pane.locator(".rx-call").first.locator(".rx-declared .rx-json-lines")
    expect(declared).to_contain_text('"required": [')
    expect(declared).to_contain_text('"city"')


def test_selecting_arguments_does_not_move_the_cursor(opened: Opener) -> None:
    page = opened("tool-calls")
    open_pane(page, "tools")
    assert drag_over(page, box(page, '.rx-arguments .rx-event[data-chunk="3"]'))
    expect_cursor(page, 16)


def test_calls_that_went_wrong(opened: Opener, made_of: Callable[..., Corpus]) -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    tool = {"type": "function", "function": {"name": "get_weather", "description": "Weather", "parameters": schema}}
    ask = {"model": "m", "messages": [], "stream": True, "tools": [tool]}
    named = {"name": "get_weather", "id": "c1"}
    corpus = made_of(
        {
            "broken": stream(calls(fragment('{"a":', **named)), calls(fragment("}}")), says("x"), request=ask),
            "misfit": stream(calls(fragment('{"town":', **named)), calls(fragment(" 5}")), request=ask),
            "no-object": stream(calls(fragment("[1]", name="other", id="c1")), request=ask),
            "none": stream(says("x"), request=ask),
        }
    )
    page = opened("broken", corpus=corpus)
    pane = open_pane(page, "tools")
    state = pane.locator(".rx-state")
    expect(state).to_have_text("can no longer become JSON (from character 5)")
    page.keyboard.press("Home")
    expect(state).to_have_text("not complete yet")
    page.evaluate("explorer.go('misfit')")
    expect(state).to_have_text("complete JSON")
    expect(pane.locator(".rx-misfits li")).to_have_text(["city is missing"])
    page.evaluate("explorer.go('no-object')")
    expect(state).to_have_text("JSON, but no object")
    expect(pane).to_contain_text("The request declares no tool of this name.")
    page.evaluate("explorer.go('none')")
    expect(pane.locator(".rx-blank")).to_have_text("No tool callThe request declared get_weather; none was called.")


STRANGE: Any = [{"strange": {"a": [1, {}], "b": "]"}, "last": []}, {"strange": 2}]


def visible_lines(page: Any) -> list[str]:
    found: list[str] = page.evaluate("""() => [...document.querySelectorAll(".rx-slot .rx-json-line")]
      .filter((line) => line.getClientRects().length).map((line) => line.innerText.trimStart())""")
    return found


def test_folding_hides_the_lines_inside_and_nothing_else(opened: Opener, made_of: Callable[..., Corpus]) -> None:
    page = opened("strange", 0, corpus=made_of({"strange": recording(STRANGE)}))
    lines = ["{", '"strange": {', '"a": [', "1,", "{}", "],", '"b": "]"', "},", '"last": []', "}"]
    folds = page.locator(".rx-slot .rx-fold")
    expect(folds).to_have_count(3)
    assert visible_lines(page) == lines
    folds.nth(2).click()
    assert visible_lines(page) == [*lines[:2], '"a": [ … 2 lines ]', *lines[6:]]
    expect(folds.nth(2)).to_have_attribute("aria-expanded", "false")
    folds.nth(1).click()
    assert visible_lines(page) == ["{", '"strange": { … 5 lines }', '"last": []', "}"]
    folds.nth(1).click()
    assert visible_lines(page) == [*lines[:2], '"a": [ … 2 lines ]', *lines[6:]]
    folds.nth(2).click()
    assert visible_lines(page) == lines
    folds.nth(0).click()
    assert visible_lines(page) == ["{ … 8 lines }"]


def test_raw_follows_the_cursor(opened: Opener, all_recordings: Corpus) -> None:
    page = opened("94d11", 20)
    pane = open_pane(page, "raw")
    heads = pane.locator("h4 > span:first-child")
    expect(heads.nth(0)).to_have_text("request")
    expect(heads.nth(1)).to_have_text("chunk 20, raw")
    expect(pane.locator(".rx-json-lines").nth(0)).to_contain_text('"What is the name of the US captial?"')
    expect(pane.locator(".rx-json-lines").nth(1)).to_contain_text('"content": " D"')
    expect(pane.locator(".rx-made-event")).to_have_count(1)
    expect(pane.locator(".rx-made-event").locator("div").first).to_have_text("content · choice 0")
    expect(pane.locator(".rx-made-text")).to_have_text(" D")
    page.keyboard.press("ArrowRight")
    expect(heads.nth(1)).to_have_text("chunk 21, raw")
    expect(pane.locator(".rx-json-lines").nth(1)).to_contain_text('"content": ","')
    assert json.loads(copied(page, pane.locator(".rx-slot h4 button"))) == all_recordings["94d11daee205"].raw(21)


def test_copies_are_exact(opened: Opener, made_of: Callable[..., Corpus]) -> None:
    asked = b'{"model":"m","messages":[],"stream":true,"seed":98765432109876543210}'
    told = b'[{"strange":123456789012345678901234567890,"said":"NaN \\u00e9 <b>","x":NaN,"y":-Infinity,"z":1.0},{}]'
    head = f'{{"request":{{"method":"POST","url":"{URL}","endpoint":"/v1/chat/completions","model":"m","body":'.encode()
    document = head + asked + b'},"response":{"body":' + told + b',"is_streaming":true}}'
    page = opened("big", 0, corpus=made_of({"big": document}))
    pane = open_pane(page, "raw")
    expect(pane.locator(".rx-json-lines").nth(1)).to_contain_text('"strange": 123456789012345678901234567890,')
    assert copied(page, pane.locator(".rx-slot h4 button")) == (
        '{\n  "strange": 123456789012345678901234567890,\n  "said": "NaN é <b>",\n'
        '  "x": NaN,\n  "y": -Infinity,\n  "z": 1.0\n}'
    )
    expect(page.get_by_role("button", name="copied")).to_have_count(0)
    request = copied(page, pane.locator(".rx-raw h4 button").first)
    assert request.endswith('"seed": 98765432109876543210\n}')


def test_findings_are_listed_and_lead_to_their_chunks(opened: Opener, findings: pd.DataFrame) -> None:
    page = opened("f27523", findings=findings)
    expect(page.locator('.rx-tab[data-tab="findings"]')).to_have_text("Findings3")
    expect(page.locator(".rx-facts .rx-badge")).to_have_text(["2 errors", "1 warning"])
    page.locator(".rx-facts .rx-badge-warning").click()
    pane = page.locator(".rx-content")
    expect(pane.locator(".rx-by-rule h4")).to_have_text(
        [re.compile("^errorchoice-bleed.*2 times$"), "warningrole-missingA choice begins without a role"]
    )
    expect(pane.locator(".rx-finding")).to_have_text(
        [
            "chunk 1 · choice 0message 0WeWe need answer",
            "chunk 81 · choice 0message 1The Sun in, Latin",
            "chunk 2 · choice 1message 2",
        ]
    )
    pane.get_by_role("button", name="chunk 81").click()
    expect_cursor(page, 81)
    expect(pane.locator(".rx-here")).to_have_text(["chunk 81 · choice 0message 1The Sun in, Latin"])


def test_what_a_rule_means_is_folded_behind_its_title(opened: Opener, findings: pd.DataFrame) -> None:
    page = opened("f27523", 2, findings=findings)
    words = page.locator(".rx-why details")
    expect(words.locator("summary")).to_have_text("A choice begins without a role")
    expect(words.locator("dl")).to_be_hidden()
    words.locator("summary").click()
    expect(words.locator("dt")).to_have_text(["for a client", "likely cause", "what to do"])
    expect(words.locator("dd").first).to_contain_text("Clients that open a message when they see a role")
    own = open_pane(page, "findings").locator(".rx-by-rule").last
    expect(own.locator("dl")).to_be_hidden()
    own.locator("summary").click()
    expect(own.locator("dd").first).to_contain_text("Clients that open a message when they see a role")


def test_findings_are_marked_and_underlined(opened: Opener, findings: pd.DataFrame) -> None:
    page = opened("f27523", 81, findings=findings)
    expect(page.locator(".rx-legend").first).to_have_text("contentreasoningrole, finish, othererrorwarning")
    found = page.locator(".rx-text").nth(0).locator('.rx-found[data-chunk="81"]')
    expect(found).to_have_text("The Sun in, Latin")
    expect(found).to_have_class(re.compile("rx-found-error"))
    expect(found).to_have_attribute("title", "choice-bleed: message 1")
    expect(found).to_have_css("text-decoration-style", "wavy")
    assert text_of(page, 0).endswith("̥The Sun in, Latin is called “ **Solsun**\u202f.”")
    expect(page.locator(".rx-text").nth(1).locator(".rx-found.rx-kind-reasoning")).to_have_text(" mythology")
    expect(page.locator(".rx-text").nth(1).locator(".rx-found:not([data-chunk='2'])")).to_have_count(0)
    expect(page.locator(".rx-text").nth(1).locator(".rx-found").first).to_have_css("text-decoration-style", "dashed")
    expect(page.locator(".rx-why .rx-finding > :not(details)")).to_have_text(
        ["choice-bleed · error · chunk 81 · choice 0", "message 1", "The Sun in, Latin"]
    )
    x, _ = place(page, 81, 0, 86, 2)
    above = box(page, ".rx-marks")["y"] + TOP - 6
    page.wait_for_function("document.querySelector('.rx-blocks').width > 300")
    assert alpha_at(page, ".rx-blocks", x, above) == 255
    assert alpha_at(page, ".rx-blocks", place(page, 60, 0, 86, 2)[0], above) == 0


def found_in(page: Any, nth: int = 0) -> list[list[str]]:
    """What is underlined in a transcript, and how gravely."""
    found: list[list[str]] = page.evaluate(
        """(nth) => [...document.querySelectorAll(".rx-text")[nth].querySelectorAll(".rx-found")]
          .map((node) => [node.textContent, /rx-found-(\\w+)/.exec(node.className)[1]])""",
        nth,
    )
    return found


def one_finding(**fields: Any) -> pd.DataFrame:
    return pd.DataFrame([{"recording": "quotes", "rule": "r", "severity": "error", "choice": 0, **fields}])


QUOTES = ("He said “", "yes” and left", ". Then ", "he said no", ", no", " and no.", " <|im", "_end|> a ", "b")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        # What is quoted, though the recorded text has quotes of its own and chunks cut it.
        ({"chunk": 0, "last_chunk": 1, "evidence": "said: “He said “yes” and” twice"}, ["He said “", "yes” and"]),
        ({"chunk": 6, "last_chunk": 8, "evidence": "“…no. <|im_end|> a …”"}, [" <|im", "_end|> a "]),
        ({"chunk": 6, "last_chunk": 7, "evidence": "tokens “<|im_end|>”"}, ["<|im", "_end|>"]),
        # Every place in its chunks, none outside them.
        ({"chunk": 3, "last_chunk": 5, "evidence": "“he said” and “, no”"}, ["he said", ", no"]),
        # The whole evidence where nothing in it is quoted.
        ({"chunk": 1, "evidence": "and left"}, ["and left"]),
        # Its middle left out.
        ({"chunk": 0, "last_chunk": 2, "evidence": "“said … left”"}, ["said “", "yes” and left"]),
        # A word that stands anywhere counts only where it is all an event says.
        ({"chunk": 8, "last_chunk": 8, "evidence": "“b”"}, ["b"]),
        ({"chunk": 7, "last_chunk": 8, "evidence": "“b” and “a”"}, ["b"]),
        # Else all that came in its chunks.
        ({"chunk": 2, "last_chunk": 3, "evidence": "2.4 s"}, [". Then ", "he said no"]),
        ({"chunk": 4}, [", no"]),
        # What is so throughout is at no place.
        ({"chunk": 0, "last_chunk": 8, "evidence": "2.4 s"}, []),
        ({"chunk": 0, "last_chunk": 8, "evidence": "“Then”"}, ["Then"]),
        ({"chunk": None, "evidence": "“Then”"}, []),
        ({"chunk": 4, "choice": 1}, []),
        ({"chunk": 4, "choice": None}, [", no"]),
    ],
)
def test_exactly_the_evidence_is_underlined(
    fields: dict[str, Any], expected: list[str], opened: Opener, made_of: Callable[..., Corpus]
) -> None:
    corpus = made_of({"quotes": stream(*(says(text) for text in QUOTES))})
    page = opened(corpus=corpus, findings=one_finding(**fields))
    assert found_in(page) == [[text, "error"] for text in expected]
    assert text_of(page, 0) == "".join(QUOTES)
    page.locator('.rx-event[data-chunk="8"]').click()
    expect_cursor(page, 8)


def test_a_click_on_evidence_moves_the_cursor(opened: Opener, findings: pd.DataFrame) -> None:
    page = opened("f27523", 2, findings=findings)
    page.locator('.rx-found[data-chunk="81"]').click()
    expect_cursor(page, 81)


def test_the_gravest_finding_is_underlined_where_several_meet(opened: Opener, made_of: Callable[..., Corpus]) -> None:
    corpus = made_of({"quotes": stream(*(says(text) for text in QUOTES))})
    rows = [
        {"severity": "note", "chunk": 0, "last_chunk": 3},
        {"severity": "error", "chunk": 3, "evidence": "“said”"},
        {"severity": "warning", "chunk": 3, "evidence": "“he said”"},
    ]
    page = opened(corpus=corpus, findings=pd.concat([one_finding(**row) for row in rows]))
    assert found_in(page) == [
        *([text, "note"] for text in QUOTES[:3]),
        *(["he ", "warning"], ["said", "error"], [" no", "note"]),
    ]


def test_tags_are_evidence_of_their_own(opened: Opener) -> None:
    """Reasoning between tags is so throughout: with boundaries its tags are underlined, without them nothing is."""
    page = opened("think-tags", 17)
    assert page.locator(".rx-found:visible").count() == 0
    page.keyboard.press("b")
    tags = page.locator(".rx-found:visible")
    expect(tags).to_have_text(["<th", "ink>", "</", "think", ">"])
    page.keyboard.press("b")


def test_a_finding_on_a_hidden_tag_is_seen_at_its_chunk(opened: Opener) -> None:
    page = opened("f27523", 2)
    found = page.locator('.rx-found-error:visible[data-chunk="2"]')
    expect(found).to_have_text(" mythology")
    expect(found).to_have_attribute("title", re.compile("^role-missing: "))


def colour_at(page: Any, x: float, y: float) -> str:
    """Of which severity the mark at a place is; "" where there is none."""
    found = page.evaluate(
        """([x, y]) => {
          const canvas = document.querySelector(".rx-blocks"), box = canvas.getBoundingClientRect();
          const at = [x - box.left, y - box.top].map((each) => each * devicePixelRatio);
          return [...canvas.getContext("2d").getImageData(...at, 1, 1).data];
        }""",
        [x, y],
    )
    far = {name: max(abs(a - b) for a, b in zip(found, rgb, strict=True)) for name, rgb in COLOURS.items()}
    nearest = min(far, key=lambda name: far[name])
    return nearest if far[nearest] < 60 else ""


def marks_of(rows: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(
        [{"recording": "long", "rule": f"rule-{n}", "message": f"m{n}", **row} for n, row in enumerate(rows)]
    )


COLOURS = {"error": (213, 94, 0, 255), "warning": (184, 134, 11, 255), "note": (139, 147, 161, 255)}
"""Of the marks, in the light."""
MARKS = TOP - 5


def test_marks_have_a_shape_a_severity(opened: Opener, long: Corpus) -> None:
    rows = [{"severity": severity, "chunk": 1000 * n} for n, severity in enumerate(COLOURS)]
    page = opened(corpus=long, findings=marks_of(rows))
    page.wait_for_function("document.querySelector('.rx-blocks').width > 300")
    top, shapes = box(page, ".rx-marks")["y"], {}
    for n, severity in enumerate(COLOURS):
        x, _ = place(page, 1000 * n, 0, N_LONG, 1)
        assert colour_at(page, x, top + MARKS) == severity
        around = ((-3, -3), (3, -3), (-3, 0))
        shapes[severity] = [colour_at(page, x + dx, top + MARKS + dy) == severity for dx, dy in around]
    assert shapes == {"error": [True, True, False], "warning": [False, False, True], "note": [False, False, False]}


def test_many_notes_hide_no_error(opened: Opener, long: Corpus) -> None:
    rows: list[dict[str, Any]] = [{"severity": "note", "chunk": at, "last_chunk": at + 2} for at in range(0, 2990, 3)]
    page = opened(corpus=long, findings=marks_of([*rows[:500], {"severity": "error", "chunk": 1500}, *rows[500:]]))
    page.wait_for_function("document.querySelector('.rx-blocks').width > 300")
    top = box(page, ".rx-marks")["y"]
    x, _ = place(page, 1500, 0, N_LONG, 1)
    for dx, dy in ((0, 0), (-3, -3), (3, -3), (0, 2)):
        assert colour_at(page, x + dx, top + MARKS + dy) == "error"
    page.mouse.move(x + 2, top + MARKS)
    tip = page.locator(".rx-tip")
    expect(tip.locator(".rx-tip-line").first).to_have_text("rule-500 error · chunk 1,500m500")
    expect(tip.locator(".rx-tip-line")).to_have_count(4)
    expect(tip).to_contain_text(re.compile(r"and \d+ more"))
    page.mouse.click(x + 2, top + MARKS)
    expect_cursor(page, "1,500")
    expect(page.locator(".rx-why .rx-finding").first).to_contain_text("rule-500 · error")


def test_a_line_runs_as_far_as_a_finding_reaches(opened: Opener, long: Corpus) -> None:
    rows: list[dict[str, Any]] = [
        {"severity": "warning", "chunk": 500, "last_chunk": 1500},
        {"severity": "error", "chunk": 1000, "last_chunk": 2000},
    ]
    page = opened(corpus=long, findings=marks_of(rows))
    page.wait_for_function("document.querySelector('.rx-blocks').width > 300")
    top = box(page, ".rx-marks")["y"]

    def lines(chunk: int) -> list[bool]:
        x, _ = place(page, chunk, 0, N_LONG, 1)
        # A line is not as high as a pixel is sure to be: it is looked for around its place.
        return [any(alpha_at(page, ".rx-blocks", x, top + TOP - up) > 100 for up in (off, off - 1)) for off in (8, 5)]

    assert [lines(chunk) for chunk in (400, 800, 1300, 1800, 2200)] == [
        *([False, False], [False, True], [True, True], [True, False], [False, False]),
    ]
    x, _ = place(page, 800, 0, N_LONG, 1)
    page.mouse.move(x, top + MARKS)
    expect(page.locator(".rx-tip-line")).to_have_text("rule-0 warning · chunks 500–1,500m0")
    page.mouse.click(x, top + MARKS)
    expect_cursor(page, 500)
    for _ in range(6):
        page.keyboard.press("+")
    assert page.errors == []


def test_the_gravest_findings_of_a_chunk_stand_first_beside_the_text(opened: Opener, long: Corpus) -> None:
    rows: list[dict[str, Any]] = [{"severity": "note", "chunk": 7} for _ in range(20)]
    rows += [{"severity": "error", "chunk": 7}, {"severity": "warning", "chunk": 0, "last_chunk": 10}]
    page = opened(at=7, corpus=long, findings=marks_of(rows))
    beside = page.locator(".rx-why .rx-finding")
    expect(beside).to_have_count(12)
    expect(beside.nth(0)).to_have_text("rule-20 · error · chunk 7m20")
    expect(beside.nth(1)).to_have_text("rule-21 · warning · chunks 0–10m21")
    page.keyboard.press("ArrowRight")
    expect(beside).to_have_text(["rule-21 · warning · chunks 0–10m21"])
    page.keyboard.press("ArrowLeft")
    page.get_by_role("button", name="and 10 more").click()
    expect(page.locator(".rx-by-rule")).to_have_count(22)


def test_what_is_unfolded_stays_so_while_the_findings_stay(opened: Opener, findings: pd.DataFrame) -> None:
    wide = findings.assign(chunk=1, last_chunk=40)
    page = opened("f27523", 10, findings=wide)
    page.locator(".rx-why summary").first.click()
    page.keyboard.press("ArrowRight")
    expect_cursor(page, 11)
    expect(page.locator(".rx-why details").first).to_have_attribute("open", "")


def test_a_rules_name_asks_for_its_recordings(opened: Opener) -> None:
    page = opened("aiperf#1", 9)
    page.locator(".rx-why .rx-rule-name").click()
    expect(page.locator(".rx-input")).to_have_value("rule:stall")
    expect(total(page)).to_have_text("4 of 23 recordings")
    expect_shown(page, "aiperf#1")
    page.keyboard.press("j")
    expect_shown(page, "browser")
    search(page, "", "23 of 23 recordings")
    open_pane(page, "findings").locator(".rx-rule-name").first.click()
    expect(total(page)).to_have_text("4 of 23 recordings")


@pytest.mark.parametrize(
    ("rule", "query"),
    [
        ("two words", 'rule:"two words"'),
        ('a "b" c', 'rule:"a"'),
        ('a"b', 'rule:"a"'),
        ("-x:y", "rule:-x:y"),
        ('"', None),
    ],
)
def test_any_rules_name_can_be_asked_for(rule: str, query: str | None, opened: Opener) -> None:
    page = opened("f27523", 3, findings=pd.DataFrame({"recording": ["f27523f3fec8"], "rule": [rule], "chunk": [3]}))
    if query is None:
        expect(page.locator(".rx-why .rx-rule-name")).to_be_disabled()
        return
    page.locator(".rx-why .rx-rule-name").click()
    expect(page.locator(".rx-input")).to_have_value(query)
    expect(total(page)).to_have_text("1 of 23 recordings")


def test_recordings_are_sorted_by_findings(opened: Opener) -> None:
    page = opened()
    by = page.locator(".rx-header .rx-col-findings")
    expect(by).to_have_text("findings")
    by.click()
    expect(by).to_have_attribute("aria-sort", "descending")
    expect(page.locator(".rx-list .rx-row").first).to_have_attribute("data-id", "f27523f3fec8")
    assert rows(page)[:2] == ["f27523f3fec8", "buffered"], "errors first, then warnings"
    by.click()
    expect(page.locator(".rx-list .rx-row").first).not_to_have_attribute("data-id", "f27523f3fec8")
    expect(page.locator(".rx-list .rx-row").first.locator(".rx-badges")).to_have_count(0)


def test_badges_of_a_severity_stand_below_each_other(opened: Opener, all_recordings: Corpus) -> None:
    ids = ["aiperf#0", "aiperf#0", "aiperf#1", "browser", "browser", "browser"]
    severities = ["error", "note", "warning", "error", "warning", "note"]
    many = pd.DataFrame({"recording": ids, "severity": severities})
    more = pd.DataFrame({"recording": ["buffered"] * 400, "severity": ["error"] * 123 + ["warning"] * 277})
    page = opened("aiperf#0", findings=pd.concat([many, more]))
    for severity, names in (
        ("error", ("aiperf#0", "browser")),
        ("warning", ("aiperf#1", "browser")),
        ("note", ("aiperf#0", "browser")),
    ):
        lefts = {box(page, f'.rx-row[data-id="{name}"] .rx-badge-{severity}')["x"] for name in names}
        assert len(lefts) == 1, severity
    assert (
        box(page, '.rx-row[data-id="aiperf#0"] .rx-badge-note')["x"]
        > box(page, '.rx-row[data-id="aiperf#1"] .rx-badge-warning')["x"]
    )
    # Whole numbers or none, and none over what is beside them.
    row = page.locator('.rx-row[data-id="buffered"]')
    end = row.locator(".rx-col-model").bounding_box()["x"]
    room = row.locator(".rx-badges").bounding_box()
    for badge in row.locator(".rx-badge").all():
        seen = badge.bounding_box()
        assert (
            seen["y"] >= room["y"] + room["height"] - 1
            or seen["x"] + seen["width"] <= min(end, room["x"] + room["width"]) + 0.5
        )
    expect(row.locator(".rx-badge").first).to_have_text("E123")


def test_very_many_findings_of_a_recording_are_told_bit_by_bit(opened: Opener, long: Corpus) -> None:
    rows: list[dict[str, Any]] = [{"severity": "note", "chunk": at, "rule": "same"} for at in range(1200)]
    page = opened(corpus=long, findings=marks_of([*rows, {"severity": "error", "chunk": 5, "rule": "other"}]))
    expect(page.locator('.rx-tab[data-tab="findings"]')).to_have_text("Findings1,201")
    expect(page.locator(".rx-facts .rx-badge")).to_have_text(["1 error", "1,200 notes"])
    pane = open_pane(page, "findings")
    expect(pane).to_contain_text("the gravest 1,000; 201 more findings of this recording in corpus.findings")
    expect(pane.locator(".rx-by-rule h4")).to_have_text(["errorother", "notesame999 times"])
    expect(pane.locator(".rx-finding")).to_have_count(51)
    page.get_by_role("button", name="show 949 more").click()
    expect(pane.locator(".rx-finding")).to_have_count(1000)
    expect(pane.locator(".rx-here")).to_have_text(["chunk 5m1200", "chunk 5m5"])
    page.keyboard.press("n")
    expect_cursor(page, 6)
    expect(pane.locator(".rx-here")).to_have_text(["chunk 6m6"])


def test_n_and_p_go_from_finding_to_finding(opened: Opener, findings: pd.DataFrame) -> None:
    page = opened("f27523", 0, findings=findings)
    for key, then in (("n", 1), ("n", 2), ("n", 81), ("n", 1), ("p", 81), ("p", 2), ("p", 1)):
        page.keyboard.press(key)
        expect_cursor(page, then)
    page.evaluate("explorer.go('94d11daee205')")
    expect_shown(page, "94d11daee205")
    page.keyboard.press("p")
    expect_cursor(page, 42)
    expect(open_pane(page, "findings").locator(".rx-finding")).to_have_text("whole recordingnone came")
    expect(page.locator(".rx-by-rule h4")).to_contain_text("noteusage-missing")


def test_a_thousand_real_recordings(opened: Opener, corpus_folder: Path) -> None:
    corpus = recexplore.load(corpus_folder / "ogx", progress=False)
    page = opened(corpus=corpus)
    n = f"{len(corpus):,}"
    expect(total(page)).to_have_text(f"{n} of {n} recordings")
    page.locator(".rx-header .rx-col-chunks").click()
    longest = corpus.recordings["n_chunks"].max()
    expect(page.locator(".rx-list .rx-row .rx-col-chunks").first).to_have_text(f"{longest:,}")
    page.locator(".rx-list .rx-row").first.click()
    expect(page.locator(".rx-where-now")).to_contain_text(f"/ {longest - 1:,}")
    for at in range(12):
        page.keyboard.press("j")
        page.keyboard.press(str(at % 7 + 1))
        expect(page.locator(".rx-content")).to_have_attribute("data-pane", PANE_NAMES[at % 7])
        expect(page.locator(".rx-content .rx-failed")).to_have_count(0)
    page.keyboard.press("1")
    page.locator(".rx-input").fill("paris n:1")
    expect(total(page)).not_to_have_text(f"{n} of {n} recordings")
    page.keyboard.press("Enter")
    page.wait_for_function("() => CSS.highlights.get('rx-hit').size > 0")
    assert "paris" in page.evaluate("() => [...CSS.highlights.get('rx-hit')][0].toString().toLowerCase()")


def test_a_search_opens_at_its_hit_and_marks_it(opened: Opener) -> None:
    page = opened("007c47")
    page.locator(".rx-input").fill("solsun")
    expect(total(page)).to_have_text(re.compile("^1 of "))
    page.keyboard.press("Enter")
    expect_shown(page, "f27523f3fec8")
    expect_cursor(page, 81)
    marked = "() => [...CSS.highlights.get('rx-hit')].map((range) => range.toString())"
    page.wait_for_function("() => CSS.highlights.get('rx-hit').size === 1")
    assert page.evaluate(marked) == ["Solsun"]
    page.locator(".rx-input").fill("sol invictus")
    page.wait_for_function("() => CSS.highlights.get('rx-hit').size > 2")
    assert {text.lower() for text in page.evaluate(marked)} == {"sol", "invictus"}
    page.locator(".rx-input").fill("")
    page.wait_for_function("() => CSS.highlights.get('rx-hit').size === 0")


def test_no_findings_says_why(opened: Opener, findings: pd.DataFrame) -> None:
    page = opened("three-way", findings=False)
    expect(open_pane(page, "findings")).to_contain_text("No rules were run: explore was called with findings=False.")
    expect(page.locator(".rx-badge-warning, .rx-no-badge")).to_have_count(0)
    expect(page.locator('select[data-facet="rule"]')).to_have_count(0)
    page.locator('[data-tab="text"]').click()
    expect(page.locator(".rx-why .rx-finding")).to_have_count(0)
    for options in ({}, {"findings": findings}):
        page = opened("three-way", **options)
        expect(open_pane(page, "findings")).to_contain_text("No finding names this recording.")


def test_digits_choose_panes_and_a_pane_stays_for_the_next_recording(opened: Opener) -> None:
    page = opened("three-way")
    names = ("text", "reasoning", "tokens", "timing", "tools", "findings", "raw")
    for digit, name in enumerate(names, start=1):
        page.keyboard.press(str(digit))
        expect(page.locator('.rx-tab[aria-selected="true"]')).to_have_attribute("data-tab", name)
    page.keyboard.press("3")
    page.keyboard.press("j")
    expect_shown(page, "tool-calls")
    expect(page.locator(".rx-content")).to_contain_text("Reports as they came")


# Keyboard


def test_the_help_opens_and_closes(opened: Opener) -> None:
    page = opened("f27523", 40)
    dialog = page.locator(".rx-help")
    page.keyboard.press("?")
    expect(dialog).to_be_visible()
    expect(dialog.locator("dt")).to_have_count(19)
    expect(dialog).to_contain_text("n pnext, previous finding")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("j")
    expect_cursor(page, 40)
    expect_shown(page, "f27523f3fec8")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.keyboard.press("ArrowRight")
    expect_cursor(page, 41)
    page.get_by_role("button", name="help: keys").click()
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="close").click()
    expect(dialog).to_be_hidden()


@pytest.mark.parametrize("focus", [".rx-list", ".rx-text", ".rx-input", ".rx-right", ".rx-play", ".rx-slider"])
def test_keys_typed_in_the_explorer_are_no_commands_outside(focus: str, opened: Opener) -> None:
    page = opened("f27523")
    page.locator(focus).first.focus()
    hear(page)
    for key in ("a", "d", "y", "Z", "b", "ArrowRight", "Enter", "Escape", "Shift+ArrowLeft"):
        page.keyboard.press(key)
    assert page.evaluate("heard") == []


@pytest.mark.parametrize("focus", [".rx-list", ".rx-text", ".rx-right", ".rx-input"])
def test_keys_with_control_reach_the_outside(focus: str, opened: Opener) -> None:
    page = opened("f27523")
    page.locator(focus).first.focus()
    hear(page)
    page.keyboard.press("Control+y")
    assert page.evaluate("heard") == ["Control", "y"]
    expect_shown(page, "f27523f3fec8")


def test_tab_goes_from_the_search_over_the_list_to_play(opened: Opener) -> None:
    page = opened("f27523")
    page.evaluate("document.activeElement.blur()")
    page.mouse.click(1, 995)
    names: list[str] = []
    for _ in range(40):
        page.keyboard.press("Tab")
        names.append(page.evaluate("document.activeElement.className"))
        if "rx-play" in names[-1]:
            break
    order = [
        next((at for at, said in enumerate(names) if each in said), -1) for each in ("rx-input", "rx-list", "rx-play")
    ]
    assert -1 not in order
    assert order == sorted(order)


def by_play_button(page: Any) -> None:
    page.locator(".rx-play").focus()
    page.keyboard.press("j")
    expect_shown(page, "f6960cae871e")


def by_text_and_digit(page: Any) -> None:
    page.locator('.rx-event[data-chunk="81"]').click()
    page.keyboard.press("2")
    expect(page.locator(".rx-content table").first).to_be_visible()


def by_text_and_j(page: Any) -> None:
    page.locator('.rx-event[data-chunk="81"]').click()
    page.keyboard.press("j")
    expect_shown(page, "f6960cae871e")


def by_raw_json(page: Any) -> None:
    page.locator(".rx-json-lines").click()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".rx-raw h4")).to_contain_text("chunk 84, raw")


def by_facet(page: Any) -> None:
    page.locator('select[data-facet="dialect"]').focus()
    page.locator('select[data-facet="dialect"]').select_option("openai_chat")
    expect(total(page)).to_have_text("17 of 23 recordings")


def by_fit(page: Any) -> None:
    page.get_by_role("button", name="zoom in").click()
    fit(page).click()
    expect(fit(page)).to_be_disabled()


def by_the_last_step(page: Any) -> None:
    page.get_by_role("button", name="previous chunk").click()
    page.get_by_role("button", name="next chunk").click()
    expect_cursor(page, 85)


def by_a_finding(page: Any) -> None:
    page.locator(".rx-why").get_by_role("button", name="chunk 81").click()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")


@pytest.mark.parametrize(
    "way",
    [by_play_button, by_text_and_digit, by_text_and_j, by_raw_json, by_facet, by_fit, by_the_last_step, by_a_finding],
    ids=lambda way: way.__name__,
)
def test_focus_stays_in_the_explorer(way: Callable[[Any], None], opened: Opener, findings: pd.DataFrame) -> None:
    at = 81 if way is by_a_finding else 85
    page = opened("f27523", at, findings=findings if way is by_a_finding else None)
    way(page)
    # A browser takes the focus from what is gone with the next frame.
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert is_inside(page)


# Links


def test_opens_at_a_chunk(opened: Opener) -> None:
    page = opened("f27523", 81)
    expect_shown(page, "f27523f3fec8")
    expect(page.locator(".rx-where-now")).to_have_text("81 / 85")
    expect(page.locator(".rx-question")).to_have_text("What's the name of the Sun in latin?")
    expect(page.locator(".rx-now")).to_have_text("̥The Sun in, Latin is called “ **Solsun** .”")
    expect(page.locator(".rx-raw h4")).to_contain_text("chunk 81, raw")
    expect(selected(page)).to_have_attribute("data-id", "f27523f3fec8")
    expect(selected(page)).to_be_in_viewport()


def test_goes_where_it_is_told_from_outside(opened: Opener) -> None:
    page = opened("f27523", 81)
    page.evaluate("explorer.go('94d11daee205', 16)")
    expect_shown(page, "94d11daee205")
    expect_cursor(page, 16)
    expect(selected(page)).to_have_attribute("data-id", "94d11daee205")
    page.evaluate("explorer.go('94d11daee205', 3)")
    expect_cursor(page, 3)
    page.evaluate("explorer.go('three-way')")
    expect_cursor(page, 16)


def test_told_twice_at_once_it_goes_where_it_was_told_last(opened: Opener) -> None:
    page = opened("f27523", 81)
    page.evaluate("explorer.go('94d11daee205', 16); explorer.go('94d11daee205', 20);")
    expect_shown(page, "94d11daee205")
    expect_cursor(page, 20)
    page.evaluate("explorer.go('three-way', 4); explorer.go('tool-calls'); explorer.go('think-tags', 3);")
    expect_shown(page, "think-tags")
    expect_cursor(page, 3)


def test_a_link_opens_the_explorer_right_here(opened: Opener, all_recordings: Corpus) -> None:
    page = opened("f27523", 81)
    page.keyboard.press("ArrowLeft")
    link = copied(page, page.get_by_role("button", name="copy link"))
    assert link == "rx.explore(corpus, 'f27523f3fec8', chunk=80)"
    there = eval(link, {"rx": recexplore, "corpus": all_recordings})
    assert (there.selected, there.chunk) == ("f27523f3fec8", 80)


# Looks


def luminance(page: Any, css: str, name: str) -> float:
    said: str = page.locator(css).first.evaluate("(node, name) => getComputedStyle(node)[name]", name)
    red, green, blue = (float(each) for each in re.findall(r"[\d.]+", said)[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_follows_the_dark(opened: Opener) -> None:
    page = opened("f27523", 40)
    page.wait_for_function("document.querySelector('.rx-blocks').width > 300")
    thumbnails = ".rx-thumbnail"
    light, pictures = picture(page, ".rx-blocks"), picture(page, ".rx-marks")
    assert luminance(page, ".rx-explorer", "backgroundColor") > 230
    assert luminance(page, ".rx-question", "color") < 60
    page.emulate_media(color_scheme="dark")
    wait_for_another_picture(page, ".rx-blocks", light)
    wait_for_another_picture(page, ".rx-marks", pictures)
    assert luminance(page, ".rx-explorer", "backgroundColor") < 40
    assert luminance(page, ".rx-question", "color") > 200
    assert luminance(page, ".rx-input", "backgroundColor") < 60
    assert luminance(page, ".rx-pill", "backgroundColor") < 60
    assert page.locator(thumbnails).count() > 3
    page.keyboard.press("?")
    assert luminance(page, ".rx-help", "backgroundColor") < 60
    page.keyboard.press("Escape")
    page.emulate_media(color_scheme="light")
    page.wait_for_function("(light) => document.querySelector('.rx-blocks').toDataURL() === light", arg=light)


PANES = (
    *(("f27523f3fec8", name) for name in ("text", "reasoning", "findings", "raw")),
    *(("three-way", "text"), ("tool-calls", "tools"), ("f6960cae871e", "tokens"), ("aiperf#1", "timing")),
)


@pytest.mark.parametrize("width", [700, 900, 1400, 1800])
def test_nothing_is_wider_than_its_place(width: int, opened: Opener, findings: pd.DataFrame) -> None:
    page = opened("f27523", findings=findings)
    page.set_viewport_size({"width": width, "height": 1000})
    for name, tab in PANES:
        page.evaluate("(name) => explorer.go(name)", name)
        expect_shown(page, name)
        open_pane(page, tab)
        expect(page.locator(".rx-content > *")).to_have_count(1)
        wider = page.evaluate("""() => [".rx-explorer", ".rx-right", ".rx-content", ".rx-list", "body"]
          .map((css) => [css, document.querySelector(css).scrollWidth - document.querySelector(css).clientWidth])
          .filter(([_, by]) => by > 0)""")
        assert wider == [], (name, tab)


@pytest.mark.parametrize("width", [700, 900, 1100, 1400, 1800])
def test_parts_of_the_top_bar_are_apart_and_whole(width: int, opened: Opener, findings: pd.DataFrame) -> None:
    page = opened("f27523", findings=findings)
    page.set_viewport_size({"width": width, "height": 1000})
    expect(page.locator(".rx-facets select")).to_have_count(6)
    parts = page.evaluate("""() => [...document.querySelectorAll(".rx-bar-top > *, .rx-facets > *")]
      .filter((node) => node.getClientRects().length && !node.matches(".rx-facets"))
      .map((node) => [node.className, node.getBoundingClientRect()])
      .map(([name, box]) => [name, box.left, box.right, box.top, box.bottom])""")
    bar = box(page, ".rx-bar-top")
    for at, (name, left, right, top, bottom) in enumerate(parts):
        assert bar["x"] <= left
        assert right <= bar["x"] + bar["width"], name
        for other, from_, to, above, below in parts[at + 1 :]:
            apart = right <= from_ + 0.5 or to <= left + 0.5 or bottom <= above + 0.5 or below <= top + 0.5
            assert apart, (name, other)
    facets = box(page, ".rx-facets")
    ends = page.locator(".rx-facets select").evaluate_all(
        "(all) => all.map((node) => node.getBoundingClientRect().right)"
    )
    assert max(ends) <= facets["x"] + facets["width"], "a facet is cut off"


def test_an_explorer_that_was_ended_hears_no_key(opened: Opener, all_recordings: Corpus) -> None:
    page = opened("f27523")
    before = len(page.errors)
    show(page, recexplore.explore(all_recordings, "three-way"))
    expect_shown(page, "three-way")
    page.locator(".rx-question").click()
    page.keyboard.press("?")
    expect(page.locator(".rx-help")).to_be_visible()
    page.keyboard.press("Escape")
    errors = page.errors[before:]
    del page.errors[before:]
    assert errors == []


def test_nothing_went_wrong_and_nothing_was_fetched(page: Any) -> None:
    assert page.errors == []
    assert {address for address in page.asked if not address.startswith(("data:", "blob:", "about:"))} <= {ADDRESS}
