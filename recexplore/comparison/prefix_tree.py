"""Texts as a tree of what they begin with alike: one branch where they agree, several where they part.

Takes texts, gives a table of nodes. Sorted texts and how far neighbours agree say all that a tree does (a suffix array's LCP
construction, over whole texts), so that no object is made per character or per node.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd

from recexplore.analysis.common_prefix import common_prefix_chars

__all__ = ["NODE_COLUMNS", "prefix_tree"]

NODE_COLUMNS: Final = {
    "node": "int64",
    "parent": "Int64",
    "start": "int64",
    "end": "int64",
    "n_runs": "int64",
    "n_ending": "int64",
    "first": "int64",
    "text": "str",
}


def prefix_tree(texts: Sequence[str]) -> pd.DataFrame:
    """The tree of some texts.

    Returns
    -------
    pandas.DataFrame
        One row a node, parents before children, children in the order of their texts: ``node``, ``parent`` (missing for the
        root), ``start`` and ``end`` (characters: ``text`` is what all texts of the node have from one to the other, and they
        have all before it alike, too), ``n_runs`` texts that go through it, ``n_ending`` of them that end with it, and
        ``first``, the place of one of them in ``texts``.
    """
    order = sorted(range(len(texts)), key=texts.__getitem__)
    nodes = _Nodes()
    before = ""
    for place in order:
        text = texts[place]
        nodes.add(common_prefix_chars(before, text), len(text), place)
        before = text
    rows = [[*row, texts[row[-1]][row[2] : row[3]]] for row in nodes.rows()]
    return pd.DataFrame(rows, columns=list(NODE_COLUMNS)).astype(NODE_COLUMNS)


class _Nodes:
    """Nodes while sorted texts come: those on the way to the last text are open, deeper ones behind it are done."""

    def __init__(self) -> None:
        # By node: its parent, where its text ends, texts through it, texts that end with it, one of them.
        self._parent: list[int | None] = [None]
        self._end, self._n_runs, self._n_ending, self._first = [0], [0], [0], [0]
        self._open = [0]

    def add(self, shared: int, length: int, place: int) -> None:
        """The next text, of which ``shared`` characters are as in the one before."""
        while self._end[self._open[-1]] > shared:
            done = self._open.pop()
            if self._end[self._open[-1]] < shared:
                self._open.append(self._make(shared, self._first[done]))
            self._close(done)
        if self._end[self._open[-1]] < length:
            self._open.append(self._make(length, place))
        node = self._open[-1]
        if not self._n_runs[0] and not self._n_ending[0] and len(self._open) == 1:
            self._first[0] = place
        self._n_runs[node] += 1
        self._n_ending[node] += 1

    def rows(self) -> list[list[Any]]:
        """Node, parent, start, end, n_runs, n_ending and first of each: parents first, children in their texts' order."""
        while len(self._open) > 1:
            self._close(self._open.pop())
        if not self._n_runs[0]:
            return []
        children: dict[int, list[int]] = {}
        for node in range(1, len(self._end)):
            children.setdefault(self._parent[node] or 0, []).append(node)
        root = 0
        if not self._n_ending[0] and len(children.get(0, ())) == 1:
            (root,) = children[0]
        rows: list[list[Any]] = []
        waiting: list[tuple[int, int | None, int]] = [(root, None, 0)]
        while waiting:
            node, parent, start = waiting.pop()
            number, end = len(rows), self._end[node]
            rows.append([number, parent, start, end, self._n_runs[node], self._n_ending[node], self._first[node]])
            # A parent that was made late has its first child, which is older, before the others.
            waiting.extend((child, number, end) for child in reversed(children.get(node, ())))
        return rows

    def _make(self, end: int, first: int) -> int:
        self._parent.append(None)
        for column, value in ((self._end, end), (self._n_runs, 0), (self._n_ending, 0), (self._first, first)):
            column.append(value)
        return len(self._end) - 1

    def _close(self, node: int) -> None:
        parent = self._open[-1]
        self._parent[node] = parent
        self._n_runs[parent] += self._n_runs[node]
