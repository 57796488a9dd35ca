"""Which runs stalled, and where: times never make runs differ, but a flaky stream is often that.

Takes a `Comparison`, gives a sentence for each stall of its runs that have a clock.
"""

from __future__ import annotations

import pandas as pd

from recexplore.analysis.pace import marks
from recexplore.comparison.comparison import Comparison

__all__ = ["stalls"]


def stalls(comparison: Comparison) -> list[tuple[int, str]]:
    """The number of the run, and what the rule ``stall`` says of it; runs in their order, each in wire order."""
    frames = comparison.frames
    if frames.chunks["t_s"].isna().all():
        return []
    found = marks(_as_recordings(frames.chunks), _as_recordings(frames.events))
    found = found[found["mark"] == "stall"]
    return list(zip(found["recording"].tolist(), found["words"].tolist(), strict=True))


def _as_recordings(frame: pd.DataFrame) -> pd.DataFrame:
    """A recording may be compared with itself: runs are told by their numbers."""
    return frame.assign(recording=frame["run"])
