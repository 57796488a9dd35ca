"""What was asked.

Takes a `Recording`, gives the last thing the user said in its request: the headline by which a person knows a recording.
It knows no provider: the dialects say where requests hold messages.
"""

from __future__ import annotations

from typing import Final

from recexplore.corpus import Recording
from recexplore.model.exchange import Json
from recexplore.read.registry import known
from recexplore.views.text.safe_text import visible
from recexplore.views.text.without_credentials import shown_text

__all__ = ["prompt_of"]

_PROMPT_LENGTH: Final = 240


def prompt_of(recording: Recording) -> str:
    """What was asked: the last user message of the request, or what stands for it."""
    request = recording.request
    for key in known().request.messages:
        if text := visible(shown_text(recording, _last_text(request.get(key)))):
            return text if len(text) <= _PROMPT_LENGTH else f"{text[:_PROMPT_LENGTH]}…"
    return ""


def _last_text(value: Json) -> str:
    """The last text in a message, a list of messages or of parts; the user's where roles are told."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return next((text for key in ("content", "text", "parts", "query") if (text := _last_text(value.get(key)))), "")
    if isinstance(value, list):
        users = [each for each in value if isinstance(each, dict) and each.get("role") == "user"]
        return next((text for each in reversed(users or value) if (text := _last_text(each))), "")
    return ""
