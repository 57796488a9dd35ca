"""The recording proxy: a client gets through it what it gets without it, and what it got is recorded."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anthropic
import httpx
import openai
import pytest
from capture_kit import running_proxy
from raw_server import Script, ScriptedServer, script_of
from scripted_streams import (
    chat_error_midway,
    chat_text,
    chat_tool_calls,
    chat_two_choices,
    message_error_midway,
    message_text,
    message_tool_use,
)

import recexplore as rx
from recexplore.matching.generations import CURRENT
from recexplore.matching.ogx_hash import hash_of
from recexplore.matching.request import request_of

_JSON = (("Content-Type", "application/json"),)
_RATE = json.dumps({"error": {"message": "slow down", "type": "rate_limit", "code": None, "param": None}}).encode()
_WHOLE_CHAT = json.dumps(
    {
        "id": "c", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "Grüße"}, "finish_reason": "stop"}],
    }
).encode()  # fmt: skip
_CHAT = {
    "text": script_of(chat_text(["Grüße", ", ", "世界", " 🎈"])),
    "two choices": script_of(chat_two_choices()),
    "tool calls": script_of(chat_tool_calls()),
    "an error midway": script_of(chat_error_midway()),
    "cut in characters": script_of([b"".join(chat_text(["é", "世界"]))[n : n + 7] for n in range(0, 2000, 7)], 0),
    "all at once": script_of([b"".join(chat_text(["one", " two"]))], framing="length"),
    "closed at the end": script_of(chat_text(["one"]), framing="close"),
    "whole": script_of([_WHOLE_CHAT], fields=_JSON, framing="length"),
    "429": script_of([_RATE], status="429 Too Many Requests", fields=(*_JSON, ("Retry-After", "7")), framing="length"),
    "broken off": script_of(chat_text(["one", " two"])[:3], ending="close"),
    "reset": script_of(chat_text(["one", " two"])[:3], ending="reset"),
    "gzip": script_of(
        [gzip.compress(b"".join(chat_text(["one", " two"])))],
        fields=(("Content-Type", "text/event-stream"), ("Content-Encoding", "gzip")),
    ),
}
_MESSAGES = {
    "text": script_of(message_text(["Grüße", ", ", "世界"])),
    "tool use": script_of(message_tool_use()),
    "an error midway": script_of(message_error_midway()),
    "broken off": script_of(message_text(["one", " two"])[:5], ending="close"),
    "429": script_of([_RATE], status="429 Too Many Requests", fields=_JSON, framing="length"),
}
_ASKED: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}


def _openai(url: str, stream: bool) -> Iterator[str]:
    with openai.OpenAI(base_url=f"{url}/v1", api_key="sk-sentinel-0123456789", max_retries=0) as client:
        answer = client.chat.completions.create(**_ASKED, stream=stream)
        yield from (each.model_dump_json() for each in (answer if stream else [answer]))


def _anthropic(url: str, stream: bool) -> Iterator[str]:
    with anthropic.Anthropic(base_url=url, api_key="sk-ant-sentinel-0123456789", max_retries=0) as client:
        answer = client.messages.create(**_ASKED, max_tokens=9, stream=stream)
        yield from (each.model_dump_json() for each in (answer if stream else [answer]))


def _openai_async(url: str, stream: bool) -> Iterator[str]:
    async def events(got: list[str]) -> None:
        async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="sk-sentinel-0123456789", max_retries=0) as client:
            answer = await client.chat.completions.create(**_ASKED, stream=stream)
            if not stream:
                got.append(answer.model_dump_json())
                return
            async for each in answer:
                got.append(each.model_dump_json())  # noqa: PERF401  # what came before an error counts

    yield from _in_order(events)


def _anthropic_async(url: str, stream: bool) -> Iterator[str]:
    async def events(got: list[str]) -> None:
        async with anthropic.AsyncAnthropic(base_url=url, api_key="sk-sentinel-0123456789", max_retries=0) as client:
            answer = await client.messages.create(**_ASKED, max_tokens=9, stream=stream)
            if not stream:
                got.append(answer.model_dump_json())
                return
            async for each in answer:
                got.append(each.model_dump_json())  # noqa: PERF401  # what came before an error counts

    yield from _in_order(events)


def _in_order(events: Callable[[list[str]], Any]) -> Iterator[str]:
    got: list[str] = []
    try:
        asyncio.run(events(got))
    finally:
        yield from got


def _seen(events: Iterator[str]) -> list[str]:
    """What a client gave, the error that ended it included."""
    seen = []
    try:
        for each in events:
            seen.append(each)  # noqa: PERF402  # what came before an error counts
    except Exception as error:
        seen.append(f"{type(error).__name__}: {getattr(error, 'status_code', '')} {getattr(error, 'body', '')}")
    return seen


@pytest.mark.parametrize("client", [_openai, _openai_async])
@pytest.mark.parametrize("name", _CHAT)
def test_openai_gets_the_same_events(name: str, client: Callable[[str, bool], Iterator[str]], tmp_path: Path) -> None:
    stream = name not in ("whole",)
    with ScriptedServer(lambda asked: _CHAT[name]) as server:
        without = _seen(client(server.url, stream))
        with running_proxy(server.url, tmp_path) as proxy:
            through = _seen(client(proxy.url, stream))
            proxy.wait_for(lambda status: not status["open"])

    assert through == without
    assert without
    _check_recorded(tmp_path, _CHAT[name])


@pytest.mark.parametrize("client", [_anthropic, _anthropic_async])
@pytest.mark.parametrize("name", _MESSAGES)
def test_anthropic_gets_the_same_events(
    name: str, client: Callable[[str, bool], Iterator[str]], tmp_path: Path
) -> None:
    with ScriptedServer(lambda asked: _MESSAGES[name]) as server:
        without = _seen(client(server.url, True))
        with running_proxy(server.url, tmp_path) as proxy:
            through = _seen(client(proxy.url, True))
            proxy.wait_for(lambda status: not status["open"])

    assert through == without
    assert without
    _check_recorded(tmp_path, _MESSAGES[name])


@pytest.mark.parametrize("name", _CHAT)
def test_curl_gets_the_same_bytes(name: str, tmp_path: Path) -> None:
    asked = ["-H", "Content-Type: application/json", "-d", json.dumps({**_ASKED, "stream": name != "whole"})]

    def curl(url: str) -> tuple[int, bytes]:
        # Without a field of its own, curl asks for no compression.
        done = subprocess.run(["curl", "-sSiN", *asked, f"{url}/v1/chat/completions"], capture_output=True, check=False)
        return done.returncode, done.stdout

    with ScriptedServer(lambda asked: _CHAT[name]) as server:
        code, without = curl(server.url)
        with running_proxy(server.url, tmp_path) as proxy:
            code_through, through = curl(proxy.url)

    head, _, body = without.partition(b"\r\n\r\n")
    head_through, _, body_through = through.partition(b"\r\n\r\n")
    assert body_through == body == _CHAT[name].body
    # curl tells a reset from a close; through the proxy both are a connection that ends too early.
    assert bool(code_through) == bool(code)
    if _CHAT[name].framing == "close":
        head, head_through = (each.replace(b"Connection: close", b"").strip() for each in (head, head_through))
        head_through = head_through.replace(b"\r\nTransfer-Encoding: chunked", b"")
    assert head_through == head
    _check_recorded(tmp_path, _CHAT[name])


def _check_recorded(folder: Path, script: Script) -> None:
    """The recording in a folder holds what a script sent, with times that were measured."""
    (path,) = folder.iterdir()
    document = json.loads(path.read_text())
    body = "".join(document["wire"].get("lines", ())).encode() or base64.b64decode(document["wire"].get("base64", ""))
    said = gzip.decompress(script.body) if document["wire"].get("unpacked") == "gzip" else script.body
    assert body == said
    corpus = rx.load(folder, progress=False)
    is_whole = script.ending == "whole"
    assert document["timing"]["end"] == ("complete" if is_whole else "server broke off")
    assert corpus.problems.empty or not is_whole
    (recording,) = corpus
    assert recording.facts["clock"] == "measured"
    assert recording.facts["status"] == int(script.status.split()[0])
    assert path.stem == hash_of(request_of(recording), CURRENT)
    assert not path.stat().st_mode & 0o077


def test_a_request_goes_on_as_it_came(tmp_path: Path) -> None:
    with ScriptedServer(lambda asked: script_of([b"{}"], fields=_JSON)) as server:
        with running_proxy(f"{server.url}/base/", tmp_path) as proxy, httpx.Client() as client:
            client.request(
                "PATCH",
                f"{proxy.url}/v1/a%2Fb/?x=%20y&z",
                headers={"X-Custom-NAME": "kept", "Connection": "X-Of-The-Hop", "X-Of-The-Hop": "1", "TE": "trailers"},
                content=iter([b"one", b"two"]),
            )
        (asked,) = server.requests

    assert asked.head.startswith(b"PATCH /base/v1/a%2Fb/?x=%20y&z HTTP/1.1\r\n")
    assert asked.body == b"onetwo"
    names = [name for name, _ in asked.fields]
    assert sorted(map(str.lower, names)) == [
        "accept", "accept-encoding", "content-length", "host", "user-agent", "x-custom-name",
    ]  # fmt: skip
    assert "X-Custom-NAME" in names
    assert asked.field("accept-encoding") == "identity"
    assert asked.field("host") == server.url.removeprefix("http://")


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE", "OPTIONS"])
def test_other_methods_and_no_bodies(method: str, tmp_path: Path) -> None:
    script = script_of([b'{"data": []}'], fields=_JSON, framing="length")
    with ScriptedServer(lambda asked: script) as server, running_proxy(server.url, tmp_path) as proxy:
        answer = httpx.request(method, f"{proxy.url}/v1/models")

    assert answer.status_code == 200
    assert answer.content == (b"" if method == "HEAD" else script.body)
    assert answer.headers["content-length"] == str(len(script.body))
    assert {"date", "server"}.isdisjoint(answer.headers)


def test_a_redirect_is_the_clients(tmp_path: Path) -> None:
    script = script_of((), status="307 Temporary Redirect", fields=(("Location", "https://elsewhere.example/"),))
    with ScriptedServer(lambda asked: script) as server, running_proxy(server.url, tmp_path) as proxy:
        answer = httpx.get(f"{proxy.url}/v1/models")

    assert (answer.status_code, answer.headers["location"]) == (307, "https://elsewhere.example/")


def test_fields_that_come_twice_stay_two(tmp_path: Path) -> None:
    fields = (*_JSON, ("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", "b=2"))
    with ScriptedServer(lambda asked: script_of([b"{}"], fields=fields)) as server:
        with running_proxy(server.url, tmp_path) as proxy:
            first = httpx.get(f"{proxy.url}/v1/models")
            httpx.get(f"{proxy.url}/v1/models")
        asked_again = server.requests[1]

    assert first.headers.get_list("set-cookie") == ["a=1; Path=/", "b=2"]
    assert asked_again.field("cookie") is None


def test_bytes_of_a_field_that_are_no_text_are_left_out(tmp_path: Path) -> None:
    """What aiohttp cannot send; the answer comes all the same."""
    fields = (*_JSON, ("X-Name", "caf\udce9 é"))
    with ScriptedServer(lambda asked: script_of([b"{}"], fields=fields)) as server:
        with running_proxy(server.url, tmp_path) as proxy:
            got = httpx.get(f"{proxy.url}/v1/models", headers=[(b"X-Mine", b"na\xefve")])
        (asked,) = server.requests

    assert (got.status_code, got.content) == (200, b"{}")
    assert dict(got.headers.raw)[b"X-Name"] == "caf é".encode()
    assert asked.field("x-mine") == "nave"


def test_a_large_body_passes_whole(tmp_path: Path) -> None:
    text = "x" * 5_000_000
    server = ScriptedServer(lambda asked: script_of([asked.body], 0, fields=_JSON))
    with server, running_proxy(server.url, tmp_path) as proxy:
        answer = httpx.post(f"{proxy.url}/v1/echo", json={"text": text}, timeout=60)

    assert answer.json() == {"text": text}
    (recording,) = rx.load(tmp_path, progress=False)
    assert recording.request == {"text": text}


def test_a_compressed_request_is_passed_on_and_noted_readably(tmp_path: Path) -> None:
    packed = gzip.compress(json.dumps(_ASKED).encode())
    with ScriptedServer(lambda asked: script_of(chat_text(["a"]))) as server:
        with running_proxy(server.url, tmp_path) as proxy:
            httpx.post(f"{proxy.url}/v1/chat/completions", content=packed, headers={"Content-Encoding": "gzip"})
        (asked,) = server.requests

    assert (asked.body, asked.field("content-encoding")) == (packed, "gzip")
    (recording,) = rx.load(tmp_path, progress=False)
    assert recording.request == _ASKED


def test_a_server_that_is_not_there_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with running_proxy(f"http://127.0.0.1:{port}", tmp_path) as proxy:
        answer = httpx.post(f"{proxy.url}/v1/chat/completions", json=_ASKED)

    assert answer.status_code == 502
    assert f"http://127.0.0.1:{port} cannot be reached" in answer.json()["error"]["message"]
    assert proxy.ended == ["no connection"]
    (path,) = tmp_path.iterdir()
    assert json.loads(path.read_text())["timing"]["end"] == "no connection"


def test_a_server_that_closes_without_an_answer(tmp_path: Path) -> None:
    def close() -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(1 << 16)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=close)
        thread.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with running_proxy(url, tmp_path) as proxy, pytest.raises(httpx.RemoteProtocolError):
            httpx.post(f"{proxy.url}/v1/chat/completions", json=_ASKED)
        thread.join()

    assert proxy.ended == ["server broke off"]


def test_websockets_are_refused(tmp_path: Path) -> None:
    fields = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Key": "x", "Sec-WebSocket-Version": "13"}
    with ScriptedServer(lambda asked: Script()) as server, running_proxy(server.url, tmp_path) as proxy:
        answer = httpx.get(f"{proxy.url}/v1/realtime", headers=fields)

    assert answer.status_code == 501
    assert "WebSockets" in answer.json()["error"]["message"]
    assert not server.requests


def test_runs_of_one_request_are_all_kept(tmp_path: Path) -> None:
    scripts = iter([script_of(chat_text(["a"])), script_of(chat_text(["b"]))])
    with ScriptedServer(lambda asked: next(scripts)) as server, running_proxy(server.url, tmp_path, "t::x") as proxy:
        for _ in range(2):
            list(_openai(proxy.url, True))

    corpus = rx.load(tmp_path, progress=False)
    assert len(corpus) == 2
    (runs,) = rx.runs(corpus)
    assert len(runs) == 2
    assert set(corpus.recordings["test_id"]) == {"t::x"}
    assert corpus.problems.empty


def test_a_client_that_asks_for_permission_to_send(tmp_path: Path) -> None:
    with ScriptedServer(lambda asked: script_of([asked.body], fields=_JSON)) as server:
        with running_proxy(server.url, tmp_path) as proxy:
            said = subprocess.run(
                ["curl", "-sS", "-H", "Expect: 100-continue", "-d", '{"a": 1}', f"{proxy.url}/v1/echo"],
                capture_output=True,
                check=True,
            )
        (asked,) = server.requests

    assert said.stdout == b'{"a": 1}'
    assert asked.field("expect") is None
