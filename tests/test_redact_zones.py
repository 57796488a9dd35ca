"""Whose fields are which, and what tells texts apart."""

from __future__ import annotations

import json
from typing import Any

import pytest

from recexplore.share.redact.fields import Kind
from recexplore.share.redact.notations.json_tree import Node, json_documents
from recexplore.share.redact.zones import (
    Zone,
    distinctions,
    entered_zone,
    fields_beside,
    header_kind,
    kind_in,
    zone_of,
)  # fmt: skip


def node(value: Any) -> Node:
    (found,) = json_documents(json.dumps(value))
    return found


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("host", Kind.HOST), (":authority", Kind.HOST), ("location", Kind.URL), ("referer", Kind.URL),
        ("authorization", Kind.HEADER), ("set-cookie", Kind.HEADER), ("x-never-heard-of", Kind.HEADER), ("", Kind.HEADER),
        ("x-request-id", Kind.ID), ("openai-organization", Kind.ID), ("cf-ray", Kind.ID),
        ("content-type", Kind.STRUCTURE), ("x-ratelimit-limit", Kind.STRUCTURE),
    ],
)  # fmt: skip
def test_header_fields(name: str, kind: Kind) -> None:
    assert header_kind(name) is kind


@pytest.mark.parametrize(
    ("zone", "name", "said", "kind"),
    [
        ("schema", "type", "string", Kind.STRUCTURE), ("schema", "required", "who", Kind.NAME),
        ("schema", "description", "string", Kind.TEXT), ("schema", "enum", "red", Kind.TEXT),
        ("arguments", "status", "queued", Kind.TEXT), ("arguments", "id", "x1", Kind.TEXT),
        ("arguments", "password", "x", Kind.CREDENTIAL), ("body", "status", "queued", Kind.STRUCTURE),
    ],
)  # fmt: skip
def test_a_field_is_of_its_zone(zone: Zone, name: str, said: str, kind: Kind) -> None:
    assert kind_in(zone, name, said, frozenset()) is kind


@pytest.mark.parametrize(
    ("name", "value", "zone", "entered"),
    [
        ("body", {"model": "m"}, "envelope", "body"),
        ("body", {"string": "x"}, "envelope", "envelope"),
        ("response", {"status": 200, "body": {}}, "envelope", "envelope"),
        ("elsewhere", {"model": "m"}, "envelope", "envelope"),
        ("body", {"string": "x"}, "body", "body"),
    ],
)
def test_a_recorders_fields_end_where_a_providers_begin(name: str, value: Any, zone: Zone, entered: Zone) -> None:
    assert entered_zone(node(value), zone, name) == entered


@pytest.mark.parametrize(
    ("name", "value", "zone", "inner"),
    [
        ("parameters", {"type": "object"}, "body", "schema"),
        ("parameters", "text", "body", "body"),
        ("args", {"city": "Lima"}, "body", "arguments"),
        ("input", {"messages": []}, "body", "body"),
        ("output", {"role": "user"}, "arguments", "arguments"),
    ],
)
def test_the_zone_of_a_value(name: str, value: Any, zone: Zone, inner: Zone) -> None:
    assert zone_of(name, node(value), zone, is_names=False) == inner
    assert zone_of(name, node(value), zone, is_names=True) == "schema"


def test_what_an_object_tells_of() -> None:
    assert "is:model" in fields_beside(node({"id": "m", "object": "model"}), "")
    assert "is:tool" in fields_beside(node({"name": "f", "type": "function_call"}), "")
    assert "is:tool" in fields_beside(node({"name": "f"}), "function")
    assert fields_beside(node({"Name": "f", "encoding": "base64"}), "") == {"name", "encoding", "encoding:base64"}


def test_texts_are_told_apart_by_numbers_types_and_what_is_true() -> None:
    said = {"index": 1, "output_index": 2, "type": "text", "thought": True, "n": 3, "score": 0.5, "done": False}
    assert distinctions(node(said)) == (("index", "1"), ("output_index", "2"), ("type", "text"), ("thought", "true"))
    assert distinctions(node({"type": "function"})) == ()
