"""Header fields in the forms that recorders give them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from recexplore.share.redact.header_fields import header_fields
from recexplore.share.redact.notations.json_tree import json_documents

PAIRS = [("accept", "*/*"), ("set-cookie", "a=1"), ("set-cookie", "b=2")]


def fields(value: Any) -> list[tuple[str, str]]:
    (document,) = json_documents(json.dumps(value))
    return [(name, node.value) for name, node in header_fields(document)]


@pytest.mark.parametrize(
    "value",
    [
        {"accept": "*/*", "set-cookie": ["a=1", "b=2"]},
        {"accept": {"value": "*/*"}, "set-cookie": {"values": ["a=1", "b=2"]}},
        ["accept", "*/*", "set-cookie", "a=1", "set-cookie", "b=2"],
        ["accept", "*/*", "set-cookie", ["a=1", "b=2"]],
        [["accept", "*/*"], ["set-cookie", ["a=1", "b=2"]]],
        [{"name": "accept", "value": "*/*"}, {"key": "set-cookie", "value": ["a=1", "b=2"]}],
    ],
    ids=["object", "objects", "in turn", "in turn, lists", "pairs", "names and values"],
)
def test_every_value_has_its_name(value: Any) -> None:
    assert fields(value) == PAIRS


@pytest.mark.parametrize("value", [["Cookie: a=1"], ["Cookie: a=1", "Accept: */*"], [["a=1"]], [{"value": "a=1"}]])
def test_a_value_without_a_name_has_an_empty_one(value: Any) -> None:
    found = fields(value)
    assert {name for name, _ in found} == {""}
    assert found[0][1].endswith("a=1")


def test_what_is_no_text_or_empty_is_no_value() -> None:
    assert fields({"a": 1, "b": "", "c": None, "d": []}) == []
