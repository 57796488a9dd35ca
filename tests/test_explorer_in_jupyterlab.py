"""What only JupyterLab can do with the explorer: its keys, kernel, theme, launcher, and a page that is loaded again."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from explorer_carriers import TOKEN, browser, foreign_hosts, jupyter, open_notebook

pytestmark = pytest.mark.long

sync_api = pytest.importorskip("playwright.sync_api")

ROOT = Path(__file__).parent.parent
SCREENSHOTS = ROOT / "screenshots"
QUICK_MS = 15_000
SLOW_MS = 90_000


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """JupyterLab's folder."""
    return tmp_path_factory.mktemp("lab")


@pytest.fixture(scope="module")
def lab(home: Path) -> Iterator[str]:
    with jupyter(home) as address:
        yield address


@pytest.fixture(scope="module")
def page(lab: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[sync_api.Page]:
    """The notebook ``01_explore``, all cells run."""
    with browser(tmp_path_factory.mktemp("profile")) as page:
        open_notebook(page, lab)
        yield page


def _shoot(page: sync_api.Page, name: str) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    page.locator(".rx-explorer").scroll_into_view_if_needed()
    page.locator(".rx-explorer").screenshot(path=SCREENSHOTS / f"{name}.png")


def _shoot_page(page: sync_api.Page, name: str) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")


def _run_cell(page: sync_api.Page, code: str) -> str:
    """Run code in a new cell at the end; gives the text it shows."""
    page.locator(".jp-Notebook .jp-Cell").last.locator(".cm-content").click()
    page.keyboard.press("Escape")
    page.keyboard.press("b")
    page.keyboard.press("Enter")
    page.keyboard.insert_text(code)
    page.keyboard.press("Control+Enter")
    output = page.locator(".jp-Notebook .jp-Cell").last.locator(".jp-OutputArea-output")
    output.first.wait_for(timeout=QUICK_MS)
    return output.first.inner_text()


def test_letters_typed_in_it_are_no_commands_of_the_notebook(page: sync_api.Page) -> None:
    n_cells = page.locator(".jp-Notebook .jp-Cell").count()
    page.locator(".rx-explorer .rx-list").focus()
    for letter in ("x", "a", "b", "d", "d", "b"):
        page.keyboard.press(letter)
    page.wait_for_timeout(300)
    assert page.locator(".jp-Notebook .jp-Cell").count() == n_cells


def test_kernel_knows_where_the_reader_is_and_can_send_them_elsewhere(page: sync_api.Page) -> None:
    explorer = page.locator(".rx-explorer")
    explorer.locator('.rx-row[data-id="94d11daee205"]').click()
    sync_api.expect(explorer.locator(".rx-prompt")).to_contain_text("US captial", timeout=QUICK_MS)
    explorer.locator('.rx-event[data-chunk="8"]').first.click()
    code = "import gc\nshown = [o for o in gc.get_objects() if type(o).__name__ == 'Explorer'][-1]\n"
    page.wait_for_timeout(400)
    assert "94d11daee205, chunk 8" in _run_cell(page, code + "repr(shown)")
    _run_cell(page, "shown.select('f27523', 1)\n'sent'")
    sync_api.expect(explorer.locator(".rx-prompt")).to_contain_text("Sun in latin", timeout=QUICK_MS)
    sync_api.expect(explorer.locator(".rx-position")).to_have_value("1")


def test_follows_the_dark_theme(page: sync_api.Page) -> None:
    page.locator(".lm-MenuBar-itemLabel", has_text="Settings").click()
    page.locator(".lm-Menu-itemLabel", has_text="Theme").first.hover()
    page.locator(".lm-Menu-itemLabel", has_text="JupyterLab Dark").first.click()
    page.wait_for_selector('body[data-jp-theme-light="false"]', state="attached", timeout=QUICK_MS)
    explorer = page.locator(".rx-explorer")
    sync_api.expect(explorer).to_have_css("background-color", "rgb(33, 33, 33)", timeout=QUICK_MS)
    page.wait_for_timeout(300)
    _shoot(page, "explorer-dark")


def test_page_that_is_loaded_again_shows_the_same(page: sync_api.Page) -> None:
    page.keyboard.press("Control+s")
    page.wait_for_timeout(500)
    page.reload()
    page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=SLOW_MS)
    explorer = page.locator(".rx-explorer")
    sync_api.expect(explorer.locator(".rx-prompt")).to_contain_text("Sun in latin", timeout=SLOW_MS)
    sync_api.expect(explorer.locator(".rx-position")).to_have_value("1", timeout=QUICK_MS)
    explorer.locator('.rx-row[data-id="94d11daee205"]').click()
    sync_api.expect(explorer.locator(".rx-prompt")).to_contain_text("US captial", timeout=QUICK_MS)


def test_a_kernel_that_was_restarted_is_said(page: sync_api.Page) -> None:
    page.locator(".lm-MenuBar-itemLabel", has_text="Kernel").click()
    page.locator('.lm-Menu-item[data-command="kernelmenu:restart"]').click()
    page.locator(".jp-Dialog .jp-mod-accept").click()
    page.wait_for_selector("#jp-main-statusbar :text('| Idle')", timeout=SLOW_MS)
    explorer = page.locator(".rx-explorer")
    explorer.locator('.rx-row[data-id="f27523f3fec8"]').click()
    sync_api.expect(explorer.locator(".rx-blank")).to_contain_text("run the cell again", timeout=QUICK_MS)


@pytest.mark.thorough
def test_a_notebook_that_is_opened_again_shows_a_picture_until_it_is_run(
    page: sync_api.Page, lab: str, home: Path
) -> None:
    notebook = {
        **{
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {"kernelspec": {"name": "python3", "display_name": "", "language": "python"}},
        },
        "cells": [
            {
                **{"id": "a", "cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None},
                "source": "import recexplore as rx\nrx.explore('../recordings', 'f27523', chunk=81)",
            }
        ],
    }
    file = home / "notebooks" / "mine.ipynb"
    file.write_text(json.dumps(notebook))
    open_notebook(page, lab, "mine")
    for _ in range(60):
        page.wait_for_timeout(500)
        page.keyboard.press("Control+s")
        # While it is saved, it is empty.
        saved = json.loads(file.read_text() or '{"cells": [{"outputs": []}]}')
        shown = [output["data"] for output in saved["cells"][0]["outputs"]]
        if shown and "image/png" in shown[0]:
            break
    assert base64.b64decode(shown[0]["image/png"]).startswith(b"\x89PNG")
    page.locator(".lm-MenuBar-itemLabel", has_text="Kernel").click()
    page.locator('.lm-Menu-item[data-command="kernelmenu:restart"]').click()
    page.locator(".jp-Dialog .jp-mod-accept").click()
    page.wait_for_timeout(1000)
    page.reload()
    still = page.locator(".rx-kept figure")
    sync_api.expect(still).to_contain_text("Run the cell", timeout=SLOW_MS)
    sync_api.expect(still.locator("img")).to_be_visible()
    sync_api.expect(page.get_by_text("model not found")).to_be_hidden()
    _shoot_page(page, "explorer-kept")
    page.wait_for_selector("#jp-main-statusbar :text('| Idle')", timeout=SLOW_MS)
    page.locator(".jp-Cell .cm-content").first.click()
    page.keyboard.press("Shift+Enter")
    sync_api.expect(page.locator(".rx-explorer .rx-prompt")).to_contain_text("Sun in latin", timeout=SLOW_MS)
    sync_api.expect(still).to_be_hidden()


def test_the_launcher_opens_a_folder(page: sync_api.Page, lab: str) -> None:
    page.goto(f"{lab}/lab/tree/recordings/made?token={TOKEN}&reset")
    page.locator('.jp-LauncherCard[data-category="recexplore"]').click(timeout=SLOW_MS)
    inside = page.frame_locator("iframe[sandbox]")
    sync_api.expect(inside.locator(".rx-total")).to_have_text("9 of 9 recordings", timeout=SLOW_MS)
    inside.locator(".rx-list .rx-row").first.click()
    sync_api.expect(inside.locator(".rx-prompt")).to_be_visible(timeout=QUICK_MS)
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / "explorer-launched.png")


def test_without_a_folder_one_is_chosen(page: sync_api.Page, lab: str) -> None:
    page.goto(f"{lab}/recexplore/?token={TOKEN}")
    page.get_by_role("button", name="recordings/").click(timeout=QUICK_MS)
    page.get_by_role("listitem").filter(has_text="llama-stack/").get_by_role("link", name="explore").click()
    sync_api.expect(page.locator(".rx-total")).to_have_text("5 of 5 recordings", timeout=QUICK_MS)


def test_nothing_leaves_this_machine(page: sync_api.Page) -> None:
    assert foreign_hosts(page) == set()
