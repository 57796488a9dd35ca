"""The figures of time of a captured stream, against a computation that knows only when which chunk was sent."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from random import Random
from statistics import median

import pandas as pd
import pytest

import recexplore
from recexplore.analysis import timing
from recexplore.capture.journal.finish import finish
from recexplore.capture.journal.writer import Writer

NS = 1_000_000_000
N_STREAMS = 12


@dataclass(frozen=True)
class Sent:
    """A chunk of the script: its choice, what it brings and when, in nanoseconds since the request was sent."""

    choice: int
    kind: str
    t_ns: int


def script(rng: Random) -> list[Sent]:
    """One or two choices that name their role, think, speak and end, one of them at a time, then the usage."""
    t_ns, sent = rng.randrange(NS // 1000, NS), []
    waiting = {
        choice: ["role", *["reasoning_content"] * rng.randint(0, 4), *["content"] * rng.randint(2, 9), "finish"]
        for choice in range(rng.randint(1, 2))
    }
    while waiting:
        choice = rng.choice(list(waiting))
        sent.append(Sent(choice, waiting[choice].pop(0), t_ns))
        if not waiting[choice]:
            del waiting[choice]
        t_ns += rng.randrange(NS // 100_000, NS // 2)
    return [*sent, Sent(-1, "usage", t_ns), Sent(-1, "done", t_ns + rng.randrange(NS))]


def event(chunk: Sent, n_tokens: int) -> bytes:
    """The chunk as a server sends it."""
    if chunk.kind == "done":
        return b"data: [DONE]\n\n"
    choices = []
    if chunk.kind != "usage":
        delta = (
            {"role": "assistant"} if chunk.kind == "role" else {} if chunk.kind == "finish" else {chunk.kind: "word "}
        )
        choices = [{"index": chunk.choice, "delta": delta, "finish_reason": "stop" if chunk.kind == "finish" else None}]
    usage = {"prompt_tokens": 3, "completion_tokens": n_tokens, "total_tokens": 3 + n_tokens}
    body = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": choices}
    return b"data: " + json.dumps({**body, "usage": usage} if chunk.kind == "usage" else body).encode() + b"\n\n"


def captured(folder: Path, chunks: list[Sent], rng: Random) -> Path:
    """The recording of the script; an event comes in one read, or its end in one of its own."""
    ended: list[Path] = []
    writer = Writer(folder, ended=ended.append)
    received_ns = writer.clock()
    asked = json.dumps({"model": "m", "messages": [], "stream": True, "n": rng.random()}).encode()
    journal = writer.open("POST", "http://127.0.0.1/v1/chat/completions", [], asked, received_ns=received_ns)
    sent_ns = received_ns + rng.randrange(NS)
    journal.sent(sent_ns)
    journal.headers(sent_ns, 200, [("content-type", "text/event-stream")])
    for chunk in chunks:
        data = event(chunk, len(chunks))
        at = rng.choice([0, rng.randrange(1, len(data))])
        if at:
            journal.read(sent_ns + chunk.t_ns - 1000, data[:at])
        journal.read(sent_ns + chunk.t_ns, data[at:])
    journal.end(sent_ns + chunks[-1].t_ns, "complete")
    writer.close()
    return finish(ended[0])


def expected(chunks: list[Sent], choice: int) -> dict[str, float]:
    """The figures of a choice, by the words of their definitions."""
    spoken = [each.t_ns for each in chunks if each.choice == choice and each.kind in ("reasoning_content", "content")]
    output = [each.t_ns for each in chunks if each.choice == choice and each.kind == "content"]
    own = [after - before for before, after in pairwise(spoken)]
    figures = {
        "ttfc_s": chunks[0].t_ns,
        "ttft_s": spoken[0],
        "ttfo_s": output[0],
        "t_last_s": spoken[-1],
        "gap_p50_s": median(own),
        "gap_max_s": max(own),
    }
    seconds = {name: ns / NS for name, ns in figures.items()}
    if len({each.choice for each in chunks if each.choice >= 0}) == 1:
        # The report counts all tokens of the answer; the first one has no latency between tokens.
        seconds["itl_s"] = (spoken[-1] - spoken[0]) / NS / (len(chunks) - 1)
    return seconds


@pytest.mark.parametrize("seed", range(N_STREAMS))
def test_the_figures_are_what_their_definitions_say(tmp_path: Path, seed: int) -> None:
    rng = Random(seed)
    chunks = script(rng)
    captured(tmp_path, chunks, rng)
    corpus = recexplore.load(tmp_path)
    times = timing.per_choice(corpus.recordings, corpus.events, corpus.usage).set_index("choice")

    assert corpus.problems.empty
    assert corpus.recordings[["clock", "t_zero"]].astype(str).to_numpy().tolist() == [["measured", "request"]]
    for choice in {each.choice for each in chunks if each.choice >= 0}:
        found = times.loc[choice]
        for name, value in expected(chunks, choice).items():
            assert found[name] == pytest.approx(value, abs=1e-8), name
    assert corpus.recordings["duration_s"].item() == pytest.approx(chunks[-1].t_ns / NS, abs=1e-8)
    between = [(after.t_ns - before.t_ns) / NS for before, after in pairwise(chunks)]
    assert corpus.chunks["gap_s"].tolist()[1:] == pytest.approx(between, abs=1e-8)
    assert pd.isna(corpus.chunks["gap_s"].iloc[0])
