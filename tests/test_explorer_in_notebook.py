"""The explorer in Notebook 7: the picture of a saved notebook, the living explorer and its keys, a folder from the files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from explorer_carriers import SLOW_MS, TOKEN, browser, foreign_hosts, jupyter

pytestmark = pytest.mark.long

sync_api = pytest.importorskip("playwright.sync_api")
pytest.importorskip("notebook", reason="Notebook 7 is not installed; `make test` installs it")

QUICK_MS = 15_000
NAME = "notebooks/01_explore.ipynb"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("notebook")


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    with jupyter(home, "notebook") as address:
        yield address


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sync_api.Page]:
    with browser(tmp_path_factory.mktemp("profile")) as page:
        yield page


def _choose(page: sync_api.Page, menu: str, command: str) -> None:
    page.locator(".lm-MenuBar-itemLabel", has_text=menu).click()
    page.locator(f'.lm-Menu-item[data-command="{command}"]').click()


def test_a_saved_notebook_shows_its_picture(page: sync_api.Page, address: str) -> None:
    page.goto(f"{address}/notebooks/{NAME}?token={TOKEN}")
    picture = page.locator(".jp-Notebook .jp-Cell").last.locator(".jp-OutputArea-output img")
    sync_api.expect(picture).to_be_visible(timeout=SLOW_MS)
    assert picture.evaluate("(image) => image.naturalWidth") == 1180


def _wait_for_kernel(page: sync_api.Page, address: str) -> None:
    """Until a kernel runs and the page knows it; before that "Run All Cells" only asks which one to start.

    The page's own sign of a kernel is "idle" even before there is one.
    """
    for _ in range(SLOW_MS // 250):
        sessions = page.request.get(f"{address}/api/sessions?token={TOKEN}").json()
        if any(session["kernel"] and session["kernel"]["execution_state"] == "idle" for session in sessions):
            break
        page.wait_for_timeout(250)
    page.wait_for_selector('.jp-Notebook-ExecutionIndicator[data-status="idle"]', state="attached", timeout=SLOW_MS)
    page.wait_for_selector(".jp-NotebookKernelStatus-fade", state="attached", timeout=SLOW_MS)


def test_it_lives_and_fits_what_is_seen(page: sync_api.Page, address: str) -> None:
    _wait_for_kernel(page, address)
    _choose(page, "Run", "runmenu:run-all")
    explorer = page.locator(".rx-explorer")
    sync_api.expect(explorer.locator(".rx-prompt")).to_contain_text("Sun in latin", timeout=SLOW_MS)
    room = page.locator(".jp-WindowedPanel-outer").evaluate("(panel) => panel.clientHeight")
    assert room - 40 < explorer.bounding_box()["height"] < room


def test_keys_typed_in_it_are_its_own(page: sync_api.Page) -> None:
    explorer, cells = page.locator(".rx-explorer"), page.locator(".jp-Notebook .jp-Cell")
    n_cells = cells.count()
    explorer.locator(".rx-prompt").click()
    page.keyboard.press("k")
    sync_api.expect(explorer.locator(".rx-prompt")).to_contain_text("US captial", timeout=QUICK_MS)
    page.keyboard.press("j")
    sync_api.expect(explorer.locator(".rx-prompt")).to_contain_text("Sun in latin", timeout=QUICK_MS)
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    sync_api.expect(explorer.locator(".rx-position")).to_have_value("1")
    for letter in ("x", "a", "b", "d", "d", "b"):
        page.keyboard.press(letter)
    page.keyboard.press("/")
    page.keyboard.insert_text("has:findings")
    sync_api.expect(explorer.locator(".rx-total")).to_have_text("13 of 39 recordings", timeout=QUICK_MS)
    assert cells.count() == n_cells


def test_a_notebook_that_is_opened_again_shows_a_picture_until_it_is_run(page: sync_api.Page, home: Path) -> None:
    page.locator(".jp-CodeCell .cm-content").first.click()
    for _ in range(60):
        page.keyboard.press("Control+s")
        page.wait_for_timeout(500)
        (output,) = json.loads((home / NAME).read_text())["cells"][-1]["outputs"] or [{"data": {}}]
        if {"image/png", "application/vnd.jupyter.widget-view+json"} <= set(output["data"]):
            break
    _choose(page, "Kernel", "kernelmenu:restart")
    page.locator(".jp-Dialog .jp-mod-accept").click()
    page.wait_for_timeout(1000)
    page.reload()
    still = page.locator(".rx-kept figure")
    sync_api.expect(still).to_contain_text("Run the cell", timeout=SLOW_MS)
    sync_api.expect(still.locator("img")).to_be_visible()
    sync_api.expect(page.get_by_text("model not found")).to_be_hidden()


def test_a_folder_is_explored_in_a_tab_of_its_own(page: sync_api.Page, address: str) -> None:
    page.goto(f"{address}/tree?token={TOKEN}")
    page.locator(".jp-DirListing-item", has_text="recordings").click(button="right", timeout=SLOW_MS)
    with page.context.expect_page() as opened:
        page.locator(".lm-Menu-itemLabel", has_text="Explore recordings").click()
    sync_api.expect(opened.value.locator(".rx-total")).to_have_text("39 of 39 recordings", timeout=SLOW_MS)


def test_nothing_leaves_this_machine(page: sync_api.Page) -> None:
    assert foreign_hosts(page) == set()
