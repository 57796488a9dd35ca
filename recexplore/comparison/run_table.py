"""What is told of each run of a group in one row: who it is, how it came, in what it agrees, what it comes to.

Takes the frames of runs, their classes and which are broken, gives the frame `Comparison.runs` of each group.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from recexplore.comparison.classes import Classes
from recexplore.comparison.levels import COMPARED, OF_LEVEL, Level, Verdict
from recexplore.comparison.run_frames import RunFrames
from recexplore.model.location import numbered_paths

__all__ = ["RUN_COLUMNS", "run_tables"]

RUN_COLUMNS: Final = (
    "run", "recording", "name", "path", "test_id", "model", "streaming", "n_choices", "n_chunks", "prompt_tokens",
    "completion_tokens", "finish", "broken", "structure", "text", "wire", "verdict",
)  # fmt: skip
"""The columns of `recexplore.comparison.comparison.Comparison.runs`, which tells what they hold."""
_TAKEN: Final = ("streaming", "n_choices", "n_chunks", "prompt_tokens", "completion_tokens")


def run_tables(
    frames: RunFrames,
    groups: Sequence[range],
    references: Sequence[int],
    classes: Sequence[Classes],
    broken: Mapping[int, str],
) -> list[pd.DataFrame]:
    """One frame a group; the columns are told in `recexplore.comparison.comparison.Comparison`."""
    recordings = frames.recordings
    every = range(len(recordings))
    finish = frames.choices.sort_values(["run", "choice"], kind="stable").groupby("run")["finish_reason"].agg(_joined)
    levels: dict[Level, np.ndarray] = {
        level: np.concatenate([each.levels[level] for each in classes]) for level in COMPARED
    }
    paths = [_paths(recordings.iloc[group.start : group.stop]) for group in groups]
    names = [
        _names(recordings["recording"].iloc[group.start : group.stop].tolist(), own)
        for group, own in zip(groups, paths, strict=True)
    ]
    # Where the reference itself is broken, nothing about another broken run is worse.
    worse = {
        run
        for group, reference in zip(groups, references, strict=True)
        if reference not in broken
        for run in group
        if run in broken
    }
    columns: dict[str, Any] = {
        "run": [run - group.start for group in groups for run in group],
        "recording": recordings["recording"],
        "name": pd.Series([name for own in names for name in own], dtype="str"),
        "path": pd.Series([path for own in paths for path in own], dtype="str"),
        "test_id": recordings["test_id"],
        "model": recordings["model_served"].fillna(recordings["model_requested"]),
        **{name: recordings[name] for name in _TAKEN},
        "finish": finish.reindex(every).astype("str"),
        "broken": pd.Series([broken.get(run) for run in every], dtype="str"),
        **{str(level): numbers for level, numbers in levels.items()},
        "verdict": [_verdict(run, levels, worse) for run in every],
    }
    frame = pd.DataFrame(columns, columns=list(RUN_COLUMNS))
    return [frame.iloc[group.start : group.stop].reset_index(drop=True) for group in groups]


def _paths(recordings: pd.DataFrame) -> list[str]:
    return numbered_paths(recordings["path"].tolist(), recordings["exchange"].tolist())


def _names(ids: Sequence[str], paths: Sequence[str]) -> list[str]:
    """What tells runs apart: their ids; of several corpora these may be equal, and paths tell more, or the number does."""
    n_ids, n_paths = Counter(ids), Counter(paths)
    return [
        id_ if n_ids[id_] == 1 else path if n_paths[path] == 1 else f"{path} (run {run})"
        for run, (id_, path) in enumerate(zip(ids, paths, strict=True), 1)
    ]


def _joined(reasons: pd.Series[Any]) -> str:
    return ", ".join("none" if pd.isna(reason) else str(reason) for reason in reasons)


def _verdict(run: int, levels: Mapping[Level, np.ndarray], worse: set[int]) -> Verdict:
    level: Level = next((each for each in COMPARED if levels[each][run]), "incidental")
    return "broken" if run in worse and level != "incidental" else OF_LEVEL[level]
