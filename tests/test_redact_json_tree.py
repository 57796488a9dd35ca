"""JSON as a tree with places, and strings written anew."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recexplore.share.redact.notations.json_tree import Node, NotJson, json_documents, rewritten_string

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=15,
)


def value_of(node: Node) -> Any:
    if node.kind == "object":
        return {key.value: value_of(value) for key, value in node.pairs}
    if node.kind == "array":
        return [value_of(each) for each in node.items]
    return node.value if node.kind == "string" else json.loads(node.value)


@given(JSON, st.booleans(), st.sampled_from([None, 1, 3]))
def test_a_document_says_what_it_says(value: Any, is_ascii: bool, indent: int | None) -> None:
    text = json.dumps(value, ensure_ascii=is_ascii, indent=indent)
    (document,) = json_documents(text)
    assert value_of(document) == value
    assert text[document.start : document.end] == text


@given(TEXTS, TEXTS, st.booleans())
def test_a_string_says_what_it_is_told_to(old: str, new: str, is_ascii: bool) -> None:
    literal = json.dumps(old, ensure_ascii=is_ascii)
    assert json.loads(rewritten_string(literal, old, new)) == new


def test_what_stays_is_written_as_it_was() -> None:
    assert rewritten_string(r'"a\u00e9\/b\t\u0041"', "aé/b\tA", "aé/c\tA") == r'"a\u00e9\/c\t\u0041"'
    assert rewritten_string(r'"\ud83d\ude00x"', "😀x", "😀y") == r'"\ud83d\ude00y"'
    assert rewritten_string(r'"\u00E9"', "é", "ó") == r'"\u00F3"'
    assert rewritten_string('"ab', "ab", "cd") == '"cd'


@pytest.mark.parametrize("cut", range(1, 48))
def test_one_that_breaks_off_is_a_tree_as_far_as_it_goes(cut: int) -> None:
    text = '{"a": [1, "b\\u00e9\\n", true], "c": {"d": "long"}}'
    (document,) = json_documents(text[:cut])
    assert document.kind == "object"


@pytest.mark.parametrize("text", ["", "   ", "a", "{'a': 1}", '{"a": 1}}', "[1}", "<html>", '{"a": undefined_}', ": 1"])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(NotJson):
        json_documents(text)


def test_depth_is_refused_and_not_followed() -> None:
    with pytest.raises(NotJson, match="deeper"):
        json_documents("[" * 100_000)


def test_documents_one_behind_the_other() -> None:
    assert [value_of(each) for each in json_documents('{"a": 1}\n{"b": 2}\n')] == [{"a": 1}, {"b": 2}]
