"""A comparison in a window of its own: it has an address, one can come back from it, and it follows its folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from explorer_carriers import browser, explore_command
from synthetic import choice, chunk, says, stream

pytestmark = pytest.mark.long

sync_api = pytest.importorskip("playwright.sync_api")

QUICK_MS = 15_000
ASKED = {"model": "m", "messages": [{"role": "user", "content": "Where?"}], "stream": True}


def write(folder: Path, number: int, text: str) -> None:
    document = stream(says(text), chunk(choice({}, finish_reason="stop")), request=ASKED)
    (folder / f"run-{number}.json").write_text(json.dumps(document))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    runs = tmp_path / "runs"
    runs.mkdir()
    for number, text in enumerate(("Here.", "Here.", "There.")):
        write(runs, number, text)
    return runs


@pytest.fixture
def page(folder: Path, tmp_path: Path) -> Iterator[Any]:
    """The explorer of the folder at its first recording."""
    command = explore_command(tmp_path, str(folder), "--recording", "run-0")
    with browser(tmp_path / "profile") as page, command as address:
        page.goto(address)
        page.wait_for_selector(".rx-compare", timeout=QUICK_MS)
        page.set_default_timeout(QUICK_MS)
        yield page
        assert page.errors == []


def said(page: Any) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).fragment)


def test_a_comparison_has_an_address_and_one_comes_back_from_it(page: Any) -> None:
    page.locator(".rx-compare").click()
    page.wait_for_selector(".rx-run-text")
    assert said(page) == {"recording": ["run-0"], "compare": ["run-0"]}
    page.reload()
    page.wait_for_selector(".rx-run-text")
    page.go_back()
    page.wait_for_selector(".rx-recording")
    assert "compare" not in said(page)
    page.go_forward()
    page.wait_for_selector(".rx-run-text")
    page.locator('.rx-row[data-id="run-2"]').click()
    page.wait_for_selector(".rx-recording")
    page.wait_for_function("location.hash.includes('run-2')")
    assert "compare" not in said(page)
    page.go_back()
    page.wait_for_selector(".rx-run-text")


def test_a_comparison_follows_its_folder(page: Any, folder: Path) -> None:
    page.locator(".rx-compare").click()
    rows = page.locator(".rx-runs-body .rx-run")
    sync_api.expect(rows).to_have_count(3, timeout=QUICK_MS)
    write(folder, 3, "Nowhere.")
    sync_api.expect(rows).to_have_count(4, timeout=QUICK_MS)
    sync_api.expect(page.locator(".rx-run-count").first).to_have_text("×4", timeout=QUICK_MS)
    (folder / "run-3.json").unlink()
    sync_api.expect(rows).to_have_count(3, timeout=QUICK_MS)
