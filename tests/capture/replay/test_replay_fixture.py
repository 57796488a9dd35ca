"""The fixture ``recexplore_replay``, used as another project's suite uses it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from captured import chat_events, document, written

pytest_plugins = ["pytester"]

EVENTS = chat_events("One", " two")
SUITE = """
import json, threading, urllib.error, urllib.request
import pytest

def ask(server, **more):
    body = {"model": "m", "messages": [{"role": "user", "content": "Say it"}], "stream": True, **more}
    asked = urllib.request.Request(f"{server.url}/v1/chat/completions", json.dumps(body).encode())
    with urllib.request.urlopen(asked, timeout=30) as answer:
        return answer.read()

def test_hit(recexplore_replay):
    server = recexplore_replay("recordings")
    assert ask(server).count(b"data: ") == 4
    assert [(each.path, each.recording) for each in server.requests] == [("/v1/chat/completions", "a")]
    assert server.misses == []
    assert repr(server).endswith("1 requests, 0 misses")

def test_faults(recexplore_replay):
    assert ask(recexplore_replay("recordings", drop=1, speed=0)).count(b"data: ") == 3
    assert ask(recexplore_replay(["recordings"], duplicate=1, split_bytes=3)).count(b"data: ") == 5

def test_miss(recexplore_replay):
    server = recexplore_replay("recordings")
    with pytest.raises(urllib.error.HTTPError, match="404"):
        ask(server, n=2)
    assert "differs in one part: n" in server.misses[0].reason
    assert b"Say it" in server.misses[0].body

def test_a_defect(recexplore_replay):
    server = recexplore_replay("recordings", defect="dup-chunk", seed=3, speed=0)
    assert ask(server).count(b" and then some") == 2

def test_misuse(recexplore_replay, tmp_path):
    with pytest.raises(ValueError, match="no recording was found in"):
        recexplore_replay(tmp_path)
    with pytest.raises(ValueError, match="cut-at: no recording has 100 chunks"):
        recexplore_replay("recordings", cut_at=99)
    with pytest.raises(ValueError, match="defect tool-args: no recording of .* has room for it"):
        recexplore_replay("recordings", defect="tool-args")
    with pytest.raises(TypeError, match="wrong"):
        recexplore_replay("recordings", wrong=1)

def test_nothing_is_left():
    assert "recexplore replay" not in [each.name for each in threading.enumerate()]
"""


@pytest.fixture(autouse=True)
def _project(pytester: pytest.Pytester) -> None:
    (pytester.path / "recordings").mkdir()
    written(pytester.path / "recordings", a=document([(1, b"".join(EVENTS))]))


def test_a_suite_uses_it(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(SUITE)

    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-W", "error")

    result.assert_outcomes(passed=6)


def test_without_the_http_library_it_says_what_to_install(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest, recexplore.testing.replay_server as replay_server

        def test_it(recexplore_replay, monkeypatch):
            monkeypatch.setattr(replay_server, "find_spec", lambda name: None)
            with pytest.raises(ImportError, match=r"install recexplore\\[capture\\]"):
                recexplore_replay("recordings")
        """
    )

    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_nothing_is_imported_before_it_is_used() -> None:
    script = (
        "import sys, recexplore.testing.pytest_plugin; print([n for n in sys.modules if n.startswith('recexplore.')])"
    )
    folder = Path(__file__).parents[2]
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=folder).stdout

    assert said == "['recexplore.testing', 'recexplore.testing.pytest_plugin']\n"
