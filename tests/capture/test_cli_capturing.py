"""The command ``capture``: what it says, how it ends, and what its exit code tells."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from capture_kit import PATIENCE_S, capture_process
from raw_server import ScriptedServer, script_of
from scripted_streams import chat_text

import recexplore as rx
from recexplore.capture.proxy.upstream import Upstream
from recexplore.cli.capturing import _base_urls, _live_line

_ASKED = {"model": "m", "messages": [], "stream": True}
_PATH = "/v1/chat/completions"


def _capture(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "recexplore", "capture", *arguments], capture_output=True, text=True, check=False
    )


@pytest.mark.long
def test_from_start_to_end(tmp_path: Path) -> None:
    script, slow = script_of(chat_text(["a", "b"])), script_of(chat_text(["a", "b"]), 60)
    server = ScriptedServer(lambda asked: slow if b"slow" in asked.head else script)
    with server, capture_process(server.url, tmp_path / "out") as capture:
        assert httpx.post(f"{capture.url}{_PATH}", json=_ASKED).content == script.body
        with httpx.stream("POST", f"{capture.url}/v1/slow?key=sentinel-1234567890", json=_ASKED):
            code, out, err = capture.stop()

    assert (code, err) == (0, "")
    first, ending, second, last = out.splitlines()
    assert re.fullmatch(rf"POST {server.url}{_PATH}: 200, complete, \d+ reads, 6\d\d bytes, \d\.\d\d s", first)
    assert ending == "ending ..."
    assert re.fullmatch(rf"POST {server.url}/v1/slow\?key=\*\*\*: 200, stopped, 0 reads, 0 bytes, \d\.\d\d s", second)
    assert re.fullmatch(rf"2 recordings in {re.escape(str(tmp_path / 'out'))}: \d+ reads, lost = 0", last)
    assert sorted(path.suffix for path in (tmp_path / "out").iterdir()) == [".json", ".json"]


def test_streams_do_not_wait_for_who_reads_what_is_said(tmp_path: Path) -> None:
    script, path = script_of(()), f"{_PATH}?{'x' * 6000}"
    with ScriptedServer(lambda asked: script) as server, capture_process(server.url, tmp_path) as capture:
        for _ in range(20):  # their lines are more than a pipe holds, and nobody reads it
            assert httpx.post(f"{capture.url}{path}", json=_ASKED, timeout=PATIENCE_S).status_code == 200
        code, out, err = capture.stop()

    assert (code, err, out.count("complete")) == (0, "", 20)


def test_an_end_that_is_asked_for_is_one(tmp_path: Path) -> None:
    with ScriptedServer(lambda asked: script_of(())) as server, capture_process(server.url, tmp_path) as capture:
        capture.process.send_signal(signal.SIGTERM)
        assert capture.process.wait(PATIENCE_S) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="it has no such limits")
def test_what_is_lost_is_told_by_the_exit_code(tmp_path: Path) -> None:
    script = script_of(chat_text([f"word {n}" for n in range(200)]))
    limits = tmp_path / "sitecustomize.py"
    limits.write_text("import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n")
    env = {"PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path]), "PYTHONDONTWRITEBYTECODE": "1"}
    server = ScriptedServer(lambda asked: script)
    with server, capture_process(server.url, tmp_path / "out", env=env) as capture:
        assert httpx.post(f"{capture.url}{_PATH}", json=_ASKED).content == script.body
        code, out, err = capture.stop()

    assert code == 1
    lost = re.search(r"recexplore: (\d+) reads \(([\d,]+) bytes\) are not recorded", err)
    assert lost is not None
    assert f"lost = {lost[1]}\n" in out
    (recording,) = rx.load(tmp_path / "out", progress=False)
    assert recording.chunks["bytes"].sum() == len(script.body) - int(lost[2].replace(",", ""))


def test_journals_of_a_dead_recorder_are_finished(tmp_path: Path) -> None:
    journal = tmp_path / "unnamed-1.journal.jsonl"
    first = {"recexplore_journal": 1, "t": 0, "request": {"method": "GET", "url": "http://h/v1/x", "headers": {}}}
    journal.write_text(json.dumps(first) + '\n{"t": 5, "event": "sent"}\n{"t": 9, "da')
    with ScriptedServer(lambda asked: script_of(())) as server, capture_process(server.url, tmp_path) as capture:
        code, out, _ = capture.stop()

    assert code == 0
    assert out.splitlines()[-2:] == [
        "finished 1 journal that an earlier capture left",
        f"0 recordings in {tmp_path}: 0 reads, lost = 0",
    ]
    assert not journal.exists()


def test_a_folder_that_cannot_be_had_is_told_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = _capture("--upstream", "http://127.0.0.1:1", "--out", str(tmp_path / "file" / "out"))

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"recexplore: the folder {tmp_path / 'file' / 'out'} cannot be made (Not a directory): name another\n"
    )


@pytest.mark.parametrize(
    ("upstream", "said"),
    [
        ("api.openai.com", "expected a URL like https://api.openai.com, found 'api.openai.com'"),
        ("ftp://h", "expected a URL like"),
        ("http://h:port", "is no URL"),
        ("https://user:secret@h", "keys are sent by the client itself"),
        ("https://h/?key=1", "found more"),
    ],
)
def test_an_upstream_that_is_none_is_told(upstream: str, said: str, tmp_path: Path) -> None:
    done = _capture("--upstream", upstream, "--out", str(tmp_path / "out"))

    assert done.returncode == 3
    assert said in done.stderr
    assert "secret" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = _capture("--upstream", "http://127.0.0.1:1", "--out", str(tmp_path), "--port", port)

    assert done.returncode == 2
    assert done.stderr == f"recexplore: port {port} is not free at 127.0.0.1: name another with --port\n"


def test_a_library_that_is_missing_is_named(tmp_path: Path) -> None:
    (tmp_path / "aiohttp.py").write_text("raise ModuleNotFoundError(\"No module named 'aiohttp'\", name='aiohttp')")
    done = subprocess.run(
        [sys.executable, "-m", "recexplore", "capture", "--upstream", "http://h"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])},
    )

    assert done.returncode == 3
    assert done.stderr == (
        "recexplore: capture needs aiohttp, which is not installed: pip install 'recexplore[capture]'\n"
    )


@pytest.mark.parametrize(
    ("upstream", "bases"),
    [
        ("https://api.openai.com", {"OPENAI_BASE_URL": "http://p/v1", "ANTHROPIC_BASE_URL": "http://p"}),
        ("https://api.openai.com/v1/", {"OPENAI_BASE_URL": "http://p"}),
        ("https://h/openai", {"OPENAI_BASE_URL": "http://p/v1", "ANTHROPIC_BASE_URL": "http://p"}),
        ("https://h/v1beta", {"OPENAI_BASE_URL": "http://p"}),
    ],
)
def test_what_clients_are_to_be_given_fits_the_path(upstream: str, bases: dict[str, str]) -> None:
    assert dict(_base_urls(Upstream.of(upstream), "http://p")) == bases


def test_the_live_line_is_red_where_something_is_lost() -> None:
    status = {
        "open": 1, "ended": 2, "reads": 3000, "bytes": 4_000_000, "lost": {"reads": 0, "bytes": 0},
        "lost_requests": 0, "writer_alive": True, "finisher_alive": True, "error": None,
        "silent": {"streams": 0, "longest_s": 0.0},
    }  # fmt: skip
    assert _live_line(status).plain == "1 stream open · 2 ended · 3,000 chunks · lost = 0 · 4.0 MB"
    assert not any("red" in str(span.style) for span in _live_line(status).spans)
    lost = {**status, "lost": {"reads": 5, "bytes": 9}, "error": "No space left on device"}
    assert _live_line(lost).plain.endswith("lost = 5 · 4.0 MB · No space left on device")
    assert any("red" in str(span.style) for span in _live_line(lost).spans)
    assert _live_line({**lost, "writer_alive": False}).plain.startswith(
        "the thread that writes is dead · 1 stream open"
    )
    waiting = _live_line({**status, "finisher_alive": False}).plain
    assert waiting.startswith("nobody makes recordings of journals until the end · 1 stream open")
    assert _live_line({**status, "lost_requests": 1}).plain.endswith("lost = 0 and the body of 1 request · 4.0 MB")
    assert _live_line({**lost, "lost_requests": 3}).plain.endswith(
        "lost = 5 and the bodies of 3 requests · 4.0 MB · No space left on device"
    )


@pytest.mark.parametrize(
    ("n", "longest_s", "words"),
    [(1, 0.31, "1 silent for 0.3 s"), (1, 12.9, "1 silent for 12 s"), (2, 3600.0, "2 silent for up to 3,600 s")],
)
def test_the_live_line_says_which_streams_are_silent(n: int, longest_s: float, words: str) -> None:
    status = {
        "open": 2, "ended": 2, "reads": 3000, "bytes": 4_000_000, "lost": {"reads": 0, "bytes": 0},
        "lost_requests": 0, "writer_alive": True, "finisher_alive": True, "error": None,
        "silent": {"streams": n, "longest_s": longest_s},
    }  # fmt: skip

    assert _live_line(status).plain.startswith(f"2 streams open, {words} · 2 ended")
