"""What dialects kept as JSON, without credentials: fields that no column holds, and chunks that are no words of an answer.

Takes the columns of a batch, masks their texts in place. Texts of answers and tool calls stay as recorded.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from recexplore.model.credentials import masked_json_text
from recexplore.model.kinds import BESIDE_KINDS, kind_code
from recexplore.tables.builders import Columns

__all__ = ["mask_columns"]

_BESIDE_THE_ANSWER: Final = frozenset(map(kind_code, (*BESIDE_KINDS, "empty")))
"""Kinds whose text is JSON that a dialect passes on, or what a provider says of an error."""


def mask_columns(columns: Columns) -> None:
    """Mask what may hold credentials."""
    shown = cache(masked_json_text)  # most chunks of a stream have the same beside their choices
    kept_as_json = (
        (columns.chunks, "extra"),
        (columns.events, "extra"),
        (columns.usage, "extra"),
        (columns.wire, "framing"),
    )
    for rows, name in kept_as_json:
        if name in rows.used:
            cells = rows.column(name)
            if cells.count(None) < len(cells):
                cells[:] = [shown(each) if type(each) is str else each for each in cells]
    if "text" in columns.events.used:
        texts: list[Any] = columns.events.column("text")
        for at, kind in enumerate(columns.events.column("kind")):
            if kind in _BESIDE_THE_ANSWER and type(texts[at]) is str:
                texts[at] = shown(texts[at])
