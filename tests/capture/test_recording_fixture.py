"""The fixture ``recexplore_recording``, used as a user's suite uses it."""

from __future__ import annotations

import pytest
from answers import CHAT, TWO_CHOICES
from recorded_files import documents
from scripted_server import ScriptedServer, events, sent

pytest_plugins = ["pytester"]

TEST = """
import httpx
import pytest

@pytest.mark.parametrize("n", [1, 2])
def test_asks(recexplore_recording, n):
    httpx.post({url!r}, json={{"model": "m", "n": n}})
"""


@pytest.fixture(autouse=True)
def _project(pytester: pytest.Pytester) -> object:
    with ScriptedServer({CHAT: sent(events(*TWO_CHOICES))}) as server:
        pytester.makepyfile(test_own=TEST.format(url=server.url + CHAT))
        yield


@pytest.mark.parametrize(
    ("ini", "arguments", "folder"),
    [
        ("", (), "recordings"),
        ("recexplore_recordings = of/tests", (), "of/tests"),
        ("recexplore_recordings = of/tests", ("--recexplore-recordings", "named"), "named"),
    ],
)
def test_every_test_has_its_recordings(
    pytester: pytest.Pytester, ini: str, arguments: tuple[str, ...], folder: str
) -> None:
    pytester.makeini(f"[pytest]\n{ini}\n")
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", *arguments)

    result.assert_outcomes(passed=2)
    paths = sorted((pytester.path / folder).iterdir())
    assert sorted((each["test_id"], each["request"]["body"]["n"]) for each in documents(paths)) == [
        ("test_own.py::test_asks[1]", 1),
        ("test_own.py::test_asks[2]", 2),
    ]
