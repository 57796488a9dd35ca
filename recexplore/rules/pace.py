"""Rules about time: stalls, and chunks that were held back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pandas as pd

from recexplore.analysis.pace_words import batch_words, mark_evidence
from recexplore.model.silence import longest_silence_s
from recexplore.rules.quoting import listed
from recexplore.rules.rule import Hit, Rule
from recexplore.rules.streams import Streams, grouped

__all__ = ["RULES"]


_LEAST_STALLS: Final = 3
"""Two may be chance."""
_GAVE_UP: Final = {
    "client gone": "the client left",
    "server broke off": "the server broke off",
    "stopped": "the recorder was stopped",
}
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
            yield from (_hit(position[recording], row) for row in mine.to_dict("records"))
    yield from _silent_end(streams)


def _silent_end(streams: Streams) -> Iterator[Hit]:
    """What was to be waited for when somebody gave up: the last of an answer that did not finish."""
    facts = streams.recordings
    cut = facts[facts["ended"].isin([*_GAVE_UP]).to_numpy() & facts["ended_s"].notna().to_numpy() & streams.streamed]
    cut = cut[~cut.index.isin(streams.finishes["of"])]
    for of, chunks in grouped(streams.chunks[streams.chunks["of"].isin(cut.index)], "of"):
        began_s, at = float(chunks["t_s"].iloc[-1]), int(chunks["chunk"].iloc[-1])
        longest_s = longest_silence_s(chunks["gap_s"].tolist())
        ended_s, how = float(cut.at[of, "ended_s"]), str(cut.at[of, "ended"])
        if ended_s - began_s > longest_s:
            yield Hit(
                int(of),
                f"Nothing came for {ended_s - began_s:.2f} s after chunk {at}, from {began_s:.2f} s to {ended_s:.2f} s, "
                f"then {_GAVE_UP[how]}.",
                at,
                evidence=f"chunk {at} at {began_s:.2f} s, the end at {ended_s:.2f} s",
            )


def _batches(of: int, mine: pd.DataFrame, steps: pd.Series[int]) -> Hit:
    """Stalls at regular places are one habit of whoever sent the stream, not so many accidents."""
    every = f"{steps.min()}" if steps.min() == steps.max() else f"{steps.min()} to {steps.max()}"
    stalls = mine.to_dict("records")
    evidence = f"without text behind chunks {listed(mine['first_chunk'])}"
    return Hit(of, batch_words(stalls, every), stalls[0]["first_chunk"], stalls[-1]["last_chunk"], evidence=evidence)


def _burst(streams: Streams) -> Iterator[Hit]:
    position = {recording: of for of, recording in enumerate(streams.ids)}
    marks = streams.pace
    for row in marks[marks["mark"] == "burst"].to_dict("records"):
        yield _hit(position[row["recording"]], row)


def _hit(of: int, row: dict[Any, Any]) -> Hit:
    return Hit(of, row["words"], row["first_chunk"], row["last_chunk"], evidence=mark_evidence(row))


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "stall",
        "The stream stalled",
        "warning",
        meaning="The reader waits; a client or proxy with an idle timeout hangs up.",
        cause="The server was busy with another request, a tool ran on its side, a network was lost for a while. Where it "
        "comes back every few chunks, a filter or proxy lets the text through in batches (Azure's content filter does).",
        remedy="Compare with another run: what stalls at the same place each time is the model's side.",
        legal="The wait for the first text, and for the end behind a finish reason. Only gaps above 0.25 s and ten times "
        "the stream's own usual gap.",
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
