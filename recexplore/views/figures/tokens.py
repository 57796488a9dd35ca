"""The figure of tokens, as reported.

Takes frames, gives a ``plotly.graph_objects.Figure``. Where something was not recorded the figure says so
instead of drawing it.
"""

from __future__ import annotations

from typing import Any, Final

import pandas as pd
import plotly.graph_objects as go

from recexplore.analysis import usage
from recexplore.views.figures.blank import Frames, blank, say
from recexplore.views.figures.plotly_numbers import rounded_figure
from recexplore.views.figures.plotly_text import label
from recexplore.views.figures.row_axis import MOST_RECORDINGS, rows_axis
from recexplore.views.figures.theme import AMBER, BLUE, PINK, SKY, THEMES, VIOLET, ThemeName

__all__ = ["tokens"]

_LEAST_LABELLED: Final = 0.09


def tokens(recording: Frames, *, theme: ThemeName = "light") -> go.Figure:
    """What it cost in tokens: prompt (cached apart), reasoning and visible completion, as reported.

    Beside each report stands what was observed on the wire: text deltas and characters. Where no usage was reported the
    row says so.

    Parameters
    ----------
    recording
        A `Recording` or a `Corpus`; of a corpus the largest reports are drawn.
    theme
        ``"light"`` or ``"dark"``.
    """
    found = usage.tokens(recording.recordings, recording.usage, recording.choices, recording.events)
    figure = blank(theme, "Tokens, as reported")
    n = len(found)
    reported = found[found["n_reports"] > 0]
    if reported.empty and n != 1:
        return say(figure, theme, "tokens were not reported", f"none of {n} recordings carries a usage report")
    if n > MOST_RECORDINGS:
        found = reported.sort_values("total", ascending=False, kind="stable").head(MOST_RECORDINGS)
    names = [label(each) for each in found["recording"]]
    places = list(range(len(found)))
    parts = found[["cached", "cache_write", "fresh_prompt", "reasoning", "visible"]].fillna(0).astype(float)
    # A number needs room; the hover label has those of the parts that are too short for one.
    least = max(1.0, float(parts.sum(axis=1).max()) * _LEAST_LABELLED) if len(parts) else 1.0
    for column, text, color in (
        ("cached", "prompt, cached", SKY),
        ("cache_write", "prompt, written to the cache", VIOLET),
        ("fresh_prompt", "prompt", PINK),
        ("reasoning", "reasoning", AMBER),
        ("visible", "visible completion", BLUE),
    ):
        values = found[column].astype("Float64")
        if (values.fillna(0) > 0).any():
            figure.add_bar(
                orientation="h",
                y=places,
                x=values.to_numpy(dtype=float, na_value=0),  # a gap would break the stack
                name=text,
                width=0.55,
                marker={"color": color, "line": {"width": 0}},
                text=["" if pd.isna(value) or value < least else f"{int(value):,}" for value in values],
                textposition="inside",
                textangle=0,
                constraintext="none",
                insidetextanchor="middle",
                hovertemplate=f"%{{x:,}} tokens<extra>{text}</extra>",
            )
    _beside(figure, found, theme)
    shown = f"{len(reported)} of {n} recordings report usage"
    figure.update_layout(
        barmode="stack",
        height=120 + 34 * len(found),
        margin={"r": 350},
        legend={"xref": "container", "x": 0.985, "traceorder": "normal"},
        xaxis={
            "title": f"tokens ({shown})" if n > 1 else "tokens",
            "rangemode": "tozero",
            "visible": not reported.empty,
        },
        yaxis=rows_axis(names),
    )
    return rounded_figure(figure)


def _beside(figure: go.Figure, found: pd.DataFrame, theme: ThemeName) -> None:
    """What was reported in all and what was observed, a line a recording, right of the bars."""
    for place, row in enumerate(found.to_dict("records")):
        total = "no total" if pd.isna(row["total"]) else f"{_number(row['total'])} in all"
        said = "not reported" if not row["n_reports"] else total
        seen = f"{_number(row['n_text_events'])} text deltas, {_number(row['content_chars'])} characters"
        figure.add_annotation(
            x=1,
            xref="paper",
            xanchor="left",
            xshift=14,
            y=place,
            text=f"<b>{said}</b> · seen: {seen}",
            showarrow=False,
            font={"color": THEMES[theme].muted, "size": 12},
        )
    if not any(trace.type == "bar" for trace in figure.data):
        # An axis exists only where something is drawn on it.
        places = list(range(len(found)))
        figure.add_bar(orientation="h", y=places, x=[0] * len(places), showlegend=False, hoverinfo="skip")


def _number(value: Any) -> str:
    return "–" if pd.isna(value) else f"{int(value):,}"
