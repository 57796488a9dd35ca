"""Whether two corpora hold the same."""

from __future__ import annotations

import pandas as pd

from recexplore.corpus import Corpus
from recexplore.model.schema import FRAMES


def assert_same(one: Corpus, other: Corpus) -> None:
    for name in FRAMES:
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))
