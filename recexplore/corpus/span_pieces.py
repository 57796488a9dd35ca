"""Which events brought the text of spans: what has to be found in a file to know where a finding's evidence was written.

Takes spans and the events of a recording, gives pieces of the events' texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import pandas as pd

from recexplore.model.region import Piece
from recexplore.model.span import Span

__all__ = ["pieces_at_the_ends"]

_MOST: Final = 100


def pieces_at_the_ends(spans: Iterable[Span], events: pd.DataFrame) -> list[Piece]:
    """The pieces that the first and the last of the spans' chunks brought; none where there are very many."""
    distinct = dict.fromkeys(spans)
    if len(distinct) > _MOST:
        return []
    found = [piece for span in distinct for piece in _pieces(span, events)]
    ends = {min((each.chunk for each in found), default=0), max((each.chunk for each in found), default=0)}
    pieces = [each for each in found if each.chunk in ends]
    return pieces if len(pieces) <= _MOST else []


def _pieces(span: Span, events: pd.DataFrame) -> Iterator[Piece]:
    """What the first and the last chunk of one span brought of it."""
    call = events["tool_index"].isna() if span.tool_index is None else events["tool_index"] == span.tool_index
    is_mine = (events["kind"] == span.kind) & (events["choice"] == span.choice) & call
    is_mine &= (events["start"] < span.end) & (events["end"] > span.start)
    mine = events[is_mine.fillna(False).to_numpy(dtype=bool)]
    if mine.empty:
        return
    mine = mine[mine["chunk"].isin([mine["chunk"].min(), mine["chunk"].max()])]
    columns = (mine[name].tolist() for name in ("chunk", "text", "start", "end"))
    for chunk, text, start, end in zip(*columns, strict=True):
        yield Piece(int(chunk), text, max(span.start - start, 0), min(span.end, end) - start)
