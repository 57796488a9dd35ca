"""Where the explorer opens and is sent to, links and copies."""

from __future__ import annotations

from collections.abc import Callable

from explorer_inputs import Opener
from page_objects import copied, copied_from_menu, expect, expect_cursor, expect_shown, open_pane, selected
from synthetic import URL

import recexplore
from recexplore.corpus import Corpus


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


def test_opens_at_a_chunk(opened: Opener) -> None:
    page = opened("f27523", 81)
    expect_shown(page, "f27523f3fec8")
    expect_cursor(page, 81)
    expect(page.locator(".rx-prompt")).to_have_text("What's the name of the Sun in latin?")
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
    link = copied_from_menu(page, "link to this chunk")
    statement, call = link.split("\n\n")
    assert statement == "import recexplore as rx"
    assert call == f"rx.explore({list(all_recordings.places)!r}, 'f27523f3fec8', chunk=80)"
    there = eval(call, {"rx": recexplore})
    assert (there.selected, there.chunk) == ("f27523f3fec8", 80)


def test_what_a_recording_offers_to_take_away(opened: Opener, all_recordings: Corpus) -> None:
    page = opened("94d11", 5)
    page.keyboard.press("c")
    menu = page.locator(".rx-menu")
    labels = menu.get_by_role("menuitem").all_inner_texts()
    assert labels == [
        "link to this chunk",
        "id",
        "path",
        "answer",
        "chunk under the cursor, raw",
        "request as curl, without credentials",
    ]
    expect(menu.get_by_role("menuitem").first).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(menu.get_by_role("menuitem").last).to_be_focused()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    assert copied_from_menu(page, "id") == "94d11daee205"
    assert copied_from_menu(page, "answer").startswith("choice 0:\n")
    page.locator(".rx-prompt").click()
    page.keyboard.press("ArrowRight")
    expect_cursor(page, 6)
