from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from recexplore.model.json_text import to_json_text
from recexplore.read.wire.json_text import decode_json

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
CONTAINERS = st.lists(JSON, min_size=1, max_size=5) | st.dictionaries(st.text(min_size=1), JSON, min_size=1, max_size=5)


def is_prefix(part: Any, full: Any) -> bool:
    """Whether a value is what can be read of another one before it breaks off; its very last leaf may be cut."""
    if isinstance(full, dict) and isinstance(part, dict):
        keys = list(part)
        return keys == list(full)[: len(keys)] and _elements(list(part.values()), list(full.values()))
    if isinstance(full, list) and isinstance(part, list):
        return _elements(part, full)
    if isinstance(full, str):
        return isinstance(part, str) and full.startswith(part)
    return isinstance(part, int | float | None) and not isinstance(full, dict | list)


def _elements(part: list[Any], full: list[Any]) -> bool:
    return (
        len(part) <= len(full)
        and part[:-1] == full[: len(part)][:-1]
        and (not part or is_prefix(part[-1], full[len(part) - 1]))
    )


@given(JSON)
def test_sound_json_is_read_as_it_is(value: Any) -> None:
    decoded = decode_json(json.dumps(value).encode())

    assert decoded.value == value
    assert (decoded.readable, decoded.is_cut, decoded.lone_surrogates, decoded.damage) == (True, False, False, ())


@given(st.binary(max_size=200))
@example(b"")
@example(b"\xef\xbb\xbf")
@example(b"[" * 100_000)
@example(b'{"a":' * 100_000)
@example(b"9" * 5000)
@example(b"[" + b"9" * 5000)
@example(b'"\\ud800')
@example(b"[NaN,-Infinity,1e999")
@example(b"\xff\xfe{\x00}\x00")
def test_no_bytes_make_it_raise(data: bytes) -> None:
    decoded = decode_json(data)

    assert decoded.readable or decoded.damage
    assert decoded.readable or decoded.value is None


@given(CONTAINERS, st.data())
def test_what_is_kept_of_a_cut_document_is_its_beginning(value: Any, data: st.DataObject) -> None:
    text = json.dumps(value, ensure_ascii=data.draw(st.booleans())).encode()
    cut = data.draw(st.integers(1, len(text) - 1))
    decoded = decode_json(text[:cut])

    assert decoded.damage
    if decoded.readable:
        assert decoded.is_cut
        assert is_prefix(decoded.value, value)


def test_a_cut_inside_a_character_does_not_add_one() -> None:
    assert decode_json('["ab", "Añ"]'.encode()[:10]).value == ["ab", "A"]


@given(st.data())
def test_a_cut_recording_keeps_every_chunk_before_the_cut(bundled_folder: Path, data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(sorted(bundled_folder.iterdir()))).read_bytes()
    cut = data.draw(st.integers(1, len(text) - 3))
    decoded = decode_json(text[:cut])
    complete = json.loads(text)

    assert decoded.readable or cut < 60
    if decoded.readable:
        assert is_prefix(decoded.value, complete)
        body = decoded.value.get("response", {}).get("body", [])
        assert len(body) >= text[:cut].count(b'"__type__"') - 1


@pytest.mark.parametrize("length", range(3, 16))
def test_a_cut_inside_an_escaped_pair_keeps_what_stands_before(length: int) -> None:
    decoded = decode_json(b'["a\\ud83d\\ude00"]'[:length])

    assert decoded.readable
    assert is_prefix(decoded.value, ["a\N{GRINNING FACE}"])


def test_a_cut_value_says_where_it_breaks_off() -> None:
    decoded = decode_json(b'{"a": [1, 2, {"b": "some te')

    assert decoded.value == {"a": [1, 2, {"b": "some te"}]}
    assert decoded.is_cut
    assert decoded.damage[0].what == "the file breaks off"
    assert "byte 27 of 27" in decoded.damage[0].found


def test_garbage_in_the_middle_keeps_what_stands_before() -> None:
    decoded = decode_json(b'{"a": [1, 2], "b": \x00\x01 "c"}')

    assert decoded.value["a"] == [1, 2]
    assert "c" not in str(decoded.value)
    assert decoded.is_cut
    assert decoded.damage[0].what == "the file is damaged"
    assert "byte 19 of 26" in decoded.damage[0].found


@pytest.mark.parametrize(
    ("data", "value", "found"),
    [
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}, "a byte order mark"),
        (b'{"a": Infinity}', {"a": float("inf")}, "NaN or Infinity"),
        (b'["a\\ud83d"]', ["a\ud83d"], "surrogates without a partner"),
        (b'\xef\xbb\xbf["\\ude00", -Infinity]', ["\ude00", float("-inf")], "a byte order mark"),
    ],
)
def test_what_other_readers_refuse_is_read_and_said(data: bytes, value: Any, found: str) -> None:
    decoded = decode_json(data)

    assert decoded.value == value
    assert not decoded.is_cut
    assert found in decoded.damage[0].found


def test_lone_surrogates_are_flagged_and_pairs_are_not() -> None:
    assert decode_json(b'["\\ud83d", "\\ude00"]').lone_surrogates
    assert not decode_json(b'["\\ud83d\\ude00", NaN]').lone_surrogates


def test_bytes_that_are_not_utf8_are_replaced_and_nothing_is_cut() -> None:
    decoded = decode_json(b'{"a": "x\xffy", "b": 1}')

    assert decoded.value == {"a": "x�y", "b": 1}
    assert not decoded.is_cut
    assert decoded.damage[0].what == "bytes that are not UTF-8"


@pytest.mark.parametrize("also", [b'"\\ud83d"', b'"\xff"', b"NaN"])
def test_a_cut_document_is_kept_whatever_else_is_wrong_with_it(also: bytes) -> None:
    decoded = decode_json(b'{"a": [' + also + b', "kept"], "b": "cut he')

    assert decoded.readable
    assert decoded.value["a"][1] == "kept"


@pytest.mark.parametrize(
    ("data", "what"),
    [(b"", "the file is empty"), (b" \n", "the file is empty"), (b"hello", "not JSON"), (b"\x89PNG\r\n", "not JSON")],
)
def test_what_cannot_be_read_says_so(data: bytes, what: str) -> None:
    decoded = decode_json(data)

    assert (decoded.readable, decoded.value) == (False, None)
    assert [problem.what for problem in decoded.damage] == [what]
    assert all((problem.expected, problem.found, problem.hint) for problem in decoded.damage)


@given(JSON)
def test_json_text_means_the_value(value: Any) -> None:
    assert json.loads(to_json_text(value)) == value


@pytest.mark.parametrize("value", [2**70, ["\ud800"], float(2**63)])
def test_json_text_of_what_orjson_refuses(value: Any) -> None:
    assert json.loads(to_json_text(value)) == value


@pytest.mark.parametrize("beside", [None, 2**70, "\ud800", b"\xff"])
def test_what_json_lacks_is_null_in_its_text(beside: Any) -> None:
    value = {"a": [float("nan"), float("inf")], "b": {"c": -float("inf"), "d": 0.5}, "beside": beside}
    text = to_json_text(value)

    assert text.startswith('{"a":[null,null],"b":{"c":null,"d":0.5},"beside":')


def test_an_integer_that_no_float_can_hold_is_text() -> None:
    assert to_json_text({"a": 10**400, "b": -(10**400), "c": 10**30, "d": True}) == (
        f'{{"a":"1{"0" * 400}","b":"-1{"0" * 400}","c":1{"0" * 30},"d":true}}'
    )


def test_json_text_is_compact() -> None:
    assert to_json_text({"a": [1, "é"]}) == '{"a":[1,"é"]}'
    assert to_json_text({"a": [1, "\ud800"]}) == '{"a":[1,"\ud800"]}'


@pytest.mark.parametrize(
    ("tail", "what"),
    [(b"\nxyz", "more than one document in the file"), (b"{}", "more than one document in the file")],
)
def test_what_follows_a_document_is_told(tail: bytes, what: str) -> None:
    decoded = decode_json(b'{"a": [1, 2]}' + tail)
    assert decoded.value == {"a": [1, 2]}
    assert not decoded.is_cut
    assert [problem.what for problem in decoded.damage] == [what]


def test_a_break_in_the_middle_is_told_where_it_is() -> None:
    decoded = decode_json(b'{"a": 1 "b": 2}')
    assert decoded.value == {"a": 1}
    assert decoded.damage[0].found == "something else at byte 8 of 15"


def test_nan_is_no_surrogate() -> None:
    assert decode_json(b'{"a": NaN, "b": 123456789012345678901234}').damage[0].found == "NaN or Infinity"


def test_a_long_text_of_quotes_that_breaks_off_is_read_once() -> None:
    """Where every quote were tried as the beginning of a text, this one would take hours."""
    quotes = '\\"' * 300_000
    for end in ("", "\\"):
        decoded = decode_json(f'{{"a": "{quotes}{end}'.encode())
        assert decoded.is_cut
        assert decoded.value == {"a": '"' * 300_000}


@pytest.mark.parametrize("text", ['{"a": ",]", "b": [1,],}', '{"a": "\\",]", "b": [1 ,\n]}'])
def test_commas_in_texts_stay_where_those_behind_the_last_item_go(text: str) -> None:
    value = decode_json(text.encode()).value
    assert value["a"] in (",]", '",]')
    assert value["b"] == [1]
