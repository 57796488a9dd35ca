"""Items of a response and their parts: what they are, whole or at their beginning.

Takes items, appends events to the response they belong to. Never looks at the event that brought them. Source of the
fields: https://platform.openai.com/docs/api-reference/realtime-server-events/response/output_item
"""

from __future__ import annotations

from typing import Final

from recexplore.model.exchange import Json
from recexplore.model.json_text import to_json_text
from recexplore.read.dialects.openai_realtime.session import Place, Session
from recexplore.read.extract import emit
from recexplore.read.extract.emit import items_in, other_fields
from recexplore.tables.builders import Columns

__all__ = ["is_output", "read_item", "read_part"]

_CALLS: Final = frozenset(["function_call", "mcp_call"])
_OUTPUT: Final = _CALLS | {"mcp_list_tools", "mcp_approval_request"}
_CALL: Final = frozenset(["id", "object", "type", "status", "name", "call_id", "arguments"])
_RESULTS: Final = frozenset(["output", "error"])
_SPOKEN: Final = ("text", "transcript")
"""Where a part says what it says: as text, or as what the sound says."""


def is_output(item: Json) -> bool:
    """Whether an item of the conversation is one that the model made."""
    return type(item) is dict and (item.get("role") == "assistant" or str(item.get("type")) in _OUTPUT)


def read_item(item: Json, place: Place, row: int, columns: Columns, session: Session) -> bool:
    """What an item says that was not told before; gives whether any of it was."""
    if type(item) is not dict:
        emit.malformed(columns, row, "`item`", "an object", item, place.choice)
        return False
    kind = str(item.get("type"))
    if kind == "message":
        return _message(item, place, row, columns, session)
    if kind in _CALLS:
        return _call(item, place, row, columns, session)
    if session.has(place, "item"):
        return True
    session.add(place, "item")
    emit.event(columns, "annotation", row, to_json_text(item), choice=place.choice, block=place.block)
    return False


def _message(item: dict[str, Json], place: Place, row: int, columns: Columns, session: Session) -> bool:
    if not session.has(place, "item"):
        session.add(place, "item")
        known = {"id", "object", "status", "content"}
        emit.text(columns, "role", row, item, "role", known, choice=place.choice, block=place.block)
    is_repeated, n_told = False, session.count(place, "content")
    for n, part in enumerate(items_in(columns, row, item.get("content"), "`content`", place.choice)):
        if n < n_told:
            is_repeated = True
        else:
            read_part(part, n, place, row, columns, session)
    return is_repeated


def read_part(part: Json, n: Json, place: Place, row: int, columns: Columns, session: Session) -> None:
    """A content part, whole or at its beginning; sound stays beside its text."""
    if type(part) is not dict:
        emit.malformed(columns, row, "a content part", "an object", part, place.choice)
        return
    field = next((name for name in _SPOKEN if part.get(name)), "text")
    others = {name for name in _SPOKEN if part.get(name) == ""}
    if emit.text(columns, "content", row, part, field, others, choice=place.choice, block=place.block):
        session.add(place, "content", n)


def _call(item: dict[str, Json], place: Place, row: int, columns: Columns, session: Session) -> bool:
    """A call: told at its beginning, with what the tool of a server gave back at its end."""
    is_repeated = session.has(place, "tool_call")
    given = item.get("arguments")
    arguments = given if type(given) is str else "" if given is None else to_json_text(given)
    if not session.has(place, "item") or (arguments and not is_repeated):
        kind, beside = item["type"], other_fields(item, _CALL | _RESULTS)
        if item.get("call_id") and item.get("id"):
            beside["id"] = item["id"]
        emit.event(
            columns,
            "tool_call",
            row,
            "" if is_repeated else arguments,
            choice=place.choice,
            block=place.block,
            tool_call_id=item.get("call_id") or item.get("id"),
            tool_name=item.get("name"),
            tool_type=None if kind == "function_call" else kind,
            extra=to_json_text(beside) if beside else None,
        )
    session.add(place, "item")
    if arguments:
        session.add(place, "tool_call")
    results = {name: item[name] for name in sorted(_RESULTS) if item.get(name) is not None}
    if results and not session.has(place, "results"):
        session.add(place, "results")
        emit.event(columns, "annotation", row, to_json_text(results), choice=place.choice, block=place.block)
    return is_repeated
