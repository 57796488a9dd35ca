"""Marks of findings above lanes: where each begins, by severity in shape and colour, as the explorer has them.

Takes findings and where chunks stand, adds traces to a figure. Computes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

import pandas as pd
import plotly.graph_objects as go

from recexplore.model.severities import SEVERITIES, Severity
from recexplore.views.figures.plotly_text import label, passage
from recexplore.views.figures.theme import GREY, OCHRE, VERMILION, Theme

__all__ = ["mark_findings"]


class _Look(NamedTuple):
    symbol: str
    color: str
    size: int


_LOOKS: Final[Mapping[Severity, _Look]] = {
    "error": _Look("triangle-down", VERMILION, 11),
    "warning": _Look("diamond", OCHRE, 10),
    "note": _Look("circle", GREY, 6),
}


def mark_findings(figure: go.Figure, findings: pd.DataFrame, places: pd.Series[float], y: float, colors: Theme) -> None:
    """Add a mark where each finding begins; one of no chunk, or of a chunk without a place, has none.

    Parameters
    ----------
    figure
        It has its lanes.
    findings
        Of one recording: ``severity``, ``chunk``, ``rule`` and ``message`` are read.
    places
        By chunk where it stands along the wire.
    y
        How high, in the figure's own measure.
    colors
        Of the figure's theme; marks beside one another are kept apart by its background.
    """
    placed = findings.assign(x=findings["chunk"].map(places).astype("float64")).dropna(subset="x")
    line = {"color": colors.background, "width": 1.5}
    # What is drawn last lies above the others.
    for severity in reversed(SEVERITIES):
        mine = placed[placed["severity"] == severity]
        if mine.empty:
            continue
        look = _LOOKS[severity]
        figure.add_scatter(
            x=mine["x"],
            y=[y] * len(mine),
            mode="markers",
            marker={"symbol": look.symbol, "size": look.size, "color": look.color, "line": line},
            customdata=[
                [chunk, label(rule), passage(message)]
                for chunk, rule, message in zip(mine["chunk"], mine["rule"], mine["message"], strict=True)
            ],
            hovertemplate="<b>%{customdata[1]}</b> · chunk %{customdata[0]:,}<br>%{customdata[2]}<extra></extra>",
            cliponaxis=False,
            name=severity,
        )
