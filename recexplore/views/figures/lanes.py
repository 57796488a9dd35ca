"""The lanes of the interleaving figure.

Takes the events of one recording, adds traces to a figure: the wire, the blocks, the finishes. Knows nothing of themes
beyond the colours it is given. Small streams are drawn as bars, large ones as strokes that WebGL can carry.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from recexplore.analysis import shares
from recexplore.model.kinds import kind_named
from recexplore.views.figures.finding_marks import mark_findings
from recexplore.views.figures.plotly_text import passage
from recexplore.views.figures.theme import GREY, KIND_COLORS, KIND_LABELS, Theme

__all__ = ["draw_lanes"]

_MOST_BARS: Final = 3_000
_LEAST_WIDTH: Final = 1 / 400
_PALE: Final = 0.28
_OTHER: Final = "other"
_ABOVE: Final = -0.62
"""Where findings are marked, in lanes: above the tallest block of the first."""


def draw_lanes(
    figure: go.Figure,
    events: pd.DataFrame,
    x: Literal["chunk", "time"],
    cursor: int | None,
    colors: Theme,
    findings: pd.DataFrame | None = None,
) -> None:
    """Add everything to the figure: lanes, marks of findings above them, legend, axes."""
    drawn = _shares(events, x)
    lanes = drawn.drop_duplicates("lane").sort_values("lane")
    _wire(figure, drawn, colors)
    width = _bar_width(drawn["x"].to_numpy(dtype=float))
    for name, color, of_kind in _by_legend(drawn):
        if len(drawn) <= _MOST_BARS:
            _bars(figure, of_kind, name, color, width)
        else:
            _strokes(figure, of_kind, name, color)
    _finishes(figure, events, x, dict(zip(lanes["choice"], lanes["lane"], strict=True)), colors)
    figure.update_layout(
        barmode="overlay",
        height=150 + 84 * len(lanes),
        margin={"t": 56 if cursor is None else 74, "b": 84},
        # Below: beside the title there is no room for so many kinds.
        legend={"x": 0, "xanchor": "left", "y": 0.01, "yanchor": "bottom", "yref": "container"},
        xaxis={
            "title": _X_TITLES[x],
            "range": _range(drawn["x"].to_numpy(dtype=float)),
            "showgrid": True,
            "visible": True,
        },
        yaxis={
            "tickvals": list(range(len(lanes))),
            "ticktext": lanes["name"].tolist(),
            "range": [len(lanes) - 0.45, -0.55],
            "showgrid": False,
            "fixedrange": True,
            "visible": True,
        },
    )
    if cursor is not None:
        _mark_cursor(figure, cursor, colors)
    if findings is not None:
        mark_findings(figure, findings, drawn.groupby("chunk")["x"].first(), _ABOVE, colors)
        figure.update_yaxes(range=[len(lanes) - 0.45, _ABOVE - 0.1])


def _mark_cursor(figure: go.Figure, cursor: int, colors: Theme) -> None:
    """Mark a chunk in a figure that has its lanes: a line, and all that comes later pale."""
    where = float(cursor)
    n_strokes = 0
    for trace in figure.data:
        if trace.customdata is None or not len(trace.customdata):
            continue
        chunks = np.asarray([row[0] for row in trace.customdata], dtype=np.int64)
        if (at := np.flatnonzero(chunks == cursor)).size:
            where = float(trace.x[at[0]])
        if trace.type in ("bar", "scatter"):
            trace.marker.opacity = np.where(chunks > cursor, _PALE, 1.0)
        n_strokes += trace.type == "scattergl"
    start, end = figure.layout.xaxis.range
    along = (where - start) / (end - start) if end > start else 0.5
    line = {"type": "line", "x0": where, "x1": where, "y0": 0, "y1": 1, "yref": "y domain"}
    veil = {"type": "rect", "x0": where, "x1": end, "y0": 0, "y1": 1, "yref": "y domain"}
    look = {"fillcolor": colors.background, "opacity": 1 - _PALE, "line": {"width": 0}}
    figure.layout.shapes = [
        {**line, "line": {"color": colors.text, "width": 1.5}},
        # Strokes share one opacity; a veil does for them what it does for blocks.
        *([{**veil, **look}] if n_strokes else []),
    ]
    figure.layout.annotations = [
        {
            "text": f"<b>chunk {cursor}</b>",
            "x": where,
            "y": 1,
            "yref": "y domain",
            "yanchor": "bottom",
            "xanchor": "left" if along < 0.05 else "right" if along > 0.95 else "center",
            "showarrow": False,
        }
    ]


def _range(x: np.ndarray) -> list[float]:
    """The whole stream, with half a block of air."""
    start, end = float(np.nanmin(x)), float(np.nanmax(x))
    air = max((end - start) * 0.012, 0.6 if np.all(x == np.round(x)) else 0.0)
    return [start - air, end + air]


_X_TITLES: Final = {"chunk": "chunk (position on the wire)", "time": "seconds"}


def _shares(events: pd.DataFrame, x: str) -> pd.DataFrame:
    """The chunk shares with where they stand, their kinds in words, and their text for hover."""
    of = shares.number(events)
    words = pd.DataFrame(
        {
            "x": events["chunk"] if x == "chunk" else events["t_s"],
            "kinds": events["kind"].astype("str"),
            "text": events["text"].fillna(events["finish_reason"]).fillna(""),
        }
    )
    beside = words.groupby(of, sort=True).agg(
        x=("x", "first"), kinds=("kinds", _kinds_in_words), text=("text", "".join)
    )
    found = pd.concat([shares.per_chunk(events), beside], axis=1)
    found["name"] = [_lane_name(choice) for choice in found["choice"]]
    found["y"] = found["lane"].astype(float)
    return found


def _lane_name(choice: Any) -> str:
    return "all choices" if pd.isna(choice) else f"choice {choice}"


def _kinds_in_words(kinds: pd.Series[Any]) -> str:
    return ", ".join(dict.fromkeys(kind_named(kind).label for kind in kinds))


def _by_legend(drawn: pd.DataFrame) -> list[tuple[str, str, pd.DataFrame]]:
    named = [
        (KIND_LABELS[kind], KIND_COLORS[kind], of_kind)
        for kind in KIND_LABELS
        if len(of_kind := drawn[drawn["kind"] == kind])
    ]
    others = drawn[drawn["kind"].isna()]
    return [*named, (_OTHER, GREY, others)] if len(others) else named


def _hover(drawn: pd.DataFrame) -> list[list[Any]]:
    rows = zip(drawn["chunk"], drawn["name"], drawn["kinds"], drawn["chars"], map(passage, drawn["text"]), strict=True)
    return [list(row) for row in rows]


_HOVER: Final = (
    "<b>chunk %{customdata[0]}</b> · %{customdata[1]} · %{customdata[2]} · %{customdata[3]:,} characters"
    "<br>%{customdata[4]}<extra></extra>"
)


def _bars(figure: go.Figure, drawn: pd.DataFrame, name: str, color: str, width: float) -> None:
    figure.add_bar(
        x=drawn["x"],
        y=drawn["height"],
        base=drawn["y"] - drawn["height"] / 2,
        width=width,
        name=name,
        marker={"color": color, "line": {"width": 0}, "opacity": 1},
        customdata=_hover(drawn),
        hovertemplate=_HOVER,
    )


def _bar_width(x: np.ndarray) -> float:
    """Nearly the usual distance of two chunks; in time never so narrow that it cannot be seen."""
    places = np.unique(x[~np.isnan(x)])
    steps = np.diff(places)
    if not steps.size or np.all(steps == np.round(steps)):
        return 0.8
    return float(max(np.median(steps) * 0.8, (places[-1] - places[0]) * _LEAST_WIDTH))


def _strokes(figure: go.Figure, drawn: pd.DataFrame, name: str, color: str) -> None:
    """A vertical stroke a chunk; three points each, the last of which lifts the pen."""
    half = drawn["height"].to_numpy() / 2
    y = drawn["y"].to_numpy()
    figure.add_scattergl(
        x=np.repeat(drawn["x"].to_numpy(dtype=float), 3),
        y=np.column_stack([y - half, y + half, np.full_like(y, np.nan)]).ravel(),
        mode="lines",
        line={"color": color, "width": 1.5},
        connectgaps=False,
        name=name,
        customdata=[row for row in _hover(drawn) for _ in range(3)],
        hovertemplate=_HOVER,
    )


def _wire(figure: go.Figure, drawn: pd.DataFrame, colors: Theme) -> None:
    spoken = drawn[drawn["choice"].notna()]
    if spoken["lane"].nunique() > 1:
        cells = {
            "x": spoken["x"],
            "y": spoken["y"],
            "mode": "lines",
            "line": {"color": colors.wire, "width": 1},
            "hoverinfo": "skip",
            "showlegend": False,
            "name": "wire",
        }
        if len(spoken) > _MOST_BARS:
            figure.add_scattergl(**cells)
        else:
            figure.add_scatter(**cells, zorder=-1)


def _finishes(figure: go.Figure, events: pd.DataFrame, x: str, place: dict[int, int], colors: Theme) -> None:
    finishes = events[(events["kind"] == "finish") & events["choice"].notna()]
    if finishes.empty:
        return
    figure.add_scatter(
        x=finishes["chunk"] if x == "chunk" else finishes["t_s"],
        y=[place[choice] for choice in finishes["choice"]],
        mode="markers",
        marker={
            "symbol": "circle",
            "size": 10,
            "color": colors.background,
            "line": {"color": colors.muted, "width": 2},
        },
        name="finish",
        # Hover and clicks go to the block below: a circle would take those of its neighbours too.
        hoverinfo="skip",
        customdata=[[chunk] for chunk in finishes["chunk"]],
    )
