"""The divergence tree of a text: what runs say alike once, branches where they part.

Takes `RunTexts` and which text, gives plain values; runs of a branch stand together in ``order``.
"""

from __future__ import annotations

from typing import Final, TypedDict

import numpy as np
import pandas as pd

from recexplore.comparison.prefix_tree import prefix_tree
from recexplore.views.explorer.comparing.texts import RunTexts

__all__ = ["Branch", "Branches", "branches"]

_LONGEST: Final = 160


class Branch(TypedDict):
    """A branch: from which character to which; ``text`` is the first of what its runs say there, ``ends`` the last; its
    runs stand in the order from ``first_run`` to before ``end_run``, ``n_ending`` of them end with it. ``logprob`` is that of the piece
    with which it parts, None where none was recorded."""

    parent: int | None
    start: int
    end: int
    first_run: int
    end_run: int
    n_ending: int
    text: str
    ends: str
    logprob: float | None


class Branches(TypedDict):
    """The branches, parents before children; runs in the order in which branches hold them."""

    order: list[int]
    branches: list[Branch]


def branches(of: RunTexts, choice: int, kind: str, tool: int | None) -> Branches:
    """The divergence tree of a text."""
    texts = of.texts(choice, kind, tool)
    tree = prefix_tree(texts)
    order = sorted(range(len(texts)), key=texts.__getitem__)
    logprobs = _Logprobs(of.pieces, choice, kind, tool)
    made: list[Branch] = []
    filled: list[int] = []
    for node in tree.itertuples(index=False):
        parent = None if pd.isna(node.parent) else int(node.parent)
        # Runs are sorted by their texts: those that end here come before those of the children.
        first = 0 if parent is None else filled[parent]
        if parent is not None:
            filled[parent] += int(node.n_runs)
        filled.append(first + int(node.n_ending))
        text = str(node.text)
        made.append(
            {
                "parent": parent,
                "start": int(node.start),
                "end": int(node.end),
                "first_run": first,
                "end_run": first + int(node.n_runs),
                "n_ending": int(node.n_ending),
                "text": text[:_LONGEST],
                "ends": text[-_LONGEST:],
                "logprob": None if parent is None else logprobs.at(order[first], int(node.start)),
            }
        )
    return {"order": order, "branches": made}


class _Logprobs:
    """The log probability of the piece that brings a character of a run's text."""

    def __init__(self, pieces: pd.DataFrame, choice: int, kind: str, tool: int | None) -> None:
        mine = pieces["choice"].eq(choice) & pieces["kind"].eq(kind)
        mine &= pieces["tool_index"].eq(-1 if tool is None else tool)
        known = pieces[mine] if pieces.loc[mine, "logprob"].notna().any() else pieces.iloc[:0]
        self._pieces = {
            int(run): (np.cumsum(list(map(len, rows["text"]))), rows["logprob"].to_numpy(dtype=np.float64))
            for run, rows in known.groupby("run")
        }

    def at(self, run: int, char: int) -> float | None:
        ends, logprobs = self._pieces.get(run, (np.empty(0), np.empty(0)))
        place = int(np.searchsorted(ends, char, side="right"))
        return float(logprobs[place]) if place < len(ends) and np.isfinite(logprobs[place]) else None
