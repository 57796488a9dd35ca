"""The figure of first divergences: after how many characters runs part from the reference.

Takes a comparison, gives a ``plotly.graph_objects.Figure``. Where there is nothing to draw the figure says so.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from recexplore.model.counts import count
from recexplore.model.plain_values import plain
from recexplore.views.figures.blank import blank, say
from recexplore.views.figures.compared import LEGEND_BELOW, Compared, RunLines
from recexplore.views.figures.plotly_numbers import decade, rounded_figure
from recexplore.views.figures.plotly_text import excerpt
from recexplore.views.figures.theme import KIND_COLORS, KIND_LABELS, THEMES, ThemeName

__all__ = ["first_divergences"]

XName: TypeAlias = Literal["characters", "share"]

_MOST_BINS: Final = 40
_MOST_SAID: Final = 3
_MOST_BY_ONE: Final = 6
_X_TITLES: Final[dict[XName, str]] = {
    "characters": "characters that both begin with",
    "share": "share of the longer text that both begin with",
}


def first_divergences(comparison: Compared, *, x: XName = "characters", theme: ThemeName = "light") -> go.Figure:
    """Where the texts of the runs part from the reference's first: how many, by kind of text.

    Parameters
    ----------
    comparison
        A `Comparison`.
    x
        ``"characters"``: how many both texts begin with. ``"share"``: by the longer of both, from 0 to 1.
    theme
        ``"light"`` or ``"dark"``.

    Raises
    ------
    ValueError
        There is no such ``x``.
    """
    if x not in _X_TITLES:
        raise ValueError(f'x is "characters" or "share", not {x!r}')
    parted, n_runs = comparison.divergences, len(comparison.runs)
    n_parted = parted["run"].nunique()
    figure = blank(theme, f"First divergences: {n_parted:,} of {count(n_runs, 'run')} part from the reference")
    if parted.empty:
        return say(figure, theme, "no text differs", f"all {count(n_runs, 'run')} say the same")
    values = parted["char"] if x == "characters" else parted["share"]
    longest = _longest(comparison) if x == "characters" else 1
    step = _step(longest) if x == "characters" else 1 / _MOST_BINS
    # A share of 1 is none: a text that differs has its first difference before.
    bins = np.floor(values.to_numpy(dtype=np.float64) / step + 1e-9).astype(np.int64)
    lines = RunLines(comparison)
    for kind, name in KIND_LABELS.items():
        chosen = parted["kind"].to_numpy() == kind
        if not chosen.any():
            continue
        of_kind = parted[chosen].groupby(bins[chosen])
        numbers = np.array(list(of_kind.groups), dtype=np.int64)
        figure.add_bar(
            x=(numbers + 0.5) * step,
            y=of_kind.size().to_numpy(),
            width=step,
            name=name,
            marker={"color": KIND_COLORS[kind], "line": {"color": THEMES[theme].background, "width": 1}},
            customdata=[_about(number, step, mine, x, lines) for number, mine in of_kind],
            hovertemplate=f"%{{customdata}}<extra>{name}</extra>",
        )
    per_run = len(parted) == n_parted
    figure.update_layout(
        barmode="stack",
        bargap=0,
        height=340,
        showlegend=True,
        margin={"b": 84},
        legend=LEGEND_BELOW,
        xaxis={
            "title": _X_TITLES[x],
            "range": [0, max(longest, (int(bins.max()) + 1) * step)],
            "tickformat": ",d" if x == "characters" else ".0%",
        },
        yaxis={"title": "runs" if per_run else "texts of runs", "rangemode": "tozero", **_whole_numbers(bins)},
    )
    return rounded_figure(figure)


def _whole_numbers(bins: NDArray[np.int64]) -> dict[str, object]:
    """An axis of counts: where few are, plotly would write halves."""
    few = np.bincount(bins).max() <= _MOST_BY_ONE
    return {"tickformat": ",d", "dtick": 1 if few else None}


def _longest(comparison: Compared) -> int:
    """Characters of the longest of the texts that differ."""
    places = comparison.divergences[["choice", "kind", "tool_index"]].drop_duplicates()
    texts = [comparison.texts(choice, kind, plain(call)) for choice, kind, call in places.itertuples(index=False)]
    return max(len(text) for of_place in texts for text in of_place)


def _step(longest: int) -> float:
    """The width of a bar in characters: 1, 2 or 5 times a power of ten, so that there are not too many."""
    least = max(longest / _MOST_BINS, 1.0)
    power = 10.0 ** decade(least)
    return next(step * power for step in (1, 2, 5, 10) if step * power >= least)


def _about(number: Any, step: float, parted: pd.DataFrame, x: XName, lines: RunLines) -> str:
    """A bar for its hover label: from where to where, what is said there, and by whom."""
    low, high = number * step, (number + 1) * step
    where = f"characters {low:,.0f} to {high - 1:,.0f}" if x == "characters" else f"{low:.1%} to {high:.1%} of the text"
    said = Counter(zip(parted["says"], parted["reference_says"], strict=True))
    words = [
        f"“{excerpt(says, 24, (1, 0))}” for “{excerpt(reference, 24, (1, 0))}”{f' × {n}' if n > 1 else ''}"
        for (says, reference), n in said.most_common(_MOST_SAID)
    ]
    more = [f"… {count(len(said), 'wording')} in all"] if len(said) > _MOST_SAID else []
    head = f"<b>{count(len(parted), 'text')} at {where}</b>"
    return "<br>".join([head, *words, *more, lines.of(parted["run"].unique().tolist())])
