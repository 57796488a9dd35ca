"""The picture of a stream's timing: when each choice spoke, the gap before every chunk, and how the gaps are spread.

Takes the public frames of one recording, gives a plotly figure. What the times mean is said by `recexplore.analysis.timing`;
here they are only drawn. Where nobody stamped the chunks the figure says so.
"""

from __future__ import annotations

import math
from typing import Any, Final, Protocol

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from recexplore.analysis import timing as timing_analysis
from recexplore.model.kinds import JOINED_KINDS
from recexplore.views.figures.blank import Frames, blank, say
from recexplore.views.figures.plotly_numbers import decade, rounded_figure, rounded_frame
from recexplore.views.figures.plotly_text import label
from recexplore.views.figures.theme import GREY, KIND_COLORS, KIND_LABELS, PINK, THEMES, VERMILION, Theme, ThemeName

__all__ = ["timing"]

_LEFT: Final = [0.0, 0.66]
_RIGHT: Final = [0.7, 1.0]
_STRIP_PX: Final = 250
_LANE_PX: Final = 44
_MOST_LANES: Final = 12
_MOST_NAMED: Final = 3
_MOST_LABELS: Final = 6
_MOST_SVG: Final = 3_000
_BIN_EDGES: Final = (1, 1.3, 1.8, 2.4, 3.2, 4.2, 5.6, 7.5)
"""Of each decade: eight bins of nearly the same ratio, with edges that are read and written exactly."""
_OTHER: Final = "no text"
_CLOCKS: Final = {"measured": "measured by the recorder", "server": "stamped by the server"}
_LANES: Final = {"xaxis": "x2", "yaxis": "y2"}
_BESIDE: Final = {"xaxis": "x3", "yaxis": "y3"}


class TimedFrames(Frames, Protocol):
    """The public frames of one recording."""

    @property
    def chunks(self) -> pd.DataFrame: ...


def timing(recording: TimedFrames, *, theme: ThemeName = "light") -> go.Figure:
    """When one answer came: its choices along the time, the gap before every chunk, the spread of the gaps.

    Above, a lane a choice: the wait for its first token, a stroke a chunk with text, its figures. Below, a point a chunk, as
    high as the gap before it (logarithmic); stalls and bursts are marked, and the time without text before them shaded.
    Right, how often each choice's own gaps have each length, their median as a line.

    Parameters
    ----------
    recording
        A `Recording`.
    theme
        ``"light"`` or ``"dark"``.

    Raises
    ------
    ValueError
        The frames are of more than one recording.

    Returns
    -------
    plotly.graph_objects.Figure
        Horizontal axis in seconds since the request or, where nobody timed it, since the first chunk.
    """
    ids = recording.recordings["recording"]
    if len(ids) > 1:
        raise ValueError(f"timing draws one recording, these frames are of {len(ids)}; use corpus[...]")
    figure = blank(theme, f"Timing of {label(ids.iloc[0])}" if len(ids) else "Timing")
    recordings, chunks, events = map(rounded_frame, (recording.recordings, recording.chunks, recording.events))
    gaps = rounded_frame(timing_analysis.gaps(chunks, events))
    if chunks.empty:
        return say(figure, theme, "no chunk was recorded", "the recording holds no answer")
    if gaps.empty:
        return say(figure, theme, "time was not recorded", "nothing stamped the chunks")
    if len(gaps) == 1:
        return say(
            figure, theme, "one chunk has a time", f"it came {_seconds(gaps['t_s'].iloc[0])} in; there is no gap"
        )
    colors = THEMES[theme]
    choices = rounded_frame(timing_analysis.per_choice(recordings, events, recording.usage))
    if len(choices) > _MOST_LANES:
        figure.layout.title.text += f": {_MOST_LANES} of {len(choices)} choices"
        choices = choices.head(_MOST_LANES)
    own = rounded_frame(timing_analysis.own_gaps(events))
    own = own[own["choice"].isin(choices["choice"]) & own["t_s"].notna()]
    every = pd.concat([gaps["gap_s"], own["gap_s"]])
    floor = _floor(every)
    _lanes(figure, choices, own.merge(_brought(events, "choice", "chunk"), how="left"), colors)
    _strip(figure, gaps.merge(_brought(events, "chunk"), how="left"), floor)
    _marks(figure, rounded_frame(timing_analysis.marks(chunks, events)), gaps, floor)
    _spread(figure, choices, own, floor, colors)
    facts = recordings.iloc[0]
    since = "the request" if facts["t_zero"] == "request" else "the first chunk"
    _axes(figure, gaps["t_s"], f"seconds since {since}, {_CLOCKS[facts['clock']]}", _gap_axis(floor, every), choices)
    return rounded_figure(figure)


def _axes(
    figure: go.Figure, t_s: pd.Series[float], title: str, gap_axis: dict[str, Any], choices: pd.DataFrame
) -> None:
    """Where the three parts stand, and what their axes say."""
    n = max(len(choices), 1)
    lanes_px = _LANE_PX * n + 8
    border = 1 - lanes_px / (lanes_px + _STRIP_PX)
    below = [0, border - 0.03]
    start, end = min(0.0, float(t_s.min())), float(t_s.max())
    air = (end - start) * 0.015 or 0.01
    along = {"domain": _LEFT, "range": [start - air, end + air]}
    named = [f"choice {choice}" for choice in choices["choice"]]
    figure.update_layout(
        height=lanes_px + _STRIP_PX + 180,
        margin={"b": 104},
        barmode="overlay",
        legend={"x": 0, "xref": "paper", "xanchor": "left", "y": 0.012, "yanchor": "bottom"},
        xaxis={**along, "title": title, "anchor": "y"},
        xaxis2={**along, "anchor": "y2", "matches": "x", "showticklabels": False},
        xaxis3={
            "domain": _RIGHT,
            "anchor": "y3",
            "title": "each choice's own gaps",
            "tickvals": [at + 0.45 for at in range(len(choices))],
            "ticktext": named if n <= _MOST_NAMED else [str(choice) for choice in choices["choice"]],
            "range": [-0.04, n],
            "showgrid": False,
            "fixedrange": True,
        },
        yaxis={**gap_axis, "domain": below, "title": "gap before the chunk (log)"},
        yaxis2={
            "domain": [border, 1],
            "anchor": "x2",
            "tickvals": list(range(len(choices))),
            "ticktext": named,
            "range": [n - 0.45, -0.55],
            "showgrid": False,
            "fixedrange": True,
        },
        yaxis3={**gap_axis, "domain": below, "anchor": "x3", "matches": "y", "showticklabels": False},
    )


def _lanes(figure: go.Figure, choices: pd.DataFrame, own: pd.DataFrame, colors: Theme) -> None:
    """A lane a choice: the wait for its first token, a stroke a chunk with text, and in numbers how it came."""
    place = {choice: at for at, choice in enumerate(choices["choice"])}
    waits = choices[choices["first_text_s"] > 0]
    figure.add_scatter(
        x=[x for wait in waits["first_text_s"] for x in (0, wait, None)],
        y=[y for choice in waits["choice"] for y in (place[choice], place[choice], None)],
        mode="lines",
        line={"color": colors.wire, "width": 2},
        hoverinfo="skip",
        showlegend=False,
        name="wait",
        **_LANES,
    )
    scatter = figure.add_scattergl if len(own) > _MOST_SVG else figure.add_scatter
    for kind in (*JOINED_KINDS, _OTHER):
        of = own[own["kind"].fillna(_OTHER) == kind]
        if len(of):
            scatter(
                x=of["t_s"],
                y=of["choice"].map(place),
                mode="markers",
                marker={"symbol": "line-ns-open", "size": 16, "color": _color(kind), "line": {"width": 1.5}},
                name=KIND_LABELS.get(kind, "tag"),
                showlegend=False,
                customdata=[[chunk, _seconds(gap)] for chunk, gap in _rows(of, "chunk", "gap_s")],
                hovertemplate="<b>chunk %{customdata[0]}</b><br>%{customdata[1]} after the choice's last text"
                f"<extra>{KIND_LABELS.get(kind, 'tag')}</extra>",
                **_LANES,
            )
    for name, column, symbol, above in (
        ("first token", "first_text_s", "triangle-down", -0.36),
        ("first output", "first_output_s", "triangle-up", 0.36),
    ):
        figure.add_scatter(
            x=choices[column],
            y=[at + above for at in place.values()],
            mode="markers",
            marker={"symbol": symbol, "size": 8, "color": colors.text},
            name=name,
            customdata=[_seconds(at) for at in choices[column]],
            hovertemplate=f"%{{customdata}}<extra>{name}</extra>",
            **_LANES,
        )
    for row in choices.to_dict("records"):
        figure.add_annotation(
            text=_numbers(row),
            x=_RIGHT[0],
            xref="paper",
            xanchor="left",
            y=place[row["choice"]],
            yref="y2",
            align="left",
            showarrow=False,
            font={"color": colors.muted, "size": 12},
        )


def _numbers(row: dict[Any, Any]) -> str:
    names = ("TTFT", "TTFO") if row["since"] == "request" else ("first", "output")
    first, output = (
        f"{name} {_seconds(row[column])}"
        for name, column in zip(names, ("first_text_s", "first_output_s"), strict=True)
    )
    pace = [f"ITL {_seconds(row['itl_s'])}"] if row["itl_s"] > 0 else []
    pace += [f"{row['chars_per_s']:,.0f} chars/s"] if row["chars_per_s"] > 0 else []
    return f"{first} · {output}<br>" + " · ".join(pace)


def _strip(figure: go.Figure, gaps: pd.DataFrame, floor: float) -> None:
    """A point a chunk: when it came and how long after the one before, coloured by what it brought."""
    kinds = gaps["kind"].fillna(_OTHER).where(gaps["gap_s"].notna())
    scatter = figure.add_scattergl if len(gaps) > _MOST_SVG else figure.add_scatter
    for kind in (*JOINED_KINDS, _OTHER):
        of = gaps[kinds == kind]
        if len(of):
            scatter(
                x=of["t_s"],
                y=_heights(of["gap_s"], floor),
                mode="markers",
                name=KIND_LABELS.get(kind, kind),
                marker={"color": _color(kind), "size": 6, "opacity": 0.85},
                customdata=[
                    [chunk, _seconds(gap), _seconds(at)] for chunk, gap, at in _rows(of, "chunk", "gap_s", "t_s")
                ],
                hovertemplate="<b>chunk %{customdata[0]}</b> at %{customdata[2]}<br>%{customdata[1]} after the one before"
                f"<extra>{KIND_LABELS.get(kind, kind)}</extra>",
            )


def _marks(figure: go.Figure, found: pd.DataFrame, gaps: pd.DataFrame, floor: float) -> None:
    """Stalls and bursts: a ring around the chunk that ended the wait, and the time without text shaded."""
    named = found.sort_values("wait_s", ascending=False, kind="stable").head(_MOST_LABELS).index
    at = gaps.set_index("chunk")
    for mark, name, symbol, color in (
        ("stall", "stall", "circle-open", VERMILION),
        ("burst", "burst, its chunks", "square-open", PINK),
    ):
        of = found[found["mark"] == mark]
        if of.empty:
            continue
        ends = of["last_chunk"] if mark == "stall" else of["first_chunk"]
        short = [_seconds(wait) if mark == "stall" else f"{n}" for wait, n in _rows(of, "wait_s", "n_chunks")]
        figure.add_scatter(
            x=at.loc[ends, "t_s"],
            y=_heights(at.loc[ends, "gap_s"].fillna(0), floor),
            mode="markers+text",
            marker={"symbol": symbol, "size": 13, "color": color, "line": {"width": 2}},
            text=[text if row in named else "" for text, row in zip(short, of.index, strict=True)],
            textposition="middle left",
            textfont={"color": color, "size": 12},
            name=name,
            customdata=[words.replace(", from", ",<br>from") for words in of["words"]],
            hovertemplate="%{customdata}<extra></extra>",
            cliponaxis=False,
        )
        for row in of.loc[of.index.isin(named)].to_dict("records"):
            end = row["t_s"] + (row["duration_s"] if mark == "stall" else 0)
            figure.add_shape(
                type="rect",
                x0=end - row["wait_s"],
                x1=end,
                y0=0,
                y1=1,
                yref="y domain",
                fillcolor=color,
                opacity=0.1,
                line={"width": 0},
                layer="below",
            )


def _spread(figure: go.Figure, choices: pd.DataFrame, own: pd.DataFrame, floor: float, colors: Theme) -> None:
    """How often each choice's gaps have each length: bars beside the strip, on its axis."""
    for at, row in enumerate(choices.to_dict("records")):
        gap_s = own.loc[own["choice"] == row["choice"], "gap_s"].dropna()
        if gap_s.empty:
            continue
        edges = _edges(floor, gap_s)
        counts, _ = np.histogram(_heights(gap_s, floor), edges)
        drawn = np.flatnonzero(counts)
        low, high = edges[drawn], edges[drawn + 1]
        figure.add_bar(
            orientation="h",
            y=(low + high) / 2,
            x=counts[drawn] / counts.max() * 0.86,
            base=at,
            width=(high - low) * 0.86,
            marker={"color": colors.muted, "line": {"width": 0}},
            showlegend=False,
            name=f"choice {row['choice']}",
            customdata=[[int(counts[bin_]), *map(_seconds, edges[bin_ : bin_ + 2])] for bin_ in drawn],
            hovertemplate="%{customdata[0]:,} gaps of %{customdata[1]} to %{customdata[2]}<extra></extra>",
            **_BESIDE,
        )
        figure.add_scatter(
            x=[at, at + 0.9],
            y=_heights(pd.Series([row["gap_p50_s"]] * 2), floor),
            mode="lines",
            line={"color": colors.text, "width": 1.5, "dash": "dot"},
            name="median gap of a choice",
            showlegend=at == 0,
            hovertemplate=f"median {_seconds(row['gap_p50_s'])}<extra></extra>",
            **_BESIDE,
        )


def _brought(events: pd.DataFrame, *by: str) -> pd.DataFrame:
    """What came first in each chunk (of each choice), of what is drawn."""
    drawn = events[events["kind"].isin(JOINED_KINDS)].drop_duplicates(list(by))
    return drawn.assign(kind=drawn["kind"].astype("str"))[[*by, "kind"]]


def _color(kind: str) -> str:
    return KIND_COLORS.get(kind, GREY)


def _rows(frame: pd.DataFrame, *names: str) -> Any:
    return zip(*(frame[name] for name in names), strict=True)


def _floor(gap_s: pd.Series[float]) -> float:
    """The power of ten at or below the smallest gap; where there are gaps of nothing, they are drawn one lower."""
    positive = gap_s[gap_s > 0]
    smallest = max(float(positive.min()), 1e-6) if len(positive) else 1e-3
    lowest = decade(smallest) - (1 if (gap_s <= 0).any() else 0)
    return _power(min(lowest, decade(max(gap_s.max(), smallest)) - 1))


def _power(exponent: int) -> float:
    return float(f"1e{exponent}")


def _heights(gap_s: pd.Series[float], floor: float) -> np.ndarray:
    heights: np.ndarray = np.maximum(gap_s.to_numpy(dtype=float), floor)
    return heights


def _edges(floor: float, gap_s: pd.Series[float]) -> np.ndarray:
    """The edges of the bins, of whole decades from the floor to above the longest gap."""
    decades = range(decade(floor), decade(max(gap_s.max(), floor)) + 1)
    return np.array([*(float(f"{edge}e{each}") for each in decades for edge in _BIN_EDGES), _power(decades.stop)])


def _gap_axis(floor: float, gap_s: pd.Series[float]) -> dict[str, Any]:
    """Powers of ten in the units people say; the lowest is called 0 where gaps of nothing are drawn there."""
    low = decade(floor)
    top = max(float(gap_s.max()), _power(low + 1))
    high = decade(top) + (top > _power(decade(top)))
    ticks = [_power(exponent) for exponent in range(low, high + 1)]
    names = [_seconds(tick) for tick in ticks]
    if (gap_s <= 0).any():
        names[0] = "0"
    # plotly wants the range of a logarithmic axis in exponents.
    return {"type": "log", "tickvals": ticks, "ticktext": names, "range": [low - 0.12, math.log10(top) + 0.35]}


def _seconds(seconds: float) -> str:
    """A time in the unit that suits it."""
    if np.isnan(seconds):
        return "–"
    size = abs(float(f"{seconds:.3g}"))  # as it is shown: 999.9 µs are 1 ms
    if size >= 1:
        return f"{seconds:.3g} s" if size < 1000 else f"{seconds:,.0f} s"
    return f"{seconds * 1e3:.3g} ms" if size >= 1e-3 or size == 0 else f"{seconds * 1e6:.3g} µs"
