"""Which things are alike, as an order in which those that are stand together.

Takes distances and how often each thing occurs, gives an order. Average linkage (Sokal and Michener 1958) by the chain of
nearest neighbours (Benzécri 1982): quadratic in time and memory, and each step is one row of numpy. SciPy has the same, and
would be a large dependency for it alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["clustered_order"]


def clustered_order(distances: ArrayLike, sizes: ArrayLike, first: int | None = None) -> list[int]:
    """An order of things in which clusters are contiguous.

    Parameters
    ----------
    distances
        A symmetric matrix.
    sizes
        How often each thing occurs: it counts so often in averages.
    first
        A thing that stands in the first half; the order may begin at either end if none is named.

    Returns
    -------
    list of int
        Each thing once. Where two clusters are joined, those of their ends touch that are nearest to each other.
    """
    between = np.array(distances, dtype=np.float64)
    original = between.copy()
    weights = np.array(sizes, dtype=np.float64)
    n = len(weights)
    np.fill_diagonal(between, np.inf)
    members: dict[int, list[int]] = {number: [number] for number in range(n)}
    chain: list[int] = []
    while len(members) > 1:
        if not chain:
            chain.append(min(members))
        last = chain[-1]
        nearest = int(np.argmin(between[last]))
        # Of equal distances the cluster before in the chain, or it would never end.
        if len(chain) > 1 and between[last, chain[-2]] <= between[last, nearest]:
            nearest = chain[-2]
            del chain[-2:]
            one, other = min(last, nearest), max(last, nearest)
            share = weights[one] / (weights[one] + weights[other])
            merged = share * between[one] + (1 - share) * between[other]
            between[one], between[:, one] = merged, merged
            between[other], between[:, other], between[one, one] = np.inf, np.inf, np.inf
            weights[one] += weights[other]
            members[one] = _joined(members[one], members.pop(other), original)
        else:
            chain.append(nearest)
    order = next(iter(members.values()), [])
    return order[::-1] if first is not None and 2 * order.index(first) >= len(order) else order


def _joined(one: Sequence[int], other: Sequence[int], distances: NDArray[np.float64]) -> list[int]:
    """One after the other, each turned so that the ends that touch are nearest."""
    ways = [(first, second) for first in (one, one[::-1]) for second in (other, other[::-1])]
    first, second = min(ways, key=lambda way: float(distances[way[0][-1], way[1][0]]))
    return [*first, *second]
