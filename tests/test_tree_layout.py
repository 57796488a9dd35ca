"""Where the branches of a divergence tree stand."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recexplore.comparison.prefix_tree import prefix_tree
from recexplore.views.figures.tree_layout import text_scale, tree_layout

TEXTS = st.lists(st.text("ab", max_size=6), min_size=1, max_size=40)
THREE = ["a common beginning, one", "a common beginning, two", "a common beginning, two"]


def siblings(tree: pd.DataFrame) -> list[list[int]]:
    return [group["node"].tolist() for _, group in tree.dropna(subset=["parent"]).groupby("parent")]


@given(TEXTS)
def test_branches_are_as_wide_as_their_runs_are_many_and_never_overlap(texts: list[str]) -> None:
    tree = prefix_tree(texts)
    place = tree_layout(tree)
    per_run = place.width / tree["n_runs"].to_numpy()
    assert np.allclose(per_run, per_run[0])
    assert (place.top >= place.band - 1e-9).all()
    assert (place.top + place.width <= place.height + 1e-9).all()
    for nodes in siblings(tree):
        bands = sorted((place.band[node], place.top[node] + place.width[node]) for node in nodes)
        assert all(end <= begin + 1e-9 for (_, end), (begin, _) in itertools.pairwise(bands))


@given(TEXTS)
def test_all_of_a_branch_goes_on_or_ends(texts: list[str]) -> None:
    tree = prefix_tree(texts)
    place = tree_layout(tree)
    for nodes in siblings(tree):
        parent = int(tree["parent"].iat[nodes[0]])
        behind = (place.slice_top + place.slice_width)[nodes].max()
        assert behind == pytest.approx(place.top[parent] + place.width[parent])
        ending = place.width[parent] * tree["n_ending"].iat[parent] / tree["n_runs"].iat[parent]
        assert place.slice_top[nodes].min() == pytest.approx(place.top[parent] + ending)
    assert (np.isnan(place.ending) == (tree["n_ending"] == 0)).all()


def test_the_branch_of_most_runs_stands_first() -> None:
    tree = prefix_tree(THREE)
    place = tree_layout(tree)
    texts = tree["text"].tolist()
    assert place.top[texts.index("two")] < place.top[texts.index("one")]


def test_a_thousand_texts_fit_on_a_screen_and_the_odd_one_is_seen() -> None:
    assert tree_layout(prefix_tree([f"{number:04}" for number in range(1000)])).height <= 1125
    tree = prefix_tree(["yes"] * 999 + ["no"])
    place = tree_layout(tree)
    assert place.width[tree["text"].tolist().index("no")] >= 2


@given(TEXTS)
def test_a_scale_keeps_the_order_of_characters(texts: list[str]) -> None:
    tree = prefix_tree(texts)
    for name in ("compact", "characters"):
        scale = text_scale(tree, name)
        places = scale(np.arange(scale.end + 1))
        assert (np.diff(places) > 0).all()
        assert places[0] == 0
        ticks = scale.ticks().tolist()
        assert ticks == sorted(set(ticks))


def test_the_compact_scale_gives_a_long_stretch_little_room() -> None:
    scale = text_scale(prefix_tree(["x" * 1000 + "ab", "x" * 1000 + "cd"]))
    assert scale(1000) == pytest.approx(np.log2(1001))
    assert scale.width == pytest.approx(np.log2(1001) + np.log2(3))
    assert scale.ticks().tolist() == [0, 1000, 1002]


def test_positions_in_characters() -> None:
    scale = text_scale(prefix_tree(THREE), "characters")
    assert scale([0, 20, 23]).tolist() == [0, 20, 23]
