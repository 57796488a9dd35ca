"""On which line of a YAML document each part of a text stands, against what is shown on that line."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from recexplore.read.positions.yaml_lines import YamlPlaces

LINE_END = re.compile("\r\n|\r|\n")


@pytest.mark.parametrize(
    "hostile",
    [
        b"a: " + b"[" * 5_000,
        b"a: &a [*a]",
        b"- 1\n---\n- 2",
        b"a: *b",
        b"\xff\xfe",
        b"a: [&x [1, *x], 2",
    ],
)
def test_yaml_that_is_refused_has_no_places(hostile: bytes) -> None:
    places = YamlPlaces(hostile)

    assert places.line(places.find("a", 0)) is places.line(None) is None
    assert places.lines_within(places.find("a"), [0]) == []


@given(
    st.text(st.sampled_from("ab é😀\"'\\:#\n\r\t\x85\u2028"), min_size=1, max_size=60),
    st.sampled_from(["'", '"', "|", ">", None]),
    st.integers(4, 30),
    st.booleans(),
)
def test_each_character_of_a_text_is_on_the_line_that_is_said(text: str, style: Any, width: int, raw: bool) -> None:
    written = yaml.dump({"a": {"b": [0, text]}}, default_style=style, width=width, allow_unicode=raw)
    places = YamlPlaces(written.encode())
    node = places.find("a", "b", 1)
    offsets = [len(text[:at].encode()) for at in range(len(text))]
    found = places.lines_within(node, offsets)

    if node.style == '"' or (node.style in ("'", "|") and not set(text) & set("\x85\u2028")):
        assert found
    assert found in ([], sorted(found))
    shown = LINE_END.split(written)
    for character, line in zip(text, found, strict=bool(found)):
        if character == "é" and raw:
            assert character in shown[line - 1]
    for character in "ab":
        if found:
            counted = [0] * len(shown)
            for line in (line for each, line in zip(text, found, strict=True) if each == character):
                counted[line - 1] += 1
            inside = range(node.start_mark.line, node.end_mark.line + 1)
            assert all(counted[at] <= shown[at].count(character) for at in inside)
            assert sum(counted) == text.count(character)


def test_folding_takes_no_time_that_grows_with_its_square() -> None:
    text = f'a: "{" " * 200_000}x{"  {} ".format("y" * 10) * 20_000}"'
    places = YamlPlaces(text.encode())

    assert places.lines_within(places.find("a"), [0, 200_000]) == [1, 1]
