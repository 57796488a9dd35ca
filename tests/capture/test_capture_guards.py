"""Who may ask a local server: programs of this machine, not pages of web sites, whatever name they have given it."""

from __future__ import annotations

import socket
from pathlib import Path

import httpx
import pytest
from capture_kit import running_proxy
from raw_server import ScriptedServer, script_of

from recexplore.capture.guards import is_loopback, refusal


@pytest.mark.parametrize(
    "fields",
    [
        {"Host": "127.0.0.1:8080"},
        {"Host": "localhost:8080"},
        {"Host": "[::1]:8080"},
        {"Host": "127.1.2.3:8080"},
        {"Host": "localhost:8080", "Origin": "http://localhost:3000"},
        {"Host": "localhost:8080", "Origin": "http://[::1]:3000", "Sec-Fetch-Site": "same-site"},
        {"Host": "localhost:8080", "Sec-Fetch-Site": "none"},
    ],
)
def test_programs_of_this_machine_may(fields: dict[str, str]) -> None:
    assert refusal(fields.items(), 8080) is None


@pytest.mark.parametrize(
    "host",
    [
        "", "evil.example", "evil.example:8080", "127.0.0.1", "127.0.0.1:80", "127.0.0.1:8081",
        "localhost.evil.example:8080", "127.0.0.1.evil.example:8080", "user@127.0.0.1:8080", "127.0.0.1:8080@evil.example",
        "127.0.0.1:8080/x", "0.0.0.0:8080", "127.0.0.1:x", "[::1", "2130706433:8080",
    ],
)  # fmt: skip
def test_other_names_are_refused(host: str) -> None:
    refused = refusal([("Host", host)], 8080)

    assert refused is not None
    assert refused.status == 421
    assert repr(host) in refused.reason
    assert "127.0.0.1:8080" in refused.reason


@pytest.mark.parametrize(
    "fields",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "http://[::"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": " Cross-Site "},
        {"Sec-Fetch-Site": "anything"},
    ],
)
def test_pages_of_other_sites_are_refused(fields: dict[str, str]) -> None:
    refused = refusal({"host": "localhost:8080", **fields}.items(), 8080)

    assert refused is not None
    assert refused.status == 403


@pytest.mark.parametrize("name", ["Host", "Origin"])
def test_a_field_that_comes_twice_hides_nothing(name: str) -> None:
    here = {"Host": "localhost:8080", "Origin": "http://localhost:8080"}[name]
    evil = {"Host": "evil.example:8080", "Origin": "http://evil.example"}[name]

    for pair in ((here, evil), (evil, here)):
        assert refusal(
            [*({"Host": "localhost:8080"} if name != "Host" else {}).items(), *((name, each) for each in pair)], 8080
        )


@pytest.mark.parametrize(("host", "is_so"), [("127.0.0.1", True), ("::1", True), ("10.0.0.1", False), (None, False)])
def test_loopback_addresses(host: str | None, is_so: bool) -> None:
    assert is_loopback(host) is is_so


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/recexplore/status"])
@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"Host": "rebound.example:80"}, 421),
        ({"Origin": "https://evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
def test_a_proxy_passes_none_of_them_on(path: str, fields: dict[str, str], status: int, tmp_path: Path) -> None:
    with ScriptedServer(lambda asked: script_of(())) as server, running_proxy(server.url, tmp_path) as proxy:
        answer = httpx.post(f"{proxy.url}{path}", headers=fields, json={})

    assert answer.status_code == status
    assert answer.json()["error"]["type"] == "recexplore_refused"
    assert not server.requests
    assert not list(tmp_path.iterdir())


def test_a_proxy_for_all_sites_it_is_not(tmp_path: Path) -> None:
    with ScriptedServer(lambda asked: script_of(())) as server, running_proxy(server.url, tmp_path) as proxy:
        place = proxy.url.removeprefix("http://")
        with socket.create_connection(("127.0.0.1", int(place.partition(":")[2]))) as connection:
            connection.sendall(f"GET http://evil.example/ HTTP/1.1\r\nHost: {place}\r\n\r\n".encode())
            answer = connection.recv(1 << 16)

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert not server.requests
