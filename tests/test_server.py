"""The explorer's server, started as its users start it: whom it answers, and what it refuses."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from explorer_carriers import TOKEN, explore_command, jupyter
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import websocket_connect

import recexplore

pytestmark = pytest.mark.long


class Server:
    """A server at an address with a token, asked without a browser."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self.host, self.port = parts.hostname or "", parts.port or 0
        (self.token,) = parse_qs(parts.query)["token"]

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[HTTPResponse, bytes]:
        connection = HTTPConnection(self.host, self.port, timeout=30)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, None if body is None else json.dumps(body), named)
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        return answer, data

    def sign_in(self) -> dict[str, str]:
        """The headers of a browser that opened the printed address: its cookies, and what the page says against forgery."""
        answer, _ = self.send("GET", f"/recexplore/?token={self.token}")
        jar = dict(each.split(";")[0].split("=", 1) for each in answer.msg.get_all("Set-Cookie"))
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in jar.items()), "X_XSRFToken": jar["_xsrf"]}

    def ask(
        self, question: str, given: Any = None, path: str = "", **headers: str
    ) -> tuple[dict[str, Any], list[bytes]]:
        headers = headers or {"Authorization": f"token {self.token}"}
        asked = {"ask": question, "given": given or {}, "revision": None}
        for _ in range(100):
            answer, data = self.send("POST", f"/recexplore/api/ask?path={path}", asked, **headers)
            assert answer.status == 200, data
            (length,) = struct.unpack("<I", data[:4])
            head, rest = json.loads(data[4 : 4 + length]), data[4 + length :]
            if "still being read" not in head.get("error", ""):
                break
            time.sleep(0.1)
        buffers = []
        for size in head.get("buffers", ()):
            buffers.append(rest[:size])
            rest = rest[size:]
        assert not rest
        return head, buffers


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, bundled_folder: Path) -> Iterator[Server]:
    with explore_command(tmp_path_factory.mktemp("home"), str(bundled_folder.parent)) as address:
        yield Server(address)


def test_the_printed_address_opens_the_page(server: Server) -> None:
    answer, data = server.send("GET", f"/recexplore/?token={server.token}")
    assert (answer.status, answer.getheader("Content-Type")) == (200, "text/html; charset=UTF-8")
    policy = answer.getheader("Content-Security-Policy") or ""
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert server.token not in data.decode()
    signed = server.sign_in()
    for name, kind in (("page.js", "text/javascript"), ("page.css", "text/css")):
        answer, data = server.send("GET", f"/recexplore/assets/{name}", Cookie=signed["Cookie"])
        assert (answer.status, answer.getheader("Content-Type"), bool(data)) == (200, f"{kind}; charset=utf-8", True)


def test_a_page_that_is_signed_in_is_answered(server: Server, all_recordings: recexplore.Corpus) -> None:
    head, _ = server.ask("opening", **server.sign_in())
    expected = recexplore.explore(all_recordings).answers
    opening, _ = expected.answer("opening", {})
    assert (head["revision"], head["value"]["recording"]) == (1, opening["recording"])
    head, buffers = server.ask("show", {"recording": "f27523f3fec8"}, **server.sign_in())
    value, columns = expected.answer("show", {"recording": "f27523f3fec8"})
    assert head["value"]["stream"] == json.loads(json.dumps(value["stream"]))
    assert buffers == columns


def test_what_cannot_be_answered_is_said(server: Server) -> None:
    head, _ = server.ask("show", {"recording": "nobody"})
    assert "no recording has the id" in head["error"]
    head, _ = server.ask("show", {"nonsense": 1})
    assert "unexpected keyword argument" in head["error"]
    head, _ = server.ask("drop")
    assert "no question 'drop'" in head["error"]
    answer, _ = server.send("POST", "/recexplore/api/ask", [1], Authorization=f"token {server.token}")
    assert answer.status == 400


PATHS = ("/recexplore/", "/recexplore/assets/page.js", "/recexplore/api/folders")


@pytest.mark.parametrize("path", PATHS)
def test_without_a_token_nothing_is_shown(server: Server, path: str) -> None:
    answer, data = server.send("GET", path)
    assert answer.status in (302, 403)
    assert b"rx-" not in data
    answer, _ = server.send("POST", "/recexplore/api/ask", {"ask": "opening"})
    assert answer.status == 403
    answer, _ = server.send("GET", path, Authorization="token of somebody else")
    assert answer.status in (302, 403)


def test_a_foreign_host_is_refused(server: Server) -> None:
    """A name that somebody lets point to this machine."""
    for path in PATHS:
        answer, _ = server.send("GET", f"{path}?token={server.token}", Host="rebound.invalid")
        assert answer.status == 403
    answer, _ = server.send(
        "POST", "/recexplore/api/ask", {"ask": "opening"}, Host="rebound.invalid", **server.sign_in()
    )
    assert answer.status == 403


def test_a_request_from_another_site_is_refused(server: Server) -> None:
    signed, asked = server.sign_in(), {"ask": "opening"}
    answer, _ = server.send("POST", "/recexplore/api/ask", asked, Cookie=signed["Cookie"])
    assert answer.status == 403
    answer, _ = server.send("POST", "/recexplore/api/ask", asked, Cookie=signed["Cookie"], X_XSRFToken="guessed")
    assert answer.status == 403
    answer, _ = server.send("POST", "/recexplore/api/ask", asked, Origin="https://evil.invalid", **signed)
    assert answer.status in (403, 404)
    assert "Access-Control-Allow-Origin" not in answer.headers


def hear(server: Server, **headers: str) -> dict[str, Any]:
    """The first notice."""

    async def first() -> dict[str, Any]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        address = f"ws://{server.host}:{server.port}/recexplore/api/notices?path="
        connection = await websocket_connect(HTTPRequest(address, headers=named))
        message = await connection.read_message()
        connection.close()
        notice: dict[str, Any] = json.loads(message or "null")
        return notice

    return asyncio.run(first())


def test_notices_are_for_whoever_is_signed_in_and_for_this_site(server: Server) -> None:
    signed = server.sign_in()
    assert hear(server, Cookie=signed["Cookie"])["state"] in ("loading", "ready")
    for headers in ({}, {"Cookie": signed["Cookie"], "Origin": "https://evil.invalid"}):
        with pytest.raises(HTTPClientError, match="403"):
            hear(server, **headers)


def test_a_jupyterlab_that_only_has_it_installed_starts_without_pandas() -> None:
    seen = "print({'pandas', 'fsspec'} & {*sys.modules})"
    code = f"import sys, recexplore\nrecexplore._jupyter_server_extension_points()\n{seen}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_it_runs_nothing_and_shows_no_other_file(server: Server) -> None:
    for path in ("/api/kernels", "/api/contents", "/api/terminals", "/files/pyproject.toml", "/api/kernelspecs"):
        answer, _ = server.send("GET", path, Authorization=f"token {server.token}")
        assert answer.status == 404, path


def test_no_place_outside_the_servers_folder(server: Server) -> None:
    for path in ("../", "/etc", "..%2f..%2fetc", "a%00b"):
        answer, data = server.send("GET", f"/recexplore/?path={path}", Authorization=f"token {server.token}")
        assert answer.status == 404, (path, data)


def test_an_unknown_recording_is_said_and_another_is_shown(server: Server) -> None:
    head, _ = server.ask("opening", {"recording": "nobody", "chunk": 3})
    assert head["value"]["recording"] == "f27523f3fec8"
    assert "no recording has the id" in head["value"]["notes"][0]


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "recexplore", "explore", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_place_that_is_not_there_ends_before_it_begins(tmp_path: Path) -> None:
    done = run("nowhere", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "nowhere" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="a console's Control-C cannot be sent to one process there")
@pytest.mark.parametrize("is_read", [False, True], ids=["at once", "while it follows its folder"])
def test_control_c_ends_it_without_a_terminal(tmp_path: Path, bundled_folder: Path, is_read: bool) -> None:
    environment = {**os.environ, "JUPYTER_CONFIG_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "recexplore", "explore", str(bundled_folder), "--no-browser", "--port", "0"]
    started = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment)
    assert started.stderr is not None
    try:
        address = re.search(r"http://localhost:(\d+)/\S+", started.stderr.readline())
        assert address
        # Whoever reads the address may go there at once.
        socket.create_connection(("localhost", int(address[1])), timeout=20).close()
        while "Control-C" not in started.stderr.readline():
            pass
        if is_read:
            Server(address[0]).ask("opening")
        started.send_signal(signal.SIGINT)
        _, said = started.communicate(timeout=20)
        assert (started.returncode, said) == (0, "")
    finally:
        started.kill()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A JupyterLab with the explorer in it."""
    with jupyter(tmp_path_factory.mktemp("lab")) as address:
        yield Server(f"{address}/?token={TOKEN}")


def test_it_answers_inside_a_running_jupyterlab(lab: Server) -> None:
    answer, data = lab.send("GET", "/recexplore/", Authorization=f"token {lab.token}")
    assert answer.status == 200
    assert b'data-choose="folder"' in data
    answer, data = lab.send("GET", "/recexplore/api/folders", Authorization=f"token {lab.token}")
    assert json.loads(data)["folders"] == ["config", "notebooks", "recordings", "settings"]
    answer, _ = lab.send("GET", "/recexplore/?path=recordings/made", Authorization=f"token {lab.token}")
    assert answer.status == 200
    head, _ = lab.ask("opening", path="recordings/made")
    assert head["value"]["where"].endswith("recordings/made")
    found, _ = lab.ask("find", {"view": "a", "key": 1, "count": 100, "recording": ""}, path="recordings/made")
    assert len(found["value"]["rows"]) == 9
    answer, _ = lab.send("GET", "/recexplore/?path=recordings/none", Authorization=f"token {lab.token}")
    assert answer.status == 404
    answer, _ = lab.send("GET", "/recexplore/?path=../", Authorization=f"token {lab.token}")
    assert answer.status == 404


def test_a_finding_is_accepted_in_the_folder_that_the_server_shows(tmp_path: Path, bundled_folder: Path) -> None:
    """Settings of a folder above the server's are not followed: a page has nothing to write there."""
    (tmp_path / "pyproject.toml").write_text('[tool.recexplore]\nbaseline = "above.json"\n')
    root = tmp_path / "home"
    root.mkdir()
    with jupyter(root) as address:
        server = Server(f"{address}/?token={TOKEN}")
        finding = {"recording": "f27523", "rule": "choice-bleed", "severity": "error", "choice": 0, "way": "baseline"}
        head, _ = server.ask("proposal", finding, path="recordings")
        assert (head["value"]["problem"], Path(head["value"]["file"]).name) == (None, "recexplore-baseline.json")
        accepting = {**finding, "shown": head["value"]["text"]}
        asked = {"ask": "accept", "given": accepting}
        refused, _ = server.send("POST", "/recexplore/api/ask?path=recordings", asked)
        assert refused.status in (401, 403)
        assert not (root / "recexplore-baseline.json").exists()
        server.ask("accept", accepting, path="recordings")
        assert "choice-bleed" in (root / "recexplore-baseline.json").read_text()
        view, _ = server.ask("show", {"recording": "f27523"}, path="recordings")
        assert [each["rule"] for each in view["value"]["accepted"]] == ["choice-bleed"] * 2
    assert not (tmp_path / "above.json").exists()
