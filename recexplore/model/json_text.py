"""The JSON text of a decoded value: how the frames write what no column holds.

Takes decoded JSON (or what a YAML document holds beyond it), gives compact text. Never raises.
"""

from __future__ import annotations

import json
import math

import orjson

from recexplore.model.exchange import Json

__all__ = ["to_json_text"]


def to_json_text(value: Json) -> str:
    """Compact JSON text of a decoded value: lone surrogates are kept, NaN and Infinity, which JSON lacks, are null."""
    try:
        return orjson.dumps(value).decode()
    except (TypeError, orjson.JSONEncodeError):
        pass
    try:
        return json.dumps(_finite(value), ensure_ascii=False, separators=(",", ":"), default=_as_text)
    except RecursionError:
        return '"(nested too deep to be written as text)"'
    except (TypeError, ValueError) as error:
        return json.dumps(f"(cannot be written as text: {error})")


def _finite(value: Json) -> Json:
    """The value with null for every number that JSON lacks, as orjson writes it."""
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _as_text(value: object) -> str:
    """What no JSON has, such as the bytes of a YAML document."""
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)
