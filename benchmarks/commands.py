"""How long a command takes from when it is typed, on a folder that was read before.

    python benchmarks/commands.py FOLDER [--runs 7]

Runs each in turn, round after round, so that what else the machine does meets all alike, and tells the best and the median:

- ``import pandas``: what any command with frames takes at least;
- ``--version``: what every command takes at least;
- ``ls``: the whole command, its output thrown away;
- ``show``: of the first recording that is listed;
- ``explore``: until the first rows of the list have been answered over HTTP. No browser is started: one takes time of its
  own, on the same cores.

The cache stands in a folder of its own, and is filled before. CPU time is that of the command with its children, of
``explore`` until it has ended; where other work takes cores away, it says more than wall time.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener

RECEXPLORE = (sys.executable, "-m", "recexplore")
UNREADABLE = 2
POLL_S = 0.01
NOT_YET = "still being read"
FIRST_ROWS = {"view": "benchmark", "key": 1, "count": 60, "recording": ""}


def run(*command: str) -> float:
    """How long a command takes; a folder may hold files that cannot be read."""
    began = time.perf_counter()
    ended = subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode
    took = time.perf_counter() - began
    if ended not in (0, UNREADABLE):
        raise RuntimeError(f"{' '.join(command)} ended with {ended}")
    return took


def explore(folder: Path) -> float:
    """How long it takes until the explorer's server has answered with rows."""
    began = time.perf_counter()
    command = [*RECEXPLORE, "explore", str(folder), "--no-browser", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        try:
            (address,) = re.findall(r"http\S+", server.stderr.readline())
            opener = build_opener(HTTPCookieProcessor(CookieJar()))
            page = opener.open(address).read().decode()
            (xsrf,) = re.findall(r'data-xsrf="([^"]*)"', page)
            while NOT_YET in (answer := ask(opener, address.partition("?")[0], xsrf)).get("error", ""):
                time.sleep(POLL_S)
            took = time.perf_counter() - began
            if not answer["value"]["rows"]:
                raise RuntimeError(f"{folder}: the explorer lists nothing")
            return took
        finally:
            server.send_signal(signal.SIGINT)


def ask(opener: OpenerDirector, base: str, xsrf: str) -> dict[str, Any]:
    """The head of the answer to what a page asks first."""
    asked = json.dumps({"ask": "find", "given": FIRST_ROWS, "revision": None}).encode()
    headers = {"Content-Type": "application/json", "X-XSRFToken": xsrf}
    packed = opener.open(Request(f"{base.rstrip('/')}/api/ask", asked, headers)).read()
    (length,) = struct.unpack_from("<I", packed)
    head: dict[str, Any] = json.loads(packed[4 : 4 + length])
    return head


def children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def first_id(folder: Path) -> str:
    listed = subprocess.run([*RECEXPLORE, "ls", "--json", str(folder)], stdout=subprocess.PIPE, check=False)
    return str(json.loads(listed.stdout)["recordings"][0]["recording"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=7)
    given = parser.parse_args()
    folder = str(given.folder)
    with tempfile.TemporaryDirectory() as cache:
        os.environ["RECEXPLORE_CACHE"] = cache
        chosen = first_id(given.folder)
        todo: dict[str, Callable[[], float]] = {
            "import pandas": lambda: run(sys.executable, "-c", "import pandas"),
            "--version": lambda: run(*RECEXPLORE, "--version"),
            "ls": lambda: run(*RECEXPLORE, "ls", folder),
            "show": lambda: run(*RECEXPLORE, "show", chosen, "--in", folder),
            "explore, first rows": lambda: explore(given.folder),
        }
        took: dict[str, list[tuple[float, float]]] = {name: [] for name in todo}
        for _ in range(given.runs):
            for name, measured in todo.items():
                before = children_cpu_s()
                wall = measured()
                took[name].append((wall, children_cpu_s() - before))
    print(f"{'':20} {'wall, best':>12} {'median':>8} {'CPU, best':>12} {'median':>8}")
    for name, rounds in took.items():
        walls, cpus = zip(*rounds, strict=True)
        told = (min(walls), statistics.median(walls), min(cpus), statistics.median(cpus))
        print(f"{name:20} {told[0]:10.2f} s {told[1]:6.2f} s {told[2]:10.2f} s {told[3]:6.2f} s")


if __name__ == "__main__":
    main()
