"""The list of recordings: words, fields, facets, sorting, walking, what is in sight; a hit is shown and marked."""

from __future__ import annotations

import re
from collections.abc import Callable

from explorer_inputs import Opener
from page_objects import box, expect, expect_cursor, expect_shown, rows, search, selected, total
from synthetic import says, stream

from recexplore.corpus.corpus import Corpus

PANE_NAMES = ("text", "request", "reasoning", "tokens", "timing", "tools", "logprobs")


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
    # The folder of the bundled recordings has a README.md.
    quiet = "1 other file was not looked at: see corpus.skipped"
    expect(page.locator(".rx-note")).to_have_text(quiet)
    search(page, "nonsense:5", "0 of 23 recordings")
    expect(page.locator(".rx-note")).to_contain_text(
        "no field `nonsense`: searched as text; fields are id, test, model"
    )
    search(page, "", "23 of 23 recordings")
    expect(page.locator(".rx-note")).to_have_text(quiet)


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


def test_a_thousand_real_recordings(opened: Opener, ogx: Corpus) -> None:
    page = opened(corpus=ogx)
    n = f"{len(ogx):,}"
    expect(total(page)).to_have_text(f"{n} of {n} recordings")
    page.locator(".rx-header .rx-col-chunks").click()
    longest = ogx.recordings["n_chunks"].max()
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
