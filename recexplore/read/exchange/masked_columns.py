"""What is kept of exchanges, without credentials: URLs, errors, what no column holds, and chunks that are no words.

Takes the columns of a batch, masks their texts in place. Texts of answers and tool calls stay as recorded.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from recexplore.model.credential_hints import suspicious
from recexplore.model.credentials import masked_json_text, masked_text, masked_url
from recexplore.model.kinds import BESIDE_KINDS, kind_code
from recexplore.tables.builders import Columns

__all__ = ["mask_columns"]

_BESIDE_THE_ANSWER: Final = frozenset(map(kind_code, (*BESIDE_KINDS, "empty")))
"""Kinds whose text is JSON that a dialect passes on, or what a provider says of an error."""


def mask_columns(columns: Columns) -> None:
    """Mask what may hold credentials."""
    kept = list(_kept_as_json(columns))
    texts = columns.events.column("text") if "text" in columns.events.used else []
    kinds = columns.events.column("kind")
    beside = [at for at, kind in enumerate(kinds) if kind in _BESIDE_THE_ANSWER] if texts else []
    told = [*kept, [texts[at] for at in beside], [row["extra"] for row in columns.recordings]]
    # Nearly all of it holds none, and many chunks of a stream say the same.
    found = suspicious(each for cells in told for each in filter(None, cells) if type(each) is str)
    masked = {text: masked_json_text(text) for text in found}
    if masked:
        for cells in kept:
            cells[:] = [each if each is None else _shown(each, masked) for each in cells]
        for at in beside:
            texts[at] = _shown(texts[at], masked)
    shown_url = cache(masked_url)
    for row in columns.recordings:
        row["extra"] = _shown(row["extra"], masked)
        if type(row["url"]) is str:
            row["url"] = shown_url(row["url"])
        if type(row["error"]) is str:
            row["error"] = masked_text(row["error"])


def _kept_as_json(columns: Columns) -> Iterator[list[Any]]:
    for rows, name in (
        (columns.chunks, "extra"),
        (columns.events, "extra"),
        (columns.usage, "extra"),
        (columns.wire, "framing"),
    ):
        if name in rows.used:
            yield rows.column(name)


def _shown(cell: Any, masked: dict[str, str]) -> Any:
    return masked.get(cell, cell) if type(cell) is str else cell
