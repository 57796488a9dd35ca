"""Which runs of a group agree: aspect by aspect, and in each level and all above it.

Takes the frames of runs and the groups that they form, gives numbers: runs with equal numbers agree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recexplore.comparison.aspects import ASPECTS
from recexplore.comparison.levels import COMPARED, Level
from recexplore.comparison.run_frames import RunFrames
from recexplore.read.workers import watched

__all__ = ["Classes", "agreement", "classified"]

_Numbers: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Classes:
    """The runs of one group.

    Attributes
    ----------
    levels
        For each level, each run's class: equal in it and in all above it. The reference has 0, then the most frequent.
    aspects
        The frame `recexplore.comparison.comparison.Comparison.aspects`.
    """

    levels: Mapping[Level, _Numbers]
    aspects: pd.DataFrame


def classified(frames: RunFrames, groups: Sequence[range], references: Sequence[int]) -> list[Classes]:
    """The classes of each group's runs."""
    streams = frames.recordings["streaming"].fillna(True).to_numpy(dtype=bool)
    every = range(len(streams))
    numbers = [
        pd.factorize(aspect.values(frames).reindex(every), use_na_sentinel=False)[0].astype(np.int64)
        for aspect in ASPECTS
    ]
    return [
        _classes(
            [each[group.start : group.stop] for each in numbers], streams[group.start : group.stop], run - group.start
        )
        for group, run in watched(
            zip(groups, references, strict=True), total=len(groups), unit="request", doing="comparing"
        )
    ]


def _classes(numbers: Sequence[_Numbers], streams: NDArray[np.bool_], reference: int) -> Classes:
    rows, codes = [], {}
    for aspect, values in zip(ASPECTS, numbers, strict=True):
        compared = streams if aspect.of_streams else np.ones(len(values), dtype=bool)
        agreeing = [np.flatnonzero(compared & (values == each)).tolist() for each in np.unique(values[compared])]
        agreeing.sort(key=lambda runs: (-len(runs), runs))
        # What came whole says nothing of chunks, and so agrees with the reference; if that came whole, with most streams.
        usual = reference if compared[reference] else agreeing[0][0] if agreeing else reference
        codes[aspect.name] = np.where(compared, values, values[usual])
        rows.append([aspect.name, aspect.title, aspect.level, len(agreeing), len(agreeing) > 1, agreeing])
    levels: dict[Level, _Numbers] = {}
    together = np.zeros((len(streams), 0), dtype=np.int64)
    for level in COMPARED:
        together = np.column_stack([together, *(codes[each.name] for each in ASPECTS if each.level == level)])
        levels[level] = _numbered(together, reference)
    columns = ["aspect", "title", "level", "n_values", "differs", "values"]
    return Classes(levels, pd.DataFrame(rows, columns=columns))


def _numbered(codes: _Numbers, reference: int) -> _Numbers:
    """Equal rows by equal numbers: the reference's 0, then the most frequent first."""
    _, firsts, numbers, counts = np.unique(codes, axis=0, return_index=True, return_inverse=True, return_counts=True)
    numbers = numbers.reshape(-1)
    order = sorted(range(len(counts)), key=lambda each: (each != numbers[reference], -counts[each], firsts[each]))
    places = np.empty(len(counts), dtype=np.int64)
    places[order] = np.arange(len(counts))
    return places[numbers]


def agreement(classes: pd.Series[Any]) -> float:
    """The share of pairs of runs that are in one class."""
    n = len(classes)
    sizes = classes.value_counts().to_numpy()
    return float((sizes * (sizes - 1)).sum() / (n * (n - 1)))
