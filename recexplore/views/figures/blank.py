"""What every figure begins with, and what it says where there is nothing to draw.

Takes a theme and words, gives a plotly figure. `Frames` is what figures take: a `Recording` or a `Corpus`.
"""

from __future__ import annotations

from typing import Protocol

import pandas as pd
import plotly.graph_objects as go

from recexplore.views.figures.theme import THEMES, ThemeName, template

__all__ = ["Frames", "blank", "say"]


class Frames(Protocol):
    """The public frames, of one recording or of a corpus."""

    @property
    def recordings(self) -> pd.DataFrame: ...
    @property
    def events(self) -> pd.DataFrame: ...
    @property
    def choices(self) -> pd.DataFrame: ...
    @property
    def usage(self) -> pd.DataFrame: ...


def blank(theme: ThemeName, title: str) -> go.Figure:
    """A figure in our look, with nothing in it but its title."""
    return go.Figure(layout={"template": template(theme), "title": {"text": title}})


def say(figure: go.Figure, theme: ThemeName, what: str, why: str) -> go.Figure:
    """A figure that has nothing to draw, and says what is missing and why."""
    figure.add_annotation(
        text=f"<b>{what}</b><br>{why}",
        x=0.5,
        y=0.5,
        xref="paper",
        yref="paper",
        showarrow=False,
        font={"color": THEMES[theme].muted, "size": 14},
    )
    return figure.update_layout(height=220, xaxis={"visible": False}, yaxis={"visible": False})
