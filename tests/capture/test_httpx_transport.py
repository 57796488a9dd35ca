"""What httpx and httpx2 send and receive, recorded at their transports: whole, broken, given up, streamed both ways."""

from __future__ import annotations

import asyncio
import gzip
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import httpx2
import pytest
from answers import CHAT, TWO_CHOICES
from recorded_files import documents, ends, wire_bytes
from scripted_server import GATE, Script, ScriptedServer, events, sent

import recexplore as rx
from recexplore.capture.in_process.httpx_transport import AsyncRecordingTransport, RecordingTransport

STREAM = sent(events(*TWO_CHOICES))
ASKED = {"model": "m", "stream": True, "messages": [{"role": "user", "content": "Which bird?"}]}
LIBRARIES = [httpx, httpx2]


@pytest.fixture(params=LIBRARIES, ids=lambda library: library.__name__)
def library(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture(params=["sync", "async"])
def read(request: pytest.FixtureRequest, library: ModuleType) -> Callable[..., list[bytes]]:
    """Reads an answer: its raw reads, of which only the first ``most`` are wanted."""
    return _read(library) if request.param == "sync" else _read_async(library)


def _read(library: Any) -> Callable[..., list[bytes]]:
    def read(url: str, most: int | None = None, method: str = "POST", client: Any = None, **asked: Any) -> list[bytes]:
        got: list[bytes] = []
        with library.Client(**client or {}) as asking, asking.stream(method, url, **asked or {"json": ASKED}) as answer:
            for data in answer.iter_raw():
                got.append(data)
                if len(got) == most:
                    break
        return got

    return read


def _read_async(library: Any) -> Callable[..., list[bytes]]:
    def read(url: str, most: int | None = None, method: str = "POST", client: Any = None, **asked: Any) -> list[bytes]:
        async def ask() -> list[bytes]:
            got: list[bytes] = []
            if isinstance(asked.get("content"), Iterator):
                asked["content"] = _async_parts(asked["content"])
            async with (
                library.AsyncClient(**client or {}) as asking,
                asking.stream(method, url, **asked or {"json": ASKED}) as answer,
            ):
                async for data in answer.aiter_raw():
                    got.append(data)
                    if len(got) == most:
                        break
            return got

        return asyncio.run(ask())

    return read


async def _async_parts(parts: Iterator[bytes]) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


def test_reads_are_those_of_the_client(read: Callable[..., list[bytes]], tmp_path: Path) -> None:
    with ScriptedServer({CHAT: STREAM}) as server, rx.recording(tmp_path) as recording:
        got = read(server.url + CHAT)

    [document] = documents(recording.paths)
    timing = document["timing"]
    assert b"".join(got) == STREAM.body == wire_bytes(document)
    assert [size for _, size in timing["reads"]] == [len(data) for data in got]
    times = [timing["request_received"], 0, timing["headers_received"], *(t for t, _ in timing["reads"])]
    assert [*times, timing["ended"]] == sorted([*times, timing["ended"]])
    assert document["request"]["body"] == ASKED
    assert recording.corpus().recordings[["clock", "dialect"]].to_numpy().tolist() == [["measured", "openai_chat"]]


@pytest.mark.parametrize("end", ["cut", "reset"])
@pytest.mark.parametrize("framing", ["chunked", "length"])
def test_a_server_that_breaks_off(
    library: Any, read: Callable[..., list[bytes]], end: Any, framing: Any, tmp_path: Path
) -> None:
    script = Script(STREAM.pieces[:3], end=end, framing=framing, n_missing=9)
    with (
        ScriptedServer({CHAT: script}) as server,
        rx.recording(tmp_path) as recording,
        pytest.raises(library.HTTPError) as raised,
    ):
        read(server.url + CHAT)

    [document] = documents(recording.paths)
    assert wire_bytes(document) == script.body
    assert document["timing"]["end"] == "server broke off"
    assert document["timing"]["error"] == f"{raised.type.__name__}: {raised.value}".removesuffix(": ")


def test_a_body_that_ends_with_the_connection(read: Callable[..., list[bytes]], tmp_path: Path) -> None:
    script = Script(STREAM.pieces, framing="close")
    with ScriptedServer({CHAT: script}) as server, rx.recording(tmp_path) as recording:
        read(server.url + CHAT)

    assert wire_bytes(documents(recording.paths)[0]) == script.body
    assert ends(recording.paths) == ["complete"]


def test_a_client_that_closes_early(read: Callable[..., list[bytes]], tmp_path: Path) -> None:
    script = Script([*STREAM.pieces[:2], (GATE, b"more")])
    with ScriptedServer({CHAT: script}) as server, rx.recording(tmp_path) as recording:
        got = read(server.url + CHAT, most=2)
        server.open_gate()

    [document] = documents(recording.paths)
    assert wire_bytes(document) == b"".join(got)
    assert document["timing"]["end"] == "client gone"


@pytest.mark.parametrize(
    "script",
    [Script([*STREAM.pieces, (GATE, b"")]), Script([(0, b"{}")], content_type="application/json", framing="length")],
    ids=["after the mark of the end", "after all that was announced"],
)
def test_an_answer_that_was_closed_when_it_was_whole(
    read: Callable[..., list[bytes]], script: Script, tmp_path: Path
) -> None:
    with ScriptedServer({CHAT: script}) as server, rx.recording(tmp_path) as recording:
        read(server.url + CHAT, most=len([piece for _, piece in script.pieces if piece]))
        server.open_gate()

    assert ends(recording.paths) == ["complete"]


def test_a_client_that_waits_no_longer(library: Any, read: Callable[..., list[bytes]], tmp_path: Path) -> None:
    script = Script([*STREAM.pieces[:1], (GATE, b"more")])
    with ScriptedServer({CHAT: script}) as server, rx.recording(tmp_path) as recording:
        with pytest.raises(library.ReadTimeout):
            read(server.url + CHAT, client={"timeout": 0.2})
        server.open_gate()

    [document] = documents(recording.paths)
    assert document["timing"]["end"] == "client gone"
    assert document["timing"]["error"].startswith("ReadTimeout")


def test_nobody_answers(library: Any, read: Callable[..., list[bytes]], tmp_path: Path) -> None:
    with ScriptedServer({}) as server:
        url = server.url
    with rx.recording(tmp_path) as recording, pytest.raises(library.ConnectError):
        read(url + CHAT)

    [document] = documents(recording.paths)
    assert document["timing"]["end"] == "no connection"
    assert document["timing"]["zero"] == "request received"
    assert document["request"]["body"] == ASKED
    assert document["response"]["is_exception"] is True


def test_a_body_that_is_sent_in_parts_is_read_once(read: Callable[..., list[bytes]], tmp_path: Path) -> None:
    taken: list[bytes] = []

    def parts() -> Iterator[bytes]:
        for part in (b'{"model": ', b'"m"}'):
            taken.append(part)
            yield part

    with ScriptedServer({CHAT: STREAM}) as server, rx.recording(tmp_path) as recording:
        read(server.url + CHAT, content=parts())

    assert server.asked[0].body == b'{"model": "m"}' == b"".join(taken)
    assert documents(recording.paths)[0]["request"]["body"] == {"model": "m"}


def test_a_body_that_fails(read: Callable[..., list[bytes]], tmp_path: Path) -> None:
    def parts() -> Iterator[bytes]:
        yield b"{"
        raise LookupError("no more")

    with (
        ScriptedServer({CHAT: STREAM}) as server,
        rx.recording(tmp_path) as recording,
        pytest.raises(LookupError, match="no more"),
    ):
        read(server.url + CHAT, content=parts())

    assert ends(recording.paths) == ["client gone"]


def test_a_form_with_a_file(read: Callable[..., list[bytes]], tmp_path: Path) -> None:
    with ScriptedServer({"/v1/files": STREAM}) as server, rx.recording(tmp_path) as recording:
        read(server.url + "/v1/files", files={"file": ("a.bin", b"\xff\x00")}, data={"purpose": "batch"})

    assert b"\xff\x00" in server.asked[0].body
    assert documents(recording.paths)[0]["wire"]["status"] == 200


def test_what_is_compressed_is_recorded_compressed(read: Callable[..., list[bytes]], tmp_path: Path) -> None:
    script = Script([(0, gzip.compress(STREAM.body, mtime=0))], headers={"content-encoding": "gzip"})
    with ScriptedServer({CHAT: script}) as server, rx.recording(tmp_path) as recording:
        read(server.url + CHAT)

    assert wire_bytes(documents(recording.paths)[0]) == script.body
    corpus = recording.corpus()
    assert corpus.choices["content"].tolist() == ["A wrén 🐦", "One bird"]
    assert corpus.recordings["clock"].tolist() == ["measured"]


def test_nothing_else_is_asked_than_without(read: Callable[..., list[bytes]], tmp_path: Path) -> None:
    with ScriptedServer({CHAT: STREAM}) as server:
        read(server.url + CHAT)
        with rx.recording(tmp_path):
            read(server.url + CHAT)

    assert server.asked[0] == server.asked[1]


def test_every_hop_of_a_redirection(read: Callable[..., list[bytes]], tmp_path: Path) -> None:
    moved = Script(status=307, headers={"location": CHAT})
    with ScriptedServer({"/old": moved, CHAT: STREAM}) as server, rx.recording(tmp_path) as recording:
        read(server.url + "/old", client={"follow_redirects": True})

    assert [each["wire"]["status"] for each in documents(recording.paths)] == [307, 200]
    assert [each["request"]["body"] for each in documents(recording.paths)] == [ASKED, ASKED]


# --- transports of one's own -----------------------------------------------------------------------------------------


def test_a_transport_that_reaches_the_network(library: Any, tmp_path: Path) -> None:
    transport = RecordingTransport(library.HTTPTransport(), tmp_path)
    with ScriptedServer({CHAT: STREAM}) as server, library.Client(transport=transport) as client:
        assert client.post(server.url + CHAT, json=ASKED).content == STREAM.body

    assert ends(transport.recorder.paths) == ["complete"]


def test_an_asynchronous_transport(library: Any, tmp_path: Path) -> None:
    async def ask() -> bytes:
        async with library.AsyncClient(transport=transport) as client:
            return (await client.post(server.url + CHAT, json=ASKED)).content

    with ScriptedServer({CHAT: STREAM}) as server:
        transport = AsyncRecordingTransport(library.AsyncHTTPTransport(), tmp_path)
        assert asyncio.run(ask()) == STREAM.body

    assert ends(transport.recorder.paths) == ["complete"]


@pytest.mark.parametrize("is_async", [False, True])
def test_a_transport_without_a_network(library: Any, is_async: bool, tmp_path: Path) -> None:
    packed = gzip.compress(STREAM.body, mtime=0)

    def answer(request: Any) -> Any:
        assert request.read() == b"asked"
        return library.Response(200, content=packed, headers={"content-encoding": "gzip"})

    async def ask() -> bytes:
        async with library.AsyncClient(transport=asynchronous) as client:
            return (await client.post("http://nowhere/v1", content=b"asked")).content

    if is_async:
        asynchronous = AsyncRecordingTransport(library.MockTransport(answer), tmp_path)
        got, paths = asyncio.run(ask()), asynchronous.recorder.paths
    else:
        transport = RecordingTransport(library.MockTransport(answer), tmp_path)
        with library.Client(transport=transport) as client:
            got = client.post("http://nowhere/v1", content=b"asked").content
        paths = transport.recorder.paths

    assert got == STREAM.body
    assert wire_bytes(documents(paths)[0]) == packed
    assert ends(paths) == ["complete"]


def test_a_request_of_another_library_is_sent_all_the_same(tmp_path: Path) -> None:
    class Wrapped:
        def handle_request(self, request: Any) -> str:
            return f"answer to {request.method}"

        def close(self) -> None: ...

    class Request:
        method, url, headers = "GET", "http://host/v1", httpx.Headers()

    transport = RecordingTransport(Wrapped(), tmp_path)
    other: Any = Request()

    assert transport.handle_request(other) == "answer to GET"
    with pytest.warns(rx.RecordingIncomplete, match="could not be recorded"):
        transport.close()


def test_a_transport_that_is_closed_by_itself(library: Any, tmp_path: Path) -> None:
    transport = RecordingTransport(library.HTTPTransport(), tmp_path, only="other", test_id="t")
    with ScriptedServer({CHAT: STREAM, "/other": STREAM}) as server:
        client = library.Client(transport=transport)
        client.get(server.url + CHAT)
        client.get(server.url + "/other")
        transport.close()
        transport.close()

    assert [each["test_id"] for each in documents(transport.recorder.paths)] == ["t"]


def test_one_client_of_many_threads(library: Any, tmp_path: Path) -> None:
    scripts = {f"/{number}": sent([b"%d " % number] * 20) for number in range(20)}
    got: dict[str, bytes] = {}
    with ScriptedServer(scripts) as server, library.Client() as client, rx.recording(tmp_path) as recording:

        def ask(path: str) -> None:
            got[path] = client.get(server.url + path).content

        threads = [threading.Thread(target=ask, args=(path,)) for path in scripts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    recorded = {each["request"]["endpoint"]: wire_bytes(each) for each in documents(recording.paths)}
    assert recorded == got == {path: script.body for path, script in scripts.items()}


def test_one_client_of_many_tasks(library: Any, tmp_path: Path) -> None:
    scripts = {f"/{number}": sent([b"%d " % number] * 20) for number in range(20)}

    async def ask(url: str) -> list[bytes]:
        async with library.AsyncClient() as client:
            answers = await asyncio.gather(*(client.get(url + path) for path in scripts))
        return [answer.content for answer in answers]

    with ScriptedServer(scripts) as server, rx.recording(tmp_path) as recording:
        got = asyncio.run(ask(server.url))

    recorded = {each["request"]["endpoint"]: wire_bytes(each) for each in documents(recording.paths)}
    assert recorded == dict(zip(scripts, got, strict=True)) == {path: each.body for path, each in scripts.items()}
