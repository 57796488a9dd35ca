"""Whether a value fits a JSON schema, as far as that can be told at little cost and without being fooled.

Takes a declared schema and a value, gives faults in words. The usual validators take longer to load than all rules take to
run, and judge more than may be judged: whoever declared the schema is not trusted: nothing is fetched,
no regular expression runs, and what is too large or too deep is not judged. What providers make of schemas is understood:
Gemini's upper-case types, OpenAPI's ``nullable``, the tuples and limits of older drafts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import chain, islice, repeat
from typing import Any, Final, NamedTuple

import orjson

from recexplore.model.json_text import to_json_text
from recexplore.rules.quoting import listed, quoted

__all__ = ["Fault", "faults_in"]

_MOST_NODES: Final = 2_000
"""Schemas with more are not judged; references count as what they stand for."""
_DEEPEST: Final = 40
_MOST_WORK: Final = 200_000
"""Nodes of the schema times values to be looked at: no more than that."""
_MOST_FAULTS: Final = 100
_ROUNDS: Final = 2
"""How often a schema may stand inside itself before it allows everything."""
_LONGEST_VALUE: Final = 60

_TYPES: Final = frozenset(["object", "array", "string", "number", "integer", "boolean", "null"])
_LIMITS: Final = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_LISTS_OF_SCHEMAS: Final = {"anyOf": "anyOf", "oneOf": "anyOf", "allOf": "allOf"}
"""A value that fits several of ``oneOf`` may do so only because a part of them is not judged."""


class Fault(NamedTuple):
    """What does not fit.

    Attributes
    ----------
    path
        Where, such as ``$.city``.
    name
        The last name in it, if it stands in the value.
    what
        What came and what is declared, in words.
    keyword
        Which keyword of the schema says so.
    missing
        The name that is not there, where one is required.
    """

    path: str
    name: str | None
    what: str
    keyword: str
    missing: str | None = None


def faults_in(declared: str, name: str, value: Any) -> list[Fault]:
    """The faults of a value, by the schema of a name in a JSON object of schemas; none where it is not judged."""
    schema = _schema(declared, name)
    if schema is None or _size(value) * schema.nodes > _MOST_WORK:
        return []
    return list(islice(_faults(schema.kept, value, "$", None), _MOST_FAULTS))


class _Schema(NamedTuple):
    kept: dict[str, Any]
    nodes: int


@lru_cache(maxsize=512)
def _schema(declared: str, name: str) -> _Schema | None:
    """What is judged of the schema of a name; None where there is nothing to judge, or too much."""
    judged = _Judged(_parsed(declared).get(name))
    try:
        kept = judged.part(judged.root, 0, ())
    except _TooLarge:
        return None
    return _Schema(kept, judged.nodes) if kept else None


@lru_cache(maxsize=32)
def _parsed(declared: str) -> dict[str, Any]:
    schemas: dict[str, Any] = orjson.loads(declared)
    return schemas


class _TooLarge(Exception):
    """A schema has too many nodes, or is too deep."""


class _Judged:
    """The part of a schema that is judged: what is left out allows more, never less."""

    def __init__(self, root: Any) -> None:
        self.root, self.nodes = root, 0
        # Beside a reference nothing counts until draft 2019-09.
        self._is_old = isinstance(root, dict) and any(f"draft-0{n}" in str(root.get("$schema")) for n in range(3, 8))

    def part(self, schema: Any, depth: int, within: tuple[str, ...]) -> dict[str, Any]:
        """The same schema without what is not judged, its references put in place."""
        if not isinstance(schema, dict):
            return {}
        if self._is_old and "$ref" in schema:
            schema = {"$ref": schema["$ref"]}
        self._count(1 + len(schema), depth)
        kept = self._values(schema)
        for field, judged_as in _LISTS_OF_SCHEMAS.items():
            if isinstance(parts := schema.get(field), list) and parts:
                each = [self.part(part, depth + 1, within) for part in parts]
                if judged_as == "allOf" or all(each):
                    kept.setdefault("allOf", []).append({judged_as: each})
        if isinstance(properties := schema.get("properties"), dict):
            kept["properties"] = {name: self.part(part, depth + 1, within) for name, part in properties.items()}
        self._items(schema, kept, depth, within)
        self._others(schema, kept, depth, within)
        reference = schema.get("$ref")
        if isinstance(reference, str) and within.count(reference) < _ROUNDS:
            target = self.part(self._target(reference), depth + 1, (*within, reference))
            kept.setdefault("allOf", []).append(target)
        return {"anyOf": [kept, {"type": ["null"]}]} if schema.get("nullable") is True and kept else kept

    def _count(self, n: int, depth: int) -> None:
        self.nodes += n
        if self.nodes > _MOST_NODES or depth > _DEEPEST:
            raise _TooLarge

    def _values(self, schema: dict[str, Any]) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        types = _types_in(schema.get("type"))
        if types:
            kept["type"] = types
        if isinstance(required := schema.get("required"), list):
            kept["required"] = list(dict.fromkeys(name for name in required if isinstance(name, str)))
        allowed = (
            schema["enum"] if isinstance(schema.get("enum"), list) else [schema["const"]] if "const" in schema else []
        )
        if allowed:
            self._count(sum(map(_size, allowed)), 0)
            # Gemini lists texts whatever the type is; a null that the type allows need not be listed.
            if not types or any(_is_of(value, types) for value in allowed):
                kept["enum"] = [*allowed, None] if "null" in types else allowed
        for name in _BEYOND:
            limit = schema.get(name)
            # Google writes counts as text; true and false belong to draft 4.
            if isinstance(limit, str) and limit.isascii() and limit.isdigit() and len(limit) < 10:
                limit = int(limit)
            if type(limit) is int or (type(limit) is float and name in _LIMITS):
                kept[name] = limit
        return kept

    def _items(self, schema: dict[str, Any], kept: dict[str, Any], depth: int, within: tuple[str, ...]) -> None:
        items, first = schema.get("items"), schema.get("prefixItems")
        if isinstance(items, list):  # as drafts before 2020 write tuples
            items, first = schema.get("additionalItems"), items
        if isinstance(first, list) and first:
            kept["prefixItems"] = [self.part(part, depth + 1, within) for part in first]
        if isinstance(items, dict):
            kept["items"] = self.part(items, depth + 1, within)

    def _others(self, schema: dict[str, Any], kept: dict[str, Any], depth: int, within: tuple[str, ...]) -> None:
        """Properties that have no name of their own; which ones these are is not known where patterns name some."""
        others = schema.get("additionalProperties")
        if schema.get("patternProperties"):
            return
        if isinstance(others, dict):
            kept["additionalProperties"] = self.part(others, depth + 1, within)
        elif others is False and isinstance(schema.get("properties"), dict):
            kept["additionalProperties"] = False

    def _target(self, reference: str) -> Any:
        """What a reference inside the same schema points to; None where there is nothing, or it points elsewhere."""
        if not reference.startswith("#"):
            return None
        target = self.root
        for step in reference.lstrip("#").strip("/").split("/"):
            if step:
                step = step.replace("~1", "/").replace("~0", "~")
                target = target.get(step) if isinstance(target, dict) else None
        return target


def _types_in(declared: Any) -> list[str]:
    """The types of a schema, in any case of letters; none where one is not known."""
    listed_types = declared if isinstance(declared, list) else [declared]
    types = [each.lower() for each in listed_types if isinstance(each, str)]
    return types if len(types) == len(listed_types) and _TYPES.issuperset(types) else []


def _size(value: Any) -> int:
    """How many values a value holds, itself counted."""
    n, waiting = 0, [value]
    while waiting:
        each = waiting.pop()
        n += 1
        if isinstance(each, dict):
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)
    return n


def _is_of(value: Any, types: list[str]) -> bool:
    return not types or any(_TYPE_CHECKS[name](value) for name in types)


_TYPE_CHECKS: Final = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "number": lambda value: type(value) in (int, float),
    "integer": lambda value: type(value) is int or (type(value) is float and value.is_integer()),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
}


def _faults(schema: dict[str, Any], value: Any, path: str, name: str | None) -> Iterator[Fault]:
    """The faults of a value by the part of a schema that is judged."""
    types = schema.get("type")
    if types and not _is_of(value, types):
        yield Fault(path, name, f"is {_described(value)} where the schema wants {_wanted(types)}", "type")
        return
    if "enum" in schema and not any(_is_same(value, each) for each in schema["enum"]):
        allowed = listed(to_json_text(each) for each in schema["enum"])
        yield Fault(
            path, name, f"is {_described(value)}, which is none of those that the schema lists: {allowed}", "enum"
        )
    for keyword, is_beyond in _BEYOND.items():
        if keyword in schema and is_beyond(value, schema[keyword]):
            said = f"is {_described(value)}, and the schema says {keyword} {schema[keyword]}"
            yield Fault(path, name, said, keyword)
    if isinstance(value, dict):
        yield from _faults_of_object(schema, value, path)
    elif isinstance(value, list):
        first = schema.get("prefixItems", [])
        parts = chain(first, repeat(schema.get("items", {})))
        for at, (part, each) in enumerate(zip(parts, value, strict=False)):
            yield from _faults(part, each, f"{path}[{at}]", name)
    for part in schema.get("allOf", ()):
        yield from _faults(part, value, path, name)
    if "anyOf" in schema:
        yield from _faults_of_alternatives(schema["anyOf"], value, path, name)


def _faults_of_object(schema: dict[str, Any], value: dict[str, Any], path: str) -> Iterator[Fault]:
    for missing in schema.get("required", ()):
        if missing not in value:
            yield Fault(f"{path}.{missing}", None, "is missing, and the schema requires it", "required", missing)
    own, others = schema.get("properties", {}), schema.get("additionalProperties", {})
    for key, each in value.items():
        if key not in own and others is False:
            said = "is not declared, and the schema allows no others"
            yield Fault(f"{path}.{key}", key, said, "additionalProperties")
        elif part := own.get(key) if key in own else others:
            yield from _faults(part, each, f"{path}.{key}", key)


def _faults_of_alternatives(parts: list[dict[str, Any]], value: Any, path: str, name: str | None) -> Iterator[Fault]:
    """None where one alternative fits; else the faults of the one that is meant, as far as its type tells."""
    faults = [list(islice(_faults(part, value, path, name), _MOST_FAULTS)) for part in parts]
    if not all(faults):
        return
    near = [own for own in faults if not any(each.keyword == "type" and each.path == path for each in own)]
    not_null = [own for own, part in zip(faults, parts, strict=True) if part.get("type") != ["null"]]
    meant = near if len(near) == 1 else not_null
    if len(meant) == 1:
        yield from meant[0]
        return
    types = list(dict.fromkeys(kind for part in parts for kind in part.get("type", ())))
    wanted = f" ({_wanted(types)})" if types else ""
    yield Fault(path, name, f"is {_described(value)}, which fits none of the schema's alternatives{wanted}", "anyOf")


def _is_same(one: Any, other: Any) -> bool:
    """Whether two values are the same JSON: 1 is 1.0, and not true."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_is_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(_is_same(a, b) for a, b in zip(one, other, strict=True))
    return bool(one == other)


def _is_number(value: Any) -> bool:
    return type(value) in (int, float)


_BEYOND: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "minimum": lambda value, limit: _is_number(value) and value < limit,
    "maximum": lambda value, limit: _is_number(value) and value > limit,
    "exclusiveMinimum": lambda value, limit: _is_number(value) and value <= limit,
    "exclusiveMaximum": lambda value, limit: _is_number(value) and value >= limit,
    "minLength": lambda value, limit: isinstance(value, str) and len(value) < limit,
    "maxLength": lambda value, limit: isinstance(value, str) and len(value) > limit,
    "minItems": lambda value, limit: isinstance(value, list) and len(value) < limit,
    "maxItems": lambda value, limit: isinstance(value, list) and len(value) > limit,
    "minProperties": lambda value, limit: isinstance(value, dict) and len(value) < limit,
    "maxProperties": lambda value, limit: isinstance(value, dict) and len(value) > limit,
}


def _wanted(types: list[str]) -> str:
    return " or ".join(_A_TYPE[kind] for kind in types)


_A_TYPE: Final = {
    "object": "an object",
    "array": "a list",
    "string": "a string",
    "number": "a number",
    "integer": "an integer",
    "boolean": "true or false",
    "null": "null",
}


def _described(value: Any) -> str:
    """A value in words, a string by what it holds."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    if not isinstance(value, str):
        return f"the number {value}" if type(value) in (int, float) else to_json_text(value)
    held = _held(value)
    if isinstance(held, dict | list):
        return f"a string that holds the JSON of {'an object' if isinstance(held, dict) else 'a list'}"
    return f"the string {quoted(value if len(value) <= _LONGEST_VALUE else f'{value[:_LONGEST_VALUE]}…')}"


def _held(text: str) -> Any:
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
