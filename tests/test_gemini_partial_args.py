"""Arguments of Gemini's function calls that come in pieces: joined, they are the object that was meant."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from dialect_kit import envelope, rows
from hypothesis import given
from hypothesis import strategies as st

import recexplore
from recexplore.read.dialects.gemini.partial_args import PartialArgs

ENDPOINT = "/v1/projects/p/locations/l/publishers/google/models/m:streamGenerateContent"


def piece(path: str, goes_on: bool | None = None, **value: Any) -> dict[str, Any]:
    return {"json_path": path, **value} | ({} if goes_on is None else {"will_continue": goes_on})


def joined(*pieces: dict[str, Any]) -> str:
    args = PartialArgs()
    texts = [args.add(each) for each in pieces]
    assert None not in texts
    end = args.close()
    return "".join(map(str, texts)) + end if args.is_appendable else args.whole()


@pytest.mark.parametrize(
    ("pieces", "meant"),
    [
        ((), {}),
        ((piece("$.a", string_value="old ", goes_on=True), piece("$.a", string_value="wall")), {"a": "old wall"}),
        ((piece("$.a", string_value="x", goes_on=True), piece("$.a", goes_on=False)), {"a": "x"}),
        ((piece("$.a", string_value="x", goes_on=True),), {"a": "x"}),
        ((piece("$.a", number_value=1), piece("$.b", bool_value=False), piece("$.c", null_value="NULL_VALUE")),
         {"a": 1, "b": False, "c": None}),
        ((piece("$.a.b[0].c", number_value=1), piece("$.a.b[1].c", number_value=2), piece("$.a.d", number_value=3)),
         {"a": {"b": [{"c": 1}, {"c": 2}], "d": 3}}),
        ((piece("$['a b'][\"c.d\"]", number_value=1),), {"a b": {"c.d": 1}}),
        ((piece("$.a[0][0]", number_value=1), piece("$.a[0][1]", number_value=2), piece("$.a[1][0]", number_value=3)),
         {"a": [[1, 2], [3]]}),
        ((piece("$.a", struct_value={"b": [1]}), piece("$.c", list_value=[2])), {"a": {"b": [1]}, "c": [2]}),
        ((piece("$.a", string_value='"\n\\', goes_on=True), piece("$.a", string_value="é")), {"a": '"\n\\é'}),
        # What goes back to something closed can only be given whole.
        ((piece("$.a.x", number_value=1), piece("$.b", number_value=2), piece("$.a.y", number_value=3)),
         {"a": {"x": 1, "y": 3}, "b": 2}),
        ((piece("$.a[1]", number_value=1), piece("$.a[0]", number_value=2)), {"a": [2, 1]}),
        ((piece("$.a", number_value=1), piece("$.a", number_value=2)), {"a": 2}),
        ((piece("$.a", string_value="x"), piece("$.a", string_value="y")), {"a": "xy"}),
        ((piece("$.a", string_value=None, number_value=4, null_value=None),), {"a": 4}),
        ((piece("$.a", string_value=None, null_value=None),), {"a": None}),
        ((piece("$.a", string_value="x", goes_on=True), piece("$.b", string_value="y", goes_on=True),
          piece("$.a", string_value="z")), {"a": "xz", "b": "y"}),
    ],
)  # fmt: skip
def test_pieces_are_put_where_their_paths_lead(pieces: tuple[dict[str, Any], ...], meant: Any) -> None:
    assert json.loads(joined(*pieces)) == meant


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"json_path": "$.a"},
        {"json_path": 5, "number_value": 1},
        {"json_path": "$", "number_value": 1},
        {"json_path": "a", "number_value": 1},
        {"json_path": "$..a", "number_value": 1},
        {"json_path": "$[0]", "number_value": 1},
        {"json_path": "$.a[*]", "number_value": 1},
    ],
)
def test_what_leads_nowhere_is_no_piece(odd: dict[str, Any]) -> None:
    args = PartialArgs()

    assert args.add(odd) is None
    assert args.close() == "{}"


def test_a_path_through_a_value_is_no_piece() -> None:
    args = PartialArgs()

    assert args.add(piece("$.a", number_value=1)) == '{"a":1'
    assert args.add(piece("$.a.b", number_value=1)) is None
    assert args.close() == "}"


leaves = st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=6)
names = st.text("abc é.", min_size=1, max_size=3)
objects = st.dictionaries(
    names,
    st.recursive(
        leaves,
        lambda inner: st.lists(inner, min_size=1, max_size=3) | st.dictionaries(names, inner, min_size=1, max_size=3),
        max_leaves=6,
    ),
    max_size=3,
)


def pieces_of(value: Any, path: str, draw: Any) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        return [each for name, inner in value.items() for each in pieces_of(inner, f"{path}['{name}']", draw)]
    if isinstance(value, list):
        return [each for at, inner in enumerate(value) for each in pieces_of(inner, f"{path}[{at}]", draw)]
    if not isinstance(value, str):
        field = "null_value" if value is None else "bool_value" if isinstance(value, bool) else "number_value"
        return [piece(path, **{field: "NULL_VALUE" if value is None else value})]
    cuts = sorted(draw(st.lists(st.integers(0, len(value)), max_size=2)))
    parts = [value[start:end] for start, end in zip([0, *cuts], [*cuts, len(value)], strict=True)]
    last = len(parts) - 1
    return [piece(path, string_value=part, goes_on=at < last or None) for at, part in enumerate(parts)]


@given(objects, st.data(), st.booleans())
def test_whatever_is_cut_into_pieces_comes_together(meant: dict[str, Any], data: st.DataObject, shuffled: bool) -> None:
    groups = [pieces_of(value, f"$['{name}']", data.draw) for name, value in meant.items()]
    if shuffled:
        groups = data.draw(st.permutations(groups))

    assert json.loads(joined(*(each for group in groups for each in group))) == meant


def part(**call: Any) -> dict[str, Any]:
    return {"candidates": [{"content": {"role": "model", "parts": [{"functionCall": call}]}, "index": 0}]}


def grown(path: str, text: str, **call: Any) -> dict[str, Any]:
    return part(partialArgs=[{"jsonPath": path, "stringValue": text}], willContinue=True, **call)


def test_a_call_grows_until_it_does_not_continue(read: Any) -> None:
    corpus = read(
        envelope(
            [
                part(name="find", id="f1", willContinue=True),
                part(partialArgs=[{"jsonPath": "$.a", "stringValue": "x", "willContinue": True}], willContinue=True),
                part(willContinue=True),
                part(partialArgs=[{"jsonPath": "$.a", "stringValue": "y"}], willContinue=True),
                part(),
                part(name="list"),
                part(name="tell", args={"b": 1}),
                part(name="one", partialArgs=[{"jsonPath": "$.c", "boolValue": True}]),
            ],
            endpoint=ENDPOINT,
        )
    )

    assert rows(corpus, "name", "id", "arguments", "arguments_valid", "n_events", frame="tool_calls") == [
        ("find", "f1", '{"a":"xy"}', True, 5),
        ("list", None, "{}", True, 1),
        ("tell", None, '{"b":1}', True, 1),
        ("one", None, '{"c":true}', True, 1),
    ]
    assert corpus.problems.empty


def test_a_name_begins_another_call_though_the_last_never_ended(read: Any) -> None:
    corpus = read(
        envelope(
            [part(name="find", willContinue=True), grown("$.a", "x"), part(name="tell", args={})], endpoint=ENDPOINT
        )
    )

    assert rows(corpus, "name", "arguments", "arguments_valid", frame="tool_calls") == [
        ("find", '{"a":"x"', False),
        ("tell", "{}", True),
    ]


def test_pieces_that_go_back_are_given_whole_with_the_last(read: Any) -> None:
    corpus = read(
        envelope(
            [part(name="find", willContinue=True), grown("$.a.x", "1"), grown("$.b", "2"), grown("$.a.y", "3"), part()],
            endpoint=ENDPOINT,
        )
    )

    assert rows(corpus, "arguments", "arguments_valid", frame="tool_calls") == [
        ('{"a":{"x":"1","y":"3"},"b":"2"}', True)
    ]


def test_what_is_no_piece_is_kept_beside(read: Any) -> None:
    corpus = read(
        envelope([part(name="find", partialArgs=["odd", {"jsonPath": "$..a", "stringValue": "x"}])], endpoint=ENDPOINT)
    )

    (beside,) = corpus.events["extra"].dropna()
    assert json.loads(beside) == {"partial_args": ["odd", {"jsonPath": "$..a", "stringValue": "x"}]}


def test_two_recordings_that_are_read_together_have_calls_of_their_own(tmp_path: Path) -> None:
    open_call = envelope([part(name="find", willContinue=True), grown("$.a", "x")], endpoint=ENDPOINT)
    other = envelope([part(partialArgs=[{"jsonPath": "$.z", "numberValue": 1}]), part(name="tell")], endpoint=ENDPOINT)

    for name, document in (("a.json", open_call), ("b.json", other)):
        (tmp_path / name).write_text(json.dumps(document))

    corpus = recexplore.load(tmp_path, progress=False)

    assert rows(corpus, "name", "arguments", frame="tool_calls") == [
        ("find", '{"a":"x"'),
        (None, '{"z":1}'),
        ("tell", "{}"),
    ]


def test_the_name_in_every_piece_is_one_call(read: Any) -> None:
    corpus = read(
        envelope(
            [
                part(name="find", id="f1", willContinue=True),
                part(
                    name="find",
                    id="f1",
                    partialArgs=[{"jsonPath": "$.a", "stringValue": "x", "willContinue": True}],
                    willContinue=True,
                ),
                part(name="find", id="f1", partialArgs=[{"jsonPath": "$.a", "stringValue": "y"}]),
            ],
            endpoint=ENDPOINT,
        )
    )

    assert rows(corpus, "name", "arguments", frame="tool_calls") == [("find", '{"a":"xy"}')]


def test_calls_in_turns_are_told_apart_by_their_ids(read: Any) -> None:
    turns = [
        part(
            id=own,
            partialArgs=[{"jsonPath": "$.a", "stringValue": f"{own}{n}", "willContinue": n == 0}],
            willContinue=n == 0,
        )
        for n in (0, 1)
        for own in ("f1", "f2")
    ]
    begins = [part(id=own, name=f"find-{own}", willContinue=True) for own in ("f1", "f2")]
    corpus = read(envelope([*begins, *turns], endpoint=ENDPOINT))

    assert rows(corpus, "name", "arguments", frame="tool_calls") == [
        ("find-f1", '{"a":"f10f11"}'),
        ("find-f2", '{"a":"f20f21"}'),
    ]
