"""From builders to tables: order, types, misfits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from recexplore.model.kinds import kind_code
from recexplore.tables.arrow import TableMaker, Wire
from recexplore.tables.builders import Columns
from recexplore.tables.typed_rows import TypedBatch, joined, typed


@pytest.fixture
def columns() -> Columns:
    """Two exchanges, of two and of one chunk, that a dialect read in the other order."""
    columns = Columns()
    columns.wire.add(1, owner=1)
    columns.wire.add(2, {"t_s": [0.5, 0.75]}, owner=0)
    columns.chunks.add(2, {"row": [2, 1], "model": ["second", "first"]}, n_choices=1)
    columns.chunks.add(1, row=0, n_choices=1, model="other")
    return columns


def maker_of(batch: TypedBatch) -> TableMaker:
    return TableMaker(Wire(batch.rows["wire"], 2))


def test_the_wire_is_in_the_order_of_exchanges_and_their_chunks(columns: Columns) -> None:
    wire = Wire(typed(columns).rows["wire"], 3)
    assert wire.ordinal.tolist() == [0, 0, 1]
    assert wire.chunk.tolist() == [0, 1, 0]
    assert wire.counts.tolist() == [2, 1, 0]
    np.testing.assert_array_equal(wire.t_s, [0.5, 0.75, np.nan])
    np.testing.assert_array_equal(wire.gaps(), [np.nan, 0.25, np.nan])


def test_facts_find_their_chunks_whatever_their_order(columns: Columns) -> None:
    batch = typed(columns)
    table = maker_of(batch).chunks(batch.rows["chunks"])
    assert table["model"].to_pylist() == ["first", "second", "other"]


def test_events_of_a_chunk_are_in_the_order_of_choice_and_kind(columns: Columns) -> None:
    for kind, choice, place in (
        ("usage", None, None),
        ("finish", 1, 1),
        ("content", 1, 1),
        ("finish", 0, 0),
        ("role", 0, 0),
    ):
        columns.events.add(1, row=1, kind=kind_code(kind), choice=choice, place=place)
    batch = typed(columns)
    table, places = maker_of(batch).events(batch.rows["events"])
    assert table["kind"].to_pylist() == [kind_code(kind) for kind in ("role", "finish", "content", "finish", "usage")]
    assert places.tolist() == [0] * 5


def test_a_value_that_does_not_fit_is_replaced_and_told(columns: Columns) -> None:
    columns.chunks.column("created")[0] = "yesterday"
    columns.chunks.column("model")[1] = 7
    batch = typed(columns)
    table = maker_of(batch).chunks(batch.rows["chunks"])
    assert table["created"].null_count == 3
    assert table["model"].to_pylist() == ["7", "second", "other"]
    told = {(each.ordinal, each.chunk, each.column, each.found) for each in batch.misfits}
    assert told == {(0, 1, "created", '"yesterday"'), (0, 0, "model", "7")}


@pytest.mark.parametrize("wrong", [[], [1, 2], {}, "0", 1.0, 0.5, True, -1, 1 << 20, 1 << 70, float("nan")])
@pytest.mark.parametrize("name", ["choice", "place", "rank"])
def test_a_number_that_places_an_event_goes_missing_where_it_is_none(columns: Columns, name: str, wrong: Any) -> None:
    columns.events.add(1, row=1, kind=kind_code("content"), choice=2, text="sound")
    columns.events.add(1, **{"row": 2, "kind": kind_code("content"), "choice": 1, "text": "odd", name: wrong})
    batch = typed(columns)
    table, _ = maker_of(batch).events(batch.rows["events"])
    assert table["text"].to_pylist() == ["sound", "odd"]
    assert table["choice"].to_pylist() == [2, None if name == "choice" else 1]
    assert [(each.ordinal, each.chunk, each.column, each.expected) for each in batch.misfits] == [
        (0, 1, name, "a small integer")
    ]


@pytest.mark.parametrize("wrong", [[1, 2], {"a": 1}, 5, True])
def test_a_fact_of_the_wire_that_does_not_fit_is_replaced_and_told(columns: Columns, wrong: Any) -> None:
    columns.wire.column("event")[:] = ["of another", "sound", wrong]
    columns.wire.column("bytes")[:] = [1, 2, [3]]
    batch = typed(columns)
    table = maker_of(batch).chunks(batch.rows["chunks"])
    assert table["event"].to_pylist()[0::2] == ["sound", "of another"]
    assert table["bytes"].to_pylist() == [2, None, 1]
    assert {(each.ordinal, each.chunk, each.column) for each in batch.misfits} == {(0, 1, "event"), (0, 1, "bytes")}


def test_batches_are_joined_and_numbered_through(columns: Columns) -> None:
    """Exchanges and chunks of later batches follow those of the first; a column that one of them lacks is missing there."""
    columns.recordings += [{"path": "a"}, {"path": "b"}]
    later = Columns()
    later.recordings.append({"path": "c"})
    later.wire.add(2, owner=0)
    later.chunks.add(2, {"row": [1, 0], "object": ["second", "first"]}, n_choices=1)
    batch = joined([typed(columns), typed(later)])
    table = TableMaker(Wire(batch.rows["wire"], batch.n_exchanges)).chunks(batch.rows["chunks"])
    assert batch.n_exchanges == 3
    assert table["ordinal"].to_pylist() == [0, 0, 1, 2, 2]
    assert table["chunk"].to_pylist() == [0, 1, 0, 0, 1]
    assert table["model"].to_pylist() == ["first", "second", "other", None, None]
    assert table["object"].to_pylist() == [None, None, None, "first", "second"]
    np.testing.assert_array_equal(table["t_s"].to_numpy(), [0.5, 0.75, np.nan, np.nan, np.nan])
