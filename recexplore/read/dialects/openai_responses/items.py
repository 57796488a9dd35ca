"""Output items and their parts: what they are, whole or at their beginning.

Takes items and parts, appends events. Never looks at the event that brought them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from recexplore.model.exchange import Json
from recexplore.model.json_text import to_json_text
from recexplore.read.dialects.openai_responses.streamed import Streamed
from recexplore.read.extract import emit
from recexplore.read.extract.emit import items_in, joint_logprob, other_fields
from recexplore.tables.builders import Columns

__all__ = [
    "ITEM_PARTS",
    "STREAMED_CALLS",
    "annotate",
    "call",
    "item_itself",
    "part_name",
    "part_text",
    "parts_of",
    "read_part",
    "whole_item",
]

STREAMED_CALLS: Final = {
    "function_call": "arguments",
    "custom_tool_call": "input",
    "mcp_call": "arguments",
    "code_interpreter_call": "code",
}
"""Items that are calls whose text comes in deltas, and the field that holds it in the whole item."""
_CALL_FIELDS: Final = frozenset(["id", "call_id", "name", "status", "type"])

ITEM_PARTS: Final = {"message": ("content",), "reasoning": ("summary", "content")}
"""The lists of parts that an item has."""


def whole_item(item: Json, number: int | None, row: int, columns: Columns) -> None:
    """An item of which nothing was told before."""
    if type(item) is not dict:
        emit.malformed(columns, row, "an output item", "an object", item, 0)
        return
    kind = str(item.get("type"))
    if kind in ITEM_PARTS:
        item_itself(item, number, row, columns)
        for field, place, part in parts_of(item, row, columns):
            read_part(part, number, row, columns, Streamed(), field, place)
    elif kind.endswith("_call"):
        call(item, number, row, columns, is_whole=True)
    else:
        emit.event(columns, "annotation", row, to_json_text(item), block=number)


def item_itself(item: dict[str, Json], number: int | None, row: int, columns: Columns) -> None:
    """What an item says beside its parts."""
    if item["type"] == "message":
        emit.text(columns, "role", row, item, "role", {"content", "status"}, block=number)
    elif rest := other_fields(item, {"type", "summary", "content", "status"}):
        emit.event(columns, "annotation", row, to_json_text(rest), block=number)


def parts_of(item: dict[str, Json], row: int, columns: Columns) -> Iterator[tuple[str, int, Json]]:
    """The parts of an item, each with the list it is in and its place there."""
    for field in ITEM_PARTS[item["type"]]:
        for place, part in enumerate(items_in(columns, row, item.get(field), f"`{field}` of an item")):
            yield field, place, part


def call(item: dict[str, Json], number: int | None, row: int, columns: Columns, *, is_whole: bool) -> None:
    """A tool call; of one whose text comes in deltas, only what stands in it at the beginning."""
    kind = str(item.get("type"))
    field = STREAMED_CALLS.get(kind)
    if field is not None:
        given = item.get(field)
        text = given if type(given) is str else "" if given is None else to_json_text(given)
        rest = other_fields(item, _CALL_FIELDS | {field})
    else:
        said = other_fields(item, _CALL_FIELDS)
        text, rest = (to_json_text(said), {}) if is_whole else ("", said)
    if item.get("call_id") and item.get("id") and (is_whole or field is None):
        rest["id"] = item["id"]
    emit.event(
        columns,
        "tool_call",
        row,
        text,
        block=number,
        tool_call_id=item.get("call_id") or item.get("id"),
        tool_name=item.get("name") or kind.removesuffix("_call"),
        tool_type=None if kind == "function_call" else kind,
        extra=to_json_text(rest) if rest else None,
    )


_PART_KINDS: Final = {
    "output_text": ("content", "text"),
    "text": ("content", "text"),
    "refusal": ("refusal", "refusal"),
    "summary_text": ("reasoning", "text"),
    "reasoning_text": ("reasoning", "text"),
}


def part_name(part: Json, field: str) -> str:
    """Under which name a part is streamed: text and refusal are counted together, a summary apart."""
    kind = _PART_KINDS.get(str(part.get("type")) if type(part) is dict else "", ("", ""))[0]
    return f"{kind} in {field}" if kind else ""


def part_text(part: Json) -> str:
    """The text of a part; empty where it has none."""
    text = part.get(_PART_KINDS.get(str(part.get("type")), ("", ""))[1]) if type(part) is dict else None
    return text if type(text) is str else ""


def read_part(
    part: Json, number: int | None, row: int, columns: Columns, streamed: Streamed, field: str, place: Json
) -> None:
    """A content part, whole or at its beginning."""
    if type(part) is not dict:
        emit.malformed(columns, row, "a content part", "an object", part, 0)
        return
    kind, holder = _PART_KINDS.get(str(part.get("type")), ("annotation", ""))
    if not holder:
        emit.event(columns, kind, row, to_json_text(part), block=number)
        return
    logprobs, known = part.get("logprobs"), {"annotations", "logprobs"}
    if emit.text(columns, kind, row, part, holder, known, block=number, logprob=joint_logprob(logprobs)):
        streamed.add(number, part_name(part, field), place, part_text(part))
    for note in items_in(columns, row, part.get("annotations"), "`annotations`"):
        annotate(note, number, row, columns)
    if logprobs:
        emit.event(columns, "logprobs", row, to_json_text(logprobs), block=number)


def annotate(note: Json, number: int | None, row: int, columns: Columns) -> None:
    """An event of what a server notes beside its text: a citation, or an annotation."""
    is_citation = type(note) is dict and "citation" in str(note.get("type"))
    emit.event(columns, "citation" if is_citation else "annotation", row, to_json_text(note), block=number)
