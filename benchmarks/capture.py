"""What the recording proxy costs the streams that pass it, and how true its times are.

    python benchmarks/capture.py [FOLDER] [--only timing many memory] [--chunks 2000] [--streams 200] [--seconds 20]
                                 [--mitmdump PATH] [--aimock PATH]

Server, proxy and clients are processes of their own on this machine; their clock is the system's monotonic one, the same for
all. FOLDER is not read: what is recorded is made here. Three parts:

- ``timing``: the server sends chunks to two clients at the same time, with gaps of 0.2 to 500 ms in an order drawn by lot.
  One client asks directly, the other through the proxy. Told are by how much recorded gaps differ from those that the direct
  client saw (bound: 1 ms at p99), and how much later a chunk came through the proxy (bound: 1 ms at p99);
- ``many``: ``--streams`` clients of 50 chunks a second each; every chunk has to arrive and to be recorded;
- ``memory``: the chunks of an hour's stream (50 a second), sent within less than a minute; the proxy's memory on the way.

``--mitmdump`` names mitmproxy's command, which then passes the same streams (``stream_large_bodies``, so that it lets them
through as they come; it keeps no body of them), ``--aimock`` the command ``llmock`` of the npm package
``@copilotkit/aimock``, which records them (``--record``: what was said, and when to the millisecond).
Where other work runs on the machine, ``chrt -r 1 python …`` keeps it apart.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path

from _listening import listening

MS = 1e6
GAPS_MS = {0.2: 800, 1: 500, 5: 400, 20: 200, 100: 80, 500: 20}
"""How many of 2,000 gaps are so long."""
RATE = 50
HOUR_S = 3600
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
CHAT = "/v1/chat/completions"
ASKED = b'{"model": "m", "messages": [{"role": "user", "content": "Say it"}], "stream": true}'
STAMP = re.compile(rb'"n": (\d+), "sent": (\d+)')


def chunk(number: int) -> bytes:
    """An event with its number and the time it is sent at, about as long as one of a chat completion."""
    text = (
        b'data: {"n": %d, "sent": %d, "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": '
        % (
            number,
            time.monotonic_ns(),
        )
        + b'{"content": " a word"}}]}\n\n'
    )
    return b"%x\r\n%s\r\n" % (len(text), text)


# The server: one thread an answer, and a turn for those that are sent together.


def serve(listening: socket.socket, n_chunks: int, n_streams: int, seconds: float) -> None:
    """Answer ``/timed`` in pairs, ``/many`` once all have come, ``/fast`` at once."""
    waiting: dict[str, list[socket.socket]] = {"/timed": [], "/many": [], "/fast": []}
    parties = {"/timed": 2, "/many": n_streams, "/fast": 1}
    lock = threading.Lock()

    def answer(connection: socket.socket) -> None:
        request = b""
        while b"\r\n\r\n" not in request:
            data = connection.recv(1 << 16)
            if not data:
                return
            request += data
        path = "/" + request.split(b" ", 2)[1].decode().split("/")[1]
        connection.sendall(HEAD)
        with lock:
            waiting[path].append(connection)
            if len(waiting[path]) < parties[path]:
                return
            connections, waiting[path] = waiting[path], []
        if path == "/timed":
            send_timed(connections, n_chunks)
        elif path == "/many":
            send_many(connections, seconds)
        else:
            send_fast(connections[0])

    while True:
        connection, _ = listening.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=answer, args=(connection,), daemon=True).start()


def send_timed(connections: Sequence[socket.socket], n_chunks: int) -> None:
    gaps = [gap for gap, n in GAPS_MS.items() for _ in range(max(1, n * n_chunks // 2000))]
    random.Random(18).shuffle(gaps)
    for number, gap in enumerate(gaps):
        time.sleep(gap / 1000)
        # Neither is always the first.
        for connection in connections if number % 2 else reversed(connections):
            connection.sendall(chunk(number))
    end(connections)


def send_many(connections: Sequence[socket.socket], seconds: float) -> None:
    """To each every 20 ms, to a few at a time."""
    n_turns = 20
    started = time.monotonic()
    for number in range(int(seconds * RATE)):
        for turn in range(n_turns):
            for connection in connections[turn::n_turns]:
                connection.sendall(chunk(number))
            time.sleep(max(0.0, started + (number + (turn + 1) / n_turns) / RATE - time.monotonic()))
    end(connections)


def send_fast(connection: socket.socket) -> None:
    for number in range(RATE * HOUR_S):
        connection.sendall(chunk(number))
        if number % 4 == 0:
            time.sleep(0.0002)
    end([connection])


def end(connections: Sequence[socket.socket]) -> None:
    for connection in connections:
        connection.sendall(b"0\r\n\r\n")


# Clients: what came, and when.


def ask(port: int, path: str) -> socket.socket:
    """A request for what stands at a path; what aimock has behind that path, where it is none of the server's."""
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    body = ASKED if path == CHAT else b""
    fields = f"Host: 127.0.0.1:{port}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    connection.sendall(f"{'POST' if body else 'GET'} {path} HTTP/1.1\r\n{fields}\r\n\r\n".encode() + body)
    return connection


def receive(connections: Sequence[socket.socket]) -> list[list[tuple[int, int, int]]]:
    """Of every connection, each chunk's number, when it was sent and when it came."""
    got: dict[int, list[tuple[int, int, int]]] = {each.fileno(): [] for each in connections}
    tails = dict.fromkeys(got, b"")
    sockets = {each.fileno(): each for each in connections}
    poll = select.epoll()
    for number in got:
        poll.register(number, select.EPOLLIN)
    n_open = len(got)
    while n_open:
        for number, _ in poll.poll():
            data = sockets[number].recv(1 << 20)
            now = time.monotonic_ns()
            text = tails[number] + data
            for found in STAMP.finditer(text):
                got[number].append((int(found[1]), int(found[2]), now))
            # The end of a chunk is longer than what a number and a time take.
            tails[number] = text[-20:]
            if not data or text.endswith(b"\r\n0\r\n\r\n") or text == b"0\r\n\r\n":
                poll.unregister(number)
                n_open -= 1
    return list(got.values())


def count(port: int, path: str) -> int:
    """How many chunks an answer has; a read may bring many."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", path)
    n, tail = 0, b""
    answer = connection.getresponse()
    while data := answer.read1(1 << 20):
        lines = (tail + data).split(b"\n\n")
        n, tail = n + len(lines) - 1, lines[-1]
    connection.close()
    return n


# What runs beside this process.


@contextmanager
def server(options: argparse.Namespace) -> Iterator[int]:
    listening = socket.create_server(("127.0.0.1", 0), backlog=1000)
    process = os.fork()
    if not process:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            serve(listening, options.chunks, options.streams, options.seconds)
        finally:
            os._exit(1)
    port = listening.getsockname()[1]
    listening.close()
    try:
        yield port
    finally:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)


@contextmanager
def capturing(port: int, folder: Path) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """The proxy: its port and process; ended as by Control-C."""
    command = [sys.executable, "-m", "recexplore", "capture", "--upstream", f"http://127.0.0.1:{port}", "--port", "0"]
    with subprocess.Popen([*command, "--out", str(folder)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        found = next(each for line in process.stdout if (each := re.search(r"ANTHROPIC_BASE_URL=.*:(\d+)", line)))
        # Whoever starts is not measured.
        time.sleep(1)
        yield int(found[1]), process
        process.send_signal(signal.SIGINT)
        said = process.stdout.read().splitlines()[-1]
        print(f"    {said}; exit code {process.wait()}")


@contextmanager
def mitmproxy(command: str, port: int) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    with tempfile.TemporaryDirectory() as folder:
        rest = ["--set", "stream_large_bodies=1", "-w", f"{folder}/flows"]
        upstream = f"reverse:http://127.0.0.1:{port}"
        with listening(lambda own: [command, "-q", "--mode", f"{upstream}@127.0.0.1:{own}", *rest]) as found:
            # Whoever starts is not measured.
            time.sleep(1)
            yield found


@contextmanager
def aimock(command: str, port: int, path: str, folder: Path) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """aimock in front of what the server has at a path, recording into a folder."""
    folder.mkdir()
    upstream = ["--record", "--provider-openai", f"http://127.0.0.1:{port}{path}", "--fixtures", str(folder)]
    with listening(lambda own: [command, *upstream, "--port", str(own), "--log-level", "silent"]) as found:
        time.sleep(1)
        yield found


def cpu_s(process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> float:
    fields = Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mb(process: subprocess.Popen[str]) -> float:
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{process.pid}/status").read_text(encoding="ascii"))
    return int(found[1]) / 1024 if found else float("nan")


def quantiles(values: Sequence[float]) -> str:
    ordered = sorted(values)

    def at(share: float) -> float:
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    return f"p50 {at(0.5):7.3f}  p90 {at(0.9):7.3f}  p99 {at(0.99):7.3f}  max {ordered[-1]:8.3f} ms"


def recorded(folder: Path) -> list[list[int]]:
    """The time of every chunk of every recording."""
    return [json.loads(path.read_text())["timing"]["chunks"] for path in sorted(folder.glob("*.json"))]


def recorded_by_aimock(folder: Path) -> list[list[float]]:
    """The gaps in ms between the chunks of every fixture."""
    fixtures = [json.loads(path.read_text()) for path in folder.rglob("*.json")]
    return [each["recordedTimings"]["interChunkDelaysMs"] for file in fixtures for each in file["fixtures"]]


def together(*asked: tuple[int, str]) -> list[list[tuple[int, int, int]]]:
    """Of each port and path the same answer, sent as soon as all have asked."""
    return receive([ask(port, path) for port, path in asked])


def timing(options: argparse.Namespace, port: int, folder: Path) -> None:
    print(f"timing: {options.chunks:,} chunks, gaps of 0.2 to 500 ms")
    with capturing(port, folder) as (own, _):
        direct, through = together((port, "/timed"), (own, "/timed"))
    (stamps,) = recorded(folder)
    assert len(stamps) == len(direct) == len(through)
    print_gaps("recexplore", [(b - a) / MS for a, b in pairwise(stamps)], direct)
    print_added("recexplore", direct, through)
    if options.mitmdump:
        with mitmproxy(options.mitmdump, port) as (own, _):
            print_added("mitmproxy", *together((port, "/timed"), (own, "/timed")))
    if options.aimock:
        fixtures = folder / "aimock"
        with aimock(options.aimock, port, "/timed", fixtures) as (own, _):
            direct, through = together((port, "/timed"), (own, CHAT))
        (gaps_ms,) = recorded_by_aimock(fixtures)
        print_gaps("aimock", gaps_ms, direct)
        print_added("aimock", direct, through)


def print_gaps(name: str, gaps_ms: Sequence[float], direct: Sequence[tuple[int, int, int]]) -> None:
    """By how much recorded gaps differ from those that a direct client saw of the same stream."""
    came = [at / MS for _, _, at in direct]
    seen = [later - earlier for earlier, later in pairwise(came)]
    assert len(gaps_ms) == len(seen), f"{len(gaps_ms) + 1} of {len(came)} chunks are recorded"
    differences = [abs(one - other) for one, other in zip(gaps_ms, seen, strict=True)]
    print(f"    gaps recorded by {name:12}          {quantiles(differences)}")


def print_added(name: str, direct: Sequence[tuple[int, int, int]], through: Sequence[tuple[int, int, int]]) -> None:
    """How much longer a chunk took from the server than to a direct client."""
    added = [(b - a - (d - c)) / MS for (_, c, d), (_, a, b) in zip(direct, through, strict=True)]
    print(f"    added to each chunk by {name:12}       {quantiles(added)}")


def many(options: argparse.Namespace, port: int, folder: Path) -> None:
    expected = options.streams * int(options.seconds * RATE)
    print(f"many: {options.streams} streams, {RATE} chunks a second each, {options.seconds:g} s: {expected:,} chunks")
    names = ["nobody between", "recexplore"]
    names += ["mitmproxy"] * bool(options.mitmdump) + ["aimock"] * bool(options.aimock)
    for name in names:
        with ExitStack() as stack:
            own, process, path = port, None, "/many"
            if name == "recexplore":
                own, process = stack.enter_context(capturing(port, folder))
            elif name == "mitmproxy":
                own, process = stack.enter_context(mitmproxy(options.mitmdump, port))
            elif name == "aimock":
                own, process = stack.enter_context(aimock(options.aimock, port, path, folder / "aimock"))
                path = CHAT
            before = cpu_s(process) if process else 0.0
            got = receive([ask(own, path) for _ in range(options.streams)])
            used = f"{(cpu_s(process) - before) / options.seconds:5.0%} of a core" if process else ""
        n_got = sum(map(len, got))
        late = [(at - sent) / MS for each in got for _, sent, at in each]
        print(f"    {name:14} {n_got:,} arrived, from server to client  {quantiles(late)}  {used}")
    n_recorded = sum(map(len, recorded(folder)))
    print(f"    recorded: {n_recorded:,}, missing: {expected - n_recorded:,}")
    if options.aimock:
        n_recorded = sum(len(gaps) + 1 for gaps in recorded_by_aimock(folder / "aimock"))
        print(f"    recorded by aimock: {n_recorded:,}, missing: {expected - n_recorded:,}")


def memory(options: argparse.Namespace, port: int, folder: Path) -> None:
    print(f"memory: {RATE * HOUR_S:,} chunks, those of an hour")
    with capturing(port, folder) as (own, process):
        told = threading.Event()
        samples = [memory_mb(process)]

        def watch() -> None:
            while not told.wait(0.2):
                samples.append(memory_mb(process))

        thread = threading.Thread(target=watch)
        started = time.perf_counter()
        thread.start()
        n = count(own, "/fast")
        seconds = time.perf_counter() - started
        told.set()
        thread.join()
        tenth = max(1, len(samples) // 10)
        print(
            f"    {n:,} chunks in {seconds:.1f} s; before {samples[0]:,.0f} MB, after a tenth {samples[tenth]:,.0f} MB,"
            f" at the end {samples[-1]:,.0f} MB, at most {max(samples):,.0f} MB"
        )
    print(f"    recorded: {sum(map(len, recorded(folder))):,}")


PARTS = {"timing": timing, "many": many, "memory": memory}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?")
    parser.add_argument("--only", nargs="*", choices=PARTS, default=list(PARTS))
    parser.add_argument("--chunks", type=int, default=2000)
    parser.add_argument("--streams", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--mitmdump")
    parser.add_argument("--aimock")
    options = parser.parse_args()
    if not hasattr(select, "epoll"):
        print("this benchmark needs Linux: it reads /proc and waits with epoll")
        return
    for name in options.only:
        with tempfile.TemporaryDirectory(prefix="recexplore-capture-") as folder, server(options) as port:
            PARTS[name](options, port, Path(folder))


if __name__ == "__main__":
    main()
