"""What a request carries beside text: an image, a sound, a file, told by its kind and size and never loaded.

Takes the JSON of a part, gives what it says of itself. Data is measured, not decoded; an address is text.
"""

from __future__ import annotations

import re
from typing import Final, TypedDict

from recexplore.model.exchange import Json

__all__ = ["MediaFacts", "media_facts"]

_DATA_URL: Final = re.compile(r"data:([\w.+-]+/[\w.+-]+)?[^,]{0,200},")
_DEPTH: Final = 5
_DATA: Final = frozenset(["data", "bytes", "file_data", "b64_json"])
_TYPES: Final = frozenset(["media_type", "mimeType", "mime_type", "mediaType", "format"])
_NAMES: Final = frozenset(["filename", "name", "title", "file_id", "fileId", "id"])
_ADDRESSES: Final = frozenset(["url", "uri", "image_url", "file_url", "fileUri", "file_uri", "audio_url", "video_url"])
_TEXTS: Final = frozenset(["text", "context"])


class MediaFacts(TypedDict):
    """What is said of a picture, a sound or a file.

    ``media`` (its type), ``bytes`` (as base64 stands for them), ``name``, ``address`` and ``text`` (of a document that is
    text) are None where the part does not say it; ``rest`` is what else it says.
    """

    media: str | None
    bytes: int | None
    name: str | None
    address: str | None
    text: str | None
    rest: dict[str, Json]


def media_facts(value: Json) -> MediaFacts:
    """What is said of a picture, a sound or a file."""
    facts: MediaFacts = {"media": None, "bytes": None, "name": None, "address": None, "text": None, "rest": {}}
    _read(value, "data", facts, _DEPTH, is_text=False)
    return facts


def _read(value: Json, key: str, facts: MediaFacts, depth: int, *, is_text: bool) -> None:
    if isinstance(value, str):
        _note(value, key, facts, is_text)
    elif isinstance(value, dict) and depth:
        is_text = value.get("type") == "text"
        for name, each in value.items():
            _read(each, name, facts, depth - 1, is_text=is_text)
    elif isinstance(value, list) and depth:
        for each in value:
            _read(each, key, facts, depth - 1, is_text=is_text)
    elif value is not None:
        facts["rest"][key] = value


def _note(text: str, key: str, facts: MediaFacts, is_text: bool) -> None:
    if key in _TEXTS or (is_text and key in _DATA):
        facts["text"] = text if facts["text"] is None else f"{facts['text']}\n{text}"
    elif found := _DATA_URL.match(text):
        facts["media"] = found[1] or facts["media"]
        facts["bytes"] = _size(text, found.end())
    elif key in _ADDRESSES or text.startswith(("http://", "https://", "gs://", "s3://")):
        facts["address"] = text
    elif key in _DATA:
        facts["bytes"] = _size(text, 0)
    elif key in _TYPES:
        facts["media"] = text
    elif key in _NAMES:
        facts["name"] = text
    elif key != "type":
        facts["rest"][key] = text


def _size(text: str, start: int) -> int:
    """How many bytes base64 stands for."""
    return (len(text) - start) * 3 // 4 - len(text[-2:]) + len(text[-2:].rstrip("="))
