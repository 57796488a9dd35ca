"""Whether a text is JSON, as RFC 8259 has it: half a character in an escape is, though our fast reader refuses it."""

from __future__ import annotations

import json
from typing import Any, Final

import orjson

__all__ = ["is_json", "is_json_object"]

_NO_JSON: Final = object()


def is_json(text: str) -> bool:
    """Whether a text is one JSON value (RFC 8259; half a character in an escape is allowed there)."""
    return _value(text) is not _NO_JSON


def is_json_object(text: str) -> bool:
    """Whether a text is a JSON object."""
    return isinstance(_value(text), dict)


def _value(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return _NO_JSON


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")
