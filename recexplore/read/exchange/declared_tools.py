"""Which tools a request declares.

Takes the body of a request and where tools are declared, gives its tools. What has a wrong type is skipped.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from recexplore.model.exchange import Json
from recexplore.model.request_fields import RequestFields

__all__ = ["Declared", "declared_in"]

_NO_NAMES: Final = ("", "function", "custom")
"""Types that do not say which tool it is."""
_MESSAGE_DEPTH: Final = 4
"""A message, its parts, the result of a tool among them, what that refers to."""
_PARTS: Final = ("content", "tool_references")


@dataclass(frozen=True, slots=True)
class Declared:
    """A tool as the request declared it, its text as recorded.

    Attributes
    ----------
    name
        Its name; for a tool of the provider's own that has none, its type: ``web_search``, ``codeExecution``.
    description
        None where there is none.
    parameters
        The JSON schema of its arguments; None where none was declared, and for a tool without a name: what stands there
        is not what its calls are recorded with.
    """

    name: str
    description: str | None
    parameters: dict[str, Json] | None


def declared_in(request: dict[str, Json], fields: RequestFields) -> list[Declared]:
    """The tools that a request declared, in its order; a name that was declared twice is there twice.

    Those that only its messages declare come last.
    """
    declarations = []
    for *outer, name in (path for path in fields.tools if path[0] in request):
        holder: Json = request
        for key in outer:
            holder = holder.get(key) if isinstance(holder, dict) else None
        declarations += _listed(holder.get(name)) if isinstance(holder, dict) else []
    declared = [tool for entry in declarations for tool in _declared(entry, fields)]
    names = {tool.name for tool in declared}
    return declared + [tool for tool in _declared_in_messages(request, fields) if tool.name not in names]


def _declared_in_messages(request: dict[str, Json], fields: RequestFields) -> Iterator[Declared]:
    """Tools that the model was told of in the course of the conversation."""
    kinds = {kind for kind, _ in fields.message_tools}
    items = [each for name in fields.messages if isinstance(said := request.get(name), list) for each in _listed(said)]
    for _ in range(_MESSAGE_DEPTH):
        if not items:
            return
        for item in items:
            if isinstance(kind := item.get("type"), str) and kind in kinds:
                yield from _told(item, kind, fields)
        items = [
            each
            for item in items
            for key in _PARTS
            if isinstance(item.get(key), dict | list)
            for each in _listed(item[key])
        ]


def _told(item: dict[str, Json], kind: str, fields: RequestFields) -> Iterator[Declared]:
    for told_kind, key in fields.message_tools:
        value = item.get(key) if told_kind == kind else None
        if isinstance(value, str) and value:
            yield Declared(value, None, None)
        elif isinstance(value, list):
            yield from (tool for entry in _listed(value) for tool in _declared(entry, fields))


def _listed(value: Json) -> list[dict[str, Json]]:
    """The objects of a list; an object that should have been in one."""
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, dict)]


def _declared(entry: dict[str, Json], fields: RequestFields) -> Iterator[Declared]:
    """The tools of one entry: itself, the one it wraps, or those that it groups."""
    grouped = [each for key in fields.tool_groups if isinstance(entry.get(key), list) for each in _listed(entry[key])]
    yield from (tool for each in grouped if (tool := _tool(each, fields)))
    wrapped = next((inner for key in fields.tool_wrappings if isinstance(inner := entry.get(key), dict)), None)
    if tool := _tool(entry if wrapped is None else wrapped, fields):
        if not grouped:
            yield tool
    elif wrapped is None and "name" not in entry and "type" not in entry:
        own = (
            key
            for key, settings in entry.items()
            if isinstance(settings, dict) and key not in (*fields.no_tools, *fields.tool_schemas)
        )
        yield from (Declared(key, None, None) for key in own)


def _tool(value: dict[str, Json], fields: RequestFields) -> Declared | None:
    description = value.get("description")
    description = description if isinstance(description, str) else None
    name, kind = value.get("name"), value.get("type")
    if not isinstance(name, str) or not name:
        return Declared(kind, description, None) if isinstance(kind, str) and kind not in _NO_NAMES else None
    schema = next((schema for key in fields.tool_schemas if isinstance(schema := value.get(key), dict)), None)
    if schema is not None and isinstance(schema.get("json"), dict):
        schema = schema["json"]
    return Declared(name, description, schema)
