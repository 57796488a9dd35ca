"""The explorer as its users meet it, in a real browser, in a notebook of JupyterLab and in a window of its own: clicks.

Runs ``01_explore`` in JupyterLab, and ``recexplore explore`` on the same recordings; one set of tests for both, for they
show the same page. No request may leave this machine. Screenshots go to ``screenshots/``. What needs neither is tested in
``tests/explorer``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from explorer_carriers import browser, explore_command, foreign_hosts, jupyter, open_notebook

pytestmark = pytest.mark.long

sync_api = pytest.importorskip("playwright.sync_api")

ROOT = Path(__file__).parent.parent
SCREENSHOTS = ROOT / "screenshots"
QUICK_MS = 15_000
SLOW_MS = 90_000


@pytest.fixture(scope="module", params=[pytest.param("notebook", marks=pytest.mark.thorough), "window"])
def page(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[sync_api.Page]:
    """The explorer of the bundled recordings, wherever it is shown."""
    home = tmp_path_factory.mktemp(request.param)
    with browser(home / "profile") as page:
        if request.param == "notebook":
            with jupyter(home) as address:
                open_notebook(page, address)
                yield page
        else:
            with explore_command(home, str(ROOT / "recordings"), "--recording", "f27523", "--chunk", "81") as address:
                page.goto(address)
                page.wait_for_selector(".rx-explorer .rx-prompt", timeout=QUICK_MS)
                yield page


def _shoot(page: sync_api.Page, name: str) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    where = "window" if page.locator("body.rx-alone").count() else "notebook"
    page.locator(".rx-explorer").scroll_into_view_if_needed()
    page.locator(".rx-explorer").screenshot(path=SCREENSHOTS / f"{name}-{where}.png")


def test_opens_at_the_garbled_chunk(page: sync_api.Page) -> None:
    explorer = page.locator(".rx-explorer")
    assert explorer.locator(".rx-prompt").inner_text() == "What's the name of the Sun in latin?"
    sync_api.expect(explorer.locator(".rx-selected")).to_have_attribute("data-id", "f27523f3fec8", timeout=QUICK_MS)
    sync_api.expect(explorer.locator(".rx-beside .rx-json")).to_contain_text("Solsun", timeout=QUICK_MS)
    facts = explorer.locator(".rx-facts").inner_text()
    assert "time not recorded" in facts
    assert "tokens not reported" in facts
    assert explorer.locator(".rx-position").input_value() == "81"
    _shoot(page, "explorer-light")


def test_choosing_another_recording_shows_it_and_tells_the_kernel(page: sync_api.Page) -> None:
    explorer = page.locator(".rx-explorer")
    explorer.locator(".rx-input").fill("saturn")
    sync_api.expect(explorer.locator(".rx-total")).to_have_text(re.compile("^1 of "), timeout=QUICK_MS)
    explorer.locator(".rx-list .rx-row").first.click()
    sync_api.expect(explorer.locator(".rx-prompt")).to_have_text(
        "Which planet has rings around it with a name starting with letter S?", timeout=QUICK_MS
    )
    assert "Saturn is renowned" in explorer.locator(".rx-text").inner_text()
    explorer.locator(".rx-input").fill("")
    sync_api.expect(explorer.locator(".rx-total")).to_have_text(re.compile(r"^(\d+) of \1 "), timeout=QUICK_MS)


def test_stepping_moves_text_and_raw_chunk(page: sync_api.Page) -> None:
    explorer = page.locator(".rx-explorer")
    explorer.locator('.rx-row[data-id="94d11daee205"]').click()
    sync_api.expect(explorer.locator(".rx-prompt")).to_contain_text("US captial", timeout=QUICK_MS)
    explorer.locator('.rx-event[data-chunk="7"]').click()
    sync_api.expect(explorer.locator(".rx-beside .rx-raw h4")).to_contain_text("chunk 7, raw", timeout=QUICK_MS)
    sync_api.expect(explorer.locator(".rx-beside .rx-json")).to_contain_text(" United", timeout=QUICK_MS)
    assert explorer.locator(".rx-now").inner_text().strip() == "United"
    page.keyboard.press("ArrowRight")
    sync_api.expect(explorer.locator(".rx-position")).to_have_value("8")
    _shoot(page, "explorer-chunk")


def test_a_click_on_a_finding_of_the_rules_goes_to_its_chunk(page: sync_api.Page) -> None:
    explorer = page.locator(".rx-explorer")
    explorer.locator('.rx-row[data-id="f27523f3fec8"]').click()
    sync_api.expect(explorer.locator(".rx-prompt")).to_contain_text("Sun in latin", timeout=QUICK_MS)
    sync_api.expect(explorer.locator(".rx-position")).to_have_value("85", timeout=QUICK_MS)
    explorer.locator(".rx-head .rx-badge-error").click()
    found = explorer.locator(".rx-by-rule", has_text="choice-bleed")
    found.get_by_role("button", name="chunk 1", exact=True).click()
    sync_api.expect(explorer.locator(".rx-position")).to_have_value("1", timeout=QUICK_MS)
    sync_api.expect(found.locator(".rx-here")).to_have_count(1)
    found.locator("summary").click()
    sync_api.expect(found.locator("dd").first).to_contain_text("One answer is garbled", timeout=QUICK_MS)
    _shoot(page, "explorer-findings")
    explorer.locator('[data-tab="text"]').click()
    sync_api.expect(explorer.locator(".rx-beside .rx-raw h4")).to_contain_text("chunk 1, raw", timeout=QUICK_MS)
    spans = explorer.locator(".rx-found.rx-found-error")
    sync_api.expect(spans.first).to_contain_text("WeWe need answer", timeout=QUICK_MS)
    sync_api.expect(spans.filter(has_text="mythology")).to_have_count(1)
    beside = explorer.locator(".rx-chosen-finding").first
    sync_api.expect(beside).to_contain_text("errorchoice-bleed")
    beside.locator(".rx-rule-name").click()
    explorer.get_by_role("button", name="find these in the list").click()
    sync_api.expect(explorer.locator(".rx-total")).to_have_text(re.compile("^1 of "), timeout=QUICK_MS)
    explorer.locator(".rx-input").fill("")
    sync_api.expect(explorer.locator(".rx-total")).to_have_text(re.compile(r"^(\d+) of \1 "), timeout=QUICK_MS)
    explorer.locator('.rx-row[data-id="94d11daee205"]').click()
    sync_api.expect(explorer.locator(".rx-prompt")).to_contain_text("US captial", timeout=QUICK_MS)
    explorer.locator('[data-tab="text"]').click()
    explorer.locator('.rx-event[data-chunk="8"]').first.click()


@pytest.mark.parametrize("tab", ["reasoning", "tokens", "timing", "tools", "findings", "raw", "text"])
def test_every_pane_opens(page: sync_api.Page, tab: str) -> None:
    explorer = page.locator(".rx-explorer")
    explorer.locator(f'[data-tab="{tab}"]').click()
    pane = explorer.locator(f'.rx-content[data-pane="{tab}"] > *')
    sync_api.expect(pane.first).to_be_visible(timeout=QUICK_MS)
    assert explorer.locator(".rx-content .rx-failed").count() == 0
    assert pane.first.inner_text().strip()


def test_nothing_leaves_this_machine(page: sync_api.Page) -> None:
    assert foreign_hosts(page) == set()
    assert page.errors == []
