"""The text of each choice: what was recorded, tags, boundaries, what comes later, long texts, selection."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from explorer_inputs import N_LONG, Opener
from page_objects import box, drag_over, expect, expect_cursor, expect_shown, place, style_of, text_of
from synthetic import choice, chunk, says, stream, thinks

from recexplore.corpus import Corpus

PALE = re.compile(r"color\(srgb 0\.4 0\.4 0\.4\)")
"""The colour of what has not come yet."""

SPOKEN = {
    "94d11daee205": [
        "The capital of the United States is Washington, D.C. (the District of Columbia).",
        "The capital of the United States is Washington, D.C. (officially the District of Columbia).",
    ],
    "three-way": ["Red is warm.", "Blue, I think, is calm.", "Green."],
    "think-tags": [
        "<think>\nThe user asks for the square of 12, that is 12 × 12 = 144.\n</think>\n\n12 squared is **144**."
    ],
    "reasoning": ["They want the third prime after 20: 23, 29, 31.The third prime after 20 is 31."],
}


@pytest.mark.parametrize("name", SPOKEN)
def test_text_is_what_was_recorded(name: str, opened: Opener) -> None:
    page = opened(name)
    expect(page.locator(".rx-text")).to_have_count(len(SPOKEN[name]))
    assert [text_of(page, nth) for nth in range(len(SPOKEN[name]))] == SPOKEN[name]


@pytest.mark.parametrize("name", ["f27523f3fec8", "browser", "gemini", "f6960cae871e", "logprobs", "server-clock"])
def test_text_is_that_of_the_recording(name: str, opened: Opener, all_recordings: Corpus) -> None:
    page = opened(name)
    numbers = all_recordings[name].choices["choice"].tolist()
    expect(page.locator(".rx-text")).to_have_count(len(numbers))
    assert [text_of(page, nth) for nth in range(len(numbers))] == [all_recordings[name].text(n) for n in numbers]


def test_hostile_text_is_text(opened: Opener, made_of: Callable[..., Corpus]) -> None:
    said = [
        "<img src=x onerror='throw 1'>",
        "\u202eabc",
        "👩‍👩‍👧",
        "😀",
        "a\tb\r\nc",
        "&amp;</span>",
        "\ufeff",
        "é",
    ]
    corpus = made_of({"hostile": stream(*map(says, said), request={"messages": [{"role": "user", "content": "<b>q"}]})})
    page = opened(corpus=corpus)
    expect(page.locator(".rx-prompt")).to_have_text("<b>q")
    assert text_of(page, 0) == "".join(said) == corpus["hostile"].text(0)
    spans = page.locator(".rx-event").evaluate_all("(all) => all.map((node) => node.textContent)")
    assert spans == said
    assert page.locator(".rx-explorer img").count() == 0


def test_reasoning_is_tinted(opened: Opener) -> None:
    page = opened("f27523")
    expect(page.locator(".rx-text").nth(0).locator(".rx-event.rx-kind-reasoning")).to_have_count(1)
    expect(page.locator(".rx-text").nth(1).locator(".rx-event.rx-kind-reasoning")).to_have_count(40)
    page.evaluate("explorer.go('think-tags')")
    expect_shown(page, "think-tags")
    expect(page.locator(".rx-event.rx-kind-reasoning")).to_have_count(9)
    plain, tinted = (
        style_of(page, f".rx-event.rx-kind-{kind}", "backgroundColor") for kind in ("content", "reasoning")
    )
    assert plain == "rgba(0, 0, 0, 0)"
    assert tinted != plain


def test_tags_are_seen_with_boundaries_only(opened: Opener) -> None:
    page = opened("think-tags")
    tags, toggle = page.locator(".rx-event.rx-kind-tag"), page.locator(".rx-toggle input")
    expect(tags).to_have_text(["<th", "ink>", "</", "think", ">"])
    expect(tags.first).to_be_hidden()
    page.keyboard.press("b")
    expect(tags.first).to_be_visible()
    expect(toggle).to_be_checked()
    assert "inset" in style_of(page, ".rx-event.rx-kind-content", "boxShadow")
    toggle.uncheck()
    expect(tags.first).to_be_hidden()
    toggle.check()
    expect(tags.last).to_be_visible()
    page.locator(".rx-prompt").click()
    page.keyboard.press("b")
    expect(toggle).not_to_be_checked()


def test_boundaries_stay_for_the_next_recording(opened: Opener) -> None:
    page = opened("server-clock")
    page.keyboard.press("b")
    page.keyboard.press("j")
    expect_shown(page, "think-tags")
    expect(page.locator(".rx-toggle input")).to_be_checked()
    expect(page.locator(".rx-event.rx-kind-tag").first).to_be_visible()


def test_what_comes_later_is_pale(opened: Opener) -> None:
    page = opened("94d11", 20)
    expect(page.locator(".rx-text").nth(0).locator(".rx-event.rx-later")).to_have_count(8)
    expect(page.locator(".rx-text").nth(1).locator(".rx-event.rx-later")).to_have_count(12)
    later = page.locator('.rx-event[data-chunk="22"]')
    expect(later).to_have_css("color", PALE)
    expect(page.locator('.rx-event[data-chunk="20"]')).not_to_have_css("color", PALE)
    expect(page.locator(".rx-now")).to_have_text([" D"])
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(later).not_to_have_css("color", PALE)
    expect(page.locator(".rx-now")).to_have_text([".C"])
    page.keyboard.press("Home")
    expect(page.locator(".rx-now")).to_have_count(0)
    expect(page.locator(".rx-event.rx-later, .rx-later .rx-event")).to_have_count(38)
    page.keyboard.press("End")
    expect(page.locator(".rx-later")).to_have_count(0)


def test_headers_say_how_far_each_choice_is(opened: Opener) -> None:
    page = opened("three-way", 16)
    heads = page.locator(".rx-as-of")
    expect(heads).to_have_text(["stop", "stop", "stop"])
    page.mouse.click(*place(page, 12, 0, 17, 3))
    expect(heads).to_have_text(["stop", "as of chunk 12", "stop"])
    page.mouse.click(*place(page, 4, 1, 17, 3))
    expect(heads).to_have_text(["as of chunk 4", "as of chunk 4", "nothing yet; what comes is pale"])


def test_a_choice_without_a_role_says_so(opened: Opener) -> None:
    page = opened("f27523")
    expect(page.locator(".rx-as-of")).to_have_text(["stop", "no role was ever sent · stop"])
    page.mouse.click(*place(page, 40, 1, 86, 2))
    expect(page.locator(".rx-as-of")).to_have_text(["as of chunk 40", "no role was ever sent · as of chunk 40"])


def test_a_choice_that_never_finished_says_so(opened: Opener, made_of: Callable[..., Corpus]) -> None:
    corpus = made_of(
        {"cut": stream(says("a", role="assistant"), says("b"), chunk(choice({"content": "c"}, 1, "length")))}
    )
    page = opened(corpus=corpus)
    expect(page.locator(".rx-as-of")).to_have_text(["never finished", "no role was ever sent · length"])


def test_a_click_on_text_moves_the_cursor(opened: Opener) -> None:
    page = opened("94d11")
    page.locator('.rx-event[data-chunk="16"]').click()
    expect_cursor(page, 16)
    expect(page.locator(".rx-raw h4")).to_contain_text("chunk 16, raw")
    page.keyboard.press("ArrowRight")
    expect_cursor(page, 17)


def test_selecting_text_does_not_move_the_cursor(opened: Opener) -> None:
    page = opened("94d11")
    chosen = drag_over(page, box(page, '.rx-event[data-chunk="4"]'))
    assert chosen
    assert chosen in " capital"
    expect_cursor(page, 42)
    page.locator(".rx-prompt").click()
    first, last = box(page, '.rx-event[data-chunk="4"]'), box(page, '.rx-event[data-chunk="8"]')
    across = {**first, "width": last["x"] + last["width"] - first["x"]}
    assert "of the United" in drag_over(page, across)
    expect_cursor(page, 42)
    page.locator('.rx-event[data-chunk="9"]').click()
    expect_cursor(page, 9)


def n_apart(page: Any) -> int:
    found: int = page.locator(".rx-event").count()
    return found


def scroll_text(page: Any, by: float) -> None:
    around = box(page, ".rx-text")
    page.mouse.move(around["x"] + 60, around["y"] + 100)
    page.mouse.wheel(0, by)


def height_of_text(page: Any) -> int:
    found: int = page.locator(".rx-text").evaluate("(node) => node.scrollHeight")
    return found


def in_sight(number: int) -> str:
    return f"""() => {{
      const node = document.querySelector('.rx-event[data-chunk="{number}"]'), text = document.querySelector(".rx-text");
      if (!node) return false;
      const [own, around] = [node.getBoundingClientRect(), text.getBoundingClientRect()];
      return own.top >= around.top && own.bottom <= around.bottom;
    }}"""


MOST_APART = 1000
"""Of 3,000 events; a pane shows about 400 and a margin."""


def test_of_a_long_text_only_what_is_in_sight_is_taken_apart(opened: Opener, long: Corpus) -> None:
    page = opened(corpus=long)
    expect_cursor(page, "2,999")
    page.wait_for_function(in_sight(N_LONG - 1))
    said = long["long"].text(0)
    assert text_of(page, 0) == said
    assert 0 < n_apart(page) <= MOST_APART
    heights = {height_of_text(page)}
    for by in (-1_000_000, 2500, 2500, 3000, -700, 1_000_000):
        before = page.locator(".rx-text").evaluate("(node) => node.scrollTop")
        scroll_text(page, by)
        page.wait_for_function("(before) => document.querySelector('.rx-text').scrollTop !== before", arg=before)
        page.wait_for_function("""() => {
          const around = document.querySelector(".rx-text").getBoundingClientRect();
          const at = document.elementFromPoint(around.left + 40, around.top + around.height / 2);
          return at.matches(".rx-event") || Boolean(at.querySelector(".rx-event"));
        }""")
        assert 0 < n_apart(page) <= MOST_APART
        heights.add(height_of_text(page))
        assert text_of(page, 0) == said
    assert len(heights) == 1
    page.locator(".rx-list").focus()
    page.keyboard.press("/")
    page.keyboard.press("Escape")


def test_the_cursor_stays_in_sight_in_a_long_text(opened: Opener, long: Corpus) -> None:
    page = opened(corpus=long)
    for key, number in (("Home", 0), ("Shift+ArrowRight", 10), ("End", N_LONG - 1), ("Shift+ArrowLeft", N_LONG - 11)):
        page.keyboard.press(key)
        expect_cursor(page, f"{number:,}")
        page.wait_for_function(in_sight(number))
        expect(page.locator(".rx-now")).to_have_attribute("data-chunk", str(number))
    page.locator(".rx-slider").fill("1500")
    page.wait_for_function(in_sight(1500))
    expect(page.locator('.rx-event[data-chunk="1501"]')).to_have_css("color", PALE)
    assert n_apart(page) <= MOST_APART
    page.keyboard.press("b")
    assert text_of(page, 0) == long["long"].text(0)


def test_going_about_a_long_text_leaves_nothing_taken_apart(opened: Opener, long: Corpus) -> None:
    page = opened("long", 0, corpus=long)
    inside = """() => {
      const around = document.querySelector(".rx-text").getBoundingClientRect();
      const boxes = [...document.querySelectorAll(".rx-event:not(.rx-now)")].map((node) => node.getBoundingClientRect());
      const box = boxes.find((each) => each.top > around.top + 90 && each.bottom < around.top + 220 && each.height < 20);
      return box ? [box.left + box.width / 2, box.top + box.height / 2] : null;
    }"""
    for _ in range(10):
        scroll_text(page, 700)
        spot = page.wait_for_function(inside).json_value()
        page.mouse.click(*spot)
    expect(page.locator(".rx-now")).to_have_count(1)
    page.wait_for_timeout(100)
    assert n_apart(page) <= MOST_APART


def test_a_hidden_tag_under_the_cursor_does_not_send_the_text_to_its_beginning(
    opened: Opener, made_of: Callable[..., Corpus]
) -> None:
    long_thought = [says("<think>"), *(says(f"thought {n}, ") for n in range(400)), says("</think>"), says("Answer")]
    page = opened(corpus=made_of({"thinks": stream(*long_thought)}))
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".rx-now")).to_have_text("thought 399, ")
    page.wait_for_function(in_sight(400))
    page.keyboard.press("ArrowRight")
    expect(page.locator(".rx-now")).to_have_text("</think>")
    page.wait_for_timeout(100)
    assert page.evaluate(in_sight(400))


def test_what_nobody_would_see_has_a_sign_and_is_copied_as_recorded(
    opened: Opener, made_of: Callable[..., Corpus]
) -> None:
    said = ["\u202eevil", " \x1b[31m", "\u200b\u200b", "\r\n", "end"]
    page = opened(corpus=made_of({"signs": stream(*map(says, said))}))
    signs = page.locator(".rx-text .rx-control")
    expect(signs).to_have_count(4)
    shown = signs.evaluate_all("(all) => all.map((node) => [node.dataset.shown, node.title, node.textContent])")
    assert shown == [
        ["U+202E", "U+202E right-to-left override", "\u202e"],
        ["ESC", "U+001B escape", "\x1b"],
        ["U+200B U+200B", "U+200B zero width space", "\u200b\u200b"],
        ["CR", "U+000D carriage return", "\r"],
    ]
    assert all(box(page, ".rx-text .rx-control", nth)["width"] > 6 for nth in range(4))
    assert text_of(page, 0) == "".join(said)
    order = page.evaluate("""() => {
      const node = document.querySelector('.rx-event[data-chunk="0"]').lastChild, edge = (at) => {
        const range = new Range();
        range.setStart(node, at);
        range.setEnd(node, at + 1);
        return range.getBoundingClientRect().left;
      };
      return [0, 1, 2, 3].map(edge);
    }""")
    assert order == sorted(order), "evil reads evil"
    page.evaluate("getSelection().selectAllChildren(document.querySelector('.rx-text'))")
    page.keyboard.press("Control+c")
    assert page.evaluate("navigator.clipboard.readText()") == "".join(said)
    sign = box(page, ".rx-text .rx-control", 1)
    page.mouse.click(sign["x"] + sign["width"] / 2, sign["y"] - 3)
    expect_cursor(page, 1)


def test_joiners_flags_and_spaces_have_no_sign(opened: Opener, made_of: Callable[..., Corpus]) -> None:
    said = [
        "👩‍👩‍👧 ",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f ",
        "می‌خواهم\u202f\u00a0",
        "\t\n",
        "é",
    ]
    page = opened(corpus=made_of({"legal": stream(*map(says, said))}))
    assert text_of(page, 0) == "".join(said)
    expect(page.locator(".rx-text .rx-control")).to_have_count(0)


def test_very_many_controls_cost_few_elements(opened: Opener, made_of: Callable[..., Corpus]) -> None:
    said = ["\0" * 50_000, "a\u202e" * 20_000]
    page = opened(corpus=made_of({"controls": stream(*map(says, said))}))
    assert text_of(page, 0) == "".join(said)
    signs = page.locator(".rx-text .rx-control")
    assert signs.count() < 3_000
    expect(signs.first).to_have_attribute("data-shown", "NUL NUL NUL NUL NUL NUL NUL NUL … 50,000")


def test_before_anything_came_a_text_stands_at_its_beginning(opened: Opener, made_of: Callable[..., Corpus]) -> None:
    first = [chunk(choice({"role": "assistant"})), says("<think>"), *(says(f"thought {n},\n") for n in range(400))]
    page = opened(corpus=made_of({"thinks": stream(*first)}))
    top = "document.querySelector('.rx-text').scrollTop"
    assert page.evaluate(top) > 1000
    page.keyboard.press("Home")
    expect(page.locator(".rx-as-of")).to_have_text("nothing yet; what comes is pale")
    page.wait_for_function(f"() => {top} === 0")


def test_the_text_of_chosen_chunks_is_tinted(opened: Opener) -> None:
    page = opened("94d11", 20)
    page.evaluate("explorer.state.set('range', [4, 8])")
    chosen = page.locator(".rx-event.rx-in-range")
    expect(chosen).to_have_count(5)
    assert {int(each) for each in chosen.evaluate_all("(all) => all.map((node) => node.dataset.chunk)")} == {
        *range(4, 9)
    }
    assert style_of(page, ".rx-event.rx-in-range", "backgroundColor") != "rgba(0, 0, 0, 0)"
    page.evaluate("explorer.state.set('range', [6, 6])")
    expect(chosen).to_have_count(1)
    page.evaluate("explorer.state.set('range', null)")
    expect(chosen).to_have_count(0)


def test_a_step_in_a_long_text_touches_only_what_it_changes(opened: Opener, long: Corpus) -> None:
    page = opened("long", 1500, corpus=long)
    page.wait_for_function(in_sight(1500))
    page.wait_for_timeout(300)
    page.evaluate("""() => {
      window.touched = 0;
      new MutationObserver((all) => { window.touched += all.length; })
        .observe(document.querySelector(".rx-text"), { subtree: true, childList: true, attributes: true });
    }""")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".rx-now")).to_have_attribute("data-chunk", "1501")
    assert 0 < page.evaluate("window.touched") <= 12
    page.evaluate("window.touched = 0")
    page.keyboard.press("Home")
    page.wait_for_function(in_sight(0))
    page.wait_for_timeout(100)
    assert page.evaluate("window.touched") < 1_500, "not every one of 3,000"


@pytest.mark.parametrize(
    ("pieces", "is_apart"),
    [
        ((thinks("reasoning", "Divided by 100."), says("February")), True),
        ((says("<think>Divided by 100."), says("</think>"), says("February")), True),
        ((thinks("reasoning", "Divided by 100."), says(""), says("February")), True),
        ((thinks("reasoning", "Divided by 100.\n"), says("February")), False),
        ((thinks("reasoning", "Divided by 100."), says(" February")), False),
    ],
)
def test_kinds_that_nothing_parts_have_a_gap_that_is_no_text(
    pieces: tuple[Any, ...], is_apart: bool, opened: Opener, made_of: Callable[..., Corpus]
) -> None:
    page = opened(corpus=made_of({"joined": stream(*pieces)}))
    begins = page.locator(".rx-text .rx-begins")
    expect(begins).to_have_text(["February"] if is_apart else [])
    assert "".join(page.locator(".rx-text").all_text_contents()).count("100.February") == (
        is_apart and "</think>" not in str(pieces)
    )
    if is_apart:
        gap = begins.evaluate(
            """(node) => {
              const isSeen = (each) => each.getClientRects().length > 0 && each.textContent !== "";
              const all = [...node.parentElement.children].filter(isSeen);
              return node.getBoundingClientRect().left - all[all.indexOf(node) - 1].getBoundingClientRect().right;
            }"""
        )
        assert gap > 4
