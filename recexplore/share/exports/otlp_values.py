"""Values as OTLP's JSON writes them: each under the name of its type, integers as text.

Takes plain values, gives ``AnyValue`` and lists of ``KeyValue``
(https://github.com/open-telemetry/opentelemetry-proto/blob/main/docs/specification.md#json-protobuf-encoding).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

__all__ = ["any_value", "attributes_of"]

_LARGEST: Final = 1 << 63


def attributes_of(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The values that there are, as attributes."""
    return [{"key": key, "value": any_value(value)} for key, value in values.items() if value is not None]


def any_value(value: Any) -> dict[str, Any]:
    """A value of JSON."""
    match value:
        case None:
            return {}
        case bool():
            return {"boolValue": value}
        case int() if -_LARGEST <= value < _LARGEST:
            return {"intValue": str(value)}
        case int() | float():
            return {"doubleValue": float(value)}
        case Mapping():
            pairs = [{"key": str(key), "value": any_value(each)} for key, each in value.items()]
            return {"kvlistValue": {"values": pairs}}
        case list() | tuple():
            return {"arrayValue": {"values": [any_value(each) for each in value]}}
        case _:
            return {"stringValue": str(value).encode("utf-16", "surrogatepass").decode("utf-16", "replace")}
