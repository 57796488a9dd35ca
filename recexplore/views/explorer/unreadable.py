"""Why something that stands in a recording's file cannot be shown.

Takes a recording, what was wanted of it and the error that reading raised, gives words. A journal that is gone became a
recording, most likely: that is no failure.
"""

from __future__ import annotations

from typing import Final

from recexplore.corpus import Recording
from recexplore.model.exchange import NOT_YET
from recexplore.model.plain_values import plain
from recexplore.views.text.safe_text import without_lone_surrogates

__all__ = ["is_handed_over", "why_unreadable"]

_HANDED_OVER: Final = "Its journal is gone since it was read: it was finished, or removed."


def is_handed_over(recording: Recording, error: Exception) -> bool:
    """Whether this is a journal whose stream still came when it was read, and which is gone now."""
    return plain(recording.facts["ended"]) == NOT_YET and isinstance(error.__cause__, FileNotFoundError)


def why_unreadable(wanted: str, recording: Recording, error: Exception) -> str:
    """``The request cannot be shown: …``."""
    if is_handed_over(recording, error):
        return _HANDED_OVER
    return without_lone_surrogates(f"{wanted} cannot be shown: {str(error) or 'it is nested too deep'}")
