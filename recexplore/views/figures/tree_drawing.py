"""The traces of a divergence tree: joints, branches, texts, and the runs that end with each.

Takes a comparison, the table of its tree and its texts, adds traces to a figure: few, however many runs there are. Knows
nothing of themes beyond the colours it is given.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from recexplore.model.counts import count
from recexplore.views.figures.compared import LEGEND_BELOW, VERDICT_MARKS, Compared, RunLines, group_name, run_names
from recexplore.views.figures.plotly_text import excerpt, passage
from recexplore.views.figures.theme import MONOSPACE, Theme, mixed
from recexplore.views.figures.tree_layout import ScaleName, TextScale, TreeLayout, text_scale, tree_layout

__all__ = ["TreeDrawing"]

_STEM, _MARKS, _BEHIND = 0.035, 0.03, 0.05
"""Shares of the width: before the first character, from the longest text to the marks, and to the edge."""
_JOINT, _LONG_JOINT = 0.02, 0.08
"""Shares of the width that a branch takes to get to its place: a short way, and what a long one takes more."""
_PLOT_PX: Final = 470
"""The narrowest that the tree is, in a figure of 700 pixels: texts are cut for it."""
_LETTER_PX, _LINE_PX = 6.7, 15
_LEAST_LETTERS: Final = 5
_LOGPROB_LETTERS: Final = 6
_TWO_ENDS: Final = 14
_WORDS_BEFORE: Final = 7
_MOST_WITH_WORDS: Final = 24
_PALE: Final = 0.5
_CURVE: Final = np.linspace(0, 1, 9)
_BEND: Final = _CURVE * _CURVE * (3 - 2 * _CURVE)
"""How far a joint has come up or down, on its way to the right."""
_MINUS: Final = "−"
_WORD_LETTERS: Final = 12
_WORD_SO_FAR: Final = re.compile(r"\w+\Z")
_X_TITLES: Final[dict[ScaleName, str]] = {
    "compact": "character (long stretches shortened)",
    "characters": "character",
}


class TreeDrawing:
    """A tree with its places: nodes are numbers, what is known of them are columns."""

    def __init__(
        self, comparison: Compared, tree: pd.DataFrame, texts: Sequence[str], scale: ScaleName, colors: Theme
    ) -> None:
        self.comparison, self.colors = comparison, colors
        self.lines = RunLines(comparison)
        self.texts = texts
        self.scale: TextScale = text_scale(tree, scale)
        self.layout: TreeLayout = tree_layout(tree)
        # Nodes stand parents first, children in the order of their texts: those of a branch are a stretch of the sorted.
        self.by_text = sorted(range(len(texts)), key=texts.__getitem__)
        self.starts, self.ends = tree["start"].tolist(), tree["end"].tolist()
        self.branch_texts, self.firsts = tree["text"].tolist(), tree["first"].tolist()
        self.n_runs, self.n_ending = tree["n_runs"].to_numpy(), tree["n_ending"].to_numpy()
        self.n_before = np.cumsum(self.n_ending) - self.n_ending
        self.logprobs = tree["logprob"].to_numpy(dtype=float)
        width = self.scale.width
        self.left, self.right = self.scale(tree["start"]), self.scale(tree["end"])
        way = np.abs(self.layout.top - self.layout.slice_top) / self.layout.height
        self.joint = np.minimum((_JOINT + _LONG_JOINT * way) * width, 0.6 * (self.right - self.left))
        self.joint[0], self.left[0] = 0.0, -_STEM * width
        self.marks_x = width * (1 + _MARKS)
        self.letters_per_x = _PLOT_PX / _LETTER_PX / (width * (1 + _STEM + _BEHIND))
        is_inner = np.isin(tree["node"], tree["parent"].dropna())
        self.text_end = np.where(is_inner, self.right, self.marks_x)

    def draw(self, figure: go.Figure, color: str) -> None:
        """Add everything to the figure: branches, texts, runs, axes."""
        place = self.by_text.index(self.comparison.reference)
        of_reference = (self.n_before <= place) & (place < self.n_before + self.n_runs)
        pale = mixed(color, self.colors.background, _PALE)
        for name, fill, chosen in (("other runs", pale, ~of_reference), ("the reference", color, of_reference)):
            if chosen.any():
                self._joints(figure, np.flatnonzero(chosen), fill)
                self._branches(figure, np.flatnonzero(chosen), name, fill)
        self._leaders(figure)
        self._texts(figure)
        self._marks(figure)
        self._axes(figure)

    def _joints(self, figure: go.Figure, nodes: NDArray[np.int64], fill: str) -> None:
        """From the parent's branch to the child's, as one trace of shapes."""
        nodes = nodes[nodes > 0]
        place = self.layout
        # A little over the edges: between two shapes that only touch, the ground would shine through.
        over = self.scale.width / 700
        x = (self.left - over)[nodes, None] + (self.joint + 2 * over)[nodes, None] * _CURVE
        upper = place.slice_top[nodes, None] + (place.top - place.slice_top)[nodes, None] * _BEND
        width = place.slice_width[nodes, None] + (place.width - place.slice_width)[nodes, None] * _BEND
        gap = np.full((len(nodes), 1), np.nan)
        figure.add_scatter(
            x=np.hstack([x, x[:, ::-1], gap]).ravel(),
            y=np.hstack([upper, (upper + width)[:, ::-1], gap]).ravel(),
            mode="lines",
            fill="toself",
            fillcolor=fill,
            line={"width": 0},
            hoverinfo="skip",
            showlegend=False,
            name="joints",
        )

    def _branches(self, figure: go.Figure, nodes: NDArray[np.int64], name: str, fill: str) -> None:
        left = (self.left + self.joint)[nodes]
        figure.add_bar(
            orientation="h",
            base=left,
            x=self.right[nodes] - left,
            y=(self.layout.top + self.layout.width / 2)[nodes],
            width=self.layout.width[nodes],
            marker={"color": fill, "line": {"width": 0}, "cornerradius": 0},
            name=name,
            customdata=self._about(nodes),
            hovertemplate="%{customdata}<extra></extra>",
        )

    def _about(self, nodes: NDArray[np.int64]) -> list[str]:
        """Branches for their hover labels."""
        labels = []
        for node in nodes.tolist():
            n_runs, logprob = int(self.n_runs[node]), self.logprobs[node]
            facts = [
                f"<b>{n_runs:,} of {count(int(self.n_runs[0]), 'run')}</b>",
                f"characters {self.starts[node]:,} to {self.ends[node]:,}",
            ]
            if not np.isnan(logprob):
                facts.append(f"log probability {logprob:.3g} ({np.exp(logprob):.1%}) of the token there")
            through = self.by_text[self.n_before[node] : self.n_before[node] + n_runs]
            labels.append("<br>".join([" · ".join(facts), passage(self.branch_texts[node]), self.lines.of(through)]))
        return labels

    def _ending(self, node: int) -> list[int]:
        """The runs whose text ends with a node."""
        return self.by_text[self.n_before[node] : self.n_before[node] + self.n_ending[node]]

    def _leaders(self, figure: go.Figure) -> None:
        """From where texts end to the marks of their runs."""
        nodes = np.flatnonzero(self.n_ending)
        place = self.layout
        share = self.n_ending[nodes] / self.n_runs[nodes]
        slice_middle = place.top[nodes] + place.width[nodes] * share / 2
        bend = np.minimum(self.right[nodes] + _JOINT * self.scale.width, self.marks_x)
        ends = np.full(len(nodes), self.marks_x)
        gap = np.full(len(nodes), np.nan)
        figure.add_scatter(
            x=np.column_stack([self.right[nodes], bend, ends, gap]).ravel(),
            y=np.column_stack([slice_middle, place.ending[nodes], place.ending[nodes], gap]).ravel(),
            mode="lines",
            line={"color": self.colors.wire, "width": 1},
            hoverinfo="skip",
            showlegend=False,
            name="leaders",
        )

    def _texts(self, figure: go.Figure) -> None:
        """Above each branch its text, where there is room."""
        first = self.left + self.joint
        letters = ((self.text_end - first) * self.letters_per_x).astype(np.int64)
        has_room = (self.layout.top - self.layout.band >= _LINE_PX) & (letters >= _LEAST_LETTERS)
        nodes = np.flatnonzero(has_room)
        figure.add_scatter(
            x=first[nodes],
            y=self.layout.top[nodes] - 1,
            text=[self._words(node, letters[node]) for node in nodes.tolist()],
            mode="text",
            textposition="top right",
            textfont={"family": MONOSPACE, "size": 11, "color": self.colors.text},
            hoverinfo="skip",
            showlegend=False,
            name="texts",
        )

    def _words(self, node: int, letters: int) -> str:
        start, text, logprob = self.starts[node], self.branch_texts[node], self.logprobs[node]
        grey: list[str] = []
        if node and not np.isnan(logprob) and letters >= 2 * _LOGPROB_LETTERS:
            grey.append(f"{logprob:.2f} ".replace("-", _MINUS))
        # Runs may part within a word: what they share of it is read with the rest.
        before = self.texts[self.firsts[node]][max(0, start - _WORD_LETTERS) : start]
        if text[:1].isalnum() and (word := _WORD_SO_FAR.search(before)):
            grey.append(excerpt(word[0], _WORD_LETTERS))
        letters -= sum(map(len, grey))
        # Of the beginning that all share, what stands before they part says most.
        is_leaf = self.n_ending[node] == self.n_runs[node]
        ends = (1, 2) if not node else (1, 0) if is_leaf or letters < _TWO_ENDS else (1, 1)
        words = excerpt(text, max(letters, _LEAST_LETTERS), ends)
        return f'<span style="color:{self.colors.muted}">{"".join(grey)}</span>{words}' if grey else words

    def _marks(self, figure: go.Figure) -> None:
        """At the right, a mark for each verdict of the runs that end there."""
        verdicts = self.comparison.runs["verdict"].tolist()
        nodes = np.flatnonzero(self.n_ending).tolist()
        size = float(np.clip(0.8 * self.layout.height / len(nodes), 3, 9))
        run_px = self.layout.width / self.n_runs
        rows: dict[str, list[tuple[float, str]]] = {verdict: [] for verdict in VERDICT_MARKS}
        for node in nodes:
            runs = self._ending(node)
            y = self.layout.ending[node] - run_px[node] * len(runs) / 2
            for verdict in VERDICT_MARKS:
                if mine := [run for run in runs if verdicts[run] == verdict]:
                    about = f"<b>{count(len(mine), 'run')}: {verdict}</b><br>{self.lines.of(mine)}"
                    rows[verdict].append((y + run_px[node] * len(mine) / 2, about))
                    y += run_px[node] * len(mine)
        for verdict, (symbol, color) in VERDICT_MARKS.items():
            if rows[verdict]:
                figure.add_scatter(
                    x=[self.marks_x] * len(rows[verdict]),
                    y=[y for y, _ in rows[verdict]],
                    mode="markers",
                    marker={"symbol": symbol, "color": color, "size": size, "line": {"width": 0}},
                    name=verdict,
                    customdata=[about for _, about in rows[verdict]],
                    hovertemplate="%{customdata}<extra></extra>",
                )

    def _axes(self, figure: go.Figure) -> None:
        ticks = self.scale.ticks()
        rows = self._named_rows()
        width = self.scale.width
        title = _X_TITLES[self.scale.name]
        below = 98
        if not np.isnan(self.logprobs[1:]).all():
            below += _LINE_PX
            title += "<br>number before a text: log probability of the token there"
        figure.update_layout(
            barmode="overlay",
            height=int(self.layout.height) + 56 + below,
            margin={"b": below},
            legend={**LEGEND_BELOW, "itemsizing": "constant"},
            xaxis={
                "title": title,
                "range": [-_STEM * width, width * (1 + _BEHIND)],
                "tickvals": self.scale(ticks),
                "ticktext": [f"{tick:,}{self._words_before(tick)}" for tick in ticks.tolist()],
                "showgrid": True,
            },
            yaxis={
                "side": "right",
                "tickvals": [self.layout.ending[node] for node in rows],
                "ticktext": list(rows.values()),
                "range": [self.layout.height + 6, 0],
                "showgrid": False,
                "fixedrange": True,
            },
        )

    def _words_before(self, char: int) -> str:
        """Below a number of the axis what the reference says before it, where branches are too many to say it."""
        reference_text = self.texts[self.comparison.reference]
        if len(self.starts) <= _MOST_WITH_WORDS or not 0 < char < len(reference_text):
            return ""
        return f"<br>{excerpt(reference_text[max(0, char - _WORDS_BEFORE) : char], _WORDS_BEFORE)}"

    def _named_rows(self) -> dict[int, str]:
        """Names of the runs that end with a node, by node: those with most runs first, as long as lines do not collide."""
        names = run_names(self.comparison.runs)
        rows: dict[int, str] = {}
        for node in np.argsort(-self.n_ending, kind="stable")[: int((self.n_ending > 0).sum())].tolist():
            y = self.layout.ending[node]
            if all(abs(y - self.layout.ending[other]) >= _LINE_PX for other in rows):
                rows[node] = group_name(self._ending(node), names, self.comparison.reference)
        return rows
