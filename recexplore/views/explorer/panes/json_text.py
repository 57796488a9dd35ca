"""Recorded JSON as indented text."""

from __future__ import annotations

import json
import re
from typing import Final

from recexplore.model.exchange import Json

__all__ = ["readable_json"]

_HALVES: Final = re.compile("[\ud800-\udfff]")


def readable_json(value: Json) -> str:
    """Indented JSON, NaN and all; escaped where it holds halves of characters, which no message to the page may."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return json.dumps(value, indent=2) if _HALVES.search(text) else text
