"""The explorer as its user meets it: JupyterLab, a real browser, clicks.

Starts JupyterLab on a copy of the notebooks, runs ``01_explore`` in headless Chromium, chooses another recording, clicks a
chunk, and looks at what is on the page. No request may leave this machine. Screenshots go to ``screenshots/``.
"""

from __future__ import annotations

import json
import os
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

from recexplore.views.theme import THEMES

sync_api = pytest.importorskip("playwright.sync_api")

ROOT = Path(__file__).parent.parent
SCREENSHOTS = ROOT / "screenshots"
TOKEN = "only-for-this-test"
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SETTINGS = {
    "apputils-extension/notification.jupyterlab-settings": {"fetchNews": "false"},
    # Cells that are not in sight are on the page too.
    "notebook-extension/tracker.jupyterlab-settings": {"windowingMode": "none"},
}
QUICK_MS = 15_000
SLOW_MS = 90_000


def _browser_path() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
    found = (os.environ.get("BROWSER_PATH"), *map(shutil.which, names))
    return next(filter(None, found), None)


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
    path = _browser_path()
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
        page.wait_for_selector(".rx-explorer .js-plotly-plot .main-svg", timeout=SLOW_MS)
        page.wait_for_selector(".rx-explorer .bars .point", state="attached", timeout=SLOW_MS)
        yield page
        context.close()


def _shoot(page: sync_api.Page, name: str) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    page.locator(".rx-explorer").scroll_into_view_if_needed()
    page.locator(".rx-explorer").screenshot(path=SCREENSHOTS / f"{name}.png")


def _raw(page: sync_api.Page) -> dict[str, object]:
    parsed: dict[str, object] = json.loads(page.locator(".rx-explorer .rx-json").inner_text())
    return parsed


def test_opens_at_the_garbled_chunk(page: sync_api.Page) -> None:
    explorer = page.locator(".rx-explorer")
    assert explorer.locator(".rx-question").inner_text() == "What's the name of the Sun in latin?"
    assert explorer.locator(".rx-selected .rx-col-id").inner_text().startswith("f27523")
    raw = _raw(page)
    assert raw["choices"][0]["index"] == 0  # type: ignore[index]
    assert "Solsun" in raw["choices"][0]["delta"]["content"]  # type: ignore[index]
    assert "not recorded" in explorer.locator(".rx-facts").inner_text()
    assert "not reported" in explorer.locator(".rx-tokens").inner_text()
    _shoot(page, "explorer-light")


def test_figure_fills_its_place(page: sync_api.Page) -> None:
    figure = page.locator(".rx-explorer .js-plotly-plot").bounding_box()
    reader = page.locator(".rx-explorer .rx-reader").bounding_box()
    assert figure is not None
    assert reader is not None
    assert abs(figure["width"] - reader["width"]) < 12


def test_choosing_another_recording_shows_it(page: sync_api.Page) -> None:
    explorer = page.locator(".rx-explorer")
    explorer.locator(".rx-search input").fill("saturn")
    sync_api.expect(explorer.locator(".rx-search .rx-count")).to_have_text("1 of 22")
    explorer.locator(".rx-list .rx-row").first.click()
    question = explorer.locator(".rx-question")
    sync_api.expect(question).to_have_text(
        "Which planet has rings around it with a name starting with letter S?", timeout=QUICK_MS
    )
    sync_api.expect(explorer.locator(".rx-texts .rx-pane")).to_have_count(1)
    assert "Saturn is renowned" in explorer.locator(".rx-text").inner_text()
    explorer.locator(".rx-search input").fill("")
    sync_api.expect(explorer.locator(".rx-search .rx-count")).to_have_text("22 of 22")


def test_clicking_a_block_shows_its_raw_chunk(page: sync_api.Page) -> None:
    explorer = page.locator(".rx-explorer")
    explorer.locator('.rx-row[data-id="94d11daee205"]').click()
    sync_api.expect(explorer.locator(".rx-question")).to_contain_text("US captial", timeout=QUICK_MS)
    page.wait_for_timeout(800)
    before = _raw(page)
    block = explorer.locator(".trace.bars").first.locator(".point").nth(4).bounding_box()
    assert block is not None
    page.mouse.move(block["x"] + block["width"] / 2, block["y"] + block["height"] / 2, steps=4)
    page.wait_for_timeout(200)
    page.mouse.down()
    page.mouse.up()
    clicked = explorer.locator(".rx-steps .rx-count b")
    sync_api.expect(clicked).to_have_text("7", timeout=QUICK_MS)
    sync_api.expect(explorer.locator(".rx-raw h4")).to_contain_text("chunk 7, raw", timeout=QUICK_MS)
    sync_api.expect(explorer.locator(".rx-json")).to_contain_text(" United", timeout=QUICK_MS)
    assert _raw(page) != before
    assert explorer.locator(".rx-now").inner_text().strip() == "United"
    _shoot(page, "explorer-chunk")


def test_arrows_go_on_from_a_clicked_block_and_letters_are_no_commands(page: sync_api.Page) -> None:
    explorer = page.locator(".rx-explorer")
    chunk = explorer.locator(".rx-steps .rx-count b")
    page.keyboard.press("ArrowRight")
    sync_api.expect(chunk).to_have_text("8", timeout=QUICK_MS)
    n_cells = page.locator(".jp-Notebook .jp-Cell").count()
    explorer.locator(".rx-list").focus()
    for letter in ("x", "a", "b"):
        page.keyboard.press(letter)
    page.wait_for_timeout(300)
    assert page.locator(".jp-Notebook .jp-Cell").count() == n_cells


def test_clicking_text_and_arrow_keys_step_along_the_wire(page: sync_api.Page) -> None:
    explorer = page.locator(".rx-explorer")
    explorer.locator('.rx-event[data-chunk="16"]').click()
    chunk = explorer.locator(".rx-steps .rx-count b")
    sync_api.expect(chunk).to_have_text("16")
    page.keyboard.press("ArrowRight")
    sync_api.expect(chunk).to_have_text("17")
    sync_api.expect(explorer.locator(".rx-raw h4")).to_contain_text("chunk 17, raw", timeout=QUICK_MS)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    sync_api.expect(chunk).to_have_text("15")


def test_sorting_by_chunks_puts_the_longest_first(page: sync_api.Page) -> None:
    explorer = page.locator(".rx-explorer")
    explorer.locator(".rx-header .rx-col-chunks").click()
    first = explorer.locator(".rx-list .rx-row").first
    sync_api.expect(first).to_have_attribute("data-id", "f27523f3fec8")
    assert explorer.locator(".rx-header .rx-col-chunks").get_attribute("aria-sort") == "descending"


def test_reasoning_is_set_apart(page: sync_api.Page) -> None:
    explorer = page.locator(".rx-explorer")
    explorer.locator('.rx-row[data-id="f27523f3fec8"]').click()
    sync_api.expect(explorer.locator(".rx-question")).to_contain_text("Sun in latin", timeout=QUICK_MS)
    sync_api.expect(explorer.locator(".rx-steps .rx-count b")).to_have_text("85")
    assert explorer.locator(".rx-kind-reasoning").count() == 41
    assert explorer.locator(".rx-kind-tag").first.is_hidden()
    explorer.locator(".rx-toggle input").check()
    assert explorer.locator(".rx-kind-tag").first.is_visible()
    explorer.locator(".rx-toggle input").uncheck()


def test_follows_the_dark_theme(page: sync_api.Page) -> None:
    page.locator(".lm-MenuBar-itemLabel", has_text="Settings").click()
    page.locator(".lm-Menu-itemLabel", has_text="Theme").first.hover()
    page.locator(".lm-Menu-itemLabel", has_text="JupyterLab Dark").first.click()
    page.wait_for_selector('body[data-jp-theme-light="false"]', state="attached", timeout=QUICK_MS)
    legend = page.locator(".rx-explorer .js-plotly-plot .legendtext").first
    sync_api.expect(legend).to_have_css("fill", _rgb(THEMES["dark"].muted), timeout=QUICK_MS)
    _shoot(page, "explorer-dark")


def _rgb(color: str) -> str:
    return "rgb({}, {}, {})".format(*bytes.fromhex(color.removeprefix("#")))


def test_nothing_leaves_this_machine(page: sync_api.Page, requests: list[str]) -> None:
    hosts = {urlsplit(address).hostname for address in requests if urlsplit(address).scheme not in ("data", "blob")}
    assert hosts == {"127.0.0.1"}
