"""The figure of how runs were sent: a lane a run, a block a piece, equal text at the same place of all lanes.

Takes a comparison, gives a ``plotly.graph_objects.Figure``. Where something was not recorded the figure says so
instead of drawing it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from recexplore.comparison.alignment import Alignment, aligned
from recexplore.model.counts import count
from recexplore.model.kinds import KINDS
from recexplore.views.figures.blank import blank, say
from recexplore.views.figures.compared import (
    LEGEND_BELOW,
    Compared,
    Pieces,
    Place,
    checked_runs,
    choice_of,
    group_name,
    matched_choices,
    number_of,
    run_names,
)
from recexplore.views.figures.plotly_numbers import rounded_figure
from recexplore.views.figures.plotly_text import passage
from recexplore.views.figures.row_axis import MOST_RECORDINGS, rows_axis
from recexplore.views.figures.theme import KIND_COLORS, KIND_LABELS, THEMES, VERMILION, Theme, ThemeName

__all__ = ["aligned_lanes"]

_MOST_BARS: Final = 4_000
_HALF: Final = 0.3
_OUTLINE: Final = 0.38
"""Half the height of a block, and of what is drawn around blocks, in lanes."""
_BETWEEN: Final = 0.02
"""Room between two texts, as a share of the longer."""
_LANE_PX: Final = 34
_END: Final = 1.01
"""Where the axis ends, and what is missing at the end of a lane has its place, as a share of the texts."""


def aligned_lanes(
    comparison: Compared,
    runs: Sequence[int | str] | None = None,
    choice: int | None = None,
    kind: str | None = None,
    *,
    theme: ThemeName = "light",
) -> go.Figure:
    """How runs were cut into chunks: a lane a run, a block a piece of text, along an axis on which equal text stands at
    the same place.

    A block's colour is its kind; where another run has words that one lacks there is room. What differs from the reference
    has an outline. A stroke marks where a run is cut and the reference is not, an open one where the reference is cut and
    the run is not. An open square at the end of a lane stands where a usage report is missing that other lanes have.

    Parameters
    ----------
    comparison
        A `Comparison`.
    runs
        Their names or their places (``name`` or ``run`` of ``comparison.runs``), in the order of lanes; the others
        are told by the first. Without them a run of each way in which the answer was sent (its class in
        ``comparison.runs.wire``), the reference first.
    choice, kind
        Which texts: of which choice (the first if none is named), and of which kind; without a kind all of the choice, in
        the order of the wire.
    theme
        ``"light"`` or ``"dark"``.

    Raises
    ------
    ValueError
        There is no such run, or there are too many for lanes.
    """
    choice = choice_of(comparison, choice)
    numbers, names = _lanes(comparison, runs, matched_choices(comparison, choice))
    classes = comparison.runs["wire"].nunique()
    more = f": {len(numbers)} of {classes:,} ways to send" if runs is None and classes > len(numbers) else ""
    figure = blank(theme, f"Chunks of {count(len(comparison.runs), 'run')} on one axis{more}")
    places = [each for each in comparison.places if each.choice == choice and kind in (None, each.kind)]
    places.sort(key=lambda place: KINDS.index(place.kind))
    texts = list(_texts(comparison, places, numbers))
    if not texts:
        return say(figure, theme, "no text was recorded", "no run says anything of the kind")
    blocks = [block for text in texts for block in text.blocks()]
    for of_kind, name in KIND_LABELS.items():
        if mine := [block for block in blocks if block.kind == of_kind]:
            _draw_blocks(figure, mine, name, KIND_COLORS[of_kind], THEMES[theme], len(blocks) <= _MOST_BARS)
    _outlines(figure, [each for text in texts for each in text.outlines()])
    _cuts(figure, texts, THEMES[theme])
    end = texts[-1].offset + texts[-1].alignment.width
    _missing_reports(figure, comparison, numbers, end, THEMES[theme])
    figure.update_layout(
        barmode="overlay",
        height=150 + _LANE_PX * len(numbers),
        margin={"b": 90},
        legend=LEGEND_BELOW,
        showlegend=True,
        xaxis={"title": "character, with room for what others say", "range": [-0.01 * end, _END * end]},
        yaxis=rows_axis(names),
    )
    return rounded_figure(figure)


def _missing_reports(figure: go.Figure, comparison: Compared, runs: Sequence[int], end: int, colors: Theme) -> None:
    """The end of a lane without a usage report, where another lane has one."""
    is_missing = comparison.runs[["prompt_tokens", "completion_tokens"]].iloc[list(runs)].isna().all(axis=1).to_numpy()
    if is_missing.all() or not is_missing.any():
        return
    lanes = np.flatnonzero(is_missing)
    line = {"color": colors.text, "width": 1.5}
    figure.add_scatter(
        x=np.full(len(lanes), _END * end),
        y=lanes,
        mode="markers",
        marker={"symbol": "square-open", "size": 9, "color": colors.text, "line": line},
        customdata=[f"run {number_of(runs[lane])}: no usage report came" for lane in lanes.tolist()],
        hovertemplate="%{customdata}<extra></extra>",
        cliponaxis=False,
        name="no usage report",
    )


def _lanes(
    comparison: Compared, runs: Sequence[int | str] | None, matched: Mapping[int, str]
) -> tuple[list[int], list[str]]:
    """The runs that are drawn, and the names of their lanes, with the choice where the run gave it another number."""
    names = run_names(comparison.runs)
    groups: list[list[int]]
    if runs is not None:
        chosen = checked_runs(comparison, runs, 1, MOST_RECORDINGS)
        groups = [[run] for run in chosen]
    else:
        # The order of choices is a matter of the wire: runs of a class have the same.
        groups = comparison.runs.groupby("wire")["run"].agg(list).tolist()[:MOST_RECORDINGS]
        chosen = [comparison.reference if comparison.reference in each else each[0] for each in groups]
    return chosen, [
        " · ".join([group_name(each, names, comparison.reference), *([matched[run]] if run in matched else [])])
        for run, each in zip(chosen, groups, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _Block:
    """A piece of a text on the axis."""

    lane: int
    kind: str
    left: int
    right: int
    about: str


@dataclass(frozen=True, slots=True)
class _Text:
    """A text of all lanes on its stretch of the axis."""

    kind: str
    runs: Sequence[int]
    texts: Sequence[str]
    pieces: Sequence[Pieces]
    alignment: Alignment
    offset: int

    def blocks(self) -> Iterator[_Block]:
        """The pieces, lane by lane; one that has room inside for what others say is several."""
        name = KIND_LABELS[self.kind]
        for lane, (run, text, cut) in enumerate(zip(self.runs, self.texts, self.pieces, strict=True)):
            positions = self.alignment.positions[lane]
            # Of pieces without characters the one that has them begins last.
            piece = np.searchsorted(cut.starts, np.arange(len(positions)), side="right") - 1
            begins = np.flatnonzero((np.diff(piece, prepend=-1) != 0) | (np.diff(positions, prepend=-2) != 1))
            ends = np.append(begins[1:], len(positions))[: len(begins)]
            for low, high, number in zip(begins.tolist(), ends.tolist(), piece[begins].tolist(), strict=True):
                start, end, chunk = cut.starts[number], cut.ends[number], cut.chunks[number]
                facts = f"<b>run {number_of(run)}, chunk {chunk:,}</b> · {name} · characters {start:,} to {end:,}"
                left, right = int(positions[low]) + self.offset, int(positions[high - 1]) + 1 + self.offset
                yield _Block(lane, self.kind, left, right, f"{facts}<br>{passage(text[start:end])}")

    def outlines(self) -> Iterator[tuple[int, int, int]]:
        """What differs from the reference, from the equal text before to that behind: lane, left, right."""
        # The reference's own is what any of the others has not: of several most of it.
        for lane in range(0 if len(self.runs) == 2 else 1, len(self.runs)):
            edges = np.array([-1, *self.alignment.positions[lane], self.alignment.width]) + self.offset
            for start, end in self.alignment.differing[lane]:
                yield lane, int(edges[start]) + 1, int(edges[end + 1])

    def cuts(self, lane: int) -> NDArray[np.int64]:
        """Where pieces begin within the text, on the axis."""
        starts, positions = self.pieces[lane].starts, self.alignment.positions[lane]
        within: NDArray[np.int64] = positions[np.unique(starts[(starts > 0) & (starts < len(positions))])]
        return within

    def equal(self, lane: int) -> NDArray[np.int64]:
        """Positions at which a cut can be compared: the text on both of its sides is as in the reference."""
        positions = self.alignment.positions[lane]
        is_equal = np.ones(len(positions), dtype=bool)
        for start, end in self.alignment.differing[lane]:
            is_equal[start : end + 1] = False
        within: NDArray[np.int64] = positions[is_equal]
        return within


def _texts(comparison: Compared, places: Sequence[Place], runs: Sequence[int]) -> Iterator[_Text]:
    """The texts that any of the runs has, one behind the other."""
    offset = 0
    for place in places:
        all_texts = comparison.texts(place.choice, place.kind, place.tool_index)
        all_pieces = comparison.pieces(place.choice, place.kind, place.tool_index)
        texts = [all_texts[run] for run in runs]
        if any(texts):
            alignment = aligned(texts)
            yield _Text(place.kind, runs, texts, [all_pieces[run] for run in runs], alignment, offset)
            offset += int(alignment.width * (1 + _BETWEEN)) + 1


def _draw_blocks(
    figure: go.Figure, blocks: Sequence[_Block], name: str, color: str, colors: Theme, are_bars: bool
) -> None:
    """Bars; of very many blocks strokes, which WebGL can carry."""
    lanes = np.array([block.lane for block in blocks])
    left, right = (np.array([getattr(block, side) for block in blocks]) for side in ("left", "right"))
    labels = [block.about for block in blocks]
    cells: dict[str, Any] = {"name": name, "hovertemplate": "%{customdata}<extra></extra>"}
    if are_bars:
        line = {"color": colors.background, "width": 1}
        figure.add_bar(
            orientation="h",
            base=left,
            x=right - left,
            y=lanes,
            width=2 * _HALF,
            marker={"color": color, "line": line, "cornerradius": 0},
            customdata=labels,
            **cells,
        )
        return
    ends = np.column_stack([left, right, np.full(len(left), np.nan)])
    figure.add_scattergl(
        x=ends.ravel(),
        y=np.repeat(lanes, 3),
        mode="lines",
        line={"color": color, "width": 2 * _HALF * _LANE_PX},
        customdata=[label for label in labels for _ in range(3)],
        **cells,
    )


def _outlines(figure: go.Figure, differing: Sequence[tuple[int, int, int]]) -> None:
    if not differing:
        return
    lane, left, right = (np.array(column, dtype=np.float64) for column in zip(*differing, strict=True))
    gap = np.full(len(lane), np.nan)
    low, high = lane - _OUTLINE, lane + _OUTLINE
    figure.add_scatter(
        x=np.column_stack([left, right, right, left, left, gap]).ravel(),
        y=np.column_stack([low, low, high, high, low, gap]).ravel(),
        mode="lines",
        line={"color": VERMILION, "width": 1.5},
        hoverinfo="skip",
        name="differs",
    )


def _cuts(figure: go.Figure, texts: Sequence[_Text], colors: Theme) -> None:
    """Where a lane is cut otherwise than the first."""
    more: list[tuple[int, int]] = []
    less: list[tuple[int, int]] = []
    for text in texts:
        expected = text.cuts(0)
        for lane in range(1, len(text.runs)):
            own, equal = text.cuts(lane), text.equal(lane)
            for rows, places in ((more, np.setdiff1d(own, expected)), (less, np.setdiff1d(expected, own))):
                rows += [(lane, place + text.offset) for place in np.intersect1d(places, equal).tolist()]
    for name, symbol, rows in (
        ("cut, the reference not", "line-ns", more),
        ("not cut, the reference is", "diamond-open", less),
    ):
        if rows:
            figure.add_scatter(
                x=[place for _, place in rows],
                y=[lane for lane, _ in rows],
                mode="markers",
                marker={
                    "symbol": symbol,
                    "size": _LANE_PX * _OUTLINE if symbol == "line-ns" else 6,
                    "color": colors.text,
                    "line": {"color": colors.text, "width": 1.5},
                },
                hoverinfo="skip",
                name=name,
            )
