"""The text of a stream that a file keeps as a JSON list of pieces, or as objects over several lines each."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recexplore.read.wire.content import Content
from recexplore.read.wire.stream_text import documents_as_lines, joined_pieces

VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=5) | st.sampled_from(["}\n{", "}", "{", "\\"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.text(max_size=3), VALUES, min_size=1, max_size=4)


@given(
    st.lists(OBJECTS, min_size=2, max_size=5),
    st.sampled_from([1, 2, "\t"]),
    st.sampled_from(["\n", "\r\n", "\n\n"]),
    st.booleans(),
)
def test_objects_come_to_stand_on_a_line_each_where_they_were(
    objects: list[Any], indent: int | str, between: str, is_ascii: bool
) -> None:
    texts = [json.dumps(each, indent=indent, ensure_ascii=is_ascii) for each in objects]
    data = between.join(texts).encode("utf-8", "surrogatepass")
    lines = documents_as_lines(Content("a.json", data))

    assert lines is not None
    assert len(lines) == len(data)
    assert [json.loads(line) for line in lines.split(b"\n") if line.strip()] == objects


@pytest.mark.parametrize(
    "data", [b'{\n"a": 1\n}', b'[\n{"a": 1}\n]', b'{"a": 1} {"a": 2}', b'{\n"a": 1\n}\nwords', b""]
)
def test_what_is_not_several_objects(data: bytes) -> None:
    assert documents_as_lines(Content("a.json", data)) is None


@given(st.data())
def test_wherever_a_text_is_cut_the_pieces_give_it_again(data: st.DataObject) -> None:
    text = "data: 1\n\ndata: naïve\n\n"
    cuts = sorted(data.draw(st.sets(st.integers(1, len(text) - 1), max_size=6)))
    pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]

    assert joined_pieces(Content("a.json", json.dumps(pieces).encode())) == text.encode()


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        (["data: 1", "", "data: 2", ""], "data: 1\n\ndata: 2\n"),
        (["event: a", "data: 1", "data: 2"], "event: a\ndata: 1\n\ndata: 2\n"),
        (['{"a": 1}', '{"a": 2}'], '{"a": 1}\n{"a": 2}'),
    ],
)
def test_lines_without_their_ends(pieces: list[str], text: str) -> None:
    assert joined_pieces(Content("a.json", json.dumps(pieces).encode())) == text.encode()


@pytest.mark.parametrize("value", [[], {}, ["a", 1], "a", [["a"]], None])
def test_what_is_no_list_of_texts(value: Any) -> None:
    assert joined_pieces(Content("a.json", json.dumps(value).encode())) is None
