"""The visual language: one colour a kind in every view, quiet lines, light and dark.

Takes nothing of ours but the kinds and colours, gives them as plotly has them, and plotly's templates. Where it matters a
shape says the same as a colour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import plotly.graph_objects as go

from recexplore.model import colours
from recexplore.model.kinds import LEGEND, TABLE

__all__ = ["KIND_COLORS", "KIND_LABELS", "MONOSPACE", "PALETTE", "THEMES", "Theme", "ThemeName", "mixed", "template"]

ThemeName: TypeAlias = Literal["light", "dark"]

BLUE, AMBER, GREEN, VERMILION, PINK, GREY, SKY, YELLOW = (
    colour.hex
    for colour in (
        colours.BLUE,
        colours.AMBER,
        colours.GREEN,
        colours.VERMILION,
        colours.PINK,
        colours.GREY,
        colours.SKY,
        colours.YELLOW,
    )
)
VIOLET: Final = "#7a6fbe"
OCHRE: Final = "#b8860b"
"""Of warnings, as the page has it."""

KIND_COLORS: Final = {kind.name: kind.colour.hex for kind in TABLE}
KIND_LABELS: Final = {kind.name: kind.label for kind in LEGEND}
"""Kinds that have a legend entry of their own, in the order of legends; the others share "other"."""

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
MONOSPACE: Final = "ui-monospace, 'SFMono-Regular', Menlo, Consolas, 'DejaVu Sans Mono', monospace"


def mixed(color: str, ground: str, share: float) -> str:
    """A share of a colour on a ground, as ``#rrggbb``: unlike opacity it is the same where two shapes overlap."""
    parts = [[int(each[place : place + 2], 16) for place in (1, 3, 5)] for each in (color, ground)]
    return "#" + "".join(f"{round(share * one + (1 - share) * other):02x}" for one, other in zip(*parts, strict=True))


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
