"""tools/browser.py: finds a browser, installs one where it can, and says what to do where it cannot."""

from __future__ import annotations

from pathlib import Path

import browser
import pytest


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without a browser: the folder is all of its PATH."""
    for variable in ("CHROME", "BROWSER_PATH"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(browser, "MAC_APPS", ())
    monkeypatch.setattr(browser, "install_with_playwright", lambda: None)
    return tmp_path


def program(path: Path, script: str) -> str:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def test_a_browser_on_the_path_is_found(machine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chromium = program(machine / "chromium", "echo Chromium 156.0")
    assert browser.main() == 0
    assert capsys.readouterr().out == f"{chromium}\n"


@pytest.mark.parametrize("variable", ["CHROME", "BROWSER_PATH"])
def test_a_named_browser_comes_first(variable: str, machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(machine / "chromium", "echo Chromium 156.0")
    named = program(machine / "own" / "my browser", "echo Google Chrome 156.0")
    monkeypatch.setenv(variable, named)
    assert browser.find() == named


def test_a_named_browser_that_does_not_start_is_passed_over(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chrome = program(machine / "google-chrome", "echo Google Chrome 156.0")
    monkeypatch.setenv("CHROME", str(machine / "gone"))
    assert browser.find() == chrome


def test_a_stub_is_no_browser(machine: Path) -> None:
    program(machine / "chromium-browser", "echo 'install the snap'; exit 1")
    assert browser.find() is None


def test_an_application_folder_is_searched(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = program(machine / "Google Chrome.app" / "Google Chrome", "echo Google Chrome 156.0")
    monkeypatch.setattr(browser, "MAC_APPS", (str(machine / "absent"), app))
    assert browser.find() == app


def test_root_installs_with_apt(
    machine: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    chromium = machine / "chromium"
    install = f'printf "#!/bin/sh\\necho Chromium 156.0\\n" > {chromium}; /bin/chmod +x {chromium}'
    program(machine / "apt-get", f'echo "apt $*"\n[ "$1" = update ] || {{ {install}; }}')
    monkeypatch.setattr(browser.os, "geteuid", lambda: 0)
    assert browser.main() == 0
    printed = capfd.readouterr()
    assert printed.out == f"{chromium}\n"
    assert "apt install -y -q --no-install-recommends chromium fonts-dejavu-core" in printed.err


def test_nobody_else_calls_apt(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    called = machine / "called"
    program(machine / "apt-get", f"echo > {called}")
    monkeypatch.setattr(browser.os, "geteuid", lambda: 1000)
    assert browser.install_with_apt() is None
    assert not called.exists()


def test_without_any_way_it_says_what_to_do(
    machine: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(browser.os, "geteuid", lambda: 1000)
    assert browser.main() == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "set CHROME to the path of one" in printed.err


def test_playwright_is_asked_for_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chrome = program(tmp_path / "chrome", "echo Chromium 156.0")
    python = program(tmp_path / "python", f'case "$*" in *install*) exit 0;; *) echo {chrome};; esac')
    monkeypatch.setattr(browser.sys, "executable", python)
    assert browser.install_with_playwright() == chrome


def test_playwright_that_cannot_download_is_no_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser.sys, "executable", program(tmp_path / "python", "exit 1"))
    assert browser.install_with_playwright() is None
