"""Cells and rows of frames as Python's own values, as JSON and messages hold them.

Takes what pandas and numpy give, gives text, numbers, booleans and None: what is missing is None, a time is ISO 8601.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

__all__ = ["NOT_NAMED", "plain", "plain_column", "records"]

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
    columns = [plain_column(column) for _, column in frame.items()]
    names = [str(name) for name in frame.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


_OWN_KINDS: Final = "biufO"
"""Kinds of dtypes whose values are Python's own as a list; what is missing aside."""


def plain_column(column: pd.Series[Any]) -> list[Any]:
    """The cells of a column, as `plain` has each."""
    values = column.tolist()
    if column.dtype == object or column.dtype.kind not in _OWN_KINDS:
        return list(map(plain, values))
    missing = column.isna().to_numpy()
    if not missing.any():
        return values
    return [None if is_missing else value for value, is_missing in zip(values, missing, strict=True)]
