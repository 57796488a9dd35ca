"""An axis of named rows: recordings, answers or providers from the top.

Takes names, gives plotly's settings of the axis. Never looks at frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

__all__ = ["MOST_RECORDINGS", "rows_axis"]

MOST_RECORDINGS: Final = 30
"""Rows that a figure has room for."""


def rows_axis(names: Sequence[str]) -> dict[str, Any]:
    """An axis of named rows from the top: positions, so that no two names are one and no name is a number."""
    return {
        "tickvals": list(range(len(names))),
        "ticktext": list(names),
        "range": [len(names) - 0.4, -0.6],
        "showgrid": False,
        "fixedrange": True,
    }
