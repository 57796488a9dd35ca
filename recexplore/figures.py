"""The figures under their public name: ``recexplore.figures.interleaving(recording)``."""

from recexplore.views.figures import interleaving, overview, reasoning_split, tokens

__all__ = ["interleaving", "overview", "reasoning_split", "tokens"]
