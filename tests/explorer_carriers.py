"""The explorer where its users meet it, in a real browser: in JupyterLab, in Notebook 7, and in a window of its own.

Gives servers started as users start them and pages opened in them; what both show is the same explorer. Knows no test.
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
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from explorer_page import CHROMIUM_ARGUMENTS, browser_path

ROOT: Final = Path(__file__).parent.parent
TOKEN: Final = "only-for-this-test"
SETTINGS: Final = {
    "apputils-extension/notification.jupyterlab-settings": {"fetchNews": "false"},
    # Cells that are not in sight are on the page too.
    "notebook-extension/tracker.jupyterlab-settings": {"windowingMode": "none"},
}
SLOW_MS: Final = 90_000


@contextmanager
def jupyter(home: Path, application: str = "jupyterlab") -> Iterator[str]:
    """The address of a JupyterLab or a ``notebook`` of our own: its files a copy of the notebooks, its settings nobody's."""
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
        f"-m {application} --no-browser --allow-root --ip=127.0.0.1 --port={port} --ServerApp.port_retries=0 "
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
    pytest.fail(f"Jupyter did not start:\n{log.read_text()[-2000:]}")


@contextmanager
def explore_command(home: Path, *arguments: str) -> Iterator[str]:
    """The address that ``recexplore explore`` prints; its settings nobody's."""
    environment = {**os.environ, "JUPYTER_CONFIG_DIR": str(home / "config"), "PYTHONUNBUFFERED": "1"}
    with (home / "explore.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "recexplore", "explore", *arguments, "--no-browser", "--port", "0"],
            env=environment,
            stdout=log,
            stderr=log,
        )
        try:
            yield _printed_address(server, home / "explore.log")
        finally:
            server.terminate()
            server.wait(20)


def _printed_address(server: subprocess.Popen[bytes], log: Path) -> str:
    for _ in range(240):
        if address := re.search(r"http://\S+", log.read_text()):
            return address[0]
        if server.poll() is not None:
            break
        time.sleep(0.125)
    pytest.fail(f"recexplore explore did not start:\n{log.read_text()[-2000:]}")


@contextmanager
def browser(profile: Path, width: int = 1600, height: int = 1280) -> Iterator[Any]:
    """A page of a browser of our own; ``page.asked`` lists the addresses that it asked for, ``page.errors`` what failed."""
    from playwright import sync_api

    path = browser_path()
    if path is None:
        pytest.skip("no Chromium or Chrome found; `make test` installs one")
    with sync_api.sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=path,
            headless=True,
            args=CHROMIUM_ARGUMENTS,
            viewport={"width": width, "height": height},
        )
        page: Any = context.pages[0]
        page.asked, page.errors = [], []
        context.on("request", lambda request: page.asked.append(request.url))
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        yield page
        context.close()


def open_notebook(page: Any, lab: str, name: str = "01_explore") -> None:
    """A notebook, all its cells run, until its explorer shows a recording."""
    page.goto(f"{lab}/lab/tree/notebooks/{name}.ipynb?token={TOKEN}&reset")
    page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=SLOW_MS)
    # Until the kernel runs, "Run All Cells" only asks which kernel to start.
    page.wait_for_selector("#jp-main-statusbar :text('| Idle')", timeout=SLOW_MS)
    page.wait_for_selector('.jp-Notebook-ExecutionIndicator[data-status="idle"]', timeout=SLOW_MS)
    page.keyboard.press("Control+b")
    page.locator(".lm-MenuBar-itemLabel", has_text="Run").click()
    page.locator('.lm-Menu-item[data-command="runmenu:run-all"]').click()
    page.wait_for_selector(".rx-explorer .rx-prompt", timeout=SLOW_MS)


def foreign_hosts(page: Any) -> set[str | None]:
    """The hosts that a page asked for anything, but this machine."""
    return {
        host
        for address in page.asked
        if urlsplit(address).scheme not in ("data", "blob")
        and (host := urlsplit(address).hostname) not in ("127.0.0.1", "localhost")
    }
