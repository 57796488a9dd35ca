"""The explorer in a shadow tree, where marimo puts widgets: colours, height, keys and clicks cross its border."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from explorer_inputs import Opener
from page_objects import expect, expect_shown, pill

LIKE_MARIMO = """({ dark, height }) => {
  const made = (className) => Object.assign(document.createElement("div"), { className });
  const output = made("output-area"), host = made(""), theme = made(dark ? "dark" : "light");
  output.style.cssText = `max-height: ${height}px; overflow: auto`;
  const here = document.getElementById("here");
  here.replaceWith(output, Object.assign(document.createElement("div"), { id: "here" }));
  output.append(host);
  theme.append(here);
  host.attachShadow({ mode: "open" }).append(document.querySelector("style").cloneNode(true), theme);
  document.body.style.colorScheme = dark ? "dark" : "light";
  window.leaveShadow = () => {
    document.body.style.colorScheme = "";
    output.remove();
  };
}"""
ACTIVE = "document.querySelector('.output-area > div').shadowRoot.activeElement"

Move = Callable[..., Any]


@pytest.fixture
def in_shadow_tree(opened: Opener, page: Any) -> Any:
    """Opens an explorer, then moves it into a shadow tree with its style."""

    def opened_there(recording: str = "f27523", chunk: int = 81, *, dark: bool = False, height: int = 610) -> Any:
        opened(recording, chunk)
        page.evaluate(LIKE_MARIMO, {"dark": dark, "height": height})
        page.locator(".rx-prompt").click()
        return page

    yield opened_there
    page.evaluate("window.leaveShadow()")


@pytest.mark.parametrize(("dark", "hairline"), [(False, "#e3e6ea"), (True, "#2e343c")])
def test_lines_of_canvases_have_the_colour_of_the_theme(dark: bool, hairline: str, in_shadow_tree: Move) -> None:
    page = in_shadow_tree(dark=dark)
    colour = page.locator(".rx-explorer").evaluate("(root) => getComputedStyle(root).getPropertyValue('--rx-hairline')")
    assert colour.strip() == hairline


def test_it_is_no_higher_than_an_output_of_the_editor(in_shadow_tree: Move) -> None:
    page = in_shadow_tree(height=610)
    page.set_viewport_size({"width": 1380, "height": 1000})
    expect(page.locator(".rx-explorer")).to_have_css("height", "580px")


def test_arrows_walk_through_a_facet(in_shadow_tree: Move) -> None:
    page = in_shadow_tree()
    pill(page, "dialect").click()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    third = page.locator(".rx-popup:popover-open input").nth(2)
    assert third.evaluate(f"(input) => input === {ACTIVE}")
    page.keyboard.press("Escape")
    assert page.evaluate(f"{ACTIVE}.dataset.facet") == "dialect"


def test_an_item_of_the_copy_menu_can_be_clicked(in_shadow_tree: Move) -> None:
    page = in_shadow_tree()
    page.get_by_role("button", name="copy").first.click()
    page.get_by_role("menuitem", name="id", exact=True).click()
    assert page.evaluate("navigator.clipboard.readText()") == "f27523f3fec8"


def test_keys_go_on_when_what_had_the_focus_is_gone(in_shadow_tree: Move) -> None:
    page = in_shadow_tree()
    page.keyboard.press("7")
    page.locator(".rx-findings button, .rx-pane button").first.focus()
    page.keyboard.press("1")
    page.wait_for_function(f"() => {ACTIVE} !== null")
    page.keyboard.press("k")
    expect_shown(page, "94d11daee205")
