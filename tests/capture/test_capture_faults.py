"""What goes wrong around a proxy: the disk, the thread that writes, the server, the client. The stream of a client never
suffers from the recorder, and what is not recorded is told."""

from __future__ import annotations

import errno
import json
import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from capture_kit import PATIENCE_S, RunningProxy, running_proxy
from raw_server import Script, ScriptedServer, script_of
from scripted_streams import chat_text

import recexplore as rx
from recexplore.capture.journal.writer import Writer

_WORDS = [f"word {n}" for n in range(40)]
_ASKED = {"model": "m", "messages": [{"role": "user", "content": "Hi"}], "stream": True}
_PATH = "/v1/chat/completions"

_os_write = os.write


def _in_writer() -> bool:
    return threading.current_thread().name == "recexplore-journals"


def _ask(url: str) -> bytes:
    return httpx.post(f"{url}{_PATH}", json=_ASKED, timeout=PATIENCE_S).content


def _until_broken(url: str) -> tuple[bytes, bool]:
    """What a client gets, and whether the answer ended as it should."""
    got = b""
    try:
        with httpx.stream("POST", f"{url}{_PATH}", json=_ASKED, timeout=PATIENCE_S) as answer:
            for data in answer.iter_raw():
                got += data
    except httpx.TransportError:
        return got, False
    return got, True


def _patch_write(monkeypatch: pytest.MonkeyPatch, write: Callable[[int, bytes], int]) -> None:
    """Have the writer's thread write with something else."""
    monkeypatch.setattr(os, "write", lambda file, data: write(file, data) if _in_writer() else _os_write(file, data))


def _lost(folder: Path) -> dict[str, int]:
    (path,) = folder.iterdir()
    lost = json.loads(path.read_text())["timing"].get("lost", {"reads": 0, "bytes": 0})
    return dict(lost)


def _recorded(folder: Path) -> str:
    (path,) = folder.iterdir()
    return "".join(json.loads(path.read_text())["wire"]["lines"])


def _failures(proxy: RunningProxy) -> str:
    assert proxy.outcome is not None
    return "\n".join(proxy.outcome.failures())


def test_a_full_disk_loses_the_recording_and_nothing_else(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    left = [3000]

    def write(file: int, data: bytes) -> int:
        if left[0] <= 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        n_written = _os_write(file, data[: left[0]])
        left[0] -= n_written
        return n_written

    truncate = os.ftruncate

    def freed(file: int, size: int) -> None:
        left[0] += os.fstat(file).st_size - size
        truncate(file, size)

    script = script_of(chat_text(_WORDS))
    with ScriptedServer(lambda asked: script) as server, running_proxy(server.url, tmp_path) as proxy:
        _patch_write(monkeypatch, write)
        monkeypatch.setattr(os, "ftruncate", freed)
        assert _ask(proxy.url) == script.body
        status = proxy.wait_for(lambda status: status["ended"] == 1)
        monkeypatch.undo()

    lost = status["lost"]
    assert lost["reads"] > 0
    assert status["bytes"] + lost["bytes"] == len(script.body)
    # The journal says so, too, though the disk stayed full: its last reads made room.
    assert _lost(tmp_path) == lost
    assert script.body.decode().startswith(_recorded(tmp_path))
    assert "No space left" in _failures(proxy)
    problems = rx.load(tmp_path, progress=False).problems
    assert "the recorder lost part of the answer" in set(problems["what"])


def test_a_disk_that_is_full_for_a_while(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    calls = [0]

    def write(file: int, data: bytes) -> int:
        calls[0] += 1
        if 10 <= calls[0] < 20:
            raise OSError(errno.ENOSPC, "No space left on device")
        return _os_write(file, data)

    script = script_of(chat_text(_WORDS))
    with ScriptedServer(lambda asked: script) as server, running_proxy(server.url, tmp_path) as proxy:
        _patch_write(monkeypatch, write)
        assert _ask(proxy.url) == script.body
        status = proxy.wait_for(lambda status: status["ended"] == 1)

    assert status["lost"]["reads"] == _lost(tmp_path)["reads"] == 10
    assert len(_recorded(tmp_path)) == status["bytes"]


@pytest.mark.parametrize("at", [0, 1, 2, 5, 20])
def test_an_error_of_the_disk_at_any_write(at: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    calls = [0]

    def write(file: int, data: bytes) -> int:
        calls[0] += 1
        if calls[0] == at + 1:
            _os_write(file, data[: len(data) // 2])
            raise OSError(errno.EIO, "Input/output error")
        return _os_write(file, data)

    script = script_of(chat_text(_WORDS))
    with ScriptedServer(lambda asked: script) as server, running_proxy(server.url, tmp_path) as proxy:
        _patch_write(monkeypatch, write)
        assert _ask(proxy.url) == script.body

    # The request, when it was sent and the head are told again or missing: no read of the answer is lost by them.
    assert _lost(tmp_path)["reads"] == (1 if at > 2 else 0)
    assert "Input/output error" in _failures(proxy)


def test_short_writes_make_whole_lines(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    script = script_of(chat_text(_WORDS))
    with ScriptedServer(lambda asked: script) as server, running_proxy(server.url, tmp_path) as proxy:
        _patch_write(monkeypatch, lambda file, data: _os_write(file, data[:7]))
        assert _ask(proxy.url) == script.body

    assert _recorded(tmp_path).encode() == script.body
    assert not _failures(proxy)


def test_a_disk_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    answers_again = threading.Event()

    def write(file: int, data: bytes) -> int:
        assert answers_again.wait(PATIENCE_S)
        return _os_write(file, data)

    script = script_of(chat_text(_WORDS))
    with ScriptedServer(lambda asked: script) as server, running_proxy(server.url, tmp_path) as proxy:
        _patch_write(monkeypatch, write)
        assert _ask(proxy.url) == script.body
        waiting = proxy.status()
        answers_again.set()

    assert waiting["reads"] == 0
    assert waiting["waiting_bytes"] > len(script.body)
    assert _recorded(tmp_path).encode() == script.body
    assert not _failures(proxy)


def test_more_than_may_wait_is_lost_and_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    answers_again = threading.Event()

    def write(file: int, data: bytes) -> int:
        assert answers_again.wait(PATIENCE_S)
        return _os_write(file, data)

    script = script_of(chat_text(_WORDS))
    with ScriptedServer(lambda asked: script) as server, running_proxy(server.url, tmp_path) as proxy:
        assert proxy.recording is not None
        monkeypatch.setattr(proxy.recording.writer, "_most_waiting", 10_000)
        _patch_write(monkeypatch, write)
        assert _ask(proxy.url) == script.body
        answers_again.set()
        status = proxy.wait_for(lambda status: status["ended"] == 1)

    assert status["lost"]["reads"] > 0
    assert status["bytes"] + status["lost"]["bytes"] == len(script.body)
    assert _lost(tmp_path) == status["lost"]
    assert "too much waited" in _failures(proxy)


def test_a_writer_that_dies_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    taken, take = [0], Writer._take

    def dying(writer: Writer, record: object) -> None:
        taken[0] += 1
        if taken[0] == 10:
            raise SystemExit("killed for the test")
        take(writer, record)  # type: ignore[arg-type]

    monkeypatch.setattr(Writer, "_take", dying)
    script = script_of(chat_text(_WORDS))
    with ScriptedServer(lambda asked: script) as server, running_proxy(server.url, tmp_path) as proxy:
        assert _ask(proxy.url) == script.body
        assert _ask(proxy.url) == script.body
        status = proxy.wait_for(lambda status: status["ended"] == 2)

    assert not status["writer_alive"]
    assert status["error"] == "killed for the test"
    assert status["bytes"] + status["lost"]["bytes"] == 2 * len(script.body)
    assert "the thread that writes journals died: killed for the test" in _failures(proxy)
    # The journal that it had begun can be read.
    (path,) = tmp_path.iterdir()
    assert path.name.endswith(".journal.jsonl")
    (recording,) = rx.load(tmp_path, progress=False)
    # Writes that come close together are one read.
    assert len(recording.chunks) >= status["reads"]


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    script = script_of(chat_text(_WORDS))
    with ScriptedServer(lambda asked: script) as server, running_proxy(server.url, folder) as proxy:
        folder.rmdir()
        assert _ask(proxy.url) == script.body
        status = proxy.wait_for(lambda status: status["ended"] == 1)

    assert status["lost"]["bytes"] == len(script.body)
    assert 0 < status["lost"]["reads"] <= len(script.pieces)
    assert "No such file" in _failures(proxy)


def test_a_recording_that_cannot_be_written_stays_a_journal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("recexplore.capture.journal.finish.os.fsync", full)
    script = script_of(chat_text(_WORDS))
    with ScriptedServer(lambda asked: script) as server, running_proxy(server.url, tmp_path) as proxy:
        assert _ask(proxy.url) == script.body

    (path,) = tmp_path.iterdir()
    assert f"{path} stays a journal" in _failures(proxy)
    (recording,) = rx.load(tmp_path, progress=False)
    assert len(recording.chunks) == len(script.pieces)


@pytest.mark.parametrize("ending", ["reset", "close"])
@pytest.mark.parametrize("gap_s", [0.002, 0.0])
@pytest.mark.parametrize("framing", ["chunked", "length", "close"])
def test_a_server_that_breaks_off_at_every_chunk(framing: str, gap_s: float, ending: str, tmp_path: Path) -> None:
    if (framing, ending) == ("close", "close"):
        pytest.skip("a body that ends with its connection ends so")
    pieces = chat_text(_WORDS[:8])
    n_pieces = iter(range(len(pieces) + 1))

    def answer(asked: object) -> Script:
        return script_of(pieces[: next(n_pieces)], gap_s, framing=framing, ending=ending)

    with ScriptedServer(answer) as server, running_proxy(server.url, tmp_path) as proxy:
        for n in range(len(pieces) + 1):
            got, is_whole = _until_broken(proxy.url)
            # Without a gap, a reset may overtake what was sent, as it may on its way to any client.
            assert b"".join(pieces[:n]).startswith(got)
            assert got == b"".join(pieces[:n]) or (ending == "reset" and not gap_s)
            assert not is_whole
        proxy.wait_for(lambda status: not status["open"])

    assert set(proxy.ended) == {"server broke off"}
    assert len(rx.load(tmp_path, progress=False)) == len(pieces) + 1


def test_a_client_that_goes_ends_the_servers_answer(tmp_path: Path) -> None:
    script = script_of(chat_text(_WORDS * 50), 0.01)
    with ScriptedServer(lambda asked: script) as server, running_proxy(server.url, tmp_path) as proxy:
        with httpx.stream("POST", f"{proxy.url}{_PATH}", json=_ASKED) as answer:
            got = next(answer.iter_raw())
        assert server.gone.wait(PATIENCE_S)
        proxy.wait_for(lambda status: status["ended"] == 1)

    assert proxy.ended == ["client gone"]
    assert _recorded(tmp_path).encode().startswith(got)
    corpus = rx.load(tmp_path, progress=False)
    assert corpus.problems.empty


def test_a_client_that_goes_while_nothing_comes(tmp_path: Path) -> None:
    script = script_of(chat_text(_WORDS), PATIENCE_S)
    with ScriptedServer(lambda asked: script) as server, running_proxy(server.url, tmp_path) as proxy:
        with httpx.stream("POST", f"{proxy.url}{_PATH}", json=_ASKED):
            proxy.wait_for(lambda status: status["open"] == 1)
        proxy.wait_for(lambda status: status["open"] == 0)

    assert proxy.ended == ["client gone"]


def test_a_slow_reader_slows_only_itself(tmp_path: Path) -> None:
    large = script_of([b": " + b"x" * 65_534] * 640, 0)
    small = script_of(chat_text(_WORDS))

    def answer(asked: object) -> Script:
        return large if b"large" in asked.head else small  # type: ignore[attr-defined]

    with ScriptedServer(answer) as server, running_proxy(server.url, tmp_path) as proxy:
        port = int(proxy.url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as slow:
            slow.sendall(f"GET /large HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
            proxy.wait_for(lambda status: status["reads"] > 0)
            assert _ask(proxy.url) == small.body
            held_back = proxy.status()
            got = b"".join(iter(lambda: slow.recv(1 << 20), b""))

    # Some is on its way in the system's own buffers; the rest is still with the server.
    assert held_back["bytes"] < len(large.body) / 2
    body = got.partition(b"\r\n\r\n")[2]
    assert body.count(b"x") == large.body.count(b"x")
    assert body.endswith(b"0\r\n\r\n")


def test_streams_under_way_end_with_the_proxy(tmp_path: Path) -> None:
    script = script_of(chat_text(_WORDS), 0.05)
    with ScriptedServer(lambda asked: script) as server, running_proxy(server.url, tmp_path) as proxy:
        thread_got: list[tuple[bytes, bool]] = []
        thread = threading.Thread(target=lambda: thread_got.append(_until_broken(proxy.url)))
        thread.start()
        proxy.wait_for(lambda status: status["reads"] > 3)
    thread.join(PATIENCE_S)

    ((got, is_whole),) = thread_got
    assert not is_whole
    assert proxy.ended == ["stopped"]
    assert _recorded(tmp_path).encode() == got
