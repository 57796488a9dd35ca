"""What tests look at on the explorer's page: its parts, what they say, and where they stand."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed; `make test` installs it")

expect = sync_api.expect


def expect_soon(read: Callable[[], Any], wanted: Any) -> None:
    """Expect something to be read from the page once it has drawn what was done; it may be drawing still."""
    end = time.monotonic() + 10
    while (found := read()) != wanted and time.monotonic() < end:
        pass
    assert found == wanted


def total(page: Any) -> Any:
    return page.locator(".rx-total")


def rows(page: Any) -> list[str]:
    ids: list[str] = page.evaluate("[...document.querySelectorAll('.rx-list .rx-row')].map((row) => row.dataset.id)")
    return ids


def style_of(page: Any, css: str, name: str) -> str:
    """What the style of the first of some elements is; asked in one go, for one that is drawn anew has none any more."""
    ask = "([css, name]) => { const node = document.querySelector(css); return node && getComputedStyle(node)[name]; }"
    found: str = page.wait_for_function(ask, arg=[css, name]).json_value()
    return found


def selected(page: Any) -> Any:
    return page.locator(".rx-list .rx-selected")


def expect_cursor(page: Any, chunk: int | str) -> None:
    expect(page.locator(".rx-position")).to_have_value(str(chunk))


def expect_shown(page: Any, recording: str) -> None:
    expect(page.locator(".rx-where code")).to_have_text(recording)


def search(page: Any, query: str, expected: str) -> None:
    page.locator(".rx-input").fill(query)
    expect(total(page)).to_have_text(expected)


def pill(page: Any, facet: str) -> Any:
    return page.locator(f'.rx-pill[data-facet="{facet}"]')


def values(page: Any, facet: str) -> list[str]:
    """The values of a facet with their counts, as its box lists them."""
    pill(page, facet).click()
    lines: list[str] = page.locator(".rx-popup:popover-open .rx-choice").evaluate_all(
        "(lines) => lines.map((line) => `${line.children[1].textContent} ${line.children[2].textContent}`)"
    )
    page.keyboard.press("Escape")
    return lines


def choose(page: Any, facet: str, *names: str) -> None:
    """Choose these values of a facet, or no longer."""
    pill(page, facet).click()
    for name in names:
        page.locator(".rx-popup:popover-open .rx-choice", has=page.get_by_text(name, exact=True)).click()
    page.keyboard.press("Escape")
    expect(page.locator(".rx-popup:popover-open")).to_have_count(0)


def head(page: Any, sort: str) -> Any:
    """The button of the table's head that sorts by something."""
    return page.locator(f'.rx-sort[data-sort="{sort}"]')


def box(page: Any, css: str, nth: int = 0) -> dict[str, float]:
    """Where an element is; a row that the list is drawing anew is waited for."""
    found: dict[str, float] | None = page.locator(css).nth(nth).bounding_box()
    for _ in range(50):
        if found is not None:
            return found
        page.wait_for_timeout(20)
        found = page.locator(css).nth(nth).bounding_box()
    raise AssertionError(f"{css} is not drawn")


LEFT, RIGHT, TOP, ALL_CHOICES = 78, 14, 26, 34
ROOM_FOR_LANES = 0.22
"""The margins of the timeline, and the height of the lane for what concerns all choices, in pixels of CSS."""


def place(page: Any, chunk: float, lane: int, n_chunks: int, n_choices: int, view: Any = None) -> tuple[float, float]:
    """Where a chunk's block stands: x from its number, y from its lane."""
    air = max((n_chunks - 1) * 0.012, 0.6)
    start, end = view or (-air, n_chunks - 1 + air)
    marks = box(page, ".rx-marks")
    stage = box(page, ".rx-right")["height"]
    room = min(max(stage * ROOM_FOR_LANES, 90), 330)
    tall = max(18.0, min(84.0, room / n_choices))
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


def copied(page: Any, button: Any) -> str:
    page.evaluate("navigator.clipboard.writeText('')")
    button.click()
    expect(page.get_by_role("button", name="copied")).to_have_count(1)
    text: str = page.evaluate("navigator.clipboard.readText()")
    return text


def copied_from_menu(page: Any, label: str) -> str:
    """What an entry of the recording's copy menu puts on the clipboard."""
    page.evaluate("navigator.clipboard.writeText('')")
    page.locator(".rx-copy").click()
    page.get_by_role("menuitem", name=label, exact=True).click()
    expect(page.locator(".rx-copy")).to_have_text("copied")
    text: str = page.evaluate("navigator.clipboard.readText()")
    return text


def fit(page: Any) -> Any:
    return page.locator(".rx-fit")


def drag_over(page: Any, node: dict[str, float], from_: float = 0.1, to: float = 0.9) -> str:
    y = node["y"] + node["height"] / 2
    page.mouse.move(node["x"] + node["width"] * from_, y)
    page.mouse.down()
    page.mouse.move(node["x"] + node["width"] * to, y, steps=4)
    page.mouse.up()
    chosen: str = page.evaluate("String(getSelection())")
    return chosen
