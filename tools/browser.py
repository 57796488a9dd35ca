"""Prints the path of a Chromium or Chrome that starts, after installing one where there is none.

Takes nothing (environment: ``CHROME`` or ``BROWSER_PATH`` name one). Gives one line on standard output, the path; all
else goes to standard error; exit status 1 and one sentence where no browser can be had. Standard library only, because
it runs before anything is known to be installed. It never installs anything while a browser is there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC_APPS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
PACKAGES = ("chromium", "fonts-dejavu-core")
HELP = (
    "recexplore: no Chromium or Chrome found and none could be installed; install one (Debian: apt-get install chromium; "
    "elsewhere: your package manager or the vendor's installer), or set CHROME to the path of one."
)


def starts(path: str) -> bool:
    """Whether the program says it is a Chrom(e|ium); a distribution's stub that only points at another store does not."""
    try:
        answer = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.SubprocessError):
        return False
    return answer.returncode == 0 and "chrom" in answer.stdout.lower()


def candidates() -> Iterator[str]:
    for variable in ("CHROME", "BROWSER_PATH"):
        if named := os.environ.get(variable):
            yield shutil.which(named) or named
    for name in NAMES:
        if path := shutil.which(name):
            yield path
    yield from (path for path in MAC_APPS if os.path.exists(path))


def find() -> str | None:
    return next((path for path in candidates() if starts(path)), None)


def run(*command: str) -> bool:
    """Run with its output on standard error, where it does not mix with the path."""
    print("recexplore:", *command, file=sys.stderr, flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sys.stderr, env=environment, timeout=600)
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def install_with_apt() -> str | None:
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or not shutil.which("apt-get"):
        return None
    run("apt-get", "update", "-q")  # old lists may do, so a failure here is not the end
    run("apt-get", "install", "-y", "-q", "--no-install-recommends", *PACKAGES)
    return find()


def install_with_playwright() -> str | None:
    if not run(sys.executable, "-m", "playwright", "install", "chromium"):
        return None
    ask = "from playwright.sync_api import sync_playwright as s\nwith s() as p: print(p.chromium.executable_path)"
    try:
        answer = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.SubprocessError):
        return None
    path = answer.stdout.strip()
    return path if path and starts(path) else None


def main() -> int:
    path = find() or install_with_apt() or install_with_playwright()
    if path is None:
        print(HELP, file=sys.stderr)
        return 1
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
