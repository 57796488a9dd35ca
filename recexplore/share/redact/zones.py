"""Whose fields are which: where the recorder's end and a provider's begin, where arguments, schemas and header fields are.

Takes nodes and names, gives zones, kinds, and what tells the texts of one object from those of another. Knows no provider
and no recorder by name.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from recexplore.model.credentials import is_open_header
from recexplore.share.redact.fields import ARGUMENT_FIELDS, SCHEMA_FIELDS, Kind, kind_of
from recexplore.share.redact.notations.json_tree import Node
from recexplore.share.redact.notations.pieces import Slot

__all__ = ["Zone", "distinctions", "entered_zone", "fields_beside", "header_kind", "kind_in", "zone_of"]

Zone: TypeAlias = Literal["envelope", "body", "arguments", "schema"]
"""Whose fields they are: the recorder's, a provider's, nobody knows whose, those of a JSON schema."""

_BODIES: Final = frozenset(
    [
        "body", "payload", "parsed_body", "jsonbody", "textjson", "chunks", "events", "stream", "__data__",
        "canonical_json", "result", "message", "error", "params", "modeloutput", "modelinput", "request",
        "response", "postdata", "data",
    ]
)  # fmt: skip
"""Fields of recorders in which a provider's objects stand, unless these look like a recorder's themselves."""
_WRAPPING: Final = frozenset(
    [
        "__data__", "__type__", "method", "url", "uri", "headers", "status", "statuscode", "status_code", "body",
        "string", "base64_string", "b64", "mimetype", "postdata", "is_streaming", "is_exception", "endpoint",
        "rawheaders", "payload", "jsonbody", "parsed_body", "tool_name", "kwargs",
    ]
)  # fmt: skip
_IS_MODEL: Final = frozenset(
    ["digest", "inputtokenlimit", "owned_by", "parent_model", "supported_parameters", "context_length", "model_type"]
)
_IS_TOOL: Final = frozenset(
    [
        "arguments", "parameters", "input_schema", "inputschema", "args", "strict", "tooluseid", "tool_call_id",
        "schema", "parametersjsonschema", "kwargs", "call_id", "tool_use_id",
    ]
)  # fmt: skip
_TOOLS: Final = frozenset(
    [
        "function", "tool", "functioncall", "functionresponse", "tooluse", "function_call", "toolspec", "custom",
        "tool_call", "tool_choice", "toolchoice", "start",
    ]
)  # fmt: skip
"""Fields whose objects tell of a tool."""
_TELLING: Final = ("type", "event", "item_id")
_SCHEMA_WORDS: Final = frozenset(
    [
        "type",
        "format",
        "$ref",
        "$schema",
        "$id",
        "pattern",
        "contentencoding",
        "contentmediatype",
        "strict",
        "$dynamicref",
    ]
)
_ID_HEADERS: Final = ("organization", "project", "cf-ray", "traceparent", "traceresponse", "x-cloud-trace-context")
_MESSAGES: Final = frozenset(
    ["role", "content", "message", "messages", "prompt", "model", "inputText", "method", "body"]
)


def kind_in(zone: Zone, name: str, said: str, beside: frozenset[str]) -> Kind:
    """What a text in a field is."""
    if zone == "schema":
        lower = name.lower()
        if lower == "required":
            return Kind.NAME
        return Kind.STRUCTURE if lower in _SCHEMA_WORDS else Kind.TEXT
    kind = kind_of(name, said, beside)
    if zone == "arguments":
        return kind if kind in (Kind.CREDENTIAL, Kind.MEDIA, Kind.OPAQUE) else Kind.TEXT
    return kind


def header_kind(name: str) -> Kind:
    """What the value of a header field is, by its name in lower case."""
    if name in ("host", ":authority", "authority", "x-forwarded-host"):
        return Kind.HOST
    if name in ("referer", "origin", "location", "operation-location"):
        return Kind.URL
    if not is_open_header(name):
        return Kind.HEADER
    is_id = name.endswith(("-id", "requestid")) or any(each in name for each in _ID_HEADERS)
    return Kind.ID if is_id else Kind.STRUCTURE


def entered_zone(node: Node, zone: Zone, name: str) -> Zone:
    """The zone of an object's fields."""
    if zone != "envelope" or name.lower() not in _BODIES:
        return zone
    return "envelope" if any(key.value.lower() in _WRAPPING for key, _ in node.pairs) else "body"


def zone_of(name: str, value: Node, zone: Zone, *, is_names: bool) -> Zone:
    """The zone of a field's value."""
    lower = name.lower()
    if is_names:
        return "schema"
    if zone in ("arguments", "schema"):
        return zone
    if value.kind == "object":
        if lower in SCHEMA_FIELDS and zone == "body":
            return "schema"
        if lower in ARGUMENT_FIELDS and not any(key.value in _MESSAGES for key, _ in value.pairs):
            return "arguments"
    return zone


def fields_beside(node: Node, name: str) -> frozenset[str]:
    """The fields of an object in lower case, with ``"is:model"`` and ``"is:tool"`` where it tells of a model or a tool."""
    found = frozenset(key.value.lower() for key, _ in node.pairs)
    said = node.member("object") or node.member("type")
    if not _IS_MODEL.isdisjoint(found) or (said is not None and said.value == "model"):
        found |= {"is:model"}
    type_ = node.member("type")
    is_called_so = type_ is not None and any(word in type_.value.lower() for word in ("tool", "function", "call"))
    if is_called_so or not _IS_TOOL.isdisjoint(found) or name.lower() in _TOOLS:
        found |= {"is:tool"}
    if (encoding := node.member("encoding")) is not None:
        found |= {f"encoding:{encoding.value}"}
    return found


def distinctions(node: Node) -> Slot:
    """What tells an object's texts from those of others at its place: its numbers, its type, what is true of it."""
    found: list[tuple[str, str]] = []
    for key, value in node.pairs:
        name = key.value
        is_index = value.kind == "number" and name.lower().endswith("index") and "." not in value.value
        is_true = value.kind == "literal" and value.value == "true"
        is_telling = value.kind == "string" and name in _TELLING and value.value != "function"
        if is_index or is_true or is_telling:
            found.append((name, value.value))
    return tuple(found)
