from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recexplore.model.schema import FRAMES
from recexplore.tables.builders import Columns, Rows


def test_columns_and_single_values() -> None:
    rows = Rows("a", "b")
    rows.add(2, {"a": [1, 2]}, b="x")
    rows.add(1, {"a": (3,)}, b="y")

    assert (rows.n, rows.column("a"), rows.column("b")) == (3, [1, 2, 3], ["x", "x", "y"])


def test_what_a_block_does_not_name_is_padded() -> None:
    rows = Rows("a", "b")
    rows.add(2, {"a": [1, 2]})
    rows.add(1, b="x")
    rows.add(1, a=4)

    assert rows.column("a") == [1, 2, None, 4]
    assert rows.column("b") == [None, None, "x", None]


def test_only_what_was_written_counts_as_used() -> None:
    rows = Rows("a", "b")
    rows.add(1, a=1)

    assert rows.names == ["a", "b"]
    assert rows.used == ["a"]


@pytest.mark.parametrize("recorded", [[], [1], [1, 2], [[1, 2], [3]], (1, 2), {"a": 1}, "ab"])
@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_a_recorded_list_is_never_taken_for_a_column(recorded: object, n: int) -> None:
    rows = Rows("a")
    rows.add(n, a=recorded)

    assert rows.column("a") == [recorded] * n


def test_a_column_that_is_not_given_is_missing() -> None:
    rows = Rows("a", "b")
    rows.add(2, {"a": None}, b="x")

    assert (rows.used, rows.column("a")) == (["b"], [None, None])


@pytest.mark.parametrize("values", [[], [1], [1, 2, 3]])
def test_a_column_of_another_length_is_refused(values: list[int]) -> None:
    with pytest.raises(ValueError, match="values of `a` for 2 rows"):
        Rows("a").add(2, {"a": values})


def test_an_undeclared_column_is_refused() -> None:
    with pytest.raises(KeyError):
        Rows("a").add(1, z=1)
    with pytest.raises(KeyError):
        Rows("a").add(1, {"z": [1]})


def test_truncate_forgets_the_end_and_leaves_the_rest() -> None:
    rows = Rows("a", "b")
    rows.add(2, {"a": [1, 2]})
    rows.add(2, {"a": [3, 4]}, b="x")
    rows.truncate(3)
    rows.add(1, a=5)

    assert (rows.n, rows.column("a"), rows.column("b")) == (4, [1, 2, 3, 5], [None, None, "x", None])


BLOCKS = st.lists(st.dictionaries(st.sampled_from("abc"), st.lists(st.integers(), min_size=2, max_size=2)), max_size=6)


@given(BLOCKS, st.integers(0, 12))
def test_columns_are_always_as_long_as_the_table(blocks: list[dict[str, list[int]]], keep: int) -> None:
    rows, naive = Rows(*"abc"), []
    for block in blocks:
        rows.add(2, block)
        naive += [{name: values[at] for name, values in block.items()} for at in range(2)]
    keep = min(keep, rows.n)
    rows.truncate(keep)

    for name in "abc":
        assert rows.column(name) == [row.get(name) for row in naive[:keep]]


def test_going_back_forgets_everything_since_the_mark() -> None:
    columns = Columns()
    columns.wire.add(1, owner=0)
    columns.chunks.add(1, row=0, model="kept")
    columns.problem(0, "kept", "", "", "")
    mark = columns.mark()
    columns.wire.add(2, owner=1)
    columns.chunks.add(2, {"row": [1, 2]}, id="gone")
    columns.events.add(3, row=1, kind=0)
    columns.usage.add(1, row=1, prompt=7)
    columns.problem(1, "gone", "", "", "")
    columns.go_back(mark)

    assert columns.mark() == mark
    assert columns.wire.column("owner") == [0]
    assert columns.chunks.column("model") == ["kept"]
    assert columns.chunks.column("id") == [None]
    assert [problem.what for _, problem in columns.problems] == ["kept"]


def test_a_problem_holds_only_the_beginning_of_what_was_found() -> None:
    columns = Columns()
    columns.problem(0, "what", "expected", "x" * 1000, "hint")

    assert len(columns.problems[0][1].found) == 80


@pytest.mark.parametrize("frame", ["chunks", "events", "usage"])
def test_builders_take_only_declared_columns_and_those_that_place_a_row(frame: str) -> None:
    names = set(getattr(Columns(), frame).names)

    assert names - {"row", "place", "rank"} <= set(FRAMES[frame].names)
    assert names.isdisjoint({"recording", "chunk", "seq", "phase", "start", "end", "t_s"})
