"""What is put together from events, against plain Python on the real recordings."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from recexplore.corpus import Corpus
from recexplore.model.kinds import kind_code
from recexplore.tables.arrow import TableMaker, Wire
from recexplore.tables.builders import Columns
from recexplore.tables.derived import Events
from recexplore.tables.typed_rows import typed


def test_every_character_leads_back_to_its_event(bundled: Corpus, made: Corpus) -> None:
    for corpus in (bundled, made):
        choices = corpus.choices.set_index(["recording", "choice"])
        calls = corpus.tool_calls.set_index(["recording", "choice", "tool_index"])["arguments"]
        placed = corpus.events[corpus.events["start"].notna()]
        assert len(placed) > 100 or corpus is made
        for event in placed.to_dict("records"):
            key = event["recording"], event["choice"]
            kind = event["kind"]
            whole = calls[(*key, event["tool_index"])] if kind == "tool_call" else choices.loc[key, kind]
            assert whole[event["start"] : event["end"]] == event["text"]


def test_texts_without_a_gap(bundled: Corpus) -> None:
    placed = bundled.events[bundled.events["phase"].notna()].sort_values(["recording", "choice", "phase", "start"])
    for _, own in placed.groupby(["recording", "choice", "phase"], observed=True):
        assert own["start"].tolist() == [0, *own["end"].tolist()[:-1]]


def test_seq_numbers_each_choice_without_a_gap(bundled: Corpus) -> None:
    for _, own in bundled.events.groupby(["recording", "choice"], dropna=False):
        assert own["seq"].tolist() == list(range(len(own)))


def test_validity_of_arguments(made: Corpus) -> None:
    assert made.tool_calls["arguments_valid"].tolist() == [True, True]
    assert made.tool_calls["name"].tolist() == ["get_weather"] * 2


def test_sizes_are_those_of_the_texts(bundled: Corpus, made: Corpus) -> None:
    choices = pd.concat([bundled.choices, made.choices])
    for name in ("content", "reasoning", "refusal"):
        assert choices[f"{name}_chars"].tolist() == [len(text) for text in choices[name]]


# --- tool calls that no provider numbers ----------------------------------------------------------------------------


def called(*recordings: list[dict[str, Any]]) -> list[list[tuple[int, int, str]]]:
    """The calls of each recording as choice, number and arguments; an event is a dict, in a chunk of its own."""
    columns = Columns()
    for owner, events in enumerate(recordings):
        for event in events:
            row = columns.wire.n
            columns.wire.add(1, owner=owner)
            columns.chunks.add(1, row=row, n_choices=1)
            columns.events.add(1, **{"row": row, "kind": kind_code("tool_call"), "choice": 0, **event})
    rows = typed(columns).rows
    wire = Wire(rows["wire"], len(recordings))
    table, places = TableMaker(wire).events(rows["events"])
    calls = Events(table, places, wire).tool_calls(pa.nulls(len(recordings), pa.large_string())).to_pylist()
    found: list[list[tuple[int, int, str]]] = [[] for _ in recordings]
    for call in calls:
        found[call["ordinal"]].append((call["choice"], call["tool_index"], call["arguments"]))
    return found


def says(text: str, **cells: Any) -> dict[str, Any]:
    return {"text": text, **cells}


def test_fragments_of_one_block_are_one_call() -> None:
    events = [says("a", block=1), says("b", block=3), says("c", block=1), says("d", block=3), says("e", block=1)]

    assert called(events) == [[(0, 0, "ace"), (0, 1, "bd")]]


def test_calls_are_numbered_in_the_order_they_came_whatever_their_block() -> None:
    assert called([says("a", block=9), says("b", block=2), says("c", block=9)]) == [[(0, 0, "ac"), (0, 1, "b")]]


def test_without_a_block_each_event_is_a_call() -> None:
    assert called([says("a"), says("b"), says("a")]) == [[(0, 0, "a"), (0, 1, "b"), (0, 2, "a")]]


def test_with_and_without_a_block() -> None:
    events = [says("a"), says("b", block=0), says("c"), says("d", block=0)]

    assert called(events) == [[(0, 0, "a"), (0, 1, "bd"), (0, 2, "c")]]


def test_those_without_a_number_come_behind_those_that_have_one() -> None:
    events = [says("x"), says("a", tool_index=0), says("c", tool_index=2), says("b", tool_index=0), says("y")]

    assert called(events) == [[(0, 0, "ab"), (0, 2, "c"), (0, 3, "x"), (0, 4, "y")]]


def test_each_choice_has_its_own_numbers() -> None:
    events = [
        says("a", choice=1),
        says("b", choice=0),
        says("c", choice=1),
        says("d", choice=0, tool_index=4),
        says("e", choice=1, block=7),
        says("f", choice=0, block=7),
    ]

    assert called(events) == [[(0, 4, "d"), (0, 5, "b"), (0, 6, "f"), (1, 0, "a"), (1, 1, "c"), (1, 2, "e")]]


def test_each_recording_has_its_own_numbers() -> None:
    one = [says("a", block=1), says("b"), says("c", block=1)]

    assert called(one, [], one, [says("d", tool_index=3), says("e", block=1)]) == [
        [(0, 0, "ac"), (0, 1, "b")],
        [],
        [(0, 0, "ac"), (0, 1, "b")],
        [(0, 3, "d"), (0, 4, "e")],
    ]


def test_other_events_take_no_number_and_get_none() -> None:
    columns = Columns()
    columns.wire.add(1, owner=0)
    columns.chunks.add(1, row=0, n_choices=1)
    for kind, choice in (("content", 0), ("tool_call", 0), ("tool_call", None), ("finish", 0)):
        columns.events.add(1, row=0, kind=kind_code(kind), choice=choice, text="t")
    rows = typed(columns).rows
    wire = Wire(rows["wire"], 1)
    found = Events(*TableMaker(wire).events(rows["events"]), wire).table
    keys = zip(found["kind"].to_pylist(), found["choice"].to_pylist(), strict=True)
    numbers = dict(zip(keys, found["tool_index"].to_pylist(), strict=True))

    assert numbers == {
        (kind_code("content"), 0): None,
        (kind_code("tool_call"), 0): 0,
        (kind_code("tool_call"), None): None,
        (kind_code("finish"), 0): None,
    }


ROWS = st.lists(
    st.fixed_dictionaries(
        {"text": st.text("abc", max_size=2), "choice": st.integers(0, 1)},
        optional={"block": st.integers(0, 2), "tool_index": st.integers(0, 2)},
    ),
    max_size=8,
)


def numbered_plainly(events: list[dict[str, Any]]) -> list[tuple[int, int, str]]:
    """The same in plain Python."""
    found = []
    for choice in (0, 1):
        own = [event for event in events if event["choice"] == choice]
        numbered: dict[int, str] = {}
        others: dict[Any, str] = {}
        for at, event in enumerate(own):
            if "tool_index" in event:
                numbered[event["tool_index"]] = numbered.get(event["tool_index"], "") + event["text"]
            else:
                key = ("block", event["block"]) if "block" in event else ("alone", at)
                others[key] = others.get(key, "") + event["text"]
        behind = max(numbered, default=-1) + 1
        numbered |= {behind + at: text for at, text in enumerate(others.values())}
        found += [(choice, number, numbered[number]) for number in sorted(numbered)]
    return found


@given(st.lists(ROWS, min_size=1, max_size=3))
def test_numbers_against_plain_python(recordings: list[list[dict[str, Any]]]) -> None:
    assert called(*recordings) == [numbered_plainly(events) for events in recordings]
