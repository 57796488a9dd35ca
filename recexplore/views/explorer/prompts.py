"""What was asked in a recording, read again from its file, as far as it can be.

Takes a recording, gives text.
"""

from __future__ import annotations

from typing import Final

from recexplore.corpus import Recording
from recexplore.model.errors import SourceChanged
from recexplore.views.explorer.unreadable import is_handed_over, why_unreadable
from recexplore.views.text.prompt import prompt_of

__all__ = ["first_prompt", "quick_prompt", "readable_prompt"]

_SMALL_BYTES: Final = 1_000_000


def is_read_quickly(recording: Recording) -> bool:
    """Whether the file is small: of a large one what was asked is read only when it is asked for."""
    return bool(recording.facts["bytes"] <= _SMALL_BYTES)


def readable_prompt(recording: Recording) -> str:
    """What was asked, or why it cannot be shown."""
    try:
        return prompt_of(recording)
    except (SourceChanged, RecursionError) as error:
        return why_unreadable("The request", recording, error)


def first_prompt(recording: Recording) -> str | None:
    """What was asked, or why it cannot be shown; None where that takes long, or a page may know it from before."""
    if not is_read_quickly(recording):
        return None
    try:
        return prompt_of(recording)
    except (SourceChanged, RecursionError) as error:
        return None if is_handed_over(recording, error) else why_unreadable("The request", recording, error)


def quick_prompt(recording: Recording) -> str:
    """What was asked; "" where that takes long or cannot be shown."""
    if not is_read_quickly(recording):
        return ""
    try:
        return prompt_of(recording)
    except (SourceChanged, RecursionError):
        return ""
