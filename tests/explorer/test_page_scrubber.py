"""The cursor: steps, the slider, playing at a speed and in true time."""

from __future__ import annotations

from typing import Any

from explorer_inputs import Opener
from page_objects import box, expect, expect_cursor, expect_shown, place


def follow_cursor(page: Any) -> None:
    """Note every chunk that the cursor comes to, and when."""
    page.evaluate("""() => {
      window.seen = [];
      explorer.state.on("cursor", (chunk) => window.seen.push([chunk, performance.now()]));
    }""")


def test_keys_step(opened: Opener) -> None:
    page = opened("f27523", 40)
    for key, then in (
        *(("ArrowRight", 41), ("ArrowLeft", 40), ("Shift+ArrowRight", 50), ("Shift+ArrowLeft", 40)),
        *(
            ("Home", 0),
            ("ArrowLeft", 0),
            ("Shift+ArrowLeft", 0),
            ("End", 85),
            ("ArrowRight", 85),
            ("Shift+ArrowRight", 85),
        ),
    ):
        page.keyboard.press(key)
        expect_cursor(page, then)


def test_buttons_step(opened: Opener) -> None:
    page = opened("f27523", 84)
    back, forth = (page.get_by_role("button", name=f"{name} chunk") for name in ("previous", "next"))
    forth.click()
    expect_cursor(page, 85)
    expect(forth).to_be_disabled()
    back.click()
    expect_cursor(page, 84)
    page.locator(".rx-prompt").click()
    page.keyboard.press("Home")
    expect(back).to_be_disabled()


def test_the_slider_moves_the_cursor(opened: Opener) -> None:
    page = opened("f27523")
    slider = page.locator(".rx-slider")
    expect(slider).to_have_value("85")
    slider.fill("31")
    expect_cursor(page, 31)
    expect(slider).to_have_attribute("aria-valuetext", "chunk 31 of 85")
    around = box(page, ".rx-slider")
    page.mouse.click(around["x"] + around["width"] / 2, around["y"] + around["height"] / 2)
    assert 41 <= int(page.locator(".rx-where-now b").inner_text()) <= 44
    page.keyboard.press("Home")
    expect_cursor(page, 0)
    page.keyboard.press("ArrowRight")
    expect_cursor(page, 1)
    page.keyboard.press("Shift+ArrowRight")
    expect_cursor(page, 11)


def test_playing_goes_to_the_end_and_stops(opened: Opener) -> None:
    page = opened("three-way")
    page.get_by_label("speed").select_option("5")
    follow_cursor(page)
    page.get_by_role("button", name="play").click()
    expect(page.get_by_role("button", name="pause")).to_have_text("❚❚")
    expect(page.get_by_role("button", name="play")).to_be_visible()
    expect_cursor(page, 16)
    seen = [number for number, _ in page.evaluate("seen")]
    assert seen[0] == 0
    assert seen == sorted(seen)
    assert len(seen) > 5


def test_playing_from_the_beginning_begins_there(opened: Opener) -> None:
    page = opened("f27523", 0)
    follow_cursor(page)
    # The first frame may be of before the key was pressed.
    for _ in range(12):
        page.keyboard.press(" ")
        page.keyboard.press("Home")
    assert min([number for number, _ in page.evaluate("seen")], default=0) >= 0


def test_space_plays_and_pauses(opened: Opener) -> None:
    page = opened("f27523", 0)
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="pause")).to_be_visible()
    page.wait_for_function("explorer.state.get('cursor') >= 3")
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="play")).to_be_visible()
    stopped = int(page.locator(".rx-where-now b").inner_text())
    assert 3 <= stopped < 85  # not run to the end, on however busy a machine
    page.wait_for_timeout(250)
    expect_cursor(page, stopped)
    page.keyboard.press(" ")
    page.wait_for_function("(stopped) => explorer.state.get('cursor') > stopped", arg=stopped)
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("button", name="play")).to_be_visible()


def test_speed_is_heeded(opened: Opener) -> None:
    page = opened("f27523", 0)
    follow_cursor(page)
    page.keyboard.press(" ")
    page.wait_for_function("explorer.state.get('cursor') >= 6")
    page.keyboard.press(" ")
    slow = page.evaluate("seen")
    page.keyboard.press("Home")
    page.get_by_label("speed").select_option("5")
    page.locator(".rx-prompt").click()
    page.evaluate("seen.length = 0")
    page.keyboard.press(" ")
    page.wait_for_function("explorer.state.get('cursor') >= 30")
    page.keyboard.press(" ")
    fast = page.evaluate("seen")

    def pace(seen: list[list[float]]) -> float:
        return (seen[-1][0] - seen[0][0]) / (seen[-1][1] - seen[0][1]) * 1000

    assert 9 < pace(slow) < 15
    assert 48 < pace(fast) < 75


def test_playing_in_true_time_waits_as_long_as_the_stream_did(opened: Opener) -> None:
    page = opened("aiperf#1", 0)
    follow_cursor(page)
    page.keyboard.press(" ")
    page.wait_for_timeout(1000)
    expect_cursor(page, 9)
    expect(page.get_by_role("button", name="play")).to_be_visible()
    expect_cursor(page, 19)
    came = dict(page.evaluate("seen"))
    first_after_gap = min(number for number in came if number > 9)
    assert 2200 < came[first_after_gap] - came[9] < 2700
    assert 2300 < came[19] - min(came.values()) < 3000


def test_playing_stops_when_another_recording_is_chosen(opened: Opener) -> None:
    page = opened("f27523", 0)
    page.keyboard.press(" ")
    page.wait_for_function("explorer.state.get('cursor') >= 2")
    page.evaluate("explorer.go('three-way', 4)")
    expect_shown(page, "three-way")
    expect(page.get_by_role("button", name="play")).to_have_text("▶")
    expect_cursor(page, 4)
    page.wait_for_timeout(300)
    expect_cursor(page, 4)
    page.keyboard.press("k")
    expect_shown(page, "think-tags")
    expect_cursor(page, 17)


def test_where_the_reader_goes_while_playing_is_heeded(opened: Opener) -> None:
    page = opened("f27523", 0)
    page.keyboard.press(" ")
    page.wait_for_function("explorer.state.get('cursor') >= 2")
    page.mouse.click(*place(page, 81, 0, 86, 2))
    page.wait_for_timeout(150)
    assert int(page.locator(".rx-where-now b").inner_text()) >= 81
