"""What aiohttp sends and receives, recorded beside its connections: whole, broken, given up, streamed both ways."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from answers import CHAT, TWO_CHOICES
from recorded_files import documents, ends, wire_bytes
from scripted_server import GATE, Script, ScriptedServer, events, sent

import recexplore as rx
from recexplore.capture.in_process import aiohttp_tap
from recexplore.capture.in_process.aiohttp_tap import RecordingMiddleware

STREAM = sent(events(*TWO_CHOICES))
ASKED = {"model": "m", "stream": True, "messages": [{"role": "user", "content": "Which bird?"}]}


def read(url: str, *, most: int | None = None, session: Any = None, **asked: Any) -> list[bytes]:
    """The reads of an answer, of which only the first ``most`` are wanted."""

    async def ask() -> list[bytes]:
        got: list[bytes] = []
        async with (
            aiohttp.ClientSession(**session or {}) as asking,
            asking.post(url, **asked or {"json": ASKED}) as answer,
        ):
            async for data in answer.content.iter_any():
                got.append(data)
                if len(got) == most:
                    break
        return got

    return asyncio.run(ask())


def test_reads_are_those_that_arrived(tmp_path: Path) -> None:
    with ScriptedServer({CHAT: STREAM}) as server, rx.recording(tmp_path) as recording:
        got = read(server.url + CHAT)

    [document] = documents(recording.paths)
    timing = document["timing"]
    assert b"".join(got) == STREAM.body == wire_bytes(document)
    times = [timing["request_received"], 0, timing["headers_received"], *(t for t, _ in timing["reads"])]
    assert [*times, timing["ended"]] == sorted([*times, timing["ended"]])
    assert document["request"]["body"] == ASKED
    assert recording.corpus().recordings[["clock", "dialect"]].to_numpy().tolist() == [["measured", "openai_chat"]]


@pytest.mark.parametrize(
    "use",
    [
        lambda answer: answer.read(),
        lambda answer: answer.text(),
        lambda answer: answer.content.readexactly(len(STREAM.body)),
        lambda answer: answer.content.read(),
    ],
    ids=["read", "text", "readexactly", "reader"],
)
def test_however_a_client_reads(use: Callable[[Any], Awaitable[Any]], tmp_path: Path) -> None:
    async def ask(url: str) -> None:
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            await use(answer)

    with ScriptedServer({CHAT: STREAM}) as server, rx.recording(tmp_path) as recording:
        asyncio.run(ask(server.url + CHAT))

    assert wire_bytes(documents(recording.paths)[0]) == STREAM.body
    assert ends(recording.paths) == ["complete"]


@pytest.mark.parametrize("end", ["cut", "reset"])
@pytest.mark.parametrize("framing", ["chunked", "length"])
def test_a_server_that_breaks_off(end: Any, framing: Any, tmp_path: Path) -> None:
    script = Script(STREAM.pieces[:3], end=end, framing=framing, n_missing=9)
    with (
        ScriptedServer({CHAT: script}) as server,
        rx.recording(tmp_path) as recording,
        pytest.raises(aiohttp.ClientError),
    ):
        read(server.url + CHAT)

    [document] = documents(recording.paths)
    assert wire_bytes(document) == script.body
    assert document["timing"]["end"] == "server broke off"
    assert "Error" in document["timing"]["error"]


def test_a_body_that_ends_with_the_connection(tmp_path: Path) -> None:
    script = Script(STREAM.pieces, framing="close")
    with ScriptedServer({CHAT: script}) as server, rx.recording(tmp_path) as recording:
        read(server.url + CHAT)

    assert wire_bytes(documents(recording.paths)[0]) == script.body
    assert ends(recording.paths) == ["complete"]


def test_an_answer_without_a_body(tmp_path: Path) -> None:
    with ScriptedServer({"/": Script(status=204, framing="length")}) as server, rx.recording(tmp_path) as recording:
        read(server.url + "/")

    assert documents(recording.paths)[0]["wire"]["status"] == 204
    assert ends(recording.paths) == ["complete"]


def test_a_client_that_closes_early(tmp_path: Path) -> None:
    script = Script([*STREAM.pieces[:1], (GATE, b"more")])
    with ScriptedServer({CHAT: script}) as server, rx.recording(tmp_path) as recording:
        got = read(server.url + CHAT, most=1)
        server.open_gate()

    assert wire_bytes(documents(recording.paths)[0]) == b"".join(got)
    assert ends(recording.paths) == ["client gone"]


@pytest.mark.parametrize("timeout", [{"sock_read": 0.2}, {"total": 0.2}], ids=str)
def test_a_client_that_waits_no_longer(timeout: dict[str, float], tmp_path: Path) -> None:
    script = Script([*STREAM.pieces[:1], (GATE, b"more")])
    with ScriptedServer({CHAT: script}) as server, rx.recording(tmp_path) as recording:
        with pytest.raises(asyncio.TimeoutError):
            read(server.url + CHAT, session={"timeout": aiohttp.ClientTimeout(**timeout)})
        server.open_gate()

    assert ends(recording.paths) == ["client gone"]


def test_nobody_answers(tmp_path: Path) -> None:
    with ScriptedServer({}) as server:
        url = server.url
    with rx.recording(tmp_path) as recording, pytest.raises(aiohttp.ClientConnectorError):
        read(url + CHAT)

    [document] = documents(recording.paths)
    assert document["timing"]["end"] == "no connection"
    assert document["request"]["body"] == ASKED


def test_a_body_that_is_sent_in_parts_is_read_once(tmp_path: Path) -> None:
    taken: list[bytes] = []

    async def parts() -> AsyncIterator[bytes]:
        for part in (b'{"model": ', b'"m"}'):
            taken.append(part)
            yield part

    with ScriptedServer({CHAT: STREAM}) as server, rx.recording(tmp_path) as recording:
        read(server.url + CHAT, data=parts())

    assert server.asked[0].body == b'{"model": "m"}' == b"".join(taken)
    assert documents(recording.paths)[0]["request"]["body"] == {"model": "m"}


def test_a_form_with_a_file(tmp_path: Path) -> None:
    with ScriptedServer({"/v1/files": STREAM}) as server, rx.recording(tmp_path) as recording:
        form = aiohttp.FormData({"purpose": "batch"})
        form.add_field("file", b"\xff\x00", filename="a.bin")
        read(server.url + "/v1/files", data=form)

    assert b"\xff\x00" in server.asked[0].body
    assert "timing" in documents(recording.paths)[0]


@pytest.mark.parametrize("uncompresses", [True, False])
def test_what_is_compressed_is_recorded_as_the_session_reads_it(uncompresses: bool, tmp_path: Path) -> None:
    packed = gzip.compress(STREAM.body, mtime=0)
    script = Script([(0, packed)], headers={"content-encoding": "gzip"})
    with ScriptedServer({CHAT: script}) as server, rx.recording(tmp_path) as recording:
        read(server.url + CHAT, session={"auto_decompress": uncompresses})

    assert wire_bytes(documents(recording.paths)[0]) == (STREAM.body if uncompresses else packed)
    assert recording.corpus().choices["content"].tolist() == ["A wrén 🐦", "One bird"]
    assert recording.corpus().problems.empty


_NO_TEXT = bytes(range(256)) * 40


@pytest.mark.parametrize("key", ["", "Sentinel-0123456789abcdef"])
@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "identity"])
@pytest.mark.parametrize("uncompresses", [True, False])
def test_what_is_no_text_is_kept_whole(encoding: str, uncompresses: bool, key: str, tmp_path: Path) -> None:
    is_packed = encoding.lower() == "gzip"
    data = gzip.compress(_NO_TEXT, mtime=0) if is_packed else _NO_TEXT
    script = Script([(0, data)], headers={"content-encoding": encoding}, content_type="audio/mpeg")
    with ScriptedServer({CHAT: script}) as server, rx.recording(tmp_path) as recording:
        fields = {"Authorization": f"Bearer {key}"} if key else {}
        read(server.url + CHAT, session={"auto_decompress": uncompresses}, json=ASKED, headers=fields)

    [document] = documents(recording.paths)
    wire, is_unpacked = document["wire"], is_packed and (uncompresses or bool(key))
    assert wire_bytes(document) == (_NO_TEXT if is_unpacked else data)
    assert wire.get("unpacked") == ("gzip" if is_unpacked else None)
    assert ("content-encoding" in wire["headers"]) == (not is_unpacked)
    assert recording.corpus().problems.empty


def test_readers_have_one_class_and_are_let_go(tmp_path: Path) -> None:
    found = []

    async def ask() -> None:
        async with aiohttp.ClientSession() as session:
            for _ in range(2):
                async with session.post(server.url + CHAT, json={"stream": True}) as response:
                    found.append(type(response.content))
                    await response.read()
            left = await session.post(server.url + CHAT, json={"stream": True})
            assert id(left.content) in aiohttp_tap._TAPS
            left.close()

    with ScriptedServer({CHAT: STREAM}) as server, rx.recording(tmp_path):
        asyncio.run(ask())
    assert found[0] is found[1]
    assert issubclass(found[0], aiohttp.StreamReader)
    assert not aiohttp_tap._TAPS


def test_nothing_else_is_asked_than_without(tmp_path: Path) -> None:
    with ScriptedServer({CHAT: STREAM}) as server:
        read(server.url + CHAT)
        with rx.recording(tmp_path):
            read(server.url + CHAT)

    assert server.asked[0] == server.asked[1]


def test_every_hop_of_a_redirection(tmp_path: Path) -> None:
    moved = Script(status=307, headers={"location": CHAT})
    with ScriptedServer({"/old": moved, CHAT: STREAM}) as server, rx.recording(tmp_path) as recording:
        read(server.url + "/old")

    assert [each["wire"]["status"] for each in documents(recording.paths)] == [307, 200]
    assert [each["request"]["body"] for each in documents(recording.paths)] == [ASKED, ASKED]


def test_a_request_that_another_middleware_repeats(tmp_path: Path) -> None:
    async def twice(request: aiohttp.ClientRequest, handler: Any) -> aiohttp.ClientResponse:
        (await handler(request)).release()
        return await handler(request)  # type: ignore[no-any-return]

    with ScriptedServer({CHAT: STREAM}) as server, rx.recording(tmp_path) as recording:
        read(server.url + CHAT, session={"middlewares": [twice]})

    assert len(server.asked) == 2
    assert [each["request"]["body"] for each in documents(recording.paths)] == [ASKED, ASKED]
    assert ends(recording.paths)[1] == "complete"


def test_many_tasks_of_one_session(tmp_path: Path) -> None:
    scripts = {f"/{number}": sent([b"%d " % number] * 20) for number in range(20)}

    async def ask(url: str) -> list[bytes]:
        async def get(session: aiohttp.ClientSession, path: str) -> bytes:
            async with session.get(url + path) as answer:
                return await answer.read()

        async with aiohttp.ClientSession() as session:
            return await asyncio.gather(*(get(session, path) for path in scripts))

    with ScriptedServer(scripts) as server, rx.recording(tmp_path) as recording:
        got = asyncio.run(ask(server.url))

    recorded = {each["request"]["endpoint"]: wire_bytes(each) for each in documents(recording.paths)}
    assert recorded == dict(zip(scripts, got, strict=True)) == {path: each.body for path, each in scripts.items()}


def test_a_middleware_of_ones_own(tmp_path: Path) -> None:
    async def ask(url: str) -> list[Path]:
        async with RecordingMiddleware(tmp_path, only="other", test_id="t") as recording:
            async with aiohttp.ClientSession(middlewares=[recording]) as session:
                for path in (CHAT, "/other"):
                    async with session.get(url + path) as answer:
                        assert await answer.read() == STREAM.body
            await recording.close()
        return recording.recorder.paths

    with ScriptedServer({CHAT: STREAM, "/other": STREAM}) as server:
        paths = asyncio.run(ask(server.url))

    assert [each["test_id"] for each in documents(paths)] == ["t"]
    assert ends(paths) == ["complete"]
