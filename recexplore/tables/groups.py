"""Rows that belong together: first, last and joined values of groups, with no Python object a row.

Takes numpy keys and Arrow values, gives numpy positions and Arrow values, one a group. Knows nothing of frames.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["Groups", "join_texts", "pick_one"]


class Groups:
    """Rows with equal keys, in the order of the keys, rows of a group in the order they stand."""

    def __init__(self, *keys: np.ndarray) -> None:
        size = keys[0].size
        self.order = np.lexsort(keys[::-1]) if size else np.empty(0, dtype=np.int64)
        changes = np.zeros(size, dtype=bool)
        if size:
            changes[0] = True
            for key in keys:
                ordered = key[self.order]
                changes[1:] |= ordered[1:] != ordered[:-1]
        self.first = np.flatnonzero(changes)
        self.n = self.first.size
        self.sizes = np.diff(np.append(self.first, size))
        self.last = self.first + self.sizes - 1

    @property
    def position(self) -> np.ndarray:
        """Position of each row within its group, in the order of the rows."""
        position = np.empty(self.order.size, dtype=np.int64)
        position[self.order] = np.arange(self.order.size) - np.repeat(self.first, self.sizes)
        return position


def join_texts(text: pa.Array, rows: np.ndarray, member: np.ndarray, n: int) -> pa.Array:
    """The texts of the rows, joined a group; "" for a group without any."""
    offsets = np.concatenate(([0], np.cumsum(np.bincount(member, minlength=n)))).astype(np.int32)
    lists = pa.ListArray.from_arrays(pa.array(offsets), text.take(pa.array(rows)))
    return pc.binary_join(lists, pa.scalar("", pa.large_string()))


def pick_one(
    values: pa.Array, rows: np.ndarray, member: np.ndarray, chosen: np.ndarray, n: int, *, last: bool
) -> pa.Array:
    """The first or last chosen value of each group; null for a group without any."""
    at = np.full(n, -1, dtype=np.int64)
    picked, owner = rows[chosen], member[chosen]
    if last:
        at[owner] = picked
    else:
        at[owner[::-1]] = picked[::-1]
    return values.take(pa.array(at, mask=at < 0))
