"""What a recording's file holds, as any view shows it: without credentials, unless it was loaded with them.

Takes a `Recording`, gives decoded JSON, or a text of it. Raises `SourceChanged` as reading the file again does.
"""

from __future__ import annotations

from recexplore.corpus import Recording
from recexplore.model.credentials import masked_json, masked_text
from recexplore.model.exchange import Json

__all__ = ["shown_chunk", "shown_request", "shown_text"]


def shown_request(recording: Recording) -> dict[str, Json]:
    """The request's body."""
    request: dict[str, Json] = _shown(recording, recording.request)
    return request


def shown_chunk(recording: Recording, chunk: int) -> Json:
    """A chunk."""
    return _shown(recording, recording.raw(chunk))


def shown_text(recording: Recording, text: str) -> str:
    """A text of the request."""
    return text if recording.corpus.credentials == "shown" else masked_text(text)


def _shown(recording: Recording, value: Json) -> Json:
    return value if recording.corpus.credentials == "shown" else masked_json(value)
