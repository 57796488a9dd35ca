"""The keyboard: help, what is heard inside and outside, where the focus goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from explorer_inputs import Opener
from page_objects import expect, expect_cursor, expect_shown, fit, pill, total


def hear(page: Any) -> None:
    page.evaluate("""() => {
      window.heard = [];
      window.hearing ??= document.addEventListener("keydown", (event) => window.heard.push(event.key)) ?? true;
    }""")


def is_inside(page: Any) -> bool:
    found: bool = page.evaluate("document.querySelector('.rx-explorer').contains(document.activeElement)")
    return found


def test_the_help_opens_and_closes(opened: Opener) -> None:
    page = opened("f27523", 40)
    dialog = page.locator(".rx-help")
    page.keyboard.press("?")
    expect(dialog).to_be_visible()
    expect(dialog.locator("dt")).to_have_count(28)
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
    # Notebook 7 hears keys first, on their way down; Lumino asks what has the focus before what is around it.
    assert page.evaluate("document.activeElement.hasAttribute('data-lm-suppress-shortcuts')")


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
    page.keyboard.press("3")
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
    pill(page, "dialect").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Space")
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
    page.locator(".rx-chosen-finding").get_by_role("button", name="chunk 81").click()
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
