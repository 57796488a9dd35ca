"""Recording in this process: when it begins and ends, whose clients it sees, and what it survives."""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import httpx2
import pytest
from answers import CHAT, TWO_CHOICES
from recorded_files import documents, ends, wire_bytes
from scripted_server import GATE, Script, ScriptedServer, events, sent

import recexplore as rx
from recexplore.capture.in_process import in_process_recording as in_process
from recexplore.capture.journal.writer import Writer

STREAM = sent(events(*TWO_CHOICES))
ASKED = {"model": "m", "stream": True, "messages": [{"role": "user", "content": "Which bird?"}]}
METHODS = [
    (httpx.HTTPTransport, "handle_request"),
    (httpx.AsyncHTTPTransport, "handle_async_request"),
    (httpx2.HTTPTransport, "handle_request"),
    (httpx2.AsyncHTTPTransport, "handle_async_request"),
    (aiohttp.ClientSession, "_request"),
]
ORIGINAL = [vars(owner)[name] for owner, name in METHODS]


def methods() -> list[Any]:
    return [vars(owner)[name] for owner, name in METHODS]


@pytest.fixture
def server() -> Any:
    with ScriptedServer({CHAT: STREAM, "/other": STREAM}) as running:
        yield running


def ask(url: str) -> None:
    assert httpx.post(url, json=ASKED).content == STREAM.body


def ask_and_fail(url: str) -> None:
    ask(url)
    raise LookupError("mine")


# --- when ------------------------------------------------------------------------------------------------------------


def test_methods_are_replaced_while_it_is_open(tmp_path: Path) -> None:
    with rx.recording(tmp_path):
        assert not set(methods()) & set(ORIGINAL)
    assert methods() == ORIGINAL


def test_clients_made_before_within_and_outside(server: ScriptedServer, tmp_path: Path) -> None:
    url = server.url + CHAT
    with httpx.Client() as before:
        before.post(url, json=ASKED)
        with rx.recording(tmp_path) as recording:
            before.post(url, json=ASKED)
            within = httpx2.Client()
            within.post(url, json=ASKED)
        before.post(url, json=ASKED)
        within.post(url, json=ASKED)
        within.close()

    assert [wire_bytes(each) for each in documents(recording.paths)] == [STREAM.body] * 2
    assert sorted(tmp_path.iterdir()) == sorted(recording.paths)


def test_one_within_another(server: ScriptedServer, tmp_path: Path) -> None:
    with rx.recording(tmp_path / "outer") as outer:
        ask(server.url + CHAT)
        with rx.recording(tmp_path / "inner", only="other") as inner:
            ask(server.url + CHAT)
            ask(server.url + "/other")
        assert not set(methods()) & set(ORIGINAL)
        ask(server.url + "/other")

    assert [each["request"]["endpoint"] for each in documents(outer.paths)] == [CHAT, CHAT, "/other", "/other"]
    assert [each["request"]["endpoint"] for each in documents(inner.paths)] == ["/other"]
    assert methods() == ORIGINAL


def test_two_that_overlap_and_share_a_folder(server: ScriptedServer, tmp_path: Path) -> None:
    first, second = rx.recording(tmp_path), rx.recording(tmp_path)
    first.__enter__()
    second.__enter__()
    ask(server.url + CHAT)
    first.__exit__(None, None, None)
    ask(server.url + CHAT)
    second.__exit__(None, None, None)

    assert (len(first.paths), len(second.paths)) == (1, 2)
    assert {*first.paths, *second.paths} == set(tmp_path.iterdir())
    assert methods() == ORIGINAL


def test_what_others_put_there_meanwhile_stays(
    server: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    with rx.recording(tmp_path / "first") as first:
        ours = httpx.HTTPTransport.handle_request

        def theirs(self: Any, request: Any) -> Any:
            seen.append(request)
            return ours(self, request)

        monkeypatch.setattr(httpx.HTTPTransport, "handle_request", theirs)
        ask(server.url + CHAT)
    ask(server.url + CHAT)
    with rx.recording(tmp_path / "second") as second:
        ask(server.url + CHAT)
        monkeypatch.undo()

    assert len(seen) == 3
    assert (len(first.paths), len(second.paths)) == (1, 1)
    assert methods() == ORIGINAL


def test_an_exception_of_the_block(server: ScriptedServer, tmp_path: Path) -> None:
    recording = rx.recording(tmp_path)
    with pytest.raises(LookupError, match="mine"), recording:
        ask_and_fail(server.url + CHAT)

    assert ends(recording.paths) == ["complete"]
    assert methods() == ORIGINAL


def test_a_stream_that_outlives_it(tmp_path: Path) -> None:
    script = Script([*STREAM.pieces[:1], (GATE, b"more")])
    with ScriptedServer({CHAT: script}) as server, httpx.Client() as client:
        with rx.recording(tmp_path) as recording:
            answer = client.send(client.build_request("POST", server.url + CHAT, json=ASKED), stream=True)
            reads = answer.iter_raw()
            first = next(reads)
        server.open_gate()
        assert b"".join([first, *reads]) == script.body

    [document] = documents(recording.paths)
    assert (wire_bytes(document), document["timing"]["end"]) == (first, "stopped")


def test_it_is_opened_once(tmp_path: Path) -> None:
    recording = rx.recording(tmp_path / "folder")
    assert not recording.folder.exists()
    assert (recording.paths, recording.lost) == ([], (0, 0, 0))
    with recording:
        pass
    with pytest.raises(RuntimeError, match="was not opened before"), recording:
        pass
    assert recording.corpus().recordings.empty


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"), rx.recording(tmp_path / "file" / "folder"):
        pass
    assert methods() == ORIGINAL


def test_asynchronously(server: ScriptedServer, tmp_path: Path) -> None:
    async def asking() -> Any:
        async with rx.recording(tmp_path) as recording, httpx.AsyncClient() as client:
            await client.post(server.url + CHAT, json=ASKED)
        return recording

    assert ends(asyncio.run(asking()).paths) == ["complete"]
    assert methods() == ORIGINAL


def test_what_is_recorded_can_be_loaded_while_it_comes(tmp_path: Path) -> None:
    script = Script([*STREAM.pieces[:2], (GATE, b"".join(data for _, data in STREAM.pieces[2:]))])
    begun = b"".join(data for _, data in STREAM.pieces[:2])
    with (
        ScriptedServer({CHAT: script}) as server,
        rx.recording(tmp_path) as recording,
        httpx.stream("POST", server.url + CHAT, json=ASKED) as answer,
    ):
        reads = answer.iter_raw()
        got = next(reads)
        while got != begun:
            got += next(reads)
        while recording.lost != (0, 0, 0):
            time.sleep(0.001)  # until it is on disk
        seen = recording.corpus()
        server.open_gate()
        list(reads)

    assert seen.recordings[["envelope", "n_chunks"]].to_numpy().tolist() == [["journal", 2]]
    assert seen.recordings["recording"].tolist() == [recording.corpus().recordings["recording"].item()]


# --- whose -----------------------------------------------------------------------------------------------------------


def test_only_some_of_it_and_whose_test(server: ScriptedServer, tmp_path: Path) -> None:
    with rx.recording(tmp_path / "a", only=lambda url: url.endswith("/other")) as some:
        ask(server.url + CHAT)
        ask(server.url + "/other")
    with rx.recording(tmp_path / "b", test_id="mine") as mine:
        ask(server.url + CHAT)

    here = f"{Path(__file__).parent.name}/{Path(__file__).name}::test_only_some_of_it_and_whose_test"
    [document] = documents(some.paths)
    assert document["test_id"].endswith(here)
    assert [each["test_id"] for each in documents(mine.paths)] == ["mine"]


def test_threads_tasks_and_libraries_at_once(tmp_path: Path) -> None:
    scripts = {f"/{number}": sent([b"%d " % number] * 20) for number in range(20)}

    async def tasks(url: str) -> None:
        async with httpx2.AsyncClient() as client, aiohttp.ClientSession() as session:
            asked = [client.get(url + path) for path in list(scripts)[:5]]
            read = [session.get(url + path) for path in list(scripts)[5:10]]
            await asyncio.gather(*asked, *(_read(each) for each in read))

    async def _read(asking: Any) -> None:
        async with asking as answer:
            await answer.read()

    with ScriptedServer(scripts) as server, rx.recording(tmp_path) as recording:
        paths = list(scripts)[10:]
        threads = [
            threading.Thread(target=library.get, args=(server.url + path,))
            for library, half in ((httpx, paths[:5]), (httpx2, paths[5:]))
            for path in half
        ]
        for thread in threads:
            thread.start()
        asyncio.run(tasks(server.url))
        for thread in threads:
            thread.join()

    recorded = {each["request"]["endpoint"]: wire_bytes(each) for each in documents(recording.paths)}
    assert recorded == {path: script.body for path, script in scripts.items()}


LATE = """
import asyncio, json, sys
import recexplore as rx

url, folder = sys.argv[1:]
libraries = ("httpx", "httpx2", "aiohttp")
with rx.recording(folder) as recording:
    loaded = [name for name in libraries if name in sys.modules]
    import httpx, httpx2, aiohttp

    httpx.get(url)
    httpx2.get(url)

    async def ask():
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            await answer.read()

    asyncio.run(ask())
methods = [httpx.HTTPTransport.handle_request, aiohttp.ClientSession._request]
print(json.dumps([loaded, len(recording.paths), [hasattr(each, "__wrapped__") for each in methods]]))
"""


def run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-W", "error", "-c", code, *arguments], capture_output=True, text=True)


def test_libraries_that_are_imported_later(server: ScriptedServer, tmp_path: Path) -> None:
    done = run(LATE, server.url + CHAT, str(tmp_path))

    assert done.stderr == ""
    assert json.loads(done.stdout) == [[], 3, [False, False]]


ALIASED = """
import sys
import httpx2
import recexplore as rx

httpx2.alias_httpx()
with rx.recording(sys.argv[2]) as recording:
    import httpx

    httpx.get(sys.argv[1])
print(len(recording.paths), httpx is httpx2)
"""


@pytest.mark.skipif(not hasattr(httpx2, "alias_httpx"), reason="this httpx2 cannot stand in for httpx")
def test_httpx2_in_the_name_of_httpx(server: ScriptedServer, tmp_path: Path) -> None:
    done = run(ALIASED, server.url + CHAT, str(tmp_path))

    assert (done.stdout, done.stderr) == ("1 True\n", "")


# --- what it survives ------------------------------------------------------------------------------------------------


def test_a_library_that_is_made_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_process, "_PROCESS", in_process._Process())
    monkeypatch.delattr(httpx, "HTTPTransport")
    with pytest.warns(rx.RecordingIncomplete, match="httpx is not made as expected"), rx.recording(tmp_path):
        pass
    assert methods() == ORIGINAL


def test_a_dead_writer(server: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Writer, "_run", lambda self: None)
    with pytest.warns(rx.RecordingIncomplete, match="had died") as warned, rx.recording(tmp_path) as recording:
        ask(server.url + CHAT)

    assert [each.filename for each in warned] == [__file__]
    assert recording.lost.exchanges == 1
    assert recording.lost.bytes == len(STREAM.body)
    assert list(tmp_path.iterdir()) == []


def test_a_dead_writer_asynchronously(server: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Writer, "_run", lambda self: None)

    async def asking() -> None:
        async with rx.recording(tmp_path), httpx.AsyncClient() as client:
            assert (await client.post(server.url + CHAT, json=ASKED)).content == STREAM.body

    with pytest.warns(rx.RecordingIncomplete, match="had died"):
        asyncio.run(asking())


def test_warnings_that_are_errors_replace_no_exception(
    server: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Writer, "_run", lambda self: None)
    with pytest.raises(LookupError, match="mine"), rx.recording(tmp_path):
        ask_and_fail(server.url + CHAT)


KILLED = """
import sys
import httpx
import recexplore as rx

with rx.recording(sys.argv[2]):
    with httpx.stream("POST", sys.argv[1], json={"model": "m", "stream": True, "messages": []}) as answer:
        for data in answer.iter_raw():
            print(len(data), flush=True)
            input()
"""


@pytest.mark.parametrize(
    "seed", [*range(3), *(pytest.param(seed, marks=pytest.mark.thorough) for seed in range(3, 50))]
)
def test_a_process_that_is_killed(seed: int, tmp_path: Path) -> None:
    """The client handles a read when it is killed; a writer that has had time to write has written all before."""
    script = Script([(0.002, b"data: {}\n\n")] * 60)
    enough = random.Random(seed).randrange(1, 60 * 10)
    with ScriptedServer({CHAT: script}) as server:
        command = [sys.executable, "-c", KILLED, server.url + CHAT, str(tmp_path)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdin is not None
            assert child.stdout is not None
            had = [int(child.stdout.readline())]
            while sum(had) < enough:
                print(file=child.stdin, flush=True)
                had.append(int(child.stdout.readline()))
            child.kill()

    [path] = tmp_path.iterdir()
    assert path.name.endswith(".journal.jsonl")
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    assert [line["event"] for line in lines if "event" in line] == ["sent", "headers"]
    assert sum("data" in line for line in lines) >= len(had) - 1, "at most one is lost"
    assert rx.load(path, progress=False).recordings["envelope"].tolist() == ["journal"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no processes are forked here")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_child_that_is_forked_records_nothing(server: ScriptedServer, tmp_path: Path) -> None:
    url = server.url + CHAT
    with rx.recording(tmp_path) as recording:
        ask(url)
        child = os.fork()
        if child == 0:
            status = 1
            try:
                ask(url)
                recording.__exit__(None, None, None)
                status = 0
            finally:
                os._exit(status)
        assert os.waitpid(child, 0)[1] == 0
        ask(url)

    assert len(recording.paths) == len(list(tmp_path.iterdir())) == 2


SENTINELS = {
    "header": "sentinel-header-0123456789abcdef",
    "own header": "sentinel-own-0123456789abcdef",
    "query": "sentinel-query-0123456789abcdef",
    "user": "sentinel-user-0123456789abcdef",
    "field": "sentinel-field-0123456789abcdef",
    "cookie": "sentinel-cookie-0123456789abcdef",
    "answer": "sentinel-answer-0123456789abcdef",
}


@pytest.mark.parametrize("library", [httpx, httpx2, aiohttp], ids=lambda library: library.__name__)
def test_no_key_is_written(library: Any, tmp_path: Path) -> None:
    said = f"data: {SENTINELS['header'][:20]}".encode(), f"{SENTINELS['header'][20:]}\n\n".encode()
    script = sent(said, headers={"set-cookie": f"session={SENTINELS['answer']}"})
    headers = {
        "authorization": f"Bearer {SENTINELS['header']}",
        "x-mine": SENTINELS["own header"],
        "cookie": f"session={SENTINELS['cookie']}",
    }
    body = {"model": "m", "api_key": SENTINELS["field"]}
    scripts = {CHAT: script, "/named": STREAM}
    with ScriptedServer(scripts) as server, rx.recording(tmp_path) as recording:
        url = f"{server.url}{CHAT}?api_key={SENTINELS['query']}&alt=sse"
        if library is aiohttp:

            async def asking() -> bytes:
                async with aiohttp.ClientSession() as session, session.post(url, json=body, headers=headers) as answer:
                    return await answer.read()

            assert asyncio.run(asking()) == script.body
        else:
            assert library.post(url, json=body, headers=headers).content == script.body
            named = f"{server.url}/named".replace("http://", f"http://me:{SENTINELS['user']}@")
            assert library.post(named, json=body).content == STREAM.body

    assert server.asked[0].headers["authorization"] == headers["authorization"]
    written = b"".join(path.read_bytes() for path in recording.paths).decode()
    assert [name for name, key in SENTINELS.items() if key in written] == []
    assert "sentinel" not in "".join(path.name for path in tmp_path.iterdir())


def test_a_recording_says_what_it_is(tmp_path: Path) -> None:
    with rx.recording(tmp_path) as recording:
        assert repr(recording) == f"InProcessRecording: 0 exchanges in {tmp_path}"
