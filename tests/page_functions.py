"""Functions of the explorer's page that compute, called without a browser.

Takes the name of a module of the page, of a function, and arguments; gives what it returns. Runs the node that comes with
playwright, or one that is installed; what JSON has no word for (NaN, an infinity) comes back as None.
"""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from functools import cache
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


@cache
def _node() -> str:
    if path := shutil.which("node"):
        return path
    driver = pytest.importorskip("playwright._impl._driver", reason="neither node nor playwright is installed")
    return str(driver.compute_driver_executable()[0])


def evaluated(script: str, **given: Any) -> Any:
    """What a script returns that sees ``modules``, ``streamOf`` and what is given, by name."""
    names = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in given.items())
    run = f"{web.report_modules()}\n{_STREAM}\n{names}console.log(JSON.stringify((() => {{ {script} }})() ?? null));"
    done = subprocess.run([_node(), "-"], input=run, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def called(module: str, function: str, *arguments: Any) -> Any:
    """What a function returns."""
    return evaluated(f"return modules[{json.dumps(module)}].{function}(...given);", given=list(arguments))


def stream(recording: Recording) -> list[Any]:
    """What ``streamOf`` makes the page's stream of a recording from."""
    view, buffers = stream_view(recording)
    return [view, [base64.b64encode(buffer).decode() for buffer in buffers], vocabulary()]
