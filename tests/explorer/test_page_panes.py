"""The panes beside the text: reasoning, tokens, timing, tools, raw."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from explorer_inputs import Opener
from page_objects import alpha_at, box, copied, drag_over, expect, expect_cursor, expect_shown, open_pane, place
from synthetic import calls, choice, chunk, fragment, recording, says, stream

from recexplore.corpus import Corpus


def table(page: Any, nth: int = 0) -> list[list[str]]:
    found: list[list[str]] = page.evaluate(
        """(nth) => [...document.querySelectorAll(".rx-content table")[nth].querySelectorAll("tr")]
          .map((row) => [...row.children].map((cell) => cell.textContent))""",
        nth,
    )
    return found


def test_reasoning_of_a_field_of_its_own(opened: Opener) -> None:
    page = opened("reasoning")
    pane = open_pane(page, "reasoning")
    expect(pane.locator("h4")).to_have_text("choice 0no tags in the text")
    expect(pane.locator("tbody tr")).to_have_count(2)
    assert table(page) == [
        ["phase", "stretches", "events", "characters", "share", "time", "tokens", "from"],
        ["reasoning", "1", "4", "47", "60 %", "–", "22", "chunk 1"],
        ["content", "1", "3", "31", "40 %", "–", "12", "chunk 5"],
    ]
    strip = pane.locator(".rx-strip > span")
    expect(strip.nth(0)).to_have_attribute("title", "reasoning: chunks 1 to 4, 47 characters")
    expect(strip.nth(1)).to_have_attribute("title", "content: chunks 5 to 7, 31 characters")
    strip.nth(0).click()
    expect_cursor(page, 1)
    pane.get_by_role("button", name="chunk 5").click()
    expect_cursor(page, 5)


def test_reasoning_between_tags(opened: Opener) -> None:
    page = opened("think-tags")
    pane = open_pane(page, "reasoning")
    expect(pane.locator(".rx-noted-note")).to_have_text(
        "60 characters of reasoning came; its tokens were not reported."
    )
    assert table(page)[1:] == [
        ["reasoning", "1", "9", "60", "71 %", "–", "–", "chunk 2"],
        ["content", "1", "4", "24", "29 %", "–", "–", "chunk 12"],
    ]


def test_a_tag_in_pieces_is_counted_once(opened: Opener) -> None:
    page = opened("think-tags")
    expect(open_pane(page, "reasoning").locator("h4 .rx-label")).to_have_text(
        re.compile("1 (open.*1 close|close.*1 open)")
    )


def test_hidden_reasoning_is_noted(opened: Opener, made_of: Callable[..., Corpus]) -> None:
    details = {"completion_tokens_details": {"reasoning_tokens": 7}}
    usage = {"prompt_tokens": 3, "completion_tokens": 9, "total_tokens": 12, **details}
    page = opened(corpus=made_of({"hidden": stream(says("a"), chunk(usage=usage))}))
    expect(open_pane(page, "reasoning").locator(".rx-noted-warning")).to_have_text(
        "Hidden reasoning: 7 reasoning tokens were reported, but no reasoning text came."
    )


def test_tokens_as_reported(opened: Opener) -> None:
    page = opened("f6960cae871e")
    expect(page.locator(".rx-facts")).to_contain_text("tokens 744")
    pane = open_pane(page, "tokens")
    expect(pane.locator(".rx-noted-note")).to_have_text("707 prompt + 37 completion = 744, as reported.")
    expect(pane.locator(".rx-seen")).to_have_text("seen on the wire 36 text deltas, 172 characters of content")
    expect(pane.locator(".rx-legend")).to_have_text("0 cached prompt707 prompt0 reasoning37 visible completion")
    expect(pane.locator(".rx-tokens-bar .rx-piece")).to_have_count(2)
    wide = [box(page, ".rx-tokens-bar .rx-piece", nth)["width"] for nth in (0, 1)]
    assert abs(wide[0] / sum(wide) - 707 / 744) < 0.01
    assert [row[:7] for row in table(page)] == [
        ["chunk", "choice", "prompt", "completion", "total", "cached", "reasoning"],
        ["chunk 38", "all", "707", "37", "744", "0", "0"],
    ]
    assert table(page)[1][-1] == "usage"
    page.locator(".rx-prompt").click()
    page.keyboard.press("Home")
    pane.get_by_role("button", name="chunk 38").click()
    expect_cursor(page, 38)


def test_tokens_that_were_not_reported(opened: Opener) -> None:
    page = opened("94d11")
    expect(page.locator(".rx-facts")).to_contain_text("tokens not reported")
    expect(open_pane(page, "tokens")).to_have_text(
        "Tokens not reportedThe request did not ask for it: in a stream chat completions report it only with"
        " stream_options.include_usage.seen on the wire 38 text deltas, 171 characters of content"
    )


def test_tokens_beside_those_of_the_same_model(opened: Opener, made_of: Callable[..., Corpus]) -> None:
    def told(n: int) -> Any:
        return stream(says("a"), chunk(usage={"prompt_tokens": n, "completion_tokens": 2 * n, "total_tokens": 3 * n}))

    page = opened("m3", corpus=made_of({f"m{n}": told(n) for n in (1, 2, 3, 4, 5)}))
    pane = open_pane(page, "tokens")
    expect(pane.locator(".rx-rank")).to_have_text(
        ["prompt3: more than 2 of 4 others", "completion6: more than 2 of 4 others", "total9: more than 2 of 4 others"]
    )
    expect(pane.locator("h4").first).to_have_text("Among the recordings of m")
    assert pane.locator(".rx-scale i").first.evaluate("(node) => node.style.left") == "50%"


def test_timing_with_a_clock(opened: Opener) -> None:
    page = opened("aiperf#1")
    pane = open_pane(page, "timing")
    expect(pane.locator("p").first).to_have_text(
        "Seconds since the request was sent. Measured clock: a recorder stamped each arrival."
    )
    assert table(page) == [
        ["choice", "TTFC", "TTFT", "TTFO", "ITL", "own gap p50", "p95", "max", "chars/s"],
        ["choice 0", "0.31 s", "0.33 s", "0.33 s", "0.17 s", "18 ms", "0.74 s", "2.42 s", "25.1"],
    ]
    expect(pane.locator("h4").first).to_have_text(
        "Gap before each chunk longest 2.42 s · usual gap of the stream 18 ms"
    )
    expect(pane.locator(".rx-marked li > span")).to_have_text(
        [
            "stall",
            "Nothing came for 2.42 s between chunks 9 and 10, from 0.47 s to 2.89 s; the stream's usual gap is 18 ms.",
            "chunk 9chunk 10",
        ]
    )
    pane.locator(".rx-marked").get_by_role("button", name="10").click()
    expect_cursor(page, 10)
    expect(pane.locator(".rx-gap-said")).to_have_text("chunk 10: 2.42 s after the one before, stall")
    expect(pane.locator("figcaption")).to_have_text("choice 0, 15 gaps")
    pane.locator("summary").click()
    expect(pane.locator("dt").first).to_have_text("TTFC · Time to first chunk")


def gap_alpha(page: Any, x: float) -> int:
    """How opaque the chart of gaps is, just over its axis."""
    chart = box(page, ".rx-gaps canvas")
    return alpha_at(page, ".rx-gaps canvas", x, chart["y"] + chart["height"] - 24 - 4)


@pytest.mark.parametrize("along", ["chunk", "time"])
@pytest.mark.parametrize("zoom", [False, True])
def test_a_gap_stands_under_its_chunk(along: str, zoom: bool, opened: Opener) -> None:
    page = opened("aiperf#1", 12)
    open_pane(page, "timing")
    page.evaluate("(along) => explorer.state.set('axis', along)", along)
    if zoom:
        page.keyboard.press("+")
        expect(page.locator(".rx-minimap")).to_be_visible()
    page.wait_for_timeout(100)
    view = page.evaluate("explorer.state.get('view').span")
    times = list(page.explorer.recording.chunks["t_s"])
    for number in (10, 12, 15):
        x, y = place(page, times[number] if along == "time" else number, 0, 20, 1, view)
        page.mouse.move(x, y)
        expect(page.locator(".rx-tip > b")).to_contain_text(f"chunk {number}")
        expect(page.locator(".rx-gap-said")).to_contain_text(f"chunk {number}: ")
        assert gap_alpha(page, x) > 100
        if along == "chunk":
            assert gap_alpha(page, place(page, number + 0.5, 0, 20, 1, view)[0]) == 0
        page.mouse.click(x, box(page, ".rx-gaps canvas")["y"] + 60)
        assert times[page.evaluate("explorer.state.get('cursor')")] == pytest.approx(times[number], abs=0.01)


@pytest.mark.parametrize("width", [900, 1280, 1800])
def test_the_gaps_and_the_lanes_have_the_same_margins(width: int, opened: Opener) -> None:
    page = opened("buffered")
    page.set_viewport_size({"width": width, "height": 1000})
    open_pane(page, "timing")
    expect(page.locator(".rx-gaps")).to_be_visible()
    lanes, chart = box(page, ".rx-marks"), box(page, ".rx-gaps canvas")
    assert (chart["x"], chart["width"]) == (lanes["x"], lanes["width"])


def test_the_axis_of_a_distribution_ends_inside_and_never_at_none(opened: Opener) -> None:
    page = opened("buffered")
    pane = open_pane(page, "timing")
    expect(pane.locator(".rx-edges > span")).to_have_text(["10 µs", "1 ms", "100 ms", "10 s"])
    around = box(page, ".rx-edges")
    for edge in pane.locator(".rx-edges > span").all():
        found = edge.bounding_box()
        assert around["x"] - 0.5 <= found["x"]
        assert found["x"] + found["width"] <= around["x"] + around["width"] + 0.5


def test_timing_without_a_clock(opened: Opener) -> None:
    page = opened("f27523")
    expect(open_pane(page, "timing")).to_have_text(
        "Time not recordedThe recorder kept no arrival times and the provider stamped no chunk."
        " Nothing is drawn against an invented time."
    )


def test_tool_calls_as_far_as_they_have_come(opened: Opener) -> None:
    page = opened("tool-calls")
    pane = open_pane(page, "tools")
    expect(page.locator('.rx-tab[data-tab="tools"]')).to_have_text("Tools2")
    states = pane.locator(".rx-state")
    expect(states).to_have_text(["complete JSON", "complete JSON"])
    expect(pane.locator(".rx-call-name")).to_have_text(["get_weather", "get_weather"])
    expect(pane.locator(".rx-arguments")).to_have_text(['{"city":"Oslo"}', '{"city":"Quito"}'])
    page.keyboard.press("Home")
    for number, first, second in (
        (0, "not begun", "not begun"),
        (1, "no argument yet", "not begun"),
        (2, "not complete yet", "not begun"),
        (7, "complete JSON", "not begun"),
        (8, "complete JSON", "no argument yet"),
        (13, "complete JSON", "not complete yet"),
        (14, "complete JSON", "complete JSON"),
    ):
        page.locator(".rx-slider").fill(str(number))
        expect(states).to_have_text([first, second])
    page.locator(".rx-slider").fill("4")
    expect(pane.locator(".rx-arguments .rx-now")).to_have_text('":"')
    expect(pane.locator(".rx-call").nth(0).locator(".rx-later")).to_have_count(3)
    pane.locator('.rx-event[data-chunk="12"]').click()
    expect_cursor(page, 12)
    pane.locator(".rx-declared summary").first.click()
    declared = pane.locator(".rx-call").first.locator(".rx-declared .rx-json-lines")
    expect(declared).to_contain_text('"required": [')
    expect(declared).to_contain_text('"city"')


def test_selecting_arguments_does_not_move_the_cursor(opened: Opener) -> None:
    page = opened("tool-calls")
    open_pane(page, "tools")
    assert drag_over(page, box(page, '.rx-arguments .rx-event[data-chunk="3"]'))
    expect_cursor(page, 16)


def test_calls_that_went_wrong(opened: Opener, made_of: Callable[..., Corpus]) -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    tool = {"type": "function", "function": {"name": "get_weather", "description": "Weather", "parameters": schema}}
    ask = {"model": "m", "messages": [], "stream": True, "tools": [tool]}
    named = {"name": "get_weather", "id": "c1"}
    corpus = made_of(
        {
            "broken": stream(calls(fragment('{"a":', **named)), calls(fragment("}}")), says("x"), request=ask),
            "misfit": stream(calls(fragment('{"town":', **named)), calls(fragment(" 5}")), request=ask),
            "no-object": stream(calls(fragment("[1]", name="other", id="c1")), request=ask),
            "none": stream(says("x"), request=ask),
        }
    )
    page = opened("broken", corpus=corpus)
    pane = open_pane(page, "tools")
    state = pane.locator(".rx-state")
    expect(state).to_have_text("invalid JSON (from character 5)")
    page.keyboard.press("ArrowLeft")
    expect(state).to_have_text("can no longer become JSON (from character 5)")
    page.keyboard.press("Home")
    expect(state).to_have_text("not complete yet")
    page.evaluate("explorer.go('misfit')")
    expect(state).to_have_text("complete JSON")
    expect(pane.locator(".rx-misfits li")).to_have_text(["city is missing"])
    page.evaluate("explorer.go('no-object')")
    expect(state).to_have_text("JSON, but no object")
    expect(pane).to_contain_text("The request declares no tool of this name.")
    page.evaluate("explorer.go('none')")
    expect(pane.locator(".rx-blank")).to_have_text("No tool callThe request declared get_weather; none was called.")


def test_what_ended_is_not_called_unfinished(opened: Opener, made_of: Callable[..., Corpus]) -> None:
    """A finished call that is no JSON is invalid, one of a stream that broke off is cut off."""
    named = {"name": "get_weather", "id": "c1"}
    end = chunk(choice(None, 0, "tool_calls"))
    custom = {"index": 0, "id": "c", "type": "custom", "custom": {"name": "shell", "input": "ls -l"}}
    corpus = made_of(
        {
            "finished": stream(calls(fragment('{"a":', **named)), end, says("")),
            "broken": stream(calls(fragment('{"a": oops', **named)), end),
            "cut": stream(calls(fragment('{"a":', **named)), calls(fragment(" 1"))),
            "nothing": stream(calls(fragment("", **named)), end),
            "text": stream(calls(custom), end),
        }
    )
    page = opened("finished", corpus=corpus)
    pane = open_pane(page, "tools")
    state = pane.locator(".rx-state")
    expect(state).to_have_text("invalid JSON, ends too early (after character 5)")
    expect(state).to_have_class("rx-state rx-state-broken")
    page.keyboard.press("Home")
    expect(state).to_have_text("not complete yet")
    page.keyboard.press("ArrowRight")
    expect(state).to_have_text("invalid JSON, ends too early (after character 5)")
    for name, words in (
        ("broken", "invalid JSON (from character 6)"),
        ("cut", "cut off (after character 7)"),
        ("nothing", "no arguments"),
        ("text", "text, no JSON"),
    ):
        page.evaluate("(name) => explorer.go(name)", name)
        expect(state).to_have_text(words)


def test_without_a_request_nothing_is_said_of_declarations(opened: Opener, made_of: Callable[..., Corpus]) -> None:
    corpus = made_of(
        {
            "calls": stream(calls(fragment("{}", name="f", id="c")), request={}),
            "silent": stream(says("a"), request={}),
            "asked": stream(calls(fragment("{}", name="f", id="c"))),
        }
    )
    page = opened("calls", corpus=corpus)
    pane = open_pane(page, "tools")
    expect(pane.locator(".rx-state")).to_have_text("complete JSON")
    expect(pane).not_to_contain_text("declare")
    page.evaluate("explorer.go('silent')")
    expect(pane.locator(".rx-blank")).to_have_text("No tool callThe answer calls none. No request was recorded.")
    page.evaluate("explorer.go('asked')")
    expect(pane).to_contain_text("The request declares no tool of this name.")


def test_what_shows_more_lines_looks_like_a_button(opened: Opener, made_of: Callable[..., Corpus]) -> None:
    page = opened("many", 0, corpus=made_of({"many": stream(chunk(lines=[*range(1_000)]))}))
    more = open_pane(page, "raw").locator(".rx-slot .rx-more")
    expect(more).to_have_text(re.compile("^show 400 of [0-9]+ more lines$"))
    expect(more).to_have_css("border-top-width", "1px")
    more.click()
    expect(more).to_have_text(re.compile("^show [0-9]+ more lines$"))
    more.click()
    expect(more).to_be_hidden()


STRANGE: Any = [{"strange": {"a": [1, {}], "b": "]"}, "last": []}, {"strange": 2}]


def visible_lines(page: Any) -> list[str]:
    found: list[str] = page.evaluate("""() => [...document.querySelectorAll(".rx-slot .rx-json-line")]
      .filter((line) => line.getClientRects().length).map((line) => line.innerText.trimStart())""")
    return found


def test_folding_hides_the_lines_inside_and_nothing_else(opened: Opener, made_of: Callable[..., Corpus]) -> None:
    page = opened("strange", 0, corpus=made_of({"strange": recording(STRANGE)}))
    lines = ["{", '"strange": {', '"a": [', "1,", "{}", "],", '"b": "]"', "},", '"last": []', "}"]
    folds = page.locator(".rx-slot .rx-fold")
    expect(folds).to_have_count(3)
    assert visible_lines(page) == lines
    folds.nth(2).click()
    assert visible_lines(page) == [*lines[:2], '"a": [ … 2 lines ]', *lines[6:]]
    expect(folds.nth(2)).to_have_attribute("aria-expanded", "false")
    folds.nth(1).click()
    assert visible_lines(page) == ["{", '"strange": { … 5 lines }', '"last": []', "}"]
    folds.nth(1).click()
    assert visible_lines(page) == [*lines[:2], '"a": [ … 2 lines ]', *lines[6:]]
    folds.nth(2).click()
    assert visible_lines(page) == lines
    folds.nth(0).click()
    assert visible_lines(page) == ["{ … 8 lines }"]


def test_raw_follows_the_cursor(opened: Opener, all_recordings: Corpus) -> None:
    page = opened("94d11", 20)
    pane = open_pane(page, "raw")
    heads = pane.locator("h4 > span:first-child")
    expect(heads.nth(0)).to_have_text("request")
    expect(heads.nth(1)).to_have_text("chunk 20, raw")
    expect(pane.locator(".rx-json-lines").nth(0)).to_contain_text('"What is the name of the US captial?"')
    expect(pane.locator(".rx-json-lines").nth(1)).to_contain_text('"content": " D"')
    expect(pane.locator(".rx-made-event")).to_have_count(1)
    expect(pane.locator(".rx-made-event").locator("div").first).to_have_text("content · choice 0")
    expect(pane.locator(".rx-made-text")).to_have_text(" D")
    page.keyboard.press("ArrowRight")
    expect(heads.nth(1)).to_have_text("chunk 21, raw")
    expect(pane.locator(".rx-json-lines").nth(1)).to_contain_text('"content": ","')
    assert json.loads(copied(page, pane.locator(".rx-slot h4 button"))) == all_recordings["94d11daee205"].raw(21)


def test_digits_choose_panes_and_a_pane_stays_for_the_next_recording(opened: Opener) -> None:
    page = opened("three-way")
    names = {1: "text", 2: "request", 3: "reasoning", 4: "tokens", 5: "timing", 6: "tools", 8: "findings", 9: "raw"}
    for digit, name in names.items():
        page.keyboard.press(str(digit))
        expect(page.locator('.rx-tab[aria-selected="true"]')).to_have_attribute("data-tab", name)
    page.keyboard.press("4")
    page.keyboard.press("j")
    expect_shown(page, "tool-calls")
    expect(page.locator(".rx-content")).to_contain_text("Reports as they came")


TALK: Any = {
    "model": "m",
    "temperature": 0.5,
    "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}}},
    "tools": [{"type": "function", "function": {"name": "weather", "parameters": {}}}],
    "messages": [
        {"role": "system", "content": "Be brief."},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "word " * 400},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAAAA=="}},
                {"type": "image_url", "image_url": {"url": "https://beacon.invalid/a.png"}},
            ],
        },
        {
            "role": "assistant",
            "reasoning_content": "Hm.",
            "content": None,
            "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": '{"city":"Oslo"}'}}
            ],
        },
        {"role": "tool", "tool_call_id": "c1", "content": "rain \u202e<b>"},
        {"role": "user", "content": [{"type": "hologram", "x": 1}]},
    ],
}


def test_a_request_is_a_conversation(opened: Opener, made_of: Callable[..., Corpus]) -> None:
    page = opened("talk", corpus=made_of({"talk": stream(says("a"), request=TALK)}))
    pane = open_pane(page, "request")
    expect(pane.locator(".rx-speaker")).to_have_text(["system", "user", "assistant", "tool", "user"])
    expect(pane.locator(".rx-part-image .rx-part-head")).to_have_text(["image image/png, 4 bytes", "image "])
    expect(pane.locator(".rx-address")).to_have_text("https://beacon.invalid/a.png")
    expect(pane.locator(".rx-part-reasoning")).to_have_text("reasoningHm.")
    expect(pane.locator(".rx-part-tool_call")).to_have_text('calls weather c1{"city":"Oslo"}')
    expect(pane.locator(".rx-part-tool_result")).to_have_text("result c1rain \u202e<b>")
    expect(pane.locator(".rx-part-tool_result .rx-control")).to_have_attribute("data-shown", "U+202E")
    expect(pane.locator(".rx-part-json .rx-label")).to_have_text("hologram")
    more = pane.get_by_role("button", name="show all 2,000 characters")
    long_text = pane.locator(".rx-prose").nth(1)
    assert len(long_text.text_content()) < 700
    more.click()
    assert long_text.text_content() == "word " * 400
    settings = pane.locator(".rx-settings")
    expect(settings.locator("dt")).to_have_text(["tools declared", "model", "temperature", "response_format"])
    expect(settings.locator("dd").nth(0)).to_have_text("1 tool: weather")
    expect(settings.locator("dd").nth(2)).to_have_text("0.5")
    button = pane.get_by_role("button", name="JSON", exact=True)
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(pane.locator(".rx-json-lines")).to_contain_text('"temperature": 0.5')
    expect(settings).to_be_hidden()
    button.click()
    expect(settings).to_be_visible()


def test_without_a_request_there_is_no_conversation(opened: Opener, made_of: Callable[..., Corpus]) -> None:
    page = opened("silent", corpus=made_of({"silent": stream(says("a"), request={})}))
    expect(open_pane(page, "request").locator(".rx-blank")).to_have_text(
        "No conversationThe request was recorded without a body."
    )


def test_a_long_conversation_is_shown_bit_by_bit(opened: Opener, made_of: Callable[..., Corpus]) -> None:
    messages = [{"role": "user", "content": f"m{n}"} for n in range(250)]
    page = opened("long", corpus=made_of({"long": stream(says("a"), request={"messages": messages})}))
    pane = open_pane(page, "request")
    expect(pane.locator(".rx-message-of")).to_have_count(100)
    pane.get_by_role("button", name="show 100 more messages").click()
    pane.get_by_role("button", name="show 50 more messages").click()
    expect(pane.locator(".rx-message-of")).to_have_count(250)
    expect(pane.locator(".rx-more")).to_be_hidden()


def test_log_probabilities_are_linked_to_the_text(opened: Opener, all_recordings: Corpus) -> None:
    page = opened("logprobs", 0)
    pane = open_pane(page, "logprobs")
    rows = pane.locator(".rx-token-row")
    first = rows.first
    expect(first).to_contain_text("%")
    said = all_recordings["logprobs"].text(0)
    shown = "".join(pane.locator(".rx-token-row > code").all_text_contents()).replace("\u00b7", " ").replace("↵", "\n")
    assert said.startswith(shown)
    chunk_of_first = first.get_attribute("data-chunk")
    first.click()
    expect_cursor(page, chunk_of_first)
    expect(first).to_have_class(re.compile("rx-token-now"))
    page.keyboard.press("ArrowRight")
    expect(pane.locator(".rx-token-now")).to_have_attribute("data-chunk", str(int(chunk_of_first) + 1))
    rows.nth(2).hover()
    assert page.evaluate("explorer.state.get('hover')") == int(rows.nth(2).get_attribute("data-chunk"))
    page.evaluate("(chunk) => explorer.state.set('hover', chunk)", int(chunk_of_first))
    expect(first).to_have_class(re.compile("rx-hover"))


def test_log_probabilities_are_offered_where_there_are_any(opened: Opener) -> None:
    page = opened("f27523")
    expect(page.locator('.rx-tab[data-tab="text"]')).to_be_visible()
    expect(page.locator('.rx-tab[data-tab="logprobs"]')).to_have_count(0)
    page.evaluate("explorer.go('logprobs')")
    expect(page.locator('.rx-tab[data-tab="logprobs"]')).to_have_text("Log probs")
    page.keyboard.press("7")
    page.evaluate("explorer.go('f27523f3fec8')")
    expect(page.locator(".rx-content .rx-blank")).to_have_text("No log probabilitiesNone came with this answer.")


def test_very_many_tokens_cost_few_rows(opened: Opener, made_of: Callable[..., Corpus]) -> None:
    def scored(n: int) -> Any:
        return chunk(choice({"content": f"w{n} "}, logprobs={"content": [{"token": f"w{n} ", "logprob": -0.01 * n}]}))

    page = opened("many", 0, corpus=made_of({"many": stream(*map(scored, range(3_000)))}))
    pane = open_pane(page, "logprobs")
    expect(pane.locator(".rx-token-row").first).to_be_visible()
    assert pane.locator(".rx-token-row").count() < 80
    page.keyboard.press("End")
    expect(pane.locator(".rx-token-now code").first).to_have_text("w2999\u00b7")
    assert pane.locator(".rx-token-row").count() < 80
    expect(pane.locator(".rx-token-link").first).to_have_text("w2999\u00b7 < 0.01 %")


def test_tokens_in_money_by_the_table_that_was_handed_over(opened: Opener) -> None:
    page = opened("f6960c", prices={"currency": "EUR", "*": {"input": 2, "cached_input": 1, "output": 8}})
    expect(page.locator(".rx-facts")).to_contain_text("cost by your price table 0.00171 EUR")
    pane = open_pane(page, "tokens")
    expect(pane.locator("h4").first).to_have_text("Cost by your price table, price of *")
    assert table(page) == [
        ["tokens of", "tokens", "EUR per million", "EUR"],
        ["input", "707", "2", "0.001414"],
        ["cached input", "0", "1", "0.00"],
        ["output, reasoning included", "37", "8", "0.000296"],
    ]
    page.evaluate("explorer.go('94d11daee205')")
    expect(pane).to_contain_text("not known: tokens were not reported")


def test_without_a_table_nothing_is_said_of_money(opened: Opener) -> None:
    page = opened("f6960c")
    expect(page.locator(".rx-facts")).to_contain_text("tokens 744")
    expect(page.locator(".rx-facts")).not_to_contain_text("cost")
    expect(open_pane(page, "tokens").locator("h4")).to_have_text("Reports as they came")
