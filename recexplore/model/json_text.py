"""The JSON text of a decoded value: how the frames write what no column holds.

Takes decoded JSON (or what a YAML document holds beyond it), gives compact text. Never raises.
"""

from __future__ import annotations

import json

import orjson

from recexplore.model.exchange import Json

__all__ = ["to_json_text"]


def to_json_text(value: Json) -> str:
    """Compact JSON text of a decoded value, lone surrogates kept as they are."""
    try:
        return orjson.dumps(value).decode()
    except (TypeError, orjson.JSONEncodeError):
        pass
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_as_text)
    except RecursionError:
        return '"(nested too deep to be written as text)"'
    except (TypeError, ValueError) as error:
        return json.dumps(f"(cannot be written as text: {error})")


def _as_text(value: object) -> str:
    """What no JSON has, such as the bytes of a YAML document."""
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)
