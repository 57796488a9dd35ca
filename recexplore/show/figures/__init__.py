"""The figures, under their public name ``recexplore.figures``: frames in, a plotly figure out.

Takes a `Recording` or `Corpus` (anything with the public frames as attributes), gives a ``plotly.graph_objects.Figure``; one
module a figure. Recorded text reaches a figure only through `recexplore.show.figures.plotly_text`.
"""

from recexplore.show.figures.interleaving import interleaving
from recexplore.show.figures.overview import overview
from recexplore.show.figures.reasoning_split import reasoning_split
from recexplore.show.figures.timing import timing
from recexplore.show.figures.tokens import tokens

__all__ = ["interleaving", "overview", "reasoning_split", "timing", "tokens"]
