"""OpenAI's Realtime sessions, of OpenAI, of Azure and of others that speak it, in the beta's names and in today's.

Takes the events of a session in the order of the wire, gives events; each response is a choice, the output item an event
belongs to is in ``block``. Source of the fields: https://platform.openai.com/docs/api-reference/realtime-server-events

A session is one exchange, however many responses it has, and these are told apart by their ids: several may be on the wire
at once, what belongs to one may follow its end, and only the session's beginning names the model. Each response has its own
finish and its own usage.

The deltas are the answer: text, and what the sound says. What repeats them whole is an ``empty`` event with its JSON, and so
is what the client sent, if it was saved too, and what the server says of the session. What the conversation has beside the
responses (what the user said, results of tools) and the sound itself are annotations.

A stream of `recexplore.read.dialects.openai_responses` has events of the same names; a session is told from it by the ids
that each of its events has, or by the names that only sessions have.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from recexplore.model.exchange import Exchange, Json
from recexplore.model.traits import Trait
from recexplore.read.dialects.openai_realtime.events import READERS, read_event
from recexplore.read.dialects.openai_realtime.responses import USAGE
from recexplore.read.dialects.openai_realtime.session import Session
from recexplore.read.extract.dialect import Dialect
from recexplore.read.extract.emit import objects, share
from recexplore.tables.builders import Columns

__all__ = ["DIALECT"]

_ENDPOINTS: Final = ("/realtime",)
_OWN: Final = ("input_audio_buffer.", "output_audio_buffer.", "conversation.item.", "transcription_session.")
_OWN_DELTAS: Final = tuple(
    f"response.{name}." for name in ("text", "audio_transcript", "output_audio", "output_audio_transcript")
)


_MOST: Final = 0.5
"""At least this part of a session's events names its response."""


def sniff(exchange: Exchange) -> float:
    asked = (exchange.endpoint or "").endswith(_ENDPOINTS)
    chunks = exchange.chunks
    if asked or share(chunks, _is_of_a_session) or share(chunks, _names_response) >= _MOST:
        return share(chunks, _belongs)
    return 0.0


def _is_of_a_session(chunk: dict[str, Json]) -> bool:
    """Whether an event can be of nothing but a session: Responses number theirs, and have no such ids and names."""
    kind, response = chunk.get("type"), chunk.get("response")
    if type(kind) is not str or "sequence_number" in chunk or not _belongs(chunk):
        return False
    is_named = type(response) is dict and response.get("object") == "realtime.response"
    return "event_id" in chunk or is_named or kind.startswith(_OWN + _OWN_DELTAS)


def _names_response(chunk: dict[str, Json]) -> bool:
    """Whether an event names its response, as all of a session do, and some of Responses."""
    return "response_id" in chunk and "sequence_number" not in chunk and _belongs(chunk)


def _belongs(chunk: dict[str, Json]) -> bool:
    kind = chunk.get("type")
    return type(kind) is str and (kind in READERS or kind.startswith("response."))


def extract(chunks: Sequence[Json], rows: Sequence[int], columns: Columns) -> None:
    session, owner = Session(), None
    for row, chunk in objects(chunks, rows, columns):
        if columns.owner(row) != owner:
            session, owner = Session(), columns.owner(row)
        read_event(chunk, row, columns, session)


DIALECT: Final = Dialect(
    "openai_realtime",
    "Realtime",
    sniff,
    extract,
    endpoints=_ENDPOINTS,
    traits=frozenset(
        {Trait.GENERATES, Trait.PATH_TELLS_FORMAT, Trait.REPORTS_USAGE, Trait.CALL_IDS, Trait.SESSION_EVENTS}
    ),
    finish_reasons={
        "completed": "stop",
        "incomplete": "length",
        "max_output_tokens": "length",
        "content_filter": "filter",
        "failed": "failed",
        "cancelled": "other",
    },
    usage=USAGE,
    answer_fields=tuple(
        f"event_id type {what}" for what in ("session", "response", "response_id", "conversation", "item", "item_id")
    ),
)
