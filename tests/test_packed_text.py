"""Which bytes a text stands for: undone up to where it breaks off, and never taken for what it is not."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recexplore.read.wire.packed_text import (
    from_base64,
    from_hex,
    from_node_buffer,
    from_pieces,
    from_unmarked_base64,
    from_whole_base64,
    is_legible,
    is_utf8,
)


@given(st.binary())
def test_base64_is_undone(data: bytes) -> None:
    assert from_base64(base64.b64encode(data).decode()) == data
    assert from_base64(base64.encodebytes(data)) == data


@pytest.mark.parametrize("text", [None, 5, [], "a", "é", b"abc!e", "ab=cd", "=="])
def test_what_is_no_base64(text: Any) -> None:
    assert from_base64(text) is None


@given(st.binary(max_size=20))
def test_base64_may_lack_what_fills_up_or_break_off(data: bytes) -> None:
    text = base64.b64encode(data).decode()

    assert from_base64(text.rstrip("=")) == data
    for end in (end for end in range(len(text)) if end != 1):
        assert data.startswith(from_base64(text[:end]) or b"")


@given(st.binary(max_size=20))
def test_hexadecimal_is_undone_up_to_where_it_breaks_off(data: bytes) -> None:
    assert from_hex(data.hex()) == from_hex(data.hex() + "f") == from_hex(data.hex().upper()) == data


@pytest.mark.parametrize("text", [None, 5, [], "g", "0x", "a b", b"ab"])
def test_what_is_no_hexadecimal(text: Any) -> None:
    assert from_hex(text) is None


@pytest.mark.parametrize("text", ["a", "YWJj\n", "YW Jj", "YWI", "é"])
def test_whole_base64_has_no_spaces_and_does_not_break_off(text: str) -> None:
    assert from_whole_base64("YWI=") == b"ab"
    assert from_whole_base64(text) is None


@pytest.mark.parametrize(
    "data", [b'{"a": 1}', b"[1]", b"data: x\n\n", b"\x1f\x8b\x08\0", b"\x28\xb5\x2f\xfd", b"\0\0\0\x10"]
)
def test_unmarked_base64_is_told_by_what_it_stands_for(data: bytes) -> None:
    text = base64.b64encode(data).decode()

    assert from_unmarked_base64(text) == data
    assert from_unmarked_base64(base64.b64encode(b"words " + data).decode()) is None


@pytest.mark.parametrize("text", ["Hello", "test", "a b", "", None, 5])
def test_words_are_no_base64(text: Any) -> None:
    assert from_unmarked_base64(text) is None
    assert from_unmarked_base64("base64:SGk=") == b"Hi"


def test_pieces_are_one_body_or_none() -> None:
    assert from_pieces(["6162", "63"], from_hex) == b"abc"
    assert from_pieces(["6162", "no"], from_hex) is None


@pytest.mark.parametrize(
    ("data", "facts"),
    [
        (b"a\n\tb", (True, True, True)),
        (b"a\0", (True, True, False)),
        ("é".encode(), (True, True, True)),
        ("é".encode()[:1], (True, False, False)),
        (b"\xff", (False, False, False)),
    ],
)
def test_what_is_text(data: bytes, facts: tuple[bool, bool, bool]) -> None:
    assert (is_utf8(data), is_utf8(data, may_be_cut=False), is_legible(data)) == facts


@given(st.binary())
def test_buffers_of_node_are_undone(data: bytes) -> None:
    assert from_node_buffer({"type": "Buffer", "data": list(data)}) == data


@pytest.mark.parametrize("data", [[256], [-1], ["a"], [1.5], [None], "aGk=", None, {}])
def test_what_is_no_buffer_of_node(data: Any) -> None:
    assert from_node_buffer({"type": "Buffer", "data": data}) is None
    assert from_node_buffer(data) is None
    assert from_node_buffer({"type": "buffer", "data": [1]}) is None
