"""The figure of how alike runs are: a cell a pair of answers, those that are alike beside each other.

Takes a comparison, gives a ``plotly.graph_objects.Figure``. Where there is nothing to draw the figure says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final, NamedTuple

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from recexplore.analysis.clustering import clustered_order
from recexplore.model.counts import count
from recexplore.views.figures.blank import blank, say
from recexplore.views.figures.compared import LEGEND_BELOW, VERDICT_MARKS, Compared, RunLines, group_name, run_names
from recexplore.views.figures.plotly_numbers import rounded_figure
from recexplore.views.figures.theme import BLUE, GREY, PINK, THEMES, VIOLET, YELLOW, Theme, ThemeName, mixed

__all__ = ["similarity_matrix"]

_STEPS: Final = {0: 0.04, 25: 0.11, 50: 0.2, 70: 0.31, 80: 0.43, 90: 0.56, 95: 0.7, 100: 1.0}
"""From how many per cent on, and the share of colour: few shades, which can be told apart; only equal answers have all."""
_UNNAMED_STEPS: Final = (95,)
"""They have no room for a number."""
_MOST_NAMED: Final = 40
_MOST_WITH_PREFIX: Final = 200
"""Answers: of more the hover label says no common prefix, for the numbers would be most of the figure."""
_ROW_PX, _LEAST_PX, _MOST_PX = 30, 240, 560
_STRUCTURES: Final = (GREY, PINK, VIOLET, YELLOW, mixed(PINK, "#000000", 0.5), mixed(VIOLET, "#000000", 0.5))
"""None that a verdict has: both stand in one legend."""
_STRIPS: Final = ((0.0, 0.018), (0.024, 0.042))
_MATRIX: Final = (0.056, 1.0)


class _Answer(NamedTuple):
    """A text, and the runs that say it."""

    text: str
    runs: list[int]


def similarity_matrix(comparison: Compared, *, theme: ThemeName = "light") -> go.Figure:
    """How alike the answers are, all that a run says with another's: rows and columns are runs.

    Equal answers are one row, as high as their runs are many. Rows are ordered by average linkage, so that clusters stand
    together. Beside them stand the verdict of each run, and its class of structure where there are several.

    Parameters
    ----------
    comparison
        A `Comparison`.
    theme
        ``"light"`` or ``"dark"``.

    Returns
    -------
    plotly.graph_objects.Figure
        Similarity in whole per cent, rounded down: only equal answers have 100.
    """
    answers = _answers(comparison)
    n_runs, colors = len(comparison.runs), THEMES[theme]
    figure = blank(theme, f"Similarity of {count(n_runs, 'run')}: {count(len(answers), 'answer')}")
    if len(answers) < 2:
        return say(figure, theme, "no text differs", f"all {count(n_runs, 'run')} say the same")
    similarity, prefixes = _matrices(comparison, answers)
    of_reference = next(number for number, each in enumerate(answers) if comparison.reference in each.runs)
    order = clustered_order(1 - similarity, [len(each.runs) for each in answers], of_reference)
    ordered = [answers[number] for number in order]
    edges = np.append(0, np.cumsum([len(each.runs) for each in ordered]))
    has_prefix = len(answers) <= _MOST_WITH_PREFIX
    figure.add_heatmap(
        x=edges,
        y=edges,
        z=_per_cent(similarity)[np.ix_(order, order)],
        zmin=0,
        zmax=101,
        colorscale=_colorscale(colors),
        colorbar={
            "tickvals": [step for step in _STEPS if step not in _UNNAMED_STEPS],
            "ticktext": [f"{step} %" for step in _STEPS if step not in _UNNAMED_STEPS],
            "thickness": 12,
            "outlinewidth": 0,
            "tickfont": {"color": colors.muted, "size": 11},
        },
        xgap=_gap(len(answers)),
        ygap=_gap(len(answers)),
        customdata=prefixes[np.ix_(order, order)] if has_prefix else None,
        hovertemplate="%{y}<br>%{x}<br><b>%{z} % alike</b>"
        f"{', the first %{customdata:,} characters equal' if has_prefix else ''}<extra></extra>",
        name="similarity",
    )
    _strips(figure, comparison, [run for each in ordered for run in each.runs])
    names = _names(comparison, ordered)
    middles = (edges[1:] + edges[:-1]) / 2
    axis = {"tickvals": middles, "ticktext": names, "showgrid": False, "ticks": ""}
    figure.update_layout(
        barmode="overlay",
        height=150 + int(np.clip(_ROW_PX * len(answers), _LEAST_PX, _MOST_PX)),
        margin={"b": 84},
        legend=LEGEND_BELOW,
        xaxis={**axis, "domain": _MATRIX, "range": [0, n_runs], "showticklabels": False, "title": "runs"},
        yaxis={**axis, "range": [n_runs, 0], "anchor": "x2", "showticklabels": len(names) <= _MOST_NAMED},
    )
    return rounded_figure(figure)


def _answers(comparison: Compared) -> list[_Answer]:
    """Each text that runs say, the first said first; its runs by verdict."""
    ranks = {verdict: rank for rank, verdict in enumerate(VERDICT_MARKS)}
    verdicts = comparison.runs["verdict"].tolist()
    runs: dict[str, list[int]] = {}
    for run, text in enumerate(comparison.whole_texts):
        runs.setdefault(text, []).append(run)
    return [_Answer(text, sorted(mine, key=lambda run: (ranks[verdicts[run]], run))) for text, mine in runs.items()]


def _matrices(comparison: Compared, answers: Sequence[_Answer]) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Of each pair of answers the similarity, and how many characters both begin with."""
    numbers = {min(each.runs): number for number, each in enumerate(answers)}
    pairs = comparison.pairs
    one, other = (pairs[column].map(numbers).to_numpy(dtype=np.int64) for column in ("run", "other"))
    similarity = np.eye(len(answers))
    prefixes = np.diag([len(each.text) for each in answers]).astype(np.int32)
    for rows, columns in ((one, other), (other, one)):
        similarity[rows, columns] = pairs["similarity"]
        prefixes[rows, columns] = pairs["common_prefix"]
    return similarity, prefixes


def _per_cent(similarity: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Rounded down, and no answer as like another as itself."""
    shares = np.minimum(np.floor(similarity * 100 + 1e-6), 99)
    np.fill_diagonal(shares, 100)
    return shares.astype(np.uint8)


def _colorscale(colors: Theme) -> list[tuple[float, str]]:
    # Between whole numbers, so that each has one shade.
    bounds = [0.0, *(step - 0.5 for step in list(_STEPS)[1:]), 101.0]
    shades = [mixed(BLUE, colors.background, share) for share in _STEPS.values()]
    return [
        (bound / 101, shade)
        for low, high, shade in zip(bounds[:-1], bounds[1:], shades, strict=True)
        for bound in (low, high)
    ]


def _gap(n_answers: int) -> int:
    return 1 if n_answers <= _MOST_NAMED else 0


def _names(comparison: Compared, answers: Sequence[_Answer]) -> list[str]:
    names = run_names(comparison.runs)
    return [group_name(each.runs, names, comparison.reference) for each in answers]


def _strips(figure: go.Figure, comparison: Compared, runs: Sequence[int]) -> None:
    """Beside the rows: verdicts, and classes of structure where there are several."""
    verdicts, structures = comparison.runs["verdict"].tolist(), comparison.runs["structure"].tolist()
    colors = {verdict: mark.color for verdict, mark in VERDICT_MARKS.items()}
    _strip(figure, 0, [verdicts[run] for run in runs], colors, runs, comparison)
    if len(set(structures)) > 1:
        classes = [f"structure {structures[run]}" for run in runs]
        shades = {
            f"structure {number}": _STRUCTURES[min(number, len(_STRUCTURES) - 1)] for number in sorted(set(structures))
        }
        _strip(figure, 1, classes, shades, runs, comparison)


def _strip(
    figure: go.Figure,
    place: int,
    values: Sequence[str],
    colors: Mapping[str, str],
    runs: Sequence[int],
    comparison: Compared,
) -> None:
    lines = RunLines(comparison)
    stretches = list(_stretches(values))
    for value, color in colors.items():
        mine = [(start, end) for each, start, end in stretches if each == value]
        if not mine:
            continue
        n = sum(end - start for start, end in mine)
        figure.add_bar(
            orientation="h",
            x=[1] * len(mine),
            y=[(start + end) / 2 for start, end in mine],
            width=[end - start for start, end in mine],
            marker={"color": color, "line": {"width": 0}, "cornerradius": 0},
            name=value,
            customdata=[lines.of(runs[start:end]) for start, end in mine],
            hovertemplate=f"<b>{value}: {count(n, 'run')}</b><br>%{{customdata}}<extra></extra>",
            xaxis=f"x{place + 2}",
        )
    hidden = {"domain": _STRIPS[place], "range": [0, 1], "visible": False, "anchor": "y", "fixedrange": True}
    figure.update_layout({f"xaxis{place + 2}": hidden})


def _stretches(values: Sequence[Any]) -> Iterator[tuple[Any, int, int]]:
    """Each value with the places from which to which it stands."""
    start = 0
    for value, same in groupby(values):
        end = start + len(list(same))
        yield value, start, end
        start = end
