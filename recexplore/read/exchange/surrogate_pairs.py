"""Characters that were cut in two by chunk boundaries.

Takes the events of exchanges whose text holds lone surrogates, gives each split pair back to the event that holds its
first half. What then still has no partner is replaced by U+FFFD when the column is built, and noted as a problem.
"""

from __future__ import annotations

from typing import Final

from recexplore.model.kinds import JOINED_KINDS, kind_code
from recexplore.tables.builders import Columns

__all__ = ["pair_across_chunks"]

_JOINED: Final = tuple(kind_code(kind) for kind in JOINED_KINDS)


def pair_across_chunks(columns: Columns, first: int) -> None:
    """Join high and low surrogates that stand at the end of one event's text and the start of the next one's, from
    the event at row ``first`` on."""
    events = columns.events
    kinds, choices, texts = events.column("kind"), events.column("choice"), events.column("text")
    tools, blocks = events.column("tool_index"), events.column("block")
    rows, places = events.column("row"), events.column("place")
    owners = columns.wire.column("owner")
    before: dict[tuple[int | None, ...], int] = {}
    for row in sorted(range(first, events.n), key=lambda row: (rows[row], places[row] or 0)):
        text = texts[row]
        if kinds[row] not in _JOINED or not text:
            continue
        stream = (owners[rows[row]], kinds[row], choices[row], tools[row], blocks[row])
        previous = before.get(stream)
        if previous is not None and _is_high(texts[previous][-1:]) and _is_low(text[0]):
            texts[previous] = texts[previous][:-1] + _joined(texts[previous][-1], text[0])
            texts[row] = text[1:]
        if texts[row]:
            before[stream] = row


def _is_high(character: str) -> bool:
    return "\ud800" <= character <= "\udbff"


def _is_low(character: str) -> bool:
    return "\udc00" <= character <= "\udfff"


def _joined(high: str, low: str) -> str:
    return (high + low).encode("utf-16-le", "surrogatepass").decode("utf-16-le")
