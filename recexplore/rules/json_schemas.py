"""Whether a value fits a JSON schema, as far as that can be told at little cost and without being fooled.

Takes a declared schema and a value, gives faults in words. Whoever declared the schema is not trusted: nothing is fetched,
no regular expression runs, and what is too large or too deep is not judged. What providers make of schemas is understood:
Gemini's upper-case types, OpenAPI's ``nullable``, the tuples and limits of older drafts.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Any, Final, NamedTuple

import orjson

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
_SIZES: Final = ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")
_LISTS_OF_SCHEMAS: Final = {"anyOf": "anyOf", "oneOf": "anyOf", "allOf": "allOf"}
"""A value that fits several of ``oneOf`` may do so only because a part of them is not judged."""


class Fault(NamedTuple):
    """What does not fit: its path, such as ``$.city``; the last name in it; what came and what is declared, in words."""

    path: str
    name: str | None
    what: str


def faults_in(declared: str, name: str, value: Any) -> list[Fault]:
    """The faults of a value, by the schema of a name in a JSON object of schemas; none where it is not judged."""
    schema = _schema(declared, name)
    if schema is None or _size(value) * schema.nodes > _MOST_WORK:
        return []
    return list(
        islice((fault for error in schema.validator.iter_errors(value) for fault in _told(error)), _MOST_FAULTS)
    )


class _Schema(NamedTuple):
    validator: Any
    nodes: int


@lru_cache(maxsize=512)
def _schema(declared: str, name: str) -> _Schema | None:
    """What is judged of the schema of a name; None where there is nothing to judge, or too much."""
    from jsonschema import Draft202012Validator  # takes longer to load than all rules take to run

    judged = _Judged(_parsed(declared).get(name))
    try:
        kept = judged.part(judged.root, 0, ())
    except _TooLarge:
        return None
    return _Schema(Draft202012Validator(kept), judged.nodes) if kept else None


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

    def part(self, schema: Any, depth: int, within: tuple[str, ...]) -> dict[str, Any]:
        """The same schema without what is not judged, its references put in place."""
        if not isinstance(schema, dict):
            return {}
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
        return {"anyOf": [kept, {"type": "null"}]} if schema.get("nullable") is True and kept else kept

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
        numbers = {name: schema.get(name) for name in (*_LIMITS, *_SIZES)}
        for name, limit in numbers.items():
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


def _told(error: Any) -> Iterator[Fault]:
    """The faults of an error of the validator: one, or each name that is missing or too many."""
    error = _narrowed(error)
    steps = list(error.absolute_path)
    path = "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    name = next((step for step in reversed(steps) if isinstance(step, str)), None)
    value, declared = error.instance, error.validator_value
    match error.validator:
        case "required":
            # The validator gives an error for each name.
            missing = next(each for each in declared if f"{each!r} is a required property" == error.message)
            yield Fault(f"{path}.{missing}", None, "is missing, and the schema requires it")
        case "additionalProperties":
            for extra in value.keys() - error.schema.get("properties", {}).keys():
                yield Fault(f"{path}.{extra}", extra, "is not declared, and the schema allows no others")
        case "type":
            yield Fault(path, name, f"is {_described(value)} where the schema wants {_wanted(declared)}")
        case "enum":
            allowed = listed(orjson.dumps(each).decode() for each in declared)
            yield Fault(path, name, f"is {_described(value)}, which is none of those that the schema lists: {allowed}")
        case "anyOf":
            types = list(dict.fromkeys(kind for part in declared for kind in part.get("type", ())))
            wanted = f" ({_wanted(types)})" if types else ""
            yield Fault(path, name, f"is {_described(value)}, which fits none of the schema's alternatives{wanted}")
        case keyword:
            yield Fault(path, name, f"is {_described(value)}, and the schema says {keyword} {declared}")


def _narrowed(error: Any) -> Any:
    """The error inside the one alternative whose type fits the value; else the error itself."""
    while error.validator == "anyOf":
        branches: dict[Any, list[Any]] = {}
        for inner in error.context:
            branches.setdefault(inner.relative_schema_path[0], []).append(inner)
        near = [own for own in branches.values() if not any(each.validator == "type" and not each.path for each in own)]
        plain = [own for own in branches.values() if own[0].validator_value != ["null"]]
        chosen = near if len(near) == 1 else plain if len(plain) == 1 and len(branches) > 1 else None
        if chosen is None:
            break
        error = chosen[0][0]
    return error


def _wanted(types: Any) -> str:
    kinds = [types] if isinstance(types, str) else list(types)
    return " or ".join(_A_TYPE[kind] for kind in kinds)


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
        return f"the number {value}" if type(value) in (int, float) else orjson.dumps(value).decode()
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
