"""The figures, under their public name ``recexplore.figures``: frames in, a plotly figure out.

Takes a `Recording` or `Corpus` (anything with the public frames as attributes), or a `Comparison`, gives a
``plotly.graph_objects.Figure``; one module a figure. Recorded text reaches a figure only through
`recexplore.views.figures.plotly_text`.
"""

from recexplore.views.figures.aligned_lanes import aligned_lanes
from recexplore.views.figures.divergence_tree import divergence_tree
from recexplore.views.figures.first_divergences import first_divergences
from recexplore.views.figures.interleaving import interleaving
from recexplore.views.figures.overview import overview
from recexplore.views.figures.reasoning_split import reasoning_split
from recexplore.views.figures.side_by_side import side_by_side
from recexplore.views.figures.similarity_matrix import similarity_matrix
from recexplore.views.figures.timing import timing
from recexplore.views.figures.tokens import tokens

__all__ = [
    "aligned_lanes",
    "divergence_tree",
    "first_divergences",
    "interleaving",
    "overview",
    "reasoning_split",
    "side_by_side",
    "similarity_matrix",
    "timing",
    "tokens",
]
