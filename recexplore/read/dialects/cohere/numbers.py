"""Counts and places, which Cohere's own SDKs write as floats: 7.0 is the number 7."""

from __future__ import annotations

from recexplore.model.exchange import Json

__all__ = ["whole_number"]


def whole_number(value: Json) -> Json:
    """A float without a fraction as an integer; everything else as it is."""
    return int(value) if type(value) is float and value.is_integer() else value
