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
    assert 41 <= int(page.locator(".rx-position").input_value()) <= 44
    page.keyboard.press("Home")
    expect_cursor(page, 0)
    page.keyboard.press("ArrowRight")
    expect_cursor(page, 1)
    page.keyboard.press("Shift+ArrowRight")
    expect_cursor(page, 11)


def position(page: Any) -> Any:
    return page.get_by_label("go to chunk")


def test_a_chunk_is_gone_to_by_its_number(opened: Opener) -> None:
    page = opened("f27523")
    page.keyboard.press("g")
    expect(position(page)).to_be_focused()
    page.keyboard.type("40")
    expect(position(page)).to_have_value("40")
    assert page.evaluate("explorer.state.get('cursor')") == 85
    page.keyboard.press("Enter")
    assert page.evaluate("explorer.state.get('cursor')") == 40
    expect(page.locator(".rx-raw h4")).to_contain_text("chunk 40, raw")
    page.keyboard.press("ArrowRight")
    expect_cursor(page, 41)


def test_a_number_that_is_typed_is_given_up(opened: Opener) -> None:
    page = opened("f27523", 7)
    for give_up in ("Escape", "Tab"):
        position(page).click()
        page.keyboard.type("55")
        page.keyboard.press(give_up)
        expect_cursor(page, 7)
        expect(position(page)).not_to_be_focused()
    assert page.evaluate("explorer.state.get('cursor')") == 7


def test_a_number_out_of_range_is_told_the_range(opened: Opener) -> None:
    page = opened("f27523", 7)
    why = page.locator(".rx-why-not")
    for typed, said in (("86", "chunks are 0 to 85"), ("-1", "chunks are 0 to 85"), ("x", "a chunk's number, 0 to 85")):
        page.keyboard.press("g")
        page.keyboard.type(typed)
        page.keyboard.press("Enter")
        expect(why).to_have_text(said)
        expect(position(page)).to_have_attribute("aria-invalid", "true")
        assert page.evaluate("explorer.state.get('cursor')") == 7
        page.keyboard.press("Escape")
        expect(why).to_be_hidden()
        expect_cursor(page, 7)


def test_letters_typed_into_the_field_are_no_commands(opened: Opener) -> None:
    page = opened("f27523", 7)
    page.keyboard.press("g")
    page.keyboard.type("jkbx+ 2w/?")
    expect_shown(page, "f27523f3fec8")
    expect(position(page)).to_have_value("jkbx+ 2w/?")
    expect(page.locator(".rx-help")).to_be_hidden()
    page.keyboard.press("Escape")
    assert page.evaluate("explorer.state.get('zoomed')") is False


def test_where_the_cursor_goes_does_not_change_what_is_typed(opened: Opener) -> None:
    page = opened("f27523", 0)
    page.keyboard.press(" ")
    page.keyboard.press("g")
    page.keyboard.type("3")
    page.wait_for_function("explorer.state.get('cursor') >= 3")
    page.keyboard.type("0")
    expect(position(page)).to_have_value("30")
    page.keyboard.press("Enter")
    expect_cursor(page, 30)
    expect(page.get_by_role("button", name="play")).to_be_visible()


def test_speeds_are_of_what_was_recorded(opened: Opener) -> None:
    page = opened("f27523")
    expect(page.get_by_label("speed").locator("option:checked")).to_have_text("12 chunks/s")
    page.evaluate("explorer.go('aiperf#1')")
    expect_shown(page, "aiperf#1")
    expect(page.get_by_label("speed").locator("option:checked")).to_have_text("1×")


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
    stopped = int(page.locator(".rx-position").input_value())
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
    assert int(page.locator(".rx-position").input_value()) >= 81
