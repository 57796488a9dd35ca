"""Where the branches of a divergence tree stand in a figure.

Takes the table of `Comparison.tree`, gives numbers. Vertically a unit is a pixel: a branch is as wide as its runs are many,
those with most runs stand first. Horizontally a scale gives every character one place, the same in all branches.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

__all__ = ["ScaleName", "TextScale", "TreeLayout", "text_scale", "tree_layout"]

ScaleName: TypeAlias = Literal["compact", "characters"]
Floats: TypeAlias = NDArray[np.float64]

_MOST_PX: Final = 900.0
_RUN_PX: Final = 12.0
_GAP_PX: Final = 24.0
_ROOMY, _ROOMY_PX = 12, 18.0
"""Of many texts so many, those of most runs, have room for words; the others share what is left."""
_LEAST_PX: Final = 2.0
"""What a single run of many still has, so that the odd one is seen."""


@dataclass(frozen=True, slots=True)
class TextScale:
    """Places of characters: from each of ``partings`` on, in characters, the scale begins anew at ``places``.

    In the compact scale a stretch of n characters between two partings takes log2(1 + n): a long one, which all share,
    leaves room for those where runs part word after word.
    """

    name: ScaleName
    partings: NDArray[np.int64]
    places: Floats
    end: int

    def __call__(self, chars: ArrayLike) -> Floats:
        where = np.asarray(chars, dtype=np.int64)
        if self.name == "characters":
            return where.astype(np.float64)
        stretch = np.maximum(np.searchsorted(self.partings, where, side="right") - 1, 0)
        place: Floats = self.places[stretch] + np.log2(1.0 + where - self.partings[stretch])
        return place

    @property
    def width(self) -> float:
        """From the first character to the last."""
        return max(float(self(self.end)), 1.0)

    def ticks(self, share: float = 0.09) -> NDArray[np.int64]:
        """Partings, in characters, that stand at least a share of the width apart; and the two ends."""
        chosen = [0]
        for char in self.partings.tolist():
            if min(self(char) - self(chosen[-1]), self(self.end) - self(char)) >= share * self.width:
                chosen.append(char)
        return np.array([*chosen, *([self.end] if self.end else [])], dtype=np.int64)


def text_scale(tree: pd.DataFrame, name: ScaleName = "compact") -> TextScale:
    """The scale of a tree: it begins anew wherever branches part."""
    inner = tree["end"].to_numpy()[tree["parent"].dropna().unique().astype(np.int64)]
    partings = np.unique(np.append(inner, 0))
    places = np.append(0.0, np.cumsum(np.log2(1.0 + np.diff(partings))))
    return TextScale(name, partings, places, int(tree["end"].max()))


@dataclass(frozen=True, slots=True)
class TreeLayout:
    """Places of nodes, an item a node, in pixels from the top.

    Attributes
    ----------
    top, width
        The branch: its upper edge, and how wide it is.
    band
        Where the room of its subtree begins; nothing else stands between it and the branch's lower edge.
    slice_top, slice_width
        The part of its parent's branch that it comes from.
    ending
        The middle of the runs that end with it; NaN where none do.
    height
        Of the whole tree.
    """

    top: Floats
    width: Floats
    band: Floats
    slice_top: Floats
    slice_width: Floats
    ending: Floats
    height: float


def tree_layout(tree: pd.DataFrame) -> TreeLayout:
    """Lay a tree out, as high as its texts need and a large screen has."""
    n_runs, n_ending = tree["n_runs"].to_numpy(), tree["n_ending"].to_numpy()
    parents = tree["parent"].fillna(-1).to_numpy(dtype=np.int64)
    n, n_texts = len(tree), int((n_ending > 0).sum())
    run_px = min(_RUN_PX, _MOST_PX / 2 / int(n_runs[0]))
    least_px = min(_LEAST_PX, _MOST_PX / 4 / n_texts)
    gap_px = _gaps(n_ending, n_runs == n_ending)
    width = np.maximum(n_runs * run_px, least_px)

    children: list[list[int]] = [[] for _ in range(n)]
    for node in range(1, n):
        children[parents[node]].append(node)
    for each in children:
        each.sort(key=lambda node: -n_runs[node])
    slot = np.where(n_ending > 0, np.maximum(n_ending * run_px, least_px) + gap_px, 0.0)
    height = slot.copy()
    for node in range(n - 1, 0, -1):
        height[parents[node]] += height[node]

    band, ending, middle = np.zeros(n), np.full(n, np.nan), np.zeros(n)
    for node in range(n):
        below = band[node] + slot[node]
        if n_ending[node]:
            ending[node] = below - (slot[node] - gap_px[node]) / 2
        for child in children[node]:
            band[child] = below
            below += height[child]
    for node in range(n - 1, -1, -1):
        parts = [(middle[child], n_runs[child]) for child in children[node]]
        parts += [(ending[node], n_ending[node])] if n_ending[node] else []
        middle[node] = sum(where * runs for where, runs in parts) / n_runs[node]
    top = np.clip(middle - width / 2, band, np.maximum(band + height - width, band))

    slice_top, slice_width = np.zeros(n), n_runs * (width / n_runs)[np.maximum(parents, 0)]
    for node in range(n):
        edge = top[node] + n_ending[node] * width[node] / n_runs[node]
        for child in children[node]:
            slice_top[child] = edge
            edge += slice_width[child]
    return TreeLayout(top, width, band, slice_top, slice_width, ending, float(height[0]))


def _gaps(n_ending: NDArray[np.int64], is_leaf: NDArray[np.bool_]) -> Floats:
    """Room above the runs that end with each node, in pixels; 0 where none do."""
    ending = n_ending > 0
    n_texts = int(ending.sum())
    if n_texts * _GAP_PX <= _MOST_PX / 2:
        return np.where(ending, _GAP_PX, 0.0)
    rank = np.argsort(np.argsort(-n_ending * is_leaf, kind="stable"), kind="stable")
    rest_px = (_MOST_PX / 2 - _ROOMY * _ROOMY_PX) / (n_texts - _ROOMY)
    return np.where((rank < _ROOMY) & is_leaf, _ROOMY_PX, rest_px) * ending
