"""The list of recordings: words, fields, facets, sorting, walking, what is in sight; a hit is shown and marked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from explorer_inputs import MANY, Opener
from page_objects import (
    box,
    choose,
    expect,
    expect_cursor,
    expect_shown,
    expect_soon,
    head,
    pill,
    rows,
    search,
    selected,
    total,
    values,
)
from synthetic import says, stream

import recexplore
from recexplore.corpus import Corpus
from recexplore.rules import known

pytestmark = pytest.mark.long

PANE_NAMES = ("text", "request", "reasoning", "tokens", "timing", "tools", "logprobs")


def widen(page: Any, width: int) -> None:
    """Give the list so many pixels."""
    page.evaluate(
        "(width) => { document.querySelector('.rx-both').style.gridTemplateColumns = `${width}px minmax(0, 1fr)`; }",
        width,
    )
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


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
    mark, row = box(page, ".rx-match mark"), box(page, ".rx-list .rx-row .rx-col-test")
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
    note = page.locator(".rx-note")
    expect(note).to_be_hidden()
    search(page, "nonsense:5", "0 of 23 recordings")
    expect(note).to_contain_text("no field `nonsense`: searched as text; fields are id, test, model")
    search(page, "", "23 of 23 recordings")
    expect(note).to_be_hidden()


def test_nothing_matches_and_nothing_moves(opened: Opener) -> None:
    page = opened("94d11")
    places = """() => [...document.querySelectorAll('.rx-pill, .rx-th, .rx-input')]
      .map((node) => node.getBoundingClientRect())
      .map((box) => [box.left, box.top, box.right, box.bottom].map(Math.round))"""
    before = page.evaluate(places)
    search(page, "zzzznothing", "0 of 23 recordings")
    expect(page.locator(".rx-empty")).to_contain_text("Nothing matches. Every word has to be found.")
    expect_shown(page, "94d11daee205")
    expect(page.locator(".rx-note")).to_have_text("The shown recording is not among them.")
    assert page.evaluate(places) == before
    page.get_by_role("button", name="show all recordings").click()
    expect(total(page)).to_have_text("23 of 23 recordings")
    expect(page.locator(".rx-empty")).to_be_hidden()
    expect(page.locator(".rx-note")).to_be_hidden()


def test_a_rule_that_fired_nowhere_is_said(opened: Opener) -> None:
    page = opened()
    search(page, "rule:tool-args", "0 of 23 recordings")
    expect(page.locator(".rx-empty")).to_contain_text("tool-args fired nowhere in 23 recordings")
    expect(page.locator(".rx-empty")).not_to_contain_text("Nothing matches")
    search(page, "rule:stall saturn", "0 of 23 recordings")
    expect(page.locator(".rx-empty")).to_contain_text("Nothing matches. Every word has to be found.")
    search(page, "", "23 of 23 recordings")
    choose(page, "rule", "tool-args")
    expect(page.locator(".rx-empty")).to_contain_text("tool-args fired nowhere in 23 recordings")


def test_files_that_gave_nothing_are_beside_the_count(opened: Opener, made_of: Callable[..., Corpus]) -> None:
    page = opened(corpus=made_of({"good": stream(says("a")), "broken": b"{"}))
    page.get_by_role("button", name="1 unread").click()
    listed = page.locator(".rx-popup:popover-open")
    expect(listed.locator("h4")).to_have_text("1 problem in 1 file")
    expect(listed.locator(".rx-file")).to_contain_text("broken.json")
    expect(listed.locator("dt")).to_have_text(["what", "expected", "found", "hint"])
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="1 unread")).to_be_focused()
    expect(page.get_by_role("button", name="skipped")).to_have_count(0)
    page.get_by_role("button", name="1 unread").click()
    expect(listed.locator(".rx-file")).to_be_visible()
    seen = box(page, ".rx-popup:popover-open")
    assert seen["x"] + seen["width"] <= 1400 - 8
    page.keyboard.press("Escape")
    expect(page.locator(".rx-note")).to_be_hidden()
    # The folder of the bundled recordings has a README.md.
    page = opened(corpus=recexplore.load("recordings", progress=False))
    page.get_by_role("button", name="1 skipped").click()
    expect(listed.locator("h4")).to_have_text("1 file")
    expect(listed.locator("li")).to_contain_text("README.md")
    expect(listed.locator("dd")).to_have_text("files called *.md are not searched")
    expect(page.get_by_role("button", name="unread")).to_have_count(0)


def test_hostile_names_of_files_are_text(opened: Opener, tmp_path: Path) -> None:
    name = "<img src=x onerror=alert(1)>\u202eevil" + "x" * 150
    (tmp_path / f"{name}.json").write_bytes(b"{")
    (tmp_path / f"{name}.md").write_text("no")
    (tmp_path / "good.json").write_text(json.dumps(stream(says("a"))))
    page = opened(corpus=recexplore.load(tmp_path, progress=False))
    for button in ("1 unread", "1 skipped"):
        page.get_by_role("button", name=button).click()
        file = page.locator(".rx-popup:popover-open .rx-file")
        expect(file).to_contain_text("<img src=x onerror=alert(1)>")
        expect(file).to_contain_text("evil" + "x" * 150)
        expect(page.locator(".rx-popup img")).to_have_count(0)
        page.keyboard.press("Escape")


def test_very_many_files_are_cut_with_their_count(opened: Opener, tmp_path: Path) -> None:
    for n in range(520):
        (tmp_path / f"{n:03}.json").write_text("{")
    (tmp_path / "good.json").write_text(json.dumps(stream(says("a"))))
    page = opened(corpus=recexplore.load(tmp_path, progress=False))
    page.get_by_role("button", name="520 unread").click()
    expect(page.locator(".rx-popup:popover-open li")).to_have_count(500)
    expect(page.locator(".rx-popup:popover-open")).to_contain_text("the first 500 of 520; all of them: corpus.problems")


def test_facets_count_and_narrow(opened: Opener) -> None:
    page = opened()
    every = ["openai 12", "not named 6", "azure 1", "bedrock 1", "deepseek 1", "ollama 1", "vllm 1"]
    assert values(page, "provider") == every
    choose(page, "shows", "tools")
    expect(total(page)).to_have_text("4 of 23 recordings")
    fewer = ["openai 2", "not named 2", "azure 0", "bedrock 0", "deepseek 0", "ollama 0", "vllm 0"]
    assert values(page, "provider") == fewer, "values keep their places"
    choose(page, "provider", "openai")
    expect(total(page)).to_have_text("2 of 23 recordings")
    assert rows(page) == ["responses#0", "tool-calls"]
    search(page, "weather", "1 of 23 recordings")
    expect(pill(page, "provider")).to_have_text("provider: openai▾")
    choose(page, "provider", "openai")
    choose(page, "shows", "tools")
    search(page, "", "23 of 23 recordings")
    expect(pill(page, "provider")).to_have_text("provider▾")


def test_several_values_of_a_facet_mean_any_of_them(opened: Opener) -> None:
    page = opened()
    choose(page, "provider", "azure", "ollama", "vllm")
    expect(total(page)).to_have_text("3 of 23 recordings")
    expect(pill(page, "provider")).to_have_text("provider: azure +2▾")
    choose(page, "shows", "reasoning")
    expect(total(page)).to_have_text("1 of 23 recordings")
    page.get_by_role("button", name="any provider").click()
    expect(total(page)).to_have_text("8 of 23 recordings")
    expect(pill(page, "provider")).to_be_focused()
    page.get_by_role("button", name="clear", exact=True).click()
    expect(total(page)).to_have_text("23 of 23 recordings")
    expect(page.get_by_role("button", name="clear", exact=True)).to_be_hidden()


def test_facets_are_where_they_were_whatever_is_left(opened: Opener, ogx: Corpus) -> None:
    page = opened(corpus=ogx)
    places = "() => [...document.querySelectorAll('.rx-pill')].map((node) => node.getBoundingClientRect().left)"
    before = page.evaluate(places)
    page.locator(".rx-input").fill("zzzznothing")
    expect(total(page)).to_have_text(re.compile("^0 of"))
    assert page.evaluate(places) == before
    assert values(page, "severity") == ["error 0", "warning 0", "note 0"]


def test_all_rules_are_listed_and_found_by_typing(opened: Opener) -> None:
    page = opened()
    listed = values(page, "rule")
    assert listed[0] == "stall 4"
    assert {line.rpartition(" ")[0] for line in listed} == {rule.id for rule in known()}
    assert "tool-args 0" in listed
    pill(page, "rule").click()
    expect(page.get_by_role("searchbox", name="filter rule")).to_be_focused()
    page.keyboard.type("STALL")
    expect(page.locator(".rx-popup:popover-open .rx-choice:visible")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(total(page)).to_have_text("4 of 23 recordings")
    page.keyboard.press("Escape")
    expect(pill(page, "rule")).to_be_focused()
    expect(page.locator(".rx-popup:popover-open")).to_have_count(0)


def test_values_beyond_those_listed_are_found_by_typing(opened: Opener, made_of: Callable[..., Corpus]) -> None:
    corpus = made_of({f"r{n}": stream({**says("a"), "model": f"m{n}"}) for n in range(260)})
    page = opened(corpus=corpus)
    choices = page.locator(".rx-popup:popover-open .rx-choice:visible")
    pill(page, "model").click()
    expect(choices).to_have_count(200)
    expect(page.locator(".rx-popup:popover-open")).to_contain_text("60 more: type to find them")
    expect(page.get_by_role("searchbox", name="filter model")).to_be_focused()
    page.keyboard.type("M9")
    expect(choices).to_have_count(11)
    expect(choices.last).to_have_text("m991")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Space")
    expect(total(page)).to_have_text("1 of 260 recordings")
    expect(choices).to_have_count(11)
    expect(choices.last.locator("input")).to_be_checked()
    page.get_by_role("searchbox", name="filter model").fill("zz")
    expect(page.locator(".rx-popup:popover-open")).to_contain_text("no value holds this")
    page.keyboard.press("Escape")
    pill(page, "model").click()
    # Those listed, and the one that is chosen.
    expect(choices).to_have_count(201)
    page.keyboard.press("Escape")


def test_a_facet_by_keyboard_alone(opened: Opener) -> None:
    page = opened("f27523", 40)
    pill(page, "severity").focus()
    page.keyboard.press("Enter")
    expect(pill(page, "severity")).to_have_attribute("aria-expanded", "true")
    for key in ("ArrowDown", "End", "Home", "ArrowDown", "Space"):
        page.keyboard.press(key)
    expect(total(page)).to_have_text("6 of 23 recordings")
    # Letters typed there are no commands of the explorer.
    page.keyboard.press("j")
    page.keyboard.press("2")
    page.keyboard.press("Escape")
    expect_shown(page, "f27523f3fec8")
    expect_cursor(page, 40)
    expect(page.locator(".rx-popup:popover-open")).to_have_count(0)
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.locator(".rx-popup:popover-open")).to_have_count(0)


def test_a_box_closes_by_its_button_and_by_a_press_beside_it(opened: Opener) -> None:
    page = opened()
    popup = page.locator(".rx-popup:popover-open")
    pill(page, "dialect").click()
    expect(popup).to_have_count(1)
    pill(page, "dialect").click()
    expect(popup).to_have_count(0)
    pill(page, "dialect").click()
    page.locator(".rx-content").click()
    expect(popup).to_have_count(0)
    for width in (700, 1400):
        page.set_viewport_size({"width": width, "height": 500})
        pill(page, "rule").click()
        seen = box(page, ".rx-popup:popover-open")
        assert seen["x"] >= 0
        assert seen["x"] + seen["width"] <= width
        assert seen["y"] + seen["height"] <= 500
        page.keyboard.press("Escape")


def test_a_chosen_facet_without_recordings_can_be_taken_back(opened: Opener) -> None:
    page = opened()
    choose(page, "provider", "azure")
    expect(total(page)).to_have_text("1 of 23 recordings")
    search(page, "saturn", "0 of 23 recordings")
    expect(page.locator(".rx-empty")).to_contain_text(
        "Every word and one of the chosen values of provider has to be found."
    )
    assert "azure 0" in values(page, "provider")
    choose(page, "provider", "azure")
    expect(total(page)).to_have_text("1 of 23 recordings")


def test_sorting_both_ways_and_back(opened: Opener) -> None:
    page = opened()
    chunks, first = head(page, "chunks"), page.locator(".rx-list .rx-row").first
    cell = page.locator(".rx-th.rx-col-chunks")
    widen(page, 900)
    expect(first).to_have_attribute("data-id", "aiperf#0")
    chunks.click()
    expect(first).to_have_attribute("data-id", "f27523f3fec8")
    expect(cell).to_have_attribute("aria-sort", "descending")
    expect(cell).to_have_attribute("role", "columnheader")
    expect(chunks).to_have_text("chunks↓")
    chunks.click()
    expect(first).to_have_attribute("data-id", "bad-request")
    expect(cell).to_have_attribute("aria-sort", "ascending")
    chunks.click()
    expect(first).to_have_attribute("data-id", "aiperf#0")
    expect(cell).to_have_attribute("aria-sort", "none")
    expect(chunks).to_have_text("chunks")
    head(page, "id").click()
    expect(page.locator(".rx-th.rx-col-id")).to_have_attribute("aria-sort", "ascending")
    expect(first).to_have_attribute("data-id", "007c4711219f")
    head(page, "id").click()
    expect(first).to_have_attribute("data-id", "whole-answer")
    head(page, "tokens").click()
    expect(first).to_have_attribute("data-id", "reasoning")
    expect(page.locator(".rx-th.rx-col-id")).to_have_attribute("aria-sort", "none")


def test_an_order_in_the_search_and_the_heads_agree(opened: Opener) -> None:
    page = opened()
    widen(page, 900)
    first, cell = page.locator(".rx-list .rx-row").first, page.locator(".rx-th.rx-col-chunks")
    search(page, "has:tools sort:-chunks", "4 of 23 recordings")
    expect(cell).to_have_attribute("aria-sort", "descending")
    expect(first).to_have_attribute("data-id", "messages")
    head(page, "chunks").click()
    expect(page.locator(".rx-input")).to_have_value("has:tools sort:chunks")
    expect(cell).to_have_attribute("aria-sort", "ascending")
    head(page, "tokens").click()
    expect(page.locator(".rx-input")).to_have_value("has:tools sort:-tokens")
    expect(page.locator(".rx-th.rx-col-tokens")).to_have_attribute("aria-sort", "descending")
    for _ in range(2):
        head(page, "tokens").click()
    expect(page.locator(".rx-input")).to_have_value("has:tools")
    expect(page.locator('.rx-th[aria-sort="descending"], .rx-th[aria-sort="ascending"]')).to_have_count(0)
    # An order that is none, and one that no column shows.
    search(page, "has:tools sort:colour", "4 of 23 recordings")
    expect(page.locator(".rx-note")).to_contain_text("no order `colour`: as loaded; there are test, model,")
    search(page, "has:tools sort:-path", "4 of 23 recordings")
    expect(page.locator(".rx-note")).to_have_text("The shown recording is not among them.sorted by path")
    # One that a head chose stays when words come and go.
    search(page, "", "23 of 23 recordings")
    head(page, "chunks").click()
    search(page, "has:tools", "4 of 23 recordings")
    expect(page.locator(".rx-input")).to_have_value("has:tools")
    expect(cell).to_have_attribute("aria-sort", "descending")


def columns(page: Any) -> dict[str, float]:
    """The columns that are seen, with their widths."""
    found: dict[str, float] = page.locator(".rx-th").evaluate_all(
        """(all) => Object.fromEntries(all.map((node) =>
          [node.className.match(/rx-col-(\\w+)/)[1], node.getBoundingClientRect().width]))"""
    )
    return found


_OVERFLOWING = """() => [...document.querySelectorAll(".rx-sort, .rx-row .rx-col")]
  .filter((node) => node.matches(":not(.rx-col-test):not(.rx-col-model):not(.rx-col-id)"))
  .filter((node) => node.scrollWidth > node.clientWidth + 1 || node.parentNode.clientWidth + 1 < node.clientWidth)
  .map((node) => `${node.className} ${node.textContent}`)"""


def test_columns_give_way_by_importance_and_nothing_is_cut(opened: Opener, ogx: Corpus) -> None:
    page = opened(corpus=ogx)
    page.set_viewport_size({"width": 2000, "height": 1000})
    seen: set[str] = set()
    for width in range(300, 1900, 80):
        widen(page, width)
        now = columns(page)
        assert next(iter(now)) == "test"
        assert now["test"] >= 200
        assert "findings" in now
        assert seen <= set(now), "a wider list shows no less"
        seen = set(now)
        expect_soon(lambda: page.evaluate(_OVERFLOWING), [])
        assert (
            page.evaluate(
                "(() => { const n = document.querySelector('.rx-list'); return n.scrollWidth - n.clientWidth; })()"
            )
            == 0
        )
    assert list(now) == [
        *("test", "model", "findings", "choices", "chunks", "prompt", "completion", "tokens", "duration", "recorded"),
        *("bytes", "id", "lanes"),
    ]


def test_at_300_pixels_there_are_tests_and_findings(opened: Opener, ogx: Corpus) -> None:
    page = opened(corpus=ogx)
    widen(page, 300)
    assert set(columns(page)) == {"test", "findings"}
    assert columns(page)["test"] >= 200
    for sort in ("tokens", "completion", "id", "model"):
        page.locator(".rx-input").fill(f"sort:-{sort}")
        expect(page.locator(f".rx-th.rx-col-{sort}")).to_have_attribute("aria-sort", "descending")
        assert columns(page)["test"] >= 150
        expect_soon(lambda: page.evaluate(_OVERFLOWING), [])  # what is sorted by stays, with its arrow


def test_heads_stand_above_their_figures(opened: Opener, many: Corpus) -> None:
    page = opened(corpus=many)
    widen(page, 1000)
    apart = """() => [...document.querySelectorAll(".rx-th")].flatMap((head, at) => {
      const cell = document.querySelectorAll(".rx-row[data-id]")[2].children[at].getBoundingClientRect();
      const own = head.getBoundingClientRect();
      return Math.abs(own.left - cell.left) > 0.5 || Math.abs(own.right - cell.right) > 0.5 ? [head.textContent] : [];
    })"""
    expect_soon(lambda: page.evaluate(apart), [])
    page.locator(".rx-list").evaluate("(list) => { list.scrollTop = 4000; }")
    expect(page.locator('.rx-row[data-id="r082"]')).to_be_visible()
    expect_soon(lambda: page.evaluate(apart), [])
    assert box(page, ".rx-th")["y"] >= box(page, ".rx-list")["y"]


def test_both_halves_of_a_name_touch_the_sign_between_them(opened: Opener, tmp_path: Path) -> None:
    for name in ("a story about a lighthouse keeper in one sentence", "what the capital of France is and why it is so"):
        (tmp_path / f"{name}.json").write_text(json.dumps(stream(says("Hi"))))
    page = opened(corpus=recexplore.load(tmp_path, progress=False))
    for width in range(290, 330, 3):
        widen(page, width)
        expect_soon(lambda: page.evaluate(_APART), [])


_APART = """[...document.querySelectorAll(".rx-list .rx-name")].flatMap((name) => {
  const [start, end] = name.children, from = start.getBoundingClientRect();
  const shown = [...start.textContent].map((_, at) => `${start.textContent.slice(0, at + 1).trimEnd()}…`);
  const room = shown.map((text) => {
    const probe = document.createElement("span");
    probe.style.position = "absolute";
    probe.textContent = text;
    name.append(probe);
    const { width } = probe.getBoundingClientRect();
    probe.remove();
    return width;
  });
  const isCut = start.scrollWidth > start.clientWidth;
  const apart = Math.min(...room.map((width) => Math.abs(width - from.width)));
  const isBeside = Math.abs(end.getBoundingClientRect().left - from.right) < 0.5 && /^\\S/.test(end.textContent);
  return isCut && apart <= 1 && isBeside ? [] : [[name.textContent, isCut, apart]];
})"""


def test_columns_are_resized_hidden_and_remembered(opened: Opener) -> None:
    page = opened()
    widen(page, 800)
    before = columns(page)
    edge = box(page, ".rx-th.rx-col-model .rx-edge")
    x, y = edge["x"] + edge["width"] / 2, edge["y"] + edge["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y, steps=4)
    page.mouse.up()
    assert columns(page)["model"] == before["model"] + 40
    expect(page.locator('.rx-th[aria-sort="ascending"]')).to_have_count(0)
    head(page, "model").focus()
    page.keyboard.press("Shift+ArrowRight")
    assert columns(page)["model"] == before["model"] + 50
    page.get_by_role("button", name="columns").click()
    chooser = page.locator(".rx-popup:popover-open")
    expect(chooser.locator(".rx-choice")).to_have_count(13)
    expect(chooser.locator('[data-column="test"]')).to_be_disabled()
    chooser.locator('[data-column="lanes"]').uncheck()
    chooser.locator('[data-column="choices"]').uncheck()
    assert not {"lanes", "choices"} & set(columns(page))
    page.keyboard.press("Escape")
    kept = json.loads(page.evaluate("localStorage.getItem('recexplore.columns')"))
    assert kept == {"hidden": ["lanes", "choices"], "widths": {"model": before["model"] + 50}}
    page = opened()
    widen(page, 800)
    assert columns(page)["model"] == before["model"] + 50
    assert not {"lanes", "choices"} & set(columns(page))
    search(page, "sort:-n", "23 of 23 recordings")
    expect(page.locator(".rx-th.rx-col-choices")).to_be_visible()
    page.get_by_role("button", name="columns").click()
    expect(chooser.locator(".rx-choice", has=page.get_by_text("choices"))).to_contain_text("sorts the list")
    page.get_by_role("button", name="as at first").click()
    page.keyboard.press("Escape")
    search(page, "", "23 of 23 recordings")
    assert columns(page) == before
    page.evaluate("localStorage.removeItem('recexplore.columns')")


def test_columns_work_where_nothing_can_be_kept(opened: Opener) -> None:
    page = opened()
    odd = json.dumps({"hidden": ["test", "nope", 5, "lanes"], "widths": {"model": "wide", "id": -3}})
    page.evaluate("(odd) => localStorage.setItem('recexplore.columns', odd)", odd)
    page = opened()
    widen(page, 800)
    assert {"test", "model", "id"} <= set(columns(page))
    assert "lanes" not in columns(page)
    page.evaluate("localStorage.setItem('recexplore.columns', 'no JSON')")
    page.evaluate("""() => {
      window.kept = Object.getOwnPropertyDescriptor(window, "localStorage");
      Object.defineProperty(window, "localStorage", { configurable: true, get() { throw new Error("refused"); } });
    }""")
    page = opened()
    widen(page, 800)
    page.get_by_role("button", name="columns").click()
    page.locator('.rx-popup:popover-open [data-column="lanes"]').uncheck()
    assert "lanes" not in columns(page)
    page.keyboard.press("Escape")
    page.evaluate("""() => {
      Object.defineProperty(window, "localStorage", window.kept);
      localStorage.removeItem("recexplore.columns");
    }""")


def test_heads_are_one_stop_of_the_keyboard(opened: Opener) -> None:
    page = opened()
    widen(page, 900)
    head(page, "test").focus()
    for then in ("model", "provider", "findings", "choices"):
        page.keyboard.press("ArrowRight")
        expect(head(page, then)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".rx-th.rx-col-choices")).to_have_attribute("aria-sort", "descending")
    expect(head(page, "choices")).to_be_focused()
    expect(page.locator('.rx-sort[tabindex="0"]')).to_have_count(1)
    page.keyboard.press("ArrowDown")
    expect(page.locator(".rx-list")).to_be_focused()


def test_a_row_tells_test_model_and_provider_apart(opened: Opener) -> None:
    page = opened("007c47")
    widen(page, 800)
    row = page.locator('.rx-row[data-id="007c4711219f"]')
    expect(row.locator(".rx-name")).to_have_text("response_streaming_basic")
    expect(row.locator(".rx-detail")).to_have_text("openai_client-txt=openai/gpt-4o-saturn")
    expect(row.locator(".rx-model")).to_have_text("gpt-4o-2024-08-06")
    expect(row.locator(".rx-provider")).to_have_text("openai")
    unnamed = page.locator('.rx-row[data-id="gemini"]')
    expect(unnamed.locator(".rx-name")).to_have_text("gemini.json")
    expect(unnamed.locator(".rx-provider.rx-missing")).to_have_text("not named")
    # No test is known: the question is.
    asked = page.locator('.rx-row[data-id="buffered"]')
    expect(asked.locator(".rx-name")).to_have_text("Why does bread rise?")
    expect(asked.locator(".rx-detail")).to_have_text("buffered.jsonl")
    # Where the model has no column of its own, it stands before the parameters.
    widen(page, 400)
    expect(row.locator(".rx-model")).to_have_count(0)
    expect(row.locator(".rx-detail")).to_have_text("gpt-4o-2024-08-06 · openai_client-txt=openai/gpt-4o-saturn")


def test_rows_without_a_model_tell_what_was_requested(opened: Opener, ogx: Corpus) -> None:
    page = opened(corpus=ogx)
    widen(page, 700)
    page.locator(".rx-input").fill("dialect:http")
    row = page.locator(".rx-list .rx-row").first
    expect(row.locator(".rx-name")).to_have_text("POST /v1/models")
    expect(row.locator(".rx-detail")).to_contain_text("localhost:11434 · models-64a2")
    expect(row.locator(".rx-model.rx-missing")).to_have_text("not named")
    named = page.locator(
        ".rx-list .rx-row", has=page.locator(".rx-name", has_text="files_authentication_isolation")
    ).first
    expect(named.locator(".rx-model")).to_have_text("POST /api/ps")
    details = page.locator(".rx-detail").all_text_contents()
    assert len(set(details[:15])) == 15


def test_asking_anew_leaves_what_is_in_sight_where_it_is(opened: Opener, made_of: Callable[..., Corpus]) -> None:
    page = opened("r080", corpus=made_of(MANY))
    page.locator(".rx-list").evaluate("(list) => { list.scrollTop = 3520; }")
    top = page.locator('.rx-row[data-id="r070"]')
    expect(top).to_be_visible()
    before = top.bounding_box()
    more = {**{f"a{n}": document for n, document in enumerate(list(MANY.values())[:7])}, **MANY}
    for gone in ("r003", "r150"):
        del more[gone]
    page.explorer = recexplore.explore(made_of(more))
    page.evaluate("explorer.refresh()")
    expect(total(page)).to_have_text("325 of 325 recordings")
    expect(top).to_have_attribute("aria-rowindex", str(70 + 7 - 1 + 2))
    assert top.bounding_box() == before
    expect(selected(page)).to_have_attribute("data-id", "r080")
    # What stood at the top is gone: the next that is there stays.
    del more["r070"]
    page.explorer = recexplore.explore(made_of(more))
    second = page.locator('.rx-row[data-id="r071"]')
    before = second.bounding_box()
    page.evaluate("explorer.refresh()")
    expect(total(page)).to_have_text("324 of 324 recordings")
    assert second.bounding_box() == before
    page.keyboard.press("j")
    expect_shown(page, "r081")


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
    search(page, "has:tools sort:-chunks", "4 of 23 recordings")
    expect(page.locator(".rx-th.rx-col-chunks")).to_have_attribute("aria-sort", "descending")
    expect(page.locator(".rx-list .rx-row").first).to_have_attribute("data-id", "messages")
    page.locator(".rx-prompt").click()
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
    assert page.locator(".rx-body").evaluate("(node) => node.clientHeight") == 320 * 50
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
    expect(page.locator('.rx-row[data-id="bad-request"] .rx-col-lanes .rx-no-answer')).to_have_text("API error")


@pytest.mark.thorough
def test_a_thousand_real_recordings(opened: Opener, ogx: Corpus) -> None:
    page = opened(corpus=ogx)
    n = f"{len(ogx):,}"
    expect(total(page)).to_have_text(f"{n} of {n} recordings")
    page.locator(".rx-input").fill("sort:-chunks")
    longest = ogx.recordings["n_chunks"].max()
    expect(page.locator(".rx-list .rx-row .rx-col-chunks").first).to_have_text(f"{longest:,}")
    page.locator(".rx-list .rx-row").first.click()
    expect(page.locator(".rx-where-now")).to_contain_text(f"/ {longest - 1:,}")
    for at in range(12):
        page.keyboard.press("j")
        page.keyboard.press(str(at % 7 + 1))
        wanted = page.locator(f'.rx-tab[data-tab="{PANE_NAMES[at % 7]}"]')
        # A recording that has no such pane shows its first one.
        shown = PANE_NAMES[at % 7] if wanted.count() else page.locator(".rx-tab").first.get_attribute("data-tab")
        expect(page.locator(".rx-content")).to_have_attribute("data-pane", str(shown))
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
    expect_soon(lambda: page.evaluate(marked), ["Solsun"])
    page.locator(".rx-input").fill("sol invictus")
    page.wait_for_function("() => CSS.highlights.get('rx-hit').size > 2")
    expect_soon(lambda: {text.lower() for text in page.evaluate(marked)}, {"sol", "invictus"})
    page.locator(".rx-input").fill("")
    page.wait_for_function("() => CSS.highlights.get('rx-hit').size === 0")
