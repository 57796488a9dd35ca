"""What a command imports: what it works with, and nothing of the others'."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RUN = """
import sys
from recexplore.cli import main
try:
    main()
finally:
    sys.stderr.write("\\n".join(sys.modules))
"""
ANY_CACHE_PAYS = """
from recexplore.read import cached_load
from recexplore.read.cache import stamps
stamps._RACY_NS = cached_load._FEWEST_BYTES = 0
"""
SHOWING = {"plotly", "ipywidgets", "anywidget", "IPython", "jupyter_server"}
READING = {
    "recexplore.rules",
    "recexplore.read.registry",
    "recexplore.read.batch",
    "yaml",
    "jiter",
    "fsspec",
    "rapidfuzz",
}


def imported(script: str, arguments: Sequence[str] = (), **environment: str) -> set[str]:
    """The modules that a script has imported in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=os.environ | environment,
    )
    return {*done.stderr.splitlines()}


@pytest.mark.parametrize("arguments", [("ls",), ("ls", "--help"), ("ls", "nowhere"), ("show", "nowhere.json")])
def test_of_several_commands_one_is_imported(arguments: tuple[str, ...]) -> None:
    found = imported(RUN, arguments)
    assert "recexplore.cli.looking" in found
    assert not {"recexplore.cli.capturing", "recexplore.cli.checking", "recexplore.cli.exploring", "asyncio"} & found


def test_help_imports_every_command() -> None:
    assert {"recexplore.cli.looking", "recexplore.cli.capturing", "recexplore.cli.caching"} <= imported(RUN, ["--help"])


def test_a_folder_that_was_read_before_is_listed_without_what_reads_and_what_judges(
    bundled_folder: Path, tmp_path: Path
) -> None:
    arguments = ("ls", str(bundled_folder))
    first = imported(ANY_CACHE_PAYS + RUN, arguments, RECEXPLORE_CACHE=str(tmp_path))
    again = imported(ANY_CACHE_PAYS + RUN, arguments, RECEXPLORE_CACHE=str(tmp_path))
    assert {"recexplore.rules", "recexplore.read.registry"} <= first
    assert "recexplore.views.terminal.listing" in again
    assert not {"asyncio", "ssl", "recexplore.server", *SHOWING, *READING} & again


def test_a_window_of_the_explorer_imports_no_terminal_and_no_figure() -> None:
    found = imported('import sys, recexplore.server.open_corpus\nsys.stderr.write("\\n".join(sys.modules))')
    assert "recexplore.views.explorer.answers" in found
    assert not {"rich", "typer", "plotly", "ipywidgets", "anywidget", "IPython"} & found
