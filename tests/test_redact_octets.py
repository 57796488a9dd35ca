"""Bytes that are written as numbers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from recexplore.share.redact.fields import Kind
from recexplore.share.redact.notations.json_tree import json_documents
from recexplore.share.redact.notations.octets import Octet, Octets, octet_nodes, text_of
from recexplore.share.redact.notations.pieces import Piece

DATA = "Hé 日".encode()
BUFFER = frozenset(["type", "data"])


def said(value: Any, name: str = "bytes", beside: frozenset[str] = frozenset()) -> str:
    (document,) = json_documents(json.dumps(value))
    return text_of(octet_nodes(document, name, beside))


def test_the_forms_that_bytes_have() -> None:
    assert said(list(DATA)) == "Hé 日"
    assert said({str(at): byte for at, byte in enumerate(DATA)}) == "Hé 日"
    assert said(list(DATA), "data", BUFFER) == "Hé 日"


@pytest.mark.parametrize(
    ("value", "name", "beside"),
    [
        ([], "bytes", frozenset()), ([72, 300], "bytes", frozenset()), ([72, "105"], "bytes", frozenset()),
        ([72, 1.5], "bytes", frozenset()), ([0, 1, 2, 255], "bytes", frozenset()), (list(DATA), "embedding", frozenset()),
        (list(DATA), "data", frozenset(["data"])), ({"a": 72}, "bytes", frozenset()), ({"1": 72}, "bytes", frozenset()),
    ],
)  # fmt: skip
def test_other_numbers_are_numbers(value: Any, name: str, beside: frozenset[str]) -> None:
    assert said(value, name, beside) == ""


def test_each_number_is_that_of_the_new_text() -> None:
    piece = Piece("Hé", Kind.TEXT, "bytes", (), 0)
    octets = [Octet(str(byte), whole, at) for whole in [Octets(piece)] for at, byte in enumerate("Hé".encode())]
    piece.new = "Qü"
    assert bytes(int(each.render()) for each in octets).decode() == "Qü"


def test_what_is_as_it_was_is_written_as_it_was() -> None:
    piece = Piece("H", Kind.TEXT, "bytes", (), 0)
    assert Octet("072", Octets(piece), 0).render() == "072"
    assert Octet("7", Octets(piece), 5).render() == "7"
