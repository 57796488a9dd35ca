"""How bad a finding is, and from where on it fails.

Takes nothing, gives the words, the most severe first.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias, get_args

__all__ = ["FAIL_ON", "LEVELS", "SEVERITIES", "FailOn", "Level", "Severity"]

Severity: TypeAlias = Literal["error", "warning", "note"]
"""A client gets a wrong answer or none; it may, or the recording is doubtful; good to know."""

SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)
"""The most severe first."""

Level: TypeAlias = Severity | Literal["off"]
"""How bad findings of a rule are to somebody; ``off``: it does not run."""

LEVELS: Final[tuple[Level, ...]] = (*SEVERITIES, "off")

FailOn: TypeAlias = Severity | Literal["never"]
"""The least severity that fails."""

FAIL_ON: Final[tuple[FailOn, ...]] = (*SEVERITIES, "never")
