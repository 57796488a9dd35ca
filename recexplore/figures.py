"""The figures under their public name: ``recexplore.figures.interleaving(recording)``."""

from recexplore.views.figures import interleaving, overview, reasoning_split, tokens
from recexplore.views.timing_figure import timing

__all__ = ["interleaving", "overview", "reasoning_split", "timing", "tokens"]
