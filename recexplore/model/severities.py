"""How bad a finding is.

Takes nothing, gives the words, the most severe first.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias, get_args

__all__ = ["SEVERITIES", "Severity"]

Severity: TypeAlias = Literal["error", "warning", "note"]
"""A client gets a wrong answer or none; it may, or the recording is doubtful; good to know."""

SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)
"""The most severe first."""
