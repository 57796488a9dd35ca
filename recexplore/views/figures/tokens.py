"""The figure of tokens, as reported.

Takes frames, gives a ``plotly.graph_objects.Figure``. Where something was not recorded the figure says so
instead of drawing it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd
import plotly.graph_objects as go

from recexplore.analysis import usage
from recexplore.model.counts import count
from recexplore.model.plain_values import records
from recexplore.views.figures.blank import Frames, blank, say
from recexplore.views.figures.plotly_numbers import rounded_figure
from recexplore.views.figures.plotly_text import label
from recexplore.views.figures.row_axis import MOST_RECORDINGS, rows_axis
from recexplore.views.figures.theme import AMBER, BLUE, PINK, SKY, THEMES, VIOLET, ThemeName
from recexplore.views.text.test_names import test_name

__all__ = ["tokens"]

_LEAST_FONT: Final = 11
"""A number that has no room for letters of this size is left to the hover label, for half a number is another one."""
_FONT: Final = 12
_BAR, _ROW, _ROW_WITH_TEST = 22, 34, 48
"""Pixels: a bar that has room for a number, a row, and a row that names a test."""
_ABOVE_THE_BAR: Final = 19
_CHARACTER: Final = 6.9
"""Pixels that a character of the notes takes, in the widest of the fonts."""
_LONGEST_NAME: Final = 80


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
        return say(figure, theme, "tokens were not reported", f"none of {count(n, 'recording')} carries a usage report")
    if n > MOST_RECORDINGS:
        found = reported.sort_values("total", ascending=False, kind="stable").head(MOST_RECORDINGS)
        figure.update_layout(title_text=f"Tokens, as reported: the largest {len(found)} of {count(n, 'recording')}")
    names = [label(each) for each in found["recording"]]
    places = list(range(len(found)))
    tests = _tests(recording.recordings, found["recording"])
    row_height = _ROW_WITH_TEST if any(tests) else _ROW
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
                width=_BAR / row_height,
                marker={"color": color, "line": {"width": 0}},
                text=["" if pd.isna(value) or not value else f"{int(value):,}" for value in values],
                textposition="inside",
                textangle=0,
                insidetextfont={"size": _FONT},
                insidetextanchor="middle",
                hovertemplate=f"%{{x:,}} tokens<extra>{text}</extra>",
            )
    notes = [_note(row) for row in records(found)]
    _beside(figure, notes, tests, theme)
    shown = f"{len(reported):,} of {count(n, 'recording')} {'reports' if len(reported) == 1 else 'report'} usage"
    figure.update_layout(
        barmode="stack",
        height=120 + row_height * len(found),
        margin={"r": 30 + int(_CHARACTER * max(len(what) + len(seen) for what, seen in notes))},
        legend={"xref": "container", "x": 0.985, "traceorder": "normal"},
        uniformtext={"minsize": _LEAST_FONT, "mode": "hide"},
        xaxis={
            "title": f"tokens ({shown})" if n > 1 else "tokens",
            "rangemode": "tozero",
            "visible": not reported.empty,
        },
        yaxis=rows_axis(names),
    )
    return rounded_figure(figure)


def _tests(recordings: pd.DataFrame, shown: pd.Series[str]) -> list[str]:
    """The short name of each recording's test, with its parameters cut where they are long; "" where there is none."""
    ids = recordings.set_index("recording")["test_id"].reindex(shown)
    parted = [test_name(each) if isinstance(each, str) else ("", "") for each in ids]
    called = [f"{name}[{parameters}]" if parameters else name for name, parameters in parted]
    return [name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…" for name in called]


def _note(row: dict[str, Any]) -> tuple[str, str]:
    """What was reported in all, and what was observed."""
    total = "no total" if row["total"] is None else f"{row['total']:,} in all"
    if row["n_text_events"] is None:
        seen = "nothing"
    else:
        seen = f"{count(int(row['n_text_events']), 'text delta')}, {count(int(row['content_chars']), 'character')}"
    return (total if row["n_reports"] else "not reported"), f" · seen: {seen}"


def _beside(figure: go.Figure, notes: Sequence[tuple[str, str]], tests: Sequence[str], theme: ThemeName) -> None:
    """Right of each bar what was reported and observed, above it the test."""
    text = {
        "showarrow": False,
        "font": {"color": THEMES[theme].muted, "size": _FONT},
        "xref": "paper",
        "xanchor": "left",
    }
    for place, ((what, seen), test) in enumerate(zip(notes, tests, strict=True)):
        figure.add_annotation(x=1, xshift=14, y=place, text=f"<b>{what}</b>{seen}", **text)
        if test:
            figure.add_annotation(x=0, y=place, yshift=_ABOVE_THE_BAR, text=label(test, _LONGEST_NAME), **text)
    if not any(trace.type == "bar" for trace in figure.data):
        # An axis exists only where something is drawn on it.
        places = list(range(len(notes)))
        figure.add_bar(orientation="h", y=places, x=[0] * len(places), showlegend=False, hoverinfo="skip")
