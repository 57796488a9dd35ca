"""An order in which what is alike stands together."""

from __future__ import annotations

import itertools
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recexplore.analysis.clustering import clustered_order


def distances(places: list[float]) -> np.ndarray:
    where = np.array(places)
    return np.abs(where[:, None] - where)


def test_clusters_stand_together_and_their_nearest_ends_touch() -> None:
    order = clustered_order(distances([0, 10, 1, 11, 2, 30]), [1] * 6)
    assert order in ([0, 2, 4, 1, 3, 5], [5, 3, 1, 4, 2, 0])


def test_a_frequent_thing_weighs_more_in_averages() -> None:
    """1 and 2 are joined first; whether 0 or 3 comes next depends on which of both is the more frequent."""
    between = distances([0.0, 5.0, 7.0, 11.9])
    assert clustered_order(between, [1, 99, 1, 1]) in ([0, 1, 2, 3], [3, 2, 1, 0])
    matrix = np.array([[0, 1, 4, 9], [1, 0, 6, 9], [4, 6, 0, 4.9], [9, 9, 4.9, 0]], dtype=float)
    near, far = clustered_order(matrix, [99, 1, 1, 1]), clustered_order(matrix, [1, 99, 1, 1])
    assert {frozenset(near[:3]), frozenset(near[1:])} & {frozenset({0, 1, 2})}
    assert {frozenset(far[:2]), frozenset(far[2:])} == {frozenset({0, 1}), frozenset({2, 3})}


@pytest.mark.parametrize("n", [1, 2, 3, 8])
def test_a_thing_can_be_in_the_first_half(n: int) -> None:
    between = distances([float(place**2) for place in range(n)])
    for first in range(n):
        order = clustered_order(between, [1] * n, first)
        assert order in (list(range(n)), list(range(n))[::-1])
        assert order.index(first) < max(n / 2, 1)


@pytest.mark.parametrize(("n", "order"), [(0, []), (1, [0])])
def test_few_things(n: int, order: list[int]) -> None:
    assert clustered_order(np.zeros((n, n)), [1] * n) == order


@given(st.lists(st.integers(0, 5), min_size=1, max_size=30), st.integers(0, 99))
def test_everything_stands_once_and_equal_things_together(places: list[int], seed: int) -> None:
    sizes = np.random.default_rng(seed).integers(1, 9, len(places))
    order = clustered_order(distances([float(each) for each in places]), sizes)
    assert sorted(order) == list(range(len(places)))
    shown = [places[number] for number in order]
    assert len([1 for one, other in itertools.pairwise(shown) if one != other]) == len(set(shown)) - 1


def naive_clusters(matrix: np.ndarray, sizes: list[int]) -> set[frozenset[int]]:
    """Average linkage by its definition: the pair of clusters is joined whose members are nearest on average."""
    clusters = [frozenset([number]) for number in range(len(sizes))]
    joined = set(clusters)

    def average(one: frozenset[int], other: frozenset[int]) -> float:
        pairs = [(matrix[a, b], sizes[a] * sizes[b]) for a in one for b in other]
        return sum(value * weight for value, weight in pairs) / sum(weight for _, weight in pairs)

    while len(clusters) > 1:
        one, other = min(combinations(clusters, 2), key=lambda pair: average(*pair))
        clusters = [each for each in clusters if each not in (one, other)] + [one | other]
        joined.add(one | other)
    return joined


@given(st.integers(1, 9), st.integers(0, 10_000))
def test_every_cluster_of_average_linkage_is_contiguous(n: int, seed: int) -> None:
    chance = np.random.default_rng(seed)
    half = np.triu(chance.random((n, n)), 1)
    sizes = chance.integers(1, 9, n).tolist()
    order = clustered_order(half + half.T, sizes)
    for cluster in naive_clusters(half + half.T, sizes):
        places = sorted(map(order.index, cluster))
        assert places[-1] - places[0] == len(cluster) - 1


def test_the_matrix_that_was_given_stays() -> None:
    between = distances([0, 3, 1])
    before = between.copy()
    clustered_order(between, [1, 1, 1])
    assert (between == before).all()
