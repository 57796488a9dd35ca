"""The divergence tree: every text is one way through it, shared beginnings stand once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from recexplore.comparison.prefix_tree import NODE_COLUMNS, prefix_tree

texts = st.lists(st.text(alphabet="ab🙂\n\u0301", max_size=6), max_size=9)


def test_a_shared_beginning_stands_once() -> None:
    tree = prefix_tree(["sun one", "sun two", "sun two", "sun"])
    assert tree["text"].tolist() == ["sun", " ", "one", "two"]
    assert tree["parent"].fillna(-1).tolist() == [-1, 0, 1, 1]
    assert tree["n_runs"].tolist() == [4, 3, 1, 2]
    assert tree["n_ending"].tolist() == [1, 0, 1, 2]
    assert list(prefix_tree([]).columns) == list(NODE_COLUMNS)
    assert prefix_tree([""])["n_ending"].tolist() == [1]


@given(texts)
def test_it_holds_every_text_and_nothing_else(given_texts: list[str]) -> None:
    tree = prefix_tree(given_texts)
    whole: dict[int, str] = {}
    ending: list[str] = []
    for row in tree.itertuples():
        before = whole[int(row.parent)] if row.node else ""
        whole[row.node] = before + row.text
        assert (row.start, row.end) == (len(before), len(whole[row.node]))
        ending += [whole[row.node]] * row.n_ending
        children = tree[tree["parent"] == row.node]
        assert children["n_runs"].sum() + row.n_ending == row.n_runs
        assert row.n_ending or len(children) > 1, "a node without a choice is no node"
        first_letters = [text[0] for text in children["text"]]
        assert first_letters == sorted(set(first_letters))
        assert given_texts[row.first].startswith(whole[row.node])
    assert ending == sorted(given_texts)
    assert not len(tree) or tree["n_runs"].iloc[0] == len(given_texts)
