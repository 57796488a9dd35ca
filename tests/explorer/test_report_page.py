"""A report opened from disk, the network cut: it does what the explorer does, and acts on no recorded text."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from hostile_text import HOSTILE, as_shown
from report_page import page_in

import recexplore as rx
from recexplore.corpus import Corpus
from recexplore.share.page.shown import Shown
from recexplore.views.find.finder import Finder

pytestmark = pytest.mark.long

EVERYTHING = "\n".join(HOSTILE.values())
TABS = ("request", "reasoning", "tokens", "timing", "tools", "findings", "raw", "text")

HACKED = "() => window.hacked || 0"
CONTROL = "<img src=x onerror='window.hacked=(window.hacked||0)+1'>"


@pytest.fixture(scope="module")
def page(browser: Any) -> Iterator[Any]:
    with page_in(browser) as page:
        yield page


@pytest.fixture(scope="module")
def report(all_recordings: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    return rx.report(all_recordings, path, title="Two choices, mixed", note="First line.\nSecond line.", progress=False)


@pytest.fixture(scope="module")
def leap_years(bundled_folder: Path) -> Corpus:
    """Ten runs of one request."""
    return rx.load(bundled_folder.parent / "runs" / "leap-year-*.yaml", progress=False)


def opened(page: Any, path: Path, address: str = "") -> Any:
    page.goto("about:blank")
    page.asked.clear()
    page.errors.clear()
    page.goto(f"{path.as_uri()}{address}")
    page.wait_for_selector(".rx-prompt, .rx-comparison")
    return page


def is_quiet(page: Any, path: Path) -> bool:
    """Whether the page asked nobody for anything but itself, and the console said nothing."""
    assert page.errors == []
    return {re.sub("#.*", "", each) for each in page.asked} <= {path.as_uri(), "about:blank"}


def asked(page: Any) -> str:
    return str(page.locator(".rx-prompt").inner_text())


def settled(page: Any, address: str) -> None:
    page.wait_for_function("(hash) => location.hash === hash", arg=address)


def test_it_opens_at_the_worst_finding_and_asks_for_nothing(page: Any, report: Path) -> None:
    opened(page, report)

    assert asked(page) == "What's the name of the Sun in latin?"
    assert page.locator(".rx-cover h1").inner_text() == "Two choices, mixed"
    assert page.locator(".rx-cover-note").inner_text() == "First line.\nSecond line."
    assert page.locator(".rx-cover-line > .rx-label").inner_text() == "23 recordings · 2 errors, 8 warnings, 6 notes"
    assert not page.locator(".rx-cover li").first.is_visible()
    page.locator(".rx-cover summary").click()
    assert page.locator(".rx-cover li").first.is_visible()
    settled(page, "#f27523/1")
    assert is_quiet(page, report)


def n_found(page: Any, n: int) -> None:
    page.wait_for_function("(n) => document.querySelector('.rx-total b').textContent === String(n)", arg=n)


@pytest.mark.parametrize("width", [900, 1280, 1440, 1800])
def test_a_stranger_reads_what_is_wrong_without_scrolling_and_is_led_on(
    width: int, browser: Any, report: Path, bundled: Corpus
) -> None:
    findings = bundled["f27523"].findings
    worst, second = findings[findings["severity"] == "error"].to_dict("records")
    with page_in(browser, width, 900) as page:
        opened(page, report)
        for css, words in ((".rx-message", worst["message"]), ("blockquote", worst["evidence"])):
            seen = page.locator(f".rx-chosen-finding {css}")
            assert seen.text_content() == words
            box = seen.bounding_box()
            assert box["y"] > 0
            assert box["y"] + box["height"] <= 900
        body = page.locator(".rx-finding-body")
        assert body.evaluate("(body) => body.scrollHeight <= body.clientHeight")
        page.get_by_role("button", name="next finding").click()
        settled(page, f"#f27523/{second['chunk']}")
        assert page.locator(".rx-chosen-finding .rx-message").text_content() == second["message"]


def test_in_a_low_window_the_answer_begins_in_sight(page: Any, report: Path) -> None:
    opened(page, report, "#f27523/1")
    page.evaluate("document.querySelector('.rx-cover-note').remove()")
    for width in (900, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.locator(".rx-text").first.bounding_box()["y"] + 16 <= 800
    page.set_viewport_size({"width": 1400, "height": 1000})


@contextmanager
def printed(page: Any) -> Iterator[None]:
    """The page as a printer has it; afterwards it is as before."""
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    yield
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator(".rx-printed, .rx-printed-lanes, .rx-printed-runs, .rx-not-printed").count() == 0


def test_what_is_wrong_is_printed_before_the_texts_with_what_to_do(page: Any, report: Path) -> None:
    opened(page, report)
    with printed(page):
        below = page.locator(".rx-printed > *")
        assert below.nth(0).inner_text() == "Findings"
        assert below.nth(1).inner_text().startswith("error")
        assert [each.split("\n")[0] for each in below.all_inner_texts()[2:]] == ["choice 0", "choice 1"]
        assert "Ask for one choice at a time until it is mended" in below.nth(1).inner_text()
        assert not page.locator(".rx-chosen-finding").is_visible()


_INK = """(canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const colours = new Set();
  for (let at = 0; at < data.length; at += 4) if (data[at + 3] === 255) colours.add(data.slice(at, at + 3).join());
  return [...colours];
}"""
BARS = {"59,125,216", "230,159,0"}
"""The colours of content and reasoning."""


@pytest.mark.parametrize("width", [900, 1440])
def test_the_lanes_are_printed_as_one_canvas_as_wide_as_the_sheet(width: int, page: Any, report: Path) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    opened(page, report)
    with printed(page):
        page.set_viewport_size({"width": 690, "height": 900})
        (lanes,) = [each for each in page.locator("canvas").all() if each.is_visible()]
        assert lanes.bounding_box()["width"] == page.locator(".rx-printed").bounding_box()["width"]
        assert {*lanes.evaluate(_INK)} >= BARS
    page.set_viewport_size({"width": 1400, "height": 1000})


def test_of_compared_runs_all_are_printed_and_nothing_of_them_is_cut(
    page: Any, leap_years: Corpus, tmp_path: Path
) -> None:
    runs = [each.id for each in leap_years]
    opened(page, rx.report(leap_years, tmp_path / "runs.html", progress=False), f"#compare={','.join(runs)}")
    page.wait_for_selector(".rx-run-text")
    # The list is at the runs, and not at the recording that the page would have opened with.
    assert page.locator(".rx-list .rx-selected").first.get_attribute("data-id") == runs[0]
    with printed(page):
        page.set_viewport_size({"width": 690, "height": 900})
        rows = page.locator(".rx-printed-runs > .rx-run:not(.rx-run-head)")
        names = rows.locator(".rx-run-name").all_inner_texts()
        assert sorted(names) == sorted(f"{n}\n{id_}.yaml" for n, id_ in enumerate(runs, 1))
        cut = (
            "(cells) => cells.filter((cell) => cell.scrollWidth > cell.clientWidth + 1).map((cell) => cell.textContent)"
        )
        assert page.locator(".rx-printed-runs .rx-run-cell").evaluate_all(cut) == []
        assert not page.get_by_role("button", name="close ×").is_visible()
        (lanes,) = [each for each in page.locator("canvas").all() if each.is_visible()]
        assert {*lanes.evaluate(_INK)} >= BARS
    page.set_viewport_size({"width": 1400, "height": 1000})


def test_it_searches_the_answers_and_facets(page: Any, all_recordings: Corpus, report: Path) -> None:
    opened(page, report)
    finder = Finder(all_recordings, all_recordings.findings)
    for query in ("salt text:road chunks:>5", "Sol Invictus", "has:tools", "sort:-tokens rule:stall", "no such words"):
        page.locator(".rx-input").fill(query)
        n_found(page, len(finder.find(query).ordinals))
    page.locator(".rx-input").fill("Sol Invictus")
    page.wait_for_function("() => document.querySelector('.rx-match mark')?.textContent.toLowerCase() === 'sol'")
    page.locator(".rx-input").fill("")
    page.locator("[data-facet=severity]").click()
    page.locator(".rx-popup:popover-open label", has_text="error").click()
    n_found(page, 1)
    assert is_quiet(page, report)


def test_lanes_scrubber_tabs_findings_and_raw_chunks_work(page: Any, report: Path) -> None:
    opened(page, report, "#f27523/81")
    assert page.locator(".rx-slot h4").inner_text().startswith("chunk 81, raw")
    marks = page.locator(".rx-marks").bounding_box()
    page.mouse.move(marks["x"] + marks["width"] / 2, marks["y"] + 40)
    page.wait_for_selector(".rx-tip:visible")
    page.locator(".rx-prompt").click()
    page.keyboard.press("ArrowRight")
    settled(page, "#f27523/82")
    for tab in TABS:
        page.locator(f"[data-tab={tab}]").click()
        page.wait_for_function("(tab) => document.querySelector('.rx-content').dataset.pane === tab", arg=tab)
        assert page.locator(".rx-content .rx-failed").count() == 0
    page.locator("[data-tab=findings]").click()
    page.locator(".rx-by-rule .rx-rule-name").first.click()
    page.wait_for_selector("text=What it does to a client")
    assert is_quiet(page, report)


def test_what_it_cannot_do_is_not_offered(page: Any, report: Path) -> None:
    opened(page, report)
    page.locator("[data-tab=findings]").click()
    page.wait_for_selector(".rx-by-rule")

    assert page.locator(".rx-accept").count() == 0


def test_an_address_leads_to_a_chunk_and_stays_true(page: Any, report: Path) -> None:
    opened(page, report, "#94d11d/7")
    assert asked(page) == "What is the name of the US captial?"
    settled(page, "#94d11d/7")
    page.locator('.rx-row[data-id="refusal"]').click()
    page.wait_for_function("() => location.hash.startsWith('#refusal/')")
    page.go_back()
    settled(page, "#94d11d/7")
    page.wait_for_function("() => document.querySelector('.rx-prompt').textContent.includes('captial')")
    page.reload()
    page.wait_for_selector(".rx-prompt")
    assert asked(page) == "What is the name of the US captial?"
    settled(page, "#94d11d/7")
    page.evaluate("() => { location.hash = '#f27523/3'; }")
    page.wait_for_function("() => document.querySelector('.rx-prompt').textContent.includes('Sun')")
    settled(page, "#f27523/3")
    assert is_quiet(page, report)


@pytest.mark.parametrize(
    "address", ["#nobody/1", "#", "#/", "#%", "#f/99999999999", "#<img src=x>/1", "#compare=", "#compare=x,y"]
)
def test_an_address_that_leads_nowhere(address: str, page: Any, report: Path) -> None:
    opened(page, report, address)

    assert asked(page)
    assert is_quiet(page, report)


def test_the_link_to_a_chunk_says_the_file_and_no_folder_of_the_sender(page: Any, report: Path) -> None:
    opened(page, report, "#94d11d/7/raw")
    page.evaluate("() => { navigator.clipboard.writeText = async (text) => { window.copied = text; }; }")
    page.locator(".rx-copies button", has_text="copy").click()
    page.locator("[data-copy=link]").click()
    page.wait_for_function("() => window.copied")

    assert page.evaluate("() => window.copied") == "report.html#94d11d/7/raw"
    assert page.locator(".rx-copy").inner_text() == "copied: send the file, too"


def test_an_address_leads_to_a_tab_and_keeps_it(page: Any, report: Path) -> None:
    opened(page, report, "#94d11d/7/raw")
    page.wait_for_selector("[data-tab=raw][aria-selected=true]")
    settled(page, "#94d11d/7/raw")
    page.keyboard.press("ArrowRight")
    settled(page, "#94d11d/8/raw")
    page.locator("[data-tab=text]").click()
    settled(page, "#94d11d/8")
    page.evaluate("() => { location.hash = '#f27523/3/timing'; }")
    page.wait_for_selector("[data-tab=timing][aria-selected=true]")
    settled(page, "#f27523/3/timing")
    assert is_quiet(page, report)


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (900, "dark")])
def test_nothing_is_wider_than_the_window(width: int, scheme: str, browser: Any, report: Path) -> None:
    with page_in(browser, width, color_scheme=scheme) as page:
        opened(page, report)
        assert page.evaluate("() => document.documentElement.scrollWidth") == width
        assert page.evaluate("() => document.documentElement.scrollHeight") == 1000
        dark = page.evaluate("() => getComputedStyle(document.querySelector('.rx-explorer')).colorScheme")
        assert ("dark" in dark) == (scheme == "dark") or "light dark" in dark
        assert is_quiet(page, report)


def test_a_browser_that_cannot_unpack_says_so(browser: Any, report: Path) -> None:
    with page_in(browser) as page:
        page.add_init_script("delete window.DecompressionStream;")
        page.goto(report.as_uri())
        page.wait_for_selector(".rx-failed")

        assert page.locator(".rx-failed").inner_text().startswith("This browser cannot unpack what is in this page")
        assert page.locator(".rx-cover h1").inner_text() == "Two choices, mixed"


@pytest.fixture(scope="module")
def hostile_report(
    hostile: SimpleNamespace, hostile_findings: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    path = tmp_path_factory.mktemp("hostile") / "report.html"
    return rx.report(hostile.corpus, path, title=EVERYTHING, note=EVERYTHING, findings=hostile_findings, progress=False)


_TEXTS = """
() => [...document.querySelectorAll(".rx-text")].map((pane) => {
  const kinds = {};
  for (const stretch of pane.children) for (const span of stretch.children) {
    const kind = /rx-kind-(\\w+)/.exec(span.className)[1];
    kinds[kind] = (kinds[kind] ?? "") + span.textContent;
  }
  return kinds;
})
"""


def test_no_hostile_text_is_acted_on_and_each_is_shown_as_it_is(
    page: Any, hostile: SimpleNamespace, hostile_report: Path
) -> None:
    page.on("dialog", lambda dialog: page.errors.append(dialog.message) or dialog.dismiss())
    opened(page, hostile_report)
    note = page.locator(".rx-cover-note").evaluate("(node) => node.textContent")
    assert note == as_shown(EVERYTHING)
    for names, id_ in hostile.crowds.items():
        page.evaluate("(id) => { location.hash = `#${id}/0`; }", id_)
        page.wait_for_function("(id) => document.querySelector('.rx-selected')?.dataset.id === id", arg=id_)
        recording = hostile.corpus[id_]
        page.wait_for_function("(n) => document.querySelectorAll('.rx-text').length >= n", arg=len(recording.choices))
        said = page.evaluate(_TEXTS)
        contents = recording.choices["content"].fillna("").tolist()
        assert [each.get("content", "") for each in said[: len(contents)]] == contents, names
    for tab in TABS:
        page.locator(f"[data-tab={tab}]").click()
        page.wait_for_timeout(30)
    page.locator(".rx-input").fill("beacon")
    page.wait_for_timeout(300)
    assert page.evaluate(HACKED) == 0
    assert is_quiet(page, hostile_report)


def test_a_page_that_took_text_for_markup_would_act_on_it(page: Any, hostile_report: Path, tmp_path: Path) -> None:
    """The same page with one hostile text as markup: it runs, unless the policy keeps it from running."""
    text = hostile_report.read_text("utf-8")
    with_policy = text.replace('<body class="rx-alone rx-report">', f'<body class="rx-alone rx-report">{CONTROL}')
    without = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", with_policy)
    for name, page_text, times in (("with", with_policy, 0), ("without", without, 1)):
        path = tmp_path / f"{name}.html"
        path.write_text(page_text, "utf-8")
        page.goto(path.as_uri())
        page.wait_for_selector(".rx-prompt")
        page.wait_for_timeout(200)
        assert page.evaluate(HACKED) == times, name


def framed(shown: Shown, tmp_path: Path) -> Path:
    path = tmp_path / "notebook.html"
    path.write_text(f"<!doctype html><meta charset=utf-8><body>{shown._repr_mimebundle_()['text/html']}", "utf-8")
    return path


def test_in_a_cells_output_it_lives_in_a_frame_of_its_own(page: Any, bundled: Corpus, tmp_path: Path) -> None:
    shown = rx.show(bundled["f27523"], chunk=81, title="In a notebook")
    path = framed(shown, tmp_path)
    page.goto("about:blank")
    page.errors.clear()
    page.asked.clear()
    page.goto(path.as_uri())
    frame = page.frame_locator("iframe.recexplore")
    frame.locator(".rx-prompt").wait_for()
    assert frame.locator(".rx-slot h4").inner_text().startswith("chunk 81, raw")
    frame.locator(".rx-prompt").click()
    page.keyboard.press("ArrowLeft")
    frame.locator(".rx-slot h4", has_text="chunk 80, raw").wait_for()
    assert not page.locator("iframe + p").is_visible()
    assert page.errors == []
    assert {each for each in page.asked if not each.startswith("about:")} == {path.as_uri()}


def test_a_cells_output_cannot_reach_the_notebook(bundled: Corpus) -> None:
    bundle = rx.show(bundled["f27523"])._repr_mimebundle_()

    assert set(re.findall(r'sandbox="([^"]*)"', bundle["text/html"])) == {"allow-scripts"}
    assert bundle["text/html"].count("<script") == 0
    assert "<" not in bundle["text/plain"]
    assert json.dumps(bundle)


def test_runs_are_compared(page: Any, all_recordings: Corpus, tmp_path: Path) -> None:
    (group,) = [each for each in rx.runs(all_recordings) if len(each) == 2][:1]
    path = rx.report(rx.compare(group), tmp_path / "runs.html", progress=False)
    opened(page, path)
    page.wait_for_selector(".rx-comparison .rx-tab")
    assert page.evaluate("() => location.hash").startswith("#compare=")
    for tab in ("tree", "aspects", "texts"):
        page.locator(f".rx-comparison [data-tab={tab}]").click()
        page.wait_for_function("(tab) => document.querySelector('.rx-content').dataset.pane === tab", arg=tab)
        assert page.locator(".rx-comparison .rx-failed:visible").count() == 0
    page.keyboard.press("Escape")
    page.wait_for_selector(".rx-prompt")
    page.wait_for_function("() => !location.hash.startsWith('#compare=')")
    page.go_back()
    page.wait_for_selector(".rx-comparison")
    assert is_quiet(page, path)


def test_an_address_of_runs_whose_ids_begin_alike_compares_all_of_them(page: Any, tmp_path: Path) -> None:
    for folder, number in (("one", 1), ("two", 2)):
        (tmp_path / folder).mkdir()
        shutil.copy(f"recordings/runs/leap-year-{number:02}.yaml", tmp_path / folder / "0123456789abcdef.yaml")
    path = rx.report(rx.load([tmp_path / "one", tmp_path / "two"]), tmp_path / "runs.html", progress=False)
    opened(page, path, "#compare=0123456789ab")
    page.wait_for_selector(".rx-comparison .rx-tab")

    assert page.locator(".rx-comparison .rx-run-name").count() >= 2
    assert is_quiet(page, path)
