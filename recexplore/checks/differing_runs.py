"""Which requests were recorded several times and answered differently: what no rule judges, and a comparison shows.

Takes a `Corpus`, gives a number. No file is read again, so only requests that are equal to the letter count.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final

import numpy as np
import pandas as pd

from recexplore.corpus import Corpus
from recexplore.model.kinds import CHOICE_TEXTS

__all__ = ["n_requests_that_differ"]

_REQUEST: Final = ["request_hash", "envelope", "provider"]


def n_requests_that_differ(corpus: Corpus) -> int:
    """How many requests have answers that differ in their texts or tool calls; those that failed are no answers."""
    recordings = corpus.recordings
    answered = recordings[
        recordings["request_hash"].notna() & recordings["error"].isna() & (recordings["n_choices"] > 0)
    ]
    runs = answered[answered.duplicated(_REQUEST, keep=False)]
    if runs.empty:
        return 0
    said: dict[str, bytes] = {}
    called: dict[str, bytes] = {}
    for part in corpus.parts():
        said |= _said(part.choices, runs["recording"], ["choice", *CHOICE_TEXTS])
        called |= _said(part.tool_calls, runs["recording"], ["choice", "name", "arguments"])
    answers: dict[Hashable, set[Hashable]] = {}
    for recording, *request in runs[["recording", *_REQUEST]].itertuples(index=False):
        answers.setdefault(tuple(map(str, request)), set()).add((said.get(recording), called.get(recording)))
    return sum(len(each) > 1 for each in answers.values())


def _said(frame: pd.DataFrame, recordings: pd.Series[str], columns: list[str]) -> dict[str, bytes]:
    """A digest of what some recordings have in some columns, row by row."""
    rows = frame[frame["recording"].isin(recordings)]
    texts = rows[columns].astype("str").fillna("")
    digests = pd.util.hash_pandas_object(texts, index=False).to_numpy()
    of = rows["recording"].to_numpy(dtype=object)
    starts = np.flatnonzero(np.append(True, of[1:] != of[:-1])) if len(of) else np.empty(0, dtype=np.int64)
    pieces = np.split(digests, starts[1:]) if len(of) else []
    return {of[start]: piece.tobytes() for start, piece in zip(starts, pieces, strict=True)}
