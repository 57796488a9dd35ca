"""What a recording's file holds, as any view shows it: without credentials, unless it was loaded with them.

Takes a `Recording`, gives decoded JSON. Raises `SourceChanged` as reading the file again does.
"""

from __future__ import annotations

from recexplore.corpus import Recording
from recexplore.model.credentials import masked_json
from recexplore.model.exchange import Json

__all__ = ["shown_chunk", "shown_request"]


def shown_request(recording: Recording) -> dict[str, Json]:
    """The request's body."""
    request: dict[str, Json] = _shown(recording, recording.request)
    return request


def shown_chunk(recording: Recording, chunk: int) -> Json:
    """A chunk."""
    return _shown(recording, recording.raw(chunk))


def _shown(recording: Recording, value: Json) -> Json:
    return value if recording.corpus.credentials == "shown" else masked_json(value)
