"""How a severity is coloured in a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from recexplore.model.severities import Severity

__all__ = ["STYLES"]

STYLES: Final[Mapping[Severity, str]] = {"error": "bold red", "warning": "yellow", "note": "cyan"}
