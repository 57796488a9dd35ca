"""Places in a JSON value, and its leaves."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from test_request_hash import VALUES

from recexplore.matching.json_paths import canonical, leaves, shown_path


def test_leaves_come_in_order() -> None:
    value = {"a": [1, {"b": []}], "c": {}, "d": None}
    assert list(leaves(value)) == [(".a[]", 1), (".a[].b", []), (".c", {}), (".d", None)]


@given(VALUES)
def test_no_leaf_is_lost(value: Any) -> None:
    def count(each: Any) -> int:
        inner = each.values() if isinstance(each, dict) else each if isinstance(each, list) else ()
        return sum(map(count, inner)) or 1

    assert sum(1 for _ in leaves(value)) == count(value)


def test_no_depth_is_too_deep() -> None:
    value: Any = 1
    for _ in range(50_000):
        value = [value]
    assert sum(1 for _ in leaves(value)) == 1


def test_paths_are_shown_as_they_are_written() -> None:
    assert shown_path(("messages", 1, "content")) == "messages[1].content"
    assert shown_path(("a.b", "\x1b[31m")) == "['a.b']['\\x1b[31m']"
    assert shown_path(()) == "body"


def test_numbers_are_told_apart() -> None:
    assert len({canonical(value) for value in (1, 1.0, True, "1")}) == 4
    assert canonical({"b": 1, "a": 2}) == canonical({"a": 2, "b": 1})
