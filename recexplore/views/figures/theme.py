"""The visual language: one colour a kind in every view, quiet lines, light and dark.

Takes nothing of ours but the kinds, gives colours and plotly templates. Colours are those of Okabe and Ito
(https://jfly.uni-koeln.de/color/), told apart by colour-blind readers; where it matters a shape says the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import plotly.graph_objects as go

__all__ = ["KIND_COLORS", "KIND_LABELS", "PALETTE", "THEMES", "Theme", "ThemeName", "template"]

ThemeName: TypeAlias = Literal["light", "dark"]

BLUE, AMBER, GREEN, VERMILION, PINK, GREY, SKY, VIOLET = (
    "#3b7dd8",
    "#e69f00",
    "#009e73",
    "#d55e00",
    "#cc79a7",
    "#8b93a1",
    "#56b4e9",
    "#7a6fbe",
)

KIND_COLORS: Final = {
    "role": GREY,
    "reasoning": AMBER,
    "content": BLUE,
    "tag": GREY,
    "refusal": VERMILION,
    "tool_call": GREEN,
    "annotation": SKY,
    "citation": SKY,
    "unknown": SKY,
    "finish": GREY,
    "logprobs": GREY,
    "filter": GREY,
    "usage": PINK,
    "error": VERMILION,
    "empty": GREY,
}

KIND_LABELS: Final = {
    "reasoning": "reasoning",
    "content": "content",
    "refusal": "refusal",
    "tool_call": "tool call",
    "annotation": "annotation",
    "citation": "citation",
    "unknown": "unknown",
    "usage": "usage",
    "error": "error",
}
"""Kinds that have a legend entry of their own; role, finish, filter and empty share "other"."""

PALETTE: Final = (BLUE, AMBER, GREEN, PINK, SKY, VERMILION, GREY)
"""For categories that are no kinds."""


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours that differ between light and dark."""

    background: str
    text: str
    muted: str
    hairline: str
    raised: str
    wire: str


THEMES: Final[dict[ThemeName, Theme]] = {
    "light": Theme("#ffffff", "#1f2430", "#5f6877", "#e8eaee", "#f5f6f8", "#c3c9d2"),
    "dark": Theme("#111419", "#e8eaee", "#9aa3b2", "#262b34", "#1b2028", "#414957"),
}

_FONT: Final = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"


def template(name: ThemeName) -> go.layout.Template:
    """The plotly template of a theme."""
    colors = THEMES[name]
    axis = {
        "gridcolor": colors.hairline,
        "zeroline": False,
        "linecolor": colors.hairline,
        "tickcolor": colors.hairline,
        "tickfont": {"color": colors.muted, "size": 12},
        "title": {"font": {"color": colors.muted, "size": 12}},
        "ticklabelstandoff": 6,
        "automargin": True,
    }
    return go.layout.Template(
        layout={
            "font": {"family": _FONT, "size": 13, "color": colors.text},
            "title": {
                "font": {"size": 15},
                "x": 0,
                "xref": "paper",
                "xanchor": "left",
                "y": 1,
                "yanchor": "top",
                "yref": "container",
                "pad": {"t": 14},
            },
            "paper_bgcolor": colors.background,
            "plot_bgcolor": colors.background,
            "colorway": list(PALETTE),
            "xaxis": axis,
            "yaxis": axis,
            "legend": {
                "orientation": "h",
                "x": 1,
                "xanchor": "right",
                "y": 0.985,
                "yanchor": "top",
                "yref": "container",
                "font": {"color": colors.muted, "size": 12},
            },
            "margin": {"l": 16, "r": 16, "t": 56, "b": 40},
            "hoverlabel": {
                "bgcolor": colors.raised,
                "bordercolor": colors.hairline,
                "font": {"color": colors.text, "size": 12},
                "align": "left",
            },
            "barcornerradius": 2,
        }
    )
