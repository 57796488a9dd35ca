"""A pytest fixture that records what the test's HTTP clients receive.

Takes the folder that pytest's arguments or ini file name, gives a recording that is open while the test runs. Imports
nothing else of recexplore until a test asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from recexplore.capture.in_process import InProcessRecording

__all__ = ["add_folder_option", "recexplore_recording"]

_OPTION: Final = "--recexplore-recordings"
_INI: Final = "recexplore_recordings"
_DEFAULT: Final = "recordings"


def add_folder_option(parser: pytest.Parser, group: pytest.OptionGroup) -> None:
    """How the folder is named."""
    group.addoption(_OPTION, metavar="FOLDER", help="Where the fixture recexplore_recording writes what tests receive.")
    parser.addini(
        _INI, f"Where recexplore_recording writes, seen from the ini file; by default {_DEFAULT}.", default=None
    )


@pytest.fixture
def recexplore_recording(pytestconfig: pytest.Config) -> Iterator[InProcessRecording]:
    """Records what httpx, httpx2 and aiohttp receive while the test runs, named by the test (`recexplore.recording`)."""
    from recexplore.api import recording

    with recording(_folder(pytestconfig)) as opened:
        yield opened


def _folder(config: pytest.Config) -> Path:
    given: str | None = config.getoption(_OPTION)
    if given:
        return config.invocation_params.dir / given
    named: str | None = config.getini(_INI)
    return (config.inipath.parent if config.inipath else config.rootpath) / (named or _DEFAULT)
