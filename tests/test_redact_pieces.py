"""Texts that lie in one another: nothing differs but what was replaced."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recexplore.share.redact.fields import Kind
from recexplore.share.redact.notations.json_tree import json_documents
from recexplore.share.redact.notations.pieces import Bytes, JsonText, Packed, Piece, PieceOf, Spliced, Whole


def piece(text: str, new: str | None = None) -> Piece:
    return Piece(text, Kind.TEXT, "a", (), 0, new)


def test_a_piece_says_what_it_said_until_it_is_replaced() -> None:
    assert piece("a").render() == "a"
    assert piece("a", "").render() == ""


def test_json_stays_as_it_is_written_but_for_what_changed() -> None:
    text = '{"a" :"x\\u0041",  "b": 12, "c":"same"}'
    (document,) = json_documents(text)
    held = JsonText(text)
    news = {"a": "yB", "b": "34", "c": "same"}
    held.parts += [(value, piece(value.value, news[key.value])) for key, value in reversed(document.pairs)]
    assert held.render() == '{"a" :"y\\u0042",  "b": 34, "c":"same"}'


@given(st.lists(st.tuples(st.text("ab"), st.text("cd"), st.one_of(st.none(), st.text("xy")))))
def test_parts_are_spliced_into_what_stands_between(parts: list[tuple[str, str, str | None]]) -> None:
    held, expected = Spliced("".join(before + old for before, old, _ in parts)), ""
    at = 0
    for before, old, new in parts:
        start = at + len(before)
        at = start + len(old)
        held.parts.append((start, at, piece(old, new)))
        expected += before + (old if new is None else new)
    assert held.render() == expected


def test_what_is_packed_is_packed_again_only_where_it_changed() -> None:
    def packed(new: str | None) -> str:
        return Packed("odd ==", piece("x", new), lambda text: base64.b64encode(text.encode()).decode()).render()

    assert packed(None) == packed("x") == "odd =="
    assert packed("y") == "eQ=="


@pytest.mark.parametrize(
    ("new", "cut"), [("ABCDEF", ["AB", "C", "DEF"]), ("ABCDEFGH", ["AB", "C", "DEFGH"]), ("A", ["A", "", ""])]
)
def test_a_text_in_pieces_is_cut_where_it_was(new: str, cut: list[str]) -> None:
    texts = ["ab", "c", "def"]
    whole = Whole(texts, piece("abcdef", new))
    assert [PieceOf(text, whole, at).render() for at, text in enumerate(texts)] == cut


def test_bytes_of_a_token_follow_it_as_far_as_it_goes() -> None:
    token = piece("é", "ü")
    assert [Bytes(str(byte), token, at).render() for at, byte in enumerate("é!".encode())] == ["195", "188", "33"]
