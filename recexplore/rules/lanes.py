"""The joined texts of answers in which something stands: content with its reasoning, a refusal, the arguments of each call.

Takes the streams and a pattern, gives the few texts that hold it, each with its events.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import pandas as pd

from recexplore.model.kinds import CHOICE_TEXTS, TEXT_KINDS
from recexplore.rules.streams import Streams, grouped

__all__ = ["THE_TEXT", "Lane", "lanes_with", "shown"]

THE_TEXT: Final = "the text"
"""What content with its reasoning is, in words."""
_MOST_SHOWN: Final = 100
_WORDS: Final = {"tool_call": "the arguments of a tool call", "refusal": "the refusal"}


class Lane(NamedTuple):
    """A text that was sent in pieces: its choice's number in `Streams`, what it is in words, its events, and it."""

    key: int
    what: str
    events: pd.DataFrame
    text: str


def lanes_with(streams: Streams, pattern: str) -> Iterator[Lane]:
    """The joined texts of the choices in which a pattern stands, cut by chunks or not.

    Content and the reasoning in it are one text; refusals and each tool call are texts by themselves.
    """
    events = _written(streams, pattern)
    kind = events["kind"].astype(str).where(~events["kind"].isin(TEXT_KINDS), "text")
    lane = kind + events["tool_index"].astype(str).where(events["kind"] == "tool_call", "")
    for (key, _), mine in grouped(events, [events["key"].to_numpy(), lane.to_numpy()]):
        ordered = mine.sort_values("seq", kind="stable")
        what = _WORDS.get(ordered["kind"].iloc[0], THE_TEXT)
        yield Lane(key, what, ordered, "".join(ordered["text"].fillna("")))


def shown(stretches: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Those of many stretches that a finding shows: the first hundred, and the last, which ends its place."""
    return stretches if len(stretches) <= _MOST_SHOWN else [*stretches[:_MOST_SHOWN], stretches[-1]]


def _written(streams: Streams, pattern: str) -> pd.DataFrame:
    """The payload of the choices in which a pattern stands."""
    choices, calls, tags = streams.choices, streams.tool_calls, streams.of_kind("tag")
    places = [*((choices, name) for name in CHOICE_TEXTS), (calls, "arguments"), (tags, "text")]
    keys = [frame.loc[_holds(frame[name], pattern), "key"] for frame, name in places if len(frame)]
    return streams.payload[streams.payload["key"].isin(pd.concat(keys))] if keys else streams.payload.head(0)


def _holds(texts: pd.Series[str], pattern: str) -> Any:
    return texts.str.contains(pattern, regex=True).fillna(False).to_numpy(dtype=bool)
