"""The frames of some runs together, each row with the number of its run.

Takes recordings, of one corpus or of several and each as often as it is named, gives the frames of `Frames` with a column
``run`` in front.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from recexplore.corpus import Corpus, Recording

__all__ = ["RunFrames"]

_FEW: Final = 100
"""So many recordings are cut out one by one; of more the whole frame is looked through once."""
_NAMES: Final = ("recordings", "chunks", "events", "choices", "tool_calls", "usage")


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
        corpora: dict[int, tuple[Corpus, list[tuple[str, int]]]] = {}
        for number, recording in enumerate(runs):
            _, numbered = corpora.setdefault(id(recording.corpus), (recording.corpus, []))
            numbered.append((recording.id, number))
        return cls(**{name: _together(name, list(corpora.values())) for name in _NAMES})


def _together(name: str, corpora: Sequence[tuple[Corpus, Sequence[tuple[str, int]]]]) -> pd.DataFrame:
    parts: list[pd.DataFrame] = []
    for corpus, numbered in corpora:
        if len(numbered) <= _FEW:
            parts += [getattr(corpus[id_], name).assign(run=run) for id_, run in numbered]
            continue
        rows: pd.DataFrame = getattr(corpus, name)
        numbers = pd.DataFrame(numbered, columns=["recording", "run"])
        mine = rows[rows["recording"].isin(numbers["recording"])]
        # A recording that is named twice gives its rows twice.
        parts.append(mine.merge(numbers, on="recording", how="inner"))
    joined: pd.DataFrame = pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]
    joined = joined.sort_values("run", kind="stable", ignore_index=True)
    return joined[["run", *(column for column in joined.columns if column != "run")]]
