"""Where in a recording a stretch of text stands: the chunks that brought it, and its place in the assembled texts.

Takes events in the order of their joined text, gives a `Stretch`, whose fields are those of a `recexplore.rules.rule.Hit`.
"""

from __future__ import annotations

import sys
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from recexplore.model.span import Span

__all__ = ["MOST_SPANS", "Stretch", "spans_of_groups", "stretch_of", "stretches_of"]

MOST_SPANS: Final = 1_000
"""Of very many stretches no reader looks at more."""


class Stretch(NamedTuple):
    """The chunks that brought a text, the first and the last, and its spans."""

    chunk: int
    last_chunk: int
    spans: tuple[Span, ...]

    def fields(self) -> dict[str, Any]:
        """As a `recexplore.rules.rule.Hit` takes them."""
        return self._asdict()


def stretch_of(events: pd.DataFrame, start: int = 0, end: int | None = None) -> Stretch:
    """Where the characters from ``start`` to ``end`` of the joined text of some events stand; all of it by default.

    Parameters
    ----------
    events
        At least one row of `recexplore.rules.streams.Streams.events`, in the order of the joined text.
    start, end
        Offsets in characters, the end exclusive. Beyond the text, its last character counts.
    """
    return stretches_of(events, [(start, sys.maxsize if end is None else end)])


def stretches_of(events: pd.DataFrame, stretches: list[tuple[int, int]]) -> Stretch:
    """The same of several stretches of the joined text: from the first chunk to the last, with the spans of all, or, where
    there are very many, of the first `MOST_SPANS`."""
    # What several rules look at knows its lengths already.
    known = events["chars"] if "chars" in events else events["text"].str.len().fillna(0)
    sizes = known.to_numpy(dtype=np.int64)
    ends = np.cumsum(sizes)
    cuts = np.array(stretches, dtype=np.int64)
    cuts[:, 1] = np.minimum(cuts[:, 1], ends[-1])
    edges = np.column_stack([cuts[:, 0], np.maximum(cuts[:, 0], cuts[:, 1] - 1)])
    touched = np.searchsorted(ends, edges, side="right").clip(max=len(ends) - 1)
    chunks = events["chunk"].to_numpy()
    inside = np.zeros(len(ends) + 1, dtype=np.int64)
    np.add.at(inside, touched[:, 0], 1)
    np.add.at(inside, touched[:, 1] + 1, -1)
    chunks = chunks[np.cumsum(inside)[:-1] > 0]
    # A row for each event that each stretch touches.
    cuts, touched = cuts[:MOST_SPANS], touched[:MOST_SPANS]
    n = touched[:, 1] - touched[:, 0] + 1
    of = np.repeat(np.arange(len(n)), n)
    rows = np.arange(len(of)) + (touched[:, 0] - np.cumsum(n) + n)[of]
    begins = ends[rows] - sizes[rows]
    low = np.maximum(cuts[of, 0] - begins, 0)
    high = np.minimum(cuts[of, 1] - begins, sizes[rows])
    spans = tuple(span for _, span in _spans(events, of, rows, low, high))
    return Stretch(int(chunks.min()), int(chunks.max()), spans)


def spans_of_groups(events: pd.DataFrame, groups: np.ndarray) -> dict[int, tuple[Span, ...]]:
    """The spans of all the text of events, by the number of the group of each: for many groups of few events."""
    sizes = events["chars"].to_numpy(dtype=np.int64)
    found: dict[int, list[Span]] = {}
    for group, span in _spans(events, groups, np.arange(len(events)), np.zeros_like(sizes), sizes):
        found.setdefault(group, []).append(span)
    return {group: tuple(spans) for group, spans in found.items()}


def _spans(
    events: pd.DataFrame, of: np.ndarray, rows: np.ndarray, low: np.ndarray, high: np.ndarray
) -> list[tuple[int, Span]]:
    """What of some rows of events counts, in spans with the number that each row belongs to: one span for each run of events
    that follow one another in the same assembled text."""
    is_all = len(rows) == len(events)
    taken = (events[name] for name in ("choice", "kind", "tool_index", "start"))
    columns = ((column if is_all else column.take(rows)).tolist() for column in taken)
    found: list[tuple[int, Span]] = []
    before: tuple[int, Span] | None = None
    for number, choice, kind, call, own, first, last in zip(
        of.tolist(), *columns, low.tolist(), high.tolist(), strict=True
    ):
        if last <= first or pd.isna(own) or pd.isna(choice):
            continue  # tags stand in no assembled text
        span = Span(int(choice), str(kind), int(own) + first, int(own) + last, None if pd.isna(call) else int(call))
        if (
            before
            and before[0] == number
            and before[1].end == span.start
            and before[1]._replace(start=0, end=0) == span._replace(start=0, end=0)
        ):
            before = number, before[1]._replace(end=span.end)
            found[-1] = before
        else:
            before = number, span
            found.append(before)
    return found
