"""Cells and rows of frames as Python's own values, as JSON and messages hold them.

Takes what pandas and numpy give, gives text, numbers, booleans and None: what is missing is None, a time is ISO 8601.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

__all__ = ["NOT_NAMED", "plain", "records"]

NOT_NAMED: Final = "not named"
"""What every view says of a model, a provider or a test that no recorder wrote down."""


def plain(value: Any) -> Any:
    """One cell. What is no scalar is given back as it is."""
    if not pd.api.types.is_scalar(value):
        return value
    if pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    return value.item() if isinstance(value, np.generic) else value


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows, cells by column; in the order of the frame."""
    columns = [list(map(plain, column.tolist())) for _, column in frame.items()]
    names = [str(name) for name in frame.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
