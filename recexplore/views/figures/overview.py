"""The figure of a whole corpus.

Takes frames, gives a ``plotly.graph_objects.Figure``. Where something was not recorded the figure says so
instead of drawing it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from recexplore.model.plain_values import NOT_NAMED
from recexplore.views.figures.blank import Frames, blank, say
from recexplore.views.figures.plotly_numbers import rounded_figure
from recexplore.views.figures.plotly_text import label
from recexplore.views.figures.row_axis import MOST_RECORDINGS, rows_axis
from recexplore.views.figures.theme import BLUE, GREY, PALETTE, VERMILION, ThemeName

__all__ = ["overview"]


def overview(corpus: Frames, *, theme: ThemeName = "light") -> go.Figure:
    """What is in a corpus: recordings a provider, and the size of every stream.

    Left, how many recordings of each provider are streams, whole answers or errors. Right, a point a recording: chunks
    against characters of text (both logarithmic), larger for more choices.

    Parameters
    ----------
    corpus
        A `Corpus`.
    theme
        ``"light"`` or ``"dark"``.
    """
    recordings = corpus.recordings
    figure = blank(theme, f"{len(recordings):,} recordings")
    if recordings.empty:
        return say(figure, theme, "no recording", "the corpus is empty")
    sizes = corpus.choices.groupby("recording", sort=False)[
        ["content_chars", "reasoning_chars", "tool_call_chars"]
    ].sum()
    about = recordings.set_index("recording").assign(chars=sizes.sum(axis=1)).reset_index()
    about["provider"] = about["provider"].fillna(NOT_NAMED)
    about["is"] = np.select(
        [about["error"].notna(), about["dialect"] == "unknown", about["streaming"].fillna(False).astype(bool)],
        ["error", "unknown dialect", "stream"],
        "whole answer",
    )
    providers = about["provider"].value_counts().head(MOST_RECORDINGS).index
    colors = {"stream": BLUE, "whole answer": PALETTE[2], "unknown dialect": GREY, "error": VERMILION}
    symbols = {"stream": "circle", "whole answer": "square", "unknown dialect": "x-thin-open", "error": "diamond"}
    for what, color in colors.items():
        of = about[about["is"] == what]
        if of.empty:
            continue
        counts = of["provider"].value_counts().reindex(providers, fill_value=0)
        figure.add_bar(
            orientation="h",
            y=list(range(len(providers))),
            x=counts,
            name=what,
            legendgroup=what,
            marker={"color": color, "line": {"width": 0}},
            width=0.6,
            hovertemplate=f"%{{x:,}} recordings<extra>{what}</extra>",
        )
        drawn = of[(of["chars"].fillna(0) > 0) & (of["n_chunks"] > 0)]
        figure.add_scattergl(
            x=drawn["n_chunks"],
            y=drawn["chars"].to_numpy(dtype=float),
            mode="markers",
            name=what,
            legendgroup=what,
            showlegend=False,
            marker={
                "color": color,
                "symbol": symbols[what],
                "size": 6 + 4 * drawn["n_choices"].clip(1, 5),
                "opacity": 0.65,
                "line": {"width": 0},
            },
            customdata=[
                [label(r), label(m, missing=NOT_NAMED), label(t, 72, NOT_NAMED), n]
                for r, m, t, n in zip(
                    drawn["recording"], drawn["model_served"], drawn["test_id"], drawn["n_choices"], strict=True
                )
            ],
            hovertemplate="<b>%{customdata[0]}</b> %{customdata[1]}<br>%{customdata[2]}<br>%{x:,} chunks, "
            "%{y:,} characters, %{customdata[3]} choices<extra></extra>",
            xaxis="x2",
            yaxis="y2",
        )
    figure.update_layout(
        barmode="stack",
        height=max(340, 150 + 26 * len(providers)),
        xaxis={"domain": [0, 0.36], "title": "recordings", "rangemode": "tozero", "tickformat": ",d"},
        xaxis2={"domain": [0.46, 1], "title": "chunks", "anchor": "y2", **_log_axis(about["n_chunks"])},
        yaxis=rows_axis([label(provider, 28) for provider in providers]),
        yaxis2={"title": "characters of text", "anchor": "x2", **_log_axis(about["chars"])},
    )
    return rounded_figure(figure)


def _log_axis(values: pd.Series[Any]) -> dict[str, Any]:
    """Decades where the values span several, also 2 and 5 where not."""
    positive = values[values > 0]
    span = float(positive.max()) / float(positive.min()) if len(positive) else 1.0
    return {"type": "log", "dtick": 1 if span > 100 else "D2", "tickformat": ",~r"}
