"""Functions of the explorer's page that compute, called without a browser.

Takes the name of a module of the page, of a function, and arguments; gives what it returns. Runs the node that comes with
playwright, or one that is installed: one process for all calls, each of which has modules of its own; what JSON has no word
for (NaN, an infinity) comes back as None.
"""

from __future__ import annotations

import atexit
import base64
import json
import shutil
import subprocess
from functools import cache
from threading import Timer
from typing import Any, Final

import pytest

from recexplore.corpus import Recording
from recexplore.views.explorer import web
from recexplore.views.explorer.stream_view import stream_view
from recexplore.views.explorer.vocabulary import vocabulary

__all__ = ["called", "evaluated", "stream"]

_STREAM: Final = """
const viewOf = (text) => new DataView(Uint8Array.from(Buffer.from(text, "base64")).buffer);
const streamOf = ([view, buffers, vocabulary]) => new modules.stream.Stream(view, buffers.map(viewOf), vocabulary);
"""

_ANSWER: Final = """
require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
  let said;
  try {
    said = { value: new Function(JSON.parse(line))() ?? null };
  } catch (error) {
    said = { error: error.stack };
  }
  process.stdout.write(`${JSON.stringify(said)}\n`);
});
"""
_SLOW_S: Final = 60


@cache
def _node() -> str:
    if path := shutil.which("node"):
        return path
    driver = pytest.importorskip("playwright._impl._driver", reason="neither node nor playwright is installed")
    return str(driver.compute_driver_executable()[0])


def evaluated(script: str, **given: Any) -> Any:
    """What a script returns that sees ``modules``, ``streamOf`` and what is given, by name."""
    names = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in given.items())
    run = f"{web.report_modules()}\n{_STREAM}\n{names}return (() => {{ {script} }})();"
    node = _running()
    assert node.stdin is not None
    assert node.stdout is not None
    limit = Timer(_SLOW_S, node.kill)
    limit.start()
    node.stdin.write(f"{json.dumps(run)}\n")
    node.stdin.flush()
    said = json.loads(node.stdout.readline() or f'{{"error": "no answer within {_SLOW_S} s"}}')
    limit.cancel()
    assert "error" not in said, said["error"]
    return said["value"]


@cache
def _running() -> subprocess.Popen[str]:
    """A node that answers each script, a line of JSON, with a line of JSON."""
    node = subprocess.Popen([_node(), "-e", _ANSWER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    atexit.register(node.communicate)
    return node


def called(module: str, function: str, *arguments: Any) -> Any:
    """What a function returns."""
    return evaluated(f"return modules[{json.dumps(module)}].{function}(...given);", given=list(arguments))


def stream(recording: Recording) -> list[Any]:
    """What ``streamOf`` makes the page's stream of a recording from."""
    view, buffers = stream_view(recording)
    return [view, [base64.b64encode(buffer).decode() for buffer in buffers], vocabulary()]
