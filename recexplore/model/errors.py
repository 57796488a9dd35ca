"""What can go wrong, as a user meets it.

Takes nothing, gives exception classes. Never raised for bad content of a file unless ``strict=True``: bad content is
a row in ``problems``.
"""

from __future__ import annotations

__all__ = ["ExportRefused", "NotLoadable", "RecexploreError", "RecordingNotFound", "SourceChanged"]


class RecexploreError(Exception):
    """Every error that recexplore raises on purpose."""


class NotLoadable(RecexploreError, ValueError):
    """``strict=True`` was asked for and something could not be read."""


class RecordingNotFound(RecexploreError, LookupError):
    """No recording, or more than one, answers to this id, prefix or path."""


class SourceChanged(RecexploreError, RuntimeError):
    """The file behind a recording is gone or differs from what was loaded."""


class ExportRefused(RecexploreError, ValueError):
    """An export would replace what it may not, or has nothing to write that would be true."""
