"""Where in a recording a stretch of text stands: the chunks that brought it, and its place in the assembled texts.

Takes events in the order of their joined text, gives a `Stretch`, whose fields are those of a `recexplore.rules.rule.Hit`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from recexplore.model.span import Span

__all__ = ["Stretch", "stretch_of", "stretches_of"]


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
    sizes = events["text"].str.len().fillna(0).to_numpy(dtype=np.int64)
    ends = np.cumsum(sizes)
    end = int(ends[-1]) if end is None else end
    first, last = np.searchsorted(ends, [start, max(start, end - 1)], side="right").clip(max=len(ends) - 1)
    touched = events.iloc[first : last + 1]
    begins = ends[first : last + 1] - sizes[first : last + 1]
    cut = np.maximum(start - begins, 0)
    stop = np.minimum(end - begins, sizes[first : last + 1])
    chunks = touched["chunk"].to_numpy()
    return Stretch(int(chunks.min()), int(chunks.max()), tuple(_spans(touched, cut, stop)))


def stretches_of(events: pd.DataFrame, stretches: list[tuple[int, int]]) -> Stretch:
    """The same of several stretches of the joined text: from the first chunk to the last, with the spans of all."""
    found = [stretch_of(events, start, end) for start, end in stretches]
    spans = tuple(span for each in found for span in each.spans)
    return Stretch(min(each.chunk for each in found), max(each.last_chunk for each in found), spans)


def _spans(events: pd.DataFrame, cut: np.ndarray, stop: np.ndarray) -> list[Span]:
    """A span for each run of events that follow one another in the same assembled text."""
    columns = (events[name].tolist() for name in ("choice", "kind", "tool_index", "start"))
    found: list[Span] = []
    for choice, kind, call, own, low, high in zip(*columns, cut.tolist(), stop.tolist(), strict=True):
        if pd.isna(own) or pd.isna(choice) or high <= low:
            continue  # tags stand in no assembled text
        span = Span(int(choice), str(kind), int(own) + low, int(own) + high, None if pd.isna(call) else int(call))
        before = found[-1] if found else None
        if before and before.end == span.start and before._replace(start=0, end=0) == span._replace(start=0, end=0):
            found[-1] = before._replace(end=span.end)
        else:
            found.append(span)
    return found
