"""The command ``replay``, as a user types it."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from captured import ASKED, chat_events, document, written
from wire_client import ask

import recexplore.cli as cli

EVENTS = chat_events("One", " two")
BODY = b"".join(EVENTS)


@contextmanager
def replaying(*arguments: str) -> Iterator[tuple[str, list[str], subprocess.Popen[str]]]:
    """The command, once it answers: the address, the lines that it says, and its process, which ends with Control-C."""
    command = [sys.executable, "-m", "recexplore", "replay", "--port", "0", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            lines = [process.stdout.readline() for _ in range(4)]
            assert "http://127.0.0.1:" in lines[0], process.communicate()
            yield lines[0].partition(" at ")[2].partition(";")[0], lines, process
        finally:
            process.kill()


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    return process.returncode, err


@pytest.fixture
def call(monkeypatch: Any, capsys: Any) -> Callable[..., tuple[int, str, str]]:
    """Runs a command in this process; gives exit code and output."""

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["recexplore", *arguments])
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        out, err = capsys.readouterr()
        return int(stopped.value.code or 0), out, err

    return call


@pytest.mark.skipif(os.name == "nt", reason="processes are sent no Control-C there")
def test_it_answers_until_control_c_and_says_what_it_missed(tmp_path: Path) -> None:
    folder = written(tmp_path, a=document([(0, BODY)]))

    with replaying(str(folder), "--drop", "1", "--speed", "0") as (url, lines, process):
        found = ask(url, ASKED)
        missed = ask(url, {"model": "m\x1b[31m"})
        status = ask(url, path="/recexplore/status", method="GET")
        code, err = ended(process)

    assert found is not None
    assert missed is not None
    assert status is not None
    assert found.body == EVENTS[0] + b"".join(EVENTS[2:])
    assert (missed.status, json.loads(status.body)["requests"]) == (404, 2)
    assert code == 0
    assert [line.split()[-1] for line in lines[1:]] == [
        f"base_url={url}/v1",
        f"base_url={url}",
        f"{url}/recexplore/status",
    ]
    assert "\x1b" not in err
    assert err.splitlines()[-1] == "2 requests: 1 answered, 1 missed; 0 open"
    assert "no answer to POST /v1/chat/completions: The nearest recording, a, differs in 3 parts" in err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--cut-at", "9"], 3, "cut-at: no recording has 10 chunks or more; the longest, a has"),
        (["--speed", "nan"], 3, "Invalid value for '--speed'"),
        (["--speed", "-1"], 3, "Invalid value for '--speed'"),
        (["--split-bytes", "0"], 3, "Invalid value for '--split-bytes'"),
        (["--run", "0"], 3, "Invalid value for '--run'"),
        (["--defect", "tool-args"], 3, "defect tool-args: no recording of"),
        (["--defect", "run-gap"], 3, "the defect of run-gap cannot be replayed: it is about several runs"),
        (["--defect", "choice-bled"], 3, "there is no defect of a rule 'choice-bled'; near: choice-bleed"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    call: Callable[..., tuple[int, str, str]], tmp_path: Path, arguments: list[str], code: int, said: str
) -> None:
    folder = written(tmp_path, a=document([(0, BODY)]))

    got, out, err = call("replay", str(folder), *arguments)

    assert (got, out) == (code, "")
    assert said in " ".join(err.split())


def test_the_defects_are_listed(call: Callable[..., tuple[int, str, str]]) -> None:
    code, out, err = call("replay", "--defect", "help")

    assert (code, err) == (0, "")
    assert "\ndup-chunk             Two chunks in a row are equal\n" in out
    assert "\nlegacy-hash           it is about the name of a file\n" in out


@pytest.mark.skipif(os.name == "nt", reason="processes are sent no Control-C there")
def test_a_defect_is_put_in_and_told(tmp_path: Path) -> None:
    folder = written(tmp_path, a=document([(0, BODY)]))

    with replaying(str(folder), "--defect", "finish-repeated", "--drop", "0") as (url, *_):
        found = ask(url, ASKED)

    assert found is not None
    assert found.headers["x-recexplore-faults"] == "defect finish-repeated in chunk 3; drop 0"
    assert found.body.count(b'"finish_reason": "stop"') == 2


def test_recordings_that_are_not_there(call: Callable[..., tuple[int, str, str]], tmp_path: Path) -> None:
    assert call("replay", str(tmp_path / "none"))[0] == 2
    assert call("replay", str(tmp_path))[::2] == (2, f"recexplore: no recording was found in '{tmp_path}'\n")
    assert "reads no standard input" in call("replay", "-")[2]


def test_a_port_that_is_taken(call: Callable[..., tuple[int, str, str]], tmp_path: Path) -> None:
    folder = written(tmp_path, a=document([(0, BODY)]))
    with replaying(str(folder)) as (url, *_):
        port = url.rpartition(":")[2]
        code, _, err = call("replay", str(folder), "--port", port)

    assert (code, f"port {port} is in use" in err) == (3, True)


def test_without_the_http_library_it_says_what_to_install(
    call: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr("recexplore.cli.replaying.find_spec", lambda name: None if name == "aiohttp" else find(name))

    assert call("replay", str(tmp_path))[::2] == (3, "recexplore: replay needs aiohttp: install recexplore[capture]\n")
