"""Rules about time: stalls, and chunks that were held back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from recexplore.rules.rule import Hit, Rule
from recexplore.rules.streams import Streams, rows

__all__ = ["RULES"]


def _marks(streams: Streams, mark: str) -> Iterator[Hit]:
    position = {recording: of for of, recording in enumerate(streams.ids)}
    marks = streams.pace
    for row in rows(marks[marks["mark"] == mark]):
        where = f"between chunks {row.first_chunk} and {row.last_chunk}"
        if mark == "stall":
            message = (
                f"Nothing came for {row.duration_s:.2f} s {where}; the stream's usual gap is {_short(row.usual_s)}."
            )
        else:
            message = (
                f"{row.n_chunks} chunks came at once, {where}, after {row.wait_s:.2f} s without text: something held "
                "them back."
            )
        yield Hit(position[row.recording], message, row.first_chunk, row.last_chunk, evidence=row.words)


def _short(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.2f} s"


def _stall(streams: Streams) -> Iterator[Hit]:
    return _marks(streams, "stall")


def _burst(streams: Streams) -> Iterator[Hit]:
    return _marks(streams, "burst")


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "stall",
        "The stream stalled",
        "warning",
        meaning="The reader waits; a client or proxy with an idle timeout hangs up.",
        cause="The server was busy with another request, a tool ran on its side, a network was lost for a while.",
        remedy="Compare with another run: what stalls at the same place each time is the model's side.",
        legal="The wait for the first text. Only gaps above 0.25 s and ten times the stream's own usual gap.",
        find=_stall,
        needs=("clock",),
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
