"""The JSON text of a decoded value: how the frames write what no column holds.

Takes decoded JSON (or what a YAML document holds beyond it), gives compact text. Never raises.
"""

from __future__ import annotations

import json
import math
from typing import Final

import orjson

from recexplore.model.exchange import Json

__all__ = ["to_json_text"]

_LARGEST_BITS: Final = 1023
"""An integer with more does not fit into a float."""


def to_json_text(value: Json) -> str:
    """Compact JSON text of a decoded value, which any reader takes.

    Lone surrogates are kept. NaN and Infinity, which JSON lacks, are null; an integer that no float can hold is its
    digits as a text.
    """
    try:
        return orjson.dumps(value).decode()
    except (TypeError, orjson.JSONEncodeError):
        pass
    try:
        return json.dumps(_portable(value), ensure_ascii=False, separators=(",", ":"), default=_as_text)
    except RecursionError:
        return '"(nested too deep to be written as text)"'
    except (TypeError, ValueError) as error:
        return json.dumps(f"(cannot be written as text: {error})")


def _portable(value: Json) -> Json:
    """The value with no number that a reader of JSON may refuse."""
    if isinstance(value, dict):
        return {key: _portable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_portable(each) for each in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return str(value) if isinstance(value, int) and value.bit_length() > _LARGEST_BITS else value


def _as_text(value: object) -> str:
    """What no JSON has, such as the bytes of a YAML document."""
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)
