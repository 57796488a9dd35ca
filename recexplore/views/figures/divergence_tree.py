"""The figure of the divergence tree: what all runs say once, and a branch wherever they part.

Takes a comparison, gives a ``plotly.graph_objects.Figure``. Where something was not recorded the figure says so
instead of drawing it.
"""

from __future__ import annotations

import plotly.graph_objects as go

from recexplore.model.counts import count
from recexplore.views.figures.blank import blank
from recexplore.views.figures.compared import Compared, say_no_text, text_name
from recexplore.views.figures.plotly_numbers import rounded_figure
from recexplore.views.figures.theme import KIND_COLORS, THEMES, ThemeName
from recexplore.views.figures.tree_drawing import TreeDrawing
from recexplore.views.figures.tree_layout import ScaleName

__all__ = ["divergence_tree"]


def divergence_tree(
    comparison: Compared,
    choice: int | None = None,
    kind: str = "content",
    tool_index: int | None = None,
    *,
    scale: ScaleName = "compact",
    theme: ThemeName = "light",
) -> go.Figure:
    """Where runs of one request part: what they say alike is drawn once, and a branch begins wherever they differ.

    A branch is as wide as the runs are many that go through it, and says its text. The path of the reference has the full
    colour. A number before a text is the log probability of the token with which the branch begins, where it was recorded.
    At the right stand the runs that end with a branch, with a mark for each verdict.

    Parameters
    ----------
    comparison
        A `Comparison`.
    choice, kind, tool_index
        Which text: of which choice (the first that has one if none is named), ``"content"``, ``"reasoning"``,
        ``"refusal"`` or ``"tool_call"``, and of which call.
    scale
        ``"characters"``: horizontally the position in the text. ``"compact"``: a stretch of n characters between two
        partings takes log2(1 + n), so that a long one, which all share, leaves room for where they part. A character has
        one place in all branches in both.
    theme
        ``"light"`` or ``"dark"``.

    Raises
    ------
    ValueError
        There is no such ``scale``, or no such kind of text.
    """
    if scale not in ("compact", "characters"):
        raise ValueError(f'scale is "compact" or "characters", not {scale!r}')
    name, tree = text_name(comparison, choice, kind, tool_index), comparison.tree(choice, kind, tool_index)
    n_texts = int((tree["n_ending"] > 0).sum())
    figure = blank(theme, f"Divergence tree of {name}: {count(len(comparison.runs), 'run')}, {count(n_texts, 'text')}")
    if not tree["end"].max():
        return say_no_text(figure, theme, comparison, name)
    texts = comparison.texts(choice, kind, tool_index)
    TreeDrawing(comparison, tree, texts, scale, THEMES[theme]).draw(figure, KIND_COLORS[kind])
    return rounded_figure(figure)
