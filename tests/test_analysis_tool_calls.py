"""The state of a tool call's arguments after each fragment: real calls first, then every way to cut JSON."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic import calls, choice, chunk, fragment, recording, says, stream

from recexplore.analysis.tool_calls import STATES, assembly
from recexplore.corpus import Corpus

COLUMNS = ["recording", "choice", "tool_index", "chunk", "name", "id", "text", "chars", "state", "broken_at"]
SECONDS = 5.0


def events(*fragments: str | None) -> pd.DataFrame:
    """The events of one call that came in these fragments."""
    ends = pd.Series([len(text or "") for text in fragments], dtype="int64").cumsum()
    table: dict[str, Any] = {
        "recording": "r",
        "chunk": range(len(fragments)),
        "choice": pd.array([0] * len(fragments), dtype="Int64"),
        "kind": "tool_call",
        "text": pd.array(fragments, dtype="str"),
        "end": ends.astype("Int64"),
        "tool_index": pd.array([0] * len(fragments), dtype="Int64"),
        "tool_call_id": pd.array([None] * len(fragments), dtype="str"),
        "tool_name": pd.array([None] * len(fragments), dtype="str"),
    }
    return pd.DataFrame(table, index=range(len(fragments)))


def states(*fragments: str | None) -> list[str]:
    return assembly(events(*fragments))["state"].tolist()


def final(*fragments: str) -> tuple[str, int | None]:
    last = assembly(events(*fragments)).iloc[-1]
    return last["state"], None if pd.isna(last["broken_at"]) else int(last["broken_at"])


def test_a_recorded_call_grows_until_it_is_whole(all_recordings: Corpus) -> None:
    found = assembly(all_recordings["messages"].events)
    assert list(found) == COLUMNS
    assert found["state"].tolist() == ["empty", *["incomplete"] * 3, "complete"]
    assert found["chunk"].tolist() == [17, 19, 20, 21, 22]
    assert found["chars"].tolist() == [0, 11, 22, 33, 40]
    assert found.loc[0, ["name", "id"]].tolist() == ["tides", "toolu_made_01"]
    assert found.loc[1:, ["name", "id", "broken_at"]].isna().all(axis=None)


def test_every_recorded_call_ends_as_its_row_says(all_recordings: Corpus) -> None:
    by = ["recording", "choice", "tool_index"]
    found = assembly(all_recordings.events)
    whole = found.groupby(by).agg(
        text=("text", "sum"), chars=("chars", "last"), state=("state", "last"), n=("text", "size")
    )
    rows = all_recordings.tool_calls.set_index(by).loc[whole.index]
    assert len(whole) == len(all_recordings.tool_calls) >= 5
    assert whole["text"].tolist() == rows["arguments"].tolist()
    assert whole["chars"].tolist() == rows["arguments"].str.len().tolist()
    assert whole["n"].tolist() == rows["n_events"].tolist()
    assert (whole["state"] == "complete").tolist() == rows["arguments_valid"].tolist()


def test_calls_that_take_turns_are_kept_apart(read: Callable[..., Corpus]) -> None:
    body = [
        calls(fragment('{"a', 0, name="f", id="one"), fragment("[", 1, name="g", id="two")),
        calls(fragment("]", 1), fragment('":1}', 0)),
        calls(fragment("{}", 0), index=1),
    ]
    found = assembly(read(recording(body)).events)
    assert found[["choice", "tool_index", "state"]].to_numpy().tolist() == [
        [0, 0, "incomplete"],
        [0, 1, "incomplete"],
        [0, 1, "not an object"],
        [0, 0, "complete"],
        [1, 0, "complete"],
    ]
    assert found["name"].dropna().tolist() == ["f", "g"]
    assert found.dtypes[["choice", "tool_index", "chunk", "chars", "broken_at"]].astype(str).tolist() == [
        *["int64"] * 4,
        "Int64",
    ]


def test_one_recording_ends_where_the_next_begins(made: Corpus) -> None:
    first = made["tool-calls"].events
    both = pd.concat([first, first.assign(recording="again")])
    found = assembly(both)
    alone = assembly(first)
    assert found["state"].tolist() == alone["state"].tolist() * 2
    assert found.index.tolist() == list(range(len(found)))


def test_two_objects_on_one_index_break_where_the_second_begins(read: Callable[..., Corpus]) -> None:
    found = assembly(
        read(stream(calls(fragment('{"a":1}')), calls(fragment(' \n{"a":2}')), calls(fragment("}")))).events
    )
    assert found["state"].tolist() == ["complete", "broken", "broken"]
    assert found["broken_at"].tolist() == [pd.NA, 9, 9]
    assert found["chars"].tolist() == [7, 16, 17]


def test_no_calls_at_all(read: Callable[..., Corpus]) -> None:
    for table in (read(stream(says("a"))).events, read(recording([])).events, events()):
        found = assembly(table)
        assert found.empty
        assert list(found) == COLUMNS
        assert str(found["broken_at"].dtype) == "Int64"


def test_a_fragment_without_text_changes_nothing(read: Callable[..., Corpus]) -> None:
    assert states(None, "{", None, "}", None) == ["empty", "incomplete", "incomplete", "complete", "complete"]
    only = chunk(choice({"tool_calls": [{"index": 0, "id": "a", "function": {"name": "f"}}]}))
    assert assembly(read(stream(only)).events)["state"].tolist() == ["empty"]


def test_what_belongs_to_no_choice_is_no_fragment() -> None:
    table = events("{", "}", "x")
    table.loc[2, ["choice", "tool_index", "end"]] = pd.NA
    assert assembly(table)["state"].tolist() == ["incomplete", "complete"]


@pytest.mark.parametrize(
    ("text", "state", "broken_at"),
    [
        ("", "empty", None),
        (" \t\r\n", "empty", None),
        ("\u00a0", "broken", 0),
        ("\ufeff{}", "broken", 0),
        ("{", "incomplete", None),
        ("{}", "complete", None),
        (" {} \n", "complete", None),
        ("{}x", "broken", 2),
        ("{}{}", "broken", 2),
        ("{} ,", "broken", 3),
        ("{]", "broken", 1),
        ("[}", "broken", 1),
        ('{"a":[1}', "broken", 7),
        ("}", "broken", 0),
        ("{,", "broken", 1),
        ('{"a":1,}', "broken", 7),
        ("[1,]", "broken", 3),
        ("[,", "broken", 1),
        ("{a", "broken", 1),
        ("{'a", "broken", 1),
        ('{"a"}', "broken", 4),
        ('{"a":}', "broken", 5),
        ('{"a" : 1 , "b" : [ ] }', "complete", None),
        ('{"a":"\n"}', "broken", 6),
        ('{"a":"\x7f\u2028"}', "complete", None),
        ('{"a":"\\x"}', "broken", 7),
        ('{"a":"\\', "incomplete", None),
        ('{"a":"\\"', "incomplete", None),
        ('{"a":"\\""', "incomplete", None),
        ('{"a":"\\u12', "incomplete", None),
        ('{"a":"\\u12g', "broken", 10),
        ('{"a":"\\ud83d"}', "complete", None),
        ('{"\\u0041":1}', "complete", None),
        ('{"a":"\\uaBfF"}', "complete", None),
        ('{"a":NaN}', "broken", 5),
        ('{"a":Infinity}', "broken", 5),
        ('{"a":-Infinity}', "broken", 6),
        ('{"a":nul', "incomplete", None),
        ('{"a":nul}', "broken", 8),
        ('{"a":True}', "broken", 5),
        ('{"a":01}', "broken", 6),
        ('{"a":-0}', "complete", None),
        ('{"a":-', "incomplete", None),
        ('{"a":+1}', "broken", 5),
        ('{"a":.5}', "broken", 5),
        ('{"a":1.', "incomplete", None),
        ('{"a":1.}', "broken", 7),
        ('{"a":1e+', "incomplete", None),
        ('{"a":1E-05}', "complete", None),
        ('{"a":1e5.2}', "broken", 8),
        ('{"a":1 2}', "broken", 7),
        ("12", "not an object", None),
        ("-", "incomplete", None),
        ("12 3", "broken", 3),
        ("null", "not an object", None),
        ("tru", "incomplete", None),
        ('"{}"', "not an object", None),
        ('"{}', "incomplete", None),
        ("[{}]", "not an object", None),
        ("[{}", "incomplete", None),
        ("[" * 5000 + "]" * 5000, "not an object", None),
        ('{"a":' + "1" * 5000 + "}", "complete", None),
        ('{"a":1e999}', "complete", None),
    ],
)
def test_each_state_whole_and_character_by_character(text: str, state: str, broken_at: int | None) -> None:
    assert final(text) == (state, broken_at)
    if text:
        assert final(*text) == (state, broken_at)


def test_long_calls_take_no_longer_for_their_number_of_fragments() -> None:
    text = json.dumps({f"key {at}": ["x\n" * 20, {"n": -at / 7, "b": None}] for at in range(2200)})
    size = len(text) // 10_000 + 1
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    pieces += [""] * (10_000 - len(pieces))
    table = events(*pieces)
    assert len(text) > 200_000
    started = time.process_time()
    found = assembly(table)
    assert time.process_time() - started < SECONDS
    assert found["state"].iloc[-1] == "complete"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.text(), JSON, max_size=4)
STYLES: Any = st.fixed_dictionaries(
    {"ensure_ascii": st.booleans(), "indent": st.sampled_from([None, 0, "\t"]), "separators": st.just((" ,\r", ": "))}
)
NEAR_JSON = st.text(st.sampled_from('{{}}[]"":,\\ \n0019.eE+-trufalsn/bdx\x01é'), max_size=20) | st.builds(
    lambda value, at, piece: (text := json.dumps(value))[: at % (len(text) + 1)] + piece + text[at % (len(text) + 1) :],
    JSON,
    st.integers(0, 200),
    st.sampled_from([*'{}[]",:\\0-.e \n', "null", "tru", "NaN", '"a":', "\\u00"]),
)


def pieces(text: str, cuts: list[int]) -> list[str]:
    places = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    return [text[start:end] for start, end in pairwise(places)] or [""]


def loaded(text: str) -> Any:
    """What strict JSON makes of the text; `...` where it is none."""

    def refuse(name: str) -> Any:
        raise ValueError(name)

    try:
        return json.loads(text, parse_constant=refuse)
    except ValueError:
        return ...


def can_be_completed(text: str) -> bool:
    """Whether some continuation makes it JSON; found by trying, not by following the grammar."""
    closers: list[str] = []
    for bracket in re.findall(r"[\[\]{}]", re.sub(r'"(?:\\.|[^"\\])*"?', "", text, flags=re.DOTALL)):
        if bracket in "[{":
            closers.append("]" if bracket == "[" else "}")
        elif closers:
            closers.pop()
    rest = "".join(reversed(closers))
    words = [word[at:] for word in ("true", "false", "null") for at in range(1, len(word))]
    return any(
        loaded(text + begun + ended + rest) is not ...
        for begun in ("", "n", *("0" * n for n in range(1, 5)), *words)
        for ended in ("", '"', '":0', ":0", '"":0')
    )


@given(OBJECTS, STYLES)
def test_every_beginning_of_an_object_is_incomplete_and_the_whole_is_complete(value: Any, style: Any) -> None:
    text = json.dumps(value, **style)
    found = states(*text)
    assert set(found[:-1]) <= {"empty", "incomplete"}
    assert found[-1] == "complete"


@given(JSON, STYLES)
def test_no_beginning_of_json_is_broken(value: Any, style: Any) -> None:
    text = json.dumps(value, **style)
    found = states(*text)
    assert "broken" not in found
    assert found[-1] == ("complete" if isinstance(value, dict) else "not an object")


@given(NEAR_JSON)
def test_the_state_agrees_with_strict_json(text: str) -> None:
    state, broken_at = final(text)
    value = loaded(text)
    if value is ...:
        assert state in ("empty", "incomplete", "broken")
        assert (state == "empty") == (not text.strip(" \t\r\n"))
    else:
        assert state == ("complete" if isinstance(value, dict) else "not an object")
    assert (broken_at is None) == (state != "broken")


@given(NEAR_JSON)
def test_what_is_not_broken_can_be_completed(text: str) -> None:
    state, broken_at = final(text)
    if state == "incomplete":
        assert can_be_completed(text)
    if broken_at is not None:
        assert final(text[: broken_at + 1]) == ("broken", broken_at)
        assert not can_be_completed(text[: broken_at + 1])
        assert not text[:broken_at].strip() or can_be_completed(text[:broken_at])


@given(NEAR_JSON, st.lists(st.integers(0, 300), max_size=6))
def test_cuts_do_not_matter(text: str, cuts: list[int]) -> None:
    assert final(*pieces(text, cuts)) == final(*text or [""]) == final(text)


@given(NEAR_JSON, NEAR_JSON)
def test_what_is_broken_stays_broken_in_the_same_place(text: str, more: str) -> None:
    found = assembly(events(*text, *more))
    broken = found["state"] == "broken"
    assert broken.is_monotonic_increasing
    assert found.loc[broken, "broken_at"].nunique() <= 1
    assert found["broken_at"].notna().tolist() == broken.tolist()
    assert set(found["state"]) <= set(STATES)
