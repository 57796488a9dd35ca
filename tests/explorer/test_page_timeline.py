"""The timeline: blocks, tips, zoom, the axis of time, lanes of choices."""

from __future__ import annotations

import re
from typing import Any

import pytest
from explorer_inputs import Opener
from page_objects import (
    RIGHT,
    TOP,
    alpha_at,
    box,
    expect,
    expect_cursor,
    expect_shown,
    fit,
    open_pane,
    picture,
    place,
    wait_for_another_picture,
)


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


def drag(page: Any, from_: tuple[float, float], to: tuple[float, float]) -> None:
    page.mouse.move(*from_)
    page.mouse.down()
    page.mouse.move((from_[0] + to[0]) / 2, from_[1])
    page.mouse.move(*to, steps=3)
    page.mouse.up()


def chosen(page: Any) -> Any:
    return page.locator(".rx-range-said")


def drag_over_chunks(page: Any, first: int, last: int, n_chunks: int = 86) -> None:
    drag(page, place(page, first, 0, n_chunks, 2), place(page, last, 0, n_chunks, 2))


def test_dragging_chooses_chunks_and_adds_them_up(opened: Opener) -> None:
    page = opened("f27523", 0)
    drag_over_chunks(page, 12, 40)
    expect(chosen(page)).to_have_text("chunks 12 to 40: 29 chunks, 169 characters (choice 0 82, choice 1 87)")
    assert page.evaluate("explorer.state.get('range')") == [12, 40]
    expect(fit(page)).to_be_disabled()
    expect_cursor(page, 0)
    drag_over_chunks(page, 60, 43)
    expect(chosen(page)).to_contain_text("chunks 43 to 60: 18 chunks")
    page.keyboard.press("Escape")
    expect(page.locator(".rx-range")).to_be_hidden()
    assert page.evaluate("explorer.state.get('range')") is None


def test_while_it_is_drawn_only_the_bar_knows_of_a_range(opened: Opener) -> None:
    page = opened("f27523", 0)
    x, y = place(page, 12, 0, 86, 2)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(*place(page, 40, 0, 86, 2), steps=3)
    expect(chosen(page)).to_contain_text("chunks 12 to 40")
    assert page.evaluate("explorer.state.get('range')") is None
    page.mouse.up()
    assert page.evaluate("explorer.state.get('range')") == [12, 40]


def test_the_bar_clears_and_zooms(opened: Opener) -> None:
    page = opened("f27523", 0)
    drag_over_chunks(page, 20, 40)
    page.get_by_role("button", name="zoom", exact=True).click()
    expect(fit(page)).to_be_enabled()
    expect(chosen(page)).to_contain_text("chunks 20 to 40")
    page.wait_for_function("explorer.state.get('view').span[0] > 0")
    start, end = in_view(page)
    assert 17 < start < 20 < 40 < end < 43
    page.get_by_role("button", name="clear the chosen chunks").click()
    expect(page.locator(".rx-range")).to_be_hidden()
    expect(fit(page)).to_be_enabled()


@pytest.mark.parametrize("how", ["z", "double click"])
def test_a_range_is_zoomed_to(how: str, opened: Opener) -> None:
    page = opened("f27523", 0)
    drag_over_chunks(page, 20, 40)
    if how == "z":
        page.keyboard.press("z")
    else:
        page.mouse.dblclick(*place(page, 30, 1, 86, 2))
    expect(fit(page)).to_be_enabled()
    page.wait_for_function("explorer.state.get('view').span[0] > 0")
    view = in_view(page)
    assert 17 < view[0] < 20 < 40 < view[1] < 43
    for number, lane in ((21, 0), (30, 1), (39, 0)):
        page.mouse.click(*place(page, number, lane, 86, 2, view))
        expect_cursor(page, number)
    assert page.evaluate("explorer.state.get('range')") == [20, 40], "a click inside leaves it"
    page.keyboard.press("Escape")
    page.mouse.dblclick(*place(page, 30, 1, 86, 2, view))
    expect(fit(page)).to_be_disabled()
    page.mouse.click(*place(page, 81, 0, 86, 2))
    expect_cursor(page, 81)


def test_a_click_elsewhere_lets_the_range_go(opened: Opener) -> None:
    page = opened("f27523", 0)
    drag_over_chunks(page, 20, 40)
    page.mouse.click(*place(page, 81, 0, 86, 2))
    expect_cursor(page, 81)
    expect(page.locator(".rx-range")).to_be_hidden()


def test_chunks_are_chosen_by_key(opened: Opener) -> None:
    page = opened("f27523", 30)
    page.keyboard.press("m")
    expect(chosen(page)).to_contain_text("chunk 30: 1 chunk, ")
    page.keyboard.press("Shift+ArrowRight")
    expect(chosen(page)).to_contain_text("chunks 30 to 40: 11 chunks")
    page.keyboard.press("Home")
    expect(chosen(page)).to_contain_text("chunks 0 to 30: 31 chunks")
    page.keyboard.press("m")
    page.keyboard.press("End")
    expect(chosen(page)).to_contain_text("chunks 0 to 30: 31 chunks")
    page.keyboard.press("Escape")
    expect(page.locator(".rx-range")).to_be_hidden()


def test_a_range_belongs_to_a_recording(opened: Opener) -> None:
    page = opened("f27523", 0)
    drag_over_chunks(page, 20, 40)
    page.keyboard.press("j")
    expect_shown(page, "f6960cae871e")
    expect(page.locator(".rx-range")).to_be_hidden()
    assert page.evaluate("explorer.state.get('range')") is None


def test_a_range_along_time_says_how_long_it_took(opened: Opener) -> None:
    page = opened("aiperf#1", 0)
    page.keyboard.press("x")
    air = (3.001 - 0.31) * 0.012
    view = (0.31 - air, 3.001 + air)
    drag(page, place(page, 0.462, 0, 20, 1, view), place(page, 2.895, 0, 20, 1, view))
    expect(chosen(page)).to_have_text(re.compile(r"^chunks 9 to 10: 2 chunks, \d+ characters, 2\.42 s$"))
    drag(page, place(page, 0.8, 0, 20, 1, view), place(page, 2.5, 0, 20, 1, view))
    expect(page.locator(".rx-range")).to_be_hidden()
    assert page.evaluate("explorer.state.get('range')") is None, "no chunk came in between"


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


def in_view(page: Any) -> Any:
    return page.evaluate("explorer.state.get('view').span")


def scroll(page: Any) -> float:
    # A wheel may move a page frames later.
    page.wait_for_timeout(200)
    found: float = page.evaluate("scrollY")
    return found


def test_the_wheel_pans_what_is_zoomed_and_scrolls_the_page_else(opened: Opener) -> None:
    page = opened("f27523", 42)
    page.evaluate("document.body.style.paddingBottom = '3000px'")
    try:
        spot = place(page, 42, 0, 86, 2)
        page.mouse.move(*spot)
        page.mouse.wheel(0, 40)
        assert scroll(page) == 40
        page.mouse.wheel(0, -40)
        assert scroll(page) == 0
        for _ in range(3):
            page.keyboard.press("+")
        # The third of them is drawn.
        page.wait_for_function("(([start, end]) => end - start < 16)(explorer.state.get('view').span)")
        start, end = in_view(page)
        page.mouse.wheel(0, 60)
        page.wait_for_function("(start) => explorer.state.get('view').span[0] > start", arg=start)
        assert scroll(page) == 0
        page.mouse.wheel(0, 5000)
        page.wait_for_function("explorer.state.get('view').span[1] > 85.9")
        assert scroll(page) == 0
        assert in_view(page)[1] - in_view(page)[0] == pytest.approx(end - start)
        page.mouse.wheel(0, 70)
        assert scroll(page) == 70, "at the end the page scrolls on"
    finally:
        page.evaluate("document.body.style.paddingBottom = ''; scrollTo(0, 0)")


def test_keys_pan_and_zoom_at_the_pointer(opened: Opener) -> None:
    page = opened("f27523", 10)
    page.keyboard.press("a")
    page.keyboard.press("d")
    expect(fit(page)).to_be_disabled()
    spot = place(page, 60, 1, 86, 2)
    page.mouse.move(*spot)
    for _ in range(3):
        page.keyboard.press("w")
    expect(fit(page)).to_be_enabled()
    page.mouse.click(*spot)
    expect_cursor(page, 60)
    start = in_view(page)[0]
    page.keyboard.press("a")
    page.wait_for_function("(start) => explorer.state.get('view').span[0] < start - 1", arg=start)
    page.keyboard.press("d")
    page.wait_for_function("(start) => Math.abs(explorer.state.get('view').span[0] - start) < 0.01", arg=start)
    for _ in range(3):
        page.keyboard.press("s")
    expect(fit(page)).to_be_disabled()


def test_the_strip_shows_what_is_in_view_and_keeps_its_room(opened: Opener) -> None:
    page = opened("f27523", 42)
    strip, scrubber = page.locator(".rx-minimap"), box(page, ".rx-scrubber")
    expect(strip).to_be_hidden()
    page.keyboard.press("+")
    expect(strip).to_be_visible()
    assert box(page, ".rx-scrubber") == scrubber, "nothing jumps"
    lanes, found = box(page, ".rx-marks"), box(page, ".rx-window")
    start, end = in_view(page)
    for chunk, pixel in ((start, found["x"]), (end, found["x"] + found["width"])):
        assert place(page, chunk, 0, 86, 2)[0] == pytest.approx(pixel, abs=1)
    assert box(page, ".rx-minimap")["y"] >= lanes["y"] + lanes["height"]
    page.keyboard.press("0")
    expect(strip).to_be_hidden()
    assert box(page, ".rx-scrubber") == scrubber


def test_the_window_of_the_strip_is_dragged_and_resized(opened: Opener) -> None:
    page = opened("f27523", 42)
    for _ in range(2):
        page.keyboard.press("+")
    page.wait_for_function("explorer.state.get('view').span[0] > 20")
    expect(page.locator(".rx-minimap")).to_be_visible()
    (start, end), before = in_view(page), box(page, ".rx-window")
    y, middle = before["y"] + 10, before["x"] + before["width"] / 2
    page.mouse.move(middle, y)
    page.mouse.down()
    page.mouse.move(middle + 60, y, steps=4)
    page.mouse.up()
    page.wait_for_function(
        "(x) => document.querySelector('.rx-window').getBoundingClientRect().x > x", arg=before["x"] + 55
    )
    moved = box(page, ".rx-window")
    assert moved["x"] == pytest.approx(before["x"] + 60, abs=2)
    assert in_view(page)[1] - in_view(page)[0] == pytest.approx(end - start)
    end = in_view(page)[1]
    edge = moved["x"] + 1
    page.mouse.move(edge, y)
    page.mouse.down()
    page.mouse.move(edge - 60, y, steps=4)
    page.mouse.up()
    page.wait_for_function("(x) => document.querySelector('.rx-window').getBoundingClientRect().x < x", arg=edge - 55)
    assert in_view(page)[1] == pytest.approx(end, abs=0.01)
    strip = box(page, ".rx-minimap")
    page.mouse.click(strip["x"] + 90, y)
    page.wait_for_function("explorer.state.get('view').span[0] < 0")


def test_the_window_of_the_strip_is_a_slider_to_the_keyboard(opened: Opener) -> None:
    page = opened("f27523", 42)
    slider = page.get_by_role("slider", name="part of the stream in view")
    expect(slider).to_have_count(0)
    for _ in range(3):
        page.keyboard.press("+")
    slider.focus()
    start, end = in_view(page)
    size = end - start
    page.keyboard.press("ArrowRight")
    page.wait_for_function("(start) => explorer.state.get('view').span[0] > start", arg=start)
    assert in_view(page)[0] == pytest.approx(start + size / 10)
    page.keyboard.press("Home")
    expect(slider).to_have_attribute("aria-valuenow", "0")
    expect(slider).to_have_attribute("aria-valuetext", "chunks 0 to 13 of 86 chunks")
    page.keyboard.press("PageUp")
    page.wait_for_function("(size) => explorer.state.get('view').span[0] > size - 3", arg=size)
    page.keyboard.press("End")
    expect(slider).to_have_attribute("aria-valuenow", "100")
    expect_cursor(page, 42)
    # What zooms elsewhere does so here; where all is in view there is no slider, and keys go on.
    page.keyboard.press("-")
    page.wait_for_function(
        "(size) => { const [from, to] = explorer.state.get('view').span; return to - from > size; }", arg=size
    )
    expect(slider).to_be_focused()
    page.keyboard.press("0")
    expect(slider).to_have_count(0)
    page.keyboard.press("ArrowRight")
    expect_cursor(page, 43)


def test_a_tip_does_not_stand_in_the_way_of_who_steps(opened: Opener) -> None:
    page = opened("f27523", 42)
    page.mouse.move(*place(page, 60, 1, 86, 2))
    expect(page.locator(".rx-tip")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect_cursor(page, 43)
    expect(page.locator(".rx-tip")).to_be_hidden()
    page.mouse.move(*place(page, 62, 1, 86, 2))
    expect(page.locator(".rx-tip")).to_be_visible()
    page.mouse.click(*place(page, 62, 1, 86, 2))
    expect_cursor(page, 62)
    expect(page.locator(".rx-tip")).to_be_visible()


def test_the_words_beside_the_timeline_are_explained(opened: Opener) -> None:
    page = opened("f27523")
    button, words = page.get_by_role("button", name="what these words mean"), page.locator(".rx-glossary")
    expect(words).to_be_hidden()
    button.focus()
    page.keyboard.press("Enter")
    expect(words).to_be_visible()
    expect(button).to_have_attribute("aria-expanded", "true")
    expect(words.locator("dt")).to_have_text(
        ["choice", "turn", "switches", "run length", "share", "fairness", "lag", "finished", "boundaries"]
    )
    expect(words).to_contain_text("Chunks of one choice in a row, until another's comes.")
    page.keyboard.press("Escape")
    expect(words).to_be_hidden()
    button.click()
    expect(words).to_be_visible()
    page.locator(".rx-prompt").click()
    expect(words).to_be_hidden()
    page.evaluate("explorer.go('whole-answer')")
    expect_shown(page, "whole-answer")
    expect(button).to_have_count(0)


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
    expect(axis.locator('option[value="time"]')).to_have_text("x = time")
    expect(axis).to_have_attribute("title", re.compile("time by the measured clock"))
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
    expect(page.locator(".rx-where-now")).to_have_text("2.89 s ·/ 19")


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
    expect(page.locator(".rx-about-shape")).to_have_text("Error code: 400 - the image is not valid")
    expect(page.locator(".rx-timeline, .rx-scrubber")).to_have_count(0)
    for key in ("ArrowRight", "ArrowLeft", "Home", "End", "+", "-", "0", "x", "b", "n", "p", " "):
        page.keyboard.press(key)
    expect(open_pane(page, "findings").locator(".rx-finding")).to_contain_text("whole recording")
    expect(open_pane(page, "raw")).to_contain_text("There is no chunk to show.")


def test_a_whole_answer_has_text_and_no_player(opened: Opener) -> None:
    page = opened("whole-answer")
    expect(page.locator(".rx-facts")).to_contain_text("whole answer")
    expect(page.locator(".rx-timeline, .rx-scrubber")).to_have_count(0)
    expect(page.locator(".rx-text").first).to_contain_text("Paris")
    for key in ("+", "-", "0", "w", "a", "s", "d", "m", "z", "g", "ArrowRight", "ArrowLeft", "Escape", " "):
        page.keyboard.press(key)
    expect(open_pane(page, "raw").locator(".rx-raw").nth(1)).to_contain_text("chunk 0, raw")


def test_three_choices_and_what_concerns_all(opened: Opener) -> None:
    page = opened("three-way")
    expect(page.locator(".rx-tall")).to_have_attribute("aria-label", "17 chunks in 4 lanes; arrow keys step along them")
    expect(page.locator(".rx-transcript h4 span:first-child")).to_have_text(["choice 0", "choice 1", "choice 2"])
    page.mouse.move(*place(page, 16, 3, 17, 3))
    expect(page.locator(".rx-tip b")).to_have_text("chunk 16")
    expect(page.locator(".rx-tip-line")).to_have_text("all choices · usage ")
    expect(page.locator(".rx-legend").first).to_have_text("contentusagerole, finish, other")
    expect(page.locator(".rx-words")).to_contain_text("finished at chunks 12, 15, 11")
