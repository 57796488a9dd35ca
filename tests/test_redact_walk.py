"""Which values of a recording may have to be replaced, and which texts go on with one another."""

from __future__ import annotations

import json
from typing import Any

import pytest

from recexplore.share.redact.fields import Kind
from recexplore.share.redact.notations.bodies import inside, inside_pieces
from recexplore.share.redact.notations.json_tree import Node, json_documents
from recexplore.share.redact.notations.pieces import Holder, Piece
from recexplore.share.redact.walk import Walk
from recexplore.share.redact.zones import Zone


def pieces(value: Any, zone: Zone = "body", *, joins: bool = False) -> list[Piece]:
    walk, held = Walk(inside, inside_pieces), list[tuple[Node, Holder]]()
    text = json.dumps(value)
    (document,) = json_documents(text)
    walk.value(document, lambda node, part: held.append((node, part)), zone, (), joins=joins)
    assert all(part.text == node.value for node, part in held if node.kind == "string")
    return walk.pieces


def kinds(value: Any, zone: Zone = "body") -> dict[str, Kind]:
    return {piece.text: piece.kind for piece in pieces(value, zone)}


def slots(value: Any, *texts: str) -> list[Any]:
    found = {piece.text: piece.slot for piece in pieces(value, "body", joins=True)}
    return [found[text] for text in texts]


def chunk(text: str, index: int = 0, field: str = "content") -> dict[str, Any]:
    return {"choices": [{"index": index, "delta": {field: text}}]}


def test_texts_go_on_from_chunk_to_chunk_in_their_choice_and_field() -> None:
    first, second, other, thought = slots(
        [chunk("a1"), chunk("a2"), chunk("b1", 1), chunk("c1", 0, "reasoning")], "a1", "a2", "b1", "c1"
    )
    assert first == second
    assert len({first, other, thought}) == 3


def test_other_texts_are_whole_each() -> None:
    one, other = slots([{"note": "a1"}, {"note": "b1"}], "a1", "b1")
    assert one != other


def test_arguments_and_schemas() -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string", "enum": ["Lima"]}}, "required": ["city"]}
    found = kinds({"tools": [{"function": {"name": "look", "parameters": schema}}], "input": {"city": "Oslo", "n": 12}})
    assert found["look"] is found["city"] is Kind.NAME
    assert found["Lima"] is found["Oslo"] is Kind.TEXT
    assert found["12"] is Kind.NUMBER
    assert found["object"] is Kind.STRUCTURE


def test_names_of_tools_are_noted() -> None:
    walk = Walk(inside, inside_pieces)
    (document,) = json_documents(json.dumps({"function": {"name": "look_up"}}))
    walk.value(document, lambda node, part: None, "body", ())
    assert walk.names == {"look_up"}


def test_keys_that_are_no_names_are_replaced() -> None:
    found = kinds({"metadata": {"Jane Doe": "a", "call_Zq8vKw3hYt5uPr2n": "b", "plain": "c"}})
    assert found["Jane Doe"] is Kind.TEXT
    assert found["call_Zq8vKw3hYt5uPr2n"] is Kind.ID
    assert "plain" not in found


def test_numbers_outside_of_arguments_stay_but_for_tokens() -> None:
    assert kinds({"usage": {"total_tokens": 123}, "n": 44}) == {}
    assert kinds({"prompt": [1234, 5678]}) == {"1234": Kind.NUMBER, "5678": Kind.NUMBER}


def test_the_bytes_of_a_token_follow_it() -> None:
    walk, held = Walk(inside, inside_pieces), list[tuple[Node, Holder]]()
    token = {"token": "Hi", "logprob": -0.5, "bytes": [72, 105], "top_logprobs": []}
    (document,) = json_documents(json.dumps({"logprobs": {"content": [token]}}))
    walk.value(document, lambda node, part: held.append((node, part)), "body", ())
    (piece,) = walk.pieces
    piece.new = "Qz"
    assert [part.render() for _, part in held] == ["Qz", "81", "122"]


@pytest.mark.parametrize("name", ["data", "value"])
def test_parameters_told_as_name_and_value(name: str) -> None:
    found = kinds({"queryString": [{"name": "key", "value": "k1"}, {"name": name, "value": "v1"}]}, "envelope")
    assert found["k1"] is Kind.CREDENTIAL
    assert found["v1"] is (Kind.TEXT if name == "data" else Kind.PARAMETER)


def test_header_fields_are_told_by_their_names() -> None:
    found = kinds({"headers": {"authorization": "k1", "x-request-id": ["r1"], "accept": "a1"}}, "envelope")
    assert found == {"k1": Kind.HEADER, "r1": Kind.ID, "a1": Kind.STRUCTURE}


@pytest.mark.parametrize("form", [list, lambda data: {str(at): byte for at, byte in enumerate(data)}])
def test_bytes_as_numbers_are_a_text(form: Any) -> None:
    assert kinds({"chunk": {"bytes": form("Hé".encode())}}) == {"Hé": Kind.TEXT}


def test_a_list_of_texts_holds_whatever_each_of_them_holds() -> None:
    found = pieces([json.dumps({"model": "m", "content": "a1"}), json.dumps({"model": "m", "content": "b1"})])
    assert [(each.text, each.kind) for each in found if each.name == "content"] == [
        ("a1", Kind.TEXT),
        ("b1", Kind.TEXT),
    ]
