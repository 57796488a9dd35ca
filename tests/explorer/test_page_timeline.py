"""The timeline: blocks, tips, zoom, the axis of time, lanes of choices."""

from __future__ import annotations

import re

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
    for key in ("+", "-", "0", "ArrowRight", "ArrowLeft", " "):
        page.keyboard.press(key)
    expect(open_pane(page, "raw").locator(".rx-raw").nth(1)).to_contain_text("chunk 0, raw")


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
