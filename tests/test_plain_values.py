from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from recexplore.corpus import Corpus
from recexplore.model.plain_values import plain, records
from recexplore.model.schema import FRAMES


@pytest.mark.parametrize("missing", [None, np.nan, float("nan"), pd.NA, pd.NaT])
def test_what_is_missing_is_none(missing: Any) -> None:
    assert plain(missing) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.int64(3), 3),
        (np.float64(0.1), 0.1),
        (np.bool_(True), True),
        ("text", "text"),
        (pd.Timestamp("2025-01-02T03:04:05.000006Z"), "2025-01-02T03:04:05.000006+00:00"),
    ],
)
def test_values_are_pythons_own(value: Any, expected: Any) -> None:
    found = plain(value)

    assert (found, type(found)) == (expected, type(expected))


def test_what_is_no_scalar_stays() -> None:
    assert plain([1, np.nan]) == [1, np.nan]
    assert plain({"a": 1}) == {"a": 1}


@pytest.mark.parametrize("name", FRAMES)
@pytest.mark.parametrize("fixture", ["bundled", "made"])
def test_rows_say_what_the_frame_says(name: str, fixture: str, request: pytest.FixtureRequest) -> None:
    corpus: Corpus = request.getfixturevalue(fixture)
    frame = getattr(corpus, name)
    rows = records(frame)

    assert len(rows) == len(frame)
    assert json.loads(json.dumps(rows, allow_nan=False)) == rows
    for column in frame.columns:
        given = [row[column] for row in rows]
        assert [value is None for value in given] == frame[column].isna().tolist()
        if frame[column].dtype.kind != "M":
            assert [value for value in given if value is not None] == frame[column].dropna().tolist()
