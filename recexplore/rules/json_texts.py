"""Whether a text is JSON, as RFC 8259 has it: half a character in an escape is, though our fast reader refuses it."""

from __future__ import annotations

import json
from typing import Any, Final

import orjson

__all__ = ["inside_fence", "is_json", "is_json_object"]

_NO_JSON: Final = object()
_FENCE: Final = "```"


def is_json(text: str) -> bool:
    """Whether a text is one JSON value (RFC 8259; half a character in an escape is allowed there)."""
    return _value(text) is not _NO_JSON


def is_json_object(text: str) -> bool:
    """Whether a text is a JSON object."""
    return isinstance(_value(text), dict)


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
