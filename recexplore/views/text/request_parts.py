"""What messages of a request are made of: parts, and how each kind is made from its JSON.

Takes JSON, gives plain values. What nobody understood goes along as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Final, NotRequired, TypedDict

from recexplore.model.exchange import Json
from recexplore.model.json_text import to_json_text
from recexplore.views.text.media import media_facts

__all__ = ["IDS", "Part", "json_part", "media_part", "more_of", "readable", "result_part", "text_part", "texts_in"]


class Part(TypedDict):
    """A part of a message.

    ``kind`` is one of `recexplore.model.request_fields.PART_KINDS`, ``text`` None where it has none, ``more`` the JSON of
    what else it says. By kind: ``name`` and ``id`` of a call or of what it gave; ``media``, ``bytes``, ``name`` and
    ``address`` of what is no text; ``parts`` of a result; ``hidden_chars`` of what only the provider can read.
    """

    kind: str
    text: str | None
    more: str | None
    name: NotRequired[str | None]
    id: NotRequired[str | None]
    media: NotRequired[str | None]
    bytes: NotRequired[int | None]
    address: NotRequired[str | None]
    parts: NotRequired[list[Part]]
    hidden_chars: NotRequired[int]


IDS: Final = ("call_id", "tool_call_id", "tool_use_id", "toolUseId", "toolCallId", "id")
"""Where the id of a call stands."""

_TEXTS: Final = (
    "text",
    "thinking",
    "reasoning",
    "refusal",
    "summary",
    "content",
    "reasoningText",
    "thought",
    "input_text",
)


def text_part(text: str | None, kind: str = "text", rest: Mapping[str, Json] | None = None) -> Part:
    return {"kind": kind, "text": text, "more": more_of(rest or {})}


def json_part(value: Json) -> Part:
    name = value.get("type") if isinstance(value, dict) else None
    return {"kind": "json", "name": name if isinstance(name, str) else None, "text": readable(value), "more": None}


def media_part(kind: str, value: Json) -> Part:
    facts = media_facts(value)
    media = facts["media"] or ""
    # A file that says that it is a picture is one.
    told = next((each for each in ("image", "audio") if kind == "file" and media.startswith(f"{each}/")), kind)
    return {
        "kind": told,
        "media": facts["media"],
        "bytes": facts["bytes"],
        "name": facts["name"],
        "address": facts["address"],
        "text": facts["text"],
        "more": more_of(facts["rest"]),
    }


def result_part(parts: list[Part], rest: dict[str, Json]) -> Part:
    id_ = next((rest.pop(name) for name in IDS if isinstance(rest.get(name), str)), None)
    name = rest.pop("name", None) if isinstance(rest.get("name"), str) else None
    return {"kind": "tool_result", "name": name, "id": id_, "text": None, "parts": parts, "more": more_of(rest)}


def texts_in(rest: dict[str, Json]) -> Iterator[str]:
    """The texts of a part, taken out of it."""
    for name in _TEXTS:
        value = rest.get(name)
        if isinstance(value, str):
            del rest[name]
            yield value
        elif isinstance(value, dict) and isinstance(value.get("text"), str):
            inner = {**value}
            del rest[name]
            yield inner.pop("text")
            rest |= inner
        elif (
            isinstance(value, list)
            and value
            and all(isinstance(each, dict) and isinstance(each.get("text"), str) for each in value)
        ):
            del rest[name]
            yield from (each["text"] for each in value)
            others = [{key: said for key, said in each.items() if key not in ("text", "type")} for each in value]
            if any(others):
                rest[name] = others


def more_of(rest: Mapping[str, Json]) -> str | None:
    """What nobody understood, as JSON on one line."""
    said = {name: value for name, value in rest.items() if value is not None and value != []}
    return to_json_text(said) if said else None


def readable(value: Json) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)
