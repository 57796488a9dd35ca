"""The divergence tree of a text: what runs say alike once, branches where they part.

Takes a `Comparison` and which text, gives plain values; runs of a branch stand together in ``order``.
"""

from __future__ import annotations

from typing import Final, TypedDict

import pandas as pd

from recexplore.comparison.comparison import Comparison

__all__ = ["Branch", "Branches", "branches"]

_LONGEST: Final = 300


class Branch(TypedDict):
    """A branch: from which character to which; ``text`` is the first of what its runs say there, ``ends`` the last.

    Its runs stand in the order from ``first_run`` to before ``end_run``; ``n_ending`` of them end with it. ``logprob`` is
    that of the piece with which it parts, None where none was recorded.
    """

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


def branches(comparison: Comparison, choice: int, kind: str, tool: int | None) -> Branches:
    """The divergence tree of a text."""
    texts = comparison.texts(choice, kind, tool)
    order = sorted(range(len(texts)), key=texts.__getitem__)
    made: list[Branch] = []
    filled: list[int] = []
    for node in comparison.tree(choice, kind, tool).to_dict("records"):
        parent = None if pd.isna(node["parent"]) else int(node["parent"])
        # Runs are sorted by their texts: those that end here come before those of the children.
        first = 0 if parent is None else filled[parent]
        if parent is not None:
            filled[parent] += int(node["n_runs"])
        filled.append(first + int(node["n_ending"]))
        text = str(node["text"])
        made.append(
            {
                "parent": parent,
                "start": int(node["start"]),
                "end": int(node["end"]),
                "first_run": first,
                "end_run": first + int(node["n_runs"]),
                "n_ending": int(node["n_ending"]),
                "text": text[:_LONGEST],
                "ends": text[-_LONGEST:],
                "logprob": None if parent is None or pd.isna(node["logprob"]) else float(node["logprob"]),
            }
        )
    return {"order": order, "branches": made}
