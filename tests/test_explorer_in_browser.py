"""The explorer as its user meets it: JupyterLab, a real browser, clicks.

Starts JupyterLab on a copy of the notebooks, runs ``01_explore`` in headless Chromium, chooses another recording, clicks a
chunk, and looks at what is on the page. No request may leave this machine. Screenshots go to ``screenshots/``. What needs
no Jupyter is tested in ``tests/explorer``.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from explorer_page import CHROMIUM_ARGUMENTS, browser_path

sync_api = pytest.importorskip("playwright.sync_api")

ROOT = Path(__file__).parent.parent
SCREENSHOTS = ROOT / "screenshots"
TOKEN = "only-for-this-test"
SETTINGS = {
    "apputils-extension/notification.jupyterlab-settings": {"fetchNews": "false"},
    # Cells that are not in sight are on the page too.
    "notebook-extension/tracker.jupyterlab-settings": {"windowingMode": "none"},
}
QUICK_MS = 15_000
SLOW_MS = 90_000


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a JupyterLab of our own, its files a copy, its settings nobody's."""
    home = tmp_path_factory.mktemp("lab")
    for name in ("notebooks", "recordings"):
        shutil.copytree(ROOT / name, home / name)
    settings = home / "settings" / "@jupyterlab"
    for name, value in SETTINGS.items():
        (settings / name).parent.mkdir(parents=True, exist_ok=True)
        (settings / name).write_text(json.dumps(value))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {f"JUPYTERLAB_{name}_DIR": str(home / name.lower()) for name in ("SETTINGS", "WORKSPACES")}
    command = (
        f"-m jupyterlab --no-browser --allow-root --ip=127.0.0.1 --port={port} --ServerApp.port_retries=0 "
        f"--IdentityProvider.token={TOKEN}"
    )
    with (home / "lab.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, *command.split(), f"--ServerApp.root_dir={home}"],
            env={**os.environ, **own, "JUPYTER_CONFIG_DIR": str(home / "config")},
            stdout=log,
            stderr=log,
        )
        try:
            _wait_until_up(f"http://127.0.0.1:{port}/api?token={TOKEN}", server, home / "lab.log")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(20)


def _wait_until_up(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(240):
        if server.poll() is not None:
            break
        try:
            urllib.request.urlopen(address, timeout=2).close()
            return
        except OSError:
            time.sleep(0.25)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()[-2000:]}")


@pytest.fixture(scope="module")
def requests() -> list[str]:
    """Every address the page asked for."""
    return []


@pytest.fixture(scope="module")
def page(lab: str, requests: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[sync_api.Page]:
    """The notebook ``01_explore``, all cells run."""
    path = browser_path()
    if path is None:
        pytest.skip("no Chromium or Chrome found; `make test` installs one")
    with sync_api.sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("profile"),
            executable_path=path,
            headless=True,
            args=CHROMIUM_ARGUMENTS,
            viewport={"width": 1600, "height": 1280},
        )
        page = context.pages[0]
        context.on("request", lambda request: requests.append(request.url))
        page.goto(f"{lab}/lab/tree/notebooks/01_explore.ipynb?token={TOKEN}&reset")
        page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=SLOW_MS)
        # Until the kernel runs, "Run All Cells" only asks which kernel to start.
        page.wait_for_selector("#jp-main-statusbar :text('| Idle')", timeout=SLOW_MS)
        page.wait_for_selector('.jp-Notebook-ExecutionIndicator[data-status="idle"]', timeout=SLOW_MS)
        page.keyboard.press("Control+b")
        page.locator(".lm-MenuBar-itemLabel", has_text="Run").click()
        page.locator('.lm-Menu-item[data-command="runmenu:run-all"]').click()
        page.wait_for_selector(".rx-explorer .rx-prompt", timeout=SLOW_MS)
        yield page
        context.close()


def _shoot(page: sync_api.Page, name: str) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    page.locator(".rx-explorer").scroll_into_view_if_needed()
    page.locator(".rx-explorer").screenshot(path=SCREENSHOTS / f"{name}.png")


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


def test_opens_at_the_garbled_chunk(page: sync_api.Page) -> None:
    explorer = page.locator(".rx-explorer")
    assert explorer.locator(".rx-prompt").inner_text() == "What's the name of the Sun in latin?"
    sync_api.expect(explorer.locator(".rx-selected")).to_have_attribute("data-id", "f27523f3fec8", timeout=QUICK_MS)
    sync_api.expect(explorer.locator(".rx-why .rx-json")).to_contain_text("Solsun", timeout=QUICK_MS)
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
    sync_api.expect(explorer.locator(".rx-why .rx-raw h4")).to_contain_text("chunk 7, raw", timeout=QUICK_MS)
    sync_api.expect(explorer.locator(".rx-why .rx-json")).to_contain_text(" United", timeout=QUICK_MS)
    assert explorer.locator(".rx-now").inner_text().strip() == "United"
    page.keyboard.press("ArrowRight")
    sync_api.expect(explorer.locator(".rx-position")).to_have_value("8")
    _shoot(page, "explorer-chunk")


def test_a_click_on_a_finding_of_the_rules_goes_to_its_chunk(page: sync_api.Page) -> None:
    explorer = page.locator(".rx-explorer")
    explorer.locator('.rx-row[data-id="f27523f3fec8"]').click()
    sync_api.expect(explorer.locator(".rx-prompt")).to_contain_text("Sun in latin", timeout=QUICK_MS)
    sync_api.expect(explorer.locator(".rx-position")).to_have_value("85", timeout=QUICK_MS)
    explorer.locator(".rx-facts .rx-badge-error").click()
    found = explorer.locator(".rx-by-rule", has_text="choice-bleed")
    found.get_by_role("button", name="chunk 1", exact=True).click()
    sync_api.expect(explorer.locator(".rx-position")).to_have_value("1", timeout=QUICK_MS)
    sync_api.expect(found.locator(".rx-here")).to_have_count(1)
    found.locator("summary").click()
    sync_api.expect(found.locator("dd").first).to_contain_text("One answer is garbled", timeout=QUICK_MS)
    _shoot(page, "explorer-findings")
    explorer.locator('[data-tab="text"]').click()
    sync_api.expect(explorer.locator(".rx-why .rx-raw h4")).to_contain_text("chunk 1, raw", timeout=QUICK_MS)
    spans = explorer.locator(".rx-found.rx-found-error")
    sync_api.expect(spans.first).to_contain_text("WeWe need answer", timeout=QUICK_MS)
    sync_api.expect(spans.filter(has_text="mythology")).to_have_count(1)
    beside = explorer.locator(".rx-why .rx-finding").first
    sync_api.expect(beside).to_contain_text("choice-bleed · error")
    beside.locator(".rx-rule-name").click()
    sync_api.expect(explorer.locator(".rx-total")).to_have_text(re.compile("^1 of "), timeout=QUICK_MS)
    explorer.locator(".rx-input").fill("")
    sync_api.expect(explorer.locator(".rx-total")).to_have_text(re.compile(r"^(\d+) of \1 "), timeout=QUICK_MS)
    explorer.locator('.rx-row[data-id="94d11daee205"]').click()
    sync_api.expect(explorer.locator(".rx-prompt")).to_contain_text("US captial", timeout=QUICK_MS)
    explorer.locator('.rx-event[data-chunk="8"]').first.click()


def test_letters_typed_in_it_are_no_commands_of_the_notebook(page: sync_api.Page) -> None:
    n_cells = page.locator(".jp-Notebook .jp-Cell").count()
    page.locator(".rx-explorer .rx-list").focus()
    for letter in ("x", "a", "b", "d", "d", "b"):
        page.keyboard.press(letter)
    page.wait_for_timeout(300)
    assert page.locator(".jp-Notebook .jp-Cell").count() == n_cells


@pytest.mark.parametrize("tab", ["reasoning", "tokens", "timing", "tools", "findings", "raw", "text"])
def test_every_pane_opens(page: sync_api.Page, tab: str) -> None:
    explorer = page.locator(".rx-explorer")
    explorer.locator(f'[data-tab="{tab}"]').click()
    pane = explorer.locator(f'.rx-content[data-pane="{tab}"] > *')
    sync_api.expect(pane.first).to_be_visible(timeout=QUICK_MS)
    assert explorer.locator(".rx-content .rx-failed").count() == 0
    assert pane.first.inner_text().strip()


def test_kernel_knows_where_the_reader_is_and_can_send_them_elsewhere(page: sync_api.Page) -> None:
    explorer = page.locator(".rx-explorer")
    explorer.locator('.rx-row[data-id="94d11daee205"]').click()
    sync_api.expect(explorer.locator(".rx-prompt")).to_contain_text("US captial", timeout=QUICK_MS)
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


def test_nothing_leaves_this_machine(page: sync_api.Page, requests: list[str]) -> None:
    hosts = {urlsplit(address).hostname for address in requests if urlsplit(address).scheme not in ("data", "blob")}
    assert hosts == {"127.0.0.1"}
