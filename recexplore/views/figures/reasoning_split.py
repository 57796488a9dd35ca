"""The figure of the reasoning/content split.

Takes frames, gives a ``plotly.graph_objects.Figure``. Where something was not recorded the figure says so
instead of drawing it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from recexplore.analysis import reasoning
from recexplore.views.figures.blank import Frames, blank, say
from recexplore.views.figures.plotly_numbers import rounded_figure
from recexplore.views.figures.plotly_text import label
from recexplore.views.figures.row_axis import MOST_RECORDINGS, rows_axis
from recexplore.views.figures.theme import AMBER, BLUE, THEMES, ThemeName

__all__ = ["reasoning_split"]


def reasoning_split(recording: Frames | pd.DataFrame, *, theme: ThemeName = "light") -> go.Figure:
    """Where reasoning ends and content begins: phases along the stream, and characters of each choice.

    Parameters
    ----------
    recording
        A `Recording` or `Corpus`, or its ``events``.
    theme
        ``"light"`` or ``"dark"``.
    """
    events = recording if isinstance(recording, pd.DataFrame) else recording.events
    split = reasoning.split(events)
    several = events["recording"].nunique() > 1
    split, title = _most_reasoning(split)
    figure = blank(theme, title)
    if split.empty:
        return say(figure, theme, "no text was recorded", "neither reasoning nor content came")
    phases = reasoning.phases(events[events["recording"].isin(split["recording"])])
    answers = list(dict.fromkeys(zip(split["recording"], split["choice"], strict=True)))
    place = {answer: at for at, answer in enumerate(answers)}
    names = [f"{label(recording)} · {choice}" if several else f"choice {choice}" for recording, choice in answers]
    for phase, color in (("reasoning", AMBER), ("content", BLUE)):
        along = phases[phases["phase"] == phase]
        figure.add_bar(
            orientation="h",
            y=_places(along, place),
            x=along["last_chunk"] - along["first_chunk"] + 0.8,
            base=along["first_chunk"] - 0.4,
            marker={"color": color, "line": {"width": 0}},
            width=0.5,
            name=phase,
            legendgroup=phase,
            customdata=along[["first_chunk", "last_chunk", "chars", "n_events"]].to_numpy(dtype=np.int64),
            hovertemplate="chunks %{customdata[0]} to %{customdata[1]}<br>%{customdata[2]:,} characters in "
            f"%{{customdata[3]:,}} events<extra>{phase}</extra>",
            xaxis="x",
        )
        sizes = split[split["phase"] == phase]
        figure.add_bar(
            orientation="h",
            y=_places(sizes, place),
            x=sizes["chars"],
            marker={"color": color, "line": {"width": 0}},
            width=0.5,
            name=phase,
            legendgroup=phase,
            showlegend=False,
            text=[f"{chars:,} ({share:.0%})" for chars, share in zip(sizes["chars"], sizes["share"], strict=True)],
            textposition="inside" if phase == "reasoning" else "auto",
            insidetextanchor="middle",
            insidetextfont={"color": "#1f2430" if phase == "reasoning" else "#ffffff"},
            outsidetextfont={"color": THEMES[theme].muted},
            cliponaxis=False,
            hovertemplate=f"%{{x:,}} characters of {phase}<extra></extra>",
            xaxis="x2",
        )
    figure.update_layout(
        barmode="overlay",
        height=130 + 44 * len(answers),
        uniformtext={"minsize": 11, "mode": "hide"},
        xaxis={"domain": [0, 0.58], "title": "chunk", "rangemode": "tozero"},
        xaxis2={"domain": [0.62, 0.97], "title": "characters", "anchor": "y"},
        yaxis=rows_axis(names),
    )
    # Only the right half is stacked; the left shows phases where they stand.
    _stack_right(figure)
    return rounded_figure(figure)


def _most_reasoning(split: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Of many answers, the recordings with most reasoning; and a title that says so."""
    recordings = split["recording"].unique()
    if len(recordings) <= MOST_RECORDINGS:
        return split, "Reasoning and content"
    chars = split["chars"].where(split["phase"] == "reasoning", 0).groupby(split["recording"], sort=False).sum()
    most = chars.sort_values(ascending=False, kind="stable").head(MOST_RECORDINGS).index
    title = f"Reasoning and content: {MOST_RECORDINGS} of {len(recordings):,} recordings, most reasoning first"
    order = {recording: at for at, recording in enumerate(most)}
    chosen = split[split["recording"].isin(most)]
    return chosen.sort_values("recording", key=lambda ids: ids.map(order), kind="stable"), title


def _stack_right(figure: go.Figure) -> None:
    """Put the content bars of the right half behind the reasoning bars of the same row."""
    taken: dict[int, float] = {}
    for trace in figure.data:
        if trace.xaxis == "x2":
            trace.base = [taken.get(row, 0) for row in trace.y]
            for row, size in zip(trace.y, trace.x, strict=True):
                taken[row] = taken.get(row, 0) + float(size)


def _places(frame: pd.DataFrame, place: dict[tuple[Any, Any], int]) -> list[int]:
    return [place[answer] for answer in zip(frame["recording"], frame["choice"], strict=True)]
