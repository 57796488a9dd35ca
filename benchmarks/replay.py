"""How exactly a replay keeps recorded time.

    python benchmarks/replay.py [--streams 1 20] [--chunks 400] [--rounds 3] [--aimock PATH]

A stream with known gaps (0.2 to 500 ms, most of them some 10 ms) is answered by `recexplore replay`, and beside it by a
server of twenty lines that waits for each chunk with `asyncio.sleep`, each in a process of its own, by turns. ``--aimock``
names the command ``llmock`` of the npm package ``@copilotkit/aimock``, which then answers with a fixture of as many chunks
and the same gaps (``recordedTimings``). A client in another process stamps every event as it comes. What is shown is by how
much the gap between two events differs from the recorded one, and how far the last event is from its time after the first. A
replay should keep 99 of 100 gaps within 2 ms on a machine that has a core for each process; where other
work has the cores, `chrt -f 10 python benchmarks/replay.py` (as root) shows what is the servers' own. A folder may be given,
as to the other benchmarks, and is not looked at.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import selectors
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import numpy as np
from _listening import listening

ASKED: Final = {"model": "m", "messages": [{"role": "user", "content": "Say it"}], "stream": True}
PATH: Final = "/v1/chat/completions"
HEAD: Final = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
TARGET_MS: Final = 2.0
FIRST_MS: Final = 800.0
"""When the first chunk comes: the client has begun all streams before, and then does nothing but read."""


def gaps_ms(n: int, seed: int) -> list[float]:
    """Gaps as models have them: many short ones, a few long ones."""
    chance = random.Random(seed)
    return [float(min(500.0, max(0.2, chance.lognormvariate(2.3, 1.0)))) for _ in range(n)]


def events(n: int) -> list[bytes]:
    chunks = [{"id": "c", "choices": [{"index": 0, "delta": {"content": f"word {at} "}}]} for at in range(n)]
    return [f"data: {json.dumps(each)}\n\n".encode() for each in chunks]


def recorded(gaps: Sequence[float]) -> dict[str, Any]:
    """A finished capture with these gaps."""
    ends = [round(1e6 * end) for end in np.cumsum([FIRST_MS, *gaps])]
    lines = [each.decode() for each in events(len(ends))]
    times = {"headers_received": ends[0], "first_byte": ends[0], "ended": ends[-1], "end": "complete"}
    reads = [[t_ns, len(line)] for t_ns, line in zip(ends, lines, strict=True)]
    return {
        "test_id": None,
        "request": {"method": "POST", "url": f"https://h{PATH}", "headers": {}, "body": ASKED, "endpoint": PATH},
        "response": {"body": [json.loads(line[6:]) for line in lines], "is_streaming": True},
        "timing": {"clock": "monotonic", "unit": "ns", "zero": "request sent", **times, "chunks": ends, "reads": reads},
        "wire": {"status": 200, "headers": {"content-type": "text/event-stream"}, "lines": lines},
    }


def fixture(gaps: Sequence[float]) -> dict[str, Any]:
    """The same stream as aimock has it: it makes the first and the last chunk itself, and cuts the text for the others."""
    times = {"ttftMs": FIRST_MS, "interChunkDelaysMs": list(gaps), "totalDurationMs": FIRST_MS + sum(gaps)}
    match, text = {"userMessage": ASKED["messages"][0]["content"]}, "word " * (len(gaps) - 1)
    one = {"match": match, "response": {"content": text}, "chunkSize": len("word "), "recordedTimings": times}
    return {"fixtures": [one]}


# --- the servers beside it ---------------------------------------------------------------------------------------------


async def serve_plainly(file: str) -> None:
    """Answer every request with the stream of a file, by `asyncio.sleep` alone."""
    document = json.loads(Path(file).read_bytes())
    reads = [
        (read[0] / 1e9, line.encode())
        for read, line in zip(document["timing"]["reads"], document["wire"]["lines"], strict=True)
    ]

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        loop = asyncio.get_running_loop()
        began = loop.time()
        writer.write(HEAD)
        for t_s, data in reads:
            await asyncio.sleep(began + t_s - loop.time())
            writer.write(data)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    print(f"at http://127.0.0.1:{server.sockets[0].getsockname()[1]};", flush=True)
    await server.serve_forever()


@contextmanager
def serving(server: str, file: Path, aimock: str) -> Iterator[str]:
    """A server in a process of its own; gives its address."""
    if server == "aimock":
        fixtures = ["--fixtures", str(file.with_suffix(".fixture.json"))]
        with listening(lambda port: [aimock, "--port", str(port), *fixtures, "--log-level", "silent"]) as (port, _):
            yield f"http://127.0.0.1:{port}"
        return
    replay = [sys.executable, "-m", "recexplore", "replay", "--port", "0", str(file)]
    command = replay if server == "replay" else [sys.executable, __file__, "--serve", str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().partition("at http")[2].join(["http", ""]).partition(";")[0]
        finally:
            process.terminate()


# --- the client -------------------------------------------------------------------------------------------------------


def stamped(address: str, n_streams: int) -> list[list[int]]:
    """When each event of each stream came, in nanoseconds."""
    place, body = urlsplit(address), json.dumps(ASKED).encode()
    fields = (
        f"Host: {place.netloc}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close"
    )
    head = f"POST {PATH} HTTP/1.1\r\n{fields}\r\n\r\n"
    stamps: list[list[int]] = [[] for _ in range(n_streams)]
    open_, chance = 0, random.Random(1)
    with selectors.DefaultSelector() as selector:
        for at in range(n_streams):
            time.sleep(chance.uniform(0, 0.02))
            connection = socket.create_connection((place.hostname or "", place.port or 0))
            connection.sendall(head.encode() + body)
            selector.register(connection, selectors.EVENT_READ, stamps[at])
            open_ += 1
        while open_:
            ready = selector.select()
            now = time.perf_counter_ns()
            for key, _ in ready:
                connection = key.fileobj  # type: ignore[assignment]
                data = connection.recv(1 << 16)
                key.data.extend([now] * data.count(b"\n\n"))
                if not data:
                    selector.unregister(connection)
                    connection.close()
                    open_ -= 1
    return stamps


def asked_of(address: str, n_streams: int) -> list[list[int]]:
    """The stamps that a client in a process of its own takes."""
    command = [sys.executable, __file__, "--ask", address, "--streams", str(n_streams)]
    found: list[list[int]] = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?")
    parser.add_argument("--streams", type=int, nargs="+", default=[1, 20])
    parser.add_argument("--chunks", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--aimock", default="")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    parser.add_argument("--ask", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        asyncio.run(serve_plainly(given.serve))
    elif given.ask:
        print(json.dumps(stamped(given.ask, given.streams[0])))
    else:
        compare(given.streams, given.chunks, given.rounds, given.aimock)


def compare(streams: Sequence[int], n_chunks: int, rounds: int, aimock: str) -> None:
    gaps = gaps_ms(n_chunks - 1, seed=7)
    servers = ("replay", "asyncio.sleep", "aimock")[: 3 if aimock else 2]
    with tempfile.TemporaryDirectory(prefix="recexplore-replay-") as root:
        file = Path(root) / "stream.json"
        file.write_text(json.dumps(recorded(gaps)), encoding="utf-8")
        file.with_suffix(".fixture.json").write_text(json.dumps(fixture(gaps)), encoding="utf-8")
        print(
            f"{n_chunks} chunks in {sum(gaps) / 1e3:.1f} s; ms by which a gap, and the last chunk, differ from recorded"
        )
        print(f"{'streams':>8} {'server':14} {'median':>8} {'p99':>8} {'most':>8} {'last':>8}")
        for n_streams in streams:
            found: dict[str, list[float]] = {server: [] for server in servers}
            last = dict.fromkeys(servers, 0.0)
            for _ in range(rounds):
                for server in servers:
                    with serving(server, file, aimock) as address:
                        for stamps in asked_of(address, n_streams):
                            # aimock sends the mark of the end with the last chunk.
                            assert len(stamps) == n_chunks + (server == "aimock"), f"{len(stamps)} events came"
                            came = np.diff(stamps[:n_chunks]) / 1e6
                            found[server] += np.abs(came - gaps).tolist()
                            last[server] = max(last[server], abs(came.sum() - sum(gaps)))
            for server, errors in found.items():
                median, p99, most = np.percentile(errors, [50, 99, 100])
                is_missed = server == "replay" and p99 > TARGET_MS
                print(
                    f"{n_streams:8} {server:14} {median:8.3f} {p99:8.3f} {most:8.2f} {last[server]:8.2f}"
                    + (f"   more than {TARGET_MS} ms" if is_missed else ""),
                    flush=True,
                )


if __name__ == "__main__":
    main()
