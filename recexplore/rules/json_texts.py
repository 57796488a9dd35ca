"""Whether a text is JSON, as RFC 8259 has it: half a character in an escape is, though our fast reader refuses it."""

from __future__ import annotations

import json
import re
from typing import Any, Final

import orjson

__all__ = ["first_error", "inside_fence", "is_json", "is_json_object", "json_inside", "json_type", "second_object"]

_NO_JSON: Final = object()
_FENCE: Final = "```"
_MOST_TRIES: Final = 8
_SPACE: Final = re.compile(r"\s*")


def is_json(text: str) -> bool:
    """Whether a text is one JSON value (RFC 8259; half a character in an escape is allowed there)."""
    return _value(text) is not _NO_JSON


def is_json_object(text: str) -> bool:
    """Whether a text is a JSON object."""
    return isinstance(_value(text), dict)


def json_type(text: str) -> str | None:
    """The type of the JSON value that a text is, as JSON schemas name it (a whole number is an ``integer``); None where it
    is none."""
    value = _value(text)
    return None if value is _NO_JSON else "integer" if _is_whole(value) else _TYPES[type(value)]


def _is_whole(value: Any) -> bool:
    return type(value) is int or (type(value) is float and value.is_integer())


_TYPES: Final = {
    dict: "object",
    list: "array",
    str: "string",
    float: "number",
    bool: "boolean",
    type(None): "null",
}


def second_object(text: str) -> int | None:
    """Where a second JSON object begins behind a whole first one, itself whole or not; None where there is no second."""
    try:
        first, end = json.JSONDecoder().raw_decode(text, _behind_space(text, 0))
    except (ValueError, RecursionError):
        return None
    begin = _behind_space(text, end)
    return begin if isinstance(first, dict) and text.startswith("{", begin) else None


def _behind_space(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return at if space is None else space.end()


def inside_fence(text: str) -> str | None:
    """What a text holds that is one code fence and nothing else; None where it is not."""
    text = text.strip()
    if len(text) < 2 * len(_FENCE) or not (text.startswith(_FENCE) and text.endswith(_FENCE)):
        return None
    inner = text[len(_FENCE) : -len(_FENCE)]
    word, _, rest = inner.partition("\n")
    return (rest if word.strip().isalpha() or not word.strip() else inner).strip()


def json_inside(text: str) -> tuple[int, int] | None:
    """Where in a text the JSON object or list stands that makes up most of it; None where there is none."""
    start = -1
    for _ in range(_MOST_TRIES):
        start = min((at for at in (text.find(mark, start + 1) for mark in "{[") if at >= 0), default=-1)
        if start < 0:
            return None
        try:
            _, end = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):
            continue
        if (end - start) * 2 >= len(text.strip()):
            return start, end
    return None


def first_error(text: str) -> int:
    """The offset in characters at which a text stops being JSON; its length where it is JSON so far."""
    bare = text.removeprefix("\ufeff")
    try:
        orjson.loads(bare)
    except orjson.JSONDecodeError as error:
        return error.pos + len(text) - len(bare)
    return len(text)


def _value(text: str) -> Any:
    try:
        return orjson.loads(text.removeprefix("\ufeff"))
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return _NO_JSON


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


_DECODER: Final = json.JSONDecoder(parse_constant=_refuse)
