"""What buttons open: one behaviour for all, by keyboard and by pointer."""

from __future__ import annotations

from typing import Any

import pytest
from explorer_inputs import Opener
from page_objects import expect, expect_cursor, pill

BUTTONS = ("copy", "words", "facet", "columns")


def button(page: Any, name: str) -> Any:
    return {
        "copy": lambda: page.locator(".rx-copy"),
        "words": lambda: page.get_by_role("button", name="what these words mean"),
        "facet": lambda: pill(page, "severity"),
        "columns": lambda: page.get_by_role("button", name="columns"),
    }[name]()


def is_last(page: Any) -> bool:
    found: bool = page.evaluate("""() => {
      const box = document.querySelector(".rx-popup:popover-open");
      return [...box.querySelectorAll("input, button")].filter((node) => !node.disabled).at(-1) === document.activeElement;
    }""")
    return found


@pytest.mark.parametrize("name", BUTTONS)
def test_escape_closes_and_gives_the_focus_back(name: str, opened: Opener) -> None:
    page = opened("f27523", 40)
    opens, popup = button(page, name), page.locator(".rx-popup:popover-open")
    opens.focus()
    page.keyboard.press("Enter")
    expect(popup).to_have_count(1)
    expect(opens).to_have_attribute("aria-expanded", "true")
    assert page.evaluate("document.querySelector('.rx-popup:popover-open').contains(document.activeElement)")
    # No command of the explorer's while it is open.
    page.keyboard.press("j")
    page.keyboard.press("Escape")
    expect(popup).to_have_count(0)
    expect(opens).to_be_focused()
    expect(opens).to_have_attribute("aria-expanded", "false")
    expect_cursor(page, 40)


@pytest.mark.parametrize("name", BUTTONS)
def test_a_press_beside_it_or_on_its_button_closes(name: str, opened: Opener) -> None:
    page = opened("f27523", 40)
    opens, popup = button(page, name), page.locator(".rx-popup:popover-open")
    opens.click()
    expect(popup).to_have_count(1)
    opens.click()
    expect(popup).to_have_count(0)
    opens.click()
    page.locator(".rx-prompt").click()
    expect(popup).to_have_count(0)


@pytest.mark.parametrize("name", ["copy", "facet", "columns"])
def test_arrows_walk_round(name: str, opened: Opener) -> None:
    page = opened("f27523", 40)
    button(page, name).click()
    expect(page.locator(".rx-popup:popover-open")).to_have_count(1)
    page.keyboard.press("ArrowUp")
    assert is_last(page)
    page.keyboard.press("Home")
    assert not is_last(page)
    page.keyboard.press("End")
    assert is_last(page)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    assert is_last(page)
    page.keyboard.press("Escape")


def test_only_one_is_open(opened: Opener) -> None:
    page = opened("f27523", 40)
    for name in BUTTONS:
        button(page, name).click()
        expect(page.locator(".rx-popup:popover-open")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator(".rx-popup:popover-open")).to_have_count(0)
