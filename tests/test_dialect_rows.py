"""Rows that every dialect gives: nothing of a value is lost, whatever it is."""

from __future__ import annotations

from typing import Any

import pytest

from recexplore.model.kinds import KINDS
from recexplore.read.extract import emit
from recexplore.read.extract.emit import UsageFields
from recexplore.tables.builders import Columns

FIELDS = UsageFields({"prompt": ((("in",),),), "cached": ((("details", "cached"),),)}, False, True)


def told(columns: Columns, *names: str) -> list[tuple[Any, ...]]:
    """The events as tuples of their kind and the cells asked for."""
    events = columns.events
    kinds = [KINDS[code] for code in events.column("kind")]
    return list(zip(kinds, *(events.column(name) for name in names), strict=True))


def test_the_share_of_chunks_that_belong() -> None:
    def has_a(chunk: dict[str, Any]) -> bool:
        return "a" in chunk

    assert emit.share([{"a": 1}, {"b": 1}, "[DONE]", {"a": 2}, {}], has_a) == 0.5
    assert emit.share([], has_a) == emit.share(["x", None, []], has_a) == 0.0


def test_objects_go_on_and_others_are_kept() -> None:
    columns = Columns()
    found = list(emit.objects([{"a": 1}, "text", [1], None, {}], [4, 5, 6, 7, 8], columns))

    assert found == [(4, {"a": 1}), (8, {})]
    assert told(columns, "row", "text") == [("unknown", 5, '"text"'), ("unknown", 6, "[1]"), ("unknown", 7, "null")]
    assert columns.chunks.column("row") == [5, 6, 7]
    assert [(row, problem.what, problem.expected) for row, problem in columns.problems] == [
        (row, "the chunk has the wrong type", "an object") for row in (5, 6, 7)
    ]


def test_events_are_said_in_order() -> None:
    columns = Columns()
    emit.event(columns, "finish", 0, finish_reason="stop")
    emit.event(columns, "content", 0, "Hi", choice=None, block=3)

    assert told(columns, "text", "choice", "rank", "finish_reason", "block") == [
        ("finish", None, 0, 0, "stop", None),
        ("content", "Hi", None, 0, None, 3),
    ]


def test_a_chunk_is_described_with_what_no_column_holds() -> None:
    columns = Columns()
    emit.chunk(columns, 0, n_choices=1, model="m", extra={"x": None})
    emit.chunk(columns, 1, n_choices=0, extra={})

    assert columns.chunks.column("extra") == ['{"x":null}', None]
    assert columns.chunks.column("model") == ["m", None]


def test_the_rest_of_a_value_is_what_says_something() -> None:
    assert emit.other_fields({"a": 1, "b": None, "c": 0, "d": ""}, {"a"}) == {"c": 0, "d": ""}


@pytest.mark.parametrize("value", [5, "x", {}, {"a": 1}, False])
def test_what_is_no_list_is_kept(value: Any) -> None:
    columns = Columns()

    assert emit.items_in(columns, 2, value, "`parts`", choice=1) == []
    assert [event[:3] for event in told(columns, "row", "choice")] == [("unknown", 2, 1)]
    assert columns.problems[0][1].what == "`parts` has the wrong type"


def test_what_is_a_list_or_nothing_is_no_problem() -> None:
    columns = Columns()

    assert emit.items_in(columns, 0, [1, None], "`parts`") == [1, None]
    assert emit.items_in(columns, 0, None, "`parts`") == []
    assert (columns.events.n, columns.problems) == (0, [])


def test_text_and_what_stands_beside_it() -> None:
    columns = Columns()
    said = {"type": "t", "text": "Hi", "known": 1, "more": [1], "none": None}

    assert emit.text(columns, "content", 0, said, "text", {"known"}, choice=2, logprob=-0.5)
    assert told(columns, "text", "extra", "choice", "logprob") == [("content", "Hi", '{"more":[1]}', 2, -0.5)]


def test_where_there_is_no_text_what_stands_beside_is_an_annotation() -> None:
    columns = Columns()

    assert not emit.text(columns, "content", 0, {"text": "", "more": 1}, "text", choice=2, logprob=-0.5)
    assert not emit.text(columns, "content", 0, {"text": None}, "text")
    assert not emit.text(columns, "content", 0, {}, "text")
    assert told(columns, "text", "choice") == [("annotation", '{"more":1}', 2)]
    assert columns.problems == []


@pytest.mark.parametrize("value", [5, 0, False, [], ["x"], {"a": 1}])
def test_text_that_is_none_is_kept(value: Any) -> None:
    columns = Columns()

    assert not emit.text(columns, "content", 0, {"text": value}, "text", choice=3)
    assert [event[0] for event in told(columns)] == ["unknown"]
    assert columns.events.column("choice") == [3]
    assert emit.text_in(columns, 0, value, "`x`") == ""
    assert len(columns.problems) == columns.events.n == 2


def test_text_in_a_field() -> None:
    columns = Columns()

    assert emit.text_in(columns, 0, "Hi", "`x`") == "Hi"
    assert emit.text_in(columns, 0, None, "`x`") == ""
    assert columns.events.n == 0


def test_what_a_problem_shows_of_an_odd_value_is_short_and_the_event_has_it_all() -> None:
    columns = Columns()
    emit.malformed(columns, 0, "`x`", "a string", ["long" * 100])

    assert len(columns.problems[0][1].found) == 80
    assert len(columns.events.column("text")[0]) > 400


def test_extras_leave_out_what_says_nothing() -> None:
    cells = {"a": [1, 2, 3], "b": [None, 0, None], "c": [None] * 3, "d": ["", None, None]}

    assert emit.extras(cells, {"a"}) == ['{"d":""}', '{"b":0}', None]
    assert emit.extras(cells, {"a", "b", "d"}) is None
    assert emit.extras({}, set()) is None


def test_usage_is_an_event_and_a_row_for_each_report() -> None:
    columns = Columns()
    reports = [None, {"in": 5, "odd": "x"}, {}, {"details": {"cached": 2}}]
    emit.usage(columns, [3, 4, 5, 6], reports, FIELDS, "final", choices=[None, 0, 0, 1])

    assert told(columns, "row", "choice") == [("usage", 4, 0), ("usage", 6, 1)]
    usage = columns.usage
    assert [usage.column(name) for name in ("row", "choice", "prompt", "cached", "extra", "source")] == [
        [4, 6],
        [0, 1],
        [5, None],
        [None, 2],
        ['{"odd":"x"}', None],
        ["final", "final"],
    ]
    assert usage.column("prompt_includes_cached") == [False, False]
    assert usage.column("completion_includes_reasoning") == [True, True]


def test_what_stood_beside_a_report_goes_with_its_event() -> None:
    columns = Columns()
    emit.usage(columns, [0, 1], [None, {"in": 5}], FIELDS, "final", beside=['{"a":1}', '{"b":2}'])

    assert told(columns, "extra") == [("usage", '{"b":2}')]


@pytest.mark.parametrize("odd", [5, "x", [1], True])
def test_a_report_that_is_no_object_is_kept(odd: Any) -> None:
    columns = Columns()
    emit.usage(columns, [0, 1], [odd, {"in": 5}], FIELDS, "final", choices=[2, 0])

    assert told(columns, "row", "choice") == [("unknown", 0, 2), ("usage", 1, 0)]
    assert columns.usage.column("prompt") == [5]
    assert len(columns.problems) == 1


def test_no_reports() -> None:
    columns = Columns()
    emit.usage(columns, [0], [None], FIELDS, "final")

    assert columns.events.n == columns.usage.n == 0
