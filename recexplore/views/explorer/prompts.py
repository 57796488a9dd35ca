"""What was asked in a recording, read again from its file, as far as it can be.

Takes a recording, gives text.
"""

from __future__ import annotations

from typing import Final

from recexplore.corpus import Recording
from recexplore.model.errors import SourceChanged
from recexplore.views.text.prompt import prompt_of
from recexplore.views.text.safe_text import without_lone_surrogates

__all__ = ["is_read_quickly", "quick_prompt", "readable_prompt"]

_SMALL_BYTES: Final = 1_000_000


def is_read_quickly(recording: Recording) -> bool:
    """Whether the file is small: of a large one what was asked is read only when it is asked for."""
    return bool(recording.facts["bytes"] <= _SMALL_BYTES)


def readable_prompt(recording: Recording) -> str:
    """What was asked, or why it cannot be shown."""
    try:
        return prompt_of(recording)
    except (SourceChanged, RecursionError) as error:
        return f"The request cannot be shown: {without_lone_surrogates(str(error))}"


def quick_prompt(recording: Recording) -> str:
    """What was asked; "" where that takes long or cannot be shown."""
    if not is_read_quickly(recording):
        return ""
    try:
        return prompt_of(recording)
    except (SourceChanged, RecursionError):
        return ""
