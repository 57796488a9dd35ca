"""What each event of a session says: one reader an event type.

Takes an event and the session so far, gives events. What the client sent, and what the server says of the session rather
than of a response, is no part of an answer. Source of the names:
https://platform.openai.com/docs/api-reference/realtime-server-events and
https://platform.openai.com/docs/api-reference/realtime-client-events; of Azure's own:
https://learn.microsoft.com/en-us/azure/ai-services/speech-service/voice-live-api-reference
"""

from __future__ import annotations

from typing import Final

from recexplore.model.exchange import Json
from recexplore.model.json_text import to_json_text
from recexplore.read.dialects.openai_realtime.items import is_output
from recexplore.read.dialects.openai_realtime.responses import (
    Reader,
    delta,
    read_content_part,
    read_created,
    read_done,
    read_output_item,
    read_sound,
    whole,
)
from recexplore.read.dialects.openai_realtime.session import Session
from recexplore.read.extract import emit
from recexplore.read.extract.emit import other_fields
from recexplore.tables.builders import Columns

__all__ = ["READERS", "read_event"]


def read_event(chunk: dict[str, Json], row: int, columns: Columns, session: Session) -> None:
    """One event, whatever its type."""
    kind = chunk.get("type")
    reader = READERS.get(kind) if type(kind) is str else None
    if reader is not None:
        reader(chunk, row, columns, session)
    elif chunk.get("error"):
        _error(chunk, row, columns, session)
    else:
        emit.chunk(columns, row, n_choices=0, object=kind)
        emit.event(columns, "unknown", row, to_json_text(chunk), choice=None)


def _aside(kind: str) -> Reader:
    """What stands beside the responses, with its JSON."""

    def read(chunk: dict[str, Json], row: int, columns: Columns, session: Session) -> None:
        settings = chunk.get("session")
        model = settings.get("model") if type(settings) is dict and chunk["type"] in _SESSIONS else None
        emit.chunk(columns, row, n_choices=0, object=chunk["type"], id=chunk.get("response_id"), model=model)
        emit.event(columns, kind, row, to_json_text(other_fields(chunk, {"type"})), choice=None)

    return read


def _conversation_item(chunk: dict[str, Json], row: int, columns: Columns, session: Session) -> None:
    """An item of the conversation: the user's, a tool's result, or, once more, the model's own."""
    _aside("empty" if is_output(chunk.get("item")) else "annotation")(chunk, row, columns, session)


def _error(chunk: dict[str, Json], row: int, columns: Columns, session: Session) -> None:
    emit.chunk(columns, row, n_choices=0, extra=other_fields(chunk, {"type", "error"}), object=chunk.get("type"))
    error = chunk.get("error") or other_fields(chunk, {"type"})
    emit.event(columns, "error", row, to_json_text(error), choice=None)


_SESSIONS: Final = frozenset(
    f"{which}.{state}" for which in ("session", "transcription_session") for state in ("created", "updated")
)

_STREAMED: Final = (
    ("output_text", "content", "text"),
    ("text", "content", "text"),
    ("output_audio_transcript", "content", "transcript"),
    ("audio_transcript", "content", "transcript"),
    ("function_call_arguments", "tool_call", "arguments"),
    ("mcp_call_arguments", "tool_call", "arguments"),
)
"""What comes in deltas: its name in the events' types, today and in the beta, its kind, and the field that holds it whole
when it is done."""

_SOUNDS: Final = ("output_audio", "audio", "audio_timestamp", "animation_blendshapes", "animation_viseme")
"""What goes with the words: sound, today and in the beta; Azure's times of words and movements of faces."""

_SILENT: Final = (
    *(f"session.{what}" for what in ("update", "created", "updated", "avatar.connect", "avatar.connecting")),
    *(f"transcription_session.{what}" for what in ("update", "created", "updated")),
    *(f"input_audio_buffer.{what}" for what in ("append", "commit", "clear", "committed", "cleared")),
    *(f"input_audio_buffer.{what}" for what in ("speech_started", "speech_stopped", "timeout_triggered")),
    "input_audio_buffer.dtmf_event_received",
    *(f"output_audio_buffer.{what}" for what in ("clear", "started", "stopped", "cleared")),
    "conversation.created",
    *(f"conversation.item.{what}" for what in ("create", "retrieve", "truncate", "delete", "truncated", "deleted")),
    *(f"conversation.item.{what}" for what in ("done", "retrieved")),
    *(f"conversation.item.input_audio_transcription.{what}" for what in ("delta", "segment")),
    *(f"mcp_list_tools.{state}" for state in ("in_progress", "completed", "failed")),
    *(f"response.mcp_call.{state}" for state in ("in_progress", "completed", "failed")),
    *("response.create", "response.cancel", "rate_limits.updated"),
)
"""What the client asks for, what only says how far something is, and what another event tells whole."""

READERS: Final[dict[str, Reader]] = {
    **dict.fromkeys(_SILENT, _aside("empty")),
    **dict.fromkeys(("conversation.item.created", "conversation.item.added"), _conversation_item),
    "conversation.item.input_audio_transcription.completed": _aside("annotation"),
    "conversation.item.input_audio_transcription.failed": _error,
    "response.created": read_created,
    "response.done": read_done,
    "response.output_item.added": read_output_item,
    "response.output_item.done": read_output_item,
    "response.content_part.added": read_content_part,
    "response.content_part.done": read_content_part,
    **{f"response.{name}.delta": delta(kind) for name, kind, _ in _STREAMED},
    **{f"response.{name}.done": whole(kind, field) for name, kind, field in _STREAMED},
    **{f"response.{name}.delta": read_sound for name in _SOUNDS},
    **dict.fromkeys((f"response.{name}.done" for name in _SOUNDS), _aside("empty")),
    "error": _error,
}
