"""Which tools a request declares.

Takes the body of a request, gives its tools. It follows the names under which providers declare tools, not the providers;
what has a wrong type is skipped.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from recexplore.model.exchange import Json

__all__ = ["Declared", "declared_in"]

_PLACES: Final = ("tools", "functions")
_CONFIGS: Final = ("toolConfig", "tool_config")
_GROUPS: Final = ("functionDeclarations", "function_declarations", "tools")
_WRAPPINGS: Final = ("function", "custom", "toolSpec", "tool_spec", "systemTool", "system_tool")
_SCHEMAS: Final = (
    "parameters",
    "parametersJsonSchema",
    "parameters_json_schema",
    "input_schema",
    "inputSchema",
)
_NO_TOOLS: Final = ("cachePoint", "cache_point", *_SCHEMAS)
_NO_NAMES: Final = ("", "function", "custom")
"""Types that do not say which tool it is."""


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


def declared_in(request: dict[str, Json]) -> list[Declared]:
    """The tools that a request declared, in its order; a name that was declared twice is there twice."""
    places = [request.get(key) for key in _PLACES]
    places += [config.get("tools") for key in _CONFIGS if isinstance(config := request.get(key), dict)]
    return [tool for place in places for entry in _listed(place) for tool in _declared(entry)]


def _listed(value: Json) -> list[dict[str, Json]]:
    """The objects of a list; an object that should have been in one."""
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, dict)]


def _declared(entry: dict[str, Json]) -> Iterator[Declared]:
    """The tools of one entry: itself, the one it wraps, or those that it groups."""
    grouped = [each for key in _GROUPS if isinstance(entry.get(key), list) for each in _listed(entry[key])]
    yield from (tool for each in grouped if (tool := _tool(each)))
    wrapped = next((inner for key in _WRAPPINGS if isinstance(inner := entry.get(key), dict)), None)
    if tool := _tool(entry if wrapped is None else wrapped):
        if not grouped:
            yield tool
    elif wrapped is None and "name" not in entry and "type" not in entry:
        own = (key for key, settings in entry.items() if isinstance(settings, dict) and key not in _NO_TOOLS)
        yield from (Declared(key, None, None) for key in own)


def _tool(value: dict[str, Json]) -> Declared | None:
    description = value.get("description")
    description = description if isinstance(description, str) else None
    name, kind = value.get("name"), value.get("type")
    if not isinstance(name, str) or not name:
        return Declared(kind, description, None) if isinstance(kind, str) and kind not in _NO_NAMES else None
    schema = next((schema for key in _SCHEMAS if isinstance(schema := value.get(key), dict)), None)
    if schema is not None and isinstance(schema.get("json"), dict):
        schema = schema["json"]
    return Declared(name, description, schema)
