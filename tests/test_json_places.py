"""Where in JSON a value begins, against what Python's own reader finds there."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recexplore.read.positions.json_offsets import JsonPlaces, places_in
from recexplore.read.positions.line_numbers import LineNumbers
from recexplore.read.wire.content import Content

SPACES = st.text(" \t\r\n", max_size=3)
TEXTS = st.text(st.sampled_from('ab"\\/[]{},: \n\té😀'), max_size=8)
SCALARS = st.none() | st.booleans() | st.integers(-999, 999) | st.sampled_from([0.5, -1e9]) | TEXTS
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=20
)
Path = tuple[str | int, ...]


@st.composite
def rendered(draw: st.DrawFn, *, twice: bool = True) -> tuple[Any, bytes]:
    """A value, and JSON of it with any white space, escapes or none, perhaps with keys that come twice."""
    value = draw(VALUES)

    def space() -> str:
        return draw(SPACES)

    def text(value: Any) -> str:
        return json.dumps(value, ensure_ascii=draw(st.booleans()))

    def render(value: Any) -> str:
        if isinstance(value, list):
            return f"[{space()}{','.join(f'{space()}{render(each)}{space()}' for each in value)}]"
        if isinstance(value, dict):
            members = list(value.items())
            if twice and members and draw(st.booleans()):
                members.insert(0, (members[-1][0], draw(SCALARS)))
            return (
                "{"
                + ",".join(f"{space()}{text(key)}{space()}:{space()}{render(each)}{space()}" for key, each in members)
                + space()
                + "}"
            )
        return text(value)

    return value, (space() + render(value) + space()).encode()


def paths(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    yield path, value
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in members:
        yield from paths(each, (*path, key))


def decoded_at(data: bytes, offset: int) -> Any:
    return json.JSONDecoder().raw_decode(data[offset:].decode())[0]


@given(rendered(), st.booleans())
def test_every_value_is_where_pythons_reader_finds_it(document: tuple[Any, bytes], with_mark: bool) -> None:
    value, data = document
    data = b"\xef\xbb\xbf" * with_mark + data
    places = JsonPlaces(data)

    for path, expected in paths(value):
        place = places.find(*path)
        assert place is not None
        found = decoded_at(data, place.offset)
        assert (type(found), found) == (type(expected), expected)
        items = [decoded_at(data, item.offset) for item in places.items(place)]
        assert items == (expected if isinstance(expected, list) else [])
        if path:
            assert places.find(path[-1], within=places.find(*path[:-1])) == place
        assert places.find(*path, "no such key") is None
        assert places.find(*path, 99) is places.find(*path, -1) is None


@given(rendered(twice=False), st.data())
def test_what_breaks_off_is_found_as_far_as_it_goes(document: tuple[Any, bytes], data: st.DataObject) -> None:
    value, whole = document
    end = data.draw(st.integers(0, len(whole)))
    cut, places = JsonPlaces(whole[:end]), JsonPlaces(whole)

    for path, _ in paths(value):
        there, place = places.find(*path), cut.find(*path)
        assert there is not None
        assert place is None or place.offset == there.offset
        # What begins before the end is found: a value is told by its first character.
        assert (place is not None) == (there.offset < end)


@given(rendered(), st.binary(max_size=6), st.integers(0, 200))
def test_damage_never_raises(document: tuple[Any, bytes], foreign: bytes, at: int) -> None:
    value, data = document
    for damaged in (data[:at] + foreign + data[at:], data[at:], foreign, foreign + data):
        places = JsonPlaces(damaged)
        for path, _ in paths(value):
            places.items(places.find(*path))


@given(st.binary(max_size=60))
def test_bytes_of_any_kind_never_raise(data: bytes) -> None:
    places = JsonPlaces(data)

    for item in places.items(places.find()):
        places.find("", within=item)


@pytest.mark.parametrize("data", [b"", b" ", b"\xef\xbb\xbf", b"\xef\xbb\xbf \n"])
def test_nothing_is_nowhere(data: bytes) -> None:
    assert JsonPlaces(data).find() is None
    assert JsonPlaces(data).items(None) == []


def test_a_quote_is_escaped_by_an_odd_number_of_backslashes() -> None:
    data = rb'["\\", "\"", "\\\"", "\\\\", 1]'
    places = JsonPlaces(data)

    assert [decoded_at(data, item.offset) for item in places.items(places.find())] == json.loads(data)


def test_of_equal_keys_the_last_one_counts_however_it_is_written() -> None:
    data = rb'{"a": 1, "\u0061": {"b": 2}, "c": 3}'
    place = JsonPlaces(data).find("a", "b")

    assert place is not None
    assert data[place.offset :] == b'2}, "c": 3}'


def test_what_follows_the_document_is_not_looked_at() -> None:
    data = b'{"a": [1, 2]} {"a": [3], "b": 4}'
    places = JsonPlaces(data)

    assert [item.offset for item in places.items(places.find("a"))] == [7, 10]
    assert places.find("b") is None


@pytest.mark.parametrize("nested", [b"[" * 100_000, b'{"a":' * 100_000, b"[" * 100_000 + b"]" * 100_000])
def test_depth_takes_no_recursion(nested: bytes) -> None:
    data = b'{"first": [1, 2], "deep": ' + nested
    places = JsonPlaces(data)

    assert len(places.items(places.find("first"))) == 2
    assert places.find("deep") is not None
    assert places.find("first", 1) is not None


def test_what_stands_behind_damage_is_not_looked_at() -> None:
    damaged = b'{"body": [1, 2], "x": {"y" "z"}, "body": [3]}'
    content = Content("a.json", damaged)
    places = places_in(content)

    assert content.document.value["body"] == [1, 2]
    assert [item.offset for item in places.items(places.find("body"))] == [10, 13]
    assert places_in(content) is places


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_bytes_that_are_no_text_move_nothing(mark: bytes) -> None:
    damaged = mark + b'{"x": "\xff\xe9", "body": [1, 2], "y" 5, "body": []}'
    places = places_in(Content("a.json", damaged))

    assert [damaged[item.offset : item.offset + 1] for item in places.items(places.find("body"))] == [b"1", b"2"]


def test_a_megabyte_takes_no_time() -> None:
    chunk = {"id": "x" * 20, "choices": [{"index": 0, "delta": {"content": 'a "word" '}}], "usage": None}
    data = json.dumps({"request": {}, "response": {"body": [chunk] * 7_000}}, indent=1).encode()
    assert len(data) > 1_000_000
    started = time.process_time()
    places = JsonPlaces(data)
    found = places.find("response", "body")
    took = time.process_time() - started

    assert len(places.items(found)) == 7_000
    assert took < 0.25, "some ten milliseconds on a machine of one's own"


@given(st.text("a\r\né😀", max_size=12))
def test_lines_are_those_of_splitlines(text: str) -> None:
    data = text.encode()
    ends = [len(b"".join(data.splitlines(keepends=True)[: n + 1])) for n in range(len(data.splitlines()))]
    for of, n in ((data, len(data)), (text, len(text))):
        numbers = LineNumbers(of)
        for at in range(n):
            offset = at if isinstance(of, bytes) else len(text[:at].encode())
            assert numbers.at(at) == 1 + sum(end <= offset for end in ends)
