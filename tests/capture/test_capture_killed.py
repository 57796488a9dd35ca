"""``kill -9`` while streams come: every line of the journals is whole, and at most the last read a client got is missing."""

from __future__ import annotations

import json
import os
import random
import re
import threading
from pathlib import Path

import httpx
import pytest
from capture_kit import PATIENCE_S, capture_process
from raw_server import ScriptedServer, script_of

import recexplore as rx
from recexplore.capture.journal.finish import finish_left

THOROUGH = "RECEXPLORE_THOROUGH"
_N_KILLS = 50 if os.environ.get(THOROUGH) else 6
_N_STREAMS = 3
_EVENT = re.compile(rb"data: \{\"n\": (\d+)\}\n\n")
_EVENTS = script_of((b'data: {"n": %d}\n\n' % n for n in range(3000)), 0.004)


def _events(url: str, got: list[int], reads: list[int]) -> None:
    """Note the number of every event that comes, and how many end in each read, until the connection breaks."""
    data = b""
    try:
        with httpx.stream("POST", f"{url}/v1/chat/completions", json={"stream": True}, timeout=PATIENCE_S) as answer:
            for read in answer.iter_raw():
                data += read
                reads.append(read.count(b"\n\n"))
                got[:] = [int(found[1]) for found in _EVENT.finditer(data)]
    except httpx.TransportError:
        return


@pytest.mark.long
@pytest.mark.parametrize("seed", range(_N_KILLS))
def test_a_killed_recorder_loses_at_most_one_event(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    got: list[list[int]] = [[] for _ in range(_N_STREAMS)]
    reads_of_clients: list[int] = []
    with ScriptedServer(lambda asked: _EVENTS) as server, capture_process(server.url, tmp_path) as capture:
        threads = [threading.Thread(target=_events, args=(capture.url, each, reads_of_clients)) for each in got]
        for thread in threads:
            thread.start()
        while not all(got):
            threading.Event().wait(0.01)
        threading.Event().wait(chance.uniform(0, 1))
        capture.process.kill()
        for thread in threads:
            thread.join(PATIENCE_S)

    journals = sorted(tmp_path.glob("*.journal.jsonl"))
    assert len(journals) == _N_STREAMS
    written: list[list[int]] = []
    # Of the last read, which is lost, nobody but its client knows how many events it brought.
    most_in_a_read = max(reads_of_clients)
    for journal in journals:
        lines = [json.loads(line) for line in journal.read_bytes().splitlines()]
        reads = [line["data"] for line in lines if "data" in line]
        written.append([int(found[1]) for found in _EVENT.finditer("".join(reads).encode())])
        assert written[-1] == list(range(len(written[-1])))
        most_in_a_read = max(most_in_a_read, *(read.count("data:") for read in reads))
    # Runs of one request do not say which client they are of.
    for in_journal, at_client in zip(sorted(map(len, written)), sorted(map(len, got)), strict=True):
        # Where the machine gives the writer no time, a second read waits for it.
        assert in_journal >= at_client - 2 * most_in_a_read

    corpus = rx.load(tmp_path, progress=False)
    assert corpus.problems.empty
    assert sorted(corpus.recordings["n_chunks"]) == sorted(map(len, written))

    recordings = list(finish_left(tmp_path))
    assert len(recordings) == _N_STREAMS
    assert not list(tmp_path.glob("*.journal.jsonl"))
    assert len(rx.load(tmp_path, progress=False)) == _N_STREAMS
