"""How alike the differing answers of many runs are, pair by pair.

Takes runs and their texts, gives one row a pair of differing texts. Equal answers stand for one another, so the work is that
of the different ones.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
from rapidfuzz.distance import Indel
from rapidfuzz.process import cdist

from recexplore.analysis.common_prefix import common_prefix_chars
from recexplore.comparison.words import as_symbols

__all__ = ["PAIR_COLUMNS", "pairs_of"]

PAIR_COLUMNS: Final = {
    "run": "int64",
    "other": "int64",
    "n_runs": "int64",
    "n_other": "int64",
    "common_prefix": "int64",
    "similarity": "float64",
}

_MOST_LETTERS: Final = 0x110000
"""Words are compared as single characters: RapidFuzz is fastest with texts, and of these with the first characters."""


def pairs_of(runs: pd.DataFrame, texts: Sequence[str]) -> pd.DataFrame:
    """Pairs of differing texts; the columns are `PAIR_COLUMNS`, as `Comparison.pairs` tells them."""
    firsts: dict[str, int] = {}
    n_runs: dict[str, int] = {}
    for run, text in zip(runs["run"].tolist(), texts, strict=True):
        firsts.setdefault(text, run)
        n_runs[text] = n_runs.get(text, 0) + 1
    distinct = list(firsts)
    scores = _scores(distinct)
    one, other = np.triu_indices(len(distinct), 1)
    prefixes = _common_prefixes(distinct)
    first, n = np.array(list(firsts.values()), dtype=np.int64), np.array(list(n_runs.values()), dtype=np.int64)
    columns = [first[one], first[other], n[one], n[other], prefixes[one, other], scores[one, other]]
    frame = pd.DataFrame(dict(zip(PAIR_COLUMNS, columns, strict=True)))
    return frame.astype(PAIR_COLUMNS)


def _scores(texts: Sequence[str]) -> np.ndarray:
    numbers: dict[str, int] = {}
    symbols = as_symbols(texts, numbers)
    if len(numbers) >= _MOST_LETTERS:
        return cdist(symbols, symbols, scorer=Indel.normalized_similarity, dtype=np.float32)
    letters = ["".join(chr(number) for number in each) for each in symbols]
    return cdist(letters, letters, scorer=Indel.normalized_similarity, dtype=np.float32)


def _common_prefixes(texts: Sequence[str]) -> np.ndarray:
    """For each pair how many characters both begin with: of sorted texts, the least of their neighbours between them."""
    order = sorted(range(len(texts)), key=texts.__getitem__)
    shared = np.zeros((len(texts), len(texts)), dtype=np.int64)
    neighbours = [common_prefix_chars(texts[one], texts[two]) for one, two in itertools.pairwise(order)]
    for place in range(len(order) - 1):
        reach = np.minimum.accumulate(neighbours[place:])
        shared[order[place], order[place + 1 :]] = reach
        shared[order[place + 1 :], order[place]] = reach
    return shared
