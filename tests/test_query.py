"""The language of the explorer's search box: what a query asks for, and what is said of it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recexplore.model.schema import FRAMES
from recexplore.views.find.query import NUMBERS, Term, understood
from recexplore.views.text.safe_text import without_lone_surrogates

_NUMBERS = np.asarray([-1.0, 0.0, 1.5, 2.0, 3.0, np.nan])


def asked(query: str) -> Term:
    """The one thing that a query asks for, understood."""
    (term,), notes = understood(query)
    assert notes == []
    return term


def test_a_word_is_looked_for_where_it_is_seen_and_in_the_answer() -> None:
    term = asked("Tide")

    assert (term.negated, term.substring, term.flag, term.number) == (False, "Tide", "", "")
    assert {frame for frame, _ in term.visible} == {"recordings"}
    assert {frame for frame, _ in term.spoken} == {"choices", "tool_calls"}


@pytest.mark.parametrize(
    ("query", "substring", "columns"),
    [
        ("id:007", "007", ["recordings.recording"]),
        ("MODEL:gpt", "gpt", ["recordings.model_requested", "recordings.model_served"]),
        ("test:a::b", "a::b", ["recordings.test_id"]),
        ('path:"a b', "a b", ["recordings.path"]),
        ("finish:stop", "stop", ["choices.finish_reason"]),
        ("rule:late", "late", ["findings.rule"]),
        ("text:a", "a", ["choices.content", "choices.reasoning", "choices.refusal"]),
        ("content:a", "a", ["choices.content"]),
        ("reasoning:a", "a", ["choices.reasoning"]),
        ("tool:get", "get", ["tool_calls.name", "tool_calls.arguments"]),
    ],
)
def test_a_field_is_looked_for_in_its_columns(query: str, substring: str, columns: list[str]) -> None:
    term = asked(query)

    assert term.substring == substring
    assert [".".join(each) for each in (*term.visible, *term.spoken)] == columns
    assert bool(term.spoken) == (columns[0] in ("choices.content", "choices.reasoning", "tool_calls.name"))
    assert asked(f"-{query}") == Term(True, substring, term.visible, term.spoken)


@pytest.mark.parametrize(
    ("query", "substrings"),
    [
        ("two words", ["two", "words"]),
        ('"two words"  more', ["two words", "more"]),
        ('"not closed', ["not closed"]),
        ("a::b http://x", ["a::b", "http://x"]),
        ("3:4 a-b :", ["3:4", "a-b", ":"]),
    ],
)
def test_the_words_of_a_query(query: str, substrings: list[str]) -> None:
    terms, notes = understood(query)

    assert [term.substring for term in terms] == substrings
    assert len({(term.visible, term.spoken) for term in terms}) == 1
    assert notes == []


@pytest.mark.parametrize(("query", "flag"), [("has:tools", "tools"), ("HAS:Error", "error"), ("is:whole", "whole")])
def test_a_flag(query: str, flag: str) -> None:
    assert asked(query) == Term(False, flag=flag)
    assert asked(f"-{query}") == Term(True, flag=flag)


@pytest.mark.parametrize(
    ("value", "passing"),
    [
        ("2", [2.0]),
        ("=2", [2.0]),
        (">2", [3.0]),
        (">=2", [2.0, 3.0]),
        ("<2", [-1.0, 0.0, 1.5]),
        ("<=1.5", [-1.0, 0.0, 1.5]),
        ("-1", [-1.0]),
        ("1..2", [1.5, 2.0]),
        ("..0", [-1.0, 0.0]),
        ("2..", [2.0, 3.0]),
        ("..", [-1.0, 0.0, 1.5, 2.0, 3.0]),
        ("nan", []),
    ],
)
def test_a_comparison(value: str, passing: list[float]) -> None:
    term = asked(f"-Tokens:{value}")

    assert (term.negated, term.number, term.substring) == (True, "tokens", "")
    assert _NUMBERS[term.passes(_NUMBERS)].tolist() == passing


@pytest.mark.parametrize("query", ["has:stall", "-has:stall", "HAS:Stall", 'has:"tool-args"'])
def test_a_rule_is_something_to_have(query: str) -> None:
    assert asked(query) == asked(query.lower().replace("has:", "rule:"))


@pytest.mark.parametrize(
    ("query", "order", "descending"),
    [
        ("sort:tokens", "tokens", False),
        ("sort:-tokens", "tokens", True),
        ("-sort:tokens", "tokens", True),
        ("-sort:-tokens", "tokens", False),
        ('SORT:"up"', "up", False),
    ],
)
def test_an_order(query: str, order: str, descending: bool) -> None:
    assert asked(query) == Term(descending, order=order)


@pytest.mark.parametrize(
    "query", ["sort:", "sort:-", "", "  ", "-", "model:", '"', '""', 'text:"', "has:", "chunks:>", "-chunks:>="]
)
def test_a_word_not_finished_asks_nothing(query: str) -> None:
    assert understood(query) == ([], [])


@pytest.mark.parametrize(
    ("query", "same", "note"),
    [
        ("tests order:up", 'tests "order:up"', "no field `order`: searched as text; fields are id, test, model, "),
        ("-order:up", '-"order:up"', "no field `order`: "),
        (
            "has:money",
            '"has:money"',
            "no `has:money`: searched as text; there are reasoning, tools, refusal, error, usage, time, finish, findings",
        ),
        ("is:money", '"is:money"', "no `is:money`: searched as text; there are stream, whole"),
        ("n:two", '"n:two"', "`n:two` compares with no number: searched as text; write n:2, n:>2 or n:2..4"),
        ("n:1..x", '"n:1..x"', "`n:1..x` compares with no number: "),
        ("x" * 201, "x" * 200, f"only the first 200 characters of `{'x' * 20}…` are searched"),
        ("e " * 33, "e " * 32, "only the first 32 words are searched"),
    ],
)
def test_what_is_not_understood_is_searched_as_text_and_said(query: str, same: str, note: str) -> None:
    terms, notes = understood(query)

    assert (terms, []) == understood(same)
    assert [each.startswith(note) for each in notes] == [True]


def test_what_a_query_names_exists() -> None:
    fields = understood("nothing:x")[1][0].rpartition("fields are ")[2].split(", ")
    columns = {each for name in fields for term in understood(f"{name}:x")[0] for each in (*term.visible, *term.spoken)}

    assert {"id", "text", "rule", "tokens", "has"} <= set(fields)
    assert {each for each in columns if each[0] != "findings" and each[1] not in FRAMES[each[0]].names} == set()
    assert set(NUMBERS.values()) - {""} <= set(FRAMES["recordings"].names)


_ODD = st.text(st.characters(codec=None, categories=("Cs", "Zs", "P", "L")))


@given(
    st.text() | _ODD | st.lists(st.sampled_from(["n:", "has:", "-", '"', "text:", "x:", "a", " ", "1.."])).map("".join)
)
def test_every_text_is_a_query(query: str) -> None:
    terms, notes = understood(query)

    assert len(terms) <= 32
    for term in terms:
        assert bool(term.substring) + bool(term.flag) + bool(term.number) + bool(term.order) == 1
        assert term.substring == without_lone_surrogates(term.substring)
        assert term.substring.replace('"', "") in without_lone_surrogates(query).replace('"', "")
        assert term.passes(_NUMBERS).shape == _NUMBERS.shape
    assert all(notes)


@given(st.text(st.characters(codec=None)))
def test_halves_of_characters_are_replaced(text: str) -> None:
    assert without_lone_surrogates(text).encode().decode() == without_lone_surrogates(text)
    assert without_lone_surrogates("a\ud83db") == "a�b"
    assert without_lone_surrogates("\ud83d\ude00") == "😀"
