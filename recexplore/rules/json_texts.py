"""Whether a text is JSON, as RFC 8259 has it: half a character in an escape is, though our fast reader refuses it."""

from __future__ import annotations

import json
import re
from typing import Any, Final

import orjson

__all__ = ["inside_fence", "is_json", "is_json_object", "second_object"]

_NO_JSON: Final = object()
_FENCE: Final = "```"
_SPACE: Final = re.compile(r"\s*")


def is_json(text: str) -> bool:
    """Whether a text is one JSON value (RFC 8259; half a character in an escape is allowed there)."""
    return _value(text) is not _NO_JSON


def is_json_object(text: str) -> bool:
    """Whether a text is a JSON object."""
    return isinstance(_value(text), dict)


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
