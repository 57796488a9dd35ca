"""Dark and light, every width, and an explorer that was ended."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd
import pytest
from explorer_inputs import Opener
from explorer_page import show
from page_objects import box, expect, expect_shown, open_pane, picture, style_of, wait_for_another_picture

import recexplore
from recexplore.corpus import Corpus


def luminance(page: Any, css: str, name: str) -> float:
    red, green, blue = (float(each) for each in re.findall(r"[\d.]+", style_of(page, css, name))[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_follows_the_dark(opened: Opener) -> None:
    page = opened("f27523", 40)
    page.wait_for_function("document.querySelector('.rx-blocks').width > 300")
    thumbnails = ".rx-thumbnail"
    light, pictures = picture(page, ".rx-blocks"), picture(page, ".rx-marks")
    assert luminance(page, ".rx-explorer", "backgroundColor") > 230
    assert luminance(page, ".rx-prompt", "color") < 60
    page.emulate_media(color_scheme="dark")
    wait_for_another_picture(page, ".rx-blocks", light)
    wait_for_another_picture(page, ".rx-marks", pictures)
    assert luminance(page, ".rx-explorer", "backgroundColor") < 40
    assert luminance(page, ".rx-prompt", "color") > 200
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
    expect(page.locator(".rx-facets .rx-pill")).to_have_count(7)
    parts = page.evaluate("""() => [...document.querySelectorAll(".rx-bar-top > *, .rx-facets > *, .rx-counts > *")]
      .filter((node) => node.getClientRects().length && !node.matches(".rx-facets, .rx-counts"))
      .map((node) => [node.className, node.getBoundingClientRect()])
      .map(([name, box]) => [name, box.left, box.right, box.top, box.bottom])""")
    bar = box(page, ".rx-bar-top")
    for at, (name, left, right, top, bottom) in enumerate(parts):
        assert bar["x"] <= left
        assert right <= bar["x"] + bar["width"], name
        for other, from_, to, above, below in parts[at + 1 :]:
            apart = right <= from_ + 0.5 or to <= left + 0.5 or bottom <= above + 0.5 or below <= top + 0.5
            assert apart, (name, other)
    cut = page.locator(".rx-pill-label").evaluate_all(
        "(all) => all.filter((node) => node.scrollWidth > node.clientWidth)"
    )
    assert cut == [], "a facet is cut off"


def test_an_explorer_that_was_ended_hears_no_key(opened: Opener, all_recordings: Corpus) -> None:
    page = opened("f27523")
    before = len(page.errors)
    show(page, recexplore.explore(all_recordings, "three-way"))
    expect_shown(page, "three-way")
    page.locator(".rx-prompt").click()
    page.keyboard.press("?")
    expect(page.locator(".rx-help")).to_be_visible()
    page.keyboard.press("Escape")
    errors = page.errors[before:]
    del page.errors[before:]
    assert errors == []
