"""Which tools the request offered, and whether a call keeps to what was declared.

Takes a `Recording`, gives its declared tools; takes arguments and a schema, gives what surely does not fit, in words.
Schemas are hostile: none is validated against. No reference is followed, no pattern is run, and what is beneath
``anyOf`` and the like is left alone, so that the work is no more than the size of arguments and schema, and nothing that a
full validator would accept is called a misfit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from types import NoneType
from typing import Any, Final

import orjson

from recexplore.corpus import Recording
from recexplore.model.exchange import Json
from recexplore.read.exchange.declared_tools import Declared, declared_in
from recexplore.read.registry import known
from recexplore.views.text.safe_text import one_line

__all__ = ["Declared", "declared_tools", "misfits"]

_KINDS: Final[dict[str, Any]] = {
    "string": str,
    "integer": int,
    "number": int | float,
    "boolean": bool,
    "array": list,
    "object": dict,
    "null": NoneType,
}
"""The types of JSON Schema, and the Python types that stand for them."""

_WORDS: Final = {name: f"{'an' if name[0] in 'aio' else 'a'} {name}" for name in _KINDS} | {"null": "null"}

_MOST: Final = 50
_LENGTH: Final = 120


def declared_tools(recording: Recording) -> list[Declared]:
    """The tools that the request declared, in its order; a name that was declared twice is there twice.

    Raises
    ------
    SourceChanged
        The file is gone or is not what was loaded.
    """
    return declared_in(recording.request, known().request)


def misfits(arguments: str, schema: Json) -> list[str]:
    """What surely does not fit: arguments that are missing, that were not declared, or that are of another type.

    Parameters
    ----------
    arguments
        The arguments of a call, all fragments joined. None at all count as an empty object; of what is no JSON nothing is
        said.
    schema
        `Declared.parameters`.

    Returns
    -------
    list of str
        Empty where nothing can be said against them. Names are made safe to show and shortened, the list ends after 50.
    """
    try:
        value = orjson.loads(arguments) if arguments.strip() else {}
    except orjson.JSONDecodeError:
        return []
    found = list(islice(_misfits(value, schema), _MOST + 1))
    return found if len(found) <= _MOST else [*found[:_MOST], "and more"]


@dataclass(frozen=True, slots=True)
class _Rule:
    """What is used of a schema, read once."""

    types: list[str]
    required: list[str]
    properties: dict[str, Json]
    is_closed: bool
    items: Json


def _rule(schema: Json) -> _Rule:
    # What stands beside a reference counts in newer drafts and does not in older ones.
    given = schema if isinstance(schema, dict) and "$ref" not in schema else {}
    properties, required = given.get("properties", {}), given.get("required")
    is_closed = given.get("additionalProperties") is False and "patternProperties" not in given
    return _Rule(
        _types(given),
        list(dict.fromkeys(name for name in required if isinstance(name, str))) if isinstance(required, list) else [],
        properties if isinstance(properties, dict) else {},
        is_closed and isinstance(properties, dict),
        given.get("items"),
    )


def _types(schema: dict[str, Json]) -> list[str]:
    """The declared types as JSON Schema writes them; none where one is unknown, for then nothing can be said."""
    given = schema.get("type")
    names = [name.lower() if isinstance(name, str) else "" for name in (given if isinstance(given, list) else [given])]
    if not names or any(name not in _KINDS for name in names):
        return []
    return list(dict.fromkeys([*names, "null"] if schema.get("nullable") is True else names))


def _misfits(arguments: Json, schema: Json) -> Iterator[str]:
    rules: dict[int, _Rule] = {}
    pending: list[tuple[str, Json, Json]] = [("", arguments, schema)]
    for place, value, declared in pending:
        if (rule := rules.get(id(declared))) is None:
            rule = rules[id(declared)] = _rule(declared)
        if rule.types and not any(_is_a(value, name) for name in rule.types):
            what = f"{place} is" if place else "the arguments are"
            yield f"{what} {_WORDS[_type_of(value)]}, not {' or '.join(_WORDS[name] for name in rule.types)}"
        elif isinstance(value, dict):
            yield from (f"{_below(place, name)} is missing" for name in rule.required if name not in value)
            if rule.is_closed:
                yield from (f"{_below(place, name)} was not declared" for name in value if name not in rule.properties)
            known = (name for name in value if name in rule.properties)
            pending += [(_below(place, name), value[name], rule.properties[name]) for name in known]
        elif isinstance(value, list) and isinstance(rule.items, dict):
            pending += [(_shortened(f"{place}[{at}]"), each, rule.items) for at, each in enumerate(value)]


def _is_a(value: Json, name: str) -> bool:
    if isinstance(value, bool):
        return name == "boolean"
    if isinstance(value, float) and name == "integer":
        return value.is_integer()
    return isinstance(value, _KINDS[name])


def _type_of(value: Json) -> str:
    return next(name for name in _KINDS if _is_a(value, name))


def _below(place: str, name: str) -> str:
    """A place below another, to show."""
    # Cut first: a name may be as long as the recording.
    name = one_line(name[: _LENGTH + 1]) or '""'
    return _shortened(f"{place}.{name}" if place else name)


def _shortened(place: str) -> str:
    return place if len(place) <= _LENGTH else f"{place[:_LENGTH]}…"
