"""Rules about time: stalls, and chunks that were held back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pandas as pd

from recexplore.rules.quoting import listed
from recexplore.rules.rule import Hit, Rule
from recexplore.rules.streams import Streams, grouped, rows

__all__ = ["RULES"]


_LEAST_STALLS: Final = 3
"""Two may be chance."""
_EVEN: Final = 2
"""Stalls are regular where the longest stretch between them has at most so many times the chunks of the shortest."""


def _stall(streams: Streams) -> Iterator[Hit]:
    position = {recording: of for of, recording in enumerate(streams.ids)}
    stalls = streams.pace[streams.pace["mark"] == "stall"]
    for recording, mine in grouped(stalls, "recording") if len(stalls) else ():
        steps = mine["first_chunk"].diff().dropna().astype("int64")
        if len(mine) >= _LEAST_STALLS and steps.max() <= _EVEN * steps.min():
            yield _batches(position[recording], mine, steps)
        else:
            yield from (_one_stall(position[recording], row) for row in rows(mine))


def _one_stall(of: int, row: Any) -> Hit:
    message = (
        f"Nothing came for {row.duration_s:.2f} s between chunks {row.first_chunk} and {row.last_chunk}; the stream's usual "
        f"gap is {_short(row.usual_s)}."
    )
    return Hit(of, message, row.first_chunk, row.last_chunk, evidence=row.words)


def _batches(of: int, mine: pd.DataFrame, steps: pd.Series[int]) -> Hit:
    """Stalls at regular places are one habit of whoever sent the stream, not so many accidents."""
    first, last = int(mine["first_chunk"].iloc[0]), int(mine["last_chunk"].iloc[-1])
    every = f"{steps.min()}" if steps.min() == steps.max() else f"{steps.min()} to {steps.max()}"
    waits = mine["duration_s"]
    shortest, longest = f"{waits.min():.2f}", f"{waits.max():.2f}"
    wait = f"{shortest} s" if shortest == longest else f"{shortest} to {longest} s"
    usual = _short(float(mine["usual_s"].iloc[0]))
    message = (
        f"Nothing came for {wait} {len(mine)} times, every {every} chunks, between chunks {first} and {last}: the stream "
        f"comes in batches. Inside them the usual gap is {usual}."
    )
    evidence = f"{wait} without text behind chunks {listed(mine['first_chunk'])}; usually {usual} between chunks"
    return Hit(of, message, first, last, evidence=evidence)


def _burst(streams: Streams) -> Iterator[Hit]:
    position = {recording: of for of, recording in enumerate(streams.ids)}
    marks = streams.pace
    for row in rows(marks[marks["mark"] == "burst"]):
        message = (
            f"{row.n_chunks} chunks came at once, between chunks {row.first_chunk} and {row.last_chunk}, after "
            f"{row.wait_s:.2f} s without text: something held them back."
        )
        yield Hit(position[row.recording], message, row.first_chunk, row.last_chunk, evidence=row.words)


def _short(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.2f} s"


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "stall",
        "The stream stalled",
        "warning",
        meaning="The reader waits; a client or proxy with an idle timeout hangs up.",
        cause="The server was busy with another request, a tool ran on its side, a network was lost for a while. Where it "
        "comes back every few chunks, a filter or proxy lets the text through in batches (Azure's content filter does).",
        remedy="Compare with another run: what stalls at the same place each time is the model's side.",
        legal="The wait for the first text. Only gaps above 0.25 s and ten times the stream's own usual gap.",
        find=_stall,
        needs=("clock",),
        sources=("https://github.com/vercel/ai/issues/1066",),
    ),
    Rule(
        "burst",
        "Chunks were held back and came at once",
        "warning",
        meaning="It is a stream in name only: the reader sees nothing, then everything.",
        cause="A proxy that buffers (nginx without `X-Accel-Buffering: no`), compression, or a test server that "
        "answers at once.",
        remedy="Turn buffering off between client and model.",
        legal="A few chunks together. At least eight chunks of one choice within half a millisecond of each other, "
        "after 0.25 s without text.",
        find=_burst,
        needs=("clock",),
        sources=("https://github.com/CopilotKit/aimock/pull/125",),
    ),
)
