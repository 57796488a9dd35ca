"""Runs of one request in the explorer: which they are, choosing them, and the view in which they stand side by side."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from explorer_inputs import Opener
from journal_kit import journal_bytes
from page_objects import box, choose, expect, expect_cursor, expect_shown, expect_soon, rows, search, total, values
from scripted_streams import chat_text
from synthetic import calls, choice, chunk, fragment, pieces, says, stream, thinks

import recexplore
from recexplore.corpus import Corpus

MS = 1_000_000
THOUGHT = "They ask where people live."
SAID = "Humans live on Earth, the third planet from the Sun."
OTHER = "Humans live on **Earth**, the third planet from our Sun."


def answer(content: str, cut: int = 5, finish: str | None = "tool_calls", arguments: str = '{"at": "Earth"}') -> Any:
    cuts = range(cut, 500, cut)
    chunks = [thinks("reasoning_content", each) for each in pieces(THOUGHT, cuts) if each]
    chunks += [says(each) for each in pieces(content, cuts) if each]
    if arguments:
        chunks += [
            calls(fragment("", name="weather")),
            *(calls(fragment(each)) for each in pieces(arguments, cuts) if each),
        ]
    end = [chunk(choice({}, finish_reason=finish))] if finish else []
    asked = {"model": "m", "messages": [{"role": "user", "content": "Where do people live?"}], "stream": True}
    return stream(*chunks, *end, request=asked)


@pytest.fixture(scope="module")
def flaky(made_of: Callable[..., Corpus]) -> Corpus:
    """Six runs of one request, and a recording of another: 0, 1 and 2 are alike but for the cuts of 2."""
    return made_of(
        {
            "run-0": answer(SAID),
            "run-1": answer(SAID),
            "run-2": answer(SAID, cut=3),
            "run-3": answer(OTHER),
            "run-4": answer(SAID, finish="stop", arguments=""),
            "run-5": answer(SAID[:20], finish=None, arguments=""),
            "alone": stream(says("Hi")),
        }
    )


@pytest.fixture(scope="module")
def reported(made_of: Callable[..., Corpus]) -> Corpus:
    """Two runs of one request, alike but for a usage report."""
    asked = {"model": "m", "messages": [{"role": "user", "content": "Hi?"}], "stream": True}
    end = chunk(choice({}, finish_reason="stop"))
    return made_of(
        {
            "with": stream(
                says("Hello"), end, chunk(usage={"prompt_tokens": 2, "completion_tokens": 1}), request=asked
            ),
            "without": stream(says("Hello"), end, request=asked),
        }
    )


def compare(page: Any, *ids: str) -> None:
    page.evaluate("(ids) => explorer.state.set('compared', ids)", list(ids))
    expect(page.locator(".rx-comparison")).to_be_visible()
    expect(page.locator(".rx-run-text").first).to_be_visible()


def marked(page: Any, look: str) -> list[str]:
    """The stretches of text that have a look."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    found: list[str] = page.evaluate("(look) => [...(CSS.highlights.get(look) ?? [])].map(String)", look)
    return found


def shown(page: Any) -> list[str]:
    found: list[str] = page.locator(".rx-run-column > b").all_text_contents()
    return found


def run(page: Any, number: int) -> Any:
    return page.locator(f'.rx-runs-body .rx-run[data-run="{number}"]')


@pytest.fixture
def stalling(tmp_path: Path) -> Corpus:
    """Three runs of one request, the second of which waits two seconds for its fifth chunk."""
    events = chat_text(["A", " wren", " sings", " before", " dawn", "."])
    for name, stall_ms in (("a", 0), ("b", 2_000), ("c", 0)):
        reads = [((at + 1) * 20 * MS + (stall_ms * MS if at > 4 else 0), event) for at, event in enumerate(events)]
        journal = journal_bytes(
            "http://localhost/v1/chat/completions", b'{"model": "m"}', reads, end=(3_000 * MS, "complete")
        )
        (tmp_path / f"{name}.journal.jsonl").write_bytes(journal)
    return recexplore.load(tmp_path, progress=False)


def test_a_run_that_stalled_is_named(opened: Opener, stalling: Corpus) -> None:
    page = opened(corpus=stalling)
    words = "Nothing came for 2.02 s between chunks 4 and 5, from 0.10 s to 2.12 s; the stream's usual gap is 20 ms."

    compare(page, *(each.id for each in stalling))

    expect(run(page, 1).locator(".rx-badge-stall")).to_have_text("stall")
    expect(run(page, 1).locator(".rx-badge-stall")).to_have_attribute("title", words)
    expect(page.locator(".rx-badge-stall")).to_have_count(1)
    expect(page.locator(".rx-facts")).to_contain_text("stalled 1 run")
    verdicts = page.locator(".rx-runs-body .rx-verdict-text")
    expect(verdicts).to_have_text(["reference", "identical", "identical"])
    colours = verdicts.evaluate_all("(nodes) => nodes.map((node) => getComputedStyle(node).color)")
    assert colours[0] == colours[2] != colours[1]
    page.get_by_role("tab", name="Differences").click()
    expect(page.locator(".rx-run-stalls")).to_have_text(f"run 2{words}")
    run(page, 2).click()
    page.locator(".rx-run-stalls button").click()
    expect(page.locator(".rx-run-shown .rx-run-name > b")).to_have_text(["1", "2"])


def test_the_head_says_how_many_runs_there_are_and_lists_them(opened: Opener, flaky: Corpus) -> None:
    page = opened("run-3", corpus=flaky)
    page.get_by_role("button", name="6 runs of this request").click()
    expect(page.locator(".rx-input")).to_have_value('request:"run-3"')
    expect(total(page)).to_have_text("6 of 7 recordings")
    expect(page.locator(".rx-run-count").first).to_have_text("×6")
    search(page, "runs:1", "1 of 7 recordings")
    assert rows(page) == ["alone"]


def test_a_recording_alone_says_nothing_of_runs(opened: Opener, flaky: Corpus) -> None:
    page = opened("alone", corpus=flaky)
    page.wait_for_function("explorer.state.get('grouped')")
    expect(page.locator(".rx-runs-of")).to_have_text("")


def test_the_facet_counts_runs(opened: Opener) -> None:
    page = opened("f27523")
    page.wait_for_function("explorer.state.get('grouped')")
    expect(total(page)).to_have_text("23 of 23 recordings")
    assert values(page, "runs") == ["once 21", "2 2", "3 to 9 0", "10 and more 0"]
    choose(page, "runs", "2")
    expect(total(page)).to_have_text("2 of 23 recordings")
    assert rows(page) == ["aiperf#0", "aiperf#1"]


def test_rows_are_chosen_and_compared(opened: Opener, flaky: Corpus) -> None:
    page = opened("run-0", corpus=flaky)
    bar, row = page.locator(".rx-chosen-bar"), lambda id_: page.locator(f'.rx-row[data-id="{id_}"]')
    expect(bar).to_be_hidden()
    row("run-3").click(modifiers=["Control"])
    expect(bar).to_contain_text("1 chosen")
    expect(bar.get_by_role("button", name="compare")).to_be_disabled()
    expect_shown(page, "run-0")
    row("run-5").click(modifiers=["Shift"])
    expect(bar).to_contain_text("3 chosen")
    row("run-4").hover()
    row("run-4").locator(".rx-choose-row").click()
    expect(bar).to_contain_text("2 chosen")
    bar.get_by_role("button", name="compare").click()
    expect(page.locator(".rx-runs-body .rx-run")).to_have_count(2)
    expect(page.locator(".rx-verdict")).to_have_text("broken")
    bar.get_by_role("button", name="clear").click()
    expect(bar).to_be_hidden()
    expect(page.locator(".rx-chosen-row")).to_have_count(0)


def test_rows_are_chosen_by_key(opened: Opener, flaky: Corpus) -> None:
    page = opened("run-0", corpus=flaky)
    page.keyboard.press("v")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect_shown(page, "run-2")
    page.keyboard.press("v")
    expect(page.locator(".rx-chosen-bar")).to_contain_text("2 chosen")
    page.keyboard.press("o")
    expect(page.locator(".rx-verdict")).to_have_text("other wire")
    page.keyboard.press("Escape")
    expect_shown(page, "run-2")


def test_the_odd_one_is_seen_in_the_table(opened: Opener, flaky: Corpus) -> None:
    page = opened("run-0", corpus=flaky)
    page.locator(".rx-compare").click()
    expect(page.locator(".rx-compared")).to_contain_text("They differ in finish reason, tool calls")
    lines = page.locator(".rx-runs-body .rx-run").evaluate_all("""(rows) => rows.map((row) => {
      const cells = [...row.querySelectorAll(".rx-verdict-text, .rx-class")];
      return [row.dataset.run, ...cells.map((cell) => cell.textContent)].join(" ");
    })""")
    assert lines == [
        "0 reference A A A", "5 broken C D E", "4 other structure B C D", "3 other words A B C", "2 other wire A A B",
        "1 identical A A A",
    ]  # fmt: skip
    expect(run(page, 3).locator(".rx-run-parting")).to_have_text(
        "content 15: “**Earth**, the third pla…” for “Earth, the third planet …”"
    )
    expect(run(page, 5)).to_contain_text("choice 0 never finished")
    # Opened from the reference: beside it stands the first whose words are others.
    assert shown(page) == ["run 1", "run 4"]


def test_the_recording_that_it_was_opened_from_stands_beside_the_reference(opened: Opener, flaky: Corpus) -> None:
    page = opened("run-5", corpus=flaky)
    page.locator(".rx-compare").click()
    expect(page.locator(".rx-run-column").nth(1)).to_contain_text("run 6")
    assert shown(page) == ["run 1", "run 6"]
    expect(run(page, 5)).to_have_class(re.compile("rx-run-active"))


def test_an_explorer_begins_with_the_comparison_that_it_is_given(page: Any, flaky: Corpus) -> None:
    page.explorer = recexplore.explore(flaky, compare=["run-3", "run-0"], findings=False)
    opening = {**page.explorer.opening, "recording": page.explorer.selected, "chunk": page.explorer.cursor}
    page.evaluate("(opening) => window.open_explorer(opening)", opening)
    expect(page.locator(".rx-runs-body .rx-run")).to_have_count(2)
    expect(page.locator(".rx-run-column")).to_have_count(2)
    page.get_by_role("button", name="close").first.click()
    expect_shown(page, "run-3")


def test_a_row_is_in_sight_where_a_comparison_begins(opened: Opener, made_of: Callable[..., Corpus]) -> None:
    many = made_of({f"run-{n:02}": answer(f"{SAID} {n}" if n % 9 else SAID) for n in range(60)})
    page = opened("run-53", corpus=many)
    compare(page, "run-53")
    expect(run(page, 53)).to_be_in_viewport()


def test_no_text_shows_through_the_heads(opened: Opener, made_of: Callable[..., Corpus]) -> None:
    page = opened("run-0", corpus=made_of({f"run-{n}": answer(f"{SAID} " * 40 + str(n)) for n in (0, 1)}))
    compare(page, "run-0")
    page.locator(".rx-run-texts").evaluate("(node) => { node.scrollTop = 200; }")
    around, head = box(page, ".rx-run-texts"), box(page, ".rx-run-columns")
    assert abs(head["y"] - around["y"]) < 2
    assert head["width"] > around["width"] - 24
    edge = "([x, y]) => document.elementFromPoint(x, y).closest('.rx-run-columns') !== null"
    for share in (0.01, 0.25, 0.49, 0.5, 0.51, 0.75, 0.96):
        for down in (2, head["height"] / 2, head["height"] - 2):
            assert page.evaluate(edge, [around["x"] + share * head["width"], head["y"] + down])


def test_which_choice_is_which_is_shown(opened: Opener) -> None:
    page = opened("leap-year-04", corpus=recexplore.load("recordings/runs", progress=False))
    compare(page, "leap-year-04")
    assert shown(page) == ["run 1", "run 4"]
    expect(page.locator(".rx-own-choice")).to_have_text([f"its choice {n}" for n in (0, 1, 0, 1, 1, 0, 1, 0)])
    expect(run(page, 3).locator(".rx-matching")).to_have_text("choices 1→0 0→1")
    expect(page.locator(".rx-matching")).to_have_count(1)
    expect(page.locator(".rx-facts")).to_contain_text("choices matched in 1 run")
    run(page, 1).click()
    expect(page.locator(".rx-run-column").nth(1)).to_contain_text("run 2")
    expect(page.locator(".rx-own-choice")).to_have_count(0)


def test_runs_are_shown_beside_the_reference(opened: Opener, flaky: Corpus) -> None:
    page = opened("run-0", corpus=flaky)
    compare(page, "run-0")
    run(page, 4).click()
    expect(page.locator(".rx-run-column")).to_have_count(2)
    expect(page.locator(".rx-run-column").nth(1)).to_contain_text("run 5")
    run(page, 5).locator(".rx-run-box").click()
    run(page, 2).click(modifiers=["Control"])
    expect(page.locator(".rx-run-column")).to_have_count(4)
    assert shown(page) == ["run 1", "run 5", "run 6", "run 3"]
    page.get_by_role("button", name="without run 6").click()
    expect(page.locator(".rx-run-column")).to_have_count(3)
    page.locator(".rx-right").focus()
    page.keyboard.press("j")
    expect(page.locator(".rx-run-column")).to_have_count(2)
    assert shown(page) == ["run 1", "run 2"]


def test_what_differs_is_marked(opened: Opener, flaky: Corpus) -> None:
    page = opened("run-0", corpus=flaky)
    compare(page, "run-0")
    expect(page.locator(".rx-run-section")).to_have_text(
        ["reasoning both alike", "content what differs is underlined", "tool call 0 both alike"]
    )
    texts = [THOUGHT, THOUGHT, SAID, OTHER, 'weather {"at": "Earth"}', 'weather {"at": "Earth"}']
    expect_soon(lambda: page.locator(".rx-run-text").all_text_contents(), texts)
    expect_soon(lambda: page.locator(".rx-differs").all_text_contents(), [" Earth", " the", " **Earth**", " our"])


def test_the_slider_moves_all_runs_to_the_same_character(opened: Opener, flaky: Corpus) -> None:
    page = opened("run-0", corpus=flaky)
    compare(page, "run-0", "run-3")
    expect_soon(lambda: marked(page, "rx-to-come"), [])
    slider = page.locator(".rx-comparison .rx-slider")
    end = int(slider.get_attribute("max"))
    slider.evaluate(
        "(node, place) => { node.value = place; node.dispatchEvent(new Event('input')); }", len(THOUGHT) + 14
    )
    expect_soon(lambda: marked(page, "rx-to-come")[:2], [SAID[14:], OTHER[14:]])
    page.locator(".rx-right").focus()
    page.keyboard.press("n")
    assert int(slider.input_value()) > len(THOUGHT) + 14
    came = marked(page, "rx-to-come")
    assert came[0].startswith(" the Sun")
    assert came[1].startswith(" our Sun")
    page.keyboard.press("End")
    assert int(slider.input_value()) == end
    page.keyboard.press("ArrowLeft")
    assert marked(page, "rx-to-come") != []
    page.keyboard.press("Home")
    assert "".join(marked(page, "rx-to-come")) == THOUGHT * 2 + SAID + OTHER + '{"at": "Earth"}' * 2


def test_hovering_a_piece_lights_up_the_same_characters_of_all(opened: Opener, flaky: Corpus) -> None:
    page = opened("run-0", corpus=flaky)
    compare(page, "run-0", "run-2")
    lanes = page.locator(".rx-run-lanes .rx-marks")

    def lit_at(x: float, y: float) -> list[str]:
        # Lanes that are being drawn hear no pointer.
        lanes.hover(position={"x": x - 1, "y": y}, force=True)
        lanes.hover(position={"x": x, "y": y}, force=True)
        return marked(page, "rx-under")

    expect_soon(lambda: lit_at(90, 20 + 12), [THOUGHT[:5]] * 2)
    expect(page.locator(".rx-run-lanes .rx-tip")).to_have_text(f"run 1, chunk 0 {THOUGHT[:5]}")
    expect_soon(lambda: lit_at(84, 20 + 24 + 12), [THOUGHT[:3]] * 2)
    text = box(page, ".rx-run-text", 3)
    page.mouse.move(text["x"] + 3, text["y"] + 10)
    expect_soon(lambda: marked(page, "rx-under"), [SAID[:3]] * 2)
    page.mouse.click(text["x"] + 3, text["y"] + 10)
    expect_soon(lambda: marked(page, "rx-to-come")[:2], [SAID[3:]] * 2)
    page.mouse.move(5, 5)
    expect_soon(lambda: marked(page, "rx-under"), [])


def test_boundaries_are_shown_on_demand(opened: Opener, flaky: Corpus) -> None:
    page = opened("run-0", corpus=flaky)
    compare(page, "run-0", "run-2")
    expect_soon(lambda: marked(page, "rx-cut-off"), [])
    page.keyboard.press("b")
    expect_soon(lambda: marked(page, "rx-cut-off")[:2], [THOUGHT[5:10], THOUGHT[15:20]])
    assert THOUGHT[3:6] in marked(page, "rx-cut-off")
    page.keyboard.press("b")
    expect_soon(lambda: marked(page, "rx-cut-off"), [])


def test_a_branch_shows_its_runs_and_where_they_part(opened: Opener, flaky: Corpus) -> None:
    page = opened("run-0", corpus=flaky)
    compare(page, "run-0")
    page.keyboard.press("2")
    branches = page.locator(".rx-branch")
    expect(branches).to_have_count(5)
    root, leaf = branches.nth(0), page.get_by_role("button", name="1 run from character 15: “**Earth**")
    expect(root).to_have_attribute("aria-label", "6 runs from character 0: “Humans live on ”")
    tall = [box(page, ".rx-branch", nth)["height"] for nth in (0, 1)]
    assert tall[0] > 5 * tall[1]
    leaf.click()
    assert page.evaluate("explorer.state.get('compared')") == ["run-0"]
    expect(page.locator(".rx-comparison .rx-where-now b")).to_have_text(str(len(THOUGHT) + 15))
    page.locator(".rx-branch", has_text="5ends").click()
    page.keyboard.press("1")
    assert shown(page) == ["run 1", "run 6"]


def test_branches_without_room_for_words_are_drawn_on_one_canvas(
    opened: Opener, made_of: Callable[..., Corpus]
) -> None:
    texts = [" ".join(f"w{word if word < n else (word * n) % 89}" for word in range(60)) for n in range(200)]
    page = opened("run-000", corpus=made_of({f"run-{n:03}": answer(text) for n, text in enumerate(texts)}))
    compare(page, "run-000")
    page.keyboard.press("2")
    canvas = page.locator(".rx-small-branches")
    expect(canvas).to_be_visible()
    assert page.locator(".rx-tree *").count() < 200
    place = box(page, ".rx-small-branches")
    x, y = place["x"] + place["width"] - 20, place["y"] + 4
    page.mouse.move(x, y)
    expect(canvas).to_have_attribute("title", re.compile(r"^1 run from character \d+: “"))
    colours = """(node) => { const { data } = node.getContext("2d").getImageData(0, 0, node.width, node.height);
      return [...new Set(new Uint32Array(data.buffer))].length; }"""
    expect_soon(lambda: canvas.evaluate(colours) > 5, True)
    chosen = int(canvas.get_attribute("title").split(":")[0].rsplit(" ", 1)[1])
    page.mouse.click(x, y)
    assert page.evaluate("explorer.state.get('compared')") == ["run-000"]
    expect(page.locator(".rx-comparison .rx-where-now b")).to_have_text(str(len(THOUGHT) + chosen))


def test_differences_name_who_shares_a_value(opened: Opener, flaky: Corpus) -> None:
    page = opened("run-0", corpus=flaky)
    compare(page, "run-0")
    page.keyboard.press("3")
    content = page.locator(".rx-aspects tr", has_text="content")
    expect_soon(lambda: content.locator(".rx-value").all_text_contents(), ["4× runs 1, 2, 3, 5", "run 4", "run 6"])
    expect(page.locator(".rx-aspects-pane")).to_contain_text("All agree in: ")
    content.get_by_role("button", name="run 6").click()
    page.keyboard.press("1")
    expect(page.locator(".rx-run-column").nth(1)).to_contain_text("run 6")


def test_similarity_is_a_matrix_and_a_histogram(opened: Opener, flaky: Corpus) -> None:
    page = opened("run-0", corpus=flaky)
    compare(page, "run-0")
    page.keyboard.press("4")
    expect(page.locator(".rx-alike")).to_contain_text("4 different answers: the stronger the colour, the more words")
    expect(page.locator(".rx-alike")).to_contain_text("3 runs never; the others after so much of the text")
    matrix = box(page, ".rx-matrix")
    page.mouse.move(matrix["x"] + 64 + 35, matrix["y"] + 35)
    expect(page.locator(".rx-matrix-box .rx-tip")).to_contain_text("100 % run 1 and 2 like it")
    compare(page, "run-0", "run-1")
    expect(page.locator(".rx-comparison .rx-tab")).to_have_text(["Texts", "Tree", "Differences"])


def test_a_comparison_is_left_as_it_was_come_to(opened: Opener, flaky: Corpus) -> None:
    page = opened("run-3", 4, corpus=flaky)
    compare(page, "run-3")
    page.get_by_role("button", name="close").first.click()
    expect_shown(page, "run-3")
    expect_cursor(page, 4)
    compare(page, "run-3")
    page.locator('.rx-row[data-id="run-3"]').click()
    expect_shown(page, "run-3")
    compare(page, "run-3")
    page.locator('.rx-row[data-id="run-1"]').click()
    expect_shown(page, "run-1")
    compare(page, "run-1")
    page.evaluate("explorer.go('run-2', 3)")
    expect_shown(page, "run-2")
    expect_cursor(page, 3)


def test_what_cannot_be_compared_is_said(opened: Opener, flaky: Corpus) -> None:
    page = opened("alone", corpus=flaky)
    page.keyboard.press("o")
    expect(page.locator(".rx-right")).to_contain_text("alone is the only run of its request")
    page.get_by_role("button", name="back to the recording").click()
    expect_shown(page, "alone")


def test_a_legend_says_what_the_looks_of_the_shown_runs_mean(opened: Opener, flaky: Corpus) -> None:
    page = opened("run-0", corpus=flaky)
    legend = page.locator(".rx-run-legend > span")
    compare(page, "run-0", "run-1")
    expect(legend).to_have_text(["reasoning", "content", "tool call", "words not come yet"])
    page.keyboard.press("b")
    expect(legend).to_have_text(["reasoning", "content", "tool call", "words not come yet", "words every other chunk"])
    page.keyboard.press("b")
    compare(page, "run-0", "run-5")
    expect(legend.filter(has_text="another run has words here")).to_have_count(1)
    compare(page, "run-0", "run-3")
    expect(legend.filter(has_text="words other words than in another run")).to_have_count(1)


def test_a_usage_report_that_only_one_run_lacks_is_marked_on_its_lane(opened: Opener, reported: Corpus) -> None:
    page = opened("with", corpus=reported)
    compare(page, "with", "without")
    lanes = page.locator(".rx-run-lanes .rx-marks")
    expect(lanes).to_have_attribute("aria-label", "how 2 runs were cut: run 1, run 2 (no usage report came)")
    expect(page.locator(".rx-run-legend > span").last).to_have_text("no usage report came")
    around = box(page, ".rx-run-lanes .rx-marks")
    end = around["x"] + around["width"] - 14
    page.mouse.move(end + 6, around["y"] + 20 + 36)
    expect(page.locator(".rx-run-lanes .rx-tip")).to_have_text("run 2 no usage report came")
    page.mouse.move(end + 6, around["y"] + 20 + 12)
    expect(page.locator(".rx-run-lanes .rx-tip")).to_be_hidden()


@pytest.fixture(scope="module")
def tables(bundled_folder: Path) -> Corpus:
    """Four runs of one request, one with arguments in another spelling, and ten of another."""
    return recexplore.load(bundled_folder.parent / "runs", progress=False)


def test_of_arguments_that_are_the_same_json_the_row_says_so(opened: Opener, tables: Corpus) -> None:
    page = opened("table-01", corpus=tables)
    compare(page, *(f"table-0{n}" for n in (1, 2, 3, 4)))
    same = "tool arguments are written otherwise: the same JSON"
    expect(run(page, 1).locator(".rx-run-parting")).to_have_text(same)
    expect(run(page, 2).locator(".rx-run-parting")).to_contain_text("Okafor")
    expect(page.locator(".rx-compared")).to_contain_text(f"Of table-02 only {same}.")


def test_levels_and_letters_are_explained_and_more_runs_have_a_sign(opened: Opener, tables: Corpus) -> None:
    page = opened("leap-year-01", corpus=tables)
    compare(page, *(f"leap-year-{n:02}" for n in range(1, 11)))
    expect(page.locator(".rx-runs-legend")).to_have_text(
        "structure what a program acts on; text the words; wire how they were sent; one letter: alike in it and in what "
        "stands before it; A: as the reference"
    )
    runs, legend = page.locator(".rx-runs-scroll"), page.locator(".rx-runs-legend")
    size = page.viewport_size
    for height, more in ((1000, 3), (760, 4), (420, 6)):
        page.set_viewport_size({"width": 1400, "height": height})
        page.locator(".rx-explorer").evaluate("(node, height) => { node.style.height = `${height - 20}px`; }", height)
        expect(legend).to_have_attribute("data-more", f"↓ {more} more")
        last = page.evaluate("""() => {
          const scroller = document.querySelector(".rx-runs-scroll");
          const end = scroller.getBoundingClientRect().top + scroller.clientTop + scroller.clientHeight;
          const rows = [...document.querySelectorAll(".rx-runs-body .rx-run")];
          return Math.min(...rows.map((row) => Math.abs(row.getBoundingClientRect().bottom - end)));
        }""")
        assert last < 1, "rows in sight are whole"
    page.set_viewport_size(size)
    runs.evaluate("(runs) => { runs.scrollTop = runs.scrollHeight; }")
    expect(legend).not_to_have_attribute("data-more", re.compile("."))


def test_the_list_shows_which_recordings_are_compared(opened: Opener, tables: Corpus) -> None:
    page = opened("sum-whole", corpus=tables)
    compare(page, "table-01", "table-02")
    chosen = page.locator(".rx-list .rx-selected")
    expect(chosen).to_have_count(2)
    expect_soon(lambda: chosen.evaluate_all("(rows) => rows.map((row) => row.dataset.id)"), ["table-01", "table-02"])
    page.keyboard.press("Escape")
    expect(chosen).to_have_attribute("data-id", "sum-whole")


def test_a_narrow_window_keeps_the_way_to_differences_and_how_runs_finished(opened: Opener, tables: Corpus) -> None:
    page = opened("leap-year-01", corpus=tables)
    page.set_viewport_size({"width": 900, "height": 800})
    compare(page, *(f"leap-year-{n:02}" for n in range(1, 11)))
    for name in ("previous difference (p)", "next difference (n)"):
        expect(page.get_by_role("button", name=name)).to_be_visible()
    expect(run(page, 9).locator(".rx-run-finish")).to_have_text("stop, length")
    expect(run(page, 9).locator(".rx-run-finish")).to_be_visible()


def test_what_is_cut_of_a_branch_has_a_sign_and_a_tree_has_room_in_its_pane(opened: Opener, tables: Corpus) -> None:
    page = opened("leap-year-01", corpus=tables)
    page.set_viewport_size({"width": 1440, "height": 860})
    compare(page, *(f"leap-year-{n:02}" for n in range(1, 11)))
    page.locator(".rx-comparison [data-tab=tree]").click()
    shared = page.locator(".rx-branch-end").first
    expect(shared).to_be_visible()
    is_cut = "(text) => text.firstChild.getBoundingClientRect().width > text.clientWidth"
    expect_soon(lambda: shared.evaluate(is_cut), True)
    expect(shared).to_have_css("text-overflow", "ellipsis")
    # The sign stands where the line ends, which is its left.
    expect(shared).to_have_css("direction", "rtl")
    expect(shared).to_have_text(re.compile("1900 was$"))
    inside = page.locator(".rx-comparison > .rx-content")
    expect_soon(lambda: inside.evaluate("(pane) => pane.scrollHeight - pane.clientHeight") <= 1, True)


@pytest.mark.parametrize("width", [900, 1280, 1440, 1800])
def test_names_that_begin_alike_are_told_apart(opened: Opener, made_of: Callable[..., Corpus], width: int) -> None:
    name = "c5baedfb0ebbe217d37cc40746180f0c2ff65c46a838bb6ad57d4d3e9ba800ed"
    corpus = made_of({f"{name}-0000000{number}": answer(SAID) for number in range(3)})
    page = opened(corpus=corpus)
    page.set_viewport_size({"width": width, "height": 900})
    id_ = corpus[0].id
    page.evaluate("(id) => explorer.go(id)", id_)
    expect_shown(page, id_)
    compare(page, *(each.id for each in corpus))

    for place in (".rx-runs-body .rx-run-name", ".rx-run-column"):
        ends = page.locator(f"{place} .rx-end")
        assert [text[-2:] for text in ends.all_text_contents()] == ["00", "01", "02"][: ends.count()]
        assert not any(is_cut(end) for end in ends.all())


def is_cut(end: Any) -> bool:
    """Whether the end of a name does not stand whole in the box of the name."""
    found: bool = end.evaluate(
        """(node) => {
          const own = node.getBoundingClientRect(), around = node.parentElement.getBoundingClientRect();
          return own.width === 0 || own.right > around.right + 1 || own.left < around.left - 1;
        }"""
    )
    return found


def test_of_an_id_without_room_what_tells_it_apart_is_whole(opened: Opener, made_of: Callable[..., Corpus]) -> None:
    page = opened(corpus=made_of({f"c5baedfb0ebbe217-{number}": answer(SAID) for number in range(2)}))
    page.add_style_tag(content=".rx-where { flex: none !important; width: 150px; }")
    shown = page.locator(".rx-where code")
    expect(shown.locator(".rx-end")).to_have_text(re.compile("^~[0-9a-f]{4}$"))
    expect(shown).to_have_text(page.evaluate("() => explorer.state.get('recording')"))
    assert not is_cut(shown.locator(".rx-end"))
    assert shown.locator(".rx-start").evaluate("(node) => node.scrollWidth > node.clientWidth")
