"""The figures, under their public name ``recexplore.figures``: frames in, a plotly figure out.

Takes a `Recording` or `Corpus` (anything with the public frames as attributes), gives a ``plotly.graph_objects.Figure``; one
module a figure. Recorded text reaches a figure only through `recexplore.views.figures.plotly_text`.
"""

from recexplore.views.figures.interleaving import interleaving
from recexplore.views.figures.overview import overview
from recexplore.views.figures.reasoning_split import reasoning_split
from recexplore.views.figures.timing import timing
from recexplore.views.figures.tokens import tokens

__all__ = ["interleaving", "overview", "reasoning_split", "timing", "tokens"]
