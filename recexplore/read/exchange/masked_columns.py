"""What is kept of exchanges, without credentials: URLs, errors, what no column holds, and chunks that are no words.

Takes the columns of a batch, masks their texts in place. Texts of answers and tool calls stay as recorded.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from recexplore.model.credential_hints import may_hold_credentials
from recexplore.model.credentials import masked_json_text, masked_text, masked_url
from recexplore.model.kinds import BESIDE_KINDS, kind_code
from recexplore.tables.builders import Columns

__all__ = ["mask_columns"]

_BESIDE_THE_ANSWER: Final = frozenset(map(kind_code, (*BESIDE_KINDS, "empty")))
"""Kinds whose text is JSON that a dialect passes on, or what a provider says of an error."""


def mask_columns(columns: Columns) -> None:
    """Mask what may hold credentials."""
    # Most exchanges went to one of few places, most chunks of a stream have the same beside their choices.
    shown, shown_url = cache(_shown), cache(masked_url)
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
        kinds = columns.events.column("kind")
        for at in [at for at, kind in enumerate(kinds) if kind in _BESIDE_THE_ANSWER]:
            if type(texts[at]) is str:
                texts[at] = shown(texts[at])
    for row in columns.recordings:
        for name, masked in (("url", shown_url), ("error", masked_text), ("extra", shown)):
            if type(row[name]) is str:
                row[name] = masked(row[name])


def _shown(text: str) -> str:
    return masked_json_text(text) if may_hold_credentials(text) else text
