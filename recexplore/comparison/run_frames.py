"""The frames of some runs together, each row with the number of its run.

Takes recordings, of one corpus or of several and each as often as it is named, gives the frames of `Frames` with a column
``run`` in front.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from recexplore.corpus import Corpus, Recording
from recexplore.corpus.derived import rows_between

__all__ = ["RunFrames"]


@dataclass(frozen=True, slots=True)
class RunFrames:
    """Frames as `recexplore.corpus.frames.Frames` has them, with ``run`` (int64) before the other columns; rows of one run
    stand together, in wire order, runs by their number."""

    recordings: pd.DataFrame
    chunks: pd.DataFrame
    events: pd.DataFrame
    choices: pd.DataFrame
    tool_calls: pd.DataFrame
    usage: pd.DataFrame

    @classmethod
    def of(cls, runs: Sequence[Recording]) -> RunFrames:
        """The frames of these runs, numbered from 0 in their order."""
        corpora: dict[int, tuple[Corpus, list[tuple[int, Recording]]]] = {}
        for number, recording in enumerate(runs):
            _, numbered = corpora.setdefault(id(recording.corpus), (recording.corpus, []))
            numbered.append((number, recording))
        return cls(**{each.name: _together(each.name, list(corpora.values())) for each in fields(cls)})

    def between(self, start: int, end: int) -> RunFrames:
        """The frames of the runs from one number to before another, numbered from 0."""

        def cut(frame: pd.DataFrame) -> pd.DataFrame:
            low, high = np.searchsorted(frame["run"].to_numpy(), [start, end]).tolist()
            rows: pd.DataFrame = frame.iloc[low:high].reset_index(drop=True)
            return rows.assign(run=rows["run"] - start) if start else rows

        return self.with_each(cut)

    def with_each(self, change: Callable[[pd.DataFrame], pd.DataFrame]) -> RunFrames:
        """Each frame changed alike."""
        return RunFrames(**{each.name: change(getattr(self, each.name)) for each in fields(self)})


def _together(name: str, corpora: Sequence[tuple[Corpus, Sequence[tuple[int, Recording]]]]) -> pd.DataFrame:
    parts = [_of_corpus(name, corpus, numbered) for corpus, numbered in corpora]
    joined: pd.DataFrame = pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]
    return joined.sort_values("run", kind="stable", ignore_index=True) if len(parts) > 1 else joined


def _of_corpus(name: str, corpus: Corpus, numbered: Sequence[tuple[int, Recording]]) -> pd.DataFrame:
    """Its rows that belong to some recordings; a recording that is named twice gives its rows twice."""
    bounds = [recording.bounds(name) for _, recording in numbered]
    rows = rows_between(getattr(corpus, name), bounds)
    lengths = [end - start for start, end in bounds]
    rows.insert(0, "run", np.repeat(np.array([number for number, _ in numbered], dtype=np.int64), lengths))
    return rows
