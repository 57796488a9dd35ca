"""The lanes of the interleaving figure.

Takes the events of one recording, adds traces to a figure: the wire, the blocks, the finishes. Knows nothing of themes
beyond the colours it is given. Small streams are drawn as bars, large ones as strokes that WebGL can carry.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from recexplore.views.figures.plotly_text import passage
from recexplore.views.figures.theme import KIND_COLORS, KIND_LABELS, Theme

__all__ = ["draw_lanes"]

_MOST_BARS: Final = 3_000
_USUAL_HEIGHT: Final = 0.42
_MOST_HEIGHT: Final = 0.94
_LEAST_HEIGHT: Final = 0.09
_LEAST_WIDTH: Final = 1 / 400
_PALE: Final = 0.28
_OTHER: Final = "other"
_ALL: Final = -1
_DRAWN_KINDS: Final = (
    "content",
    "reasoning",
    "tool_call",
    "refusal",
    "citation",
    "annotation",
    "unknown",
    "usage",
    "error",
)
_SIZED_KINDS: Final = ("content", "reasoning", "tag", "tool_call", "refusal", "unknown")
"""Kinds whose text is the answer's own: a block is as high as it is long. JSON about the answer has no such size."""


def draw_lanes(
    figure: go.Figure, events: pd.DataFrame, x: Literal["chunk", "time"], cursor: int | None, colors: Theme
) -> None:
    """Add everything to the figure: lanes, legend, axes."""
    turns = _turns(events, x)
    lanes = sorted(turns["lane"].unique(), key=lambda lane: (lane == _ALL, lane))
    place = {lane: at for at, lane in enumerate(lanes)}
    turns["y"] = turns["lane"].map(place).astype(float)
    turns["height"] = _heights(turns["chars"].to_numpy())
    _wire(figure, turns, colors)
    width = _bar_width(turns["x"].to_numpy(dtype=float))
    for name, color, of_kind in _by_legend(turns):
        if len(turns) <= _MOST_BARS:
            _bars(figure, of_kind, name, color, width)
        else:
            _strokes(figure, of_kind, name, color)
    _finishes(figure, events, x, place, colors)
    figure.update_layout(
        barmode="overlay",
        height=150 + 84 * len(lanes),
        margin={"t": 56 if cursor is None else 74, "b": 84},
        # Below: beside the title there is no room for so many kinds.
        legend={"x": 0, "xanchor": "left", "y": 0.01, "yanchor": "bottom", "yref": "container"},
        xaxis={
            "title": _X_TITLES[x],
            "range": _range(turns["x"].to_numpy(dtype=float)),
            "showgrid": True,
            "visible": True,
        },
        yaxis={
            "tickvals": list(range(len(lanes))),
            "ticktext": ["all choices" if lane == _ALL else f"choice {lane}" for lane in lanes],
            "range": [len(lanes) - 0.45, -0.55],
            "showgrid": False,
            "fixedrange": True,
            "visible": True,
        },
    )
    if cursor is not None:
        _mark_cursor(figure, cursor, colors)


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


def _turns(events: pd.DataFrame, x: str) -> pd.DataFrame:
    """One row a chunk and lane: what it mostly holds, how much text, and the text for hover."""
    chars = events["text"].str.len().where(events["kind"].isin(_SIZED_KINDS), 0).fillna(0).astype("int64")
    pieces = pd.DataFrame(
        {
            "chunk": events["chunk"],
            "x": events["chunk"] if x == "chunk" else events["t_s"],
            "lane": events["choice"].fillna(_ALL).astype("int64"),
            "kind": events["kind"].astype("str"),
            "chars": chars,
            "text": events["text"].fillna(events["finish_reason"]).fillna(""),
        }
    )
    drawn = pieces[pieces["kind"].isin(_DRAWN_KINDS)]
    loudest = drawn.sort_values("chars", kind="stable").drop_duplicates(["chunk", "lane"], keep="last")
    found = pieces.groupby(["chunk", "lane"], sort=True).agg(
        x=("x", "first"), chars=("chars", "sum"), kinds=("kind", _kinds_in_words), text=("text", "".join)
    )
    kind = loudest.set_index(["chunk", "lane"])["kind"].reindex(found.index)
    return found.assign(kind=kind).reset_index()


def _kinds_in_words(kinds: pd.Series[Any]) -> str:
    return ", ".join(dict.fromkeys(KIND_LABELS.get(kind, kind) for kind in kinds))


def _heights(chars: np.ndarray) -> np.ndarray:
    """Square root of the text's length, so scaled that long but usual chunks fill half a lane and outliers nearly all."""
    roots = np.sqrt(chars)
    spoken = roots[roots > 0]
    usual = float(np.quantile(spoken, 0.9)) if spoken.size else 1.0
    heights: np.ndarray = np.clip(roots / usual * _USUAL_HEIGHT, _LEAST_HEIGHT, _MOST_HEIGHT)
    return heights


def _by_legend(turns: pd.DataFrame) -> list[tuple[str, str, pd.DataFrame]]:
    named = [
        (KIND_LABELS[kind], KIND_COLORS[kind], of_kind)
        for kind in _DRAWN_KINDS
        if len(of_kind := turns[turns["kind"] == kind])
    ]
    others = turns[turns["kind"].isna()]
    return [*named, (_OTHER, KIND_COLORS["role"], others)] if len(others) else named


def _hover(turns: pd.DataFrame) -> list[list[Any]]:
    lanes = ["all choices" if lane == _ALL else f"choice {lane}" for lane in turns["lane"]]
    rows = zip(turns["chunk"], lanes, turns["kinds"], turns["chars"], map(passage, turns["text"]), strict=True)
    return [list(row) for row in rows]


_HOVER: Final = (
    "<b>chunk %{customdata[0]}</b> · %{customdata[1]} · %{customdata[2]} · %{customdata[3]:,} characters"
    "<br>%{customdata[4]}<extra></extra>"
)


def _bars(figure: go.Figure, turns: pd.DataFrame, name: str, color: str, width: float) -> None:
    figure.add_bar(
        x=turns["x"],
        y=turns["height"],
        base=turns["y"] - turns["height"] / 2,
        width=width,
        name=name,
        marker={"color": color, "line": {"width": 0}, "opacity": 1},
        customdata=_hover(turns),
        hovertemplate=_HOVER,
    )


def _bar_width(x: np.ndarray) -> float:
    """Nearly the usual distance of two chunks; in time never so narrow that it cannot be seen."""
    places = np.unique(x[~np.isnan(x)])
    steps = np.diff(places)
    if not steps.size or np.all(steps == np.round(steps)):
        return 0.8
    return float(max(np.median(steps) * 0.8, (places[-1] - places[0]) * _LEAST_WIDTH))


def _strokes(figure: go.Figure, turns: pd.DataFrame, name: str, color: str) -> None:
    """A vertical stroke a chunk; three points each, the last of which lifts the pen."""
    half = turns["height"].to_numpy() / 2
    y = turns["y"].to_numpy()
    figure.add_scattergl(
        x=np.repeat(turns["x"].to_numpy(dtype=float), 3),
        y=np.column_stack([y - half, y + half, np.full_like(y, np.nan)]).ravel(),
        mode="lines",
        line={"color": color, "width": 1.5},
        connectgaps=False,
        name=name,
        customdata=[row for row in _hover(turns) for _ in range(3)],
        hovertemplate=_HOVER,
    )


def _wire(figure: go.Figure, turns: pd.DataFrame, colors: Theme) -> None:
    spoken = turns[turns["lane"] != _ALL]
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
