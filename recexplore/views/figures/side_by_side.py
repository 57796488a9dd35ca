"""The figure of texts side by side: a column a run, equal text in the same line and place.

Takes a comparison, gives a ``plotly.graph_objects.Figure``. Where something was not recorded the figure says so
instead of drawing it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from typing import Final, NamedTuple

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from recexplore.comparison.alignment import Alignment, aligned
from recexplore.model.counts import count
from recexplore.views.figures.blank import blank
from recexplore.views.figures.compared import (
    Compared,
    Pieces,
    checked_runs,
    choice_of,
    matched_choices,
    number_of,
    run_names,
    say_no_text,
    text_name,
)
from recexplore.views.figures.plotly_numbers import rounded_figure
from recexplore.views.figures.plotly_text import signed
from recexplore.views.figures.theme import MONOSPACE, THEMES, VERMILION, Theme, ThemeName, mixed

__all__ = ["side_by_side"]

_MOST_RUNS: Final = 4
_COLUMNS_PX, _LETTER_PX, _ROW_PX = 610, 7.3, 18
"""The columns together in a figure of 700 pixels, a letter of the font, and a line."""
_CONTEXT: Final = 3
_MOST_ROWS: Final = 150
_NOTHING: Final = "\u00a0"


class _Row(NamedTuple):
    """A line of all columns: from where to where on the axis of the alignment; or how many lines are left out here."""

    start: int
    end: int
    n_folded: int = 0


def side_by_side(
    comparison: Compared,
    runs: Sequence[int | str] | None = None,
    choice: int | None = None,
    kind: str = "content",
    tool_index: int | None = None,
    *,
    letters: int | None = None,
    fold: bool = True,
    theme: ThemeName = "light",
) -> go.Figure:
    """Texts of two to four runs in columns, what differs marked, and where chunks were cut.

    Equal text stands in the same line and place of all columns; where another run has words that one lacks, there is room.
    Words that differ are red and bold. The chunks of a run take turns in two tones. A line below the texts says what the
    looks mean. Above a column stands its run's number of the choice, where that is another than the reference's.

    Parameters
    ----------
    comparison
        A `Comparison`.
    runs
        Their names or their places (``name`` or ``run`` of ``comparison.runs``), in the order of columns; the others
        are told by the first. Without them the reference and a run of each other text, the most frequent first.
    choice, kind, tool_index
        Which text: of which choice (the first that has one if none is named), ``"content"``, ``"reasoning"``,
        ``"refusal"`` or ``"tool_call"``, and of which call.
    letters
        Characters in a line of a column; without it what fits where the figure is 700 pixels wide.
    fold
        Leave out lines that are equal and far from what differs.
    theme
        ``"light"`` or ``"dark"``.

    Raises
    ------
    ValueError
        There is no such run or kind of text, or the runs are not two to four.
    """
    name, texts = text_name(comparison, choice, kind, tool_index), comparison.texts(choice, kind, tool_index)
    by_default = _of_each_text(texts, comparison.reference)
    chosen = by_default if runs is None else checked_runs(comparison, runs, 2, _MOST_RUNS)
    figure = blank(theme, f"Side by side: {name} of {count(len(chosen), 'run')}")
    if not any(texts[run] for run in chosen):
        return say_no_text(figure, theme, comparison, name)
    pieces = comparison.pieces(choice, kind, tool_index)
    alignment = aligned([texts[run] for run in chosen])
    columns = [
        _Column(run, texts[run], pieces[run], alignment, place, THEMES[theme]) for place, run in enumerate(chosen)
    ]
    rows = _rows(columns, letters or int(_COLUMNS_PX / len(columns) / _LETTER_PX) - 1, fold)
    for place, column in enumerate(columns):
        _draw(figure, column, place, rows[:_MOST_ROWS], THEMES[theme])
    matched = matched_choices(comparison, choice_of(comparison, choice, kind))
    _notes(figure, comparison, chosen, matched, texts, rows, THEMES[theme])
    _legend(figure, columns, THEMES[theme])
    shown = rows[:_MOST_ROWS]
    figure.update_layout(
        barmode="overlay",
        height=150 + _ROW_PX * len(shown),
        margin={"t": 84, "b": 44},
        xaxis={"range": [0, len(columns)], "visible": False, "fixedrange": True},
        yaxis={
            "range": [len(shown) - 0.5, -0.5],
            "tickvals": [place for place, row in enumerate(shown) if not row.n_folded],
            "ticktext": [f"{alignment.chars_before(0, row.start):,}" for row in shown if not row.n_folded],
            "tickfont": {"size": 10},
            "showgrid": False,
            "fixedrange": True,
        },
    )
    return rounded_figure(figure)


def _of_each_text(texts: Sequence[str], reference: int) -> list[int]:
    """The reference, and the first run of each other text, the most frequent first; twice the reference if all are equal."""
    times = Counter(texts)
    firsts = {text: run for run, text in reversed(list(enumerate(texts)))}
    others = sorted((text for text in times if text != texts[reference]), key=lambda text: (-times[text], firsts[text]))
    equal = [run for run in range(len(texts)) if run != reference][:1]
    return [reference, *([firsts[text] for text in others[: _MOST_RUNS - 1]] or equal)]


class _Column:
    """A text on the axis of the alignment: for each position its character, whether it differs, its chunk."""

    def __init__(self, run: int, text: str, pieces: Pieces, alignment: Alignment, place: int, colors: Theme) -> None:
        self.run, self.text, self.width = run, text, alignment.width
        positions = alignment.positions[place]
        self.chars = np.full(alignment.width, -1, dtype=np.int64)
        self.chars[positions] = np.arange(len(text))
        self.differs = np.zeros(alignment.width, dtype=bool)
        for start, end in alignment.differing[place]:
            self.differs[positions[start:end]] = True
        # Where the reference has words that this text lacks there is room.
        expected = np.zeros(alignment.width, dtype=bool)
        expected[alignment.positions[0]] = True
        self.differs |= expected & (self.chars < 0)
        # A piece without characters ends where it starts: the chunk of a character is that of the last piece begun.
        self.piece = np.searchsorted(pieces.starts, np.arange(len(text)), side="right") - 1
        self.chunks = pieces.chunks
        ground = colors.background
        self.tones = {
            (False, 0): colors.text,
            (False, 1): mixed(colors.text, ground, 0.62),
            (True, 0): VERMILION,
            (True, 1): mixed(VERMILION, colors.text, 0.6),
        }

    def line(self, row: _Row) -> str:
        """The row's characters, a sign for each position."""
        looks = ((self._look(place), int(self.chars[place])) for place in range(row.start, row.end))
        parts = []
        for look, places in groupby(looks, key=lambda each: each[0]):
            chars = [char for _, char in places]
            if look is None:
                parts.append(_NOTHING * len(chars))
            else:
                words = signed(self.text[chars[0] : chars[-1] + 1])
                weight = ";font-weight:bold" if look[0] else ""
                parts.append(f'<span style="color:{self.tones[look]}{weight}">{words}</span>')
        return "".join(parts)

    def _look(self, place: int) -> tuple[bool, int] | None:
        char = self.chars[place]
        return None if char < 0 else (bool(self.differs[place]), int(self.piece[char]) % 2 if len(self.chunks) else 0)

    def about(self, row: _Row) -> str:
        """The row for its hover label."""
        chars = self.chars[row.start : row.end]
        chars = chars[chars >= 0]
        if not len(chars):
            return "no text here"
        where = f"characters {chars[0]:,} to {chars[-1] + 1:,}"
        if not len(self.chunks):
            return where
        first, last = (self.chunks[max(self.piece[char], 0)] for char in (chars[0], chars[-1]))
        return f"{where}, chunk{f's {first:,} to' if first != last else ''} {last:,}"


def _rows(columns: Sequence[_Column], letters: int, fold: bool) -> list[_Row]:
    """Lines: as long as a column is wide, or up to a line end in any of the texts."""
    width = columns[0].width
    ends = {0, width}
    for column in columns:
        newlines = np.array([char == "\n" for char in column.text], dtype=bool)
        positions = np.flatnonzero(column.chars >= 0)
        ends.update((positions[newlines] + 1).tolist())
    rows = [
        _Row(start, min(start + letters, end))
        for paragraph, end in pairwise(sorted(ends))
        for start in range(paragraph, end, letters)
    ]
    differs = np.array([any(_differs(column, row) for column in columns) for row in rows])
    return list(_folded(rows, differs)) if fold and differs.any() else rows


def _differs(column: _Column, row: _Row) -> bool:
    return bool(column.differs[row.start : row.end].any())


def _folded(rows: Sequence[_Row], differs: NDArray[np.bool_]) -> Iterator[_Row]:
    near = [bool(differs[max(0, place - _CONTEXT) : place + _CONTEXT + 1].any()) for place in range(len(rows))]
    for is_near, group in groupby(zip(rows, near, strict=True), key=lambda each: each[1]):
        members = [row for row, _ in group]
        if is_near or len(members) == 1:
            yield from members
        else:
            yield _Row(members[0].start, members[-1].end, len(members))


def _draw(figure: go.Figure, column: _Column, place: int, rows: Sequence[_Row], colors: Theme) -> None:
    shown = [(y, row) for y, row in enumerate(rows) if not row.n_folded]
    tint = mixed(VERMILION, colors.background, 0.08)
    figure.add_bar(
        orientation="h",
        base=[place] * len(shown),
        x=[0.97] * len(shown),
        y=[y for y, _ in shown],
        width=1,
        marker={
            "color": [tint if _differs(column, row) else colors.background for _, row in shown],
            "line": {"width": 0},
            "cornerradius": 0,
        },
        customdata=[column.about(row) for _, row in shown],
        hovertemplate=f"run {number_of(column.run)}: %{{customdata}}<extra></extra>",
        showlegend=False,
        name=f"run {number_of(column.run)}",
    )
    figure.add_scatter(
        x=[place] * len(shown),
        y=[y for y, _ in shown],
        text=[column.line(row) for _, row in shown],
        mode="text",
        textposition="middle right",
        textfont={"family": MONOSPACE, "size": 12, "color": colors.text},
        hoverinfo="skip",
        showlegend=False,
        cliponaxis=False,
        name=f"text of run {number_of(column.run)}",
    )


def _legend(figure: go.Figure, columns: Sequence[_Column], colors: Theme) -> None:
    """Below the texts: what the looks of words mean, of those that there are."""
    tones, entries = columns[0].tones, []
    if any(len(column.chunks) > 1 for column in columns):
        looks = zip(("one chunk", "the next"), (tones[False, 0], tones[False, 1]), strict=True)
        entries.append(", ".join(f'<span style="color:{color}">{words}</span>' for words, color in looks))
    if any(column.differs.any() for column in columns):
        entries.append(
            f'<span style="color:{tones[True, 0]}"><b>words</b></span> that another run has not, or has otherwise'
        )
        entries.append("room: another run has words here")
    figure.add_annotation(
        text=" · ".join(entries),
        x=0,
        xref="x domain",
        xanchor="left",
        y=0,
        yref="y domain",
        yanchor="top",
        # Between them is how many lines are left out.
        yshift=-_ROW_PX,
        showarrow=False,
        font={"color": colors.muted, "size": 11},
        name="legend",
    )


def _notes(
    figure: go.Figure,
    comparison: Compared,
    chosen: Sequence[int],
    matched: Mapping[int, str],
    texts: Sequence[str],
    rows: Sequence[_Row],
    colors: Theme,
) -> None:
    """Above each column whose text it is, and of which choice; between and below the lines how many are left out."""
    times = Counter(texts)
    names, verdicts = run_names(comparison.runs, 14), comparison.runs["verdict"].tolist()
    note = {"showarrow": False, "xanchor": "left", "font": {"color": colors.muted, "size": 11}}
    for place, run in enumerate(chosen):
        same = f" × {times[texts[run]]:,}" if times[texts[run]] > 1 else ""
        said = "reference" if run == comparison.reference else verdicts[run]
        said += f", {matched[run]}" if run in matched else ""
        figure.add_annotation(
            text=f"<b>{names[run]}</b>{same}<br>{said}",
            x=place, y=1, yref="y domain", yanchor="bottom", align="left", **note,
        )  # fmt: skip
    for y, row in enumerate(rows[:_MOST_ROWS]):
        if row.n_folded:
            figure.add_annotation(text=f"⋯ {count(row.n_folded, 'equal line')}", x=0, y=y, **note)
    if len(rows) > _MOST_ROWS:
        more = f"… {count(len(rows) - _MOST_ROWS, 'more line')}"
        figure.add_annotation(text=more, x=0, y=0, yref="y domain", yanchor="top", **note)
