"""The figure of choices taking turns: a lane a choice, a block a chunk.

Takes frames, gives a ``plotly.graph_objects.Figure``. Where something was not recorded the figure says so
instead of drawing it.
"""

from __future__ import annotations

from typing import Literal

import pandas as pd
import plotly.graph_objects as go

from recexplore.views.figures.blank import Frames, blank, say
from recexplore.views.figures.lanes import draw_lanes
from recexplore.views.figures.plotly_numbers import rounded_figure, rounded_frame
from recexplore.views.figures.plotly_text import label
from recexplore.views.figures.theme import THEMES, ThemeName

__all__ = ["interleaving"]


def interleaving(
    recording: Frames | pd.DataFrame,
    *,
    x: Literal["chunk", "time"] = "chunk",
    cursor: int | None = None,
    findings: pd.DataFrame | None = None,
    theme: ThemeName = "light",
) -> go.Figure:
    """How the choices of one answer took turns: a lane a choice, a block a chunk.

    A block's height grows with the square root of its text, its colour is what it holds; a thin line follows the wire from
    lane to lane; an open circle is a finish. What concerns all choices stands in a lane of its own.

    Parameters
    ----------
    recording
        A `Recording`, or the ``events`` of one.
    x
        ``"chunk"``: position on the wire. ``"time"``: seconds; only where chunks were stamped.
    cursor
        A chunk to mark; what comes after it is pale.
    findings
        What to mark above the lanes: ``recording.findings``, or some of them. What never came, as a usage report, is marked
        where it should have been, at the end.
    theme
        ``"light"`` or ``"dark"``.

    Raises
    ------
    ValueError
        The events are of more than one recording, or ``x`` is neither.

    Returns
    -------
    plotly.graph_objects.Figure
        Horizontal axis in chunks (from zero) or in seconds since ``recordings.t_zero``.
    """
    events = recording if isinstance(recording, pd.DataFrame) else recording.events
    ids = events["recording"].unique()
    if len(ids) > 1:
        raise ValueError(f"interleaving draws one recording, these events are of {len(ids)}; use corpus[...]")
    figure = blank(theme, f"Interleaving of {label(ids[0])}" if len(ids) else "Interleaving")
    if events.empty:
        return say(figure, theme, "no event was recorded", "the recording holds no answer")
    if x not in ("chunk", "time"):
        raise ValueError(f'x is "chunk" or "time", not {x!r}')
    if x == "time" and events["t_s"].isna().all():
        return say(figure, theme, "time was not recorded", 'nothing stamped the chunks; use x="chunk"')
    own = None if findings is None else findings[findings["recording"] == ids[0]]
    draw_lanes(figure, rounded_frame(events), x, cursor, THEMES[theme], own)
    return rounded_figure(figure)
