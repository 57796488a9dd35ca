"""What was said, as the messages of OpenTelemetry's conventions for generative AI.

Takes a recording, gives messages of parts, shaped as the conventions' JSON schemas have it
(https://github.com/open-telemetry/semantic-conventions-genai/tree/main/docs/gen-ai, ``gen-ai-input-messages.json``,
``gen-ai-output-messages.json``). Pictures, sounds and files are told of and not included.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from recexplore.corpus import Recording
from recexplore.model.errors import SourceChanged
from recexplore.model.plain_values import plain, records
from recexplore.model.request_fields import RequestFields, joined
from recexplore.read.registry import known
from recexplore.views.text.conversation import Message, conversation
from recexplore.views.text.request_parts import Part
from recexplore.views.text.without_credentials import shown_request

__all__ = ["input_messages", "output_messages", "system_instructions"]


def system_instructions(recording: Recording) -> list[dict[str, Any]]:
    """The parts of what the system says apart from the messages."""
    fields = _fields(recording)
    return [
        _part(part)
        for message in _conversation(recording, _without_messages(fields))
        if message["role"] == "system"
        for part in message["parts"]
    ]


def input_messages(recording: Recording) -> list[dict[str, Any]]:
    """The messages that the model was given."""
    fields = _fields(recording)
    n_instructions = len(_conversation(recording, _without_messages(fields)))
    return [
        {"role": message["role"], "parts": [_part(part) for part in message["parts"]]}
        for message in _conversation(recording, fields)[n_instructions:]
    ]


def output_messages(recording: Recording) -> list[dict[str, Any]]:
    """One message a choice."""
    calls: dict[int, list[dict[str, Any]]] = {}
    for call in records(recording.tool_calls):
        told = {"type": "tool_call", "id": call["id"], "name": call["name"] or "", "arguments": _arguments(call)}
        calls.setdefault(call["choice"], []).append(told)
    return [
        {
            "role": choice["role"] or "assistant",
            "parts": [*_texts(choice), *calls.get(choice["choice"], ())],
            "finish_reason": choice["finish_reason"] or "error",
        }
        for choice in records(recording.choices)
    ]


def _texts(choice: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for kind, column in (("reasoning", "reasoning"), ("text", "content"), ("refusal", "refusal")):
        if choice[column]:
            yield {"type": kind, "content": choice[column]}


def _arguments(call: dict[str, Any]) -> Any:
    """The arguments, as JSON where they are."""
    return json.loads(call["arguments"]) if call["arguments_valid"] else call["arguments"]


def _fields(recording: Recording) -> RequestFields:
    """What the recording's own dialect says of requests, then all others."""
    own = known().named(str(plain(recording.facts["dialect"]))).request
    return joined([own, known().request])


def _without_messages(fields: RequestFields) -> RequestFields:
    return replace(fields, messages=(), earlier=(), images=())


def _conversation(recording: Recording, fields: RequestFields) -> list[Message]:
    try:
        return conversation(shown_request(recording), fields)
    except SourceChanged:
        return []


def _part(part: Part) -> dict[str, Any]:
    kind = part["kind"]
    if kind in ("text", "reasoning"):
        return {"type": kind, "content": part["text"] or ""}
    told = {name: value for name, value in part.items() if name not in ("kind", "parts") and value is not None}
    if kind == "tool_call":
        return {"type": kind, "id": part.get("id"), "name": part.get("name") or "", "arguments": part["text"]}
    if kind == "tool_result":
        texts = [each["text"] for each in part.get("parts", ()) if each["text"]]
        return {"type": "tool_call_response", "id": part.get("id"), "response": part["text"] or "\n".join(texts)}
    return {"type": kind, **told}
