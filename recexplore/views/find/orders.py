"""The orders in which recordings can be shown.

Takes the arrays of a corpus and an order's name, gives a number a recording: they sort as what the table shows does.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyarrow.compute as pc

from recexplore.views.find.arrays import Arrays
from recexplore.views.find.query import NUMBERS

__all__ = ["ALSO", "SORTS", "order_named", "ranks"]

_NUMBERS: Final = ("choices", "chunks", "prompt", "completion", "tokens", "duration", "bytes", "runs")
SORTS: Final = ("test", "model", "provider", "findings", *_NUMBERS, "recorded", "id", "path")
ALSO: Final = {
    "n": "choices",
    **{NUMBERS[name]: name for name in _NUMBERS if NUMBERS[name] not in ("", name)},
    **{"test_id": "test", "model_served": "model", "recording": "id"},
}
"""Other names of orders: columns of ``recordings`` are called so in frames and in JSON."""


def order_named(name: str) -> str | None:
    """One of `SORTS` by its name, in any case, or by another of its names; None where there is none."""
    low = name.lower()
    low = ALSO.get(low, low)
    return low if low in SORTS else None


def ranks(arrays: Arrays, sort: str) -> np.ndarray:
    """Numbers that order like the shown values; NaN where there is none."""
    if sort == "findings":
        counts = np.stack(list(arrays.severities.values()))
        return np.asarray(np.minimum(counts, 99_999).T @ [1e10, 1e5, 1.0])
    if sort == "recorded":
        return arrays.recorded
    if sort in NUMBERS:
        return arrays.numbers(sort)
    if sort == "test":
        names, which = arrays.names
        return np.asarray(_ranked(names)[which])
    return _ranked(arrays.shown(sort))


def _ranked(texts: Any) -> np.ndarray:
    ranked = np.asarray(pc.rank(pc.ascii_lower(texts), tiebreaker="dense"), dtype=np.float64)
    ranked[np.asarray(pc.is_null(texts), dtype=bool)] = np.nan
    return ranked
