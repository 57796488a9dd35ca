"""Pictures of recordings: one function a question, frames in, a plotly figure out.

Takes a `Recording` or `Corpus` (anything with the public frames as attributes), gives a ``plotly.graph_objects.Figure``.
Recorded text reaches a figure only through `recexplore.views.plotly_text`. Where something was not recorded the figure
says so instead of drawing it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from recexplore.analysis import reasoning as reasoning_analysis
from recexplore.analysis import usage as usage_analysis
from recexplore.views.blank_figure import Frames, blank, say
from recexplore.views.lanes import draw_lanes
from recexplore.views.plotly_numbers import rounded_figure, rounded_frame
from recexplore.views.plotly_text import label
from recexplore.views.theme import (
    AMBER,
    BLUE,
    GREY,
    PALETTE,
    PINK,
    SKY,
    THEMES,
    VERMILION,
    VIOLET,
    ThemeName,
)

__all__ = ["interleaving", "overview", "reasoning_split", "tokens"]

_MOST_RECORDINGS: Final = 30
_LEAST_LABELLED: Final = 0.09


def interleaving(
    recording: Frames | pd.DataFrame,
    *,
    x: Literal["chunk", "time"] = "chunk",
    cursor: int | None = None,
    theme: ThemeName = "light",
) -> go.Figure:
    """How the choices of one answer took turns: a lane a choice, a block a chunk.

    A block's height grows with the square root of its text, its colour is what it holds; a thin line follows the wire from
    lane to lane; an open circle is a finish. What concerns all choices stands in a lane of its own.

    Parameters
    ----------
    recording
        A `Recording`, or the ``events`` of one.
    x
        ``"chunk"``: position on the wire. ``"time"``: seconds; only where chunks were stamped.
    cursor
        A chunk to mark; what comes after it is pale.
    theme
        ``"light"`` or ``"dark"``.

    Raises
    ------
    ValueError
        The events are of more than one recording, or ``x`` is neither.

    Returns
    -------
    plotly.graph_objects.Figure
        Horizontal axis in chunks (from zero) or in seconds since ``recordings.t_zero``.
    """
    events = recording if isinstance(recording, pd.DataFrame) else recording.events
    ids = events["recording"].unique()
    if len(ids) > 1:
        raise ValueError(f"interleaving draws one recording, these events are of {len(ids)}; use corpus[...]")
    figure = blank(theme, f"Interleaving of {label(ids[0])}" if len(ids) else "Interleaving")
    if events.empty:
        return say(figure, theme, "no event was recorded", "the recording holds no answer")
    if x not in ("chunk", "time"):
        raise ValueError(f'x is "chunk" or "time", not {x!r}')
    if x == "time" and events["t_s"].isna().all():
        return say(figure, theme, "time was not recorded", 'nothing stamped the chunks; use x="chunk"')
    draw_lanes(figure, rounded_frame(events), x, cursor, THEMES[theme])
    return rounded_figure(figure)


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
    split = reasoning_analysis.split(events)
    several = events["recording"].nunique() > 1
    split, title = _most_reasoning(split)
    figure = blank(theme, title)
    if split.empty:
        return say(figure, theme, "no text was recorded", "neither reasoning nor content came")
    phases = reasoning_analysis.phases(events[events["recording"].isin(split["recording"])])
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
        yaxis=_rows_axis(names),
    )
    # Only the right half is stacked; the left shows phases where they stand.
    _stack_right(figure)
    return rounded_figure(figure)


def _most_reasoning(split: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Of many answers, the recordings with most reasoning; and a title that says so."""
    recordings = split["recording"].unique()
    if len(recordings) <= _MOST_RECORDINGS:
        return split, "Reasoning and content"
    chars = split["chars"].where(split["phase"] == "reasoning", 0).groupby(split["recording"], sort=False).sum()
    most = chars.sort_values(ascending=False, kind="stable").head(_MOST_RECORDINGS).index
    title = f"Reasoning and content: {_MOST_RECORDINGS} of {len(recordings):,} recordings, most reasoning first"
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
    found = usage_analysis.tokens(recording.recordings, recording.usage, recording.choices, recording.events)
    figure = blank(theme, "Tokens, as reported")
    n = len(found)
    reported = found[found["n_reports"] > 0]
    if reported.empty and n != 1:
        return say(figure, theme, "tokens were not reported", f"none of {n} recordings carries a usage report")
    if n > _MOST_RECORDINGS:
        found = reported.sort_values("total", ascending=False, kind="stable").head(_MOST_RECORDINGS)
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
        yaxis=_rows_axis(names),
    )
    return rounded_figure(figure)


def _rows_axis(names: Sequence[str]) -> dict[str, Any]:
    """An axis of named rows from the top: positions, so that no two names are one and no name is a number."""
    return {
        "tickvals": list(range(len(names))),
        "ticktext": list(names),
        "range": [len(names) - 0.4, -0.6],
        "showgrid": False,
        "fixedrange": True,
    }


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
    about["provider"] = about["provider"].fillna("unknown")
    about["is"] = np.select(
        [about["error"].notna(), about["dialect"] == "unknown", about["streaming"].fillna(False).astype(bool)],
        ["error", "unknown dialect", "stream"],
        "whole answer",
    )
    providers = about["provider"].value_counts().head(_MOST_RECORDINGS).index
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
                [label(r), label(m), label(t, 72), n]
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
        yaxis=_rows_axis([label(provider, 28) for provider in providers]),
        yaxis2={"title": "characters of text", "anchor": "x2", **_log_axis(about["chars"])},
    )
    return rounded_figure(figure)


def _log_axis(values: pd.Series[Any]) -> dict[str, Any]:
    """Decades where the values span several, also 2 and 5 where not."""
    positive = values[values > 0]
    span = float(positive.max()) / float(positive.min()) if len(positive) else 1.0
    return {"type": "log", "dtick": 1 if span > 100 else "D2", "tickformat": ",~r"}
