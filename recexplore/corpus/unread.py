"""The frames of what could not be read, and of what was passed over."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from recexplore.model.exchange import Problem, Skipped
from recexplore.model.schema import PROBLEMS, SKIPPED
from recexplore.tables.pandas_frames import rows_dataframe

__all__ = ["problems_frame", "skipped_frame"]


def problems_frame(problems: Iterable[Problem]) -> pd.DataFrame:
    """The frame ``problems``, a row a problem."""
    rows = list(problems)
    return rows_dataframe(PROBLEMS, {name: [getattr(each, name) for each in rows] for name in PROBLEMS.names})


def skipped_frame(skipped: Iterable[Skipped]) -> pd.DataFrame:
    """The frame ``skipped``, a row a file."""
    rows = list(skipped)
    return rows_dataframe(SKIPPED, {name: [getattr(each, name) for each in rows] for name in SKIPPED.names})
