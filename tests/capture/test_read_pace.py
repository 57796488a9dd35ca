"""How evenly reads come, and when nothing comes for too long."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest
from capture_kit import PATIENCE_S, running_proxy
from scripted_server import GATE, Script, ScriptedServer
from scripted_streams import chat_text

from recexplore.capture.proxy.read_pace import ReadPace

MS = 1_000_000


def pace(times_ms: Sequence[float], client_ms: float = 0) -> ReadPace:
    """Of reads at these times, each of which the client takes so long to take."""
    found = ReadPace()
    found.wait(0)
    for each in times_ms:
        found.note(round(each * MS))
        found.wait(round((each + client_ms) * MS))
    return found


@pytest.mark.parametrize(
    ("times_ms", "after_ms", "silent_s"),
    [
        ([], 60_000, None),
        ([0], 60_000, None),  # the wait for the first text
        ([0, 20, 40], 60_000, None),
        ([0, 1, 2, 3, 4, 5], 60_000, None),  # all came together
        ([0, 20, 40, 60], 250, None),
        ([0, 20, 40, 60], 251, 0.251),
        ([0, 100, 101, 200, 300], 1_000, None),
        ([0, 100, 101, 200, 300], 1_001, 1.001),
        ([*range(0, 3_000_000, 10_000), *range(3_000_000, 3_000_000 + 256 * 20, 20)], 300, 0.3),
    ],
)
def test_a_silence_is_held_against_the_gaps_before_it(
    times_ms: list[int], after_ms: int, silent_s: float | None
) -> None:
    now_ns = round((times_ms[-1] if times_ms else 0) + after_ms) * MS

    assert pace(times_ms).silent_s(now_ns) == (None if silent_s is None else pytest.approx(silent_s))


def test_what_the_client_takes_is_no_silence_of_the_server() -> None:
    found = pace([0, 1020, 2040, 3060], 1000)
    assert found.silent_s(4060 * MS + 250 * MS) is None
    assert found.silent_s(4060 * MS + 300 * MS) == pytest.approx(0.3)

    found.note(4400 * MS)
    assert found.silent_s(60_000 * MS) is None
    found.wait(60_000 * MS)
    assert found.silent_s(60_000 * MS + 250 * MS) is None


def test_a_client_that_reads_slowly_is_no_silence(tmp_path: Path) -> None:
    events = chat_text(["A", " wren", " sings", " before", " dawn", "."])
    script = Script([*((0.02, event) for event in events[:6]), (0, bytes(1 << 26))])
    with ScriptedServer({"/v1/chat/completions": script}) as server, running_proxy(server.url, tmp_path) as proxy:
        assert proxy.recording is not None
        writer = proxy.recording.proxy.writer
        with httpx.stream("POST", f"{proxy.url}/v1/chat/completions", json={"model": "m"}, timeout=PATIENCE_S):
            proxy.wait_for(lambda status: status["reads"] > 6)
            # As it would be a minute later: whatever the proxy had waited for since would be a silence.
            writer.clock = lambda: time.monotonic_ns() + 60_000 * MS
            blocked = proxy.wait_for(lambda status: not status["silent"]["streams"])

    assert blocked["open"] == 1


def test_the_status_tells_of_a_stream_that_fell_silent(tmp_path: Path) -> None:
    """Each event is sent some time after the client had the one before: they come apart, however slow all else is."""
    events = chat_text(["A", " wren", " sings", " before", " dawn", "."])
    script = Script([(GATE, event) for event in [*events[:5], b"".join(events[5:])]], behind_gate_s=0.02)
    with ScriptedServer({"/v1/chat/completions": script}) as server, running_proxy(server.url, tmp_path) as proxy:
        url = f"{proxy.url}/v1/chat/completions"
        with httpx.stream("POST", url, json={"model": "m"}, timeout=PATIENCE_S) as answer:
            reads, body = answer.iter_raw(), b""
            for n_sent in range(1, 6):
                server.open_gate()
                while len(body) < len(b"".join(events[:n_sent])):
                    body += next(reads)
            silent = proxy.wait_for(lambda status: status["silent"]["streams"] == 1)
            server.open_gate()
            body += b"".join(reads)
        over = proxy.wait_for(lambda status: not status["open"])

    assert silent["silent"]["longest_s"] >= 0.25
    assert over["silent"] == {"streams": 0, "longest_s": 0.0}
    assert body == script.body
